//! What figures are compared with: the JSON of a report, or a file written by `--update-baseline`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::Path,
};

use anyhow::Context;
use edgeledger_rates::{Decimal, Month};
use serde::{Deserialize, Serialize};

use crate::{
    commands::check::{
        data::{Data, decimal, text},
        logs,
    },
    exit::UsageError,
};

/// The version of the files that `--update-baseline` writes.
pub(super) const SCHEMA: &str = "edgeledger.baseline/1";
/// The version of reports that can be read.
const REPORT_SCHEMA: &str = "edgeledger.report/1";
/// Reports are smaller.
const MAX_BYTES: u64 = 256 << 20;

/// A baseline; of a report the fields that it shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Baseline {
    pub(super) schema: String,
    pub(super) month: String,
    /// The only distribution that a report is about.
    #[serde(default, skip_serializing)]
    distribution: Option<String>,
    headline: Figures,
    distributions: Vec<OfDistribution>,
    /// What the rules about change saw.
    #[serde(default)]
    rules: Vec<RuleValue>,
    /// The whole file, for pointers into reports.
    #[serde(skip)]
    json: serde_json::Value,
}

/// Figures that drifts are about, named as in reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Figures {
    pub(super) requests: u64,
    pub(super) egress_bytes: u64,
    pub(super) request_hit_ratio: Option<Decimal>,
    pub(super) cloudfront_usd: Option<Decimal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OfDistribution {
    distribution: String,
    name: String,
    #[serde(flatten)]
    figures: Figures,
    /// The columns of its logs; reports do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    columns: Option<BTreeSet<String>>,
}

/// The value of a row of a rule about change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct RuleValue {
    pub(super) rule: String,
    pub(super) key: Option<String>,
    pub(super) value: Decimal,
}

/// Who figures are of: all traffic, or a distribution by id and name.
pub(super) type Of = Option<(String, String)>;

impl Baseline {
    /// Reads a baseline or a report.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let fail = |what: String| UsageError::new(format!("baseline `{}`: {what}", path.display()));
        let found = fs::metadata(path).and_then(|found| {
            let text = if found.len() > MAX_BYTES {
                String::new()
            } else {
                fs::read_to_string(path)?
            };
            Ok((found.len(), text))
        });
        let (size, text) = found.map_err(|error| {
            fail(format!("cannot be read: {error}"))
                .with_hint("`edgeledger check … --baseline FILE --update-baseline` writes one")
        })?;
        if size > MAX_BYTES {
            return Err(fail(format!("{size} bytes are too many for a report")).into());
        }
        let json: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
        let schema = json.get("schema").and_then(serde_json::Value::as_str);
        if ![Some(SCHEMA), Some(REPORT_SCHEMA)].contains(&schema) {
            let schema = schema.unwrap_or("none").escape_debug();
            let error = fail(format!("its schema is `{schema}`"));
            let hint =
                format!("give the JSON of a report of one month ({REPORT_SCHEMA}), or {SCHEMA}");
            return Err(error.with_hint(hint).into());
        }
        let mut read = Self::deserialize(&json).map_err(|error| fail(error.to_string()))?;
        if read.month.parse::<Month>().is_err() {
            let month = read.month.escape_debug();
            return Err(fail(format!("its month is `{month}`")).into());
        }
        read.json = json;
        Ok(read)
    }

    /// The figures of the month that is compared.
    pub(super) async fn of(data: &Data) -> anyhow::Result<Option<Self>> {
        let Some(month) = &data.compared else {
            return Ok(None);
        };
        let all = "SELECT NULL AS distribution, NULL AS name, requests, response_bytes, \
            request_hit_ratio, cloudfront_usd FROM headline WHERE month = $month";
        let each = "SELECT t.distribution, t.name, t.requests, t.response_bytes, \
            h.request_hit_ratio, s.cloudfront_usd FROM monthly_traffic t \
            LEFT JOIN hit_ratio h ON h.month = t.month AND h.distribution = t.distribution \
            LEFT JOIN savings s ON s.month = t.month AND s.distribution = t.distribution \
            WHERE t.month = $month ORDER BY t.distribution";
        let params = [("month", month.as_str())];
        let all = data.rows(all, &params).await?;
        let Some(headline) = all.first().map(|row| figures(row)) else {
            return Ok(None);
        };
        let mut columns = logs::usual_columns(data).await?;
        let rows = data.rows(each, &params).await?;
        let distributions = rows.iter().filter_map(|row| {
            let distribution = text(row, 0)?;
            Some(OfDistribution {
                name: text(row, 1).unwrap_or_else(|| distribution.clone()),
                figures: figures(row),
                columns: columns.remove(&distribution),
                distribution,
            })
        });
        Ok(Some(Self {
            schema: SCHEMA.to_owned(),
            month: month.clone(),
            distribution: None,
            headline,
            distributions: distributions.collect(),
            rules: Vec::new(),
            json: serde_json::Value::Null,
        }))
    }

    /// The figures of everybody. A report of one distribution has none of the others.
    pub(super) fn figures(&self) -> BTreeMap<Of, &Figures> {
        let each = self.distributions.iter().map(|row| {
            let of = (row.distribution.clone(), row.name.clone());
            (Some(of), &row.figures)
        });
        let all = self
            .distribution
            .is_none()
            .then_some((None, &self.headline));
        all.into_iter().chain(each).collect()
    }

    /// Whether it says anything about a distribution that it does not have.
    pub(super) fn is_of_all(&self) -> bool {
        self.distribution.is_none()
    }

    /// The columns of a distribution's logs, if it says.
    pub(super) fn columns(&self, distribution: &str) -> Option<&BTreeSet<String>> {
        let mut rows = self.distributions.iter();
        rows.find(|row| row.distribution == distribution)?
            .columns
            .as_ref()
    }

    /// The values of a rule by key.
    pub(super) fn values(&self, rule: &str) -> BTreeMap<Option<String>, Decimal> {
        let values = self.rules.iter().filter(|value| value.rule == rule);
        values
            .map(|value| (value.key.clone(), value.value))
            .collect()
    }

    /// The number that a JSON pointer leads to.
    pub(super) fn pointed(&self, pointer: &str) -> Option<Decimal> {
        match self.json.pointer(pointer)? {
            serde_json::Value::String(text) => decimal(text),
            serde_json::Value::Number(number) => decimal(&number.to_string()),
            _ => None,
        }
    }

    /// Writes the baseline with what rules about change saw: whole or not at all.
    pub(super) fn write(mut self, path: &Path, mut rules: Vec<RuleValue>) -> anyhow::Result<()> {
        rules.sort();
        self.rules = rules;
        refuse_reports(path)?;
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        let fail = || format!("cannot write the baseline `{}`", path.display());
        let mut file =
            tempfile::NamedTempFile::new_in(dir.unwrap_or(Path::new("."))).with_context(fail)?;
        let mut text = serde_json::to_string_pretty(&self)?;
        text.push('\n');
        file.write_all(text.as_bytes()).with_context(fail)?;
        readable(file.as_file()).with_context(fail)?;
        file.persist(path).with_context(fail)?;
        Ok(())
    }
}

/// Temporary files are for their owner only; what is checked in is not.
#[cfg(unix)]
fn readable(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}

/// A report is no file of ours to write over, nor is anything else.
fn refuse_reports(path: &Path) -> anyhow::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let old = Baseline::read(path).map(|old| old.schema);
    if old.is_ok_and(|schema| schema == SCHEMA) {
        return Ok(());
    }
    let error = UsageError::new(format!(
        "`{}` is no baseline that may be written over",
        path.display()
    ));
    let hint = "give another file; the JSON of a report is a baseline as it is";
    Err(error.with_hint(hint).into())
}

fn figures(row: &[Option<String>]) -> Figures {
    let count = |at| text(row, at).and_then(|count| count.parse().ok());
    let number = |at| text(row, at).as_deref().and_then(decimal);
    Figures {
        requests: count(2).unwrap_or(0),
        egress_bytes: count(3).unwrap_or(0),
        request_hit_ratio: number(4),
        cloudfront_usd: number(5),
    }
}
