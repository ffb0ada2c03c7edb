//! The committed sample is what the generator makes, and a second, naive reader agrees with its truth.

mod month;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use crate::{DEFAULT_SEED, Reject, RejectReason, Sample, Tally, Truth, sample_logs};
use flate2::read::MultiGzDecoder;

#[test]
fn two_runs_make_the_same_bytes_and_another_seed_others() {
    let sample = Sample::make(DEFAULT_SEED).unwrap();
    assert!(sample == Sample::make(DEFAULT_SEED).unwrap());
    let other = Sample::make(DEFAULT_SEED + 1).unwrap();
    assert_ne!(sample.truth.totals, other.truth.totals);
}

#[test]
fn committed_sample_is_up_to_date_and_small() {
    let sample = Sample::make(DEFAULT_SEED).unwrap();
    let differences = sample.differences(&sample_logs()).unwrap();
    assert!(
        differences.is_empty(),
        "run the example `make-sample-logs`: {differences:#?}"
    );
    let total_bytes: usize = sample.files.values().map(Vec::len).sum();
    assert!(total_bytes < 2_000_000, "{total_bytes}");
    assert!(sample.files["truth.json"].len() < 1_000_000);
    assert_eq!(Truth::load().unwrap(), sample.truth);
}

#[test]
fn check_names_missing_changed_and_stray_files() {
    let sample = Sample::make(DEFAULT_SEED).unwrap();
    let folder = tempfile::tempdir().unwrap();
    sample.write(folder.path()).unwrap();
    assert!(sample.differences(folder.path()).unwrap().is_empty());
    fs::remove_file(folder.path().join("README.md")).unwrap();
    fs::write(folder.path().join("truth.json"), "{}").unwrap();
    fs::write(folder.path().join("cloudfront/stray"), "").unwrap();
    assert_eq!(
        sample.differences(folder.path()).unwrap(),
        [
            "README.md: missing",
            "truth.json: differs",
            "cloudfront/stray: does not belong here"
        ]
    );
}

/// What the naive reader finds.
#[derive(Default)]
struct Found {
    objects: u64,
    bytes_compressed: u64,
    bytes_uncompressed: u64,
    rows: u64,
    response_bytes: u64,
    request_bytes: u64,
    rejects: Vec<Reject>,
    /// Distribution and date: rows, bytes.
    days: BTreeMap<(String, String), (u64, u64)>,
    /// Cache result in the month: rows, bytes.
    results: BTreeMap<String, (u64, u64)>,
    proxy_requests: u64,
}

#[test]
fn a_naive_reader_agrees_with_the_truth() {
    let truth = Truth::load().unwrap();
    let mut found = Found::default();
    for folder in sorted(&sample_logs().join("cloudfront")) {
        for path in sorted(&folder) {
            read_file(&path, &mut found);
        }
    }
    let totals = truth.totals;
    assert_eq!(found.objects, totals.objects);
    assert_eq!(found.bytes_compressed, totals.bytes_compressed);
    assert_eq!(found.bytes_uncompressed, totals.bytes_uncompressed);
    assert_eq!(found.rows, totals.rows);
    assert_eq!(found.rows + found.rejects.len() as u64, totals.data_lines);
    assert_eq!(found.response_bytes, totals.response_bytes);
    assert_eq!(found.request_bytes, totals.request_bytes);
    found.rejects.sort();
    assert_eq!(found.rejects, truth.rejects);

    let mut days = BTreeMap::new();
    for (id, by_date) in &truth.all_days {
        for (date, tally) in by_date {
            let key = (id.clone(), date.clone());
            days.insert(key, (tally.requests, tally.response_bytes));
        }
    }
    assert_eq!(found.days, days);

    let month = &truth.month_total;
    let results: BTreeMap<_, _> = month
        .by_cache_result
        .iter()
        .map(|(result, tally)| (result.clone(), (tally.requests, tally.response_bytes)))
        .collect();
    assert_eq!(found.results, results);
    let sum = |names: &[&str]| names.iter().map(|name| found.results[*name].0).sum::<u64>();
    assert_eq!(
        sum(&["Hit", "RefreshHit", "OriginShieldHit"]),
        month.hits.requests
    );
    assert_eq!(sum(&["Miss"]), month.misses.requests);
    assert_eq!(
        found.proxy_requests,
        month.by_method_class["proxy"].requests
    );
}

#[test]
fn the_sample_has_the_traits_the_product_reports_on() {
    let truth = Truth::load().unwrap();
    let month = &truth.month_total;
    assert_eq!(
        month.by_billing_region.len(),
        11,
        "ten regions and the unknown one"
    );
    for result in [
        "-",
        "CapacityExceeded",
        "Error",
        "FunctionGeneratedResponse",
        "Hit",
        "LambdaExecutionError",
        "LambdaGeneratedResponse",
        "LimitExceeded",
        "Miss",
        "OriginShieldHit",
        "Redirect",
        "RefreshHit",
    ] {
        assert!(month.by_cache_result.contains_key(result), "{result}");
    }
    assert_eq!(truth.special_files.len(), 11);
    assert!(
        month.response_bytes > 1 << 40,
        "more than the always-free TiB"
    );

    let crates = &truth.month_by_distribution["E2EXAMPLE2CRT"].by_date;
    let usual = crates["2026-10-13"].response_bytes;
    let peak = crates["2026-10-14"].response_bytes;
    assert!(peak > 3 * usual && peak < 6 * usual, "{usual} {peak}");

    assert!(
        truth
            .late_file
            .file
            .contains("E2EXAMPLE1RLS.2026-10-09-03.")
    );
    assert!(truth.late_file.rows > 0);
    // Rejects stay below the share that would quarantine their file.
    let mut per_file: BTreeMap<&str, u64> = BTreeMap::new();
    for reject in &truth.rejects {
        *per_file.entry(&reject.file).or_default() += 1;
    }
    assert!((3..=4).contains(&per_file.len()));
    for (file, n_rejects) in per_file {
        let bytes = fs::read(sample_logs().join(file)).unwrap();
        let n_lines = text(&bytes).lines().count() as u64;
        assert!(
            n_rejects * 100 < n_lines - 4,
            "{file}: {n_rejects} of {n_lines}"
        );
    }
}

fn sorted(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn text(packed: &[u8]) -> String {
    let mut text = String::new();
    MultiGzDecoder::new(packed)
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn read_file(path: &std::path::Path, found: &mut Found) {
    let packed = fs::read(path).unwrap();
    let text = text(&packed);
    found.objects += 1;
    found.bytes_compressed += packed.len() as u64;
    found.bytes_uncompressed += text.len() as u64;
    let file = path
        .strip_prefix(sample_logs())
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let name = path.file_name().unwrap().to_str().unwrap();
    let parts: Vec<&str> = name.split('.').collect();
    assert_eq!(
        (parts.len(), parts[2].len(), parts[3]),
        (4, 8, "gz"),
        "{name}"
    );
    let (id, hour) = (parts[0], parts[1]);
    for (line, row) in rows(&text) {
        match row {
            Ok(row) => add(found, id, hour, &row),
            Err(reason) => {
                found.rejects.push(Reject {
                    file: file.clone(),
                    line,
                    reason,
                });
            }
        }
    }
}

type Row = BTreeMap<String, String>;

/// Line number and cells by name of every data line.
fn rows(text: &str) -> Vec<(u64, Result<Row, RejectReason>)> {
    let mut columns: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if let Some(fields) = line.strip_prefix("#Fields: ") {
            columns = fields.split(' ').map(str::to_owned).collect();
        } else if !line.is_empty() && !line.starts_with('#') {
            let row: Result<Row, _> = if line.starts_with('{') {
                Ok(serde_json::from_str(line).unwrap())
            } else {
                split(&columns, line)
            };
            rows.push((i as u64 + 1, row.and_then(checked)));
        }
    }
    rows
}

/// Every good row of the closed month.
fn read_month(root: &std::path::Path, mut each: impl FnMut(&Row)) {
    for folder in sorted(&root.join("cloudfront")) {
        for path in sorted(&folder) {
            for (_, row) in rows(&text(&fs::read(path).unwrap())) {
                if let Some(row) = row.ok().filter(|row| row["date"].starts_with("2026-10-")) {
                    each(&row);
                }
            }
        }
    }
}

/// Requests and bytes.
fn tally_sum<'a>(tallies: impl Iterator<Item = &'a Tally>) -> (u64, u64) {
    tallies.fold((0, 0), |sum, tally| {
        (sum.0 + tally.requests, sum.1 + tally.response_bytes)
    })
}

fn split(columns: &[String], line: &str) -> Result<BTreeMap<String, String>, RejectReason> {
    let cells: Vec<&str> = line.split('\t').collect();
    if cells.len() != columns.len() {
        return Err(RejectReason::FieldCount);
    }
    Ok(columns
        .iter()
        .cloned()
        .zip(cells.into_iter().map(str::to_owned))
        .collect())
}

fn checked(row: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, RejectReason> {
    if row["date"] == "2026-13-45" {
        return Err(RejectReason::Date);
    }
    if row["sc-bytes"].parse::<u64>().is_err() {
        return Err(RejectReason::Number);
    }
    Ok(row)
}

fn add(found: &mut Found, id: &str, hour: &str, row: &BTreeMap<String, String>) {
    let date = row["date"].clone();
    let in_hour = hour.ends_with(row["time"].split(':').next().unwrap());
    assert!(
        hour.starts_with(&date) && in_hour,
        "rows lie in the hour of the name"
    );
    let bytes: u64 = row["sc-bytes"].parse().unwrap();
    found.rows += 1;
    found.response_bytes += bytes;
    found.request_bytes += row
        .get("cs-bytes")
        .map_or(0, |cell| cell.parse::<u64>().unwrap());
    let day = found.days.entry((id.to_owned(), date.clone())).or_default();
    *day = (day.0 + 1, day.1 + bytes);
    if date.starts_with("2026-10-") {
        let result = row
            .get("x-edge-response-result-type")
            .or_else(|| row.get("x-edge-result-type"))
            .map_or("-", String::as_str);
        let tally = found.results.entry(result.to_owned()).or_default();
        *tally = (tally.0 + 1, tally.1 + bytes);
        found.proxy_requests += u64::from(!["GET", "HEAD"].contains(&row["cs-method"].as_str()));
    }
}
