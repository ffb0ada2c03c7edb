//! Verdicts as JSON: `edgeledger.check/1`, described in `docs/checks.md`.

use edgeledger_report::escape_json;
use serde::Serialize;

use crate::commands::check::outcome::{Counts, Outcome, Outcomes};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    month: Option<&'a str>,
    compared_month: Option<&'a str>,
    exit_code: u8,
    counts: Counts,
    rules: &'a [Outcome],
}

pub(super) fn json(outcomes: &Outcomes) -> anyhow::Result<String> {
    let document = Document {
        schema: "edgeledger.check/1",
        month: outcomes.month.as_deref(),
        compared_month: outcomes.compared.as_deref(),
        exit_code: outcomes.exit_code,
        counts: outcomes.counts(),
        rules: &outcomes.rules,
    };
    let text = serde_json::to_string_pretty(&document)?;
    // Such characters are in strings only; GitHub's runner looks for the bracket in any line.
    let text = escape_json(&text).replace("##[", "##\\u005b");
    Ok(format!("{text}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::check::write::tests::{HOSTILE, hostile, is_command, lines};

    #[test]
    fn hostile_content_comes_back_as_it_was() {
        let text = json(&hostile()).unwrap();
        assert!(lines(&text).all(|line| !is_command(line)), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["schema"], "edgeledger.check/1");
        assert_eq!(read["counts"]["errors"], 1);
        for (at, hostile) in HOSTILE.iter().enumerate() {
            let finding = &read["rules"][0]["findings"][at];
            assert_eq!(finding["values"]["path"], *hostile);
            assert_eq!(finding["message"], format!("path {hostile}"));
        }
    }
}
