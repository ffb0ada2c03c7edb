-- purpose: the requests under the table and column names of Athena's documentation of today
-- grain:   one request
-- units:   sc_bytes, cs_bytes and bytes in bytes; time_taken and time_to_first_byte in seconds
-- order:   date, time, x_edge_request_id
SELECT
    date,
    to_char(time, '%H:%M:%S') AS time,
    edge_location AS x_edge_location,
    response_bytes AS sc_bytes,
    client_ip AS c_ip,
    method AS cs_method,
    cdn_host AS cs_host,
    path AS cs_uri_stem,
    status AS sc_status,
    referrer AS cs_referrer,
    user_agent AS cs_user_agent,
    query AS cs_uri_query,
    cookie AS cs_cookie,
    result_type AS x_edge_result_type,
    request_id AS x_edge_request_id,
    host AS x_host_header,
    protocol AS cs_protocol,
    request_bytes AS cs_bytes,
    CAST(time_taken_us AS DOUBLE) / 1000000 AS time_taken,
    forwarded_for AS x_forwarded_for,
    tls_protocol AS ssl_protocol,
    tls_cipher AS ssl_cipher,
    response_result_type AS x_edge_response_result_type,
    http_version AS cs_protocol_version,
    fle_status,
    fle_encrypted_fields,
    client_port AS c_port,
    CAST(first_byte_us AS DOUBLE) / 1000000 AS time_to_first_byte,
    detailed_result_type AS x_edge_detailed_result_type,
    content_type AS sc_content_type,
    content_length AS sc_content_len,
    range_start AS sc_range_start,
    range_end AS sc_range_end,
    -- Not in the documented table, but in the documented query of it.
    response_bytes AS bytes,
    -- The tables of Parquet and JSON logs: another spelling, and their partition columns.
    referrer AS cs_referer,
    distribution AS distributionid,
    CAST(date_part('year', date) AS INT) AS year,
    CAST(date_part('month', date) AS INT) AS month,
    CAST(date_part('day', date) AS INT) AS day,
    CAST(date_part('hour', time) AS INT) AS hour
FROM requests
