-- question: How much did each distribution send, from how many requests, at which hit ratio?
-- grain: one row a distribution
-- units: bytes; requests are counts; ratios from 0 to 1
-- order: egress_bytes from the largest, distribution
-- param: month text newest  UTC month, YYYY-MM
SELECT
    name AS distribution,
    hit_requests + miss_requests + other_requests AS requests,
    hit_bytes + miss_bytes + other_bytes AS egress_bytes,
    request_hit_ratio,
    byte_hit_ratio
FROM hit_ratio
WHERE month = $month
ORDER BY egress_bytes DESC, distribution
