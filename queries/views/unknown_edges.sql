-- purpose: edge codes that no list knows, so that none is priced in silence
-- grain:   month, edge_code, billed_as
-- units:   bytes; requests a count
-- notes:   they are billed as the dearest region of the distribution's price class
-- order:   month, edge_code, billed_as
SELECT
    month,
    edge_code,
    region AS billed_as,
    sum(requests) AS requests,
    sum(response_bytes) AS response_bytes
FROM usage
WHERE NOT edge_known
GROUP BY month, edge_code, region
