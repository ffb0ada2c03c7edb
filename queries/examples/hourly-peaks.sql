-- question: Which hours were the busiest, and how fast did the bytes flow?
-- grain: one row an hour (UTC) with requests
-- units: bytes; requests are counts; rates are averages of the hour
-- order: egress_bytes from the largest, hour
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 20  How many rows
SELECT
    h.hour,
    sum(h.requests) AS requests,
    sum(h.response_bytes) AS egress_bytes,
    sum(h.requests) / 3600 AS requests_per_second,
    sum(h.response_bytes) * 8 / 3600 AS bits_per_second,
    sum(h.origin_bytes) AS origin_bytes
FROM hourly_traffic h
JOIN distributions d ON d.distribution = h.distribution
WHERE h.month = $month
    AND ($distribution IS NULL OR $distribution IN (d.name, d.distribution))
GROUP BY h.hour
ORDER BY egress_bytes DESC, h.hour
LIMIT $rows
