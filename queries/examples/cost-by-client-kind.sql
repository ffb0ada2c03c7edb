-- question: How much goes to package managers, build services, mirrors, browsers and bots?
-- grain: one row a kind of client
-- units: bytes; requests are counts; *_usd in cents that sum to the month's; shares from 0 to 1
-- order: egress_bytes from the largest, client_kind
-- param: month text newest  UTC month, YYYY-MM
SELECT
    client_kind,
    requests,
    response_bytes AS egress_bytes,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(sum(requests) OVER (), 0) AS DECIMAL(9, 6)) AS request_share,
    CAST(CAST(response_bytes AS DECIMAL(26, 6)) / nullif(sum(response_bytes) OVER (), 0) AS DECIMAL(9, 6))
        AS egress_share,
    cloudfront_usd
FROM client_kinds
WHERE month = $month
ORDER BY egress_bytes DESC, client_kind
