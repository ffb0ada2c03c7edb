-- question: How many bytes go out as gz and as xz, and what would xz for all of it save?
-- grain: one row a distribution and format of archives
-- units: bytes; requests are counts; USD rounded at 10^-4. saved_* suppose that xz has xz_part of gz's size
-- order: egress_bytes from the largest, distribution, format
-- param: month text newest  UTC month, YYYY-MM
-- param: xz_part decimal 0.65  Size of an xz as a part of the gz's
WITH formats AS (
    SELECT
        r.distribution,
        r.name,
        -- A package of cargo's is a tar.gz by another name.
        CASE file_extension(r.path)
            WHEN 'crate' THEN 'tar.gz (crate)'
            WHEN 'tgz' THEN 'tar.gz'
            ELSE file_extension(r.path)
        END AS format,
        r.response_bytes,
        r.cloudfront_usd
    FROM request_costs r
    WHERE r.month = $month
        AND r.status IN (200, 206)
        AND file_extension(r.path) IN (
            'tar.gz', 'tgz', 'crate', 'tar.xz', 'tar.zst', 'tar.bz2', 'zip', 'msi', 'pkg'
        )
),
-- Fewer bytes save what bytes cost: the fee of a request stays.
byte_prices AS (
    SELECT
        distribution,
        CAST(
            CAST(sum(byte_usd) AS DECIMAL(50, 24)) / nullif(CAST(sum(response_bytes) AS DECIMAL(30, 0)), 0)
            AS DECIMAL(38, 24)
        ) AS usd_per_byte
    FROM usage_costs
    WHERE month = $month
    GROUP BY distribution
),
summed AS (
    SELECT
        distribution,
        name,
        format,
        count(*) AS requests,
        sum(response_bytes) AS egress_bytes,
        sum(cloudfront_usd) AS cloudfront_usd,
        CASE
            WHEN format LIKE 'tar.gz%'
            THEN CAST(floor(sum(response_bytes) * (1 - CAST($xz_part AS DECIMAL(9, 6)))) AS BIGINT)
            ELSE 0
        END AS saved_bytes
    FROM formats
    GROUP BY distribution, name, format
)
SELECT
    s.name AS distribution,
    s.format,
    s.requests,
    s.egress_bytes,
    CAST(s.cloudfront_usd AS DECIMAL(18, 4)) AS cloudfront_usd,
    s.saved_bytes,
    CAST(s.saved_bytes * p.usd_per_byte AS DECIMAL(18, 4)) AS saved_usd
FROM summed s
JOIN byte_prices p ON p.distribution = s.distribution
ORDER BY egress_bytes DESC, distribution, format
