//! The rules of URLs, and the families of clients, as tables.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use datafusion::prelude::SessionContext;

use crate::{
    QueryError, Settings,
    rules::Places,
    tables::{all_distributions, bigint, flags, register, text},
    user_agent::LISTED,
};

/// Registers `legacy_rules`, `legacy_rule_distributions`, `path_groups` and `client_families`.
pub(crate) fn register_rules(
    ctx: &SessionContext,
    settings: &Settings,
    with_rows: &[String],
) -> Result<(), QueryError> {
    let rules = &settings.rules;
    let legacy = || rules.legacy_urls.iter();
    let columns = vec![
        ("legacy_rule", text(legacy().map(|rule| rule.id.as_str()))),
        ("rule_order", bigint(1..=count(rules.legacy_urls.len()))),
        ("title", text(legacy().map(|rule| rule.title.as_str()))),
        ("kind", text(legacy().map(|rule| rule.kind.as_str()))),
        ("path", text(legacy().map(|rule| rule.path.as_str()))),
        ("distributions", places(legacy().map(|rule| &rule.places))),
    ];
    register(ctx, "legacy_rules", columns)?;

    // Where each rule applies; a name that no distribution has stays, so that its rule shows.
    let all = all_distributions(settings, with_rows);
    let mut pairs: Vec<(&str, &str, &str)> = Vec::new();
    for rule in legacy() {
        let known = all
            .values()
            .filter(|(distribution, _)| rule.places.hold(distribution))
            .map(|(distribution, _)| (distribution.id.as_str(), distribution.name.as_str()));
        let unknown = rule.places.0.iter().filter(|place| {
            !all.values()
                .any(|(distribution, _)| **place == distribution.id || **place == distribution.name)
        });
        let unknown = unknown.map(|place| (place.as_str(), place.as_str()));
        pairs.extend(
            known
                .chain(unknown)
                .map(|(id, name)| (rule.id.as_str(), id, name)),
        );
    }
    pairs.sort_unstable();
    pairs.dedup();
    let columns = vec![
        ("legacy_rule", text(pairs.iter().map(|row| row.0))),
        ("distribution", text(pairs.iter().map(|row| row.1))),
        ("name", text(pairs.iter().map(|row| row.2))),
    ];
    register(ctx, "legacy_rule_distributions", columns)?;

    let groups = || rules.path_groups.iter();
    let columns = vec![
        ("path_group", text(groups().map(|rule| rule.name.as_str()))),
        ("rule_order", bigint(1..=count(rules.path_groups.len()))),
        (
            "is_immutable",
            flags(groups().map(|rule| rule.is_immutable)),
        ),
        ("path", text(groups().map(|rule| rule.path.as_str()))),
        ("distributions", places(groups().map(|rule| &rule.places))),
    ];
    register(ctx, "path_groups", columns)?;

    let columns = vec![
        (
            "user_agent_family",
            text(LISTED.iter().map(|(name, _)| *name)),
        ),
        (
            "client_kind",
            text(LISTED.iter().map(|(_, kind)| kind.as_str())),
        ),
    ];
    register(ctx, "client_families", columns)
}

/// Names of distributions, with commas; NULL for all.
fn places<'a>(rows: impl Iterator<Item = &'a Places>) -> ArrayRef {
    let lists = rows.map(|places| (!places.0.is_empty()).then(|| places.0.join(", ")));
    let lists: ArrayRef = Arc::new(lists.collect::<StringArray>());
    lists
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}
