-- purpose: egress by distribution and billing region
-- grain:   month, distribution, region
-- units:   bytes; requests a count
-- order:   month, distribution, region
SELECT
    month,
    distribution,
    name,
    region,
    sum(requests) AS requests,
    sum(response_bytes) AS response_bytes
FROM usage
GROUP BY month, distribution, name, region
