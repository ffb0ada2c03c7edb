//! JSON of which only what is needed is ever held.
//!
//! A Terraform state holds passwords and keys beside what we want. So nothing of it is read into
//! memory but values under the names listed here; all else is skipped where it stands.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// The only names whose values are read.
const NAMES: [&str; 55] = [
    // Terraform: where resources stand.
    "attributes",
    "child_modules",
    "deposed",
    "format_version",
    "instances",
    "mode",
    "planned_values",
    "resources",
    "root_module",
    "type",
    "values",
    "version",
    // Terraform: attributes of distributions and buckets.
    "aliases",
    "bucket",
    "comment",
    "default_cache_behavior",
    "domain_name",
    "enabled",
    "id",
    "logging_config",
    "member",
    "origin",
    "origin_group",
    "origin_id",
    "origin_path",
    "origin_shield",
    "origin_shield_region",
    "prefix",
    "price_class",
    "region",
    "target_origin_id",
    // The AWS command line.
    "Aliases",
    "Bucket",
    "Comment",
    "DefaultCacheBehavior",
    "Distribution",
    "DistributionConfig",
    "DistributionList",
    "DomainName",
    "Enabled",
    "Id",
    "IsTruncated",
    "Items",
    "Logging",
    "Members",
    "NextToken",
    "OriginGroups",
    "OriginId",
    "OriginPath",
    "OriginShield",
    "OriginShieldRegion",
    "Origins",
    "Prefix",
    "PriceClass",
    "TargetOriginId",
];

/// A JSON value without what nobody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// `null`, or a number that is not whole.
    Nothing,
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Self>),
    Table(BTreeMap<String, Self>),
}

static NOTHING: Kept = Kept::Nothing;

impl Kept {
    /// What stands under a name; [`Kept::Nothing`] where there is none.
    pub(super) fn get(&self, name: &str) -> &Self {
        debug_assert!(NAMES.contains(&name), "`{name}` is never read");
        match self {
            Self::Table(table) => table.get(name).unwrap_or(&NOTHING),
            _ => &NOTHING,
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        debug_assert!(NAMES.contains(&name), "`{name}` is never read");
        matches!(self, Self::Table(table) if table.contains_key(name))
    }

    /// The items of a list; a single table counts as a list of one.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Table(_) => std::slice::from_ref(self),
            _ => &[],
        }
    }

    /// Terraform's nested blocks are lists, also of one; AWS's are tables.
    pub(super) fn first(&self) -> &Self {
        self.items().first().unwrap_or(&NOTHING)
    }

    /// A text that is not blank.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    pub(super) fn texts(&self) -> Vec<String> {
        let texts = self.items().iter().filter_map(Self::text);
        texts.map(str::to_owned).collect()
    }

    pub(super) fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(bool) => Some(*bool),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Keeper)
    }
}

/// Takes every shape, so that no error ever has to quote a value.
struct Keeper;

impl<'de> Visitor<'de> for Keeper {
    type Value = Kept;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kept, E> {
        Ok(Kept::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kept, E> {
        Ok(Kept::Number(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kept, E> {
        Ok(i64::try_from(value).map_or(Kept::Nothing, Kept::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kept, E> {
        Ok(Kept::Nothing)
    }

    fn visit_str<E>(self, value: &str) -> Result<Kept, E> {
        Ok(Kept::Text(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Kept, E> {
        Ok(Kept::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kept, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Kept::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kept, A::Error> {
        let mut table = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            if NAMES.contains(&name.as_str()) {
                table.insert(name, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Kept::Table(table))
    }
}

/// The JSON documents of a file: mostly one, or several one after the other.
pub(super) fn documents(bytes: &[u8]) -> Result<Vec<Kept>, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("is UTF-16, as PowerShell writes it; save it as UTF-8".to_owned());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let stream = serde_json::Deserializer::from_slice(bytes).into_iter();
    let documents: Result<Vec<Kept>, _> = stream.collect();
    // The position is enough, and an error of syntax quotes nothing.
    let documents = documents.map_err(|error| format!("is not JSON: {error}"))?;
    if documents.is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::{Kept, documents};

    #[test]
    fn only_named_values_are_held() {
        let text = br#"{"id": "E1", "secret": {"id": "hunter2", "x": [1, {"id": "hunter2"}]},
            "origin": [{"custom_header": [{"value": "hunter2"}], "origin_id": "a", "port": 1.5}],
            "enabled": null, "version": 4}"#;
        let kept = &documents(text).unwrap()[0];
        assert!(!format!("{kept:?}").contains("hunter2"), "{kept:?}");
        assert_eq!(kept.get("id").text(), Some("E1"));
        assert_eq!(
            kept.get("origin").first().get("origin_id").text(),
            Some("a")
        );
        assert_eq!(*kept.get("version"), Kept::Number(4));
        assert!(kept.has("enabled") && kept.get("enabled").bool().is_none());
    }

    #[test]
    fn documents_may_follow_each_other() {
        let deep = "[".repeat(100_000);
        assert_eq!(documents(b"{} {}\n[]").unwrap().len(), 3);
        assert_eq!(documents(b"\xef\xbb\xbf{}").unwrap().len(), 1);
        for (bytes, message) in [
            (&b"  "[..], "is empty"),
            (b"{\"id\": \"hunter2", "is not JSON"),
            (b"\xff\xfe{\0}\0", "is UTF-16"),
            (deep.as_bytes(), "is not JSON"),
        ] {
            let error = documents(bytes).unwrap_err();
            assert!(
                error.contains(message) && !error.contains("hunter2"),
                "{error}"
            );
        }
    }
}
