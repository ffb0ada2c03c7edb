//! `check --list-rules`.

use std::io::Write;

use super::table::plain;
use crate::{
    commands::check::{builtin::Tuned, file::Rules},
    stdout::Stdout,
};

/// Prints every rule with its severity and limits: the built-in ones as tuned, then the file's.
pub(crate) fn list_rules(rules: &Rules) -> anyhow::Result<()> {
    let mut out = Stdout::new();
    for rule in &rules.builtins {
        writeln!(out, "{}", builtin(rule))?;
    }
    for rule in &rules.own {
        let (name, severity) = (plain(&rule.name), rule.severity.as_str());
        writeln!(
            out,
            "{name:<16} {severity:<8} {} rule of the file",
            rule.kind().as_str()
        )?;
    }
    out.flush()?;
    Ok(())
}

fn builtin(rule: &Tuned) -> String {
    let severity = if rule.is_enabled {
        rule.severity.as_str()
    } else {
        "off"
    };
    let when = if rule.builtin.is_drift {
        "; with --baseline"
    } else {
        ""
    };
    let limits = rule.limits_in_words();
    let limits = if limits.is_empty() {
        String::new()
    } else {
        format!(" [{limits}]")
    };
    let (name, about) = (rule.builtin.name, rule.builtin.about);
    format!("{name:<16} {severity:<8} {about}{when}{limits}")
}
