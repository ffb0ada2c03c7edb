//! Verdicts in every format. Messages hold log content: each format makes it harmless in its own way.

mod github;
mod json;
mod junit;
mod list;
mod summary;
mod table;

use std::io::Write;

pub(super) use list::list_rules;
pub(super) use summary::append_summary;

use crate::{check_args::CheckFormat, commands::check::outcome::Outcomes, stdout::Stdout};

/// Writes verdicts to stdout.
pub(super) fn write(outcomes: &Outcomes, format: CheckFormat) -> anyhow::Result<()> {
    let text = match format {
        CheckFormat::Table => table::table(outcomes),
        CheckFormat::Json => json::json(outcomes)?,
        CheckFormat::Junit => junit::junit(outcomes),
        CheckFormat::Github => github::github(outcomes),
    };
    let mut out = Stdout::new();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::commands::check::outcome::{
        Finding, Kind, Outcome, Outcomes, Severity, Status, Values,
    };

    /// Texts that would steer a terminal, a runner, a browser or an XML reader.
    pub(super) const HOSTILE: [&str; 9] = [
        "/a\n::set-env name=PATH::/tmp",
        "\n::error::fake",
        "/b\r\n::add-mask::a",
        "##[set-env name=PATH]/tmp ##[error]x",
        "100%0A::stop-commands::x, title=y:z",
        "</failure>]]><script>alert(1)</script>&amp;\"'",
        "\u{0}\u{1b}[2J\u{b}\u{fffe}\u{7f}\u{85}\u{2028}",
        "| [x](javascript:alert(1)) `@user` <img src=x> |",
        "\u{202e}txt.exe",
    ];

    /// A failed rule for each severity, each with every hostile text, one passed and one skipped.
    pub(super) fn hostile() -> Outcomes {
        let rule = |name: &str, severity, status| Outcome {
            rule: name.to_owned(),
            kind: Kind::Sql,
            severity,
            status,
            summary: "7 rows".to_owned(),
            violations: if status == Status::Failed { 9 } else { 0 },
            findings: HOSTILE
                .iter()
                .filter(|_| status == Status::Failed)
                .map(|text| Finding {
                    message: format!("path {text}"),
                    values: Values::from([("path".to_owned(), Some((*text).to_owned()))]),
                })
                .collect(),
        };
        Outcomes {
            month: Some("2026-10".to_owned()),
            compared: Some("2026-10".to_owned()),
            is_one_month: true,
            rules: vec![
                rule("a, b: c", Severity::Error, Status::Failed),
                rule("warned", Severity::Warning, Status::Failed),
                rule("noted", Severity::Notice, Status::Failed),
                rule("fine", Severity::Error, Status::Passed),
                rule("skipped", Severity::Error, Status::Skipped),
            ],
            exit_code: 3,
        }
    }

    /// Whether GitHub's runner would take a line for a command: `::` at its beginning, or `##[`
    /// anywhere (its older form).
    pub(super) fn is_command(line: &str) -> bool {
        line.trim_start().starts_with("::") || line.contains("##[")
    }

    /// Lines as a runner may see them.
    pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.split(['\n', '\r', '\u{85}', '\u{2028}'])
    }
}
