//! Which rule a path falls under.

use std::{borrow::Cow, collections::BTreeMap};

use super::{Pattern, Places};
use crate::{Distribution, functions::decode};

/// Ordered rules by distribution, compiled.
#[derive(Debug)]
pub(crate) struct Matcher {
    /// What the functions give, by number.
    names: Vec<String>,
    /// By distribution id: its rules, in order.
    described: BTreeMap<String, Vec<(usize, Pattern)>>,
    /// The rules of a distribution that no settings describe.
    others: Vec<(usize, Pattern)>,
    /// By id: the rules that name a distribution that no settings describe.
    named: BTreeMap<String, Vec<(usize, Pattern)>>,
}

impl Matcher {
    /// `rules` are name, pattern and places, in order.
    pub(crate) fn new<'a>(
        rules: impl Iterator<Item = (&'a str, &'a Pattern, &'a Places)> + Clone,
        distributions: &[Distribution],
    ) -> Self {
        let of = |distribution: &Distribution| {
            rules
                .clone()
                .enumerate()
                .filter(|(_, (_, _, places))| places.hold(distribution))
                .map(|(at, (_, pattern, _))| (at, pattern.clone()))
                .collect::<Vec<_>>()
        };
        let described: BTreeMap<_, _> = distributions
            .iter()
            .map(|distribution| (distribution.id.clone(), of(distribution)))
            .collect();
        let named = rules
            .clone()
            .flat_map(|(_, _, places)| &places.0)
            .map(|id| (id.clone(), of(&Distribution::assumed(id))))
            .collect();
        Self {
            names: rules.clone().map(|(name, _, _)| name.to_owned()).collect(),
            described,
            others: rules
                .enumerate()
                .filter(|(_, (_, _, places))| places.0.is_empty())
                .map(|(at, (_, pattern, _))| (at, pattern.clone()))
                .collect(),
            named,
        }
    }

    /// The names that [`Matcher::find`] numbers.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The rules of a distribution.
    pub(crate) fn rules_of(&self, distribution: &str) -> RulesOf<'_> {
        let rules = self
            .described
            .get(distribution)
            .or_else(|| self.named.get(distribution))
            .unwrap_or(&self.others);
        RulesOf(rules)
    }
}

/// The rules of one distribution, in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RulesOf<'a>(&'a [(usize, Pattern)]);

impl RulesOf<'_> {
    /// The number of the first rule that a logged path falls under.
    pub(crate) fn find(self, logged: &str) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        let path = if logged.contains('%') {
            Cow::Owned(decode(logged))
        } else {
            Cow::Borrowed(logged)
        };
        self.0
            .iter()
            .find(|(_, pattern)| pattern.matches(&path))
            .map(|(at, _)| *at)
    }
}

impl Pattern {
    /// Most paths differ from most rules in their first letters: those are compared first.
    fn matches(&self, path: &str) -> bool {
        path.starts_with(&self.prefix) && self.regex.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Rules, Matcher};
    use crate::Distribution;

    const RULES: &str = r#"
[[path_group]]
name = "nightlies"
path = '^/dist/\d{4}-\d{2}-\d{2}/'
distribution = "releases"
[[path_group]]
name = "dist"
path = '^/dist/'
distribution = ["releases", "E9UNDESCRIBED"]
[[path_group]]
name = "plus"
path = '\+'
[[path_group]]
name = "encoded plus"
path = '%2B'
"#;

    #[test]
    fn the_first_rule_that_holds_wins() {
        let mut rules = Rules::default();
        rules.add("rules.toml", RULES).unwrap();
        let releases = Distribution {
            name: "releases".to_owned(),
            ..Distribution::assumed("E1")
        };
        let groups = rules.path_groups.iter();
        let groups = groups.map(|rule| (rule.name.as_str(), &rule.path, &rule.places));
        let matcher = Matcher::new(groups, &[releases]);
        for (distribution, path, expected) in [
            ("E1", "/dist/2026-10-01/rust.tar.xz", Some("nightlies")),
            ("E1", "/dist/channel.toml", Some("dist")),
            ("E1", "/other/dist/", None),
            ("E2", "/dist/channel.toml", None),
            ("E9UNDESCRIBED", "/dist/2026-10-01/a", Some("dist")),
            ("E9UNDESCRIBED", "/a+b", Some("plus")),
            ("E2", "/crates/a-1.0.0+1.crate", Some("plus")),
            // One layer is CloudFront's, the rest the viewer's.
            ("E2", "/crates/a-1.0.0%2B1.crate", Some("plus")),
            ("E2", "/crates/a-1.0.0%252B1.crate", Some("encoded plus")),
        ] {
            let found = matcher.rules_of(distribution).find(path);
            let found = found.map(|at| matcher.names()[at].as_str());
            assert_eq!(found, expected, "{distribution} {path}");
        }
    }
}
