//! The tables of what was paid, how sure the savings are, and what else there is.

use super::{cents, exact, optional, ratio, table};
use edgeledger_render::sheet::Sheet;

use crate::{Report, WhatIf};

pub(super) fn unknowns(report: &Report) -> Sheet {
    table(
        "unknowns",
        ["unknown", "change_usd", "low_usd", "high_usd"],
        report.unknowns.iter().map(|row| {
            [
                (&row.unknown).into(),
                cents(row.change_usd),
                cents(row.low_usd),
                cents(row.high_usd),
            ]
        }),
    )
}

pub(super) fn cost_items(report: &Report) -> Sheet {
    table(
        "cost_items",
        ["side", "item", "unit", "quantity", "usd_exact"],
        report.cost_items.iter().map(|row| {
            [
                (&row.side).into(),
                (&row.item).into(),
                (&row.unit).into(),
                row.quantity.into(),
                exact(row.usd_exact),
            ]
        }),
    )
}

pub(super) fn cost_lines(report: &Report) -> Sheet {
    table(
        "cost_lines",
        [
            "side",
            "item",
            "region",
            "protocol",
            "storage_class",
            "unit",
            "quantity",
            "usd_exact",
        ],
        report.cost_lines.iter().map(|row| {
            [
                (&row.side).into(),
                (&row.item).into(),
                (&row.region).into(),
                (&row.protocol).into(),
                (&row.storage_class).into(),
                (&row.unit).into(),
                row.quantity.into(),
                exact(row.usd_exact),
            ]
        }),
    )
}

pub(super) fn origin_load(report: &Report) -> Sheet {
    table(
        "origin_load",
        [
            "distribution",
            "name",
            "requests",
            "egress_bytes",
            "kept_off_requests",
            "kept_off_bytes",
            "kept_off_ratio",
            "kept_off_byte_ratio",
            "peak_requests",
            "peak_origin_requests",
            "peak_kept_off_requests",
            "cloudfront_usd",
        ],
        report.origin_load.iter().map(|row| {
            [
                (&row.distribution).into(),
                (&row.name).into(),
                row.requests.into(),
                row.egress_bytes.into(),
                row.kept_off_requests.into(),
                row.kept_off_bytes.into(),
                optional(row.kept_off_ratio, ratio),
                optional(row.kept_off_byte_ratio, ratio),
                row.peak_requests.into(),
                row.peak_origin_requests.into(),
                row.peak_kept_off_requests.into(),
                cents(row.cloudfront_usd),
            ]
        }),
    )
}

pub(super) fn break_even(report: &Report) -> Sheet {
    table(
        "break_even",
        [
            "region",
            "bucket_region",
            "storage_class",
            "egress_bytes",
            "requests",
            "average_bytes",
            "verdict",
            "break_even_bytes",
        ],
        report.break_even.iter().map(|row| {
            [
                (&row.region).into(),
                (&row.bucket_region).into(),
                (&row.storage_class).into(),
                row.egress_bytes.into(),
                row.requests.into(),
                row.average_bytes.into(),
                (&row.verdict).into(),
                row.break_even_bytes.into(),
            ]
        }),
    )
}

pub(super) fn ranking(what_if: &WhatIf) -> Sheet {
    table(
        "what_if",
        [
            "kind",
            "what",
            "usd",
            "change_usd",
            "s3_usd",
            "s3_change_usd",
            "unpriced_bytes",
            "seen",
            "confidence",
            "not_comparable",
        ],
        what_if.ranking.iter().map(|row| {
            [
                (&row.kind).into(),
                (&row.what).into(),
                cents(row.usd),
                cents(row.change_usd),
                optional(row.s3_usd, cents),
                optional(row.s3_change_usd, cents),
                row.unpriced_bytes.into(),
                row.seen.as_deref().into(),
                row.confidence.as_deref().into(),
                row.not_comparable.as_deref().into(),
            ]
        }),
    )
}

pub(super) fn plans(what_if: &WhatIf) -> Sheet {
    table(
        "what_if_plans",
        [
            "distribution",
            "name",
            "requests",
            "egress_bytes",
            "marginal_usd",
            "plan",
            "plan_usd",
            "plan_saves_usd",
            "plan_requests",
            "plan_bytes",
        ],
        what_if.plans.iter().map(|row| {
            [
                (&row.distribution).into(),
                (&row.name).into(),
                row.requests.into(),
                row.egress_bytes.into(),
                cents(row.marginal_usd),
                row.plan.as_deref().into(),
                optional(row.plan_usd, cents),
                optional(row.plan_saves_usd, cents),
                row.plan_requests.into(),
                row.plan_bytes.into(),
            ]
        }),
    )
}
