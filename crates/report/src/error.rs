//! Why there is no report.

use std::fmt;

use edgeledger_query::QueryError;

use crate::escape::visible;

/// Why a report could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The lake holds no requests of the month.
    #[error("{}", unknown_month(month, available, nearest.as_deref()))]
    UnknownMonth {
        /// The month asked for.
        month: String,
        /// The months that the lake holds, in order.
        available: Vec<String>,
        /// The one of them nearest to `month`.
        nearest: Option<String>,
    },
    /// The month to compare with is not earlier, or the lake holds no requests of it.
    #[error("{}", not_comparable(month, compared))]
    NotComparable {
        /// The month asked for.
        month: String,
        /// The month to compare with.
        compared: String,
        /// The earlier months that the lake holds, in order.
        earlier: Vec<String>,
    },
    /// The lake holds no requests of the distribution in the month.
    #[error("no requests of a distribution `{}`", visible(given))]
    UnknownDistribution {
        /// Name or id asked for.
        given: String,
        /// Names of those with requests, in the order of their ids.
        known: Vec<String>,
    },
    /// No price card covers a part of the traffic; a report would understate its cost.
    #[error("{}", unpriced(month, rows))]
    Unpriced {
        /// The month asked for.
        month: String,
        /// What has no price.
        rows: Vec<UnpricedRow>,
    },
    /// A query failed.
    #[error("the query for section `{section}` failed")]
    Query {
        /// The part of the report that it fills.
        section: &'static str,
        /// The cause.
        #[source]
        source: QueryError,
    },
    /// A query's answer does not have the shape that the report needs.
    #[error("the answer to the query for section `{section}` cannot be read")]
    Answer {
        /// The part of the report that it fills.
        section: &'static str,
        /// The cause.
        #[source]
        source: ColumnError,
    },
}

/// A quantity without a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpricedRow {
    /// `cloudfront` or `s3`.
    pub side: String,
    /// The item of the cost model, such as `egress`.
    pub item: String,
    /// Billing region, region of the bucket, or name of a plan.
    pub region: String,
    /// Unit of `quantity`.
    pub unit: String,
    /// How much has no price.
    pub quantity: i64,
}

/// Why a column of an answer cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("column `{column}` {problem}")]
pub struct ColumnError {
    /// The column.
    pub column: String,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for UnpricedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = match self.side.as_str() {
            "cloudfront" => "CloudFront",
            "s3" => "S3",
            other => other,
        };
        write!(
            f,
            "{} `{}` in region `{}` ({} {})",
            visible(service),
            visible(&self.item),
            visible(&self.region),
            self.quantity,
            visible(&self.unit)
        )
    }
}

fn unknown_month(month: &str, available: &[String], nearest: Option<&str>) -> String {
    let month = visible(month);
    match nearest {
        None => format!("no requests in `{month}`; the lake is empty"),
        Some(nearest) => format!(
            "no requests in `{month}`; the lake holds {}; nearest is `{}`",
            visible(&available.join(", ")),
            visible(nearest)
        ),
    }
}

fn not_comparable(month: &str, compared: &str) -> String {
    let (month, compared) = (visible(month), visible(compared));
    if compared < month {
        format!("no requests in `{compared}` to compare `{month}` with")
    } else {
        format!("`{compared}` is not earlier than `{month}`")
    }
}

fn unpriced(month: &str, rows: &[UnpricedRow]) -> String {
    let rows: Vec<String> = rows.iter().map(UnpricedRow::to_string).collect();
    format!(
        "no price card covers `{}` for {}; add a card for that month, item and region to the \
         configuration",
        visible(month),
        rows.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::{ReportError, UnpricedRow};

    #[test]
    fn says_which_months_there_are() {
        let error = |available: &[&str], nearest: Option<&str>| {
            ReportError::UnknownMonth {
                month: "2027-01".to_owned(),
                available: available.iter().map(|&month| month.to_owned()).collect(),
                nearest: nearest.map(str::to_owned),
            }
            .to_string()
        };
        assert_eq!(
            error(&["2026-10", "2026-11"], Some("2026-11")),
            "no requests in `2027-01`; the lake holds 2026-10, 2026-11; nearest is `2026-11`"
        );
        assert_eq!(
            error(&[], None),
            "no requests in `2027-01`; the lake is empty"
        );
    }

    #[test]
    fn says_why_months_are_not_compared() {
        let error = |compared: &str| {
            ReportError::NotComparable {
                month: "2026-10".to_owned(),
                compared: compared.to_owned(),
                earlier: vec!["2026-09".to_owned()],
            }
            .to_string()
        };
        assert_eq!(
            error("2026-07"),
            "no requests in `2026-07` to compare `2026-10` with"
        );
        for later in ["2026-10", "2026-11"] {
            assert_eq!(
                error(later),
                format!("`{later}` is not earlier than `2026-10`")
            );
        }
    }

    #[test]
    fn says_what_has_no_price_and_what_to_do() {
        let error = ReportError::Unpriced {
            month: "2019-10".to_owned(),
            rows: vec![UnpricedRow {
                side: "cloudfront".to_owned(),
                item: "egress".to_owned(),
                region: "EU".to_owned(),
                unit: "bytes".to_owned(),
                quantity: 12,
            }],
        };
        assert_eq!(
            error.to_string(),
            "no price card covers `2019-10` for CloudFront `egress` in region `EU` (12 bytes); add \
             a card for that month, item and region to the configuration"
        );
    }
}
