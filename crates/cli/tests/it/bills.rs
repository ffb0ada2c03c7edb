//! Bills of the sample month, made without our views: bytes by region are the generator's own
//! count, requests are counted from the raw rows and checked against the generator's totals, and
//! prices are AWS's list written down here once more.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMillisecondArray},
    datatypes::DataType,
};
use edgeledger_rates::Decimal;
use edgeledger_testkit::{Truth, gzip, gzip_members};
use parquet::arrow::ArrowWriter;

use crate::run::sample_rows;

/// Settings under which an edge's region is its billing region, and nothing is free: every usage
/// type has a cost. What the sample's settings add to the logs is not on these bills and left out.
/// `more` are lines of `[costs]`.
pub(crate) fn settings(more: &str, extra: &str) -> String {
    let sample = crate::run::sample_settings();
    let (distributions, _) = sample.split_once("[[extra_usage]]").unwrap();
    let all = distributions
        .replace("\"200\"", "\"All\"")
        .replace("\"100\"", "\"All\"");
    format!("{all}\n{extra}\n[costs]\n{more}\n")
}

/// A line of a bill.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Billed {
    pub(crate) distribution: Option<String>,
    pub(crate) usage_type: String,
    pub(crate) unit: &'static str,
    pub(crate) quantity: Decimal,
    pub(crate) usd: Decimal,
    /// `Usage`, `Tax` …
    pub(crate) line_type: &'static str,
}

pub(crate) fn usage(usage_type: &str, unit: &'static str, quantity: &str, usd: &str) -> Billed {
    Billed {
        distribution: None,
        usage_type: usage_type.to_owned(),
        unit,
        quantity: quantity.parse().unwrap(),
        usd: usd.parse().unwrap(),
        line_type: "Usage",
    }
}

/// AWS's list prices: a GB of the first tier, an HTTP request, an HTTPS request, a GB to the origin.
const PRICES: [(&str, &str, &str, &str, &str); 10] = [
    ("US", "0.085", "0.00000075", "0.000001", "0.020"),
    ("CA", "0.085", "0.00000075", "0.000001", "0.020"),
    ("EU", "0.085", "0.0000009", "0.0000012", "0.020"),
    ("JP", "0.114", "0.0000009", "0.0000012", "0.060"),
    ("AU", "0.114", "0.0000009", "0.00000125", "0.080"),
    ("AP", "0.120", "0.0000009", "0.0000012", "0.060"),
    ("IN", "0.109", "0.0000009", "0.0000012", "0.160"),
    ("SA", "0.110", "0.0000016", "0.0000022", "0.125"),
    ("ZA", "0.110", "0.0000009", "0.0000012", "0.060"),
    ("ME", "0.110", "0.0000009", "0.0000012", "0.060"),
];

fn price(usage_type: &str) -> Decimal {
    let (region, kind) = usage_type.split_once('-').unwrap();
    let row = PRICES.iter().find(|row| row.0 == region).unwrap();
    let price = match kind {
        "DataTransfer-Out-Bytes" => row.1,
        "Requests-Tier1" | "Requests-HTTP-Proxy" => row.2,
        "Requests-Tier2-HTTPS" | "Requests-HTTPS-Proxy" => row.3,
        "DataTransfer-Out-OBytes" => row.4,
        other => panic!("{other}"),
    };
    price.parse().unwrap()
}

/// The sample month as AWS would bill it, with everything paid for.
pub(crate) fn sample_bill() -> Vec<Billed> {
    let truth = Truth::load().unwrap();
    let mut quantities: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    let gb = |bytes: u64| Decimal::from(bytes) / Decimal::from(1_u64 << 30);
    // An unknown edge is billed as the dearest region.
    let billed = |region: &str| if region == "unknown" { "AP" } else { region }.to_owned();
    for (id, month) in &truth.month_by_distribution {
        for (region, tally) in &month.by_billing_region {
            let usage_type = format!("{}-DataTransfer-Out-Bytes", billed(region));
            *quantities.entry((id.clone(), usage_type)).or_default() += gb(tally.response_bytes);
        }
    }
    let sql = "SELECT r.distribution, coalesce(e.region, 'unknown') AS region, \
               coalesce(r.protocol, '-') AS protocol, \
               r.method IN ('POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS') AS is_proxy, \
               count(*) AS requests, CAST(coalesce(sum(r.request_bytes), 0) AS BIGINT) AS bytes \
               FROM requests r LEFT JOIN edge_locations e ON e.edge_code = substr(r.edge_location, 1, 3) \
               WHERE to_char(r.date, '%Y-%m') = '2026-10' GROUP BY 1, 2, 3, 4";
    let mut by_region: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut by_protocol: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut proxy_bytes = 0;
    for row in sample_rows(sql) {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let (id, region, protocol) = (text("distribution"), text("region"), text("protocol"));
        let requests = row["requests"].as_u64().unwrap();
        *by_region.entry((id.clone(), region.clone())).or_default() += requests;
        *by_protocol
            .entry((id.clone(), protocol.clone()))
            .or_default() += requests;
        let is_proxy = row["is_proxy"].as_bool().unwrap();
        let kind = match (protocol.as_str(), is_proxy) {
            ("http", false) => "Requests-Tier1",
            ("http", true) => "Requests-HTTP-Proxy",
            (_, false) => "Requests-Tier2-HTTPS",
            (_, true) => "Requests-HTTPS-Proxy",
        };
        let region = billed(&region);
        let key = (id.clone(), format!("{region}-{kind}"));
        *quantities.entry(key).or_default() += Decimal::from(requests);
        let bytes = row["bytes"].as_u64().unwrap();
        if is_proxy {
            proxy_bytes += bytes;
            let key = (id, format!("{region}-DataTransfer-Out-OBytes"));
            *quantities.entry(key).or_default() += gb(bytes);
        }
    }
    // What was counted from rows has the generator's own totals.
    for (id, month) in &truth.month_by_distribution {
        for (region, tally) in &month.by_billing_region {
            assert_eq!(by_region[&(id.clone(), region.clone())], tally.requests);
        }
        for (protocol, tally) in &month.by_protocol {
            assert_eq!(by_protocol[&(id.clone(), protocol.clone())], tally.requests);
        }
    }
    let proxies = &truth.month_total.by_method_class["proxy"];
    assert_eq!(proxy_bytes, proxies.request_bytes);
    priced(quantities)
}

/// Rows of a small month: distribution, edge, protocol, method, bytes sent, bytes received, rows.
/// Nearly 1.3 TB, so that a free tier takes most of it and not all.
const SMALL: [(&str, &str, &str, &str, u64, u64, u32); 8] = [
    (
        "E2EXAMPLE1RLS",
        "IAD",
        "https",
        "GET",
        16_000_000_123,
        400,
        40,
    ),
    (
        "E2EXAMPLE1RLS",
        "FRA",
        "https",
        "GET",
        15_500_000_077,
        410,
        30,
    ),
    (
        "E2EXAMPLE1RLS",
        "NRT",
        "https",
        "GET",
        16_100_000_003,
        420,
        8,
    ),
    (
        "E2EXAMPLE1RLS",
        "GRU",
        "https",
        "GET",
        15_000_000_000,
        430,
        4,
    ),
    ("E2EXAMPLE1RLS", "IAD", "http", "GET", 600, 440, 12),
    ("E2EXAMPLE4WWW", "IAD", "https", "GET", 100_000_000, 450, 20),
    (
        "E2EXAMPLE4WWW",
        "FRA",
        "https",
        "POST",
        2_000,
        3_000_000_000,
        5,
    ),
    (
        "E2EXAMPLE5DOC",
        "FRA",
        "https",
        "GET",
        2_000_000_000,
        460,
        10,
    ),
];

/// The billing region of an edge of [`SMALL`].
fn region(edge: &str) -> &'static str {
    match edge {
        "IAD" => "US",
        "FRA" => "EU",
        "NRT" => "JP",
        "GRU" => "SA",
        other => panic!("{other}"),
    }
}

/// Logs of the small month, one file a distribution.
pub(crate) fn small_logs(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for (id, edge, protocol, method, sent, received, rows) in SMALL {
        let file = files.entry(id).or_insert_with(|| {
            "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes cs-method cs-protocol \
             cs-bytes sc-status x-edge-result-type\n"
                .to_owned()
        });
        let row = format!(
            "2026-10-05\t01:02:03\t{edge}50-C1\t{sent}\t{method}\t{protocol}\t{received}\t200\tHit\n"
        );
        file.push_str(&row.repeat(rows as usize));
    }
    for (id, text) in files {
        fs::write(dir.join(format!("{id}.2026-10-05-01.aa.gz")), gzip(text)).unwrap();
    }
}

/// The small month as AWS would bill it, with everything paid for.
pub(crate) fn small_bill() -> Vec<Billed> {
    let mut quantities: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    let gb = Decimal::from(1_u64 << 30);
    for (id, edge, protocol, method, sent, received, rows) in SMALL {
        let region = region(edge);
        let mut add = |kind: &str, quantity: Decimal| {
            let key = (id.to_owned(), format!("{region}-{kind}"));
            *quantities.entry(key).or_default() += quantity;
        };
        let rows = Decimal::from(rows);
        add("DataTransfer-Out-Bytes", Decimal::from(sent) * rows / gb);
        match (protocol, method) {
            ("http", "GET") => add("Requests-Tier1", rows),
            (_, "GET") => add("Requests-Tier2-HTTPS", rows),
            (_, "POST") => {
                add("Requests-HTTPS-Proxy", rows);
                add(
                    "DataTransfer-Out-OBytes",
                    Decimal::from(received) * rows / gb,
                );
            }
            other => panic!("{other:?}"),
        }
    }
    priced(quantities)
}

fn priced(quantities: BTreeMap<(String, String), Decimal>) -> Vec<Billed> {
    quantities
        .into_iter()
        .map(|((id, usage_type), quantity)| Billed {
            usd: (quantity * price(&usage_type)).round_dp(10),
            quantity: quantity.round_dp(10),
            unit: if usage_type.ends_with("ytes") {
                "GB"
            } else {
                "Requests"
            },
            distribution: Some(id),
            usage_type,
            line_type: "Usage",
        })
        .collect()
}

/// Changes quantity and cost of the lines that `wanted` names.
pub(crate) fn scaled(
    mut bill: Vec<Billed>,
    quantity: &str,
    usd: &str,
    wanted: impl Fn(&Billed) -> bool,
) -> Vec<Billed> {
    let (quantity, usd): (Decimal, Decimal) = (quantity.parse().unwrap(), usd.parse().unwrap());
    for line in bill.iter_mut().filter(|line| wanted(line)) {
        line.quantity *= quantity;
        line.usd *= usd;
    }
    bill
}

/// A column of an export; numbers and times have types of their own in Parquet.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Number,
    Time,
}

/// An export: columns and rows, as text.
pub(crate) struct Export {
    columns: Vec<(String, Type)>,
    pub(crate) rows: Vec<Vec<String>>,
}

const DAYS: [&str; 2] = ["2026-10-05", "2026-10-31"];

/// Every line is split over two days, as an export by the hour would, and there are lines of other
/// services, which are nobody's business here.
fn lines(bill: &[Billed]) -> Vec<(Billed, &'static str)> {
    let mut lines = Vec::new();
    for line in bill {
        let mut rest = line.clone();
        if line.line_type == "Usage" {
            let first = Billed {
                quantity: (line.quantity / Decimal::from(3)).round_dp(10),
                usd: (line.usd / Decimal::from(3)).round_dp(10),
                ..line.clone()
            };
            rest.quantity -= first.quantity;
            rest.usd -= first.usd;
            lines.push((first, DAYS[0]));
        }
        lines.push((rest, DAYS[1]));
    }
    lines
}

pub(crate) fn cur(bill: &[Billed]) -> Export {
    let columns = [
        ("identity_line_item_id", Type::Text),
        ("line_item_usage_start_date", Type::Time),
        ("line_item_product_code", Type::Text),
        ("line_item_line_item_type", Type::Text),
        ("line_item_usage_type", Type::Text),
        ("line_item_operation", Type::Text),
        ("line_item_resource_id", Type::Text),
        ("line_item_usage_amount", Type::Number),
        ("pricing_unit", Type::Text),
        ("line_item_unblended_cost", Type::Number),
        ("line_item_currency_code", Type::Text),
        ("pricing_public_on_demand_cost", Type::Number),
    ];
    let mut rows = Vec::new();
    for (at, (line, day)) in lines(bill).into_iter().enumerate() {
        let resource = line
            .distribution
            .map(|id| format!("arn:aws:cloudfront::123456789012:distribution/{id}"));
        rows.push(vec![
            format!("line{at}"),
            format!("{day}T00:00:00.000Z"),
            "AmazonCloudFront".to_owned(),
            line.line_type.to_owned(),
            line.usage_type,
            "GET".to_owned(),
            resource.unwrap_or_default(),
            line.quantity.to_string(),
            line.unit.to_owned(),
            line.usd.to_string(),
            "USD".to_owned(),
            "999".to_owned(),
        ]);
        rows.push(
            [
                "other",
                "2026-10-05T00:00:00.000Z",
                "AmazonEC2",
                "Usage",
                "USE1-BoxUsage",
                "Run",
                "i-1",
                "24",
                "Hrs",
                "2.4",
                "USD",
                "2.4",
            ]
            .map(str::to_owned)
            .to_vec(),
        );
    }
    Export {
        columns: columns.map(|(name, kind)| (name.to_owned(), kind)).to_vec(),
        rows,
    }
}

/// As AWS exports FOCUS 1.2; `usage_type_column` is what 1.0 called `x_UsageType`.
pub(crate) fn focus(bill: &[Billed], usage_type_column: &str) -> Export {
    let columns = [
        ("BilledCost", Type::Number),
        ("BillingAccountId", Type::Text),
        ("BillingCurrency", Type::Text),
        ("BillingPeriodStart", Type::Time),
        ("ChargeCategory", Type::Text),
        ("ChargeClass", Type::Text),
        ("ChargePeriodStart", Type::Time),
        ("ConsumedQuantity", Type::Number),
        ("ConsumedUnit", Type::Text),
        ("ListCost", Type::Number),
        ("PricingQuantity", Type::Number),
        ("PricingUnit", Type::Text),
        ("ResourceId", Type::Text),
        ("ServiceName", Type::Text),
        (usage_type_column, Type::Text),
        ("x_ServiceCode", Type::Text),
    ];
    let mut rows = Vec::new();
    for (line, day) in lines(bill) {
        let resource = line
            .distribution
            .map(|id| format!("arn:aws:cloudfront::123456789012:distribution/{id}"));
        rows.push(vec![
            line.usd.to_string(),
            "123456789012".to_owned(),
            "USD".to_owned(),
            "2026-10-01T00:00:00Z".to_owned(),
            line.line_type.to_owned(),
            String::new(),
            format!("{day}T00:00:00Z"),
            line.quantity.to_string(),
            line.unit.to_owned(),
            "999".to_owned(),
            line.quantity.to_string(),
            line.unit.to_owned(),
            resource.unwrap_or_default(),
            "Amazon CloudFront".to_owned(),
            line.usage_type,
            "AmazonCloudFront".to_owned(),
        ]);
    }
    Export {
        columns: columns.map(|(name, kind)| (name.to_owned(), kind)).to_vec(),
        rows,
    }
}

impl Export {
    /// The older reports' names: `lineItem/UsageType`.
    pub(crate) fn with_slashes(mut self) -> Self {
        for (name, _) in &mut self.columns {
            for group in ["line_item", "identity", "pricing"] {
                let Some(rest) = name.strip_prefix(&format!("{group}_")) else {
                    continue;
                };
                let camel: String = rest
                    .split('_')
                    .flat_map(|word| {
                        let (first, rest) = word.split_at(1);
                        [first.to_uppercase(), rest.to_owned()]
                    })
                    .collect();
                let group = if group == "line_item" {
                    "lineItem"
                } else {
                    group
                };
                *name = if rest == "unit" {
                    "pricing/unit".to_owned()
                } else {
                    format!("{group}/{camel}")
                };
                break;
            }
        }
        self
    }

    pub(crate) fn column(&self, name: &str) -> usize {
        self.columns
            .iter()
            .position(|(other, _)| other == name)
            .unwrap_or_else(|| panic!("{name}"))
    }

    pub(crate) fn csv(&self) -> String {
        let cell = |text: &str| {
            if text.contains([',', '"', '\n']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.to_owned()
            }
        };
        let line = |cells: Vec<String>| cells.join(",") + "\n";
        let header = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let rows = self.rows.iter();
        line(header)
            + &rows
                .map(|row| line(row.iter().map(|text| cell(text)).collect()))
                .collect::<String>()
    }

    /// Two files of several gzip members each, in a folder with a manifest.
    pub(crate) fn write_parts(&self, dir: &Path) {
        let data = dir.join("data/BILLING_PERIOD=2026-10");
        fs::create_dir_all(&data).unwrap();
        fs::create_dir_all(dir.join("metadata")).unwrap();
        fs::write(dir.join("metadata/export-Manifest.json"), "{}").unwrap();
        for (at, rows) in self.rows.chunks(self.rows.len().div_ceil(2)).enumerate() {
            let part = Self {
                columns: self.columns.clone(),
                rows: rows.to_vec(),
            };
            let text = part.csv();
            let (first, second) = text.as_bytes().split_at(text.len() / 2);
            let file = data.join(format!("export-0000{at}.csv.gz"));
            fs::write(file, gzip_members(&[first, second])).unwrap();
        }
    }

    pub(crate) fn write_parquet(&self, path: &Path) {
        let columns = self.columns.iter().enumerate().map(|(at, (name, kind))| {
            let cells = self.rows.iter().map(|row| row[at].as_str());
            let some = |text: &&str| !text.is_empty();
            let array: ArrayRef = match kind {
                Type::Text => Arc::new(
                    cells
                        .map(|text| Some(text).filter(some))
                        .collect::<StringArray>(),
                ),
                Type::Number => Arc::new(
                    cells
                        .map(|text| text.parse::<f64>().ok())
                        .collect::<Float64Array>(),
                ),
                Type::Time => {
                    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(cells));
                    let to = DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, None);
                    let times = arrow::compute::cast(&texts, &to).unwrap();
                    assert_eq!(times.null_count(), 0);
                    Arc::new(
                        times
                            .as_any()
                            .downcast_ref::<TimestampMillisecondArray>()
                            .unwrap()
                            .clone(),
                    )
                }
            };
            (name.clone(), array, true)
        });
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let file = fs::File::create(path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
}
