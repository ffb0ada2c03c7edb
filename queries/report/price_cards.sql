-- purpose: price cards in force in the month
-- order:   service, card, valid_from, valid_until
SELECT service, card, valid_from, valid_until
FROM (
    SELECT 'cloudfront' AS service, card, valid_from, valid_until FROM cloudfront_egress_prices
    UNION ALL
    SELECT 'cloudfront' AS service, card, valid_from, valid_until FROM cloudfront_request_prices
    UNION ALL
    SELECT 'cloudfront' AS service, card, valid_from, valid_until FROM cloudfront_origin_transfer_prices
    UNION ALL
    SELECT 'cloudfront' AS service, card, valid_from, valid_until FROM cloudfront_allowances
    UNION ALL
    SELECT 'cloudfront' AS service, card, valid_from, valid_until FROM cloudfront_plans
    UNION ALL
    SELECT 's3' AS service, card, valid_from, valid_until FROM s3_egress_prices
    UNION ALL
    SELECT 's3' AS service, card, valid_from, valid_until FROM s3_request_prices
    UNION ALL
    SELECT 's3' AS service, card, valid_from, valid_until FROM s3_allowances
)
WHERE valid_from <= $month AND (valid_until IS NULL OR $month < valid_until)
GROUP BY service, card, valid_from, valid_until
ORDER BY service, card, valid_from, valid_until
