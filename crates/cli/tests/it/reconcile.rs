//! Bills beside the sample month's logs: `reconcile`, and `sql --bill`.

use std::{fs, path::PathBuf, sync::OnceLock};

use edgeledger_rates::Decimal;
use edgeledger_testkit::Truth;

use crate::{
    bills::{Billed, cur, focus, sample_bill, scaled, settings, small_bill, small_logs, usage},
    run::{Ran, run, sample_lake, text},
};

/// All regions billed as they are, nothing free.
const PAID: &str = "cloudfront_free_tier = false";

struct Bill {
    dir: tempfile::TempDir,
    costs: String,
    more: String,
}

impl Bill {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            costs: PAID.to_owned(),
            more: String::new(),
        }
    }

    fn costs(mut self, costs: &str) -> Self {
        costs.clone_into(&mut self.costs);
        self
    }

    fn more(mut self, more: &str) -> Self {
        more.clone_into(&mut self.more);
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn reconcile_files(&self, files: &[&str], args: &[&str]) -> Ran {
        let config = self.path("edgeledger.toml");
        fs::write(&config, settings(&self.costs, &self.more)).unwrap();
        let files: Vec<String> = files.iter().map(|name| text(&self.path(name))).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let config = text(&config);
        let fixed = ["--logs", logs(), "--config", &config];
        run(&[&["reconcile"], files.as_slice(), args, &fixed].concat())
    }

    fn reconcile_text(&self, bill: &str, args: &[&str]) -> Ran {
        fs::write(self.path("bill.csv"), bill).unwrap();
        self.reconcile_files(&["bill.csv"], args)
    }

    fn reconcile(&self, bill: &[Billed], args: &[&str]) -> Ran {
        self.reconcile_text(&cur(bill).csv(), args)
    }
}

/// Logs of the small month.
fn logs() -> &'static str {
    static LOGS: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = LOGS.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        small_logs(dir.path());
        let path = text(dir.path());
        (dir, path)
    });
    path
}

/// Findings of the text without its line breaks.
fn findings(stdout: &str) -> String {
    let (_, findings) = stdout.split_once("\nFindings\n").unwrap_or(("", ""));
    findings
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ")
}

#[track_caller]
fn holds(stdout: &str, wanted: &str) {
    let found = findings(stdout);
    assert!(found.contains(wanted), "no `{wanted}` in: {stdout}");
}

/// The sample month's bill, made from the generator's counts, agrees with its logs.
#[test]
fn a_right_bill_of_the_sample_agrees() {
    let world = Bill::new();
    let file = world.path("cur.csv");
    fs::write(&file, cur(&sample_bill()).csv()).unwrap();
    let config = world.path("edgeledger.toml");
    fs::write(&config, settings(PAID, "")).unwrap();
    let (file, config) = (text(&file), text(&config));
    let reconcile = |format: &str| {
        let data = ["--lake", sample_lake(), "--config", &config];
        run(&[["reconcile", &file, "--format", format].as_slice(), &data].concat()).expect(0)
    };
    let table = reconcile("table");
    assert!(table.contains("within 1.00% of the bill"), "{table}");
    assert!(!table.contains("Findings"), "{table}");
    for name in ["releases", "crates", "index", "www", "docs"] {
        assert!(table.contains(&format!("\n  {name}  ")), "{name}: {table}");
    }
    // Functions and Lambda@Edge answered some requests, which the bill made here leaves out.
    let compared = reconcile("csv");
    for line in compared.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let is_alike = cells[1] == "both" && cells[6] == "1.000000";
        let is_other = ["invocation", "request"].contains(&cells[2]);
        assert!(is_alike || is_other, "{line}");
    }
    let truth = Truth::load().unwrap();
    let bytes = truth.month_total.by_billing_region["US"].response_bytes;
    let gb = (Decimal::from(bytes) / Decimal::from(1_u64 << 30)).round_dp(8);
    let mut us = compared
        .lines()
        .filter(|line| line.starts_with("US-DataTransfer-Out-Bytes,"));
    let cells: Vec<&str> = us.next().unwrap().split(',').collect();
    for at in [3, 4] {
        assert_eq!(
            cells[at].parse::<Decimal>().unwrap().round_dp(8),
            gb,
            "{cells:?}"
        );
    }
}

#[test]
fn every_kind_of_export_says_the_same() {
    let bill = small_bill();
    let world = Bill::new();
    let path = |name: &str| world.path(name);
    fs::write(path("cur.csv"), cur(&bill).csv()).unwrap();
    cur(&bill).write_parts(&path("parts"));
    cur(&bill).write_parquet(&path("cur.parquet"));
    fs::write(path("old.csv"), cur(&bill).with_slashes().csv()).unwrap();
    fs::write(path("focus10.csv"), focus(&bill, "x_UsageType").csv()).unwrap();
    let marked = "\u{feff}".to_owned() + &focus(&bill, "SkuMeter").csv();
    fs::write(path("focus12.csv"), marked).unwrap();
    focus(&bill, "SkuMeter").write_parquet(&path("focus.parquet"));
    let first = world
        .reconcile_files(&["cur.csv"], &["--format", "csv"])
        .expect(0);
    assert_eq!(
        first.lines().filter(|line| line.contains(",both,")).count(),
        11,
        "{first}"
    );
    for other in [
        "parts",
        "cur.parquet",
        "old.csv",
        "focus10.csv",
        "focus12.csv",
        "focus.parquet",
    ] {
        let ran = world.reconcile_files(&[other], &["2026-10", "--format", "csv"]);
        assert_eq!(ran.expect(0), first, "{other}");
    }
}

/// A difference of exactly the tolerance is within it; a cent is never a difference.
#[test]
fn the_tolerance_is_a_share_of_the_bill() {
    let is_us = |line: &Billed| line.usage_type == "US-DataTransfer-Out-Bytes";
    let twice = scaled(small_bill(), "2", "2", is_us);
    let world = Bill::new();
    world
        .reconcile(&twice, &["--tolerance", "0.5001"])
        .expect(0);
    let off = world
        .reconcile(&twice, &["--tolerance", "0.4999"])
        .expect(3);
    assert!(
        off.replace('\n', " ")
            .contains("off the bill, in 1 usage type."),
        "{off}"
    );
    // As its cost, so its quantity, alone.
    let quantity = scaled(small_bill(), "1.02", "1", is_us);
    world.reconcile(&quantity, &[]).expect(3);
    world
        .reconcile(&quantity, &["--tolerance", "0.02"])
        .expect(0);
    let cost = scaled(small_bill(), "1", "1.02", is_us);
    world.reconcile(&cost, &[]).expect(3);
    world.reconcile(&cost, &["--tolerance", "0.02"]).expect(0);
    // Billed types that cost no cent are shown, and not judged.
    let small = scaled(small_bill(), "5", "1", |line| {
        line.usage_type == "US-Requests-Tier1"
    });
    world.reconcile(&small, &[]).expect(0);
    for wrong in ["1.5", "-0.1", "x"] {
        world
            .reconcile(&small, &[&format!("--tolerance={wrong}")])
            .expect(2);
    }
}

#[test]
fn logs_that_are_short_by_one_share_are_incomplete() {
    let more = scaled(small_bill(), "1.0526315789", "1.0526315789", |_| true);
    let table = Bill::new().reconcile(&more, &[]).expect(3);
    holds(
        &table,
        "All usage types of traffic are short by about the same",
    );
    holds(
        &table,
        "the logs hold 95.0% of the bytes and 95.0% of the requests on the bill",
    );
    holds(&table, "about 5.0% of the logs are missing");
    holds(&table, "`edgeledger lake status --gaps --month 2026-10`");
    // The prices are right, and nothing is said of them.
    assert!(!findings(&table).contains("discount"), "{table}");
    let less = scaled(small_bill(), "0.9", "0.9", |_| true);
    let table = Bill::new().reconcile(&less, &[]).expect(3);
    holds(&table, "The logs hold more than the bill");
}

#[test]
fn one_distribution_that_differs_is_named() {
    let more = scaled(small_bill(), "2", "2", |line| {
        line.distribution.as_deref() == Some("E2EXAMPLE1RLS")
    });
    let table = Bill::new().reconcile(&more, &[]).expect(3);
    holds(&table, "Only some distributions differ");
    holds(
        &table,
        "releases (E2EXAMPLE1RLS) 50.0% of the bytes, 50.0% of the requests",
    );
    let mut unlogged = small_bill();
    unlogged.push(Billed {
        distribution: Some("E9UNLOGGED".to_owned()),
        ..usage("US-DataTransfer-Out-Bytes", "GB", "100", "8.5")
    });
    let table = Bill::new().reconcile(&unlogged, &[]).expect(3);
    holds(
        &table,
        "Distribution E9UNLOGGED is on the bill (100 GB, 0 requests, $8.50)",
    );
    let rest: Vec<Billed> = small_bill()
        .into_iter()
        .filter(|line| line.distribution.as_deref() != Some("E2EXAMPLE1RLS"))
        .collect();
    let table = Bill::new().reconcile(&rest, &[]).expect(3);
    holds(
        &table,
        "Distribution releases (E2EXAMPLE1RLS) is in the logs",
    );
}

/// All of the releases' egress is billed in the regions of price class 100.
#[test]
fn egress_in_other_regions_is_a_price_class() {
    let mut bill = small_bill();
    for line in &mut bill {
        let is_egress = line.usage_type.ends_with("-DataTransfer-Out-Bytes");
        let is_outside = !["US-", "CA-", "EU-"]
            .iter()
            .any(|region| line.usage_type.starts_with(region));
        if line.distribution.as_deref() == Some("E2EXAMPLE1RLS") && is_egress && is_outside {
            "US-DataTransfer-Out-Bytes".clone_into(&mut line.usage_type);
        }
    }
    let table = Bill::new().reconcile(&bill, &[]).expect(3);
    holds(
        &table,
        "releases (E2EXAMPLE1RLS): the same egress is billed in other regions: the bill has more in US",
    );
    holds(&table, "Its price class is 100, not All.");
    holds(&table, "id = \"E2EXAMPLE1RLS\" price_class = \"100\"");
    for line in &mut bill {
        line.distribution = None;
    }
    let table = Bill::new().reconcile(&bill, &[]).expect(3);
    holds(&table, "the same egress is billed in other regions");
    assert!(!table.contains("bill GB"), "{table}");
}

#[test]
fn a_price_that_is_lower_throughout_is_a_discount() {
    let bill = scaled(small_bill(), "1", "0.88", |_| true);
    let table = Bill::new().reconcile(&bill, &[]).expect(3);
    holds(
        &table,
        "The bill is 12.0% below the prices in force, alike over",
    );
    holds(&table, "[costs] cloudfront_discount = \"0.12\"");
    // What is suggested makes it agree.
    let world = Bill::new().costs(&format!("{PAID}\ncloudfront_discount = \"0.12\""));
    let table = world.reconcile(&bill, &[]).expect(0);
    assert!(!table.contains("Findings"), "{table}");
    // From a wrong discount to the right one.
    let world = Bill::new().costs(&format!("{PAID}\ncloudfront_discount = \"0.2\""));
    let table = world.reconcile(&bill, &[]).expect(3);
    holds(&table, "The bill is 10.0% above the prices in force");
    holds(&table, "cloudfront_discount = \"0.12\"");
    let dearer = scaled(small_bill(), "1", "1.1", |_| true);
    let table = Bill::new().reconcile(&dearer, &[]).expect(3);
    holds(&table, "The bill is 10.0% dearer than the price cards");
    // Also where logs are short.
    let short = scaled(small_bill(), "1.1", "0.968", |_| true);
    let table = Bill::new().reconcile(&short, &[]).expect(3);
    holds(&table, "about 9.1% of the logs are missing");
    holds(&table, "cloudfront_discount = \"0.12\"");
    // A discount as lines of its own.
    let mut lines = small_bill();
    let off: Vec<Billed> = lines
        .iter()
        .map(|line| Billed {
            quantity: Decimal::ZERO,
            usd: line.usd * "-0.12".parse::<Decimal>().unwrap(),
            line_type: "EdpDiscount",
            ..line.clone()
        })
        .collect();
    lines.extend(off);
    let table = Bill::new().reconcile(&lines, &[]).expect(3);
    holds(&table, "cloudfront_discount = \"0.12\"");
}

#[test]
fn prices_that_differ_by_usage_type_are_private_rates() {
    let bill = scaled(small_bill(), "1", "0.5", |line| {
        line.usage_type == "US-DataTransfer-Out-Bytes"
    });
    let table = Bill::new().reconcile(&bill, &[]).expect(3);
    holds(
        &table,
        "Prices differ by usage type (50.0% to 100.0% of ours)",
    );
    holds(
        &table,
        "US-DataTransfer-Out-Bytes costs $0.0425 a unit on the bill and $0.085 by the cards",
    );
}

#[test]
fn a_free_tier_on_one_side_alone_is_found() {
    // The bill charges everything, the settings take the free tier off.
    let table = Bill::new()
        .costs("")
        .reconcile(&small_bill(), &[])
        .expect(3);
    holds(
        &table,
        "The bill charges all usage, and ours takes the free tier off",
    );
    holds(&table, "[costs] cloudfront_free_tier = false");
    // Nothing of it is a discount.
    assert!(!findings(&table).contains("cloudfront_discount"), "{table}");
    // Japan's bytes were free, the settings say not.
    let free = scaled(small_bill(), "1", "0", |line| {
        line.usage_type == "JP-DataTransfer-Out-Bytes"
    });
    let table = Bill::new().reconcile(&free, &[]).expect(3);
    holds(
        &table,
        "The bill has usage free of charge (119.954 GB, 0 requests)",
    );
    holds(&table, "[costs] cloudfront_free_tier = true");
}

/// A bill with usage types of its own for what is free.
#[test]
fn free_usage_under_global_usage_types_compares() {
    let bytes = |line: &Billed| line.usage_type.ends_with("-DataTransfer-Out-Bytes");
    let all: Decimal = small_bill()
        .iter()
        .filter(|line| bytes(line))
        .map(|line| line.quantity)
        .sum();
    // Pro rata, as ours: 1,024 GB of all.
    let share = Decimal::from(1024) / all;
    let mut bill = Vec::new();
    for line in small_bill() {
        let (global, part) = match line.unit {
            _ if bytes(&line) => ("Global-DataTransfer-Out-Bytes", share),
            "Requests" => ("Global-Requests-Tier1", Decimal::ONE),
            _ => {
                bill.push(line);
                continue;
            }
        };
        bill.push(Billed {
            usage_type: global.to_owned(),
            quantity: line.quantity * part,
            usd: Decimal::ZERO,
            ..line.clone()
        });
        if part < Decimal::ONE {
            bill.push(Billed {
                quantity: line.quantity * (Decimal::ONE - part),
                usd: line.usd * (Decimal::ONE - part),
                ..line
            });
        }
    }
    let table = Bill::new()
        .costs("")
        .reconcile(&bill, &["--tolerance", "0.0001"])
        .expect(0);
    assert!(table.contains("Global-DataTransfer-Out-Bytes"), "{table}");
    assert!(!table.contains("only"), "{table}");
    let table = Bill::new().reconcile(&bill, &[]).expect(3);
    holds(&table, "cloudfront_free_tier = true");
}

#[test]
fn what_logs_cannot_show_comes_ready_to_paste() {
    let mut bill = small_bill();
    bill.push(usage("Invalidations", "URLs", "3500", "12.5"));
    bill.push(usage(
        "APN2-Requests-OriginShield",
        "Requests",
        "1000000",
        "0.9",
    ));
    bill.push(usage(
        "US-Lambda-Edge-Request",
        "Requests",
        "400000",
        "0.24",
    ));
    bill.push(usage(
        "EU-Lambda-Edge-Request",
        "Requests",
        "600000",
        "0.36",
    ));
    bill.push(usage("KeyValueStore-EdgeReads", "Reads", "100", "0.03"));
    let table = Bill::new().reconcile(&bill, &[]).expect(3);
    holds(
        &table,
        "[[extra_usage]] item = \"invalidation\" month = \"2026-10\" quantity = 3500",
    );
    holds(
        &table,
        "item = \"origin-shield\" region = \"ap-northeast-2\" month = \"2026-10\" quantity = 1000000",
    );
    holds(
        &table,
        "item = \"lambda-edge-request\" month = \"2026-10\" quantity = 1000000",
    );
    holds(
        &table,
        "KeyValueStore-EdgeReads ($0.03) is on the bill; logs do not show it",
    );
    assert!(table.contains("only on the bill"), "{table}");
    // Pasted as printed, they are found.
    let pasted: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("      "))
        .collect();
    bill.pop();
    Bill::new()
        .more(&pasted.join("\n"))
        .reconcile(&bill, &[])
        .expect(0);
}

#[test]
fn what_is_no_usage_is_said_and_left_out() {
    let mut bill = small_bill();
    for (line_type, usd) in [
        ("Tax", "10"),
        ("Credit", "-50"),
        ("SavingsPlanNegation", "-3"),
    ] {
        bill.push(Billed {
            line_type,
            ..usage("", "", "1", usd)
        });
    }
    bill.push(Billed {
        line_type: "SavingsPlanCoveredUsage",
        ..usage("US-Requests-Tier1", "Requests", "0", "0")
    });
    let table = Bill::new().reconcile(&bill, &[]).expect(0);
    holds(
        &table,
        "Not compared: Credit of AmazonCloudFront (1 line, -$50.00), SavingsPlanNegation of \
         AmazonCloudFront (1 line, -$3.00), Tax of AmazonCloudFront (1 line, $10.00).",
    );
}

#[test]
fn bytes_and_other_units_are_told_apart() {
    let mut bill = small_bill();
    let gb = Decimal::from(1_u64 << 30);
    for line in &mut bill {
        if line.usage_type == "US-DataTransfer-Out-Bytes" {
            line.unit = "Bytes";
            line.quantity = (line.quantity * gb).round_dp(0);
        }
    }
    Bill::new().reconcile(&bill, &[]).expect(0);
    for line in &mut bill {
        if line.usage_type == "US-DataTransfer-Out-Bytes" {
            line.unit = "Mbps";
        }
    }
    let table = Bill::new().reconcile(&bill, &[]).expect(3);
    holds(
        &table,
        "US-DataTransfer-Out-Bytes is billed in Mbps, and counted in GB by us",
    );
}

#[test]
fn numbers_with_exponents_are_exact() {
    let bill = small_bill();
    let mut export = cur(&bill);
    let (amount, cost) = (
        export.column("line_item_usage_amount"),
        export.column("line_item_unblended_cost"),
    );
    for row in &mut export.rows {
        for at in [amount, cost] {
            let value: Decimal = row[at].parse().unwrap();
            let ten = value * Decimal::from(10_000_000);
            row[at] = format!("{}E-7", ten.normalize());
        }
    }
    let world = Bill::new();
    let plain = world.reconcile(&bill, &["--format", "csv"]).expect(0);
    let ran = world.reconcile_text(&export.csv(), &["--format", "csv"]);
    assert_eq!(ran.expect(0), plain);
}

/// Every cell that cannot be understood is named by file, row, column and value.
#[test]
fn wrong_cells_are_named() {
    let bill = small_bill();
    let world = Bill::new();
    for (column, value, problem) in [
        ("line_item_usage_amount", "1,5", "is not a number"),
        (
            "line_item_usage_amount",
            "-1",
            "is negative, which usage cannot be",
        ),
        ("line_item_usage_amount", "", "is not a number"),
        (
            "line_item_usage_amount",
            "1e30",
            "is more than any bill holds",
        ),
        ("line_item_unblended_cost", "NaN", "is not a number"),
        (
            "line_item_unblended_cost",
            "-0.01",
            "is negative, which usage cannot be",
        ),
        (
            "line_item_usage_start_date",
            "5 October",
            "is not a date (YYYY-MM-DD…)",
        ),
        (
            "line_item_currency_code",
            "EUR",
            "is not USD, the currency of the prices",
        ),
        ("line_item_usage_type", "", "is no usage type"),
    ] {
        let mut export = cur(&bill);
        let at = export.column(column);
        value.clone_into(&mut export.rows[2][at]);
        let ran = world.reconcile_text(&export.csv(), &[]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        let wanted = format!("bill.csv`, row 4, column `{column}`: `{value}` {problem}");
        assert!(ran.stderr.contains(&wanted), "{wanted}: {}", ran.stderr);
        // Lines of other services are not looked at.
        let mut export = cur(&bill);
        value.clone_into(&mut export.rows[1][at]);
        world.reconcile_text(&export.csv(), &[]).expect(0);
    }
}

#[track_caller]
fn refused(ran: &Ran, wanted: &str) {
    assert_eq!(ran.code, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(wanted), "{wanted}: {}", ran.stderr);
    assert_eq!(ran.stdout, "");
}

#[test]
fn what_is_no_bill_of_the_month_is_refused() {
    let bill = small_bill();
    let world = Bill::new();
    refused(
        &world.reconcile_text("a,b\n1,2\n", &[]),
        "is no billing export",
    );
    refused(&world.reconcile_text("", &[]), "is no billing export");
    refused(
        &world.reconcile_text("line_item_usage_type\nx\n", &[]),
        "has no column `line_item_product_code`",
    );
    refused(
        &world.reconcile(&[], &[]),
        "the bill holds no line of CloudFront's",
    );
    refused(
        &world.reconcile(&bill, &["2026-09"]),
        "the bill holds no line of 2026-09",
    );
    refused(&world.reconcile_files(&["missing.csv"], &[]), "cannot read");
    let mut months = cur(&bill);
    let at = months.column("line_item_usage_start_date");
    "2026-09-30T00:00:00.000Z".clone_into(&mut months.rows[0][at]);
    refused(
        &world.reconcile_text(&months.csv(), &[]),
        "the bill holds several months: 2026-09, 2026-10",
    );
    // A month of which there are no logs.
    let text = cur(&bill).csv().replace("2026-10", "2027-03");
    refused(
        &world.reconcile_text(&text, &[]),
        "no requests in `2027-03`",
    );
    // A row that does not fit its header, and a file that was cut.
    refused(
        &world.reconcile_text(&(cur(&bill).csv() + "a,b\n"), &[]),
        "is not a CSV file that can be read",
    );
    let packed = edgeledger_testkit::gzip(cur(&bill).csv());
    fs::write(world.path("cut.csv.gz"), &packed[..packed.len() / 2]).unwrap();
    refused(&world.reconcile_files(&["cut.csv.gz"], &[]), "truncated");
    fs::write(world.path("cut.parquet"), "PAR1 and no more").unwrap();
    refused(
        &world.reconcile_files(&["cut.parquet"], &[]),
        "is not a Parquet file",
    );
    refused(&run(&["reconcile", "2026-10"]), "no bill was named");
}

/// Nothing counts twice: not a file named twice, not two kinds of export, not two versions of one.
#[test]
fn what_would_count_twice_is_refused() {
    let bill = small_bill();
    let world = Bill::new();
    fs::write(world.path("cur.csv"), cur(&bill).csv()).unwrap();
    fs::write(world.path("focus.csv"), focus(&bill, "SkuMeter").csv()).unwrap();
    refused(
        &world.reconcile_files(&["cur.csv", "cur.csv"], &[]),
        "is named twice",
    );
    refused(
        &world.reconcile_files(&["cur.csv", "focus.csv"], &[]),
        "is a FOCUS export, but",
    );
    for version in ["run-1", "run-2"] {
        let dir = world.path("export").join(version);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("cur.csv"), cur(&bill).csv()).unwrap();
    }
    refused(
        &world.reconcile_files(&["export"], &[]),
        "versions of one bill would count twice",
    );
    world.reconcile_files(&["export/run-1"], &[]).expect(0);
    fs::create_dir(world.path("empty")).unwrap();
    refused(
        &world.reconcile_files(&["empty"], &[]),
        "holds no .csv, .csv.gz or .parquet file",
    );
}

/// A bill's words neither steer the terminal nor become SQL.
#[test]
fn hostile_words_of_a_bill_stay_words() {
    let mut bill = small_bill();
    let word = "x'; DROP VIEW bill_usage; --\u{1b}[31m\u{202e}\n";
    bill.push(Billed {
        unit: "\u{1b}]0;unit\u{7}",
        ..usage(word, "", "1", "5")
    });
    let world = Bill::new();
    let ran = world.reconcile(&bill, &[]);
    for stream in [&ran.stdout, &ran.stderr] {
        assert!(
            !stream.contains(['\u{1b}', '\u{202e}', '\u{7}']),
            "{stream}"
        );
    }
    assert!(
        ran.stdout.contains("DROP VIEW bill_usage"),
        "{}",
        ran.stdout
    );
    ran.expect(3);
    let mut export = cur(&bill);
    let at = export.column("line_item_usage_amount");
    "\u{1b}[2J".clone_into(&mut export.rows[0][at]);
    let ran = world.reconcile_text(&export.csv(), &[]);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    ran.expect(2);
}

#[test]
fn a_bill_can_be_asked_in_sql() {
    let world = Bill::new();
    fs::write(world.path("cur.csv"), cur(&small_bill()).csv()).unwrap();
    let file = text(&world.path("cur.csv"));
    let sql = |query: &str| {
        let fixed = ["sql", "--logs", logs(), "--format", "csv"];
        run(&[&fixed, ["--bill", &file, query].as_slice()].concat()).expect(0)
    };
    let answer =
        sql("SELECT count(DISTINCT distribution), min(month), max(charge) FROM bill_lines");
    assert_eq!(answer.lines().nth(1), Some("3,2026-10,usage"));
    // The order in a view's header makes its rows unique.
    for (view, order) in [
        ("bill_usage", "month, usage_type, distribution"),
        ("bill_estimate", "month, usage_type, distribution"),
        ("bill_comparison", "month, usage_type"),
        (
            "bill_distribution_comparison",
            "month, distribution, usage_type",
        ),
        ("bill_distributions", "month, distribution"),
    ] {
        let query =
            format!("SELECT count(*) - count(DISTINCT struct({order})), count(*) > 0 FROM {view}");
        assert_eq!(sql(&query).lines().nth(1), Some("0,true"), "{view}");
    }
    // Without a bill there are no such views.
    let ran = run(&["sql", "--logs", logs(), "SELECT * FROM bill_usage"]);
    assert_eq!(ran.code, 2);
}

fn export_of_a_report(world: &Bill) -> String {
    let config = world.path("edgeledger.toml");
    fs::write(&config, settings(&world.costs, "")).unwrap();
    let config = text(&config);
    let args = [
        "report",
        "2026-10",
        "--format",
        "focus",
        "--lake",
        sample_lake(),
        "--config",
    ];
    run(&[args.as_slice(), &[&config]].concat()).expect(0)
}

/// Our own estimate is no proof of itself.
#[test]
fn an_estimate_of_ours_is_no_bill() {
    let world = Bill::new();
    let estimate = export_of_a_report(&world);
    refused(
        &world.reconcile_text(&estimate, &[]),
        "is an estimate made by EdgeLedger",
    );
}
