-- question: Which old URLs are still in use, and what does it cost to keep them?
-- grain: one row a distribution and rule for legacy URLs, also those that met nothing
-- units: bytes; requests are counts; USD rounded at 10^-4
-- order: requests from the most, distribution, legacy_rule
-- param: month text newest  UTC month, YYYY-MM
SELECT
    name AS distribution,
    legacy_rule,
    title,
    kind,
    requests,
    response_bytes AS egress_bytes,
    edge_requests,
    forwarded_requests,
    CAST(cloudfront_usd_exact AS DECIMAL(18, 4)) AS cloudfront_usd
FROM legacy_urls
WHERE month = $month
ORDER BY requests DESC, distribution, legacy_rule
