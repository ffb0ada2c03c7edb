//! Cards made of offer files. The fixtures in `offers` are written by hand after the documented
//! structure and hold every trap that AWS's files are known to have.

use super::*;
use crate::{ImportError, Imported, Service, import};

const CLOUDFRONT: &str = include_str!("offers/AmazonCloudFront.json");
const DATA_TRANSFER: &str = include_str!("offers/AWSDataTransfer.json");
const S3: &str = include_str!("offers/AmazonS3.json");

fn imported(texts: &[&str]) -> Result<Imported, ImportError> {
    let names = ["a.json", "b.json", "c.json"];
    let files: Vec<(&str, &[u8])> = names
        .into_iter()
        .zip(texts.iter().map(|text| text.as_bytes()))
        .collect();
    import(&files, None)
}

/// The built-in cards with the imported one over them.
fn laid(texts: &[&str]) -> PriceBook {
    let card = imported(texts).unwrap().card;
    book().with_cards(&[("imported.toml", &card)]).unwrap()
}

fn tiers(rows: &[EgressTier], region: &str, text: &str) -> Vec<(i64, Option<i64>, Decimal)> {
    ladder(rows, region, text)
        .into_iter()
        .map(|tier| (tier.tier_start_gb, tier.tier_end_gb, tier.usd_per_gb))
        .collect()
}

#[test]
fn a_cloudfront_offer_becomes_a_card() {
    let book = laid(&[CLOUDFRONT]);
    let info = book
        .card_for(Service::CloudFront, month("2026-10"))
        .unwrap();
    assert_eq!(info.name, "cloudfront-20261001120000");
    assert_eq!(info.source, "AmazonCloudFront price list 20261001120000");
    assert_eq!(
        (info.valid_from, info.valid_until),
        (month("2026-10"), None)
    );
    // Neither `Any` nor `Global`, both at 0 USD, is taken for Europe; tiers come in any order.
    let eu = [
        (0, Some(10240), usd("0.085")),
        (10240, Some(51200), usd("0.08")),
        (51200, None, usd("0.06")),
    ];
    assert_eq!(tiers(book.cloudfront_egress(), "EU", "2026-10"), eu);
    assert_eq!(tiers(book.cloudfront_egress(), "EU", "2026-09").len(), 7);
    assert_eq!(tiers(book.cloudfront_egress(), "US", "2026-10").len(), 2);
    let first = ladder(book.cloudfront_egress(), "EU", "2026-10")[0];
    assert_eq!(
        (&*first.source, &*first.seen),
        (
            "AmazonCloudFront price list 20261001120000, SKU EUEGRESS1",
            "2026-10-01"
        )
    );
    let requests: Vec<(String, String, Decimal)> = book
        .cloudfront_requests()
        .iter()
        .filter(|row| row.card == info.name)
        .map(|row| {
            (
                row.region.clone(),
                row.protocol.clone(),
                row.usd_per_request,
            )
        })
        .collect();
    let expected = [
        ("EU", "http", "0.0000009"),
        ("EU", "https", "0.0000012"),
        ("US", "https", "0.000001"),
    ];
    assert_eq!(
        requests,
        expected.map(|(region, protocol, price)| (region.into(), protocol.into(), usd(price)))
    );
    let origin: Vec<(&str, Decimal)> = book
        .cloudfront_origin_transfer()
        .iter()
        .filter(|row| row.card == info.name)
        .map(|row| (&*row.region, row.usd_per_gb))
        .collect();
    assert_eq!(origin, [("EU", usd("0.02"))]);
    let free: Vec<(i64, i64)> = book
        .cloudfront_allowances()
        .iter()
        .filter(|row| row.card == info.name)
        .map(|row| (row.free_gb, row.free_requests))
        .collect();
    assert_eq!(free, [(1024, 10_000_000)]);
    let other: Vec<(&str, &str, Decimal, i64)> = book
        .other_prices()
        .iter()
        .filter(|row| row.card == info.name)
        .map(|row| {
            (
                &*row.item,
                &*row.region,
                row.usd_per_unit,
                row.free_units_per_month,
            )
        })
        .collect();
    assert_eq!(
        other,
        [
            ("field-level-encryption", "global", usd("0.0000021"), 0),
            ("function", "global", usd("0.0000001"), 2_000_000),
            ("invalidation", "global", usd("0.005"), 1000),
            ("origin-shield", "ap-northeast-2", usd("0.0000009"), 0),
        ]
    );
}

#[test]
fn what_a_card_does_not_hold_is_told() {
    let notes = imported(&[CLOUDFRONT]).unwrap().notes;
    let stays = "not in the files; the price before this card stays in force";
    let expected = [
        "left out of `a.json`: MA-DataTransfer-Out-Bytes in the unknown place `Mars`".to_owned(),
        "left out of `a.json`, as no part of a card: KeyValueStore-Reads (1), SSL-Cert-Custom (1), \
         no usage type (1)"
            .to_owned(),
        "field-level-encryption has more than one price: SKU FLEEU1 0.0000021 USD, SKU FLEUS1 \
         0.000002 USD; the dearer is in the card"
            .to_owned(),
        format!("egress for CA AP JP AU IN SA ME ZA: {stays}"),
        format!("http requests for US CA AP JP AU IN SA ME ZA: {stays}"),
        format!("https requests for CA AP JP AU IN SA ME ZA: {stays}"),
        format!("transfer to the origin for US CA AP JP AU IN SA ME ZA: {stays}"),
        "proxied https requests of US cost 0.0000011 USD (SKU USPROXY1), which differs from GET: a \
         card has one price for both, that of GET"
            .to_owned(),
    ];
    assert_eq!(notes, expected);
}

#[test]
fn of_several_global_prices_the_dearest_is_taken() {
    for (from, to, dearest) in [
        ("0.0000020000", "0.0000030000", "0.000003"),
        ("0.0000021000", "0.0000040000", "0.000004"),
    ] {
        let card = imported(&[&CLOUDFRONT.replace(from, to)]).unwrap().card;
        let book = PriceBook::from_cards(&[("imported.toml", &card)]).unwrap();
        let price = book
            .other_prices()
            .iter()
            .find(|row| row.item == "field-level-encryption")
            .unwrap();
        assert_eq!(price.usd_per_unit, usd(dearest));
    }
}

#[test]
fn an_allowance_within_the_tiers_is_told() {
    let us = "\"USD\": \"0.0850000000\"";
    let free = imported(&[&CLOUDFRONT.replacen(us, "\"USD\": \"0\"", 1)]).unwrap();
    assert!(free.notes.contains(
        &"egress of US begins at 0 USD (SKU USEGRESS1): an allowance within the tiers".to_owned()
    ));
}

#[test]
fn transfer_and_s3_offers_become_one_card() {
    for order in [[DATA_TRANSFER, S3], [S3, DATA_TRANSFER]] {
        let book = laid(&order);
        let info = book.card_for(Service::S3, month("2026-09")).unwrap();
        assert_eq!(info.name, "s3-20260928230416");
        assert_eq!(info.valid_from, month("2026-09"));
        let us = [
            (0, Some(10240), usd("0.09")),
            (10240, Some(51200), usd("0.085")),
            (51200, Some(153_600), usd("0.07")),
            (153_600, None, usd("0.05")),
        ];
        let egress: Vec<(&str, usize)> = ["us-east-1", "eu-west-1", "ap-south-1"]
            .into_iter()
            .map(|region| {
                let rows = ladder(book.s3_egress(), region, "2026-10");
                assert_eq!(rows[0].card, info.name, "{region}");
                (region, rows.len())
            })
            .collect();
        assert_eq!(
            egress,
            [("us-east-1", 4), ("eu-west-1", 4), ("ap-south-1", 2)]
        );
        // Neither S3's own transfer at 0 USD nor the one within the region is taken for it.
        assert_eq!(tiers(book.s3_egress(), "us-east-1", "2026-10"), us);
        let paris = ladder(book.s3_egress(), "eu-west-3", "2026-10");
        assert_eq!(paris[0].card, "s3-2021-12", "the odd product is left out");
        let gets: Vec<(&str, Decimal)> = book
            .s3_requests()
            .iter()
            .filter(|row| row.card == info.name)
            .map(|row| (&*row.region, row.usd_per_request))
            .collect();
        assert_eq!(
            gets,
            [
                ("eu-west-1", usd("0.0000004")),
                ("sa-east-1", usd("0.00000056")),
                ("us-east-1", usd("0.0000004")),
            ]
        );
        let other: Vec<(&str, Decimal)> = book
            .other_prices()
            .iter()
            .filter(|row| row.card == info.name)
            .map(|row| (&*row.item, row.usd_per_unit))
            .collect();
        assert_eq!(
            other,
            [
                ("get-standard-ia", usd("0.000001")),
                ("put", usd("0.000005")),
                ("retrieval-standard-ia", usd("0.01")),
            ]
        );
        // The 20,000 GETs of new accounts are no allowance for ever.
        let free: Vec<i64> = book
            .s3_allowances()
            .iter()
            .filter(|row| row.card == info.name)
            .map(|row| row.free_gb)
            .collect();
        assert_eq!(free, [100]);
    }
    assert_eq!(
        imported(&[DATA_TRANSFER, S3]).unwrap().notes,
        [
            "left out of `a.json`: EUW2-DataTransfer-Out-Bytes in the unknown place `eu-west-3`, \
             where the usage type says `EUW2`",
            "left out of `a.json`: BOS1-DataTransfer-Out-Bytes in the unknown place \
             `us-east-1-bos-1`",
            "left out of `a.json`, as no part of a card: CloudFront-Out-Bytes (1), \
             DataTransfer-Out-Bytes (2), USW2-AWS-Out-Bytes (1)",
            "left out of `b.json`, as no part of a card: DataTransfer-Out-Bytes (1), \
             Global-Requests-Tier2 (1), Tables-Requests-Tier2 (1), TimedStorage-ByteHrs (2)",
        ]
    );
}

#[test]
fn one_offer_of_two_is_enough_and_the_rest_stays() {
    let alone = imported(&[S3]).unwrap();
    assert_eq!(
        alone.notes[1..],
        [
            "egress (import AWSDataTransfer beside it): not in the files; the price before this \
             card stays in force",
            "the free allowance: not in the files; the price before this card stays in force",
        ]
    );
    let book = laid(&[S3]);
    assert_eq!(
        ladder(book.s3_egress(), "us-east-1", "2026-10")[0].card,
        "s3-2021-12"
    );
    // The same file twice says the same twice.
    assert_eq!(imported(&[S3, S3]).unwrap().card, alone.card);
}

#[test]
fn the_first_month_can_be_chosen() {
    let files = [("a.json", CLOUDFRONT.as_bytes())];
    let card = import(&files, Some(month("2026-12"))).unwrap().card;
    assert!(card.contains("valid_from = \"2026-12\""), "{card}");
    // Prices that took effect at different times need one.
    let mixed = CLOUDFRONT.replacen("2026-10-01T00", "2025-04-01T00", 1);
    let mixed = imported(&[&mixed]).unwrap();
    assert!(mixed.card.contains("valid_from = \"2026-10\""));
    assert_eq!(
        mixed.notes.last().unwrap(),
        "prices took effect from 2025-04 to 2026-10: choose the first month with --from"
    );
}

fn message(texts: &[&str]) -> String {
    whole_message(&imported(texts).unwrap_err())
}

/// The message for the CloudFront offer with the first `from` replaced by `to`.
fn check(from: &str, to: &str, expected: &str) {
    assert!(CLOUDFRONT.contains(from), "nothing to spoil: {from}");
    assert_eq!(message(&[&CLOUDFRONT.replacen(from, to, 1)]), expected);
}

#[test]
fn files_that_are_no_offer_of_ours() {
    assert_eq!(
        message(&["sku,price"]),
        "could not read `a.json` as an AWS offer file: expected value at line 1 column 1"
    );
    assert_eq!(
        message(&["{}"]),
        "could not read `a.json` as an AWS offer file: missing field `offerCode` at line 1 column 2"
    );
    let cut = CLOUDFRONT.get(..CLOUDFRONT.len() / 2).unwrap();
    assert!(
        message(&[cut])
            .starts_with("could not read `a.json` as an AWS offer file: EOF while parsing")
    );
    check(
        "\"offerCode\": \"AmazonCloudFront\"",
        "\"offerCode\": \"AmazonEC2\"",
        "`a.json` is the offer `AmazonEC2`; cards are made of AmazonCloudFront, or of \
         AWSDataTransfer and AmazonS3",
    );
    assert_eq!(
        message(&[S3, CLOUDFRONT]),
        "`b.json` is the offer `AmazonCloudFront` and `a.json` is `AmazonS3`: a card is for one \
         service, so import them apart"
    );
    assert_eq!(message(&[]), "no offer file was given");
    check(
        "\"version\": \"20261001120000\"",
        "\"version\": \"\\\"\\nkind\"",
        "the version `\" / kind` in `a.json` is not one",
    );
    check(
        "\"publicationDate\": \"2026-10-01T12:00:00Z\"",
        "\"publicationDate\": \"2026-10-32T12:00:00Z\"",
        "the publication date `2026-10-32` in `a.json` is not one",
    );
}

#[test]
fn offers_with_nothing_to_price() {
    let offer = |products: &str| {
        format!(
            r#"{{"offerCode":"AWSDataTransfer","version":"1","publicationDate":"2026-10-01",
            "products":{{{products}}},"terms":{{}}}}"#
        )
    };
    assert_eq!(
        message(&[&offer("")]),
        "`a.json` (AWSDataTransfer) prices nothing that a card can hold"
    );
    let moon = r#""S1":{"attributes":{"transferType":"AWS Outbound","toLocation":"External",
        "fromLocation":"Moon","usagetype":"MOON1-DataTransfer-Out-Bytes"}}"#;
    assert_eq!(
        message(&[&offer(moon)]),
        "`a.json` (AWSDataTransfer) prices nothing that a card can hold; unknown places: `Moon`"
    );
    let earth = moon.replace("Moon", "EU (Paris)").replace("MOON1", "EUW3");
    assert_eq!(
        message(&[&offer(&earth)]),
        "SKU `S1` (`EUW3-DataTransfer-Out-Bytes`) in `a.json` has 0 on-demand prices, not one"
    );
}

#[test]
fn prices_that_are_wrong() {
    check(
        "\"USD\": \"0.0800000000\"",
        "\"CNY\": \"0.0800000000\"",
        "SKU `USEGRESS1` in `a.json` is priced in `CNY`, not in USD",
    );
    check(
        "\"USD\": \"0.0800000000\"",
        "\"USD\": 0.08",
        "could not read the price of SKU `USEGRESS1` in `a.json`, whose lines are counted from there: invalid type: floating point \
         `0.08`, expected a string at line 25 column 19",
    );
    check(
        "\"USD\": \"0.0800000000\"",
        "\"USD\": \"free\"",
        "`pricePerUnit` of SKU `USEGRESS1` in `a.json` is `free`, which is not a number from 0",
    );
    check(
        "\"USD\": \"0.0800000000\"",
        "\"USD\": \"-0.08\"",
        "`pricePerUnit` of SKU `USEGRESS1` in `a.json` is `-0.08`, which is not a number from 0",
    );
    check(
        "\"unit\": \"GB\"",
        "\"unit\": \"TB\"",
        "`unit` of SKU `USEGRESS1` in `a.json` is `GB`, which is not the unit of its other tiers",
    );
    let requests_in_tens =
        CLOUDFRONT.replace("\"unit\": \"Requests\"", "\"unit\": \"10K Requests\"");
    assert_eq!(
        message(&[&requests_in_tens]),
        "`unit` of SKU `EUHTTP1` in `a.json` is `10K Requests`, which is not the unit `Requests`"
    );
    check(
        "\"effectiveDate\": \"2026-10-01T00:00:00Z\"",
        "\"effectiveDate\": \"soon\"",
        "`effectiveDate` of SKU `USEGRESS1` in `a.json` is `soon`, which is not a date",
    );
    assert_eq!(
        message(&[&CLOUDFRONT.replace("0.0850000000", "850.0000000000")]),
        "the offer files `a.json` make no card: price of `egress EU tier 1` in price card `the \
         imported card` is `850`, not from 0 to below 100 USD"
    );
    check(
        "\"USEGRESS1.JRTCKXETXF\": {",
        "\"USEGRESS1.OTHER\": {\"effectiveDate\": \"2026-01-01\", \"priceDimensions\": {}},\n\
         \"USEGRESS1.JRTCKXETXF\": {",
        "SKU `USEGRESS1` (`US-DataTransfer-Out-Bytes`) in `a.json` has 2 on-demand prices, not one",
    );
}

#[test]
fn tiers_that_are_not_whole() {
    let problem = |from: &str, to: &str, problem: &str| {
        check(
            from,
            to,
            &format!("the tiers of SKU `EUEGRESS1` in `a.json` are not whole: {problem}"),
        );
    };
    problem(
        "\"beginRange\": \"51200\"",
        "\"beginRange\": \"51201\"",
        "nothing is priced from 51200 to 51201",
    );
    problem(
        "\"beginRange\": \"51200\"",
        "\"beginRange\": \"40960\"",
        "two are from 40960 to 51200",
    );
    problem(
        "\"endRange\": \"51200\"",
        "\"endRange\": \"Inf\"",
        "two are from 51200 to Inf",
    );
    let eu = |from: &str, to: &str| {
        let (before, after) = CLOUDFRONT.split_once("EUEGRESS1.JRTCKXETXF\": {").unwrap();
        let spoilt = after.replacen(from, to, 1);
        message(&[&format!("{before}EUEGRESS1.JRTCKXETXF\": {{{spoilt}")])
    };
    assert_eq!(
        eu("\"endRange\": \"Inf\"", "\"endRange\": \"99999\""),
        "the tiers of SKU `EUEGRESS1` in `a.json` are not whole: they end at 99999, not at Inf"
    );
    assert_eq!(
        eu("\"endRange\": \"Inf\"", "\"endRange\": \"7\""),
        "the tiers of SKU `EUEGRESS1` in `a.json` are not whole: the one from 51200 is empty"
    );
    assert_eq!(
        eu("\"beginRange\": \"0\"", "\"beginRange\": \"1\""),
        "the tiers of SKU `EUEGRESS1` in `a.json` are not whole: they begin at 1, not at 0"
    );
    assert_eq!(
        message(&[&CLOUDFRONT.replace("\"10240\"", "\"10240.5\"")]),
        "`beginRange` of SKU `EUEGRESS1` in `a.json` is `10240.5`, which is not a whole number"
    );
    check(
        "\"endRange\": \"1024\"",
        "\"endRange\": \"1000\"",
        "SKUs `ANYFREE1` and `GLOBALFREE1` in `a.json` price `free_gb` differently",
    );
}

#[test]
fn products_that_disagree() {
    let twice = CLOUDFRONT
        .replace(
            "\"fromLocation\": \"United States\"",
            "\"fromLocation\": \"Europe\"",
        )
        .replace(
            "\"US-DataTransfer-Out-Bytes\"",
            "\"EU-DataTransfer-Out-Bytes\"",
        );
    assert_eq!(
        message(&[&twice]),
        "SKUs `EUEGRESS1` and `USEGRESS1` in `a.json` price `egress EU` differently"
    );
    let fees = CLOUDFRONT.replace("\"US-Requests-Tier2-HTTPS\"", "\"EU-Requests-Tier2-HTTPS\"");
    let fees = fees.replace(
        "\"location\": \"United States\"",
        "\"location\": \"Europe\"",
    );
    assert_eq!(
        message(&[&fees]),
        "SKUs `EUHTTPS1` and `USHTTPS1` in `a.json` price `requests EU https` differently"
    );
}
