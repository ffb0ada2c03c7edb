//! What a team says about its URLs: which are kept alive for old clients, and which belong together.
//!
//! Rules come from TOML files (`docs/rules.md`). A path is tried as the viewer sent it: the log's
//! own layer of percent-encoding is taken off, and no other.

mod matching;
mod parse;

use regex::Regex;

pub(crate) use matching::Matcher;
pub use parse::RulesError;

use crate::Distribution;

/// The group of paths that no rule names.
pub const OTHER_PATHS: &str = "other";

/// What the CDN does with a legacy URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegacyKind {
    /// It answers with another address.
    Redirect,
    /// It fetches another object in its place; the viewer does not notice.
    Rewrite,
}

impl LegacyKind {
    /// The word in rule files and in the table `legacy_rules`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Rewrite => "rewrite",
        }
    }
}

/// A regular expression on a path.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    /// Text that every match begins with; empty when none is known.
    prefix: String,
}

impl Pattern {
    /// The expression as written.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

/// Where a rule applies: names or ids of distributions; empty for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(pub Vec<String>);

impl Places {
    /// Whether the rule applies to a distribution.
    pub fn hold(&self, distribution: &Distribution) -> bool {
        self.0.is_empty()
            || self
                .0
                .iter()
                .any(|place| *place == distribution.id || *place == distribution.name)
    }
}

/// A URL that is kept alive for clients of old: `[[legacy_url]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyUrl {
    /// Short name, unique.
    pub id: String,
    /// What it is, for people.
    pub title: String,
    /// Which paths.
    pub path: Pattern,
    /// What the CDN does with it.
    pub kind: LegacyKind,
    /// Where.
    pub places: Places,
}

/// Paths that belong together: `[[path_group]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathGroup {
    /// Name, unique.
    pub name: String,
    /// Which paths.
    pub path: Pattern,
    /// Whether what lies there never changes, so that to purge it is waste.
    pub is_immutable: bool,
    /// Where.
    pub places: Places,
}

/// All rules of a session. The first that matches wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Legacy URLs, in order.
    pub legacy_urls: Vec<LegacyUrl>,
    /// Groups of paths, in order.
    pub path_groups: Vec<PathGroup>,
}

impl Rules {
    /// Names and ids of distributions that rules name, each once, in order.
    pub fn places(&self) -> Vec<&str> {
        let legacy = self.legacy_urls.iter().map(|rule| &rule.places);
        let groups = self.path_groups.iter().map(|rule| &rule.places);
        let mut names: Vec<&str> = Vec::new();
        for name in legacy.chain(groups).flat_map(|places| &places.0) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }
}
