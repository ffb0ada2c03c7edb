//! Whole tables: their shape, and the claims that hold over all of their rows.

use std::collections::BTreeSet;

use super::*;
use crate::{CHINA_REGION, CLOUDFRONT_REGIONS, UNKNOWN_REGION};

/// What cheapest and dearest go by: first-tier egress, then one HTTPS request.
fn dearness(book: &PriceBook, region: &str) -> (Decimal, Decimal) {
    let tiers = ladder(book.cloudfront_egress(), region, "2026-01");
    let mut requests = book.cloudfront_requests().iter();
    let https = requests
        .find(|price| price.region == region && price.protocol == "https")
        .unwrap();
    (tiers[0].usd_per_gb, https.usd_per_request)
}

#[test]
fn price_classes_bill_as_the_cheapest_and_dearest_region_that_the_prices_show() {
    let book = book();
    for class in ["100", "200", "All"] {
        let rows: Vec<_> = book
            .price_classes()
            .iter()
            .filter(|row| row.price_class == class)
            .collect();
        let inside: Vec<&str> = rows
            .iter()
            .filter(|row| row.in_class)
            .map(|row| &*row.region)
            .collect();
        let cheapest = inside
            .iter()
            .map(|region| dearness(&book, region))
            .min()
            .unwrap();
        let dearest = inside
            .iter()
            .map(|region| dearness(&book, region))
            .max()
            .unwrap();
        for row in &rows {
            assert!(inside.contains(&&*row.billed_as), "{row:?}");
            if row.in_class {
                assert_eq!(row.billed_as, row.region);
            } else if row.region == CHINA_REGION || row.region == UNKNOWN_REGION {
                assert_eq!(dearness(&book, &row.billed_as), dearest, "{row:?}");
            } else {
                assert_eq!(dearness(&book, &row.billed_as), cheapest, "{row:?}");
                assert_eq!(row.billed_as, "US");
            }
        }
        let regions: Vec<&str> = rows.iter().map(|row| &*row.region).collect();
        assert_eq!(
            regions,
            [&CLOUDFRONT_REGIONS[..], &["CN", "unknown"]].concat()
        );
    }
    assert_eq!(book.price_classes().len(), 36);
}

/// What AWS's page on price classes says, in billing regions.
#[test]
fn price_classes_serve_from_the_regions_aws_says() {
    let book = book();
    let check = |class: &str, inside: &[&str], unknown_billed_as: &str| {
        let rows = || {
            book.price_classes()
                .iter()
                .filter(|row| row.price_class == class)
        };
        let found: BTreeSet<&str> = rows()
            .filter(|row| row.in_class)
            .map(|row| &*row.region)
            .collect();
        assert_eq!(found, inside.iter().copied().collect(), "{class}");
        let unknown = rows().find(|row| row.region == "unknown").unwrap();
        assert_eq!(unknown.billed_as, unknown_billed_as, "{class}");
    };
    check("100", &["US", "CA", "EU"], "EU");
    check(
        "200",
        &["US", "CA", "EU", "ZA", "ME", "JP", "AP", "IN"],
        "AP",
    );
    check(
        "All",
        &["US", "CA", "EU", "ZA", "ME", "JP", "AP", "IN", "SA", "AU"],
        "AP",
    );
}

#[test]
fn edge_codes_lead_to_the_region_of_their_city() {
    let book = book();
    let region = |code: &str| {
        let mut rows = book.edge_locations().iter();
        rows.find(|edge| edge.edge_code == code)
            .map(|edge| &*edge.region)
    };
    let expected = [
        ("IAD", "US"),
        ("QRO", "US"),
        ("YTO", "CA"),
        ("FRA", "EU"),
        ("TLV", "EU"),
        ("IST", "EU"),
        ("BCN", "EU"),
        ("HKG", "AP"),
        ("ICN", "AP"),
        ("NRT", "JP"),
        ("SYD", "AU"),
        ("BOM", "IN"),
        ("GRU", "SA"),
        ("DXB", "ME"),
        ("JED", "ME"),
        ("JNB", "ZA"),
        ("PEK", "CN"),
    ];
    for (code, expected) in expected {
        assert_eq!(region(code), Some(expected), "{code}");
    }
    assert_eq!(
        region("BLA"),
        None,
        "Barcelona in Venezuela is nobody's edge location"
    );
    assert_eq!(book.edge_locations().len(), 116);
}

#[test]
fn every_region_with_an_edge_has_every_price() {
    let book = book();
    for edge in book
        .edge_locations()
        .iter()
        .filter(|edge| edge.region != CHINA_REGION)
    {
        assert!(
            !ladder(book.cloudfront_egress(), &edge.region, "2026-01").is_empty(),
            "{edge:?}"
        );
    }
    let origins: Vec<&str> = book
        .cloudfront_origin_transfer()
        .iter()
        .map(|price| &*price.region)
        .collect();
    let mut regions = CLOUDFRONT_REGIONS;
    regions.sort_unstable();
    assert_eq!(origins, regions);
}

#[test]
fn tables_do_not_depend_on_the_order_of_cards() {
    let a = ("a.toml", include_str!("../../cards/s3-2020-01.toml"));
    let b = ("b.toml", include_str!("../../cards/s3-2021-12.toml"));
    let forth = PriceBook::from_cards(&[a, b]).unwrap();
    let back = PriceBook::from_cards(&[b, a]).unwrap();
    assert_eq!(forth.s3_egress(), back.s3_egress());
    assert_eq!(forth.s3_requests(), back.s3_requests());
    assert_eq!(forth.s3_allowances(), back.s3_allowances());
}
