-- Statements that must be refused by `edgeledger sql`, each with exit code 2. A block begins with
-- `--: ` and a part of the message that says why. {out} is a folder beside the lake that holds
-- secret.csv, secret.json and secret.parquet; {lake} is the lake.

--: table '{out}/secret.csv' not found
SELECT * FROM '{out}/secret.csv'
--: table '{out}/secret.csv' not found
SELECT * FROM "{out}/secret.csv"
--: table '{out}/secret.parquet' not found
SELECT * FROM '{out}/secret.parquet'
--: table '{out}/secret.json' not found
SELECT count(*) FROM `{out}/secret.json`
--: table '/etc/passwd' not found
SELECT * FROM "/etc/passwd"
--: not found
SELECT * FROM 'file:///etc/passwd'
--: not found
SELECT * FROM "file://{out}/secret.csv"
--: not found
SELECT * FROM 'http://127.0.0.1:9/secret.csv'
--: not found
SELECT * FROM 'https://releases.example.org/data.parquet'
--: not found
SELECT * FROM 's3://bucket/secret.parquet'
--: not found
SELECT * FROM "{lake}/requests"
--: not found
SELECT * FROM '{lake}/requests/_delta_log/00000000000000000000.json'
--: not found
SELECT * FROM '../secret.csv'
--: not found
SELECT * FROM secret.csv
--: not found
WITH stolen AS (SELECT * FROM '{out}/secret.csv') SELECT * FROM stolen
--: not found
SELECT (SELECT max(a) FROM '{out}/secret.csv') AS a
--: not found
SELECT 1 WHERE EXISTS (SELECT 1 FROM '{out}/secret.csv')
--: not found
SELECT path FROM requests UNION ALL SELECT a FROM '{out}/secret.csv'
--: not found
SELECT * FROM requests r JOIN LATERAL (SELECT * FROM '{out}/secret.csv') s ON true
--: not found
EXPLAIN SELECT * FROM '{out}/secret.csv'
--: not found
EXPLAIN ANALYZE SELECT * FROM '{out}/secret.csv'
--: not found
DESCRIBE '{out}/secret.csv'
--: an SQL statement
TABLE "{out}/secret.csv"
--: table function 'read_csv' not found
SELECT * FROM read_csv('{out}/secret.csv')
--: table function 'read_parquet' not found
SELECT * FROM read_parquet('{out}/secret.parquet')
--: table function 'read_json' not found
SELECT * FROM read_json('{out}/secret.json')
--: table function 'read_text' not found
SELECT * FROM read_text('/etc/passwd')
--: table function 'parquet_metadata' not found
SELECT * FROM parquet_metadata('{out}/secret.parquet')
--: table function 'glob' not found
SELECT * FROM glob('/etc/*')
--: table function 'url' not found
SELECT * FROM url('http://127.0.0.1:9/', 'CSV')
--: table function 's3' not found
SELECT * FROM s3('s3://bucket/secret.csv')
--: table function 'file' not found
SELECT * FROM file('{out}/secret.csv')
--: Invalid function 'pg_read_file'
SELECT pg_read_file('/etc/passwd')
--: Invalid function 'load_file'
SELECT load_file('/etc/passwd')
--: Invalid function 'getenv'
SELECT getenv('HOME')
--: Invalid function 'system'
SELECT system('id')
--: Invalid function 'readfile'
SELECT readfile('/etc/passwd')
--: only reading is allowed here: COPY
COPY (SELECT 1) TO '{out}/new.csv'
--: only reading is allowed here: COPY
COPY requests TO '{out}/new.parquet'
--: only reading is allowed here: COPY
COPY (SELECT 1 AS a) TO '{out}/new' STORED AS PARQUET
--: only reading is allowed here: COPY
COPY (SELECT 1 AS a) TO 's3://bucket/new.csv' STORED AS CSV
--: only reading is allowed here: COPY
COPY (SELECT 1 AS a) TO 'http://127.0.0.1:9/new.json' STORED AS JSON
--: only reading is allowed here: COPY
COPY (SELECT 1 AS a) TO '{lake}/requests/new.parquet' STORED AS PARQUET
--: only reading is allowed here: COPY
EXPLAIN COPY (SELECT 1 AS a) TO '{out}/new.csv' STORED AS CSV
--: only reading is allowed here: COPY
EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO '{out}/new.csv' STORED AS CSV
--: only reading is allowed here: COPY
/* SELECT 1 */ CoPy /* ; */ (SELECT 1 AS a) -- SELECT
TO '{out}/new.csv' STORED AS CSV
--: only reading is allowed here: CREATE EXTERNAL TABLE
CREATE EXTERNAL TABLE stolen STORED AS CSV LOCATION '{out}/secret.csv'
--: only reading is allowed here: CREATE EXTERNAL TABLE
CREATE EXTERNAL TABLE stolen (a INT) STORED AS CSV LOCATION '/etc/passwd' OPTIONS ('format.has_header' 'false')
--: only reading is allowed here: CREATE EXTERNAL TABLE
CREATE OR REPLACE EXTERNAL TABLE requests STORED AS PARQUET LOCATION '{out}/secret.parquet'
--: only reading is allowed here: CREATE EXTERNAL TABLE
CREATE UNBOUNDED EXTERNAL TABLE stolen (a INT) STORED AS CSV LOCATION '{out}/secret.csv'
--: only reading is allowed here: CREATE EXTERNAL TABLE
CREATE EXTERNAL TABLE stolen STORED AS PARQUET LOCATION 's3://bucket/secret.parquet' OPTIONS ('aws.endpoint' 'http://127.0.0.1:9')
--: only reading is allowed here: CREATE VIEW
CREATE VIEW mine AS SELECT 1
--: only reading is allowed here: CREATE VIEW
CREATE OR REPLACE VIEW headline AS SELECT 1
--: only reading is allowed here: CREATE MEMORY TABLE
CREATE TABLE mine AS SELECT * FROM requests
--: only reading is allowed here: CREATE MEMORY TABLE
CREATE TABLE mine (a INT)
--: only reading is allowed here: CREATE MEMORY TABLE
SELECT 1 AS a INTO mine
--: only reading is allowed here: CREATE CATALOG SCHEMA
CREATE SCHEMA mine
--: only reading is allowed here: CREATE CATALOG
CREATE DATABASE mine
--: only reading is allowed here: CREATE FUNCTION
CREATE FUNCTION mine() RETURNS INT RETURN 1
--: only reading is allowed here: DROP TABLE
DROP TABLE requests
--: only reading is allowed here: DROP TABLE
DROP TABLE IF EXISTS log_files
--: only reading is allowed here: DROP VIEW
DROP VIEW headline
--: only reading is allowed here: DROP CATALOG SCHEMA
DROP SCHEMA public CASCADE
--: only reading is allowed here: DROP FUNCTION
DROP FUNCTION percent_decode
--: only reading is allowed here: INSERT
INSERT INTO requests (path) VALUES ('/x')
--: only reading is allowed here: INSERT
INSERT INTO log_files SELECT * FROM log_files
--: only reading is allowed here: INSERT
EXPLAIN ANALYZE INSERT INTO log_files SELECT * FROM log_files
--: only reading is allowed here: DELETE
DELETE FROM requests
--: only reading is allowed here: UPDATE
UPDATE requests SET path = '/x'
--: only reading is allowed here: TRUNCATE
TRUNCATE TABLE requests
--: only reading is allowed here: SET VARIABLE
SET datafusion.execution.batch_size = 1
--: only reading is allowed here: SET VARIABLE
SET datafusion.runtime.memory_limit = '1T'
--: only reading is allowed here: SET VARIABLE
SET datafusion.runtime.temp_directory = '{out}'
--: only reading is allowed here: SET VARIABLE
SET datafusion.catalog.location = '{out}'
--: only reading is allowed here: RESET VARIABLE
RESET datafusion.runtime.memory_limit
--: only reading is allowed here: TRANSACTION START
START TRANSACTION
--: Unsupported
BEGIN
--: only reading is allowed here: TRANSACTION END
COMMIT
--: only reading is allowed here: PREPARE
PREPARE mine AS SELECT 1
--: only reading is allowed here: PREPARE
PREPARE mine AS INSERT INTO log_files SELECT * FROM log_files
--: only reading is allowed here: EXECUTE
EXECUTE mine
--: only reading is allowed here: DEALLOCATE
DEALLOCATE mine
--: Unsupported SQL statement
ATTACH DATABASE '{out}/secret.db' AS stolen
--: end of statement
LOAD DATA INPATH '{out}/secret.csv' INTO TABLE requests
--: Unsupported
INSTALL httpfs
--: Unsupported
LOAD httpfs
--: Unsupported
PRAGMA table_info('requests')
--: Unsupported
CALL system('id')
--: Unsupported
GRANT ALL ON requests TO mine
--: Unsupported
ALTER TABLE requests ADD COLUMN mine INT
--: only reading is allowed here: MERGE
MERGE INTO requests USING log_files ON false WHEN MATCHED THEN DELETE
--: Unsupported
USE other
--: end of statement
COPY requests FROM '{out}/secret.csv'
--: Unsupported
UNLOAD ('SELECT 1') TO 's3://bucket/new' WITH (format = 'CSV')
--: Unsupported
EXPORT DATA OPTIONS (uri = 's3://bucket/*.csv') AS SELECT 1
--: not implemented
WITH mine AS (INSERT INTO log_files SELECT * FROM log_files RETURNING *) SELECT * FROM mine
--: only reading is allowed here: COPY
SELECT 1 AS a; COPY (SELECT 1 AS a) TO '{out}/new.csv' STORED AS CSV
--: only reading is allowed here: CREATE EXTERNAL TABLE
SELECT ';' AS a; -- ; SELECT 2
CREATE EXTERNAL TABLE stolen STORED AS CSV LOCATION '{out}/secret.csv'; SELECT * FROM stolen
--: Unsupported SQL statement: COPY
PREPARE mine AS COPY (SELECT 1 AS a) TO '{out}/new.csv'; EXECUTE mine
--: only reading is allowed here: PREPARE
PREPARE mine AS SELECT * FROM requests; EXECUTE mine
