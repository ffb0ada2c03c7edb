//! The rows that hand-made reports are made of.

use edgeledger_rates::Decimal;

use crate::model::{
    BreakEven, CacheResult, Card, CostItem, CostLine, Coverage, Distribution, Headline, Method,
    ObjectTotals, ObjectsByStatus, Offer, PlanOption, Region, Unknown,
};

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn optional(text: &str) -> Option<Decimal> {
    (!text.is_empty()).then(|| decimal(text))
}

/// Id, name, origin or bucket region, egress, requests; hit ratios; CloudFront and S3 in USD.
pub(super) fn distribution(
    (id, name, origin): (&str, &str, &str),
    (egress_bytes, requests): (i64, i64),
    (request_hit_ratio, byte_hit_ratio): (&str, &str),
    (cloudfront_usd, s3_usd): (&str, &str),
) -> Distribution {
    let is_server = origin == "server";
    let (cloudfront_usd, s3_usd) = (decimal(cloudfront_usd), optional(s3_usd));
    let savings_usd = s3_usd.map(|s3| s3 - cloudfront_usd);
    Distribution {
        distribution: id.to_owned(),
        name: name.to_owned(),
        origin: if is_server { "server" } else { "s3" }.to_owned(),
        bucket_region: (!is_server).then(|| origin.to_owned()),
        price_class: "All".to_owned(),
        storage_class: (!is_server).then(|| "standard".to_owned()),
        plan: None,
        is_configured: true,
        egress_bytes,
        requests,
        request_hit_ratio: optional(request_hit_ratio),
        byte_hit_ratio: optional(byte_hit_ratio),
        cloudfront_usd,
        s3_usd,
        savings_usd,
        savings_ratio: savings_usd.and_then(|savings| savings.checked_div(s3_usd?)),
        egress_savings_usd: savings_usd,
        request_savings_usd: savings_usd.map(|_| Decimal::ZERO),
        reason: savings_usd
            .filter(|savings| *savings < Decimal::ZERO)
            .map(|_| "edge_dearer".to_owned()),
    }
}

pub(super) fn headline(
    distributions: &[Distribution],
    request_hit_ratio: &str,
    byte_hit_ratio: &str,
) -> Headline {
    let with_s3 = || distributions.iter().filter(|row| row.s3_usd.is_some());
    let has_s3 = with_s3().next().is_some();
    let s3_usd = has_s3.then(|| with_s3().filter_map(|row| row.s3_usd).sum());
    let cloudfront_s3_usd = with_s3().map(|row| row.cloudfront_usd).sum();
    let savings_usd = s3_usd.map(|s3: Decimal| s3 - cloudfront_s3_usd);
    Headline {
        egress_bytes: distributions.iter().map(|row| row.egress_bytes).sum(),
        requests: distributions.iter().map(|row| row.requests).sum(),
        request_hit_ratio: optional(request_hit_ratio),
        byte_hit_ratio: optional(byte_hit_ratio),
        cloudfront_usd: distributions.iter().map(|row| row.cloudfront_usd).sum(),
        cloudfront_s3_usd,
        s3_usd,
        savings_usd,
        savings_ratio: savings_usd.and_then(|savings| savings.checked_div(s3_usd?)),
        savings_low_usd: savings_usd.map(|savings| savings - decimal("120.50")),
        savings_high_usd: savings_usd.map(|savings| savings + decimal("310.25")),
    }
}

/// One unknown of a month that saved `savings` as reported.
pub(super) fn unknown(unknown: &str, savings: Decimal, change: &str) -> Unknown {
    let change_usd = decimal(change);
    Unknown {
        unknown: unknown.to_owned(),
        change_usd,
        low_usd: savings + change_usd.min(Decimal::ZERO),
        high_usd: savings + change_usd.max(Decimal::ZERO),
    }
}

pub(super) fn pair(
    (region, bucket_region, storage_class): (&str, &str, &str),
    (egress_bytes, requests): (i64, i64),
    verdict: &str,
    break_even_bytes: Option<i64>,
) -> BreakEven {
    BreakEven {
        region: region.to_owned(),
        bucket_region: bucket_region.to_owned(),
        storage_class: storage_class.to_owned(),
        egress_bytes,
        requests,
        average_bytes: egress_bytes / requests,
        verdict: verdict.to_owned(),
        break_even_bytes,
    }
}

/// Kind, what, what the account pays, and the change.
pub(super) fn offer(kind: &str, what: &str, usd: &str, change_usd: &str) -> Offer {
    let is_scenario = ["reported", "scenario"].contains(&kind);
    Offer {
        kind: kind.to_owned(),
        what: what.to_owned(),
        usd: decimal(usd),
        change_usd: decimal(change_usd),
        s3_usd: is_scenario.then(|| decimal("6551.86")),
        s3_change_usd: is_scenario.then_some(Decimal::ZERO),
        unpriced_bytes: None,
        seen: None,
        confidence: None,
        not_comparable: None,
    }
}

/// A provider's list price of the day `seen`.
pub(super) fn provider(
    what: &str,
    (usd, change_usd): (&str, &str),
    (unpriced_bytes, seen): (i64, &str),
    not_comparable: &str,
) -> Offer {
    Offer {
        unpriced_bytes: Some(unpriced_bytes),
        seen: Some(seen.to_owned()),
        confidence: Some("medium".to_owned()),
        not_comparable: Some(not_comparable.to_owned()),
        ..offer("provider", what, usd, change_usd)
    }
}

/// The cheapest plan that covers `row`: its name, price, and what it saves.
pub(super) fn plan_option(row: &Distribution, plan: Option<(&str, &str, &str)>) -> PlanOption {
    PlanOption {
        distribution: row.distribution.clone(),
        name: row.name.clone(),
        requests: row.requests,
        egress_bytes: row.egress_bytes,
        marginal_usd: row.cloudfront_usd,
        plan: plan.map(|(plan, ..)| plan.to_owned()),
        plan_usd: plan.map(|(_, usd, _)| decimal(usd)),
        plan_saves_usd: plan.map(|(.., saves)| decimal(saves)),
        plan_requests: plan.map(|_| 10_000_000),
        plan_bytes: plan.map(|_| 54_975_581_388_800),
    }
}

/// Side, item, region and protocol; the storage class is the usual one where there is any.
pub(super) fn line(
    key: (&str, &str, &str, &str),
    unit: &str,
    quantity: i64,
    usd: &str,
) -> CostLine {
    CostLine {
        side: key.0.to_owned(),
        item: key.1.to_owned(),
        region: key.2.to_owned(),
        protocol: key.3.to_owned(),
        storage_class: match key.1 {
            "s3_origin_requests" | "s3_origin_retrieval" | "retrieval" => "standard-ia",
            "requests" if key.0 == "s3" => "standard-ia",
            _ => "",
        }
        .to_owned(),
        unit: unit.to_owned(),
        quantity,
        usd_exact: decimal(usd),
    }
}

/// The items of lines that come in the order of items.
pub(super) fn items(lines: &[CostLine]) -> Vec<CostItem> {
    let mut items: Vec<CostItem> = Vec::new();
    for line in lines {
        match items.last_mut() {
            Some(item) if item.side == line.side && item.item == line.item => {
                item.quantity += line.quantity;
                item.usd_exact += line.usd_exact;
            }
            _ => items.push(CostItem {
                side: line.side.clone(),
                item: line.item.clone(),
                unit: line.unit.clone(),
                quantity: line.quantity,
                usd_exact: line.usd_exact,
            }),
        }
    }
    items
}

pub(super) fn region(region: &str, egress_bytes: i64, requests: i64, share: &str) -> Region {
    Region {
        region: region.to_owned(),
        egress_bytes,
        requests,
        egress_share: optional(share),
    }
}

pub(super) fn result(
    cache_result: &str,
    (requests, request_share): (i64, &str),
    (egress_bytes, egress_share): (i64, &str),
) -> CacheResult {
    CacheResult {
        cache_result: cache_result.to_owned(),
        requests,
        egress_bytes,
        request_share: optional(request_share),
        egress_share: optional(egress_share),
    }
}

pub(super) fn status(
    status: &str,
    objects: i64,
    size_bytes: i64,
    rows: i64,
    rejected: i64,
) -> ObjectsByStatus {
    ObjectsByStatus {
        status: status.to_owned(),
        objects,
        size_bytes,
        rows,
        rejected_rows: rejected,
    }
}

pub(super) fn totals(objects: &[ObjectsByStatus], unnamed_objects: i64) -> ObjectTotals {
    ObjectTotals {
        objects: objects.iter().map(|row| row.objects).sum(),
        unnamed_objects,
        size_bytes: objects.iter().map(|row| row.size_bytes).sum(),
        rows: objects.iter().map(|row| row.rows).sum(),
        rejected_rows: objects.iter().map(|row| row.rejected_rows).sum(),
        forgotten_rows: 0,
    }
}

pub(super) fn coverage(
    distribution: &str,
    name: &str,
    hours: i64,
    longest_gap_hours: i64,
) -> Coverage {
    Coverage {
        distribution: distribution.to_owned(),
        name: name.to_owned(),
        hours_in_month: 744,
        hours_with_logs: hours,
        hours_without_logs: 744 - hours,
        longest_gap_hours,
        first_hour: "2026-10-01T00:00:00Z".to_owned(),
        last_hour: "2026-10-31T23:00:00Z".to_owned(),
    }
}

pub(super) fn card(service: &str, card: &str, valid_from: &str, valid_until: Option<&str>) -> Card {
    Card {
        service: service.to_owned(),
        card: card.to_owned(),
        valid_from: valid_from.to_owned(),
        valid_until: valid_until.map(str::to_owned),
    }
}

pub(super) fn method() -> Method {
    Method {
        version: "0.1.0".to_owned(),
        hit_ratio: "edgeledger".to_owned(),
        cloudfront_free_tier: true,
        s3_free_tier: true,
        s3_free_tier_method: "before_tiers".to_owned(),
        allocation: "average".to_owned(),
        cloudfront_discount: Decimal::ZERO,
        price_cards: vec![
            card("cloudfront", "cloudfront-2024-07", "2024-07", None),
            card("s3", "s3-2021-12", "2021-12", None),
        ],
    }
}
