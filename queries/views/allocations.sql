-- purpose: the month's cost shared over the distributions by each of the three methods
-- grain:   month, side, method, distribution
-- units:   weight_usd is what the method weighs a distribution with; share_usd its exact share;
--          usd the share in cents that sum to the month's (largest remainder)
-- notes:   average: shares of each line at its average rate. standalone: what it would cost alone,
--          all allowances to itself. marginal: what the month would cost less without it.
-- order:   month, side, method, distribution
WITH alone AS (
    SELECT month, side, member, usd_exact AS usd FROM each_distribution('only')
),
without AS (
    SELECT month, side, member, usd_exact AS usd FROM each_distribution('without')
),
members AS (
    SELECT DISTINCT month, side, distribution FROM average_costs
),
weights AS (
    SELECT month, side, 'average' AS method, distribution, sum(usd) AS weight_usd
    FROM average_costs
    GROUP BY month, side, distribution
    UNION ALL
    SELECT
        m.month, m.side, 'standalone', m.distribution, coalesce(a.usd, 0)
    FROM members m
    LEFT JOIN alone a ON a.month = m.month AND a.side = m.side AND a.member = m.distribution
    UNION ALL
    SELECT
        m.month, m.side, 'marginal', m.distribution,
        greatest(c.usd_exact - coalesce(w.usd, 0), 0)
    FROM members m
    JOIN monthly_cost c ON c.month = m.month AND c.side = m.side
    LEFT JOIN without w ON w.month = m.month AND w.side = m.side AND w.member = m.distribution
),
summed AS (
    SELECT
        w.*,
        c.usd_exact AS month_usd_exact,
        c.usd AS month_usd,
        sum(w.weight_usd) OVER (PARTITION BY w.month, w.side, w.method) AS month_weight,
        max(CASE w.method WHEN 'average' THEN w.weight_usd END)
            OVER (PARTITION BY w.month, w.side, w.distribution) AS average_usd
    FROM weights w
    JOIN monthly_cost c ON c.month = w.month AND c.side = w.side
),
shared AS (
    SELECT
        month,
        side,
        method,
        distribution,
        weight_usd,
        month_usd,
        -- Weights of nothing at all share as the average does.
        CASE
            WHEN method = 'average' OR month_weight = 0 THEN average_usd
            ELSE CAST(
                CAST(month_usd_exact AS DECIMAL(40, 12)) * CAST(weight_usd AS DECIMAL(40, 12))
                / CAST(month_weight AS DECIMAL(40, 12))
                AS DECIMAL(38, 12)
            )
        END AS share_usd
    FROM summed
)
SELECT
    month,
    side,
    method,
    distribution,
    CAST(weight_usd AS DECIMAL(38, 12)) AS weight_usd,
    share_usd,
    largest_remainder(share_usd, month_usd) OVER (PARTITION BY month, side, method ORDER BY distribution) AS usd
FROM shared
