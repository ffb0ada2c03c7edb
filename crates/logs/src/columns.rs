//! The table of columns: CloudFront's field name, our column name, and the type, in one place.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// What the text of a cell must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything, kept as logged.
    Text,
    /// A whole number that is not negative.
    Integer,
    /// A whole number that money depends on: malformed text rejects the row.
    Bytes,
    /// An HTTP status, `0..=999`: malformed text rejects the row.
    Status,
    /// A TCP port, `0..=65535`.
    Port,
    /// Decimal seconds, kept as whole microseconds.
    Seconds,
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Integer | Kind::Bytes | Kind::Seconds => DataType::Int64,
            Kind::Status => DataType::Int16,
            Kind::Port => DataType::Int32,
        }
    }

    /// Whether malformed text rejects the row instead of only the value.
    pub(crate) fn is_essential(self) -> bool {
        matches!(self, Kind::Bytes | Kind::Status)
    }
}

/// One value column.
#[derive(Debug)]
pub(crate) struct Column {
    /// Our name, with its unit.
    pub(crate) name: &'static str,
    /// CloudFront's name.
    pub(crate) field: &'static str,
    pub(crate) kind: Kind,
}

impl Column {
    /// Whether hardly any text comes twice.
    pub(crate) fn is_unique(&self) -> bool {
        matches!(self.name, "request_id" | "connection_id")
    }
}

const fn column(name: &'static str, field: &'static str, kind: Kind) -> Column {
    Column { name, field, kind }
}

/// How many value columns there are.
pub(crate) const N_VALUES: usize = 38;
/// How many cells a row has: the value columns, then the sources of the time.
pub(crate) const N_CELLS: usize = N_VALUES + N_TIMES;
const N_TIMES: usize = 4;

/// The value columns in the order of the schema: all but `time`, `extra` and `log_line`.
pub(crate) static COLUMNS: [Column; N_VALUES] = [
    column("edge_location", "x-edge-location", Kind::Text),
    column("response_bytes", "sc-bytes", Kind::Bytes),
    column("client_ip", "c-ip", Kind::Text),
    column("method", "cs-method", Kind::Text),
    column("cdn_host", "cs(Host)", Kind::Text),
    column("path", "cs-uri-stem", Kind::Text),
    column("status", "sc-status", Kind::Status),
    column("referrer", "cs(Referer)", Kind::Text),
    column("user_agent", "cs(User-Agent)", Kind::Text),
    column("query", "cs-uri-query", Kind::Text),
    column("cookie", "cs(Cookie)", Kind::Text),
    column("result_type", "x-edge-result-type", Kind::Text),
    column("request_id", "x-edge-request-id", Kind::Text),
    column("host", "x-host-header", Kind::Text),
    column("protocol", "cs-protocol", Kind::Text),
    column("request_bytes", "cs-bytes", Kind::Bytes),
    column("time_taken_us", "time-taken", Kind::Seconds),
    column("forwarded_for", "x-forwarded-for", Kind::Text),
    column("tls_protocol", "ssl-protocol", Kind::Text),
    column("tls_cipher", "ssl-cipher", Kind::Text),
    column(
        "response_result_type",
        "x-edge-response-result-type",
        Kind::Text,
    ),
    column("http_version", "cs-protocol-version", Kind::Text),
    column("fle_status", "fle-status", Kind::Text),
    column("fle_encrypted_fields", "fle-encrypted-fields", Kind::Text),
    column("client_port", "c-port", Kind::Port),
    column("first_byte_us", "time-to-first-byte", Kind::Seconds),
    column(
        "detailed_result_type",
        "x-edge-detailed-result-type",
        Kind::Text,
    ),
    column("content_type", "sc-content-type", Kind::Text),
    column("content_length", "sc-content-len", Kind::Integer),
    column("range_start", "sc-range-start", Kind::Integer),
    column("range_end", "sc-range-end", Kind::Integer),
    column("asn", "asn", Kind::Integer),
    column("country", "c-country", Kind::Text),
    column("cache_behavior", "cache-behavior-path-pattern", Kind::Text),
    column("origin_first_byte_us", "origin-fbl", Kind::Seconds),
    column("origin_last_byte_us", "origin-lbl", Kind::Seconds),
    column("distribution_tenant", "distribution-tenant-id", Kind::Text),
    column("connection_id", "connection-id", Kind::Text),
];

/// The fields a row's time comes from, in the order of [`Cells::times`].
const TIMES: [&str; N_TIMES] = ["date", "time", TIMESTAMP_MS, TIMESTAMP];
pub(crate) const TIMESTAMP_MS: &str = "timestamp(ms)";
pub(crate) const TIMESTAMP: &str = "timestamp";

/// The fields of a log without a header, in AWS's order. CloudFront only ever appended.
pub(crate) const AWS_ORDER: [&str; 35] = [
    "date",
    "time",
    "x-edge-location",
    "sc-bytes",
    "c-ip",
    "cs-method",
    "cs(Host)",
    "cs-uri-stem",
    "sc-status",
    "cs(Referer)",
    "cs(User-Agent)",
    "cs-uri-query",
    "cs(Cookie)",
    "x-edge-result-type",
    "x-edge-request-id",
    "x-host-header",
    "cs-protocol",
    "cs-bytes",
    "time-taken",
    "x-forwarded-for",
    "ssl-protocol",
    "ssl-cipher",
    "x-edge-response-result-type",
    "cs-protocol-version",
    "fle-status",
    "fle-encrypted-fields",
    "c-port",
    "time-to-first-byte",
    "x-edge-detailed-result-type",
    "sc-content-type",
    "sc-content-len",
    "sc-range-start",
    "sc-range-end",
    "distribution-tenant-id",
    "connection-id",
];

/// The column counts that CloudFront has written since 2010.
pub(crate) const AWS_WIDTHS: [usize; 9] = [12, 15, 18, 19, 23, 24, 26, 33, 35];

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields = vec![Field::new("time", time, false)];
    fields.extend(
        COLUMNS
            .iter()
            .map(|column| Field::new(column.name, column.kind.data_type(), true)),
    );
    fields.push(Field::new("extra", DataType::Utf8, true));
    fields.push(Field::new("log_line", DataType::Int64, false));
    Arc::new(Schema::new(fields))
});

static SCHEMA_WITH_DICTIONARIES: LazyLock<SchemaRef> = LazyLock::new(|| {
    let has_dictionary = |name: &str| {
        let mut columns = COLUMNS.iter();
        let is_it = |column: &&Column| column.name == name;
        let column = columns.find(is_it);
        column.is_some_and(|column| column.kind == Kind::Text && !column.is_unique())
    };
    let fields = SCHEMA.fields().iter().map(|field| {
        if !has_dictionary(field.name()) {
            return Arc::clone(field);
        }
        let field = Field::clone(field);
        Arc::new(field.with_data_type(DataType::Dictionary(
            Box::new(DataType::Int32),
            Box::new(DataType::Utf8),
        )))
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
});

/// [`schema`] with a dictionary for each text that comes often: that of batches when
/// [`Options::dictionaries`](crate::Options) is set.
pub fn schema_with_dictionaries() -> SchemaRef {
    Arc::clone(&SCHEMA_WITH_DICTIONARIES)
}

/// The schema of every batch: the columns of the `requests` table that a log line gives.
///
/// `time` is UTC microseconds and never null; `log_line` is the 1-based line number; `extra` is
/// a JSON object of everything that has no column of its own, null when there is nothing.
pub fn schema() -> SchemaRef {
    Arc::clone(&SCHEMA)
}

/// The cells of one row, by slot. A cell without text is null.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    pub(crate) values: [&'a str; N_VALUES],
    /// `date`, `time`, `timestamp(ms)`, `timestamp`.
    pub(crate) times: [&'a str; N_TIMES],
}

impl<'a> Cells<'a> {
    pub(crate) fn new() -> Self {
        Cells {
            values: [""; N_VALUES],
            times: [""; N_TIMES],
        }
    }

    pub(crate) fn set(&mut self, slot: usize, text: &'a str) {
        let cell = match slot.checked_sub(N_VALUES) {
            None => self.values.get_mut(slot),
            Some(time) => self.times.get_mut(time),
        };
        debug_assert!(cell.is_some(), "slot {slot} is outside the row");
        if let Some(cell) = cell {
            *cell = text;
        }
    }
}

/// Whether a cell holds nothing: CloudFront writes `-`; an empty cell means the same.
#[inline]
pub(crate) fn is_null(text: impl AsRef<[u8]>) -> bool {
    matches!(text.as_ref(), [] | [b'-'])
}

/// All field names by slot.
fn fields() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| column.field).chain(TIMES)
}

/// The slot of a field, by CloudFront's name or by the name its Parquet delivery gives the field
/// (`cs(User-Agent)` is `cs_User_Agent` there); letter case is ignored.
///
/// `cs-host` and the like are *not* aliases: real-time logs have fields of these names, and there
/// `cs-host` and `x-host-header` have changed places.
pub(crate) fn slot(name: &str) -> Option<usize> {
    fields().position(|field| field.eq_ignore_ascii_case(name) || is_parquet_name(field, name))
}

/// The CloudFront name of a slot.
pub(crate) fn field(slot: usize) -> &'static str {
    fields().nth(slot).unwrap_or_default()
}

/// Whether a field tells that a record is CloudFront's: `date`, `time` and `timestamp` do not,
/// since logs of every kind have them.
pub(crate) fn is_telling(slot: usize) -> bool {
    slot < N_VALUES || field(slot) == TIMESTAMP_MS
}

fn is_parquet_name(field: &str, name: &str) -> bool {
    let renamed = field
        .bytes()
        .filter(|byte| *byte != b')')
        .map(|byte| match byte {
            b'-' | b'(' => b'_',
            other => other.to_ascii_lowercase(),
        });
    renamed.eq(name.bytes().map(|byte| byte.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_starts_with_time_and_ends_with_provenance() {
        let names: Vec<_> = schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        assert_eq!(names.len(), 41);
        assert_eq!(names[..3], ["time", "edge_location", "response_bytes"]);
        assert_eq!(
            names[37..],
            ["distribution_tenant", "connection_id", "extra", "log_line"]
        );
    }

    #[test]
    fn every_aws_field_has_its_own_slot() {
        let mut slots: Vec<_> = AWS_ORDER.iter().map(|name| slot(name).unwrap()).collect();
        slots.sort_unstable();
        slots.dedup();
        assert_eq!(slots.len(), AWS_ORDER.len());
    }

    #[test]
    fn field_is_found_by_either_name() {
        assert_eq!(slot("cs(User-Agent)").map(field), Some("cs(User-Agent)"));
        assert_eq!(slot("cs_User_Agent").map(field), Some("cs(User-Agent)"));
        assert_eq!(slot("cs_user_agent").map(field), Some("cs(User-Agent)"));
        assert_eq!(slot("timestamp_ms").map(field), Some("timestamp(ms)"));
        assert_eq!(slot("cs_uri_stem").map(field), Some("cs-uri-stem"));
    }

    #[test]
    fn real_time_names_are_not_taken_for_standard_ones() {
        assert_eq!(slot("cs-host"), None);
        assert_eq!(slot("cs-user-agent"), None);
    }
}
