-- question: What do people ask for that is not there, and which pages send them?
-- grain: one row a distribution and path that was answered 404 or 410
-- units: requests are counts; networks an estimate (about 1 % off), NULL without addresses
-- order: requests from the most, distribution, path
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 20  How many rows
SELECT
    d.name AS distribution,
    r.path,
    count(*) AS requests,
    nullif(approx_distinct(truncate_ip(r.client_ip)), 0) AS networks,
    count(r.referrer) AS linked_requests,
    -- Our own broken links can be mended.
    min(url_host(r.referrer)) AS a_linking_host,
    min(r.date) AS first_date,
    max(r.date) AS last_date
FROM classified_requests r
JOIN distributions d ON d.distribution = r.distribution
WHERE r.month = $month
    AND r.status IN (404, 410)
    AND ($distribution IS NULL OR $distribution IN (d.name, d.distribution))
GROUP BY d.name, r.path
ORDER BY requests DESC, distribution, path
LIMIT $rows
