//! A bill against the logs: what agrees, what does not, and what would make it agree. Every number
//! is a query on the views of `queries/bill`.

mod findings;
mod text;

use edgeledger_query::Session;
use edgeledger_rates::{Decimal, Month};

use crate::{ColumnError, ReportError, load::Queries, rows::Row};

/// A difference of so much money is none: bills are paid in cents.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// A bill beside the logs.
#[derive(Debug, Clone)]
pub struct Reconciliation {
    /// The month (UTC).
    pub month: Month,
    /// The share of the bill that is no difference.
    pub tolerance: Decimal,
    /// By usage type.
    pub lines: Vec<BillLine>,
    /// By distribution; none when the bill names none.
    pub distributions: Vec<BillDistribution>,
    /// What the bill holds and is not compared.
    pub left_out: Vec<LeftOut>,
    /// What the differences say.
    pub findings: Vec<Finding>,
}

/// A usage type on both sides. Quantities are in `unit`, money is USD.
#[derive(Debug, Clone)]
pub struct BillLine {
    /// As on the bill.
    pub usage_type: String,
    /// Which side has it.
    pub found_in: FoundIn,
    /// Our unit: `GB` (2^30 bytes), `Requests`, or the item's own.
    pub unit: String,
    /// The bill's, where it names one.
    pub bill_unit: Option<String>,
    /// On the bill.
    pub bill_quantity: Decimal,
    /// By the logs.
    pub our_quantity: Decimal,
    /// Ours less the bill's.
    pub quantity_difference: Decimal,
    /// Ours / the bill's; `None` where either has none.
    pub quantity_ratio: Option<Decimal>,
    /// The part of the bill's quantity that cost nothing.
    pub bill_free_quantity: Decimal,
    /// On the bill.
    pub bill_usd: Decimal,
    /// By the logs and the price cards.
    pub our_usd: Decimal,
    /// Ours less the bill's.
    pub usd_difference: Decimal,
}

/// Which side has a usage type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundIn {
    /// Both.
    Both,
    /// The bill alone.
    Bill,
    /// The logs alone.
    Logs,
}

/// A distribution on both sides.
#[derive(Debug, Clone)]
pub struct BillDistribution {
    /// Id; `None` for what the bill gives to none.
    pub distribution: Option<String>,
    /// Name for people, where logs or settings know it.
    pub name: Option<String>,
    /// Price class in force.
    pub price_class: Option<String>,
    /// GB of 2^30 bytes on the bill.
    pub bill_gb: Decimal,
    /// GB of 2^30 bytes by the logs.
    pub our_gb: Decimal,
    /// Requests on the bill.
    pub bill_requests: Decimal,
    /// Requests by the logs.
    pub our_requests: Decimal,
    /// USD on the bill.
    pub bill_usd: Decimal,
    /// USD, our share of the organisation's lines.
    pub our_usd: Decimal,
    /// Ours less the bill's.
    pub usd_difference: Decimal,
    /// Its usage types.
    pub lines: Vec<BillLine>,
}

/// Lines of the bill that are not compared.
#[derive(Debug, Clone)]
pub struct LeftOut {
    /// `Tax`, `Credit` … as on the bill.
    pub line_type: String,
    /// The service as on the bill.
    pub service_code: String,
    /// Their sum.
    pub usd: Decimal,
    /// How many.
    pub lines: i64,
}

/// Something the numbers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In plain words. It may quote names from the bill.
    pub text: String,
    /// Lines for `edgeledger.toml`, where they would help.
    pub paste: Option<String>,
}

/// What is in force that findings depend on.
#[derive(Debug, Clone)]
struct InForce {
    free_tier: bool,
    discount: Decimal,
    /// The smallest class first, each with its regions.
    price_classes: Vec<(String, Vec<String>)>,
}

impl BillLine {
    fn is_judged(&self) -> bool {
        self.bill_usd.max(self.our_usd) > CENT
    }

    fn quantity_is_off(&self, tolerance: Decimal) -> bool {
        self.units_differ() || self.quantity_difference.abs() > self.bill_quantity * tolerance
    }

    fn usd_is_off(&self, tolerance: Decimal) -> bool {
        is_off(self.bill_usd, self.usd_difference, tolerance)
    }

    /// Whether the quantities cannot be compared: GB beside something else.
    fn units_differ(&self) -> bool {
        let is_gb = |unit: &str| unit == "GB";
        self.found_in == FoundIn::Both
            && self
                .bill_unit
                .as_deref()
                .is_some_and(|unit| is_gb(unit) != is_gb(&self.unit))
    }

    /// Whether it alone puts the bill out of tolerance.
    pub fn is_off(&self, tolerance: Decimal) -> bool {
        self.is_judged() && (self.quantity_is_off(tolerance) || self.usd_is_off(tolerance))
    }
}

fn is_off(bill: Decimal, difference: Decimal, tolerance: Decimal) -> bool {
    difference.abs() > CENT && difference.abs() > bill * tolerance
}

impl Reconciliation {
    /// The bill's cost, of what is compared.
    pub fn bill_usd(&self) -> Decimal {
        self.lines.iter().map(|line| line.bill_usd).sum()
    }

    /// Ours.
    pub fn our_usd(&self) -> Decimal {
        self.lines.iter().map(|line| line.our_usd).sum()
    }

    /// Whether the total, and every usage type of more than a cent, is within the tolerance.
    pub fn is_within(&self) -> bool {
        !self.total_is_off() && !self.lines.iter().any(|line| line.is_off(self.tolerance))
    }

    fn total_is_off(&self) -> bool {
        let bill = self.bill_usd();
        is_off(bill, self.our_usd() - bill, self.tolerance)
    }

    /// For a terminal: aligned, no colour.
    pub fn to_text(&self) -> String {
        text::render(self)
    }
}

/// Compares the bill that the session was given with its logs.
///
/// # Errors
/// When there are no requests of the month, when a part of them has no price, or when a query
/// fails.
pub async fn reconcile(
    session: &Session,
    month: Month,
    tolerance: Decimal,
) -> Result<Reconciliation, ReportError> {
    let queries = Queries::new(session, month);
    queries.check_month(None).await?;
    queries.check_prices().await?;
    let lines = queries
        .all(
            "bill by usage type",
            "SELECT * FROM bill_comparison WHERE month = $month ORDER BY usage_type",
            line,
        )
        .await?;
    let by_distribution = queries
        .all(
            "bill by distribution and usage type",
            "SELECT * FROM bill_distribution_comparison WHERE month = $month
            ORDER BY distribution, usage_type",
            |row| Ok((row.optional_text("distribution")?, line(row)?)),
        )
        .await?;
    let mut distributions = queries
        .all(
            "bill by distribution",
            "SELECT b.*, d.price_class FROM bill_distributions b
            LEFT JOIN distributions d ON d.distribution = b.distribution
            WHERE b.month = $month ORDER BY b.bill_usd DESC, b.distribution",
            |row| {
                Ok(BillDistribution {
                    distribution: row.optional_text("distribution")?,
                    name: row.optional_text("name")?,
                    price_class: row.optional_text("price_class")?,
                    bill_gb: row.decimal("bill_gb")?,
                    our_gb: row.decimal("our_gb")?,
                    bill_requests: row.decimal("bill_requests")?,
                    our_requests: row.decimal("our_requests")?,
                    bill_usd: row.decimal("bill_usd")?,
                    our_usd: row.decimal("our_usd")?,
                    usd_difference: row.decimal("usd_difference")?,
                    lines: Vec::new(),
                })
            },
        )
        .await?;
    for (id, line) in by_distribution {
        if let Some(row) = distributions.iter_mut().find(|row| row.distribution == id) {
            row.lines.push(line);
        }
    }
    let left_out = queries
        .all(
            "left out of the bill",
            "SELECT line_type, service_code, sum(usd) AS usd, sum(lines) AS lines FROM bill_lines
            WHERE month = $month AND charge = 'left_out'
            GROUP BY line_type, service_code ORDER BY line_type, service_code",
            |row| {
                Ok(LeftOut {
                    line_type: row.text("line_type")?,
                    service_code: row.text("service_code")?,
                    usd: row.decimal("usd")?,
                    lines: row.int("lines")?,
                })
            },
        )
        .await?;
    let in_force = in_force(&queries).await?;
    let mut reconciliation = Reconciliation {
        month,
        tolerance,
        lines,
        distributions,
        left_out,
        findings: Vec::new(),
    };
    reconciliation.findings = findings::findings(&reconciliation, &in_force);
    Ok(reconciliation)
}

fn line(row: &Row<'_>) -> Result<BillLine, ColumnError> {
    Ok(BillLine {
        usage_type: row.text("usage_type")?,
        found_in: match row.text("found_in")?.as_str() {
            "bill" => FoundIn::Bill,
            "logs" => FoundIn::Logs,
            _ => FoundIn::Both,
        },
        unit: row.optional_text("unit")?.unwrap_or_default(),
        bill_unit: row.optional_text("bill_unit")?,
        bill_quantity: row.decimal("bill_quantity")?,
        our_quantity: row.decimal("our_quantity")?,
        quantity_difference: row.decimal("quantity_difference")?,
        quantity_ratio: row.optional_decimal("quantity_ratio")?,
        bill_free_quantity: row.decimal("bill_free_quantity")?,
        bill_usd: row.decimal("bill_usd")?,
        our_usd: row.decimal("our_usd")?,
        usd_difference: row.decimal("usd_difference")?,
    })
}

async fn in_force(queries: &Queries<'_>) -> Result<InForce, ReportError> {
    let (free_tier, discount) = queries
        .single("settings", |row| {
            Ok((
                row.flag("cloudfront_free_tier")?,
                row.decimal("cloudfront_discount")?,
            ))
        })
        .await?;
    let inside = queries
        .all(
            "price classes",
            "SELECT price_class, region FROM price_class_regions WHERE in_class
            ORDER BY price_class, region",
            |row| Ok((row.text("price_class")?, row.text("region")?)),
        )
        .await?;
    let mut price_classes: Vec<(String, Vec<String>)> = Vec::new();
    for (class, region) in inside {
        match price_classes.iter_mut().find(|(other, _)| *other == class) {
            Some((_, regions)) => regions.push(region),
            None => price_classes.push((class, vec![region])),
        }
    }
    price_classes.sort_by_key(|(_, regions)| regions.len());
    Ok(InForce {
        free_tier,
        discount,
        price_classes,
    })
}
