"""EdgeLedger's dollars a second time, from docs/cost-model.md and the price cards alone.

The SQL views and this file were written from the same document and share no code, so that an error
in one of them shows as a difference. Everything is an integer or a Fraction; nothing is a float.

    python3 oracle.py --cards crates/rates/cards --traffic traffic.csv --settings settings.json
"""

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from fractions import Fraction
from typing import NamedTuple

from cards import GB, Book, OracleError, known_or_dearest

SIDES = ("cloudfront", "s3")
METHODS = ("average", "standalone", "marginal")
PROXY_METHODS = {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
HITS = {"Hit", "RefreshHit", "OriginShieldHit"}
FUNCTION_RAN = {"FunctionGeneratedResponse", "FunctionExecutionError"}
LAMBDA_RAN = {"LambdaGeneratedResponse", "LambdaExecutionError", "MissGeneratedResponse"}
SHIELDED = {"Miss", "RefreshHit", "OriginShieldHit"}
NEVER_S3 = {"Redirect", "LimitExceeded", "CapacityExceeded", "MissGeneratedResponse"}
LADDERS = {("cloudfront", "egress"), ("s3", "egress")}
DISCOUNTED = {"egress", "requests", "proxy_requests", "origin_transfer"}
UNKNOWNS = {
    "cloudfront_free_tier": False,
    "s3_free_tier": False,
    "waf": "unbilled",
    "header_bytes": "unbilled",
    "edge_compression": "4",
    "regional_caches": "absorb",
}


class Line(NamedTuple):
    side: str
    item: str
    region: str
    protocol: str
    storage_class: str
    parts: dict  # units by distribution; None for the organisation's own
    quantity: int
    free: int
    usd: Fraction
    tiers: list
    is_assumed: bool


def half_away(value):
    units = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return units if value >= 0 else -units


def at(value, places):
    return Fraction(half_away(Fraction(value) * 10**places), 10**places)


def text(value, places):
    units = half_away(Fraction(value) * 10**places)
    whole, rest = divmod(abs(units), 10**places)
    return f"{'-' if units < 0 else ''}{whole}.{rest:0{places}}"


def read_traffic(path):
    numbers = ("requests", "response_bytes", "request_bytes", "header_bytes", "measured_requests")
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            row |= {name: int(row[name] or 0) for name in (*numbers, "status_class")}
            row |= {name: row[name] == "true" for name in ("is_forbidden", "is_compressible")}
            yield row


# 1. Traffic to units


def on_s3(distribution):
    return distribution["origin"] == "s3"


def is_function(row, prefix):
    return any(row[name].startswith(prefix) for name in ("cache_result", "detailed_result_type"))


def s3_would_serve(row):
    results = {row["cache_result"], row["detailed_result_type"]}
    made_at_edge = is_function(row, "Lambda") or is_function(row, "Function")
    return not (made_at_edge or results & NEVER_S3 or row["status_class"] == 5)


def reaches_origin(row, regional_caches):
    if row["cache_result"] in ("Miss", "RefreshHit"):
        return regional_caches == "none"
    if row["cache_result"] != "Error":
        return False
    detail = row["detailed_result_type"]
    return "Origin" in detail or (detail == "Error" and row["status_class"] == 4)


def quantities(rows, setup, book):
    """Units by (side, item, region, protocol, storage class), and there by distribution."""
    units = defaultdict(Counter)
    shown = defaultdict(Counter)
    reads = defaultdict(Counter)
    measured = sum(row["measured_requests"] for row in rows)
    average = sum(row["header_bytes"] for row in rows) // measured if measured else 0
    compression = Fraction(setup["edge_compression"])

    for row in rows:
        if setup["waf"] == "unbilled" and row["is_forbidden"] and row["cache_result"] == "Error":
            continue
        name = row["distribution"]
        if name not in setup["distributions"]:
            raise OracleError(f"traffic of {name}, which has no settings")
        own = setup["distributions"][name]
        requests, size = row["requests"], row["response_bytes"]
        region = book.billing_region(row["edge_code"], own["price_class"])

        if own["plan"] is None:
            headers = row["header_bytes"] + min(
                (requests - row["measured_requests"]) * average, size - row["header_bytes"]
            )
            billed = size - headers if setup["header_bytes"] == "unbilled" else size
            proxied = row["method"] in PROXY_METHODS
            item = "proxy_requests" if proxied else "requests"
            units["cloudfront", "egress", region, "", ""][name] += billed
            units["cloudfront", item, region, row["billing_protocol"], ""][name] += requests
            if proxied:
                key = ("cloudfront", "origin_transfer", region, "", "")
                units[key][name] += row["request_bytes"]
            results = {row["cache_result"], row["detailed_result_type"]}
            if results & FUNCTION_RAN:
                shown["function", "global"][name] += requests
            elif results & LAMBDA_RAN:
                shown["lambda-edge-request", "global"][name] += requests
            if own["origin_shield"] and (
                row["cache_result"] in SHIELDED or "OriginShieldHit" in results
            ):
                shown["origin-shield", own["origin_shield"]][name] += requests

        if on_s3(own):
            place = (own["bucket_region"], "", own["storage_class"])
            from_s3 = size
            if row["is_compressible"]:
                from_s3 = size * compression.numerator // compression.denominator
            reads[name]["all"] += requests
            reads[name]["reaching"] += requests * reaches_origin(row, setup["regional_caches"])
            reads[name]["lookups"] += requests * (row["cache_result"] in HITS | {"Miss"})
            if row["cache_result"] == "Miss" and setup["regional_caches"] == "none":
                units["cloudfront", "s3_origin_retrieval", *place][name] += from_s3
            if s3_would_serve(row):
                units["s3", "egress", own["bucket_region"], "", ""][name] += from_s3
                units["s3", "requests", *place][name] += requests
                units["s3", "retrieval", *place][name] += from_s3

    for name, count in reads.items():
        own = setup["distributions"][name]
        moved = half_away(Fraction(setup["hit_ratio_change"]) * count["lookups"])
        reaching = min(max(count["reaching"] - moved, 0), count["all"])
        place = (own["bucket_region"], "", own["storage_class"])
        units["cloudfront", "s3_origin_requests", *place][name] += reaching

    # What logs show is scaled; what settings say is not.
    for key, count in units.items():
        for name in count:
            count[name] = half_away(count[name] * factor_of(key[1], setup))
    for (item, _), count in shown.items():
        for name in count:
            count[name] = half_away(count[name] * factor_of(item, setup))

    for (item, region), count in other_units(shown, setup).items():
        units["cloudfront", item, region, "", ""] += count
    for name, own in setup["distributions"].items():
        if own["plan"] is not None:
            units["cloudfront", "plan", own["plan"], "", ""][name] += 1
    return {
        key: count
        for key, count in units.items()
        if sum(count.values()) and not (key[1].endswith("retrieval") and key[4] == "standard")
    }


def factor_of(item, setup):
    """How much of an item's units that logs show there are."""
    in_bytes = item in ("egress", "origin_transfer") or item.endswith("retrieval")
    return Fraction(setup["bytes_factor" if in_bytes else "requests_factor"])


def other_units(shown, setup):
    """What logs show, but where the settings name the item and its distribution, or all of them."""
    configured = defaultdict(Counter)
    for extra in setup["extra_usage"]:
        configured[extra["item"], extra["region"]][extra["distribution"]] += extra["quantity"]
    named = {(item, name) for (item, _), count in configured.items() for name in count}
    for (item, region), count in shown.items():
        for name, quantity in count.items():
            if not {(item, name), (item, None)} & named:
                configured[item, region][name] += quantity
    return configured


# 2. Units to lines


def free_shares(allowance, totals):
    """The allowance over the keys of `totals`, pro rata, by running sums over the sorted keys."""
    total = sum(totals.values())
    free, running, shares = min(allowance, total), 0, {}
    for key in sorted(totals):
        before, running = running, running + totals[key]
        shares[key] = free * running // total - free * before // total
    return shares


def tiers_of(ladder, quantity, free, free_in_first_tier):
    """(number, bytes, exact dollars) of each tier that is used, and of the first."""
    bounds = [start for start, _ in ladder[1:]] + [None]
    through = quantity if free_in_first_tier else quantity - free
    for number, ((start, usd), end) in enumerate(zip(ladder, bounds), 1):
        inside = max(0, (through if end is None else min(through, end)) - start)
        if number == 1 and free_in_first_tier:
            inside = max(0, inside - free)
        if number == 1 or inside:
            yield number, inside, inside * usd / GB


def fee_of(key, prices):
    """Dollars per unit, free units of the line itself, and whether the price is assumed."""
    side, item, region, protocol, storage_class = key
    if item in ("requests", "proxy_requests") and side == "cloudfront":
        return prices.need(prices.fees, (side, region, protocol), "requests"), 0, False
    if item == "origin_transfer":
        return prices.need(prices.to_origin, region, item) / GB, 0, False
    if item == "plan":
        return prices.need(prices.plans, region, "plan"), 0, False
    if item in ("s3_origin_requests", "requests"):
        fee, assumed = prices.get_fee(region, storage_class)
        return fee, 0, assumed
    if item in ("s3_origin_retrieval", "retrieval"):
        fee, assumed = prices.retrieval_fee(region, storage_class)
        return fee / GB, 0, assumed
    if item == "origin-shield":
        fee, assumed = prices.shield_fee(region)
        return fee, 0 if assumed else prices.other[side, item, region][1], assumed
    return *prices.need(prices.other, (side, item, region), "other"), False


def lines_of(rows, setup, book, month):
    prices = book.month(month)
    units = quantities(rows, setup, book)
    totals = {key: sum(count.values()) for key, count in units.items()}

    def shares(side, items, unit, order):
        switched_on = setup[f"{side}_free_tier"]
        allowance = prices.free.get(side, {}).get(unit, 0) * (GB if unit == "free_gb" else 1)
        these = {order(key): n for key, n in totals.items() if key[0] == side and key[1] in items}
        return free_shares(allowance if switched_on else 0, these)

    free = {
        ("cloudfront", "egress"): shares("cloudfront", {"egress"}, "free_gb", lambda key: key[2]),
        ("s3", "egress"): shares("s3", {"egress"}, "free_gb", lambda key: key[2]),
    }
    free_requests = shares(
        "cloudfront",
        {"requests", "proxy_requests"},
        "free_requests",
        lambda key: (key[2], key[3], key[1]),
    )
    discount = 1 - Fraction(setup["cloudfront_discount"])

    lines = []
    for key in sorted(units):
        side, item, region, protocol, _ = key

        def rounded(usd):
            usd = at(usd, 12)
            return at(usd * discount, 12) if side == "cloudfront" and item in DISCOUNTED else usd

        tiers, assumed = [], False
        if (side, item) in LADDERS:
            given = free[side, item][region]
            ladder = prices.need(prices.ladders, (side, region), "egress")
            older = side == "s3" and setup["s3_free_tier_method"] == "within_first_tier"
            tiers = [
                (number, size, rounded(usd))
                for number, size, usd in tiers_of(ladder, totals[key], given, older)
            ]
            usd = sum(tier[2] for tier in tiers)
        else:
            fee, given, assumed = fee_of(key, prices)
            if side == "cloudfront" and item in ("requests", "proxy_requests"):
                given = free_requests[region, protocol, item]
            given = min(given, totals[key])
            usd = rounded((totals[key] - given) * fee)
        lines.append(Line(*key, dict(units[key]), totals[key], given, usd, tiers, assumed))
    return lines


# 3. Lines to distributions


def narrowed(rows, setup, only=None, without=None):
    """Traffic and settings of one distribution, or of all but one."""

    def stays(name):
        return name == only if only is not None else name != without

    kept = {name: own for name, own in setup["distributions"].items() if stays(name)}
    extra = [entry for entry in setup["extra_usage"] if stays(entry["distribution"])]
    own_rows = [row for row in rows if stays(row["distribution"])]
    return own_rows, {**setup, "distributions": kept, "extra_usage": extra}


def exact(lines, side):
    return sum((line.usd for line in lines if line.side == side), Fraction(0))


def average_weights(rows, setup, lines, side):
    requests = Counter()
    for row in rows:
        requests[row["distribution"]] += row["requests"]
    weights = dict.fromkeys(setup["distributions"], Fraction(0))
    for line in lines:
        if line.side == side:
            for name, units in line.parts.items():
                usd = line.usd * units / line.quantity
                if name is not None:
                    weights[name] += usd
                else:
                    for one, count in requests.items():
                        weights[one] += usd * count / sum(requests.values())
    return weights


def weights_of(method, rows, setup, book, month, lines):
    """Weights by side and distribution."""
    if method == "average":
        return {side: average_weights(rows, setup, lines, side) for side in SIDES}
    weights = {side: {} for side in SIDES}
    for name in setup["distributions"]:
        change = {"only" if method == "standalone" else "without": name}
        other = lines_of(*narrowed(rows, setup, **change), book, month)
        for side in SIDES:
            usd = exact(other, side)
            if method == "marginal":
                usd = max(Fraction(0), exact(lines, side) - usd)
            weights[side][name] = usd
    return weights


def largest_remainder(usd, weights, order):
    """`usd` in cents over the keys of `weights`; parts sum to `usd` rounded to the cent."""
    total = sum(weights.values())
    if not total:
        return dict.fromkeys(weights, 0)
    parts = {key: usd * 100 * weight / total for key, weight in weights.items()}
    cents = {key: part.numerator // part.denominator for key, part in parts.items()}
    missing = half_away(usd * 100) - sum(cents.values())
    for key in sorted(parts, key=lambda key: (cents[key] - parts[key], order[key]))[:missing]:
        cents[key] += 1
    return cents


def distribution_cents(rows, setup, book, month, lines, weights=None):
    """Cents by side and distribution; on side s3 the distributions with an S3 origin alone."""
    method = setup["allocation"]
    weights = weights or {
        one: weights_of(one, rows, setup, book, month, lines) for one in {method, "average"}
    }
    order = {name: name for name in setup["distributions"]}
    cents = {}
    for side in SIDES:
        chosen = weights[method][side]
        if not any(chosen.values()):
            chosen = weights["average"][side]
        cents[side] = largest_remainder(exact(lines, side), chosen, order)
    return cents


# 4. Savings


def savings_cents(setup, cents):
    return {
        name: cents["s3"][name] - cents["cloudfront"][name]
        for name, own in setup["distributions"].items()
        if on_s3(own)
    }


def break_even(prices, edge, bucket):
    """The object size in bytes at which CloudFront begins to pay; None where it never does."""
    fee = prices.need(prices.fees, ("cloudfront", edge, "https"), "requests")
    known = {key[1]: usd for key, usd in prices.fees.items() if key[0] == "s3"}
    get, _ = known_or_dearest(known, bucket, f"GET in {bucket}")
    edge_usd = prices.need(prices.ladders, ("cloudfront", edge), "egress")[0][1]
    bucket_usd = prices.need(prices.ladders, ("s3", bucket), "egress")[0][1]
    if edge_usd >= bucket_usd:
        return None
    size = (fee - get) / (bucket_usd - edge_usd) * GB
    return size.numerator // size.denominator


def report(traffic, settings, book):
    """Everything, month by month, as plain lists of rows."""
    answer = defaultdict(list)
    by_name = {own["distribution"]: own for own in settings["distributions"]}
    by_month = defaultdict(list)
    for row in traffic:
        by_month[row["month"]].append(row)

    for month in sorted(by_month):
        rows = by_month[month]
        extra = [one for one in settings["extra_usage"] if one["month"] in (None, month)]
        setup = {**settings, "distributions": by_name, "extra_usage": extra}
        lines = lines_of(rows, setup, book, month)
        weights = {
            method: weights_of(method, rows, setup, book, month, lines) for method in METHODS
        }
        cents = distribution_cents(rows, setup, book, month, lines, weights)
        savings = savings_cents(setup, cents)

        for line in lines:
            key = {"month": month} | {name: getattr(line, name) for name in Line._fields[:5]}
            amounts = {"quantity": line.quantity, "free": line.free, "usd": text(line.usd, 12)}
            answer["lines"].append(key | amounts | {"is_assumed": line.is_assumed})
            for tier, size, usd in line.tiers:
                place = {"month": month, "side": line.side, "region": line.region, "tier": tier}
                answer["tiers"].append(place | {"bytes": size, "usd": text(usd, 12)})
        for side in SIDES:
            usd = exact(lines, side)
            key = {"month": month, "side": side}
            answer["monthly"].append(key | {"usd_exact": text(usd, 12), "usd": text(usd, 2)})
            for name, own in sorted(by_name.items()):
                if side == "cloudfront" or on_s3(own):
                    usd = {"usd": text(Fraction(cents[side][name], 100), 2)}
                    each = {method: text(weights[method][side][name], 12) for method in METHODS}
                    answer["distributions"].append(
                        key | {"distribution": name} | usd | {"weights": each}
                    )
        for name, saved in sorted(savings.items()):
            amounts = {
                f"{side}_usd": text(Fraction(cents[side][name], 100), 2) for side in SIDES
            } | {"savings_usd": text(Fraction(saved, 100), 2)}
            answer["savings"].append({"month": month, "distribution": name} | amounts)
        for unknown, other_end in UNKNOWNS.items():
            changed = {**setup, unknown: other_end}
            other = distribution_cents(
                rows, changed, book, month, lines_of(rows, changed, book, month)
            )
            change = sum(savings_cents(changed, other).values()) - sum(savings.values())
            answer["unknowns"].append(
                {"month": month, "unknown": unknown, "change_usd": text(Fraction(change, 100), 2)}
            )
        prices = book.month(month)
        edges = sorted(region for side, region in prices.ladders if side == "cloudfront")
        for bucket in sorted({own["bucket_region"] for own in by_name.values() if on_s3(own)}):
            for edge in edges:
                pair = {"month": month, "edge_region": edge, "bucket_region": bucket}
                size = break_even(prices, edge, bucket)
                answer["break_even"].append(pair | {"bytes": size})
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cards", required=True, action="append", help="folder, repeatable")
    parser.add_argument("--traffic", required=True, help="SELECT * FROM traffic, as CSV")
    parser.add_argument("--settings", required=True, help="settings of the month, as JSON")
    options = parser.parse_args()
    with open(options.settings, encoding="utf-8") as file:
        settings = json.load(file, parse_float=str)
    try:
        answer = report(read_traffic(options.traffic), settings, Book(*options.cards))
    except OracleError as error:
        sys.exit(f"oracle: {error}")
    json.dump(answer, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
