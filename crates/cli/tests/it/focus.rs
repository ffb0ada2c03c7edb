//! `report --format focus`, against FOCUS 1.2 as the specification has it.

use std::{collections::BTreeSet, sync::OnceLock};

use edgeledger_rates::Decimal;
use edgeledger_testkit::Truth;

use crate::run::{run, sample_lake, sample_rows};

/// The columns that FOCUS 1.2 demands of every provider, and whether they may be null.
const MANDATORY: [(&str, bool); 21] = [
    ("BilledCost", false),
    ("BillingAccountId", false),
    ("BillingAccountName", true),
    ("BillingCurrency", false),
    ("BillingPeriodStart", false),
    ("BillingPeriodEnd", false),
    ("ChargeCategory", false),
    ("ChargeClass", true),
    ("ChargeDescription", true),
    ("ChargePeriodStart", false),
    ("ChargePeriodEnd", false),
    ("ContractedCost", false),
    ("EffectiveCost", false),
    ("InvoiceIssuerName", false),
    ("ListCost", false),
    // Null for taxes and the like only.
    ("PricingQuantity", false),
    ("PricingUnit", false),
    ("ProviderName", false),
    ("PublisherName", false),
    ("ServiceCategory", false),
    ("ServiceName", false),
];

/// Columns with a closed list of values.
const ALLOWED: [(&str, &[&str]); 6] = [
    (
        "ChargeCategory",
        &["Usage", "Purchase", "Tax", "Credit", "Adjustment"],
    ),
    ("ChargeClass", &["Correction", ""]),
    ("ChargeFrequency", &["One-Time", "Recurring", "Usage-Based"]),
    (
        "PricingCategory",
        &["Standard", "Dynamic", "Committed", "Other", ""],
    ),
    ("ServiceCategory", &["Networking", "Storage", "Compute"]),
    (
        "ServiceSubcategory",
        &["Content Delivery", "Object Storage", "Serverless Compute"],
    ),
];

const NUMBERS: [&str; 8] = [
    "BilledCost",
    "ContractedCost",
    "EffectiveCost",
    "ListCost",
    "PricingQuantity",
    "ConsumedQuantity",
    "ListUnitPrice",
    "ContractedUnitPrice",
];

struct Focus {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Focus {
    fn of_sample(config: &str) -> Self {
        let fixed = [
            "report",
            "2026-10",
            "--format",
            "focus",
            "--lake",
            sample_lake(),
        ];
        let text = run(&[fixed.as_slice(), &["--config", config]].concat()).expect(0);
        let mut records = records(&text);
        let header = records.remove(0);
        assert!(records.len() > 50);
        assert!(records.iter().all(|row| row.len() == header.len()));
        Self {
            header,
            rows: records,
        }
    }

    /// Under the sample's own settings.
    fn sample() -> &'static Self {
        static SAMPLE: OnceLock<Focus> = OnceLock::new();
        SAMPLE.get_or_init(|| Self::of_sample("sample-logs/edgeledger.toml"))
    }

    fn cells(&self, column: &str) -> impl Iterator<Item = &str> {
        let at = self.header.iter().position(|name| name == column);
        let at = at.unwrap_or_else(|| panic!("no column {column}"));
        self.rows.iter().map(move |row| row[at].as_str())
    }

    fn sum(&self, column: &str) -> Decimal {
        self.cells(column)
            .map(|cell| cell.parse::<Decimal>().unwrap())
            .sum()
    }
}

/// Records of RFC 4180.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let (mut in_quotes, mut chars) = (false, text.chars().peekable());
    while let Some(c) = chars.next() {
        let record = records.last_mut().unwrap();
        match c {
            '"' if in_quotes && chars.peek() == Some(&'"') => {
                chars.next();
                record.last_mut().unwrap().push('"');
            }
            '"' => in_quotes = !in_quotes,
            ',' if !in_quotes => record.push(String::new()),
            '\n' if !in_quotes => records.push(vec![String::new()]),
            c => record.last_mut().unwrap().push(c),
        }
    }
    assert_eq!(records.pop(), Some(vec![String::new()]), "no line end");
    records
}

#[test]
fn rows_are_what_focus_demands() {
    let focus = Focus::sample();
    let mandatory: Vec<&str> = MANDATORY.iter().map(|(name, _)| *name).collect();
    assert_eq!(focus.header[..21], mandatory);
    let unique: BTreeSet<&String> = focus.header.iter().collect();
    assert_eq!(unique.len(), focus.header.len());
    for (name, nullable) in MANDATORY {
        assert!(
            nullable || focus.cells(name).all(|cell| !cell.is_empty()),
            "{name}"
        );
    }
    for (name, values) in ALLOWED {
        for cell in focus.cells(name) {
            assert!(values.contains(&cell), "{name}: {cell}");
        }
    }
    for name in NUMBERS {
        for cell in focus.cells(name) {
            assert!(
                cell.parse::<Decimal>().is_ok_and(|n| n >= Decimal::ZERO),
                "{name}: {cell}"
            );
        }
    }
    for (name, value) in [
        ("BillingCurrency", "USD"),
        ("BillingPeriodStart", "2026-10-01T00:00:00Z"),
        ("ChargePeriodStart", "2026-10-01T00:00:00Z"),
        // Exclusive ends.
        ("BillingPeriodEnd", "2026-11-01T00:00:00Z"),
        ("ChargePeriodEnd", "2026-11-01T00:00:00Z"),
        ("ProviderName", "AWS"),
    ] {
        assert!(focus.cells(name).all(|cell| cell == value), "{name}");
    }
    // Either both of these are there or none; usage has a consumed quantity, and its unit.
    for (one, other) in [
        ("RegionId", "RegionName"),
        ("ConsumedQuantity", "ConsumedUnit"),
    ] {
        for (one, other) in focus.cells(one).zip(focus.cells(other)) {
            assert_eq!(one.is_empty(), other.is_empty());
        }
    }
    let services = focus
        .cells("ServiceName")
        .zip(focus.cells("ServiceCategory"));
    let services: BTreeSet<(&str, &str)> = services.collect();
    let expected = [
        ("AWS Lambda", "Compute"),
        ("Amazon CloudFront", "Networking"),
        ("Amazon Simple Storage Service", "Storage"),
    ];
    assert_eq!(services, BTreeSet::from(expected));
    // A row a distribution and usage type.
    let keys: BTreeSet<(&str, &str)> = focus
        .cells("ResourceId")
        .zip(focus.cells("SkuMeter"))
        .collect();
    assert_eq!(keys.len(), focus.rows.len());
    let known = ["GiB", "Requests", "Invocations", "Paths"];
    assert!(focus.cells("PricingUnit").all(|unit| known.contains(&unit)));
}

/// Nobody can take it for a bill: nothing is billed, and every row says what it is.
#[test]
fn rows_do_not_pose_as_billed() {
    let focus = Focus::sample();
    assert!(focus.cells("BilledCost").all(|cell| cell == "0"));
    assert!(focus.cells("x_IsEstimate").all(|cell| cell == "true"));
    assert!(
        focus
            .cells("BillingAccountId")
            .all(|cell| cell == "edgeledger-estimate")
    );
    for name in ["InvoiceIssuerName", "BillingAccountName"] {
        assert!(
            focus.cells(name).all(|cell| cell.contains("not invoiced")),
            "{name}"
        );
    }
    for name in focus.header.iter().skip(35) {
        assert!(name.starts_with("x_"), "{name}");
    }
}

#[test]
fn costs_sum_to_the_report_to_the_cent_and_quantities_to_the_logs() {
    let focus = Focus::sample();
    let sql = "SELECT CAST(cloudfront_usd AS VARCHAR) AS usd FROM headline WHERE month = '2026-10'";
    let headline = sample_rows(sql)[0]["usd"].as_str().unwrap().to_owned();
    for name in ["ListCost", "ContractedCost", "EffectiveCost"] {
        assert_eq!(focus.sum(name).round_dp(2).to_string(), headline, "{name}");
    }
    let truth = Truth::load().unwrap();
    let of = |unit: &str, end: &str| -> Decimal {
        let meters = focus.cells("SkuMeter").zip(focus.cells("PricingUnit"));
        meters
            .zip(focus.cells("PricingQuantity"))
            .filter(|((meter, other), _)| *other == unit && meter.contains(end))
            .map(|(_, quantity)| quantity.parse::<Decimal>().unwrap())
            .sum()
    };
    let bytes = of("GiB", "-DataTransfer-Out-Bytes") * Decimal::from(1_u64 << 30);
    assert_eq!(
        bytes.round(),
        Decimal::from(truth.month_total.response_bytes)
    );
    // Our own requests only: S3's have regions of S3 before them.
    let proxies = of("Requests", "-Proxy");
    let expected = truth.month_total.by_method_class["proxy"].requests;
    assert_eq!(proxies, Decimal::from(expected));
}

/// The parts of `billed_usage` are the month's lines to the last decimal, in every month.
#[test]
fn billed_usage_is_the_month_exactly() {
    let sql = "SELECT count(*) AS lines, coalesce(sum(CASE WHEN l.usd = b.usd THEN 0 ELSE 1 END), 0) AS wrong \
               FROM cost_lines l LEFT JOIN (SELECT month, item, region, protocol, storage_class, sum(usd) AS usd \
               FROM billed_usage GROUP BY month, item, region, protocol, storage_class) b \
               ON b.month = l.month AND b.item = l.item AND b.region = l.region AND b.protocol = l.protocol \
               AND b.storage_class = l.storage_class WHERE l.side = 'cloudfront'";
    let rows = sample_rows(sql);
    assert!(rows[0]["lines"].as_u64().unwrap() > 100, "{rows:?}");
    assert_eq!(rows[0]["wrong"], 0);
    let sql = "SELECT DISTINCT service_code, usage_type FROM billed_usage \
               WHERE service_code <> 'AmazonCloudFront' ORDER BY 1, 2";
    let names: Vec<String> = sample_rows(sql)
        .iter()
        .map(|row| row["usage_type"].as_str().unwrap_or("none").to_owned())
        .collect();
    let expected = [
        "Lambda-Edge-Request",
        "EU-Requests-Tier2",
        "Requests-Tier2",
        "USW1-Requests-Tier2",
    ];
    assert_eq!(names, expected);
}

/// Names from settings are text, to spreadsheets too.
#[test]
fn names_are_no_formulas() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("edgeledger.toml");
    let sample = crate::run::sample_settings();
    let name = "=HYPERLINK(\\\"x\\\"), \\\"y\\\"";
    std::fs::write(
        &config,
        sample.replace("name = \"crates\"", &format!("name = \"{name}\"")),
    )
    .unwrap();
    let focus = Focus::of_sample(config.to_str().unwrap());
    let names: BTreeSet<&str> = focus.cells("ResourceName").collect();
    assert!(names.contains("'=HYPERLINK(\"x\"), \"y\""), "{names:?}");
}

/// What a plan or a storage class is called on a bill, and what it is in FOCUS.
#[test]
fn plans_are_purchases_and_classes_have_usage_types() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("edgeledger.toml");
    let sample = crate::run::sample_settings();
    let settings = sample
        .replace("name = \"www\"", "name = \"www\"\nplan = \"pro\"")
        .replace(
            "name = \"index\"",
            "name = \"index\"\nstorage_class = \"standard-ia\"",
        );
    let extra = "\n[[extra_usage]]\nitem = \"invalidation\"\nquantity = 3500\n";
    std::fs::write(&config, settings + extra).unwrap();
    let focus = Focus::of_sample(config.to_str().unwrap());
    let categories = focus
        .cells("ChargeCategory")
        .zip(focus.cells("ResourceName"));
    let plans: Vec<&str> = categories
        .filter(|(category, _)| *category == "Purchase")
        .map(|(_, name)| name)
        .collect();
    assert_eq!(plans, ["www"]);
    let frequencies = focus
        .cells("ChargeFrequency")
        .filter(|cell| *cell == "Recurring");
    assert_eq!(frequencies.count(), 1);
    let meters: BTreeSet<&str> = focus.cells("SkuMeter").collect();
    for meter in ["Requests-SIA-Tier2", "Retrieval-SIA", "Invalidations"] {
        assert!(meters.contains(meter), "{meter}: {meters:?}");
    }
    // 4,400 paths of the sample's index and these: 6,900 beyond the free ones.
    let costs = focus.cells("SkuMeter").zip(focus.cells("EffectiveCost"));
    let paths: Decimal = costs
        .filter(|(meter, _)| *meter == "Invalidations")
        .map(|(_, cost)| cost.parse::<Decimal>().unwrap())
        .sum();
    assert_eq!(paths.normalize().to_string(), "34.5");
}
