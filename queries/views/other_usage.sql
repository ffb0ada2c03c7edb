-- purpose: units a bill can hold besides traffic, from the settings or as far as logs show them
-- grain:   month, distribution, item, region
-- units:   quantity in units of the item (other_prices.unit)
-- notes:   [[extra_usage]] in the settings replaces what the logs show of that item, for the
--          distribution it names or, without one ('' here), for all. From logs: functions that
--          answered themselves or failed (a lower bound), and what may have passed Origin Shield (an upper
--          bound). A distribution on a plan pays for none of those that logs show.
--          settings.requests_factor scales what logs show.
-- order:   month, distribution, item, region
WITH configured AS (
    SELECT
        m.month,
        coalesce(e.distribution, '') AS distribution,
        e.item,
        e.region,
        'settings' AS basis,
        sum(e.quantity) AS quantity
    FROM extra_usage e
    JOIN (SELECT DISTINCT month FROM traffic) m ON m.month = coalesce(e.month, m.month)
    GROUP BY m.month, e.distribution, e.item, e.region
),
logged AS (
    SELECT
        month,
        distribution,
        CASE WHEN functions.is_function THEN 'function' ELSE 'lambda-edge-request' END AS item,
        'global' AS region,
        sum(let_in_requests) AS quantity
    FROM (
        SELECT
            *,
            cache_result IN ('FunctionGeneratedResponse', 'FunctionExecutionError')
                OR detailed_result_type IN ('FunctionGeneratedResponse', 'FunctionExecutionError') AS is_function,
            cache_result IN ('LambdaGeneratedResponse', 'LambdaExecutionError')
                OR detailed_result_type IN (
                    'LambdaGeneratedResponse', 'LambdaExecutionError', 'MissGeneratedResponse'
                ) AS is_lambda
        FROM usage
    ) AS functions
    WHERE plan IS NULL AND (is_function OR is_lambda)
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT month, distribution, 'origin-shield', origin_shield, sum(let_in_requests)
    FROM usage
    WHERE plan IS NULL
        AND origin_shield IS NOT NULL
        AND (cache_result IN ('Miss', 'RefreshHit', 'OriginShieldHit')
            OR detailed_result_type = 'OriginShieldHit')
    GROUP BY month, distribution, origin_shield
),
unsaid AS (
    SELECT
        l.month,
        l.distribution,
        l.item,
        l.region,
        'logs' AS basis,
        CAST(CAST(CAST(l.quantity AS DECIMAL(19, 0)) * s.requests_factor AS DECIMAL(19, 0)) AS BIGINT) AS quantity
    FROM settings s
    CROSS JOIN logged l
    LEFT JOIN (SELECT DISTINCT month, distribution, item FROM configured) c
        ON c.month = l.month AND c.item = l.item AND c.distribution IN ('', l.distribution)
    WHERE c.item IS NULL
)
SELECT month, distribution, item, region, basis, sum(quantity) AS quantity
FROM (SELECT month, distribution, item, region, basis, quantity FROM configured
      UNION ALL
      SELECT month, distribution, item, region, basis, quantity FROM unsaid) AS units
GROUP BY month, distribution, item, region, basis
