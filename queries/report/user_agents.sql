-- purpose: the month by family of user agents
-- order:   egress_bytes DESC, user_agent_family
SELECT
    user_agent_family,
    client_kind,
    requests,
    CAST(CAST(requests AS DECIMAL(26, 6)) / nullif(sum(requests) OVER (), 0) AS DECIMAL(9, 6)) AS request_share,
    response_bytes AS egress_bytes,
    CAST(CAST(response_bytes AS DECIMAL(26, 6)) / nullif(sum(response_bytes) OVER (), 0) AS DECIMAL(9, 6))
        AS egress_share,
    cloudfront_usd,
    cloudfront_usd_exact,
    CAST(cloudfront_usd_exact / nullif(sum(cloudfront_usd_exact) OVER (), 0) AS DECIMAL(9, 6)) AS cloudfront_share
FROM user_agents
WHERE month = $month
ORDER BY egress_bytes DESC, user_agent_family
