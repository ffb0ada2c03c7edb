-- purpose: what logs cannot tell, and the savings at the ends of each
-- order:   abs(change_usd) DESC, unknown
SELECT
    u.unknown,
    u.change_usd,
    CAST(h.savings_usd + least(u.change_usd, 0) AS DECIMAL(20, 2)) AS low_usd,
    CAST(h.savings_usd + greatest(u.change_usd, 0) AS DECIMAL(20, 2)) AS high_usd
FROM savings_unknowns u
JOIN headline h ON h.month = u.month
WHERE u.month = $month AND h.month = $month
ORDER BY abs(u.change_usd) DESC, u.unknown
