//! The settings file that `init` writes: every key is there, what is not known as a comment.
//!
//! Words stand behind `# `; a setting that only waits for its `#` to be taken away has no blank.

use std::{collections::BTreeSet, fmt::Write as _};

use edgeledger_report::escape_terminal;

use super::{
    found::{Catalog, Found, Logging},
    origin::{Place, log_bucket},
};

const HEAD: &str = include_str!("head.toml");
const EXAMPLE: &str = include_str!("example.toml");
const TAIL: &str = include_str!("tail.toml");
/// What [`TAIL`] calls the distribution of its examples.
const EXAMPLE_NAME: &str = "\"releases\"";
/// Domains that a comment lists.
const MAX_DOMAINS: usize = 5;

/// What the written file holds, for the last word on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) distributions: usize,
    /// Those whose logging is off, which are written as comments.
    pub(super) without_logs: usize,
    pub(super) sources: usize,
}

/// The settings as TOML. `regions` are those that have S3 prices.
pub(super) fn settings(catalog: &Catalog, regions: &[&str]) -> (String, Counts) {
    let logs = logs(catalog);
    let mut text = HEAD.replace("#sources = [\"s3://my-logs/cloudfront/\"]\n", &logs.lines());
    text.push_str(&aws(&logs));
    let names = catalog.names();
    let mut example = EXAMPLE_NAME.to_owned();
    let mut without_logs = 0;
    if catalog.distributions.is_empty() {
        text.push_str(EXAMPLE);
    } else {
        text.push_str(&commented_only(EXAMPLE));
    }
    let is_off = |row: &Found| row.logging == Logging::Off;
    let rows = || catalog.distributions.iter().zip(&names);
    // The others stand last: they are for later.
    for (row, name) in rows().filter(|(row, _)| !is_off(row)) {
        if example == EXAMPLE_NAME {
            example = quoted(name);
        }
        text.push_str(&distribution(catalog, row, name, regions, ""));
    }
    for (row, name) in rows().filter(|(row, _)| is_off(row)) {
        if example == EXAMPLE_NAME {
            example = quoted(name);
        }
        if without_logs == 0 {
            text.push_str(WITHOUT_LOGS);
        }
        without_logs += 1;
        text.push_str(&distribution(catalog, row, name, regions, "#"));
    }
    text.push_str(&TAIL.replace(EXAMPLE_NAME, &example));
    let counts = Counts {
        distributions: catalog.distributions.len(),
        without_logs,
        sources: logs.sources.len(),
    };
    (text, counts)
}

const WITHOUT_LOGS: &str = "
# ---- Distributions without standard logs ----------------------------------------------------
# Nothing can be told of these until their logs go to a bucket. Turn standard logging on (in
# Terraform: a `logging_config` block; in the console: Logging, Standard logging), add the bucket
# to `sources`, and take the `#` away. Standard logging v2 is set up elsewhere and is not seen
# here: if it is on, only `sources` and the `#` are left to do.
";

/// Where the logs lie.
#[derive(Debug, Default)]
struct Logs {
    sources: BTreeSet<String>,
    regions: BTreeSet<String>,
    /// Some bucket's region is not known.
    is_open: bool,
    /// Some distribution's file did not tell.
    is_unknown: bool,
}

impl Logs {
    fn lines(&self) -> String {
        let mut text = String::new();
        if self.is_unknown {
            text.push_str(
                "# Lists of the AWS command line do not tell where logs go; each distribution does:\n\
                 #   aws cloudfront get-distribution --id ID | edgeledger init --stdout --from-aws -\n",
            );
        }
        if self.sources.is_empty() {
            text.push_str("#sources = [\"s3://my-logs/cloudfront/\"]\n");
            return text;
        }
        text.push_str("sources = [\n");
        for source in &self.sources {
            // A log under a shorter address would be listed twice.
            let covered = self
                .sources
                .iter()
                .any(|other| other != source && source.starts_with(other.as_str()));
            if !covered {
                push_line(&mut text, &format!("    {},", quoted(source)));
            }
        }
        text.push_str("]\n");
        text
    }
}

fn logs(catalog: &Catalog) -> Logs {
    let mut logs = Logs::default();
    for row in &catalog.distributions {
        match &row.logging {
            Logging::Off => {}
            Logging::Unknown => logs.is_unknown = true,
            Logging::To { bucket, prefix } => {
                if let Some((source, region)) = source(catalog, bucket, prefix) {
                    logs.sources.insert(source);
                    match region {
                        Some(region) => drop(logs.regions.insert(region)),
                        None => logs.is_open = true,
                    }
                }
            }
        }
    }
    logs
}

/// The address of logs, and the region of their bucket. `CloudFront` puts a `/` behind the prefix
/// where there is none.
fn source(catalog: &Catalog, bucket: &str, prefix: &str) -> Option<(String, Option<String>)> {
    let (bucket, region) = log_bucket(bucket)?;
    let region = region.or_else(|| catalog.buckets.get(&bucket).cloned());
    let prefix = prefix.trim_start_matches('/').trim_end_matches('/');
    let slash = if prefix.is_empty() { "" } else { "/" };
    Some((format!("s3://{bucket}/{prefix}{slash}"), region))
}

fn aws(logs: &Logs) -> String {
    let mut text = "
# ---- AWS --------------------------------------------------------------------------------------
# Access is the AWS SDK's own (AWS_PROFILE, SSO, roles, AWS_REGION …); these go before it.
#   region          of the buckets of logs and lake
#   profile         of the AWS configuration files
#   endpoint_url    of an S3-compatible server
#   requester_pays  pay for requests to buckets that ask for it
"
    .to_owned();
    let region = logs.regions.iter().next();
    if let Some(region) = region.filter(|_| logs.regions.len() == 1 && !logs.is_open) {
        text.push_str("[aws]\n");
        push_line(&mut text, &format!("region = {}", quoted(region)));
    } else {
        let mut regions: Vec<String> = logs.regions.iter().cloned().collect();
        if logs.is_open {
            regions.push("not told of all".to_owned());
        }
        if region.is_some() {
            let words = format!("Log buckets are in: {}", listed(&regions));
            push_comment(&mut text, &words);
        }
        text.push_str("#[aws]\n#region = \"us-west-1\"\n");
    }
    text.push_str("#profile = \"cdn-logs\"\n#endpoint_url = \"http://127.0.0.1:9000\"\n#requester_pays = true\n");
    text
}

/// The explanations of a part without its settings.
fn commented_only(part: &str) -> String {
    let lines = part.lines();
    let words = lines.filter(|line| line.is_empty() || *line == "#" || line.starts_with("# "));
    words.fold(String::new(), |mut text, line| {
        push_line(&mut text, line);
        text
    })
}

/// One distribution; `off` stands before each setting of one that is written as a comment.
fn distribution(catalog: &Catalog, row: &Found, name: &str, regions: &[&str], off: &str) -> String {
    let mut text = "\n".to_owned();
    let mut addresses = row.aliases.clone();
    addresses.extend(row.domain.clone());
    if !addresses.is_empty() {
        push_comment(&mut text, &listed(&addresses));
    }
    if row.enabled == Some(false) {
        push_comment(&mut text, "This distribution is disabled.");
    }
    match &row.logging {
        Logging::To { bucket, prefix } => match source(catalog, bucket, prefix) {
            Some((source, _)) => push_comment(&mut text, &format!("Logs: {source}")),
            None => push_comment(
                &mut text,
                &format!("Logs go to {bucket:?}, which is no bucket's name: add it to `sources`."),
            ),
        },
        Logging::Unknown => push_comment(&mut text, "Logs: not told, see `sources`."),
        Logging::Off => {}
    }
    let mut after = Vec::new();
    let place = row.behind.as_ref().map(|behind| catalog.place(behind));
    let mut lines: Vec<(&str, String)> = vec![("id", row.id.clone()), ("name", name.to_owned())];
    match &place {
        Some(Place::S3 {
            region, website, ..
        }) => {
            lines.push(("origin", "s3".to_owned()));
            match region {
                Some(region) if regions.contains(&region.as_str()) => {
                    lines.push(("bucket_region", region.clone()));
                }
                Some(region) => after.push(format!(
                    "No S3 prices are known for {region:?}: us-east-1 is taken for bucket_region."
                )),
                None => after.push(
                    "The bucket's region is not told: without bucket_region it is us-east-1."
                        .to_owned(),
                ),
            }
            if *website {
                after.push(
                    "The origin is the website of a bucket: S3 could serve the same.".to_owned(),
                );
            }
        }
        Some(Place::Server) => lines.push(("origin", "server".to_owned())),
        None => after
            .push("The origin is not told: without `origin` it is \"s3\" in us-east-1.".to_owned()),
    }
    match row.price_class.as_deref() {
        Some(class) => match class.strip_prefix("PriceClass_") {
            Some(class @ ("100" | "200" | "All")) => lines.push(("price_class", class.to_owned())),
            _ => after.push(format!("Price class {class:?} is not known: All is taken.")),
        },
        None => after.push("The price class is not told: All is taken.".to_owned()),
    }
    if let Some(behind) = &row.behind {
        match behind.shield.as_deref() {
            Some(region) if regions.contains(&region) => {
                lines.push(("origin_shield", region.to_owned()));
            }
            Some(region) => after.push(format!("Origin Shield in {region:?}: no prices known.")),
            None => {}
        }
        after.push(format!("Origin: {}", behind.domain));
        if !behind.fallbacks.is_empty() {
            after.push(format!("When that fails: {}", listed(&behind.fallbacks)));
        }
        if !behind.others.is_empty() {
            after.push(format!(
                "Other paths come from {}; all is counted as from the origin above.",
                listed(&behind.others)
            ));
        }
    }
    push_line(&mut text, &format!("{off}[[distribution]]"));
    for (key, value) in lines {
        push_line(&mut text, &format!("{off}{key} = {}", quoted(&value)));
    }
    for words in after {
        push_comment(&mut text, &words);
    }
    text
}

/// The first few of some names.
fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(MAX_DOMAINS);
    let mut shown: Vec<&str> = names.iter().take(MAX_DOMAINS).map(String::as_str).collect();
    let more = format!("{more} more");
    if names.len() > MAX_DOMAINS {
        shown.push(&more);
    }
    shown.join(", ")
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// A line of words. What comes from a file stays on it, and can steer no terminal.
fn push_comment(text: &mut String, words: &str) {
    push_line(text, &format!("# {}", escape_terminal(words)));
}

/// A TOML string on one line, in which everything that is not plainly visible is spelled out.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        let is_hidden = escape_terminal(c.encode_utf8(&mut [0; 4])).starts_with('\\') && c != '\\';
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // Writing to a String cannot fail.
            c if is_hidden => write!(out, "\\U{:08X}", u32::from(c)).unwrap_or_default(),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{quoted, settings};
    use crate::commands::init::found::{Behind, Catalog, Found, Logging, tests::found};

    fn to(bucket: &str, prefix: &str) -> Logging {
        Logging::To {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    fn written(rows: Vec<Found>) -> (String, toml::Table) {
        let mut catalog = Catalog::default();
        for row in rows {
            catalog.add(row);
        }
        let (text, _) = settings(&catalog, &["us-east-1", "us-west-1"]);
        let table = text.parse().unwrap();
        (text, table)
    }

    #[test]
    fn quoted_texts_are_read_back_as_they_were() {
        for text in [
            "",
            "a\"b\\c",
            "\"]\nlake = \"s3://evil\"\n[[x",
            "\u{1b}[31m\u{202e}\u{7f}\u{85}\u{200b}",
            "é 日本 \u{1f980}",
            "'''",
        ] {
            let line = format!("a = {}", quoted(text));
            assert!(line.chars().all(|c| !c.is_control()), "{line}");
            let table: toml::Table = line.parse().unwrap();
            assert_eq!(table["a"].as_str(), Some(text), "{line}");
        }
    }

    #[test]
    fn sources_are_where_the_logs_go_and_no_place_twice() {
        let row = |id: &str, logging| Found {
            logging,
            ..found(id)
        };
        let bucket = "logs.s3.us-west-1.amazonaws.com";
        let (_, table) = written(vec![
            row("E1", to(bucket, "cdn/releases")),
            row("E2", to(bucket, "/cdn/releases/")),
            row("E3", to(bucket, "cdn/releases/old")),
            row("E4", to(bucket, "cdn/rel")),
            row("E5", to("a bucket", "")),
            row("E6", Logging::Off),
        ]);
        let sources = table["sources"].as_array().unwrap();
        let sources: Vec<_> = sources.iter().filter_map(toml::Value::as_str).collect();
        assert_eq!(sources, ["s3://logs/cdn/rel/", "s3://logs/cdn/releases/"]);
        assert_eq!(table["aws"]["region"].as_str(), Some("us-west-1"));
        let rows = table["distribution"].as_array().unwrap();
        assert_eq!(rows.len(), 5, "the one without logs is a comment");
    }

    #[test]
    fn a_region_is_written_only_when_it_is_that_of_all() {
        for second in ["two.s3.eu-west-1.amazonaws.com", "two.s3.amazonaws.com"] {
            let row = |id: &str, bucket: &str| Found {
                logging: to(bucket, ""),
                ..found(id)
            };
            let one = row("E1", "one.s3.us-west-1.amazonaws.com");
            let (_, table) = written(vec![one, row("E2", second)]);
            assert!(!table.contains_key("aws"), "{second}");
        }
    }

    #[test]
    fn what_settings_cannot_hold_becomes_a_remark() {
        let (text, table) = written(vec![Found {
            price_class: Some("PriceClass_None".to_owned()),
            behind: Some(Behind {
                domain: "rel.s3.xx-new-1.amazonaws.com".to_owned(),
                shield: Some("mars-north-1".to_owned()),
                fallbacks: Vec::new(),
                others: Vec::new(),
            }),
            ..found("E1")
        }]);
        let row = table["distribution"][0].as_table().unwrap();
        let keys: Vec<&str> = row.keys().map(String::as_str).collect();
        assert_eq!(keys, ["id", "name", "origin"]);
        for word in ["xx-new-1", "PriceClass_None", "mars-north-1"] {
            assert!(text.contains(word), "{text}");
        }
    }
}
