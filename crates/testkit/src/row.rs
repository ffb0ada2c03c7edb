//! One log row and how CloudFront's column layouts over the years write it.

use crate::calendar::{self, DAY_S};
use crate::catalog::Distribution;
use crate::edges;
use crate::prng::mix_text;

/// The 33 columns of standard logging since 2019-12.
pub(crate) const COLUMNS: [&str; 33] = [
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
];

/// The column layout of a file, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The first n of the 33 columns: 12, 23, 26 and 33 were real eras.
    First(usize),
    /// 33 columns and the two of mutual TLS and tenants.
    Tenant,
    /// 33 columns and one nobody knows.
    Unknown,
    /// 33 columns in another order.
    Reordered,
    /// Standard logging v2, JSON lines.
    Json,
}

impl Layout {
    /// Column names in file order.
    pub(crate) fn columns(self) -> Vec<&'static str> {
        let mut columns = COLUMNS.to_vec();
        match self {
            Self::First(n) => columns.truncate(n),
            Self::Tenant => columns.extend(["distribution-tenant-id", "connection-id"]),
            Self::Unknown => columns.push("x-edge-mqcs"),
            Self::Reordered => {
                columns.rotate_left(7);
                columns.swap(0, 3);
            }
            Self::Json => {
                columns.splice(0..0, ["timestamp", "DistributionId"]);
                columns.extend([
                    "timestamp(ms)",
                    "origin-fbl",
                    "origin-lbl",
                    "asn",
                    "c-country",
                    "cache-behavior-path-pattern",
                ]);
            }
        }
        columns
    }

    /// Whether the layout has the column.
    pub(crate) fn has(self, column: &str) -> bool {
        self.columns().contains(&column)
    }
}

/// One request as CloudFront would log it; texts are already percent-encoded.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Seconds since 1970, UTC.
    pub(crate) at_s: u64,
    pub(crate) edge: &'static str,
    pub(crate) response_bytes: u64,
    pub(crate) ip: String,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// 0 is logged as `000`.
    pub(crate) status: u16,
    pub(crate) referrer: String,
    pub(crate) agent: String,
    pub(crate) query: String,
    pub(crate) result: &'static str,
    pub(crate) response_result: &'static str,
    pub(crate) detailed: &'static str,
    pub(crate) request_id: String,
    pub(crate) protocol: &'static str,
    pub(crate) request_bytes: u64,
    pub(crate) taken_ms: u64,
    pub(crate) first_byte_ms: u64,
    pub(crate) forwarded_for: String,
    pub(crate) tls: &'static str,
    pub(crate) cipher: &'static str,
    pub(crate) http_version: &'static str,
    pub(crate) port: u64,
    pub(crate) content_type: &'static str,
    pub(crate) content_length: Option<u64>,
    pub(crate) range: Option<(u64, u64)>,
}

impl Row {
    /// Sets all three result columns.
    pub(crate) fn result(&mut self, result: &'static str) {
        self.result = result;
        self.response_result = result;
        self.detailed = result;
    }

    /// The text of one column, `-` for none.
    pub(crate) fn value(&self, column: &str, distribution: &Distribution) -> String {
        let or_dash = |number: Option<u64>| number.map_or("-".to_owned(), |n| n.to_string());
        match column {
            "date" => calendar::date(self.at_s / DAY_S),
            "time" => calendar::time(self.at_s),
            "x-edge-location" => self.edge.to_owned(),
            "sc-bytes" => self.response_bytes.to_string(),
            "c-ip" => self.ip.clone(),
            "cs-method" => self.method.to_owned(),
            "cs(Host)" => distribution.cdn_host.to_owned(),
            "cs-uri-stem" => self.path.clone(),
            "sc-status" => format!("{:03}", self.status),
            "cs(Referer)" => self.referrer.clone(),
            "cs(User-Agent)" => self.agent.clone(),
            "cs-uri-query" => self.query.clone(),
            "x-edge-result-type" => self.result.to_owned(),
            "x-edge-request-id" => self.request_id.clone(),
            "x-host-header" => distribution.host.to_owned(),
            "cs-protocol" => self.protocol.to_owned(),
            "cs-bytes" => self.request_bytes.to_string(),
            "time-taken" => seconds(self.taken_ms),
            "x-forwarded-for" => self.forwarded_for.clone(),
            "ssl-protocol" => self.tls.to_owned(),
            "ssl-cipher" => self.cipher.to_owned(),
            "x-edge-response-result-type" => self.response_result.to_owned(),
            "cs-protocol-version" => self.http_version.to_owned(),
            "c-port" => self.port.to_string(),
            "time-to-first-byte" => seconds(self.first_byte_ms),
            "x-edge-detailed-result-type" => self.detailed.to_owned(),
            "sc-content-type" => self.content_type.to_owned(),
            "sc-content-len" => or_dash(self.content_length),
            "sc-range-start" => or_dash(self.range.map(|(start, _)| start)),
            "sc-range-end" => or_dash(self.range.map(|(_, end)| end)),
            "timestamp" => self.at_s.to_string(),
            "timestamp(ms)" => format!("{}{:03}", self.at_s, self.taken_ms % 1000),
            "DistributionId" => distribution.id.to_owned(),
            "origin-fbl" if self.result == "Miss" => seconds(self.first_byte_ms),
            "origin-lbl" if self.result == "Miss" => seconds(self.first_byte_ms + 1),
            // Numbers kept for documentation by RFC 5398.
            "asn" => (64_496 + mix_text(&self.ip) % 16).to_string(),
            "c-country" => edges::country(self.edge).to_owned(),
            "cache-behavior-path-pattern" => "*".to_owned(),
            "distribution-tenant-id" => format!("dt_example{:04x}", mix_text(&self.ip) % 7),
            "x-edge-mqcs" => format!("mq{}", self.port % 5),
            _ => "-".to_owned(),
        }
    }

    /// What the cache did, by the columns the layout has.
    pub(crate) fn cache_result(&self, layout: Layout) -> &'static str {
        if layout.has("x-edge-response-result-type") {
            self.response_result
        } else if layout.has("x-edge-result-type") {
            self.result
        } else {
            "-"
        }
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// Percent-encodes text the way CloudFront does in its logs.
pub(crate) fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = (33..127).contains(&byte) && !b"<>\"#%{}|\\^~[]`'".contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_have_their_number_of_columns() {
        let n = |layout: Layout| layout.columns().len();
        assert_eq!(n(Layout::First(12)), 12);
        assert_eq!(
            (n(Layout::Tenant), n(Layout::Unknown), n(Layout::Json)),
            (35, 34, 41)
        );
        let mut reordered = Layout::Reordered.columns();
        assert_ne!(reordered, COLUMNS);
        reordered.sort_unstable();
        let mut sorted = COLUMNS;
        sorted.sort_unstable();
        assert_eq!(reordered, sorted);
    }

    #[test]
    fn encodes_what_cloudfront_encodes() {
        assert_eq!(
            encode("a b<c>%2B`\u{202e}"),
            "a%20b%3Cc%3E%252B%60%E2%80%AE"
        );
    }
}
