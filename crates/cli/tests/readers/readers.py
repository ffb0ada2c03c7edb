"""Runs what `edgeledger lake ddl` prints in other engines and compares their totals with the truth.

    python readers.py EDGELEDGER LAKE TRUTH ENGINE

TRUTH is the JSON of the generator of the sample logs, which counts on its own. LAKE is a lake of
just these logs. Exit codes: 0 the engine agrees, 1 it does not, 77 it cannot run here.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

CANNOT_RUN = 77


class Expected:
    def __init__(self, truth: dict):
        months = defaultdict(lambda: [0, 0])
        for distribution, days in truth["all_days"].items():
            for day, tally in days.items():
                month = months[distribution, day[:7]]
                month[0] += tally["requests"]
                month[1] += tally["response_bytes"]
        self.by_month = sorted((d, m, n, b) for (d, m), (n, b) in months.items())
        self.total = (truth["totals"]["rows"], truth["totals"]["response_bytes"])
        self.objects = (truth["totals"]["objects"], truth["totals"]["rows"])


def same(what: str, found, expected) -> None:
    if found != expected:
        sys.exit(f"{what}: found {found}\nexpected {expected}")
    print(f"{what}: {str(found)[:100]}")


def printed(edgeledger: str, lake: str, *options: str) -> str:
    command = [edgeledger, "lake", "ddl", "--lake", lake, *options]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def statements(text: str) -> list[str]:
    """The statements of a script whose every `;` that ends one also ends its line."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    parts = re.split(r";$", "\n".join(lines), flags=re.MULTILINE)
    return [part.strip() for part in parts if part.strip()]


def run_duckdb(text: str, expected: Expected, lake: str) -> None:
    import duckdb

    connection = duckdb.connect()
    *made, total, by_month = statements(text)
    for statement in made:
        try:
            connection.execute(statement)
        except duckdb.Error as error:
            if statement.startswith(("INSTALL", "LOAD")):
                print(f"{statement}: {str(error).splitlines()[0]}", file=sys.stderr)
                sys.exit(CANNOT_RUN)
            raise
    same("total", connection.execute(total).fetchone(), expected.total)
    same("by month", connection.execute(by_month).fetchall(), expected.by_month)
    objects = 'SELECT count(*), sum(rows) FROM "cdn ""logs"""."log_files"'
    same("log files", connection.execute(objects).fetchone(), expected.objects)
    # The folder holds files that are no longer live: who reads it with a glob counts twice.
    literal = lake.replace("'", "''")
    glob = f"SELECT count(*) FROM read_parquet('{literal}/requests/*/*/*.parquet')"
    if connection.execute(glob).fetchone()[0] <= expected.total[0]:
        sys.exit("the lake has no file that is not live: this test would not notice a glob")


def run_clickhouse(text: str, expected: Expected, lake: str) -> None:
    # chdb reads below the folder it was started in.
    os.chdir(lake)
    from chdb import session

    chdb = session.Session()
    *made, total, by_month = statements(text)
    for statement in made:
        chdb.query(statement)

    def rows(query: str) -> list:
        lines = str(chdb.query(query, "JSONCompactEachRow")).splitlines()
        return [json.loads(line) for line in lines]

    def numbers(row: list) -> tuple:
        return tuple(int(cell) for cell in row)

    same("total", numbers(rows(total)[0]), expected.total)
    found = [(d, month, *numbers(rest)) for d, month, *rest in rows(by_month)]
    same("by month", found, expected.by_month)
    objects = 'SELECT count(), sum(rows) FROM `cdn "logs"`.`log_files`'
    same("log files", numbers(rows(objects)[0]), expected.objects)


def run_polars(text: str, expected: Expected, lake: str) -> None:
    import polars as pl

    names: dict = {}
    exec(text, names)
    same("total", names["total"].row(0), expected.total)
    same("by month", names["by_month"].rows(), expected.by_month)
    objects = names["log_files"].select(pl.len(), pl.col("rows").sum()).collect().row(0)
    same("log files", objects, expected.objects)
    day = pl.date(2026, 10, 9)
    plan = names["requests"].filter(pl.col("date") == day).explain()
    print(plan.splitlines()[0])


def run_deltalake(text: str, expected: Expected, lake: str) -> None:
    import duckdb

    names: dict = {}
    exec(text, names)
    same("total", names["total"].fetchall()[0], expected.total)
    same("by month", names["by_month"].fetchall(), expected.by_month)
    log_files = names["log_files"]  # noqa: F841 (DuckDB finds it by its name)
    objects = duckdb.sql("SELECT count(*), sum(rows) FROM log_files").fetchall()[0]
    same("log files", objects, expected.objects)


def parsed(dialect: str, text: str) -> None:
    """Engines that do not run here: a parser of their dialect takes every statement."""
    import sqlglot

    found = [statement for statement in sqlglot.parse(text, read=dialect) if statement]
    same("statements", len(found), len(statements(text)))
    locations = [node.this for statement in found for node in statement.find_all(sqlglot.exp.Literal)]
    if not any("requests" in str(place) for place in locations):
        sys.exit(f"no statement names a place of requests: {locations}")


def main() -> None:
    edgeledger, lake, truth, engine = sys.argv[1:]
    expected = Expected(json.loads(Path(truth).read_text()))
    database = ["--database", 'cdn "logs"']
    match engine:
        case "duckdb":
            run_duckdb(printed(edgeledger, lake, "--engine", engine, *database), expected, lake)
        case "duckdb-files":
            options = ["--engine", "duckdb", "--files", *database]
            run_duckdb(printed(edgeledger, lake, *options), expected, lake)
        case "clickhouse":
            run_clickhouse(printed(edgeledger, lake, "--engine", engine, *database), expected, lake)
        case "polars":
            run_polars(printed(edgeledger, lake, "--engine", engine), expected, lake)
        case "deltalake":
            run_deltalake(printed(edgeledger, lake, "--engine", engine), expected, lake)
        case "athena":
            parsed(engine, printed(edgeledger, "s3://lake/it's", "--engine", engine))
        case "spark" | "trino":
            parsed(engine, printed(edgeledger, lake, "--engine", engine, *database))
        case other:
            sys.exit(f"no engine {other}")


if __name__ == "__main__":
    main()
