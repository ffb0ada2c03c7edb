-- question: Which objects are the largest, and how often are they sent whole?
-- grain: one row a distribution and path
-- units: bytes; requests are counts
-- order: object_bytes from the largest, distribution, path
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 20  How many rows
SELECT
    d.name AS distribution,
    r.path,
    -- The header says it where it is logged; without it, the largest answer is at least close.
    max(coalesce(r.content_length, r.response_bytes)) AS object_bytes,
    count(*) AS requests,
    count(*) FILTER (WHERE r.response_bytes >= coalesce(r.content_length, r.response_bytes)) AS whole_requests,
    sum(r.response_bytes) AS egress_bytes
FROM classified_requests r
JOIN distributions d ON d.distribution = r.distribution
WHERE r.month = $month
    AND r.status = 200
    AND r.method = 'GET'
    AND ($distribution IS NULL OR $distribution IN (d.name, d.distribution))
GROUP BY d.name, r.path
ORDER BY object_bytes DESC, distribution, path
LIMIT $rows
