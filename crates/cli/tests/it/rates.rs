//! Price lists: shown, imported, compared.

use std::fs;

use edgeledger_testkit::repo_root;

use crate::run::{run, text};

const OFFERS: &str = "crates/rates/src/tests/offers";

fn csv(args: &[&str]) -> Vec<String> {
    let args = [args, &["--format", "csv"]].concat();
    let stdout = run(&args).expect(0);
    stdout.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn show_has_every_kind_of_price() {
    let rows = csv(&["rates", "show", "--date", "2026-10-31", "--sources"]);
    for expected in [
        "2026-10,cloudfront,egress,JP,,10240,51200,0.089,USD per GB,cloudfront-2024-07,",
        "2026-10,cloudfront,egress,JP,,5242880,,0.06,USD per GB,cloudfront-2024-07,",
        "2026-10,cloudfront,requests,SA,https,,,0.022,\"USD per 10,000\",cloudfront-2024-07,high,\
         2026-03-26,\"CloudHealth price book",
        "2026-10,cloudfront,origin_transfer,IN,,,,0.16,USD per GB,",
        "2026-10,cloudfront,free,global,,,,1024,GB a month,",
        "2026-10,cloudfront,free,global,requests,,,10000000,requests a month,",
        "2026-10,s3,free,global,,,,100,GB a month,",
        "2026-10,cloudfront,invalidation,global,,,,0.005,USD per path,",
        "2026-10,cloudfront,invalidation,global,free,,,1000,path a month,",
        "2026-10,s3,get-standard-ia,us-east-1,,,,0.000001,USD per request,",
        "2026-10,cloudfront-plans,plan,global,pro,,,15,USD a month,",
        "2026-10,cloudfront-plans,plan_egress,global,pro,,,51200,GB a month,",
    ] {
        assert!(
            rows.iter().any(|row| row.starts_with(expected)),
            "{expected}"
        );
    }
    // 10 ladders of 7, 28 of 4, requests, transfer to the origin, allowances, items, plans.
    assert_eq!(rows.len(), 70 + 112 + 20 + 12 + 10 + 3 + (12 + 2 + 5) + 27);
}

#[test]
fn show_can_be_narrowed_to_a_region_under_three_names() {
    let rows = csv(&["rates", "show", "--date", "2026-10", "--region", "EU"]);
    assert_eq!(rows.len(), 7 + 2 + 1);
    assert!(rows.iter().all(|row| row.contains(",EU,")));
    for args in [
        &["rates", "show", "--month", "2026-10", "--of", "EU"][..],
        &["--region", "EU", "rates", "show", "--date", "2026-10"],
    ] {
        assert_eq!(csv(args), rows);
    }
    // Not us-west-2-lax-1, a local zone.
    let west = csv(&[
        "rates",
        "show",
        "--date",
        "2026-10",
        "--region",
        "us-west-2",
    ]);
    assert_eq!(west.len(), 4 + 1);
    let ran = run(&["rates", "show", "--region", "us-east-11"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.stderr,
        "error: no prices for region `us-east-11`\n  hint: did you mean `us-east-1`?\n"
    );
}

#[test]
fn show_draws_tables() {
    let args = [
        "rates",
        "show",
        "--date",
        "2026-10",
        "--region",
        "eu-west-3",
    ];
    assert_eq!(
        run(&args).expect(0),
        "\
S3 to the internet, 2026-10: egress in USD per GB (2^30 bytes)
┌───────────┬─────────┬────────┬────────────┬────────────┬────────────┬────────────┐
│ region    ┆ from GB ┆  to GB ┆ USD per GB ┆ card       ┆ confidence ┆ seen       │
╞═══════════╪═════════╪════════╪════════════╪════════════╪════════════╪════════════╡
│ eu-west-3 ┆       0 ┆  10240 ┆       0.09 ┆ s3-2021-12 ┆ medium     ┆ 2024-09-25 │
│ eu-west-3 ┆   10240 ┆  51200 ┆      0.085 ┆ s3-2021-12 ┆ medium     ┆ 2024-09-25 │
│ eu-west-3 ┆   51200 ┆ 153600 ┆       0.07 ┆ s3-2021-12 ┆ medium     ┆ 2024-09-25 │
│ eu-west-3 ┆  153600 ┆      ∞ ┆       0.05 ┆ s3-2021-12 ┆ medium     ┆ 2024-09-25 │
└───────────┴─────────┴────────┴────────────┴────────────┴────────────┴────────────┘
S3 to the internet, 2026-10: requests in USD per 10,000
┌───────────┬──────────┬────────────────┬────────────┬────────────┬────────────┐
│ region    ┆ protocol ┆ USD per 10,000 ┆ card       ┆ confidence ┆ seen       │
╞═══════════╪══════════╪════════════════╪════════════╪════════════╪════════════╡
│ eu-west-3 ┆ any      ┆         0.0042 ┆ s3-2021-12 ┆ medium     ┆ about 2021 │
└───────────┴──────────┴────────────────┴────────────┴────────────┴────────────┘
"
    );
    let all = run(&["rates", "show", "--date", "2026-10", "--sources"]).expect(0);
    let plan = all.lines().find(|line| line.starts_with("│ pro ")).unwrap();
    let cells: Vec<&str> = plan.split(['│', '┆']).map(str::trim).collect();
    assert_eq!(
        cells[1..8],
        [
            "pro",
            "15",
            "10000000",
            "51200",
            "cloudfront-plans-2025-11",
            "high",
            "2026-10-01"
        ]
    );
    assert_eq!(cells[8], "AWS page of CloudFront pricing");
}

#[test]
fn a_month_without_prices_is_answered_with_the_months_there_are() {
    for args in [
        &["rates", "show", "--date", "2019-12"][..],
        &["rates", "diff", "2026-10", "2019-12"],
    ] {
        let ran = run(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert_eq!(
            ran.stderr,
            "error: no price card for CloudFront in `2019-12`; months covered: `2024-07` onwards; no \
             price card for S3 in `2019-12`; months covered: `2020-01` onwards\n"
        );
    }
    // One of the two is shown, and the other said.
    let ran = run(&["rates", "show", "--date", "2022-01", "--format", "csv"]);
    assert_eq!(
        ran.stderr,
        "no price card for CloudFront in `2022-01`; months covered: `2024-07` onwards\n"
    );
    assert!(
        ran.expect(0)
            .lines()
            .skip(1)
            .all(|row| row.contains(",s3,"))
    );
}

#[test]
fn an_imported_card_is_shown_and_compared() {
    let dir = tempfile::tempdir().unwrap();
    let card = text(&dir.path().join("card.toml"));
    let offer = format!("{OFFERS}/AmazonCloudFront.json");
    let ran = run(&[
        "rates", "import", &offer, "--from", "2026-11", "--out", &card,
    ]);
    for note in [
        "MA-DataTransfer-Out-Bytes in the unknown place `Mars`\n",
        "KeyValueStore-Reads (1)",
        "proxied https requests of US cost 0.0000011 USD",
    ] {
        assert!(ran.stderr.contains(note), "{note}: {}", ran.stderr);
    }
    assert_eq!(ran.expect(0), "");
    let to_stdout = run(&["rates", "import", &offer, "--from", "2026-11", "--quiet"]);
    assert_eq!(to_stdout.stderr, "");
    assert_eq!(to_stdout.expect(0), fs::read_to_string(&card).unwrap());

    // The card has three tiers of Europe's seven, and one other price.
    let changes = csv(&["rates", "diff", "2026-10", &card]);
    let europe: Vec<&str> = changes
        .iter()
        .filter(|row| row.contains(",EU,"))
        .map(String::as_str)
        .collect();
    assert_eq!(
        europe,
        [
            "removed,cloudfront,egress,EU,,153600,0.04,,,USD per GB,cloudfront-2024-07",
            "removed,cloudfront,egress,EU,,512000,0.03,,,USD per GB,cloudfront-2024-07",
            "removed,cloudfront,egress,EU,,1048576,0.025,,,USD per GB,cloudfront-2024-07",
            "removed,cloudfront,egress,EU,,5242880,0.02,,,USD per GB,cloudfront-2024-07",
        ]
    );
    assert_eq!(
        changes.last().unwrap(),
        "changed,cloudfront,field-level-encryption,global,,,0.000002,0.0000021,+5,USD per \
         request,cloudfront-20261001120000"
    );
    assert_eq!(changes.len(), 4 + 5 + 1);

    let settings = text(&dir.path().join("edgeledger.toml"));
    fs::write(&settings, "rates = [\"card.toml\"]").unwrap();
    let by_months = csv(&["rates", "diff", "2026-10", "2026-11", "--config", &settings]);
    assert_eq!(by_months, changes);
}

#[test]
fn diff_says_when_nothing_changed() {
    let ran = run(&["rates", "diff", "2026-09", "2026-10"]);
    assert_eq!(ran.expect(0), "no price changed from 2026-09 to 2026-10\n");
    assert!(csv(&["rates", "diff", "2026-09", "2026-10"]).is_empty());
}

#[test]
fn diff_of_cards_lists_what_is_on_one_side_only() {
    let cards = repo_root().join("crates/rates/cards");
    let card = |name: &str| text(&cards.join(name));
    let changes = csv(&[
        "rates",
        "diff",
        &card("s3-2021-12.toml"),
        &card("s3-2020-01.toml"),
    ]);
    let of_us: Vec<&str> = changes
        .iter()
        .filter(|row| row.contains(",us-east-1,") || row.contains(",global,"))
        .map(String::as_str)
        .collect();
    assert_eq!(
        of_us,
        [
            "changed,s3,free,global,,,100,1,-99,GB a month,s3-2020-01",
            "removed,s3,get-glacier-ir,us-east-1,,,0.00001,,,USD per request,s3-2021-12",
            "removed,s3,get-standard-ia,us-east-1,,,0.000001,,,USD per request,s3-2021-12",
            "removed,s3,retrieval-glacier-ir,us-east-1,,,0.03,,,USD per GB,s3-2021-12",
            "removed,s3,retrieval-standard-ia,us-east-1,,,0.01,,,USD per GB,s3-2021-12",
        ]
    );
    let back = csv(&[
        "rates",
        "diff",
        &card("s3-2020-01.toml"),
        &card("s3-2021-12.toml"),
    ]);
    assert_eq!(back.len(), changes.len());
    assert!(back.iter().all(|row| !row.starts_with("removed,")));
}

#[test]
fn what_cannot_be_imported_or_compared_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("card.toml");
    let cut = dir.path().join("cut.json");
    let offer = fs::read_to_string(repo_root().join(OFFERS).join("AmazonS3.json")).unwrap();
    fs::write(&cut, offer.get(..999).unwrap()).unwrap();
    let ran = run(&["rates", "import", &text(&cut), "--out", &text(&out)]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains(&format!(
            "could not read `{}` as an AWS offer file: EOF while parsing",
            text(&cut)
        )),
        "{}",
        ran.stderr
    );
    assert!(!out.exists(), "a card that is none was written");
    let ran = run(&["rates", "import", "no/such.json"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("cannot read `no/such.json`"),
        "{}",
        ran.stderr
    );
    let ran = run(&["rates", "diff", "2026-10", "2026-13"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .starts_with("error: `2026-13` is neither a month (YYYY-MM) nor a price card"),
        "{}",
        ran.stderr
    );
    let edges = "crates/rates/cards/edge-locations.toml";
    let ran = run(&["rates", "diff", "2026-10", edges]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.stderr,
        format!("error: `{edges}` has no prices that could be compared\n")
    );
}
