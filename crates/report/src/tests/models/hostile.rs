//! A report in which every text is an attack.

use super::{figures, parts::items, typical};
use crate::model::{Reject, Report};

/// Every text is an attack, of another kind in every field.
pub(in crate::tests) fn hostile() -> Report {
    let attacks = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "=HYPERLINK(\"http://x.example\",\"click\")",
        "a|b|c\n| d |",
        "<script>alert(1)</script>",
        "@everyone #1 [x](http://x.example) www.x.example",
        "\u{202e}gpj\u{2066}\u{200b}\u{feff}",
        "\t=1+1",
        "`code` **bold** _it_ ~~no~~ ![i](j) &amp; \\| \\",
        "-2+3,\"quoted\"\r\nnext",
        "\u{9b}31m\u{7f}\0",
        "好好好好 ｅ e\u{301}\u{1f600}",
        "---",
        "</details></code>",
    ];
    let mut at = 0;
    let mut attack = || {
        at += 1;
        attacks[at % attacks.len()].to_owned()
    };
    let mut report = typical();
    report.figures = figures::hostile(&mut attack);
    for row in &mut report.distributions {
        (row.name, row.distribution) = (attack(), attack());
        row.bucket_region = Some(attack());
        row.price_class = attack();
        (row.storage_class, row.plan) = (Some(attack()), Some(attack()));
        row.reason = Some(attack());
    }
    for row in &mut report.unknowns {
        row.unknown = attack();
    }
    report.distributions[3].origin = attack();
    report.cost_items = items(&report.cost_lines);
    for row in &mut report.cost_items {
        (row.side, row.item, row.unit) = (attack(), attack(), attack());
    }
    for row in &mut report.cost_lines {
        (row.side, row.item, row.unit) = (attack(), attack(), attack());
        (row.region, row.protocol) = (attack(), attack());
        row.storage_class = attack();
    }
    for row in &mut report.origin_load {
        (row.distribution, row.name) = (attack(), attack());
    }
    for row in &mut report.break_even {
        (row.region, row.bucket_region) = (attack(), attack());
        (row.storage_class, row.verdict) = (attack(), attack());
    }
    if let Some(what_if) = &mut report.what_if {
        for row in &mut what_if.ranking {
            // The kinds decide which fields are shown.
            (row.what, row.not_comparable) = (attack(), Some(attack()));
            (row.seen, row.confidence) = (Some(attack()), Some(attack()));
        }
        what_if.ranking[0].kind = attack();
        for row in &mut what_if.plans {
            (row.distribution, row.name, row.plan) = (attack(), attack(), Some(attack()));
        }
    }
    for row in &mut report.regions {
        row.region = attack();
    }
    for row in &mut report.days {
        row.date = attack();
    }
    for row in &mut report.cache_results {
        row.cache_result = attack();
    }
    let quality = &mut report.quality;
    if let Some(restated) = &mut quality.restated {
        restated.first_closed_ingest_at = attack();
        restated.last_ingested_at = Some(attack());
    }
    for row in &mut quality.objects {
        row.status = attack();
    }
    for row in &mut quality.rejected_objects {
        (row.key, row.name, row.status) = (attack(), attack(), attack());
        row.first_reject = Some(Reject {
            line: Some(1),
            byte_offset: Some(0),
            reason: attack(),
        });
    }
    for row in &mut quality.excluded_objects {
        (row.key, row.name, row.status) = (attack(), attack(), attack());
        row.reason = Some(attack());
    }
    for row in &mut quality.coverage {
        (row.distribution, row.name) = (attack(), attack());
        (row.first_hour, row.last_hour) = (attack(), attack());
    }
    for row in &mut quality.unknown_edges {
        (row.edge_code, row.billed_as) = (attack(), attack());
    }
    for row in &mut quality.assumed_s3_get_prices {
        (row.bucket_region, row.storage_class) = (attack(), attack());
    }
    for row in &mut quality.assumed_item_prices {
        (row.item, row.region) = (attack(), attack());
    }
    let method = &mut report.method;
    (method.hit_ratio, method.s3_free_tier_method) = (attack(), attack());
    method.allocation = attack();
    for row in &mut method.price_cards {
        (row.service, row.card) = (attack(), attack());
        (row.valid_from, row.valid_until) = (attack(), Some(attack()));
    }
    report.notes = attacks.map(str::to_owned).to_vec();
    report
}
