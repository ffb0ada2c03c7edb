-- purpose: how far what logs cannot tell could move the savings of each distribution
-- grain:   month, distribution
-- units:   USD in whole cents
-- notes:   low_usd adds every loss of unknown_ends to the reported savings, high_usd every gain. One
--          distribution's loss can be another's gain: the lows sum to savings_range.low_usd or less.
-- order:   month, distribution
SELECT
    s.month,
    s.distribution,
    s.name,
    CAST(s.savings_usd + sum(least(e.savings_usd - s.savings_usd, 0)) AS DECIMAL(20, 2)) AS low_usd,
    s.savings_usd,
    CAST(s.savings_usd + sum(greatest(e.savings_usd - s.savings_usd, 0)) AS DECIMAL(20, 2)) AS high_usd
FROM savings s
JOIN unknown_ends e ON e.month = s.month AND e.distribution = s.distribution
WHERE s.origin = 's3'
GROUP BY s.month, s.distribution, s.name, s.savings_usd
