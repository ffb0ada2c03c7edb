-- purpose: cost of each distribution on each side, in cents that sum to the month's
-- grain:   month, side, distribution
-- units:   usd_exact rounded at 10^-12; usd in whole cents
-- notes:   largest remainder: every share is cut to the cent, and the cents still missing from
--          monthly_cost go to the largest cut-off parts (ties by distribution)
-- order:   month, side, distribution
WITH shares AS (
    SELECT month, side, distribution, name, origin, sum(usd) AS usd_exact
    FROM allocated_costs
    GROUP BY month, side, distribution, name, origin
),
cut AS (
    SELECT *, CAST(trunc(usd_exact, 2) AS DECIMAL(20, 2)) AS usd_cut FROM shares
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY month, side ORDER BY usd_exact - usd_cut DESC, distribution
        ) AS place,
        sum(usd_cut) OVER (PARTITION BY month, side) AS month_usd_cut
    FROM cut
)
SELECT
    r.month,
    r.side,
    r.distribution,
    r.name,
    r.origin,
    r.usd_exact,
    CAST(
        r.usd_cut + CASE
            WHEN r.place <= CAST((m.usd - r.month_usd_cut) * 100 AS BIGINT) THEN CAST(0.01 AS DECIMAL(3, 2))
            ELSE CAST(0 AS DECIMAL(3, 2))
        END
        AS DECIMAL(20, 2)
    ) AS usd
FROM ranked r
JOIN monthly_cost m ON m.month = r.month AND m.side = r.side
