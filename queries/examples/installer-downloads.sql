-- question: Who installs rustup for the first time, of which version and for which target?
-- grain: one row a target and version of rustup-init; newest is the one without a version in its path
-- units: downloads are GETs answered 200; bytes; networks an estimate (about 1 % off), NULL without addresses
-- order: downloads from the most, target, version
-- param: month text newest  UTC month, YYYY-MM
-- param: rows integer 30  How many rows
WITH installers AS (
    SELECT
        -- Both groups are in every match: one that is not would be left out, and the next one be the first.
        regexp_match(path, '^/rustup/(archive/[^/]+|dist)/([^/]+)/rustup-init(?:\.exe)?$') AS parts,
        client_ip,
        response_bytes
    FROM classified_requests
    WHERE month = $month
        AND method = 'GET'
        AND status = 200
        AND path LIKE '/rustup/%'
)
SELECT
    parts[2] AS target,
    coalesce(path_segment(parts[1], 2), 'newest') AS version,
    count(*) AS downloads,
    nullif(approx_distinct(truncate_ip(client_ip)), 0) AS networks,
    sum(response_bytes) AS egress_bytes
FROM installers
WHERE parts IS NOT NULL
GROUP BY 1, 2
ORDER BY downloads DESC, target, version
LIMIT $rows
