//! What files told of distributions, whatever their format.

use std::collections::{BTreeMap, BTreeSet};

use super::origin::{Place, place};

/// Longest name that a report should print.
const MAX_NAME_CHARS: usize = 100;

/// Where a distribution's standard logs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Logging {
    /// The file does not say.
    Unknown,
    /// Nowhere.
    Off,
    /// To a bucket: as the setting names it, and the prefix.
    To { bucket: String, prefix: String },
}

/// The origin of a distribution's default behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) domain: String,
    /// Region of its Origin Shield.
    pub(super) shield: Option<String>,
    /// Domains that an origin group falls back to.
    pub(super) fallbacks: Vec<String>,
    /// Domains of other behaviours.
    pub(super) others: Vec<String>,
}

/// An origin as a distribution lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) domain: String,
    pub(super) shield: Option<String>,
}

impl Behind {
    /// The origin of the default behaviour, which names it or a group by its id. A group is its id
    /// and those of its members.
    pub(super) fn of(
        origins: &[Listed],
        groups: &[(String, Vec<String>)],
        target: Option<&str>,
    ) -> Option<Self> {
        let group = groups.iter().find(|(id, _)| Some(id.as_str()) == target);
        let members: &[String] = group.map_or(&[], |(_, members)| members);
        let by_id = |id: &str| origins.iter().find(|origin| origin.id == id);
        let first = members.first().map(String::as_str).or(target);
        let origin = first.and_then(by_id).or(match origins {
            [only] => Some(only),
            _ => None,
        })?;
        let fallbacks = members.iter().skip(1).filter_map(|id| by_id(id));
        let fallbacks: Vec<String> = fallbacks.map(|origin| origin.domain.clone()).collect();
        let mut others: Vec<String> = origins.iter().map(|origin| origin.domain.clone()).collect();
        others.retain(|other| *other != origin.domain && !fallbacks.contains(other));
        others.sort();
        others.dedup();
        Some(Self {
            domain: origin.domain.clone(),
            shield: origin.shield.clone(),
            fallbacks,
            others,
        })
    }
}

/// One distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: String,
    pub(super) comment: Option<String>,
    pub(super) aliases: Vec<String>,
    /// Its own domain, `d….cloudfront.net`.
    pub(super) domain: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) price_class: Option<String>,
    pub(super) behind: Option<Behind>,
    pub(super) logging: Logging,
}

impl Found {
    /// Takes from `other` what this one does not say.
    fn fill(&mut self, other: Self) {
        self.comment = self.comment.take().or(other.comment);
        if self.aliases.is_empty() {
            self.aliases = other.aliases;
        }
        self.domain = self.domain.take().or(other.domain);
        self.enabled = self.enabled.or(other.enabled);
        self.price_class = self.price_class.take().or(other.price_class);
        self.behind = self.behind.take().or(other.behind);
        if self.logging == Logging::Unknown {
            self.logging = other.logging;
        }
    }
}

/// All that the files told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Catalog {
    /// Each id once, in the order of the files.
    pub(super) distributions: Vec<Found>,
    /// Regions of buckets.
    pub(super) buckets: BTreeMap<String, String>,
    /// What the user should know of the files.
    pub(super) notes: Vec<String>,
}

impl Catalog {
    /// Adds a distribution. What an earlier file said of it stands.
    pub(super) fn add(&mut self, found: Found) {
        match self.distributions.iter_mut().find(|row| row.id == found.id) {
            Some(row) => row.fill(found),
            None => self.distributions.push(found),
        }
    }

    /// The origin of a distribution, with the region of its bucket where any file told it.
    pub(super) fn place(&self, behind: &Behind) -> Place {
        match place(&behind.domain) {
            Place::S3 {
                bucket,
                region: None,
                website,
            } => {
                let region = bucket.as_ref().and_then(|name| self.buckets.get(name));
                Place::S3 {
                    region: region.cloned(),
                    bucket,
                    website,
                }
            }
            place => place,
        }
    }

    /// A name for each distribution, none of them twice: its comment, else its first alias, else
    /// its id.
    pub(super) fn names(&self) -> Vec<String> {
        let mut taken = BTreeSet::new();
        let ids: BTreeSet<&str> = self
            .distributions
            .iter()
            .map(|row| row.id.as_str())
            .collect();
        let mut names = Vec::new();
        for row in &self.distributions {
            let wanted = row.comment.iter().chain(row.aliases.first());
            let name = wanted
                .map(|text| one_line(text))
                .find(|name| {
                    !name.is_empty() && !ids.contains(name.as_str()) && !taken.contains(name)
                })
                .unwrap_or_else(|| row.id.clone());
            taken.insert(name.clone());
            names.push(name);
        }
        names
    }
}

/// A text on one line, and not too long.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(MAX_NAME_CHARS).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Behind, Catalog, Found, Logging};
    use crate::commands::init::origin::Place;

    pub(in crate::commands::init) fn found(id: &str) -> Found {
        Found {
            id: id.to_owned(),
            comment: None,
            aliases: Vec::new(),
            domain: None,
            enabled: None,
            price_class: None,
            behind: None,
            logging: Logging::Unknown,
        }
    }

    #[test]
    fn files_complete_each_other() {
        let mut catalog = Catalog::default();
        catalog.add(Found {
            comment: Some("first".to_owned()),
            ..found("E1")
        });
        catalog.add(found("E2"));
        catalog.add(Found {
            comment: Some("second".to_owned()),
            price_class: Some("PriceClass_100".to_owned()),
            logging: Logging::Off,
            ..found("E1")
        });
        assert_eq!(catalog.distributions.len(), 2);
        let row = &catalog.distributions[0];
        assert_eq!(
            row.comment.as_deref(),
            Some("first"),
            "the first file stands"
        );
        assert_eq!(row.price_class.as_deref(), Some("PriceClass_100"));
        assert_eq!(row.logging, Logging::Off);
    }

    #[test]
    fn names_are_never_shared() {
        let mut catalog = Catalog::default();
        let mut add = |id: &str, comment: &str, alias: &str| {
            catalog.add(Found {
                comment: Some(comment.to_owned()),
                aliases: vec![alias.to_owned()],
                ..found(id)
            });
        };
        add("E1", "cdn", "a.example.org");
        add("E2", "cdn", "b.example.org");
        add("E3", "cdn", "b.example.org");
        add("E4", " two\n lines\u{7} ", "c.example.org");
        add("E5", "E1", "d.example.org");
        assert_eq!(
            catalog.names(),
            ["cdn", "b.example.org", "E3", "two lines", "d.example.org"]
        );
    }

    #[test]
    fn a_buckets_region_may_stand_elsewhere() {
        let mut catalog = Catalog::default();
        let buckets = &mut catalog.buckets;
        buckets.insert("releases".to_owned(), "us-west-1".to_owned());
        let region = |domain: &str| {
            let behind = Behind {
                domain: domain.to_owned(),
                shield: None,
                fallbacks: Vec::new(),
                others: Vec::new(),
            };
            match catalog.place(&behind) {
                Place::S3 { region, .. } => region,
                Place::Server => None,
            }
        };
        assert_eq!(
            region("releases.s3.amazonaws.com").as_deref(),
            Some("us-west-1")
        );
        assert_eq!(
            region("releases.s3.eu-west-1.amazonaws.com").as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(region("other.s3.amazonaws.com"), None);
    }
}
