//! Which columns are built.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};

use crate::columns::{COLUMNS, Kind, N_VALUES, schema, schema_with_dictionaries};

const EXTRA: &str = "extra";
const LOG_LINE: &str = "log_line";

/// The columns of a batch. Those that are not among them cost no more than finding where their
/// cells end; which lines are rows and which are rejects is the same whatever is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    values: [bool; N_VALUES],
    extra: bool,
    log_line: bool,
}

impl Default for Columns {
    fn default() -> Self {
        Columns {
            values: [true; N_VALUES],
            extra: true,
            log_line: true,
        }
    }
}

impl Columns {
    /// `time`, and the named ones; a name that is no column's adds nothing.
    pub fn only<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut columns = Columns {
            values: [false; N_VALUES],
            extra: false,
            log_line: false,
        };
        for name in names {
            match name {
                EXTRA => columns.extra = true,
                LOG_LINE => columns.log_line = true,
                _ => {
                    let of_values = COLUMNS.iter().zip(&mut columns.values);
                    for (column, is_wanted) in of_values {
                        *is_wanted |= column.name == name;
                    }
                }
            }
        }
        columns
    }

    /// The schema of the batches: that of all columns without the others.
    pub fn schema(&self, dictionaries: bool) -> SchemaRef {
        let all = if dictionaries {
            schema_with_dictionaries()
        } else {
            schema()
        };
        if *self == Columns::default() {
            return all;
        }
        let mut values = self.values.iter();
        let fields = all.fields().iter().filter(|field| {
            match field.name().as_str() {
                "time" => true,
                EXTRA => self.extra,
                LOG_LINE => self.log_line,
                // In the order of the schema.
                _ => values.next().copied().unwrap_or_default(),
            }
        });
        Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()))
    }

    #[inline]
    pub(crate) fn has(&self, slot: usize) -> bool {
        self.values.get(slot).copied().unwrap_or_default()
    }

    pub(crate) fn has_extra(&self) -> bool {
        self.extra
    }

    pub(crate) fn has_log_line(&self) -> bool {
        self.log_line
    }

    /// Whether the number of a cell is read: where it may reject the row, where it is a column, and
    /// where a malformed one is kept as a text.
    #[inline]
    pub(crate) fn reads_number(&self, slot: usize, kind: Kind) -> bool {
        kind != Kind::Text && (kind.is_essential() || self.extra || self.has(slot))
    }

    /// Whether it matters what is hidden of a cell: of a text that is no column nothing is seen.
    pub(crate) fn reads_cell(&self, slot: usize) -> bool {
        let is_text = COLUMNS
            .get(slot)
            .is_some_and(|column| column.kind == Kind::Text);
        !is_text || self.has(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_that_of_all_without_the_others() {
        assert_eq!(Columns::default().schema(false), schema());
        let all = schema();
        let names = all.fields().iter().map(|field| field.name().as_str());
        assert_eq!(Columns::only(names), Columns::default());
        for dictionaries in [false, true] {
            let some = Columns::only(["log_line", "status", "path", "nothing"]);
            let schema = some.schema(dictionaries);
            let names: Vec<_> = schema.fields().iter().map(|field| field.name()).collect();
            assert_eq!(names, ["time", "path", "status", "log_line"]);
        }
        assert_eq!(Columns::only([]).schema(false).fields().len(), 1);
    }
}
