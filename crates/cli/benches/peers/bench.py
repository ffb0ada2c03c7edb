#!/usr/bin/env python3
"""Measures `edgeledger` beside its peers, in turn on one machine, and prints Markdown tables (docs/performance.md).

    crates/cli/benches/peers/bench.py                              1 M rows in 200 objects, 5 rounds
    crates/cli/benches/peers/bench.py --rows 10000000 --files 1000
    crates/cli/benches/peers/bench.py --growth 1000000,10000000,50000000   how time and memory grow
    crates/cli/benches/peers/bench.py --objects 1000,5000,20000,100000     what an object costs, of 25 rows each
    crates/cli/benches/peers/bench.py --s3 --rows 10000000 --files 1000    the same logs from a folder and from S3, in turn

Builds the command, installs the peers (versions below) into a venv under the target folder, and makes the logs there. Each
round runs every tool once in a process of its own; what each wrote is held to what the maker of the logs counted. Needs
Python 3.9 or newer, and some 10 GB of disk for 10 M rows.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

import logs

PINNED = ["duckdb==2.0.0", "polars==2.1.0", "pyarrow==26.0.1", "chdb==4.4.0"]
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, *[".."] * 4))
OURS = "edgeledger"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--rows", type=int, default=1_000_000)
parser.add_argument("--files", type=int, default=200)
parser.add_argument("--set", help="a folder of logs with its truth.json, instead of making one")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--peers", default="duckdb,duckdb-hive,polars,clickhouse,pyarrow")
parser.add_argument("--growth", help="measure only ours, with so many rows each, in objects of 10,000")
parser.add_argument("--objects", help="measure only ours, with so many objects each, of 25 rows")
parser.add_argument("--s3", action="store_true", help="measure only ours, from a folder and from an S3 server on this machine")
parser.add_argument("--out", default=os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "peers"))
parser.add_argument("--bin", help="the command, already built")
parser.add_argument("--queries-bin", help="the benchmark `queries`, already built")
args = parser.parse_args()


def run(command, **more):
    """Wall seconds, processor seconds, peak MB and what was printed."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE if more else None, text=True)
    printed = child.stdout.read()
    errors = child.stderr.read() if more else ""
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: exit code {child.returncode}\n{printed}{errors}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, printed


def venv():
    path = os.path.join(args.out, "venv")
    stamp = os.path.join(path, "pinned.txt")
    if not os.path.exists(stamp) or open(stamp).read() != "\n".join(PINNED):
        subprocess.run([sys.executable, "-m", "venv", path], check=True)
        subprocess.run([os.path.join(path, "bin", "pip"), "install", "--quiet", *PINNED], check=True)
        with open(stamp, "w") as file:
            file.write("\n".join(PINNED))
    return os.path.join(path, "bin", "python")


def command():
    if args.bin:
        return args.bin
    subprocess.run(["cargo", "build", "--release", "--package", "edgeledger"], cwd=ROOT, check=True)
    return os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release", OURS)


def empty(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def size(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names) / 1e6


def verify_ours(binary, lake, truth):
    sql = "SELECT distribution, date, count(*) AS n, sum(response_bytes) AS b FROM requests GROUP BY 1, 2"
    found = {}
    for line in run([binary, "sql", "--lake", lake, "--format", "ndjson", sql])[3].splitlines():
        row = json.loads(line)
        found.setdefault(row["distribution"], {})[row["date"]] = [row["n"], row["b"]]
    wanted = {name: distribution["by_day"] for name, distribution in json.load(open(truth))["distributions"].items()}
    if found != wanted:
        sys.exit("the lake is not what the logs hold")


def median_of(runs, at):
    return statistics.median(one[at] for one in runs)


def ingest_table(binary, python, folder, truth):
    peers = [OURS, *[peer for peer in args.peers.split(",") if peer]]
    runs, sizes = {peer: [] for peer in peers}, {}
    for number in range(args.rounds):
        for peer in peers:
            out = empty(os.path.join(args.out, f"of-{peer}"))
            if peer == OURS:
                runs[peer].append(run([binary, "ingest", folder, "--lake", out, "--quiet"]))
            else:
                runs[peer].append(run([python, os.path.join(HERE, "peers.py"), peer, folder, out]))
            if number == 0:
                sizes[peer] = size(out)
                if peer == OURS:
                    verify_ours(binary, out, truth)
                else:
                    run([python, os.path.join(HERE, "peers.py"), "verify", out, truth])
            print(f"round {number + 1}, {peer}: {runs[peer][-1][0]:.2f} s", file=sys.stderr)
            if peer not in (OURS, "duckdb"):
                shutil.rmtree(out)
    counted = json.load(open(truth))
    rows = sum(day[0] for distribution in counted["distributions"].values() for day in distribution["by_day"].values())
    ours = median_of(runs[OURS], 0)
    print(f"\n{rows:,} rows, medians of {args.rounds} rounds in turn; each output held to the truth\n")
    print("| tool | seconds | rows/s | ours is faster by | processor s | peak MB | output MB |\n|---|---|---|---|---|---|---|")
    for peer in peers:
        wall = median_of(runs[peer], 0)
        print(f"| {peer} | {wall:.2f} | {rows / wall / 1000:,.0f} k | {wall / ours:.2f}× | {median_of(runs[peer], 1):.1f} | {median_of(runs[peer], 2):,.0f} | {sizes[peer]:,.0f} |")


def as_asked(question, row, names):
    """A row of any engine in one form: distributions by their ids, times in microseconds, in one order."""
    row = [names.get(cell, cell) for cell in row]
    if question == "Q6":
        row = [round(cell * 1e6) if isinstance(cell, float) else cell for cell in row]
    return sorted(str(round(cell, 9) if isinstance(cell, float) else cell) for cell in row)


def questions_table(python, truth):
    distributions = json.load(open(truth))["distributions"]
    names = {distribution.get("domain", distribution["host"]): name for name, distribution in distributions.items()}
    largest = max(distributions, key=lambda name: sum(day[0] for day in distributions[name]["by_day"].values()))
    host = next(host for host, name in names.items() if name == largest)
    answers = os.path.join(args.out, "answers.json")
    bench = [args.queries_bin] if args.queries_bin else ["cargo", "bench", "--quiet", "--package", OURS, "--bench", "queries", "--"]
    ask = [*bench, os.path.join(args.out, f"of-{OURS}"), "--distribution", largest, "--only", "Q", "--answers", answers]
    file = os.path.join(args.out, "of-duckdb", "data.parquet")
    ask_duckdb = [python, os.path.join(HERE, "peers.py"), "questions", file, host, "5"]
    ours, theirs = [], []
    os.chdir(ROOT)
    for _ in range(args.rounds):
        ours.append(json.loads(run(ask)[3]))
        theirs.append(json.loads(run(ask_duckdb)[3]))
    answered = json.load(open(answers))
    print("\nThe six questions: median hot milliseconds, with the processor's in parentheses\n")
    print("| question | edgeledger | DuckDB on its own file | ours / DuckDB's |\n|---|---|---|---|")
    for name, told in sorted(ours[0].items()):
        short = name.split()[0]
        if short not in theirs[0]:
            continue
        same = sorted(as_asked(short, row.values(), {}) for row in answered[name]) == sorted(as_asked(short, row, names) for row in theirs[0][short]["rows"])
        if not same:
            sys.exit(f"{name}: the answers differ")
        a, b = (statistics.median(one[key]["median_ms"] for one in many) for many, key in ((ours, name), (theirs, short)))
        p, q = (statistics.median(one[key]["processor_ms"] or 0 for one in many) for many, key in ((ours, name), (theirs, short)))
        print(f"| {name} | {a:.0f} ({p:.0f}) | {b:.0f} ({q:.0f}) | {a / b:.2f} ({p / q:.2f}) |")


def growth_table(binary):
    print("| rows | objects | seconds | rows/s | processor s | peak MB | lake MB |\n|---|---|---|---|---|---|---|")
    for rows in map(int, args.growth.split(",")):
        folder, lake = os.path.join(args.out, f"logs-{rows}"), os.path.join(args.out, "of-growth")
        truth = logs.make(folder, rows, rows // 10_000)
        runs = []
        for _ in range(min(args.rounds, 3)):
            runs.append(run([binary, "ingest", folder, "--lake", empty(lake), "--quiet"]))
        verify_ours(binary, lake, truth)
        wall = median_of(runs, 0)
        print(f"| {rows:,} | {rows // 10_000:,} | {wall:.1f} | {rows / wall / 1000:,.0f} k | {median_of(runs, 1):.1f} | {median_of(runs, 2):,.0f} | {size(lake):,.0f} |", flush=True)
        shutil.rmtree(folder)
        shutil.rmtree(lake)


def objects_table(binary):
    """How listing, reading and committing grow with the number of objects; the second run finds nothing new."""
    print("| objects | rows | seconds | rows/s | µs an object | processor s | peak MB | second run s |\n|---|---|---|---|---|---|---|---|")
    for objects in map(int, args.objects.split(",")):
        folder, lake = os.path.join(args.out, f"objects-{objects}"), os.path.join(args.out, "of-objects")
        truth = logs.make(folder, objects * 25, objects)
        runs, again = [], []
        for _ in range(min(args.rounds, 3)):
            ingest = [binary, "ingest", folder, "--lake", empty(lake), "--quiet"]
            runs.append(run(ingest))
            again.append(run(ingest))
        verify_ours(binary, lake, truth)
        wall = median_of(runs, 0)
        print(f"| {objects:,} | {objects * 25:,} | {wall:.2f} | {objects * 25 / wall / 1000:,.0f} k | {wall / objects * 1e6:.0f} | {median_of(runs, 1):.2f} "
              f"| {median_of(runs, 2):,.0f} | {median_of(again, 0):.2f} |", flush=True)
        shutil.rmtree(folder)
        shutil.rmtree(lake)


def s3_table(binary, folder, truth):
    """The server shares the cores with the reader: the processor seconds are the reader's alone."""
    server = subprocess.Popen([sys.executable, os.path.join(HERE, "s3_server.py"), folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    os.environ.update(AWS_ENDPOINT_URL_S3=server.stdout.readline().strip(), AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="testtest", AWS_REGION="us-east-1")
    runs = {folder: [], "s3://logs/": []}
    for number in range(args.rounds):
        for source in runs:
            lake = empty(os.path.join(args.out, "of-s3"))
            runs[source].append(run([binary, "ingest", source, "--lake", lake, "--quiet"]))
            if number == 0:
                verify_ours(binary, lake, truth)
            print(f"round {number + 1}, {source}: {runs[source][-1][0]:.2f} s", file=sys.stderr)
    server.stdin.close()
    print("| from | seconds | processor s | peak MB |\n|---|---|---|---|")
    for source, name in ((folder, "a folder"), ("s3://logs/", "S3 on loopback")):
        print(f"| {name} | {median_of(runs[source], 0):.2f} | {median_of(runs[source], 1):.1f} | {median_of(runs[source], 2):,.0f} |")


def main():
    os.makedirs(args.out, exist_ok=True)
    binary = command()
    if args.growth:
        growth_table(binary)
        return
    if args.objects:
        objects_table(binary)
        return
    folder = args.set or os.path.join(args.out, f"logs-{args.rows}-{args.files}")
    truth = os.path.join(folder, "truth.json") if args.set else logs.make(folder, args.rows, args.files)
    if args.s3:
        s3_table(binary, folder, truth)
        return
    python = venv()
    # The truth lies beside the logs, where no reader of logs looks: it is no log by its name.
    ingest_table(binary, python, folder, truth)
    if "duckdb" in args.peers.split(","):
        questions_table(python, truth)


if __name__ == "__main__":
    main()
