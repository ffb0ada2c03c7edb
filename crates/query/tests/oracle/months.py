"""Makes a random month of traffic and settings for the oracle and the SQL views to agree on.

The same seed gives the same files on every Python: only `randrange` and `choice` of a seeded
generator are used, and nothing whose order depends on hashes. New cards may change what a seed
gives, because months, regions, plans and storage classes are taken from the cards.

    python3 months.py --cards crates/rates/cards --seed 7 --traffic t.csv --settings s.json
"""

import argparse
import csv
import json
import random
from pathlib import Path

from cards import GB, Book
from oracle import s3_would_serve

MONTHS = ["2021-06", "2021-11", "2021-12", "2022-03", "2024-06", "2024-07", "2024-12"]
MONTHS += ["2025-11", "2026-02", "2026-10"]
KEYS = ["month", "date", "distribution", "edge_code", "method", "billing_protocol", "status_class"]
KEYS += ["is_forbidden", "is_compressible", "cache_result", "detailed_result_type"]
NUMBERS = ["requests", "response_bytes", "request_bytes", "header_bytes", "measured_requests"]
METHODS = ["GET"] * 8 + ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "other"]
RESULTS = [("Hit", "Hit")] * 6 + [("Miss", "Miss")] * 4 + [("RefreshHit", "RefreshHit")] * 2
RESULTS += [("Error", "Error")] * 2 + [
    ("OriginShieldHit", "OriginShieldHit"),
    ("Hit", "OriginShieldHit"),
    ("Miss", "MissGeneratedResponse"),
    ("Redirect", "Redirect"),
    ("LimitExceeded", "LimitExceeded"),
    ("CapacityExceeded", "CapacityExceeded"),
    ("FunctionGeneratedResponse", "FunctionGeneratedResponse"),
    ("LambdaGeneratedResponse", "LambdaGeneratedResponse"),
    ("Error", "FunctionExecutionError"),
    ("Error", "FunctionThrottledError"),
    ("Error", "LambdaExecutionError"),
    ("Error", "LambdaLimitExceeded"),
    ("Error", "AbortedOrigin"),
    ("Error", "OriginDnsError"),
    ("Error", "OriginConnectError"),
    ("Error", "ClientCommError"),
    ("Error", "InvalidRequest"),
]
UNKNOWN_EDGES = ["-", "XXX", "ZZZ", "QQQ"]
CHINA_EDGES = ["PEK", "PVG", "SZX", "ZHY"]
NAMES = ["www", "images", "api", "releases", "docs", "video", "app", "cdn"]
FILLS = ["none"] * 5 + ["cloudfront"] * 2 + ["s3"] * 2
FILLS += ["cloudfront_free", "s3_free", "requests_free"]
MOST_BYTES = 6 * 10**17


class Maker:
    def __init__(self, seed, book):
        self.random, self.book = random.Random(seed), book
        self.pick, self.below = self.random.choice, self.random.randrange
        months = [m for m in MONTHS if {"cloudfront", "s3"} <= book.month(m).services]
        self.months = sorted({self.pick(months) for _ in range(self.pick([1, 1, 1, 2]))})
        self.prices = [book.month(month) for month in self.months]
        self.fill = self.pick(FILLS)
        self.rows = {}

    def one_in(self, n):
        return self.below(n) == 0

    def size(self, digits):
        """A number of 1 to `digits` digits, each length as likely as any other."""
        return self.below(10 ** (1 + self.below(digits)))

    def in_all_months(self, table):
        return sorted(set.intersection(*(set(getattr(one, table)) for one in self.prices)))

    def make(self):
        self.settings = self.make_settings()
        top = 10 if self.fill != "none" else 1 + self.below(18)
        self.count_digits = 3 if self.fill == "requests_free" else self.pick([4, 7, 10])
        for month in self.months:
            for own in self.settings["distributions"]:
                if self.one_in(12):
                    continue
                for _ in range(1 + self.below(40)):
                    self.add(month, own, self.size(top) % (MOST_BYTES // 240))
            if not any(key[0] == month for key in self.rows):
                self.add(month, self.settings["distributions"][0], 12345)
            self.add_fill(month)
        if self.fill == "none" and self.one_in(4):
            self.add(self.months[0], self.settings["distributions"][0], self.below(MOST_BYTES))
        return self.rows, self.settings

    def make_settings(self):
        buckets = [region for side, region in self.in_all_months("ladders") if side == "s3"]
        items = [key[1:] for key in self.in_all_months("other") if key[0] == "cloudfront"]
        items = [key for key in items if not key[0].startswith("savings-bundle")]
        classes = {key[1][4:] for key in self.in_all_months("other") if key[1].startswith("get-")}
        classes = ["standard"] * 2 + sorted(classes)
        plans = self.in_all_months("plans")
        distributions, names = [], list(NAMES)
        for number in range(1 + self.below(6)):
            on_s3 = not self.one_in(4)
            distributions.append(
                {
                    "distribution": f"E{number}{'ABCDEFGH'[self.below(8)]}2FJ5",
                    "name": names.pop(self.below(len(names))),
                    "origin": "s3" if on_s3 else "server",
                    "bucket_region": self.pick(buckets) if on_s3 else None,
                    "price_class": self.pick(["100", "200", "All", "All"]),
                    "storage_class": self.pick(classes) if on_s3 else "standard",
                    "plan": self.pick(plans) if plans and self.one_in(3) else None,
                    "origin_shield": self.pick([None, None, "us-east-1", "eu-west-1"]),
                }
            )
        exact = self.fill != "none"
        return {
            "distributions": distributions,
            "cloudfront_free_tier": self.fill != "cloudfront" and not self.one_in(4),
            "s3_free_tier": self.fill != "s3" and not self.one_in(4),
            "s3_free_tier_method": self.pick(["before_tiers", "before_tiers", "within_first_tier"]),
            "allocation": self.pick(["average", "standalone", "marginal"]),
            "cloudfront_discount": self.pick(["0", "0", "0.25", "0.1", "0.333333333", "0.9"]),
            "extra_usage": [self.extra(distributions, items) for _ in range(self.below(5))],
            "waf": self.pick(["billed", "billed", "unbilled"]),
            "header_bytes": "billed" if exact else self.pick(["billed", "billed", "unbilled"]),
            "edge_compression": "1" if exact else self.pick(["1", "1", "4", "1.5", "2.75"]),
            "regional_caches": self.pick(["none", "none", "absorb"]),
            "hit_ratio_change": self.pick(["0", "0", "0.05", "-0.05", "0.5", "-1", "0.0001"]),
            "bytes_factor": self.pick(["1", "1", "1.35", "0.333333333", "12.5"]),
            "requests_factor": self.pick(["1", "1", "1.5", "0.1", "0.000000001"]),
        }

    def extra(self, distributions, items):
        item, region = self.pick(items)
        usd, free = self.prices[0].other["cloudfront", item, region]
        sizes = [0, max(free - 1, 0), free, free + 1, self.size(2 if usd >= 1 else 10)]
        if item == "origin-shield":
            region = self.pick([region, "eu-west-1", "global"])
        return {
            "item": item,
            "region": region,
            "month": self.pick([None, self.months[0]]),
            "distribution": self.pick([None, self.pick(distributions)["distribution"]]),
            "quantity": self.pick(sizes),
        }

    def add(self, month, own, size):
        edges = self.pick([sorted(self.book.edges)] * 8 + [UNKNOWN_EDGES, CHINA_EDGES])
        cache_result, detail = self.pick(RESULTS)
        method, status = self.pick(METHODS), self.pick([2, 2, 2, 3, 4, 4, 5])
        key = {
            "month": month,
            "date": f"{month}-{1 + self.below(28):02}",
            "distribution": own["distribution"],
            "edge_code": self.pick(edges),
            "method": method,
            "billing_protocol": self.pick(["https", "https", "http"]),
            "status_class": status,
            "is_forbidden": status == 4 and self.one_in(2),
            "is_compressible": status == 2 and method == "GET" and self.one_in(3),
            "cache_result": cache_result,
            "detailed_result_type": detail,
        }
        requests = 1 + self.size(self.count_digits)
        measured = self.pick([0, requests, self.below(requests + 1)])
        self.rows[tuple(key.values())] = {
            "requests": requests,
            "response_bytes": size,
            "request_bytes": self.size(16),
            "header_bytes": self.below(min(size, measured * 700) + 1) if measured else 0,
            "measured_requests": measured,
        }

    def plain(self, month, own, edge_code, requests, size):
        """A row that both sides bill in full."""
        key = (month, f"{month}-28", own["distribution"], edge_code, "GET", "https", 2)
        key += (False, False, "Hit", "Hit")
        counts = (requests, size, 0, 0, 0)
        row = self.rows.setdefault(key, dict.fromkeys(NUMBERS, 0))
        for name, count in zip(NUMBERS, counts):
            row[name] += count

    def add_fill(self, month):
        """Brings one total of the month to a tier's or an allowance's bound, or next to it."""
        prices, off = self.book.month(month), self.pick([-1, 0, 1])
        edges = sorted(self.book.edges)
        known = {own["distribution"]: own for own in self.settings["distributions"]}
        rows = [dict(zip(KEYS, key)) | row for key, row in self.rows.items() if key[0] == month]
        if self.settings["waf"] == "unbilled":
            blocked = ("Error", True)
            rows = [row for row in rows if (row["cache_result"], row["is_forbidden"]) != blocked]
        paying = [own for own in known.values() if own["plan"] is None]
        buckets = [own for own in known.values() if own["origin"] == "s3"]

        def total(number, wanted):
            return sum(row[number] for row in rows if wanted(row, known[row["distribution"]]))

        def served(row, own):
            return own["origin"] == "s3" and s3_would_serve(row)

        if self.fill.startswith("s3") and buckets:
            own, bucket = self.pick(buckets), None
            bound = prices.free["s3"]["free_gb"] * GB
            if self.fill == "s3":
                bucket = own["bucket_region"]
                bound = self.pick(prices.ladders["s3", bucket][1:])[0]
            now = total(
                "response_bytes",
                lambda row, its: served(row, its) and bucket in (None, its["bucket_region"]),
            )
            if bound + off > now:
                self.plain(month, own, self.pick(edges), 1, bound + off - now)
        elif self.fill in ("cloudfront", "cloudfront_free") and paying:
            own, edge_code, region = self.pick(paying), self.pick(edges), None
            bound = prices.free["cloudfront"]["free_gb"] * GB
            if self.fill == "cloudfront":
                region = self.book.billing_region(edge_code, own["price_class"])
                bound = self.pick(prices.ladders["cloudfront", region][1:])[0]
            now = total(
                "response_bytes",
                lambda row, its: its["plan"] is None
                and region
                in (None, self.book.billing_region(row["edge_code"], its["price_class"])),
            )
            if bound + off > now:
                self.plain(month, own, edge_code, 1, bound + off - now)
        elif self.fill == "requests_free" and paying:
            bound = prices.free["cloudfront"]["free_requests"]
            now = total("requests", lambda _, its: its["plan"] is None)
            if bound + off > now:
                self.plain(month, self.pick(paying), self.pick(edges), bound + off - now, 0)


def write(seed, book, traffic, settings):
    rows, chosen = Maker(seed, book).make()
    with open(traffic, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(KEYS + NUMBERS)
        for key in sorted(rows):
            cells = [*key, *rows[key].values()]
            out.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in cells])
    Path(settings).write_text(json.dumps(chosen, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cards", required=True, action="append", help="folder, repeatable")
    parser.add_argument("--seed", required=True, type=int)
    parser.add_argument("--traffic", required=True, help="CSV file to write")
    parser.add_argument("--settings", required=True, help="JSON file to write")
    options = parser.parse_args()
    write(options.seed, Book(*options.cards), options.traffic, options.settings)


if __name__ == "__main__":
    main()
