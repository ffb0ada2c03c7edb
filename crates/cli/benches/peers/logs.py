"""Makes a set of CloudFront logs and `truth.json`, what a correct reader must find in it.

The same rows and files give the same bytes. Four distributions of different traffic, 31 days of October 2026; clients come
in sessions, paths and edges are skewed, request ids do not repeat.
"""
import base64
import bisect
import datetime
import functools
import gzip
import itertools
import json
import multiprocessing
import os
import random

FIELDS = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query "
    "cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol "
    "ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte "
    "x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"
)
# id, name of the CDN's host, own host, share of rows, paths, bytes, content type
DISTRIBUTIONS = [
    ("E1EXAMPLERELSE", "d1examplerelse.cloudfront.net", "releases.example.org", 0.28, 4_000, 14_000_000, "application/x-tar"),
    ("E2EXAMPLECRATE", "d2examplecrate.cloudfront.net", "crates.example.org", 0.62, 150_000, 60_000, "application/gzip"),
    ("E3EXAMPLEDOCSX", "d3exampledocsx.cloudfront.net", "docs.example.org", 0.07, 20_000, 18_000, "text/html"),
    ("E4EXAMPLEAPPXX", "d4exampleappxx.cloudfront.net", "app.example.org", 0.03, 3_000, 5_000, "application/json"),
]
EDGES = [f"{a}{n}-{k}" for a in "IAD CMH SFO DUB FRA AMS LHR NRT SIN BOM GRU SYD HEL ARN ATL DFW".split() for n in (50, 66, 89) for k in ("C1", "P2", "P5")]
AGENTS = [f"cargo%201.{n}.{k}%20(ecb9851af%202025-10-18)" for n in range(60, 90) for k in range(3)] + [
    f"Mozilla/5.0%20(X11;%20Linux%20x86_64;%20rv:{n}.0)%20Gecko/20100101%20Firefox/{n}.0" for n in range(100, 140)]
RESULTS = ["Hit"] * 85 + ["Miss"] * 10 + ["RefreshHit"] * 4 + ["Error"]


@functools.cache
def skewed(count):
    """Cumulative weights 1/1, 1/2, 1/3 …"""
    return list(itertools.accumulate(1 / (n + 1) for n in range(count)))


def make_file(job):
    folder, number, rows, distribution, hour = job
    name, cdn, host, _, paths, size, kind = DISTRIBUTIONS[distribution]
    rng = random.Random(number)
    weights, by_day, lines = skewed(paths), {}, []
    start = datetime.datetime(2026, 10, 1) + datetime.timedelta(hours=hour)
    seconds = sorted(rng.randrange(3600) for _ in range(rows))
    session = left = 0
    for second in seconds:
        if left == 0:  # the next client
            left = rng.randrange(1, 40)
            session = (f"{rng.randrange(1, 224)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}", rng.choice(EDGES), rng.choice(AGENTS),
                       rng.randrange(1024, 65536), rng.choice(["HTTP/1.1", "HTTP/2.0", "HTTP/2.0"]))
        left -= 1
        ip, edge, agent, port, version = session
        at = start + datetime.timedelta(seconds=second)
        day, result, path = f"{at:%Y-%m-%d}", rng.choice(RESULTS), bisect.bisect_left(weights, rng.random() * weights[-1])
        length = (path * 7919 % (2 * size)) + 200
        sent, took = length + rng.randrange(400, 700), length / 5e7 + rng.random() * 0.02
        cells = (day, f"{at:%H:%M:%S}", edge, sent, ip, "GET", cdn, f"/{host.split('.')[0]}/{path % 997}/file-{path}.{path % 13}", 500 if result == "Error" else 200,
                 "-", agent, "-", "-", result, base64.b64encode(rng.randbytes(40)).decode(), host, "https", rng.randrange(60, 140), f"{took:.3f}", "-",
                 "TLSv1.3", "TLS_AES_128_GCM_SHA256", result, version, "-", "-", port, f"{took / 2:.3f}", result, kind, length, "-", "-")
        lines.append("\t".join(map(str, cells)))
        tally = by_day.setdefault(day, [0, 0])
        tally[0] += 1
        tally[1] += sent
    text = "#Version: 1.0\n#Fields: " + FIELDS + "\n" + "\n".join(lines) + "\n"
    os.makedirs(os.path.join(folder, host), exist_ok=True)
    with open(os.path.join(folder, host, f"{name}.{start:%Y-%m-%d-%H}.{number:08x}.gz"), "wb") as file:
        file.write(gzip.compress(text.encode(), 6, mtime=0))
    return name, by_day, len(text)


def jobs(folder, rows, files):
    number = 0
    for at, (_, _, _, share, *_) in enumerate(DISTRIBUTIONS):
        of_this, count = round(rows * share), max(1, round(files * share))
        for n in range(count):
            some = of_this * (n + 1) // count - of_this * n // count
            yield folder, number, some, at, n * 744 // count
            number += 1


def make(folder, rows, files):
    """Writes the set unless it is there, and gives its truth."""
    path = os.path.join(folder, "truth.json")
    if not os.path.exists(path):
        truth = {"rows": 0, "text_bytes": 0, "distributions": {d[0]: {"host": d[1], "by_day": {}} for d in DISTRIBUTIONS}}
        with multiprocessing.Pool() as pool:
            for name, by_day, size in pool.imap_unordered(make_file, jobs(folder, rows, files), chunksize=8):
                truth["text_bytes"] += size
                for day, (count, sent) in by_day.items():
                    tally = truth["distributions"][name]["by_day"].setdefault(day, [0, 0])
                    tally[0] += count
                    tally[1] += sent
                    truth["rows"] += count
        with open(path, "w") as file:
            json.dump(truth, file)
    return path
