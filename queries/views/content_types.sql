-- purpose: the month by content type
-- grain:   month, content_type
-- units:   bytes; requests a count; cloudfront_usd_exact in USD, cloudfront_usd in cents that sum to
--          the month's (largest remainder)
-- notes:   without parameters, in lower case; '-' where the log has none
-- order:   month, content_type
WITH parts AS (
    SELECT
        month,
        content_type,
        sum(requests) AS requests,
        sum(response_bytes) AS response_bytes,
        CAST(sum(cloudfront_usd) AS DECIMAL(38, 12)) AS cloudfront_usd_exact
    FROM served_costs
    GROUP BY month, content_type
)
SELECT
    *,
    largest_remainder(cloudfront_usd_exact) OVER (PARTITION BY month ORDER BY content_type) AS cloudfront_usd
FROM parts
