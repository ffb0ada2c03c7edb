-- purpose: days far off their baseline, with what explains them
-- order:   rank
SELECT
    rank,
    distribution,
    name,
    date,
    metric,
    value,
    baseline,
    excess,
    ratio AS value_ratio,
    excess_usd,
    missing_hours,
    is_gap,
    reference_date,
    dimension,
    member,
    member_share,
    usual_share
FROM anomalies
WHERE month = $month
ORDER BY rank
