-- purpose: where each ladder of egress prices stands at the month's end
-- order:   side, egress_bytes DESC, region
SELECT
    side,
    region,
    bytes AS egress_bytes,
    free_bytes,
    ladder_bytes,
    tier,
    tiers,
    tier_end_bytes,
    bytes_to_next_tier AS next_tier_in_bytes,
    CAST(usd_per_gb AS DECIMAL(38, 12)) AS usd_per_gb,
    CAST(next_usd_per_gb AS DECIMAL(38, 12)) AS next_usd_per_gb
FROM tier_positions
WHERE month = $month
ORDER BY side, bytes DESC, region
