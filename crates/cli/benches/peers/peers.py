"""One peer at work: `peers.py PEER LOGS OUT` makes Parquet of gzipped logs, `peers.py verify OUT TRUTH` looks what it made, and
`peers.py questions FILE TRUTH ROUNDS` asks DuckDB what `benches/queries.rs` asks. 33 typed columns, zstd 3, two threads."""
import json
import os
import statistics
import sys
import time

from logs import FIELDS

KINDS = {"date": "d", "time": "t", "sc-bytes": "i", "cs-bytes": "i", "sc-status": "n", "c-port": "n", "time-taken": "f", "time-to-first-byte": "f",
         "sc-content-len": "i", "sc-range-start": "i", "sc-range-end": "i"}
COLUMNS = [(name.replace("(", "_").replace(")", "").replace("-", "_").lower(), KINDS.get(name, "s")) for name in FIELDS.split()]
REST = ", ".join(name for name, _ in COLUMNS[2:])
GROUP = 122_880


def duckdb_(logs, out, hive):
    import duckdb
    types = dict(d="DATE", t="TIME", i="BIGINT", n="INTEGER", f="DOUBLE", s="VARCHAR")
    columns = ", ".join(f"'{name}': '{types[kind]}'" for name, kind in COLUMNS)
    con = duckdb.connect(config={"threads": 2, "preserve_insertion_order": "false"})
    day, to, more = (", date AS day", out, ", PARTITION_BY (cs_host, day), OVERWRITE_OR_IGNORE") if hive else ("", os.path.join(out, "data.parquet"), f", ROW_GROUP_SIZE {GROUP}")
    con.execute(f"""COPY (SELECT date, date + time AS ts, {REST}{day} FROM read_csv('{logs}/**/*.gz', auto_detect=false, header=false, skip=2, delim='\t', quote='',
        escape='', nullstr='-', compression='gzip', columns={{{columns}}})) TO '{to}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3{more})""")


def polars_(logs, out):
    os.environ["POLARS_MAX_THREADS"] = "2"
    import polars as pl
    types = dict(d=pl.String, t=pl.String, i=pl.Int64, n=pl.Int32, f=pl.Float64, s=pl.String)
    frame = pl.scan_csv(f"{logs}/**/*.gz", skip_lines=2, separator="\t", has_header=False, quote_char=None, null_values="-",
                        schema={name: types[kind] for name, kind in COLUMNS})
    ts = (pl.col("date") + " " + pl.col("time")).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us").alias("ts")
    frame = frame.select(pl.col("date").str.to_date("%Y-%m-%d"), ts, *[name for name, _ in COLUMNS[2:]])
    frame.sink_parquet(os.path.join(out, "data.parquet"), compression="zstd", compression_level=3, row_group_size=GROUP, maintain_order=False, engine="streaming")


def clickhouse(logs, out):
    import chdb
    types = dict(d="Date32", t="String", i="Int64", n="Int32", f="Float64", s="String")
    some = {"date", "time"}
    columns = ", ".join(f"{name} {types[kind] if name in some else f'Nullable({types[kind]})'}" for name, kind in COLUMNS)
    seconds = " + ".join(f"toUInt32(substring(time, {at}, 2)) * {by}" for at, by in ((1, 3600), (4, 60), (7, 1)))
    chdb.query(f"""INSERT INTO FUNCTION file('{out}/data.parquet', Parquet) SELECT date, toDateTime(date, 'UTC') + {seconds} AS ts, {REST}
        FROM file('{os.path.abspath(logs)}/**/*.gz', TSV, '{columns}', 'gzip')
        SETTINGS max_threads=2, max_insert_threads=2, max_parsing_threads=2, input_format_tsv_skip_first_lines=2, format_tsv_null_representation='-',
        input_format_parallel_parsing=0, output_format_parquet_compression_method='zstd', output_format_compression_level=3, engine_file_truncate_on_insert=1,
        output_format_parquet_string_as_string=1, output_format_parquet_write_bloom_filter=0""")


def pyarrow_(logs, out):
    import glob
    import gzip
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as csv
    import pyarrow.parquet as pq
    pa.set_cpu_count(2)
    types = dict(d=pa.date32(), t=pa.string(), i=pa.int64(), n=pa.int32(), f=pa.float64(), s=pa.string())
    writer, held, size = None, [], 0
    files = sorted(glob.glob(f"{logs}/**/*.gz", recursive=True))
    for number, path in enumerate(files):
        text = gzip.decompress(open(path, "rb").read())
        held.append(text[text.index(b"\n", text.index(b"\n") + 1) + 1:])
        size += len(held[-1])
        if size < 64 << 20 and number + 1 < len(files):
            continue
        table = csv.read_csv(pa.BufferReader(b"".join(held)), csv.ReadOptions(column_names=[name for name, _ in COLUMNS]),
                             csv.ParseOptions(delimiter="\t", quote_char=False),
                             csv.ConvertOptions(null_values=["-"], strings_can_be_null=True, column_types={name: types[kind] for name, kind in COLUMNS}))
        ts = pc.strptime(pc.binary_join_element_wise(pc.cast(table["date"], pa.string()), table["time"], " "), "%Y-%m-%d %H:%M:%S", "us")
        table = table.set_column(1, "ts", ts)
        writer = writer or pq.ParquetWriter(os.path.join(out, "data.parquet"), table.schema, compression="zstd", compression_level=3)
        writer.write_table(table, row_group_size=GROUP)
        held, size = [], 0
    writer.close()


def verify(out, truth):
    import duckdb
    wanted = {}
    for distribution in json.load(open(truth))["distributions"].values():
        for day, tally in distribution["by_day"].items():
            wanted[distribution.get("domain", distribution["host"]), day] = tuple(tally)
    rows = duckdb.sql(f"SELECT cs_host, date::VARCHAR, count(*), sum(sc_bytes)::BIGINT FROM read_parquet('{out}/**/*.parquet', hive_partitioning={'cs_host=' in str(os.listdir(out))}) GROUP BY ALL")
    found = {(host, day): (count, sent) for host, day, count, sent in rows.fetchall()}
    sys.exit(0 if found == wanted else f"wrong: {sorted(set(found.items()) ^ set(wanted.items()))[:4]}")


def questions(file, host, rounds):
    import duckdb
    con = duckdb.connect(config={"threads": 2})
    con.execute("SET parquet_metadata_cache=true")
    where = f"FROM read_parquet('{file}') WHERE date >= DATE '2026-10-01' AND date < DATE '2026-11-01'"
    quantiles = ", ".join(f"quantile_disc(time_taken, {p})" for p in (0.5, 0.95, 0.99))
    asked = {
        "Q1": f"SELECT cs_host, count(*), sum(sc_bytes), count(*) FILTER (x_edge_result_type IN ('Hit', 'RefreshHit')) / count(*) {where} GROUP BY 1",
        "Q2": f"SELECT cs_host, date, sum(sc_bytes) {where} GROUP BY 1, 2",
        "Q3": f"SELECT cs_uri_stem, sum(sc_bytes) AS b, count(*) {where} AND cs_host = '{host}' GROUP BY 1 ORDER BY b DESC LIMIT 20",
        "Q4": f"SELECT substr(x_edge_location, 1, 3), sum(sc_bytes), count(*) {where} GROUP BY 1",
        "Q5": f"SELECT date, count(DISTINCT c_ip) {where} GROUP BY 1",
        "Q6": f"SELECT cs_host, {quantiles} {where} GROUP BY 1",
    }
    told = {}
    for name, sql in asked.items():
        times = []
        for number in range(int(rounds) + 1):
            start = time.perf_counter()
            rows = con.execute(sql).fetchall()
            times.append((time.perf_counter() - start) * 1000)
            if number == 0:
                spent = time.process_time()
        spent = (time.process_time() - spent) * 1000 / int(rounds)
        told[name] = dict(median_ms=statistics.median(times[1:]), processor_ms=spent, rows=[[str(cell) if not isinstance(cell, (int, float)) else cell for cell in row] for row in rows])
    print(json.dumps(told))


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    {"duckdb": lambda *a: duckdb_(*a, False), "duckdb-hive": lambda *a: duckdb_(*a, True), "polars": polars_, "clickhouse": clickhouse, "pyarrow": pyarrow_,
     "verify": verify, "questions": questions}[name](*rest)
