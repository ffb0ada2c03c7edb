//! Which card holds in which month, and how later cards win.

use super::*;
use crate::{CardInfo, Service};

fn card_name(book: &PriceBook, service: Service, text: &str) -> String {
    book.card_for(service, month(text)).unwrap().name.clone()
}

#[test]
fn a_month_selects_its_card() {
    let book = book();
    assert_eq!(card_name(&book, Service::S3, "2020-01"), "s3-2020-01");
    assert_eq!(card_name(&book, Service::S3, "2021-11"), "s3-2020-01");
    assert_eq!(card_name(&book, Service::S3, "2021-12"), "s3-2021-12");
    assert_eq!(card_name(&book, Service::S3, "2026-11"), "s3-2021-12");
    assert_eq!(
        card_name(&book, Service::CloudFront, "2024-07"),
        "cloudfront-2024-07"
    );
    assert_eq!(
        card_name(&book, Service::CloudFront, "2026-10"),
        "cloudfront-2024-07"
    );
}

#[test]
fn a_month_without_a_card_is_an_error_that_names_the_months_there_are() {
    let book = book();
    let message = |book: &PriceBook, service, text| {
        book.card_for(service, month(text)).unwrap_err().to_string()
    };
    assert_eq!(
        message(&book, Service::CloudFront, "2024-06"),
        "no price card for CloudFront in `2024-06`; months covered: `2024-07` onwards"
    );
    assert_eq!(
        message(&book, Service::S3, "2019-12"),
        "no price card for S3 in `2019-12`; months covered: `2020-01` onwards"
    );
    let gap = PriceBook::from_cards(&[
        (
            "late.toml",
            &egress_card("late", "2024-01", "2024-03", "US", "0.02"),
        ),
        (
            "early.toml",
            &egress_card("early", "2023-01", "2023-02", "US", "0.01"),
        ),
        (
            "later.toml",
            &egress_card("later", "2024-03", "2024-04", "US", "0.02"),
        ),
    ])
    .unwrap();
    assert_eq!(
        message(&gap, Service::CloudFront, "2023-02"),
        "no price card for CloudFront in `2023-02`; \
         months covered: `2023-01` to `2023-01`, `2024-01` to `2024-03`"
    );
    assert_eq!(
        message(&gap, Service::S3, "2023-01"),
        "no price card for S3 in `2023-01`; months covered: none"
    );
}

#[test]
fn every_card_is_listed_under_its_file_name() {
    let book = book();
    let cards: Vec<(Service, String)> = book
        .cards()
        .iter()
        .map(
            |CardInfo {
                 service,
                 name,
                 file,
                 source,
                 ..
             }| {
                assert_eq!(*file, format!("{name}.toml"));
                assert!(!source.is_empty());
                (*service, name.clone())
            },
        )
        .collect();
    assert_eq!(
        cards,
        [
            (Service::CloudFront, "cloudfront-2024-07".to_owned()),
            (
                Service::CloudFrontPlans,
                "cloudfront-plans-2025-11".to_owned()
            ),
            (Service::S3, "s3-2020-01".to_owned()),
            (Service::S3, "s3-2021-12".to_owned()),
        ]
    );
}

/// A CloudFront card of one egress price.
fn egress_card(name: &str, from: &str, until: &str, region: &str, price: &str) -> String {
    format!(
        r#"
        kind = "prices"
        service = "cloudfront"
        name = "{name}"
        valid_from = "{from}"
        valid_until = "{until}"
        source = "contract"
        [[egress]]
        regions = ["{region}"]
        tiers = [[0, "{price}"]]
        source = "contract"
        seen = "2025-12-18"
        confidence = "high"
        "#
    )
}

/// The first-tier price of `region` and the number of its tiers.
fn first_tier(book: &PriceBook, region: &str, text: &str) -> (Decimal, usize) {
    let tiers = ladder(book.cloudfront_egress(), region, text);
    (tiers[0].usd_per_gb, tiers.len())
}

#[test]
fn a_private_card_wins_for_its_months_and_regions_only() {
    let card = egress_card("ours", "2026-01", "2026-04", "EU", "0.03");
    let book = book().with_cards(&[("ours.toml", &card)]).unwrap();
    let list = (usd("0.085"), 7);
    assert_eq!(first_tier(&book, "EU", "2025-12"), list);
    assert_eq!(first_tier(&book, "EU", "2026-01"), (usd("0.03"), 1));
    assert_eq!(first_tier(&book, "EU", "2026-03"), (usd("0.03"), 1));
    assert_eq!(first_tier(&book, "EU", "2026-04"), list);
    assert_eq!(first_tier(&book, "US", "2026-02"), list);
    // 7 tiers before, 1 during, 7 after, and the other nine regions as they were.
    assert_eq!(book.cloudfront_egress().len(), 7 + 1 + 7 + 9 * 7);
    assert_eq!(
        book.cloudfront_requests(),
        super::book().cloudfront_requests()
    );
    assert_eq!(
        card_name(&book, Service::CloudFront, "2025-12"),
        "cloudfront-2024-07"
    );
    assert_eq!(card_name(&book, Service::CloudFront, "2026-02"), "ours");
    assert_eq!(
        card_name(&book, Service::CloudFront, "2026-04"),
        "cloudfront-2024-07"
    );
}

#[test]
fn of_several_private_cards_the_last_wins() {
    let wide = egress_card("wide", "2026-01", "2027-01", "EU", "0.03");
    let narrow = egress_card("narrow", "2026-03", "2026-05", "EU", "0.01");
    let cards = [("wide.toml", &*wide), ("narrow.toml", &*narrow)];
    let book = book().with_cards(&cards).unwrap();
    let prices: Vec<Decimal> = ["2026-02", "2026-03", "2026-04", "2026-05", "2027-01"]
        .iter()
        .map(|text| first_tier(&book, "EU", text).0)
        .collect();
    assert_eq!(
        prices,
        [
            usd("0.03"),
            usd("0.01"),
            usd("0.01"),
            usd("0.03"),
            usd("0.085")
        ]
    );
}

#[test]
fn a_private_card_fills_months_that_have_no_card() {
    let old = egress_card("old", "2019-12", "2020-01", "IN", "0.170");
    let book = book().with_cards(&[("old.toml", &old)]).unwrap();
    assert_eq!(card_name(&book, Service::CloudFront, "2019-12"), "old");
    assert_eq!(first_tier(&book, "IN", "2019-12"), (usd("0.17"), 1));
    assert_eq!(first_tier(&book, "IN", "2026-01"), (usd("0.109"), 7));
}

#[test]
fn requests_are_replaced_one_protocol_at_a_time() {
    let card = r#"
        kind = "prices"
        service = "cloudfront"
        name = "ours"
        valid_from = "2024-07"
        source = "contract"
        [[requests]]
        regions = ["US"]
        per = 10000
        https = "0.0050"
        source = "contract"
        seen = "2025-12-18"
        confidence = "high"
        [free]
        free_gb = 0
        free_requests = 0
        source = "contract"
        seen = "2025-12-18"
        confidence = "high"
    "#;
    let book = book().with_cards(&[("ours.toml", card)]).unwrap();
    let us: Vec<_> = book
        .cloudfront_requests()
        .iter()
        .filter(|price| price.region == "US")
        .map(|price| (&*price.card, &*price.protocol, price.usd_per_request))
        .collect();
    assert_eq!(
        us,
        [
            ("cloudfront-2024-07", "http", usd("0.00000075")),
            ("ours", "https", usd("0.0000005")),
        ]
    );
    // The allowance held in the same months, so nothing of the old one is left.
    let free: Vec<_> = book
        .cloudfront_allowances()
        .iter()
        .map(|free| (&*free.card, free.free_gb))
        .collect();
    assert_eq!(free, [("ours", 0)]);
}

#[test]
fn edge_codes_and_price_classes_can_be_added_and_replaced() {
    let edges = r#"
        kind = "edge-locations"
        [[group]]
        region = "ME"
        source = "seen on our bill"
        locations = [
            { code = "CAI", city = "Cairo", country = "Egypt" },
            { code = "AAA", city = "Somewhere", country = "Oman" },
        ]
    "#;
    let classes = r#"
        kind = "price-classes"
        [[class]]
        class = "100"
        inside = ["US", "CA"]
        outside = "CA"
        unknown = "US"
    "#;
    let before = book();
    let cards = [("edges.toml", edges), ("classes.toml", classes)];
    let book = before.clone().with_cards(&cards).unwrap();
    assert_eq!(
        book.edge_locations().len(),
        before.edge_locations().len() + 1
    );
    let region = |code: &str| {
        let mut rows = book
            .edge_locations()
            .iter()
            .filter(|edge| edge.edge_code == code);
        (rows.next().unwrap().region.as_str(), rows.count())
    };
    assert_eq!(
        (region("CAI"), region("AAA"), region("FRA")),
        (("ME", 0), ("ME", 0), ("EU", 0))
    );
    assert_eq!(book.price_classes().len(), before.price_classes().len());
    let eu = book
        .price_classes()
        .iter()
        .find(|row| row.price_class == "100" && row.region == "EU");
    assert_eq!(
        eu.map(|row| (row.in_class, &*row.billed_as)),
        Some((false, "CA"))
    );
}
