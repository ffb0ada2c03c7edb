-- question: Which errors do viewers get, and what does CloudFront say was the cause?
-- grain: one row a distribution, status and cause; status 0 is a viewer who was gone
-- units: bytes; requests are counts; request_share from 0 to 1, of the distribution
-- order: requests from the most, distribution, status, cause
-- param: month text newest  UTC month, YYYY-MM
-- param: distribution text all  Only this distribution, by name or id
-- param: rows integer 30  How many rows
SELECT name AS distribution, status, cause, requests, response_bytes AS egress_bytes, request_share
FROM error_causes
WHERE month = $month
    AND ($distribution IS NULL OR $distribution IN (name, distribution))
ORDER BY requests DESC, distribution, status, cause
LIMIT $rows
