"""The oracle against sums that others published, and against the document's rules by hand.

    python3 -m unittest discover -s crates/query/tests/oracle

E1 to E10 are AWS's, Infracost's and others' worked examples: S3 FAQ, Billing guide, Infracost's
golden files, the CloudFront documentation.
"""

import json
import tempfile
import unittest
from fractions import Fraction
from pathlib import Path

import months
import oracle
from cards import GB, Book, OracleError

CARDS = Path(__file__).resolve().parents[3] / "rates" / "cards"
BOOK = Book(CARDS)
BOTH = Book(CARDS, Path(__file__).with_name("made-up-cards"))
MONTH = "2026-02"
EDGES = {"US": "IAD", "CA": "YUL", "EU": "FRA", "ZA": "JNB", "ME": "DXB"}
EDGES |= {"SA": "GRU", "JP": "NRT", "AU": "SYD", "AP": "SIN", "IN": "BOM"}


def traffic(distribution="E1", **given):
    row = {
        "month": MONTH,
        "distribution": distribution,
        "edge_code": "IAD",
        "method": "GET",
        "billing_protocol": "https",
        "status_class": 2,
        "is_forbidden": False,
        "is_compressible": False,
        "cache_result": "Hit",
        "detailed_result_type": "Hit",
        "requests": 0,
        "response_bytes": 0,
        "request_bytes": 0,
        "header_bytes": 0,
        "measured_requests": 0,
    }
    return row | {"date": row["month"] + "-01"} | given


def distribution(name="E1", **given):
    own = {
        "distribution": name,
        "name": name,
        "origin": "s3",
        "bucket_region": "us-east-1",
        "price_class": "All",
        "storage_class": "standard",
        "plan": None,
        "origin_shield": None,
    }
    return own | given


def settings(*distributions, **given):
    base = {
        "distributions": list(distributions) or [distribution()],
        "cloudfront_free_tier": False,
        "s3_free_tier": False,
        "s3_free_tier_method": "before_tiers",
        "allocation": "average",
        "cloudfront_discount": "0",
        "extra_usage": [],
        "waf": "billed",
        "header_bytes": "billed",
        "edge_compression": "1",
        "regional_caches": "none",
        "hit_ratio_change": "0",
        "bytes_factor": "1",
        "requests_factor": "1",
    }
    return base | given


def extra(item, quantity, name=None, region="global", month=None):
    place = {"item": item, "region": region, "month": month, "distribution": name}
    return place | {"quantity": quantity}


def run(rows, setup, book=BOOK):
    return oracle.report(rows, setup, book)


def usd(answer, side, item, places=2, **key):
    key |= {"side": side, "item": item}
    found = [line for line in answer["lines"] if key.items() <= line.items()]
    return oracle.text(sum(Fraction(line["usd"]) for line in found), places)


def cents_of(answer, side, column="usd"):
    rows = [row for row in answer["distributions"] if row["side"] == side]
    return {row["distribution"]: row[column] for row in rows}


def book_of(**cards):
    with tempfile.TemporaryDirectory() as folder:
        for name, card in cards.items():
            Path(folder, f"{name}.toml").write_text(card, encoding="utf-8")
        for name in ("edge-locations", "price-classes"):
            Path(folder, f"{name}.toml").write_text(
                Path(CARDS, f"{name}.toml").read_text(encoding="utf-8"), encoding="utf-8"
            )
        return Book(folder)


def flat_card(service, region, tiers, free_gb=0):
    protocols = 'any = "0"' if service == "s3" else 'http = "0"\nhttps = "0"'
    return f"""
kind = "prices"
service = "{service}"
name = "test-{service}"
valid_from = "2019-01"
egress = [{{ regions = ["{region}"], tiers = {json.dumps(tiers)} }}]
[free]
free_gb = {free_gb}
free_requests = 0
[[requests]]
regions = ["{region}"]
per = 1
{protocols}
"""


class Published(unittest.TestCase):
    def s3_egress(self, gigabytes, region="us-east-1", **given):
        rows = [traffic(response_bytes=gigabytes * GB, requests=1)]
        return run(rows, settings(distribution(bucket_region=region), **given))

    def test_e1_s3_faq_tiers(self):
        ladder = BOOK.month("2021-06").ladders["s3", "us-east-1"]
        gross = 62 * 1024 * GB
        older = list(oracle.tiers_of(ladder, gross, GB, True))
        self.assertEqual([size // GB for _, size, _ in older], [10239, 40960, 12288])
        self.assertEqual(
            [oracle.text(part, 2) for _, _, part in older], ["921.51", "3481.60", "860.16"]
        )
        self.assertEqual(sum(part for _, _, part in older), Fraction("5263.27"))
        first = sum(part for _, _, part in oracle.tiers_of(ladder, gross, GB, False))
        self.assertEqual(first, Fraction("5263.29"))

    def test_e1_with_the_free_100_gb_of_today(self):
        gross = 62 * 1024
        for method, total in (("within_first_tier", "5254.36"), ("before_tiers", "5256.36")):
            answer = self.s3_egress(gross, s3_free_tier=True, s3_free_tier_method=method)
            self.assertEqual(usd(answer, "s3", "egress"), total)

    def test_e2_s3_faq_requests(self):
        answer = run([traffic(requests=620_000)], settings())
        self.assertEqual(usd(answer, "s3", "requests", 3), "0.248")

    def test_e3_retrieval_is_paid_towards_cloudfront_too(self):
        own = distribution(storage_class="standard-ia")
        miss = {"cache_result": "Miss", "detailed_result_type": "Miss"}
        rows = [traffic(requests=1, response_bytes=300 * GB, **miss)]
        answer = run(rows, settings(own))
        self.assertEqual(usd(answer, "s3", "retrieval"), "3.00")
        self.assertEqual(usd(answer, "cloudfront", "s3_origin_retrieval"), "3.00")

    def test_e4_consolidated_tiers(self):
        tiers = [[0, "0.17"], [10240, "0.13"]]
        book = book_of(
            cloudfront=flat_card("cloudfront", "US", tiers),
            s3=flat_card("s3", "us-east-1", [[0, "0"]]),
        )
        rows = [
            traffic("bob", requests=1, response_bytes=8 * 1024 * GB),
            traffic("susan", requests=1, response_bytes=4 * 1024 * GB),
        ]
        setup = settings(*(distribution(name, origin="server") for name in ("bob", "susan")))
        answer = run(rows, setup, book)
        self.assertEqual(answer["monthly"][0]["usd"], "2007.04")
        self.assertEqual([tier["usd"][:-10] for tier in answer["tiers"]], ["1740.80", "266.24"])
        weights = cents_of(answer, "cloudfront", "weights").values()
        alone = sum(Fraction(weight["standalone"]) for weight in weights)
        self.assertEqual(alone, Fraction("2088.96"))

    E5 = {
        "US": (12_340_000, "870.40 3276.80 6144.00 14336.00 16097.28 104857.60 141942.40"),
        "EU": (22_340_000, "870.40 3276.80 6144.00 14336.00 16097.28 104857.60 341942.40"),
        "ZA": (32_340_000, "1126.40 4300.80 9216.00 28672.00 32194.56 209715.20 1083884.80"),
        "SA": (42_340_000, "1126.40 4300.80 9216.00 28672.00 32194.56 209715.20 1483884.80"),
        "JP": (52_340_000, "1167.36 3645.44 8806.40 30105.60 42926.08 293601.28 2825827.20"),
        "AU": (62_340_000, "1167.36 4014.08 9625.60 32972.80 48291.84 356515.84 4567769.60"),
        "AP": (62_340_000, "1228.80 4096.00 9728.00 32256.00 42926.08 293601.28 3425827.20"),
        "IN": (72_340_000, "1116.16 3481.60 8396.80 28672.00 41852.93 314572.80 4830992.64"),
    }
    E5_TOTALS = {
        "US": "287524.48",
        "EU": "487524.48",
        "ZA": "1369109.76",
        "SA": "1769109.76",
        "JP": "3206079.36",
        "AU": "5020357.12",
        "AP": "3809663.36",
        "IN": "5229084.93",
    }

    def test_e5_infracost_ladders(self):
        rows = [
            traffic(edge_code=EDGES[region], requests=1, response_bytes=size * GB)
            for region, (size, _) in self.E5.items()
        ]
        answer = run(rows, settings(distribution(origin="server")))
        for region, (_, parts) in self.E5.items():
            tiers = [tier for tier in answer["tiers"] if tier["region"] == region]
            amounts = [oracle.text(Fraction(tier["usd"]), 2) for tier in tiers]
            self.assertEqual(amounts, parts.split())
            self.assertEqual(
                usd(answer, "cloudfront", "egress", region=region), self.E5_TOTALS[region]
            )

    def test_e5_infracost_other_lines(self):
        rows = [
            traffic(requests=123_402, billing_protocol="http"),
            traffic(requests=123_400),
            traffic(requests=1, method="PUT", request_bytes=1234 * GB),
        ]
        usage = [
            extra("invalidation", 12_340),
            extra("field-level-encryption", 123_400),
            extra("real-time-log", 12_340_000),
        ]
        answer = run(rows, settings(distribution(origin="server"), extra_usage=usage))
        for item, total in (
            ("invalidation", "56.70"),
            ("field-level-encryption", "0.25"),
            ("real-time-log", "0.12"),
            ("origin_transfer", "24.68"),
        ):
            self.assertEqual(usd(answer, "cloudfront", item), total)
        self.assertEqual(usd(answer, "cloudfront", "requests", protocol="http"), "0.09")
        self.assertEqual(usd(answer, "cloudfront", "requests", protocol="https"), "0.12")

    def test_e6_infracost_s3_egress(self):
        answer = self.s3_egress(157_000, "sa-east-1")
        self.assertEqual(usd(answer, "s3", "egress"), "20478.48")
        self.assertEqual(
            [oracle.text(Fraction(tier["usd"]), 2) for tier in answer["tiers"][-4:]],
            ["1536.00", "5652.48", "12902.40", "387.60"],
        )
        self.assertEqual(usd(self.s3_egress(157_000, "eu-west-1"), "s3", "egress"), "11741.20")

    def test_e7_free_invalidations_are_per_account(self):
        names = ["a", "b", "c"]
        usage = [extra("invalidation", 600, name) for name in names]
        rows = [traffic(name, requests=1) for name in names]
        setup = settings(*map(distribution, names), extra_usage=usage)
        self.assertEqual(usd(run(rows, setup), "cloudfront", "invalidation"), "4.00")

    def test_e9_fifty_terabytes_of_north_america(self):
        rows = [traffic(requests=1, response_bytes=50 * 1024 * GB)]
        for free, total in ((False, "4147.20"), (True, "4065.28")):
            answer = run(rows, settings(cloudfront_free_tier=free))
            self.assertEqual(usd(answer, "cloudfront", "egress"), total)

    def test_e10_a_small_bill(self):
        rows = [
            traffic(edge_code="CDG", requests=8_837, response_bytes=GB * 119 // 1000),
            traffic(edge_code="CDG", requests=6_364, cache_result="Miss", method="PUT"),
        ]
        answer = run(rows, settings(distribution(bucket_region="eu-west-3")))
        self.assertEqual(usd(answer, "cloudfront", "requests"), "0.01")
        self.assertEqual(usd(answer, "cloudfront", "egress"), "0.01")
        self.assertEqual(usd(answer, "cloudfront", "s3_origin_requests"), "0.00")

    def test_rust_team_2019(self):
        book = book_of(
            cloudfront=flat_card("cloudfront", "US", [[0, "0.04"]]),
            s3=flat_card("s3", "us-east-1", [[0, "0.09"]]),
        )
        rows = [
            traffic("crates", month="2019-08", requests=1, response_bytes=8300 * GB),
            traffic("static", month="2019-08", requests=1, response_bytes=1400 * GB),
        ]
        answer = run(rows, settings(distribution("crates"), distribution("static")), book)
        saved = [row["savings_usd"] for row in answer["savings"]]
        self.assertEqual(saved, ["415.00", "70.00"])
        self.assertEqual(sum(map(Fraction, saved)), 485)

    def test_break_even(self):
        prices = BOOK.month(MONTH)
        for edge, bucket, size in (
            ("US", "us-east-1", 128_849),
            ("EU", "eu-central-1", 165_356),
            ("SA", "sa-east-1", 44_023),
            ("JP", "ap-northeast-1", None),
        ):
            self.assertEqual(oracle.break_even(prices, edge, bucket), size)


class Rules(unittest.TestCase):
    def test_free_shares_sum_and_floor(self):
        self.assertEqual(oracle.free_shares(10, {"b": 7, "a": 7, "c": 7}), {"a": 3, "b": 3, "c": 4})
        self.assertEqual(oracle.free_shares(10, {"a": 4, "b": 5}), {"a": 4, "b": 5})
        self.assertEqual(oracle.free_shares(0, {"a": 4}), {"a": 0})

    def test_half_away_from_zero(self):
        halves = [Fraction(n, 2) for n in (-3, -1, 0, 1, 3)]
        self.assertEqual([oracle.half_away(half) for half in halves], [-2, -1, 0, 1, 2])
        self.assertEqual(oracle.text(Fraction(-1, 100), 2), "-0.01")

    def test_largest_remainder_ties_by_name(self):
        order = {"x": ("b", "x"), "y": ("a", "y"), "z": ("c", "z")}
        cents = oracle.largest_remainder(Fraction(1), dict.fromkeys(order, 1), order)
        self.assertEqual(cents, {"y": 34, "x": 33, "z": 33})

    def test_allocations(self):
        tiers = [[0, "0.17"], [10240, "0.13"]]
        book = book_of(
            cloudfront=flat_card("cloudfront", "US", tiers),
            s3=flat_card("s3", "us-east-1", [[0, "0"]]),
        )
        rows = [
            traffic("bob", requests=1, response_bytes=8 * 1024 * GB),
            traffic("susan", requests=1, response_bytes=4 * 1024 * GB),
        ]
        for method, bob, susan in (
            ("average", "1338.03", "669.01"),
            ("standalone", "1338.03", "669.01"),
            ("marginal", "1366.50", "640.54"),
        ):
            setup = settings(distribution("bob"), distribution("susan"), allocation=method)
            cents = cents_of(run(rows, setup, book), "cloudfront")
            self.assertEqual(cents, {"bob": bob, "susan": susan})

    def test_units_of_the_organisation_are_shared_by_requests(self):
        rows = [traffic("a", requests=3), traffic("b", requests=1)]
        setup = settings(
            distribution("a"), distribution("b"), extra_usage=[extra("real-time-log", 10**8)]
        )
        self.assertEqual(cents_of(run(rows, setup), "cloudfront"), {"a": "0.75", "b": "0.25"})

    def test_discount_is_off_cloudfront_lines_alone(self):
        rows = [traffic(requests=10_000, response_bytes=GB, cache_result="Miss")]
        usage = [extra("invalidation", 1200)]
        answer = run(rows, settings(cloudfront_discount="0.25", extra_usage=usage))
        for item, amount in (
            ("egress", "0.06375"),
            ("requests", "0.00750"),
            ("s3_origin_requests", "0.00400"),
            ("invalidation", "1.00000"),
        ):
            self.assertEqual(usd(answer, "cloudfront", item, 5), amount)
        self.assertEqual(usd(answer, "s3", "egress", 5), "0.09000")

    def test_unknowns(self):
        error = {"cache_result": "Error", "detailed_result_type": "Error"}
        error |= {"status_class": 4, "is_forbidden": True}
        rows = [
            traffic(requests=10_000_000, cache_result="Miss"),
            traffic(response_bytes=2048 * GB, requests=1),
            traffic(response_bytes=100 * GB, requests=10, is_compressible=True),
            traffic(edge_code="BOM", requests=10, response_bytes=10 * GB, **error),
        ]
        found = run(rows, settings(cloudfront_free_tier=True, s3_free_tier=True))["unknowns"]
        changes = {row["unknown"]: row["change_usd"] for row in found}
        self.assertEqual(changes["s3_free_tier"], "9.00")
        self.assertEqual(changes["edge_compression"], "27.00")
        self.assertEqual(changes["regional_caches"], "4.00")
        self.assertEqual(changes["header_bytes"], "0.00")
        self.assertEqual(changes["cloudfront_free_tier"][0], "-")
        self.assertNotEqual(changes["waf"], "0.00")

    def test_billing_regions(self):
        for edge, price_class, region in (
            ("SYD", "100", "US"),
            ("SYD", "200", "US"),
            ("SYD", "All", "AU"),
            ("XXX", "100", "EU"),
            ("-", "All", "AP"),
            ("PEK", "200", "AP"),
            ("YUL", "100", "CA"),
        ):
            self.assertEqual(BOOK.billing_region(edge, price_class), region)

    def test_what_s3_would_serve(self):
        for cache_result, detail, status, served in (
            ("Hit", "Hit", 2, True),
            ("Error", "Error", 4, True),
            ("Error", "Error", 5, False),
            ("Redirect", "Redirect", 3, False),
            ("Miss", "MissGeneratedResponse", 2, False),
            ("Error", "LambdaExecutionError", 4, False),
            ("FunctionGeneratedResponse", "FunctionGeneratedResponse", 2, False),
            ("LimitExceeded", "LimitExceeded", 4, False),
        ):
            results = {"cache_result": cache_result, "detailed_result_type": detail}
            row = traffic(status_class=status, **results)
            self.assertEqual(oracle.s3_would_serve(row), served)

    def test_unbilled_headers(self):
        rows = [
            traffic(requests=3, response_bytes=1000, header_bytes=302, measured_requests=3),
            traffic(requests=5, response_bytes=150, header_bytes=0, measured_requests=0),
        ]
        answer = run(rows, settings(header_bytes="unbilled"))
        self.assertEqual(answer["lines"][0]["quantity"], 698)
        rows[1]["response_bytes"] = 1150
        answer = run(rows, settings(header_bytes="unbilled"))
        self.assertEqual(answer["lines"][0]["quantity"], 698 + 650)

    def test_hit_ratio_moves_reads_within_bounds(self):
        rows = [
            traffic(requests=90),
            traffic(requests=15, cache_result="Miss"),
            traffic(requests=5, cache_result="Error", detailed_result_type="AbortedOrigin"),
        ]
        for change, reads in (("0", 20), ("0.1", 9), ("-0.1", 31), ("1", 0), ("-1", 110)):
            answer = run(rows, settings(hit_ratio_change=change))
            found = [one for one in answer["lines"] if one["item"] == "s3_origin_requests"]
            self.assertEqual(sum(line["quantity"] for line in found), reads)

    def test_factors_scale_what_logs_show(self):
        made = {"cache_result": "FunctionGeneratedResponse"}
        rows = [traffic(requests=3, response_bytes=1001), traffic(requests=2, **made)]
        usage = [extra("invalidation", 10)]
        scaled = settings(bytes_factor="1.5", requests_factor="0.5", extra_usage=usage)
        found = {line["item"]: line["quantity"] for line in run(rows, scaled)["lines"][:4]}
        # 1,501.5 and 2.5 are rounded up; what settings say stays.
        wanted = {"egress": 1502, "function": 1, "invalidation": 10, "requests": 3}
        self.assertEqual(found, wanted)

    def test_configured_units_replace_shown_ones(self):
        made = {"cache_result": "FunctionGeneratedResponse", "requests": 100}
        rows = [traffic("a", **made), traffic("b", **made)]
        both = [distribution("a"), distribution("b")]
        for usage, units in (
            ([], 200),
            ([extra("function", 7, "a")], 107),
            ([extra("function", 7)], 7),
            ([extra("function", 7, month="2025-12")], 200),
            ([extra("function", 0, "a"), extra("function", 0, "b")], 0),
        ):
            answer = run(rows, settings(*both, extra_usage=usage))
            found = [one for one in answer["lines"] if one["item"] == "function"]
            self.assertEqual(sum(line["quantity"] for line in found), units)

    def test_a_class_without_a_price_in_the_region_takes_the_dearest(self):
        own = distribution(bucket_region="eu-west-1", storage_class="glacier-ir")
        answer = run([traffic(requests=1000, response_bytes=GB)], settings(own))
        self.assertEqual(usd(answer, "s3", "requests", is_assumed=True), "0.01")
        self.assertEqual(usd(answer, "s3", "retrieval", is_assumed=True), "0.03")

    def test_a_plan_replaces_what_cloudfront_charges(self):
        rows = [traffic(requests=1000, response_bytes=GB, cache_result="Miss")]
        answer = run(rows, settings(distribution(plan="pro")))
        items = [line["item"] for line in answer["lines"] if line["side"] == "cloudfront"]
        self.assertEqual(items, ["plan", "s3_origin_requests"])
        self.assertEqual(answer["monthly"][0]["usd_exact"], "15.000400000000")
        self.assertEqual(usd(answer, "s3", "egress"), "0.09")

    def test_a_month_without_a_card_is_an_error(self):
        with self.assertRaises(OracleError):
            run([traffic(month="2011-01", requests=1)], settings())


class Seeded(unittest.TestCase):
    def test_parts_sum_to_their_months(self):
        with tempfile.TemporaryDirectory() as folder:
            csv, json_file = Path(folder, "traffic.csv"), Path(folder, "settings.json")
            for seed in range(25):
                months.write(seed, BOTH, csv, json_file)
                answer = run(oracle.read_traffic(csv), json.loads(json_file.read_text()), BOTH)
                for month in answer["monthly"]:
                    key = {name: month[name] for name in ("month", "side")}

                    def total(table, column="usd"):
                        rows = [row for row in answer[table] if key.items() <= row.items()]
                        return sum(Fraction(row[column]) for row in rows)

                    self.assertEqual(total("lines"), Fraction(month["usd_exact"]), seed)
                    self.assertEqual(total("distributions"), Fraction(month["usd"]), seed)

    def test_months_reach_the_bounds_of_ladders(self):
        bounds = {start + off for off in (-1, 0, 1) for start in (10240 * GB, 51200 * GB)}
        with tempfile.TemporaryDirectory() as folder:
            csv, json_file = Path(folder, "traffic.csv"), Path(folder, "settings.json")
            met = set()
            for seed in range(120):
                months.write(seed, BOTH, csv, json_file)
                setup = json.loads(json_file.read_text())
                by_name = {own["distribution"]: own for own in setup["distributions"]}
                setup |= {"distributions": by_name, "extra_usage": []}
                rows = list(oracle.read_traffic(csv))
                for month in {row["month"] for row in rows}:
                    own = [row for row in rows if row["month"] == month]
                    for key, count in oracle.quantities(own, setup, BOTH).items():
                        if key[1] == "egress" and sum(count.values()) in bounds:
                            met.add((key[0], sum(count.values())))
        self.assertGreaterEqual(len(met), 6, met)


if __name__ == "__main__":
    unittest.main()
