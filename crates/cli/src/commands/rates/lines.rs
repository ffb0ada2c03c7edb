//! Every kind of price as lines of one shape, to show them together and to compare them.

use edgeledger_rates::{Confidence, Decimal, Month, PriceBook, Service};

/// One price, or one free allowance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) service: Service,
    /// `egress`, `requests`, `origin_transfer`, `free`, `plan`, or another item's name.
    pub(super) item: String,
    /// A region, or `global`.
    pub(super) region: String,
    /// Protocol of requests, name of a plan, what of an item is free.
    pub(super) of: Option<String>,
    /// Start of a tier in GB of 2^30 bytes.
    pub(super) from_gb: Option<i64>,
    /// End of a tier; none for the last.
    pub(super) to_gb: Option<i64>,
    pub(super) value: Decimal,
    /// What the value is in, such as `USD per GB`.
    pub(super) unit: String,
    pub(super) card: String,
    pub(super) seen: String,
    pub(super) confidence: Confidence,
    pub(super) source: String,
}

impl Line {
    /// What is priced: lines with one key replace each other.
    pub(super) fn key(&self) -> (Service, &str, &str, Option<&str>, Option<i64>) {
        (
            self.service,
            &self.item,
            &self.region,
            self.of.as_deref(),
            self.from_gb,
        )
    }

    pub(super) fn value_text(&self) -> String {
        self.value.normalize().to_string()
    }
}

/// A line from a row of the book: all rows name what they share alike.
macro_rules! line {
    ($row:expr, $service:expr, $item:expr, $region:expr, $value:expr, $unit:expr) => {
        Line {
            service: $service,
            item: $item.to_owned(),
            region: $region.to_owned(),
            of: None,
            from_gb: None,
            to_gb: None,
            value: $value,
            unit: $unit.to_owned(),
            card: $row.card.clone(),
            seen: $row.seen.clone(),
            confidence: $row.confidence,
            source: $row.source.clone(),
        }
    };
}

/// The lines of a book, of one month or of all.
pub(super) fn of(book: &PriceBook, month: Option<Month>) -> Vec<Line> {
    let holds = |from: Month, until: Option<Month>| {
        month.is_none_or(|month| from <= month && until.is_none_or(|until| month < until))
    };
    let mut lines = Vec::new();
    for (service, rows) in [
        (Service::CloudFront, book.cloudfront_egress()),
        (Service::S3, book.s3_egress()),
    ] {
        let rows = rows
            .iter()
            .filter(|row| holds(row.valid_from, row.valid_until));
        lines.extend(rows.map(|row| Line {
            from_gb: Some(row.tier_start_gb),
            to_gb: row.tier_end_gb,
            ..line!(
                row,
                service,
                "egress",
                row.region,
                row.usd_per_gb,
                "USD per GB"
            )
        }));
    }
    for (service, rows) in [
        (Service::CloudFront, book.cloudfront_requests()),
        (Service::S3, book.s3_requests()),
    ] {
        let rows = rows
            .iter()
            .filter(|row| holds(row.valid_from, row.valid_until));
        lines.extend(rows.map(|row| {
            let usd = row.usd_per_request * Decimal::from(10_000);
            Line {
                of: Some(row.protocol.clone()),
                ..line!(row, service, "requests", row.region, usd, "USD per 10,000")
            }
        }));
    }
    for row in book.cloudfront_origin_transfer() {
        if holds(row.valid_from, row.valid_until) {
            let service = Service::CloudFront;
            let usd = row.usd_per_gb;
            lines.push(line!(
                row,
                service,
                "origin_transfer",
                row.region,
                usd,
                "USD per GB"
            ));
        }
    }
    for row in book.cloudfront_allowances() {
        if holds(row.valid_from, row.valid_until) {
            let service = Service::CloudFront;
            let (gb, requests) = (Decimal::from(row.free_gb), Decimal::from(row.free_requests));
            lines.push(line!(row, service, "free", "global", gb, "GB a month"));
            lines.push(Line {
                of: Some("requests".to_owned()),
                ..line!(row, service, "free", "global", requests, "requests a month")
            });
        }
    }
    for row in book.s3_allowances() {
        if holds(row.valid_from, row.valid_until) {
            let gb = Decimal::from(row.free_gb);
            lines.push(line!(row, Service::S3, "free", "global", gb, "GB a month"));
        }
    }
    for row in book.other_prices() {
        if holds(row.valid_from, row.valid_until) {
            let unit = format!("USD per {}", row.unit);
            let line = line!(
                row,
                row.service,
                row.item,
                row.region,
                row.usd_per_unit,
                unit
            );
            if row.free_units_per_month > 0 {
                lines.push(Line {
                    of: Some("free".to_owned()),
                    value: Decimal::from(row.free_units_per_month),
                    unit: format!("{} a month", row.unit),
                    ..line.clone()
                });
            }
            lines.push(line);
        }
    }
    for row in book.cloudfront_plans() {
        if holds(row.valid_from, row.valid_until) {
            for (item, value, unit) in [
                ("plan", row.usd_per_month, "USD a month"),
                (
                    "plan_requests",
                    Decimal::from(row.requests),
                    "requests a month",
                ),
                ("plan_egress", Decimal::from(row.gb), "GB a month"),
            ] {
                lines.push(Line {
                    of: Some(row.plan.clone()),
                    ..line!(row, Service::CloudFrontPlans, item, "global", value, unit)
                });
            }
        }
    }
    lines
}
