-- purpose: cost of each distribution on each side, in cents that sum to the month's
-- grain:   month, side, distribution
-- units:   usd_exact rounded at 10^-12; usd in whole cents
-- notes:   largest_remainder: every share is cut to the cent, and the cents still missing from
--          monthly_cost go to the largest cut-off parts (ties by distribution)
-- order:   month, side, distribution
WITH shares AS (
    SELECT month, side, distribution, name, origin, sum(usd) AS usd_exact
    FROM allocated_costs
    GROUP BY month, side, distribution, name, origin
)
SELECT
    s.month,
    s.side,
    s.distribution,
    s.name,
    s.origin,
    s.usd_exact,
    largest_remainder(s.usd_exact, m.usd) OVER (PARTITION BY s.month, s.side ORDER BY s.distribution) AS usd
FROM shares s
JOIN monthly_cost m ON m.month = s.month AND m.side = s.side
