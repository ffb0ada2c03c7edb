-- question: Which targets do people download Rust releases for?
-- grain: one row a target of archives and installers below /dist/, but no manifests, checksums and signatures;
--        src and src-gpl are sources (rustc-1.98.0-src.tar.xz), any is a component for all targets
-- units: downloads are GETs answered 200, whole or not; bytes; USD rounded at 10^-4; shares from 0 to 1,
--        of all of these
-- order: downloads from the most, target
-- param: month text newest  UTC month, YYYY-MM
-- param: rows integer 30  How many rows
WITH files AS (
    -- COMPONENT-CHANNEL[-TARGET].EXTENSION; a version in the place of the channel is a release's. Sources have
    -- src, or src-gpl, in the place of the target.
    SELECT
        regexp_match(
            path,
            '^/dist/(?:\d{4}-\d{2}-\d{2}/)?'
                || '([a-z][a-z-]*?)'
                || '-(nightly|beta|\d+\.\d+\.\d+(?:-(?:alpha|beta)(?:\.\d+)?)?)'
                || '(?:-(src|[a-z0-9_.]+(?:-[a-z0-9_.]+)+))?'
                || '\.(?:tar\.[a-z0-9]+|msi|pkg|exe)$'
        ) AS parts,
        response_bytes,
        cloudfront_usd
    FROM request_costs
    WHERE month = $month
        AND method = 'GET'
        AND status = 200
        AND path LIKE '/dist/%'
)
SELECT
    coalesce(parts[3], 'any') AS target,
    count(*) AS downloads,
    CAST(CAST(count(*) AS DECIMAL(26, 6)) / nullif(sum(count(*)) OVER (), 0) AS DECIMAL(9, 6)) AS download_share,
    sum(response_bytes) AS egress_bytes,
    CAST(sum(cloudfront_usd) AS DECIMAL(18, 4)) AS cloudfront_usd
FROM files
WHERE parts IS NOT NULL
GROUP BY 1
ORDER BY downloads DESC, target
LIMIT $rows
