-- purpose: edge codes that no list knows
-- order:   egress_bytes DESC, edge_code, billed_as
SELECT edge_code, billed_as, requests, response_bytes AS egress_bytes
FROM unknown_edges
WHERE month = $month
ORDER BY egress_bytes DESC, edge_code, billed_as
