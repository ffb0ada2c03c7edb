//! Directives (`#…` lines), and the mapping from a line's columns to ours.

use crate::columns::{self, AWS_ORDER, AWS_WIDTHS, N_CELLS};
use crate::errors::LogError;
use crate::extra::Names;
use crate::privacy::Privacy;

/// A `#…` line that matters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Directive<'a> {
    /// `#Fields:` and what follows it.
    Fields(&'a str),
    /// Any other.
    Other,
}

/// Reads a line that starts with `#`.
///
/// # Errors
///
/// When the line says that the log is of a version or a kind that is not read.
pub(crate) fn directive<'a>(line: &'a str, privacy: &Privacy) -> Result<Directive<'a>, LogError> {
    if let Some(version) = after(line, "#Version:") {
        let version = version.trim();
        if version != "1.0" {
            return Err(LogError::UnsupportedVersion {
                version: privacy.short(version),
            });
        }
    } else if let Some(fields) = after(line, FIELDS) {
        if names(fields).any(|name| name == "x-cf-status") {
            return Err(LogError::Rtmp);
        }
        return Ok(Directive::Fields(fields));
    }
    Ok(Directive::Other)
}

const FIELDS: &str = "#Fields:";

/// Whether a line, or the head of one, is a `#Fields:` line.
pub(crate) fn is_fields(line: &[u8]) -> bool {
    line.get(..FIELDS.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(FIELDS.as_bytes()))
}

/// The names of a `#Fields:` line: separated by spaces as CloudFront does, or by tabs.
pub(crate) fn names(fields: &str) -> impl Iterator<Item = &str> {
    fields.split([' ', '\t']).filter(|name| !name.is_empty())
}

fn after<'a>(line: &'a str, directive: &str) -> Option<&'a str> {
    let (head, rest) = line.split_at_checked(directive.len())?;
    head.eq_ignore_ascii_case(directive).then_some(rest)
}

/// Where a column goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Into a cell of the row.
    Slot(usize),
    /// Into `extra`, under the name at this index.
    Extra(usize),
}

/// Where each column of a line goes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) targets: Vec<Target>,
    extra_fields: Vec<ExtraField>,
}

/// A column that goes to `extra`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ExtraField {
    pub(crate) name: String,
    /// The field that this is another copy of.
    pub(crate) copy_of: Option<usize>,
}

impl Mapping {
    /// Maps names. When a field is named twice, the first column is the field; the others go to
    /// `extra` as `name#2`, `name#3` …
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut mapping = Mapping::default();
        let mut is_taken = [false; N_CELLS];
        let mut unique = Names::default();
        for name in names {
            let slot = columns::slot(name);
            let target = match slot.and_then(|slot| Some((slot, is_taken.get_mut(slot)?))) {
                Some((slot, is_taken)) if !*is_taken => {
                    *is_taken = true;
                    Target::Slot(slot)
                }
                Some((slot, _)) => mapping.extra(unique.copy_of(columns::field(slot)), Some(slot)),
                None => mapping.extra(unique.unknown(name), None),
            };
            mapping.targets.push(target);
        }
        mapping
    }

    fn extra(&mut self, name: String, copy_of: Option<usize>) -> Target {
        self.extra_fields.push(ExtraField { name, copy_of });
        Target::Extra(self.extra_fields.len() - 1)
    }

    pub(crate) fn extra_field(&self, idx: usize) -> Option<&ExtraField> {
        self.extra_fields.get(idx)
    }
}

/// The field names of a line without a header, by its number of columns.
pub(crate) fn headerless(line: &str) -> Option<&'static [&'static str]> {
    let found = n_columns(line);
    let known = |width: usize| {
        AWS_WIDTHS
            .contains(&width)
            .then(|| AWS_ORDER.get(..width))
            .flatten()
    };
    // One empty cell more than a layout has: a tab at the end of the line.
    known(found).or_else(|| {
        if line.ends_with('\t') {
            known(found - 1)
        } else {
            None
        }
    })
}

pub(crate) fn n_columns(line: &str) -> usize {
    memchr::memchr_iter(b'\t', line.as_bytes()).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_are_separated_by_any_run_of_spaces_and_tabs() {
        let Ok(Directive::Fields(fields)) =
            directive("#fields:\tdate  time\t sc-bytes ", &Privacy::default())
        else {
            panic!("not a header");
        };
        assert_eq!(
            names(fields).collect::<Vec<_>>(),
            ["date", "time", "sc-bytes"]
        );
    }

    #[test]
    fn only_version_one_is_read() {
        assert_eq!(
            directive("#Version: 1.0", &Privacy::default()).unwrap(),
            Directive::Other
        );
        assert_eq!(
            directive("#Version:1.0 ", &Privacy::default()).unwrap(),
            Directive::Other
        );
        let err = directive("#Version: 2.0\u{1b}[1m", &Privacy::default()).unwrap_err();
        assert_eq!(
            err.to_string(),
            r"unsupported log version `2.0\u{1b}[1m` (only `1.0` is known)"
        );
        assert!(matches!(
            directive("#Version:", &Privacy::default()),
            Err(LogError::UnsupportedVersion { .. })
        ));
    }

    #[test]
    fn unknown_directives_are_ignored() {
        for line in ["#", "#Foo?", "#Remark: x-cf-status", "#Fields", "#Versio"] {
            assert_eq!(
                directive(line, &Privacy::default()).unwrap(),
                Directive::Other,
                "{line}"
            );
        }
    }

    #[test]
    fn second_column_of_a_name_goes_to_extra() {
        let mapping = Mapping::new(["sc-bytes", "x", "sc-bytes", "SC-BYTES", "x"].into_iter());
        let bytes = columns::slot("sc-bytes").unwrap();
        let expect = [
            Target::Slot(bytes),
            Target::Extra(0),
            Target::Extra(1),
            Target::Extra(2),
            Target::Extra(3),
        ];
        assert_eq!(mapping.targets, expect);
        let names = mapping.extra_fields.iter().map(|field| field.name.as_str());
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["x", "sc-bytes#2", "sc-bytes#3", "x#2"]
        );
    }

    #[test]
    fn headerless_layouts_are_known_by_their_width() {
        let line = |width: usize| vec!["x"; width].join("\t");
        for width in AWS_WIDTHS {
            assert_eq!(headerless(&line(width)).map(<[_]>::len), Some(width));
        }
        assert_eq!(headerless(&line(25)), None);
        assert_eq!(headerless(&(line(26) + "\t")).map(<[_]>::len), Some(26));
        assert_eq!(headerless(&line(27)), None);
        assert_eq!(headerless(""), None);
    }
}
