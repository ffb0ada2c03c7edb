//! The rows that hand-made reports are made of.

use edgeledger_rates::Decimal;

use crate::model::{
    CacheResult, Card, CostItem, CostLine, Coverage, Distribution, Headline, Method, ObjectTotals,
    ObjectsByStatus, Region,
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
        is_configured: true,
        egress_bytes,
        requests,
        request_hit_ratio: optional(request_hit_ratio),
        byte_hit_ratio: optional(byte_hit_ratio),
        cloudfront_usd,
        s3_usd,
        savings_usd,
        savings_ratio: savings_usd.and_then(|savings| savings.checked_div(s3_usd?)),
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
    }
}

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
        hit_ratio: "edgeledger".to_owned(),
        cloudfront_free_tier: true,
        s3_free_tier: true,
        s3_free_tier_method: "before_tiers".to_owned(),
        price_cards: vec![
            card("cloudfront", "cloudfront-2024-07", "2024-07", None),
            card("s3", "s3-2021-12", "2021-12", None),
        ],
    }
}
