-- purpose: what the one-year security savings bundle would do to the month
-- grain:   month
-- units:   USD in whole cents
-- notes:   a commitment pays for more usage than it costs; waf_credit_usd is credit for AWS WAF.
--          All of the month's CloudFront charges are taken as covered.
-- order:   month
WITH charged AS (
    SELECT month, sum(usd) AS usd
    FROM cost_lines
    WHERE side = 'cloudfront' AND item NOT IN ('s3_origin_requests', 's3_origin_retrieval', 'plan')
    GROUP BY month
),
committed AS (
    SELECT
        c.month,
        c.usd,
        -- Cast at once: products of three decimals outgrow their digits.
        CAST(c.usd * b.usd_per_unit AS DECIMAL(26, 12)) AS commitment_usd
    FROM charged c
    JOIN other_prices b
        ON b.service = 'cloudfront' AND b.item = 'savings-bundle'
        AND b.valid_from <= c.month AND (b.valid_until IS NULL OR c.month < b.valid_until)
)
SELECT
    c.month,
    CAST(c.usd AS DECIMAL(20, 2)) AS usage_usd,
    CAST(c.commitment_usd AS DECIMAL(20, 2)) AS commitment_usd,
    CAST(c.usd - c.commitment_usd AS DECIMAL(20, 2)) AS saving_usd,
    CAST(CAST(c.commitment_usd * w.usd_per_unit AS DECIMAL(38, 12)) AS DECIMAL(20, 2)) AS waf_credit_usd
FROM committed c
JOIN other_prices w
    ON w.service = 'cloudfront' AND w.item = 'savings-bundle-waf-credit'
    AND w.valid_from <= c.month AND (w.valid_until IS NULL OR c.month < w.valid_until)
