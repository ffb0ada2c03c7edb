//! Every way a card can be wrong, by the words the user reads.

use super::*;

/// A good card that the tests spoil in one place.
const CLOUDFRONT: &str = r#"kind = "prices"
service = "cloudfront"
name = "good"
valid_from = "2024-07"
valid_until = "2025-01"
source = "somewhere"
[[egress]]
regions = ["EU"]
tiers = [[0, "0.085"], [10240, "0.080"]]
source = "a page"
seen = "2024-07-01"
confidence = "high"
[[requests]]
regions = ["EU"]
per = 10000
http = "0.0090"
source = "a page"
seen = "2024-07-01"
confidence = "high"
[[origin_transfer]]
regions = ["US"]
usd_per_gb = "0.020"
source = "a page"
seen = "2024-07-01"
confidence = "high"
[free]
free_gb = 1024
free_requests = 10000000
source = "a page"
seen = "2024-07-01"
confidence = "high"
[[other]]
item = "function"
region = "global"
unit = "invocation"
per = 1000000
usd = "0.10"
source = "a page"
seen = "2024-07-01"
confidence = "high"
"#;

const EDGES: &str = r#"kind = "edge-locations"
[[group]]
region = "EU"
source = "a list"
locations = [{ code = "FRA", city = "Frankfurt", country = "Germany" }]
"#;

const CLASSES: &str = r#"kind = "price-classes"
[[class]]
class = "100"
inside = ["US", "EU"]
outside = "US"
unknown = "EU"
"#;

/// The message for `card` with `from` replaced by `to`.
pub(super) fn check_in(card: &str, from: &str, to: &str, expected: &str) {
    assert!(card.contains(from), "nothing to spoil: {from}");
    PriceBook::from_cards(&[("good.toml", card)]).unwrap();
    let spoilt = card.replacen(from, to, 1);
    let error = PriceBook::from_cards(&[("c.toml", &spoilt)]).unwrap_err();
    assert_eq!(whole_message(&error), expected);
}

fn check(from: &str, to: &str, expected: &str) {
    check_in(CLOUDFRONT, from, to, expected);
}

#[test]
fn texts_that_are_no_card() {
    check(
        "seen =",
        "sean =",
        "could not read price card `c.toml`: TOML parse error at line 11, column 1 /    | / \
         11 | sean = \"2024-07-01\" /    | ^^^^ / unknown field `sean`, expected one of `regions`, \
         `tiers`, `source`, `seen`, `confidence`",
    );
    check(
        r#""0.085""#,
        "0.085",
        "could not read price card `c.toml`: TOML parse error at line 9, column 14 /   | / \
         9 | tiers = [[0, 0.085], [10240, \"0.080\"]] /   |              ^^^^^ / \
         invalid type: floating point `0.085`, expected a price in quotes, such as \"0.085\"",
    );
    let message = |text: &str| {
        let error = PriceBook::from_cards(&[("c.toml", text)]).unwrap_err();
        let message = whole_message(&error);
        message
            .rsplit_once(" / ")
            .map_or(message.clone(), |(_, reason)| reason.to_owned())
    };
    assert_eq!(message(""), "missing field `kind`");
    assert_eq!(
        message("kind = \"cards\""),
        "unknown variant `cards`, expected one of `prices`, `list-prices`, `edge-locations`, `price-classes`"
    );
    assert_eq!(
        message(&CLOUDFRONT.replace("\"high\"", "\"sure\"")),
        "unknown variant `sure`, expected one of `low`, `medium`, `high`"
    );
    assert_eq!(
        message(&CLOUDFRONT.replace("\"cloudfront\"", "\"ec2\"")),
        "unknown variant `ec2`, expected one of `cloudfront`, `cloudfront-plans`, `s3`"
    );
    assert_eq!(
        message("kind = \"edge-locations\""),
        "price card `c.toml` holds no prices"
    );
}

#[test]
fn validity() {
    check(
        r#"valid_from = "2024-07""#,
        r#"valid_from = "2024-7""#,
        "`valid_from` in price card `c.toml` is `2024-7`, which is not a month: \
         `2024-7` is not a month from `0001-01` to `9999-12` written `YYYY-MM`",
    );
    check(
        "2025-01",
        "2024-07",
        "price card `c.toml` holds for no month: `valid_until` `2024-07` is not after \
         `valid_from` `2024-07`",
    );
}

#[test]
fn prices() {
    check(
        "0.080",
        "0,080",
        "price of `egress EU tier 2` in price card `c.toml` is `0,080`, which is not a decimal \
         number: Invalid decimal: unknown character",
    );
    check(
        "0.0090",
        "-0.0090",
        "price of `requests EU http` in price card `c.toml` is `-0.0090`, not from 0 to below \
         100 USD",
    );
    check(
        "0.020",
        "100",
        "price of `origin_transfer US` in price card `c.toml` is `100`, not from 0 to below 100 USD",
    );
    check(
        "per = 10000\n",
        "per = 30000\nhttps = \"0.01\"\n",
        "price of `requests EU https` in price card `c.toml` is `0.01` per 30000, not exact for one",
    );
    check(
        "per = 1000000",
        "per = 0",
        "`per of other function global` in price card `c.toml` is `0`, not from 1 to 1000000000000",
    );
    check(
        "free_gb = 1024",
        "free_gb = -1",
        "`free_gb of free` in price card `c.toml` is `-1`, not from 0 to 8589934591",
    );
}

#[test]
fn ladders() {
    let tiers = r#"[[0, "0.085"], [10240, "0.080"]]"#;
    check(
        tiers,
        "[]",
        "`egress EU` in price card `c.toml` has 0 tiers, not 1 to 100",
    );
    check(
        "[0,",
        "[1,",
        "`egress EU` in price card `c.toml` starts at `1` GB, not at 0",
    );
    check(
        tiers,
        r#"[[0, "0.085"], [10240, "0.080"], [10240, "0.060"]]"#,
        "`egress EU tier 3` in price card `c.toml` starts at `10240` GB, not above the `10240` GB \
         of the tier before",
    );
    check(
        "[10240,",
        "[8589934592,",
        "`egress EU tier 2` in price card `c.toml` is `8589934592`, not from 0 to 8589934591",
    );
}

#[test]
fn regions() {
    check(
        r#"["EU"]"#,
        r#"["EU", "UK"]"#,
        "`regions of egress` in price card `c.toml` names unknown region `UK`; \
         known are US CA EU AP JP AU IN SA ME ZA",
    );
    check(
        r#"["EU"]"#,
        r#"["EU", "US", "EU"]"#,
        "`EU in regions of egress` appears twice in price card `c.toml`",
    );
    check(
        r#"["US"]"#,
        "[]",
        "`regions of origin_transfer` in price card `c.toml` is empty",
    );
    let group = "[[origin_transfer]]\nregions = [\"US\"]\nusd_per_gb = \"0.020\"\n\
                 source = \"a page\"\nseen = \"2024-07-01\"\nconfidence = \"high\"\n";
    check(
        group,
        &format!("{group}{group}"),
        "`origin_transfer US` appears twice in price card `c.toml`",
    );
    let other = "region = \"global\"";
    let error = PriceBook::from_cards(&[("c.toml", &CLOUDFRONT.replace(other, "region = \"us\""))]);
    let message = error.unwrap_err().to_string();
    assert!(
        message.starts_with(
            "`other function us` in price card `c.toml` names unknown region `us`; known are global US"
        ),
        "{message}"
    );
}

#[test]
fn texts_that_must_say_something() {
    check(
        "\"good\"",
        "\" \"",
        "`name` in price card `c.toml` is empty",
    );
    check(
        "\"somewhere\"",
        "\"\"",
        "`source` in price card `c.toml` is empty",
    );
    check(
        "\"a page\"",
        "\"\"",
        "`source of egress` in price card `c.toml` is empty",
    );
    check(
        "\"2024-07-01\"",
        "\"\"",
        "`seen of egress` in price card `c.toml` is empty",
    );
    check(
        "http = \"0.0090\"\n",
        "",
        "`requests` in price card `c.toml` is empty",
    );
}

#[test]
fn prices_that_the_service_does_not_have() {
    check(
        "http =",
        "any =",
        "`requests EU any` in price card `c.toml` is not a price for CloudFront",
    );
    check(
        "free_requests = 10000000\n",
        "",
        "`free_requests of free` in price card `c.toml` is missing for CloudFront",
    );
    let s3 = CLOUDFRONT
        .replace("cloudfront", "s3")
        .replace("\"EU\"", "\"eu-west-1\"");
    let message = |text: &str| {
        PriceBook::from_cards(&[("c.toml", text)])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message(&s3),
        "`requests eu-west-1 http` in price card `c.toml` is not a price for S3"
    );
    let s3 = s3.replace("http =", "any =");
    assert_eq!(
        message(&s3),
        "`origin_transfer` in price card `c.toml` is not a price for S3"
    );
    let (before, rest) = s3.split_once("[[origin_transfer]]").unwrap();
    let (_, after) = rest.split_once("[free]").unwrap();
    let s3 = format!("{before}[free]{after}");
    assert_eq!(
        message(&s3),
        "`free_requests of free` in price card `c.toml` is not a price for S3"
    );
    let s3 = s3.replace("free_requests = 10000000\n", "");
    PriceBook::from_cards(&[("c.toml", &s3)]).unwrap();
}

#[test]
fn edge_locations() {
    check_in(
        EDGES,
        "FRA",
        "Fra",
        "edge code `Fra` in price card `c.toml` is not three capital letters",
    );
    check_in(
        EDGES,
        "FRA",
        "FRA5",
        "edge code `FRA5` in price card `c.toml` is not three capital letters",
    );
    check_in(
        EDGES,
        "\"EU\"",
        "\"UK\"",
        "`region of group` in price card `c.toml` names unknown region `UK`; \
         known are US CA EU AP JP AU IN SA ME ZA CN",
    );
    let fra = "{ code = \"FRA\", city = \"Frankfurt\", country = \"Germany\" }";
    check_in(
        EDGES,
        fra,
        &format!("{fra}, {fra}"),
        "`edge location FRA` appears twice in price card `c.toml`",
    );
    check_in(
        EDGES,
        "Frankfurt",
        "",
        "`city of FRA` in price card `c.toml` is empty",
    );
}

#[test]
fn price_classes() {
    check_in(
        CLASSES,
        "\"100\"",
        "\"300\"",
        "price class `300` in price card `c.toml` is not one of `100`, `200`, `All`",
    );
    check_in(
        CLASSES,
        "unknown = \"EU\"",
        "unknown = \"AP\"",
        "`unknown of price class 100` in price card `c.toml` is `AP`, which is not inside the class",
    );
    let class = CLASSES.split_once('\n').unwrap().1;
    check_in(
        CLASSES,
        class,
        &format!("{class}{class}"),
        "`price class 100` appears twice in price card `c.toml`",
    );
}

#[test]
fn cards_that_do_not_go_together() {
    let message = |cards: &[(&str, &str)]| PriceBook::from_cards(cards).unwrap_err().to_string();
    let other = CLOUDFRONT.replace("\"good\"", "\"other\"");
    assert_eq!(
        message(&[
            ("a.toml", CLOUDFRONT),
            ("b.toml", &other.replace("2024-07\"", "2024-12\""))
        ]),
        "price cards `a.toml` and `b.toml` both price CloudFront in `2024-12`"
    );
    let later = other
        .replace("2025-01", "2026-01")
        .replace("2024-07\"", "2025-01\"");
    PriceBook::from_cards(&[("a.toml", CLOUDFRONT), ("b.toml", &later)]).unwrap();
    assert_eq!(
        message(&[
            ("a.toml", CLOUDFRONT),
            ("b.toml", &later.replace("\"other\"", "\"good\""))
        ]),
        "price cards `a.toml` and `b.toml` are both named `good`"
    );
    assert_eq!(
        message(&[("a.toml", EDGES), ("b.toml", EDGES)]),
        "`edge location FRA` appears twice in price card `b.toml`"
    );
    assert_eq!(
        message(&[("a.toml", CLASSES), ("b.toml", CLASSES)]),
        "`price class 100` appears twice in price card `b.toml`"
    );
}
