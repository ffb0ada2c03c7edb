//! Every renderer on the same models.

mod models;
mod served;

use std::collections::BTreeSet;

use edgeledger_testkit::insta;
use serde_json::Value;

use crate::{Format, Report, escape::is_hidden, layout};

/// A format that is text.
fn render(report: &Report, format: Format) -> String {
    String::from_utf8(crate::render(report, format).unwrap()).unwrap()
}

/// The files that are text.
fn render_files(report: &Report) -> Vec<(String, String)> {
    let files = crate::render_files(report).unwrap().into_iter();
    files
        .filter(|(name, _)| name != "report.xlsx")
        .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
        .collect()
}

/// Formats that are text, and short enough to be looked at.
const TEXTS: [Format; 4] = [Format::Text, Format::Markdown, Format::Json, Format::Csv];

fn check(name: &str, report: &Report) {
    for format in TEXTS {
        let rendered = render(report, format);
        insta::assert_snapshot!(format!("{name}.{format}"), rendered);
        assert_eq!(
            rendered,
            render(report, format),
            "the same model gives the same bytes"
        );
    }
}

#[test]
fn typical_month() {
    check("typical_month", &models::typical());
}

#[test]
fn typical_month_tables() {
    let files = render_files(&models::typical());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"report.txt"));
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let tables: Vec<String> = files
        .iter()
        .filter(|(name, _)| name.starts_with("csv/"))
        .map(|(name, text)| format!("== {name}\n{text}"))
        .collect();
    insta::assert_snapshot!(tables.join("\n"));
}

#[test]
fn month_without_requests() {
    check("month_without_requests", &models::empty());
}

#[test]
fn one_request() {
    check("one_request", &models::one());
}

/// The headline and the section on data quality say it, in every format, and nothing says it of a
/// month that was not restated.
#[test]
fn a_restated_month_says_so() {
    let line = "Restated: 3 log objects (1,204 rows) came or changed after the month was first \
                complete on 2026-11-02, last on 2026-11-12; 110 rows were removed on purpose.";
    let note = "115 rows were removed on purpose (retention or erasure): not lost, and not \
                counted here.";
    let mut report = models::typical();
    for format in [Format::Text, Format::Markdown] {
        let text = unwrapped(&render(&report, format));
        assert_eq!(text.matches(line).count(), 2, "{text}");
        assert_eq!(text.matches(note).count(), 1, "{text}");
        let (headline, _) = text.split_once("Distributions").unwrap();
        assert!(headline.contains(line), "{headline}");
    }
    assert_eq!(
        method_rows(&report, "restated_"),
        [
            "restated_first_closed_ingest_at,2026-11-02T02:00:05Z",
            "restated_late_objects,3",
            "restated_late_rows,1204",
            "restated_last_ingested_at,2026-11-12T03:00:00Z",
            "restated_forgotten_rows,110",
        ]
    );
    assert_eq!(method_rows(&report, "forgotten_"), ["forgotten_rows,115"]);
    let json: Value = serde_json::from_str(&render(&report, Format::Json)).unwrap();
    assert_eq!(
        json["quality"]["restated"],
        serde_json::json!({
            "first_closed_ingest_at": "2026-11-02T02:00:05Z",
            "late_objects": 3,
            "late_rows": 1204,
            "last_ingested_at": "2026-11-12T03:00:00Z",
            "forgotten_rows": 110,
        })
    );

    // Rows were only removed.
    let restated = report.quality.restated.as_mut().unwrap();
    (restated.late_objects, restated.late_rows) = (0, 0);
    (restated.last_ingested_at, restated.forgotten_rows) = (None, 1);
    let text = unwrapped(&render(&report, Format::Text));
    assert!(
        text.contains("Restated: 1 row was removed on purpose."),
        "{text}"
    );

    let report = models::one();
    for (name, text) in render_files(&report) {
        let said = text.to_lowercase().matches("restated").count();
        assert_eq!(said, usize::from(name == "report.json"), "{name}");
        assert!(!text.contains("on purpose"), "{name}");
    }
    let json: Value = serde_json::from_str(&render(&report, Format::Json)).unwrap();
    assert_eq!(json["quality"]["restated"], Value::Null);
}

/// A text without the line ends and escapes of its medium.
fn unwrapped(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('\\', "")
}

fn method_rows(report: &Report, prefix: &str) -> Vec<String> {
    let files = render_files(report);
    let (_, method) = files
        .iter()
        .find(|(name, _)| name == "csv/method.csv")
        .unwrap();
    let rows = method.lines().filter(|line| line.starts_with(prefix));
    rows.map(str::to_owned).collect()
}

#[test]
fn only_servers() {
    check("only_servers", &models::only_servers());
}

#[test]
fn huge_numbers() {
    check("huge_numbers", &models::huge());
}

#[test]
fn hostile_text() {
    check("hostile_text", &models::hostile());
}

#[test]
fn many_of_everything() {
    let report = models::many();
    let text = render(&report, Format::Text);
    assert!(text.contains("… and 75 more, which the JSON and CSV forms of this report list."));
    let markdown = render(&report, Format::Markdown);
    assert!(
        markdown.contains("<details><summary>Edge codes that no list knows (25 rows)</summary>")
    );
}

#[test]
fn nothing_hidden_gets_through() {
    for report in models::all() {
        for (name, text) in render_files(&report) {
            let hidden = text.chars().find(|&c| c != '\n' && is_hidden(c));
            assert_eq!(hidden, None, "{name}");
        }
    }
}

#[test]
fn text_fits_a_hundred_columns() {
    for report in models::all() {
        for line in render(&report, Format::Text).lines() {
            assert!(layout::display_width(line) <= layout::WIDTH, "{line}");
            assert_eq!(line, line.trim_end(), "no spaces at the end");
        }
    }
}

#[test]
fn markdown_holds_no_foreign_markup() {
    for (name, text) in render_files(&models::hostile()) {
        if name == "report.md" {
            for markup in ["<script", "@everyone", "[x](", "www.", "http://"] {
                assert!(!text.contains(markup), "{markup}");
            }
            for line in text.lines().filter(|line| line.starts_with('|')) {
                assert!((3..=10).contains(&line.matches('|').count()), "{line}");
            }
        }
    }
}

#[test]
fn csv_rows_have_as_many_cells_as_their_header() {
    for report in models::all() {
        for (name, text) in render_files(&report) {
            if name.starts_with("csv/") {
                let cells: BTreeSet<usize> = text.lines().map(count_cells).collect();
                assert_eq!(cells.len(), 1, "{name}: {cells:?}");
            }
        }
    }
}

/// Commas outside quotes, plus one.
fn count_cells(line: &str) -> usize {
    let mut is_quoted = false;
    let mut cells = 1;
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells += 1,
            _ => {}
        }
    }
    cells
}

#[test]
fn json_parses_back_to_the_same_text() {
    let report = models::hostile();
    let json: Value = serde_json::from_str(&render(&report, Format::Json)).unwrap();
    assert_eq!(json["notes"][0], report.notes[0].as_str());
    assert_eq!(
        json["distributions"][0]["name"],
        report.distributions[0].name.as_str()
    );
}

#[test]
fn json_is_documented_field_by_field() {
    let json = serde_json::from_str(&render(&models::typical(), Format::Json)).unwrap();
    let mut rendered = BTreeSet::new();
    paths(&json, String::new(), &mut rendered);
    let document = edgeledger_testkit::repo_root().join("docs/report-json.md");
    let document = std::fs::read_to_string(document).unwrap();
    let documented: BTreeSet<String> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(path, _)| path.to_owned())
        .collect();
    assert_eq!(rendered, documented);
}

/// Paths of all values that are neither objects nor lists of objects.
fn paths(value: &Value, path: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                paths(value, format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(items) => {
            assert!(!items.is_empty(), "the model leaves `{path}` empty");
            for item in items {
                paths(item, format!("{path}[]"), found);
            }
        }
        // A value that may be missing is an object in another row.
        Value::Null if path.ends_with("first_reject") => {}
        _ => {
            found.insert(path);
        }
    }
}

/// Sentences on change, tiers and the month's end, with the numbers of the sample rows.
#[test]
fn looking_back_and_ahead_is_said_in_sentences() {
    let mut report = models::typical();
    let text = unwrapped(&render(&report, Format::Text));
    for said in [
        "CloudFront cost $6,617.40 in October 2026, $514.52 more than in September 2026 ($6,102.88). \
         The biggest cause: volume, +$512.77 (more or fewer bytes a day, at the prices then). \
         Most against it: region mix, -$88.10",
        "not comparable with September 2026: 30 of 31 days of October 2026 have logs",
        "not comparable: only 30 of 31 days of October 2026 have logs.",
        "CloudFront's free 1.00 TiB of egress is used up: the month needed 65.03 TiB. 2 of 2 regions \
         have left their first tier. Nearest to its next tier is US: after 10.51 TiB more that are not free a GB costs \
         $0.060 instead of $0.080.",
        "expected to have cost $6,831.19 (in four of five months $6,760.02 to $6,902.36), for 67.21 \
         TiB and 3,161,004,412 requests.",
        "is expected to cost $6,831.19 (105.1% of it): $331.19 over.",
        "At its cost they last 4.9 months more, until 2027-03-28. 1 month since the balance is not in \
         the lake and counted as nothing.",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    // The same with all days there: the change has a size, and its sign.
    let mut months = report.figures.get("month_summary").clone();
    let columns = months.columns.clone();
    let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
    months.rows[0][at("covered_days")] = crate::Value::Int(31);
    report.figures = crate::Figures::new(vec![("month_summary", months)]);
    let text = unwrapped(&render(&report, Format::Text));
    // 514.52 / 6102.88 = 0.0843.
    assert!(
        text.contains("Change +$514.52 +8.4% since September 2026"),
        "{text}"
    );
    // Only what is of one distribution stays: none of the chapters is.
    report.figures = crate::Figures::default();
    let text = render(&report, Format::Text);
    for title in ["Why it changed", "Price tiers", "Forecast", "Per TiB"] {
        assert!(!text.contains(title), "{title}");
    }
}

#[test]
fn formats_are_found_by_name() {
    for format in Format::all() {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert_eq!("md".parse(), Ok(Format::Markdown));
    assert_eq!(
        "pdf".parse::<Format>().unwrap_err().to_string(),
        "`pdf` is not a format; formats are `text`, `markdown`, `html`, `json`, `csv` and `xlsx`"
    );
}
