"""Price cards of `crates/rates/cards`, read as exact numbers for one month at a time.

Part of the oracle (`oracle.py`): it knows the cards' TOML and nothing of EdgeLedger's own code.
"""

import tomllib
from fractions import Fraction
from pathlib import Path

GB = 1 << 30
CHINA = "CN"


class OracleError(Exception):
    """A price, card or setting that the model needs and does not have."""


def no_float(text):
    raise OracleError(f"a card has {text} where only strings and integers are exact")


class Book:
    def __init__(self, *folders):
        self.dated, self.edges, self.classes, self._months = [], {}, {}, {}
        for path in (path for folder in folders for path in sorted(Path(folder).glob("*.toml"))):
            card = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=no_float)
            if card["kind"] == "edge-locations":
                for group in card["group"]:
                    self.edges |= {place["code"]: group["region"] for place in group["locations"]}
            elif card["kind"] == "price-classes":
                self.classes |= {entry["class"]: entry for entry in card["class"]}
            elif "valid_from" in card:
                self.dated.append(card)

    def billing_region(self, edge_code, price_class):
        region = self.edges.get(edge_code, CHINA)
        entry = self.classes[price_class]
        if region == CHINA:
            return entry["unknown"]
        return region if region in entry["inside"] else entry["outside"]

    def month(self, month):
        if month not in self._months:
            self._months[month] = Prices(
                month,
                [
                    card
                    for card in self.dated
                    if card["valid_from"] <= month < card.get("valid_until", "9999-99")
                ],
            )
        return self._months[month]


class Prices:
    """What holds in one month. Every table is keyed by service first."""

    def __init__(self, month, cards):
        self.month = month
        self.services = {card["service"] for card in cards}
        self.ladders, self.fees, self.to_origin = {}, {}, {}
        self.other, self.free, self.plans = {}, {}, {}
        for card in cards:
            service = card["service"]
            for entry in card.get("egress", []):
                ladder = [(start * GB, Fraction(usd)) for start, usd in entry["tiers"]]
                self.ladders |= {(service, region): ladder for region in entry["regions"]}
            for entry in card.get("requests", []):
                for protocol in {"http", "https", "any"} & entry.keys():
                    fee = Fraction(entry[protocol]) / entry["per"]
                    self.fees |= {(service, region, protocol): fee for region in entry["regions"]}
            for entry in card.get("origin_transfer", []):
                usd = Fraction(entry["usd_per_gb"])
                self.to_origin |= {region: usd for region in entry["regions"]}
            for entry in card.get("other", []):
                key = (service, entry["item"], entry["region"])
                self.other[key] = (
                    Fraction(entry["usd"]) / entry["per"],
                    entry.get("free_per_month", 0),
                )
            if "free" in card:
                self.free[service] = card["free"]
            for entry in card.get("plan", []):
                self.plans[entry["name"]] = Fraction(entry["usd_per_month"])

    def need(self, table, key, what):
        if key not in table:
            raise OracleError(f"{self.month}: no price of {what} {key}")
        return table[key]

    def get_fee(self, region, storage_class):
        """The S3 fee of one GET, and whether the region has none and it is the dearest known."""
        if storage_class == "standard":
            known = {key[1]: fee for key, fee in self.fees.items() if key[0] == "s3"}
        else:
            known = self.known_other("s3", f"get-{storage_class}")
        return known_or_dearest(known, region, f"{self.month}: GET of {storage_class}")

    def retrieval_fee(self, region, storage_class):
        known = self.known_other("s3", f"retrieval-{storage_class}")
        return known_or_dearest(known, region, f"{self.month}: retrieval of {storage_class}")

    def shield_fee(self, region):
        known = self.known_other("cloudfront", "origin-shield")
        return known_or_dearest(known, region, f"{self.month}: origin-shield")

    def known_other(self, service, item):
        return {key[2]: usd for key, (usd, _) in self.other.items() if key[:2] == (service, item)}


def known_or_dearest(known, region, what):
    if region in known:
        return known[region], False
    if not known:
        raise OracleError(f"no price of {what} in any region")
    return max(known.values()), True
