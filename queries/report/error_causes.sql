-- purpose: errors by status and cause
-- order:   requests DESC, distribution, status, cause
SELECT
    distribution,
    name,
    status,
    cause,
    requests,
    response_bytes AS egress_bytes,
    request_share
FROM error_causes
WHERE month = $month
ORDER BY requests DESC, distribution, status, cause
