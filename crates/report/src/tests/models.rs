//! Hand-made reports.

use edgeledger_rates::Decimal;

use crate::model::{
    AssumedPrice, CacheResult, Card, CostItem, CostLine, Coverage, Day, Distribution,
    ExcludedObject, Headline, Method, ObjectTotals, ObjectsByStatus, Quality, Region, Reject,
    RejectedObject, Report, SCHEMA, UnknownEdge,
};

pub(super) fn all() -> [Report; 7] {
    [
        typical(),
        empty(),
        one(),
        only_servers(),
        huge(),
        hostile(),
        many(),
    ]
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn optional(text: &str) -> Option<Decimal> {
    (!text.is_empty()).then(|| decimal(text))
}

/// Id, name, origin or bucket region, egress, requests; hit ratios; CloudFront and S3 in USD.
fn distribution(
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

fn headline(
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

fn line(key: (&str, &str, &str, &str), unit: &str, quantity: i64, usd: &str) -> CostLine {
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
fn items(lines: &[CostLine]) -> Vec<CostItem> {
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

fn region(region: &str, egress_bytes: i64, requests: i64, share: &str) -> Region {
    Region {
        region: region.to_owned(),
        egress_bytes,
        requests,
        egress_share: optional(share),
    }
}

fn result(
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

fn status(
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

fn totals(objects: &[ObjectsByStatus], unnamed_objects: i64) -> ObjectTotals {
    ObjectTotals {
        objects: objects.iter().map(|row| row.objects).sum(),
        unnamed_objects,
        size_bytes: objects.iter().map(|row| row.size_bytes).sum(),
        rows: objects.iter().map(|row| row.rows).sum(),
        rejected_rows: objects.iter().map(|row| row.rejected_rows).sum(),
    }
}

fn coverage(distribution: &str, name: &str, hours: i64, longest_gap_hours: i64) -> Coverage {
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

fn card(service: &str, card: &str, valid_from: &str, valid_until: Option<&str>) -> Card {
    Card {
        service: service.to_owned(),
        card: card.to_owned(),
        valid_from: valid_from.to_owned(),
        valid_until: valid_until.map(str::to_owned),
    }
}

fn method() -> Method {
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

/// Five distributions, one dearer than S3 would be, one without an S3 side; a hole on the 20th.
pub(super) fn typical() -> Report {
    let distributions = vec![
        distribution(
            ("E2EXAMPLE1RLS", "releases", "us-west-1"),
            (51_112_907_105_152, 2_412_650),
            ("0.962341", "0.948812"),
            ("4231.18", "4480.02"),
        ),
        distribution(
            ("E2EXAMPLE2CRT", "crates", "us-west-1"),
            (19_784_510_320_441, 612_440_918),
            ("0.991200", "0.990001"),
            ("2297.40", "2011.90"),
        ),
        distribution(
            ("E2EXAMPLE5DOC", "docs", "eu-west-1"),
            (512_345_678_901, 31_220_187),
            ("0.874400", "0.801234"),
            ("66.07", "58.23"),
        ),
        distribution(
            ("E2EXAMPLE4WWW", "www", "server"),
            (88_123_456_789, 9_104_221),
            ("0.412000", "0.377700"),
            ("18.44", ""),
        ),
        distribution(
            ("E2EXAMPLE3IDX", "index", "us-east-1"),
            (1_234_567_890, 4_000_112),
            ("0.999990", "0.999990"),
            ("4.31", "1.71"),
        ),
    ];
    let headline = headline(&distributions, "0.978451", "0.956789");
    let cost_lines = vec![
        line(
            ("cloudfront", "egress", "EU", ""),
            "bytes",
            31_000_000_000_000,
            "2455.110000000000",
        ),
        line(
            ("cloudfront", "egress", "US", ""),
            "bytes",
            40_499_121_131_173,
            "3341.271234567890",
        ),
        line(
            ("cloudfront", "origin_transfer", "US", ""),
            "bytes",
            81_920_003,
            "0.001525878900",
        ),
        line(
            ("cloudfront", "requests", "EU", "https"),
            "requests",
            259_000_000,
            "310.800000000000",
        ),
        line(
            ("cloudfront", "requests", "US", "http"),
            "requests",
            178_088,
            "0.133566000000",
        ),
        line(
            ("cloudfront", "requests", "US", "https"),
            "requests",
            400_000_000,
            "400.000000000000",
        ),
        line(
            ("cloudfront", "s3_origin_requests", "us-west-1", ""),
            "requests",
            250_121_000,
            "110.083673553210",
        ),
        line(
            ("s3", "egress", "us-west-1", ""),
            "bytes",
            70_897_417_425_593,
            "6201.660000000000",
        ),
        line(
            ("s3", "requests", "us-west-1", ""),
            "requests",
            614_853_568,
            "350.200000000000",
        ),
    ];
    let objects = vec![
        status("empty", 2, 812, 0, 0),
        status("ingested", 14_302, 41_223_998_112, 659_178_088, 6),
        status("quarantined", 1, 65_536, 0, 0),
        status("vanished", 1, 4096, 0, 0),
    ];
    let days = (1..=31)
        .filter(|day| *day != 20)
        .map(|day| Day {
            date: format!("2026-10-{day:02}"),
            egress_bytes: 1_200_000_000_000 + 83_000_000_000 * ((day * 7) % 31),
            requests: 21_000_000 + 111_111 * ((day * 5) % 31),
            request_hit_ratio: optional("0.978000"),
        })
        .collect();
    Report {
        schema: SCHEMA,
        month: "2026-10".parse().unwrap(),
        cost_items: items(&cost_lines),
        cost_lines,
        regions: vec![
            region("US", 40_499_121_131_173, 400_178_088, "0.566421"),
            region("EU", 31_000_000_000_000, 259_000_000, "0.433579"),
        ],
        days,
        cache_results: vec![
            result(
                "Hit",
                (612_000_000, "0.928430"),
                (64_000_000_000_000, "0.895114"),
            ),
            result(
                "RefreshHit",
                (9_000_000, "0.013653"),
                (2_000_000_000_000, "0.027972"),
            ),
            result(
                "Miss",
                (24_178_000, "0.036679"),
                (5_400_000_000_000, "0.075525"),
            ),
            result(
                "Redirect",
                (13_900_000, "0.021087"),
                (99_121_131_000, "0.001386"),
            ),
            result("-", (100_088, "0.000151"), (173, "0.000000")),
        ],
        quality: Quality {
            complete: false,
            totals: totals(&objects, 1),
            objects,
            rejected_objects: vec![
                RejectedObject {
                    key: "logs/crates/E2EXAMPLE2CRT.2026-10-05-12.8a2ec79d.gz".to_owned(),
                    name: "E2EXAMPLE2CRT.2026-10-05-12.8a2ec79d.gz".to_owned(),
                    status: "ingested".to_owned(),
                    rows: 46_001,
                    rejected_rows: 4,
                    first_reject: Some(Reject {
                        line: Some(68),
                        byte_offset: Some(20_311),
                        reason: "expected 33 columns, found 12".to_owned(),
                    }),
                },
                RejectedObject {
                    key: "logs/releases/E2EXAMPLE1RLS.2026-10-16-18.4cca1243.gz".to_owned(),
                    name: "E2EXAMPLE1RLS.2026-10-16-18.4cca1243.gz".to_owned(),
                    status: "ingested".to_owned(),
                    rows: 181,
                    rejected_rows: 2,
                    first_reject: None,
                },
            ],
            excluded_objects: vec![
                ExcludedObject {
                    key: "logs/releases/E2EXAMPLE1RLS.2026-10-21-03.00c0ffee.gz".to_owned(),
                    name: "E2EXAMPLE1RLS.2026-10-21-03.00c0ffee.gz".to_owned(),
                    status: "quarantined".to_owned(),
                    reason: Some("gzip: checksum of member 1 does not match".to_owned()),
                    size_bytes: 65_536,
                },
                ExcludedObject {
                    key: "logs/docs/readme.txt".to_owned(),
                    name: "readme.txt".to_owned(),
                    status: "vanished".to_owned(),
                    reason: None,
                    size_bytes: 4096,
                },
            ],
            coverage: vec![
                coverage("E2EXAMPLE1RLS", "releases", 720, 24),
                coverage("E2EXAMPLE2CRT", "crates", 744, 0),
                coverage("E2EXAMPLE5DOC", "docs", 741, 2),
            ],
            unknown_edges: vec![UnknownEdge {
                edge_code: "QQX".to_owned(),
                billed_as: "AP".to_owned(),
                requests: 49,
                egress_bytes: 2_817_701_687,
            }],
            assumed_s3_get_prices: vec![AssumedPrice {
                bucket_region: "ap-southeast-7".to_owned(),
                usd_per_request: decimal("0.000000560000"),
            }],
        },
        method: Method {
            price_cards: vec![
                card("cloudfront", "cloudfront-2024-07", "2024-07", None),
                card("s3", "our-s3-2026", "2026-01", Some("2027-01")),
            ],
            ..method()
        },
        headline,
        distributions,
        notes: vec![
            "logs of 2026-10-31 were still arriving when this report was made".to_owned(),
            "the distribution E2EXAMPLE4WWW has no settings: an S3 origin in us-east-1 and Price \
             Class All are assumed"
                .to_owned(),
        ],
    }
}

/// A month without a request.
pub(super) fn empty() -> Report {
    Report {
        schema: SCHEMA,
        month: "2026-02".parse().unwrap(),
        headline: Headline {
            egress_bytes: 0,
            requests: 0,
            request_hit_ratio: None,
            byte_hit_ratio: None,
            cloudfront_usd: Decimal::ZERO,
            cloudfront_s3_usd: Decimal::ZERO,
            s3_usd: None,
            savings_usd: None,
            savings_ratio: None,
        },
        distributions: Vec::new(),
        cost_items: Vec::new(),
        cost_lines: Vec::new(),
        regions: Vec::new(),
        days: Vec::new(),
        cache_results: Vec::new(),
        quality: Quality {
            complete: true,
            totals: totals(&[], 0),
            objects: Vec::new(),
            rejected_objects: Vec::new(),
            excluded_objects: Vec::new(),
            coverage: Vec::new(),
            unknown_edges: Vec::new(),
            assumed_s3_get_prices: Vec::new(),
        },
        method: Method {
            hit_ratio: "console".to_owned(),
            cloudfront_free_tier: false,
            s3_free_tier: false,
            s3_free_tier_method: "before_tiers".to_owned(),
            price_cards: Vec::new(),
        },
        notes: Vec::new(),
    }
}

/// One request, of an unconfigured distribution, all free.
pub(super) fn one() -> Report {
    let mut only = distribution(
        ("E2EXAMPLE9ONE", "E2EXAMPLE9ONE", "us-east-1"),
        (1, 1),
        ("0.000000", "0.000000"),
        ("0.00", "0.00"),
    );
    only.is_configured = false;
    let distributions = vec![only];
    let cost_lines = vec![
        line(
            ("cloudfront", "requests", "EU", "https"),
            "requests",
            1,
            "0.000000000000",
        ),
        line(
            ("cloudfront", "s3_origin_requests", "us-east-1", ""),
            "requests",
            1,
            "0.000000400000",
        ),
        line(
            ("s3", "requests", "us-east-1", ""),
            "requests",
            1,
            "0.000000400000",
        ),
    ];
    let objects = vec![status("ingested", 1, 412, 1, 0)];
    Report {
        headline: headline(&distributions, "0.000000", "0.000000"),
        distributions,
        cost_items: items(&cost_lines),
        cost_lines,
        regions: vec![region("EU", 1, 1, "1.000000")],
        days: vec![Day {
            date: "2026-02-14".to_owned(),
            egress_bytes: 1,
            requests: 1,
            request_hit_ratio: optional("0.000000"),
        }],
        cache_results: vec![result("Miss", (1, "1.000000"), (1, "1.000000"))],
        quality: Quality {
            totals: totals(&objects, 0),
            objects,
            ..empty().quality
        },
        method: method(),
        ..empty()
    }
}

/// Servers have no S3 side, so there is nothing to save.
pub(super) fn only_servers() -> Report {
    let distributions = vec![distribution(
        ("E2EXAMPLE4WWW", "www", "server"),
        (88_123_456_789, 9_104_221),
        ("0.412000", "0.377700"),
        ("18.44", ""),
    )];
    Report {
        headline: headline(&distributions, "0.412000", "0.377700"),
        distributions,
        cost_items: Vec::new(),
        cost_lines: Vec::new(),
        method: Method {
            hit_ratio: "cloudwatch".to_owned(),
            s3_free_tier_method: "within_first_tier".to_owned(),
            ..method()
        },
        ..one()
    }
}

/// The largest numbers that columns hold.
pub(super) fn huge() -> Report {
    let (bytes, count) = (i64::MAX, i64::MAX);
    let mut report = typical();
    for row in &mut report.distributions {
        row.name = "a distribution with a long name, longer than any table".to_owned();
        (row.egress_bytes, row.requests) = (bytes, count);
        row.cloudfront_usd = decimal("999999999.99");
        row.s3_usd = row.s3_usd.and(optional("0.01"));
        row.savings_usd = row.s3_usd.and(optional("-999999999.98"));
        row.savings_ratio = row.s3_usd.and(optional("-99999999998.000000"));
    }
    report.headline = Headline {
        egress_bytes: bytes,
        requests: count,
        request_hit_ratio: optional("1"),
        byte_hit_ratio: optional("1"),
        cloudfront_usd: decimal("999999999.99"),
        cloudfront_s3_usd: decimal("999999999.99"),
        s3_usd: optional("0.01"),
        savings_usd: optional("-999999999.98"),
        savings_ratio: optional("-99999999998.000000"),
    };
    for row in &mut report.cost_items {
        (row.quantity, row.usd_exact) = (count, decimal("999999999.999999999999"));
    }
    for row in &mut report.cost_lines {
        (row.quantity, row.usd_exact) = (count, decimal("-999999999.999999999999"));
    }
    for row in &mut report.regions {
        (row.egress_bytes, row.requests) = (bytes, count);
    }
    for row in &mut report.days {
        (row.egress_bytes, row.requests) = (bytes, count);
    }
    for row in &mut report.cache_results {
        (row.egress_bytes, row.requests) = (bytes, count);
    }
    let quality = &mut report.quality;
    for row in &mut quality.objects {
        (row.objects, row.size_bytes) = (count, bytes);
        (row.rows, row.rejected_rows) = (count, count);
    }
    quality.totals = ObjectTotals {
        objects: count,
        unnamed_objects: count,
        size_bytes: bytes,
        rows: count,
        rejected_rows: count,
    };
    quality.objects.truncate(1);
    for row in &mut quality.rejected_objects {
        (row.rows, row.rejected_rows) = (count, count);
    }
    for row in &mut quality.unknown_edges {
        (row.egress_bytes, row.requests) = (bytes, count);
    }
    for row in &mut quality.coverage {
        (row.hours_with_logs, row.hours_without_logs) = (count, count);
        row.longest_gap_hours = count;
    }
    report
}

/// Every text is an attack, of another kind in every field.
pub(super) fn hostile() -> Report {
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
    for row in &mut report.distributions {
        (row.name, row.distribution) = (attack(), attack());
        row.bucket_region = Some(attack());
        row.price_class = attack();
    }
    report.distributions[3].origin = attack();
    report.cost_items = items(&report.cost_lines);
    for row in &mut report.cost_items {
        (row.side, row.item, row.unit) = (attack(), attack(), attack());
    }
    for row in &mut report.cost_lines {
        (row.side, row.item, row.unit) = (attack(), attack(), attack());
        (row.region, row.protocol) = (attack(), attack());
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
        row.bucket_region = attack();
    }
    let method = &mut report.method;
    (method.hit_ratio, method.s3_free_tier_method) = (attack(), attack());
    for row in &mut method.price_cards {
        (row.service, row.card) = (attack(), attack());
        (row.valid_from, row.valid_until) = (attack(), Some(attack()));
    }
    report.notes = attacks.map(str::to_owned).to_vec();
    report
}

/// Lists longer than anyone reads.
pub(super) fn many() -> Report {
    let mut report = typical();
    report.quality.unknown_edges = (0..100)
        .map(|at| UnknownEdge {
            edge_code: format!("Q{at:02}"),
            billed_as: "AP".to_owned(),
            requests: 1,
            egress_bytes: 100 - at,
        })
        .collect();
    report
}
