//! Which export a file is, told by its columns.

use std::{collections::BTreeSet, path::Path};

use crate::BillError;

/// A kind of billing export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// AWS's Cost and Usage Report.
    Cur,
    /// FOCUS, as AWS exports it.
    Focus,
}

impl Kind {
    /// Its name in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cur => "a Cost and Usage Report",
            Self::Focus => "a FOCUS export",
        }
    }
}

/// What we read of a line, by the names of either export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// `AmazonCloudFront`, or the service's long name.
    Service,
    /// `Usage`, `Tax` …
    LineType,
    UsageType,
    Operation,
    Resource,
    Quantity,
    /// FOCUS: where there is no consumed quantity.
    OtherQuantity,
    Unit,
    OtherUnit,
    Cost,
    /// FOCUS: what commitments do not change.
    ContractedCost,
    Commitment,
    Time,
    Currency,
    Estimate,
}

/// The columns of a field, best first, as [`plain`] spells them.
type Names = (Field, &'static [&'static str], Need);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Must,
    May,
}
use Need::{May, Must};

const CUR: &[Names] = &[
    (Field::Service, &["line_item_product_code"], Must),
    (Field::LineType, &["line_item_line_item_type"], Must),
    (Field::UsageType, &["line_item_usage_type"], Must),
    (Field::Quantity, &["line_item_usage_amount"], Must),
    // Never pricing_public_on_demand_cost: where prices have tiers it is the dearest one's.
    (Field::Cost, &["line_item_unblended_cost"], Must),
    (
        Field::Time,
        &[
            "line_item_usage_start_date",
            "bill_billing_period_start_date",
        ],
        Must,
    ),
    (Field::Operation, &["line_item_operation"], May),
    (Field::Resource, &["line_item_resource_id"], May),
    (Field::Unit, &["pricing_unit"], May),
    (Field::Currency, &["line_item_currency_code"], May),
];

const FOCUS: &[Names] = &[
    (Field::Service, &["x_servicecode", "servicename"], Must),
    (Field::LineType, &["chargecategory"], Must),
    // FOCUS 1.2 brought a column of its own for what AWS had added to 1.0.
    (Field::UsageType, &["x_usagetype", "skumeter"], Must),
    (
        Field::Quantity,
        &["consumedquantity", "pricingquantity"],
        Must,
    ),
    (Field::Cost, &["billedcost"], Must),
    (
        Field::Time,
        &["chargeperiodstart", "billingperiodstart"],
        Must,
    ),
    (Field::Currency, &["billingcurrency"], Must),
    (Field::Operation, &["x_operation"], May),
    (Field::Resource, &["resourceid"], May),
    (Field::Unit, &["consumedunit", "pricingunit"], May),
    (Field::OtherQuantity, &["pricingquantity"], May),
    (Field::OtherUnit, &["pricingunit"], May),
    (Field::ContractedCost, &["contractedcost"], May),
    (Field::Commitment, &["commitmentdiscountstatus"], May),
    (Field::Estimate, &["x_isestimate"], May),
];

/// What a kind's files have and other files have not.
const TELLS_CUR: [&str; 2] = ["line_item_usage_type", "line_item_product_code"];
const TELLS_FOCUS: [&str; 2] = ["chargecategory", "billedcost"];

/// Where in a file which field is.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) kind: Kind,
    pub(crate) found: Vec<Found>,
}

/// A field and its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) field: Field,
    /// Place of the column in the file.
    pub(crate) column: usize,
    /// Its place among the columns that are read.
    pub(crate) place: usize,
    /// Its name in the file.
    pub(crate) name: String,
}

impl Columns {
    /// Tells the kind of a file by the names of its columns.
    pub(crate) fn find(path: &Path, names: &[String]) -> Result<Self, BillError> {
        let plain: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let has = |name: &&str| plain.iter().any(|other| other == name);
        let (kind, wanted) = if TELLS_CUR.iter().any(&has) {
            (Kind::Cur, CUR)
        } else if TELLS_FOCUS.iter().any(has) {
            (Kind::Focus, FOCUS)
        } else {
            return Err(BillError::UnknownColumns {
                path: path.to_owned(),
                missing_cur: missing(CUR, &plain, Kind::Cur),
                missing_focus: missing(FOCUS, &plain, Kind::Focus),
            });
        };
        let missing = missing(wanted, &plain, kind);
        if !missing.is_empty() {
            return Err(BillError::MissingColumns {
                path: path.to_owned(),
                kind: kind.as_str(),
                missing,
            });
        }
        let mut found: Vec<Found> = wanted
            .iter()
            .filter_map(|(field, candidates, _)| {
                let column = candidates
                    .iter()
                    .find_map(|name| plain.iter().position(|other| other == name))?;
                Some(Found {
                    field: *field,
                    column,
                    place: 0,
                    name: names.get(column)?.clone(),
                })
            })
            .collect();
        let read: BTreeSet<usize> = found.iter().map(|found| found.column).collect();
        for found in &mut found {
            found.place = read.range(..found.column).count();
        }
        Ok(Self { kind, found })
    }

    /// The columns to read, in the file's order.
    pub(crate) fn read(&self) -> Vec<usize> {
        let read: BTreeSet<usize> = self.found.iter().map(|found| found.column).collect();
        read.into_iter().collect()
    }
}

/// The names of what must be there and is not, each in backticks.
fn missing(wanted: &[Names], plain: &[String], kind: Kind) -> String {
    let missing: Vec<String> = wanted
        .iter()
        .filter(|(_, candidates, need)| {
            *need == Must
                && !candidates
                    .iter()
                    .any(|name| plain.iter().any(|other| other == name))
        })
        .map(|(_, candidates, _)| {
            let named: Vec<String> = candidates
                .iter()
                .map(|name| format!("`{}`", shown(name, kind)))
                .collect();
            named.join(" or ")
        })
        .collect();
    missing.join(", ")
}

/// A plain name as the export spells it.
fn shown(name: &str, kind: Kind) -> String {
    const FOCUS_NAMES: [&str; 13] = [
        "x_ServiceCode",
        "ServiceName",
        "ChargeCategory",
        "x_UsageType",
        "SkuMeter",
        "ConsumedQuantity",
        "PricingQuantity",
        "BilledCost",
        "ChargePeriodStart",
        "BillingPeriodStart",
        "BillingCurrency",
        "ResourceId",
        "ContractedCost",
    ];
    let spelled = FOCUS_NAMES
        .iter()
        .find(|spelled| kind == Kind::Focus && spelled.eq_ignore_ascii_case(name));
    spelled.map_or_else(|| name.to_owned(), |spelled| (*spelled).to_owned())
}

/// A column's name without what exports differ in: `lineItem/UsageType` of the older reports is
/// `line_item_usage_type` of the newer, and Athena writes all names small.
fn plain(name: &str) -> String {
    let name = name.trim_start_matches('\u{feff}').trim();
    if !name.contains('/') {
        return name.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(name.len() + 8);
    let mut last_small = false;
    for c in name.chars() {
        if c == '/' {
            out.push('_');
            last_small = false;
            continue;
        }
        if c.is_ascii_uppercase() && last_small {
            out.push('_');
        }
        last_small = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Columns, Field, Kind, plain};

    fn find(names: &str) -> Result<Columns, String> {
        let names: Vec<String> = names.split(' ').map(str::to_owned).collect();
        Columns::find(Path::new("bill.csv"), &names).map_err(|error| error.to_string())
    }

    #[test]
    fn older_names_are_the_newer_ones() {
        for (old, new) in [
            ("lineItem/UsageType", "line_item_usage_type"),
            ("lineItem/LineItemType", "line_item_line_item_type"),
            (
                "bill/BillingPeriodStartDate",
                "bill_billing_period_start_date",
            ),
            ("pricing/unit", "pricing_unit"),
            ("line_item_usage_type", "line_item_usage_type"),
            ("BilledCost", "billedcost"),
        ] {
            assert_eq!(plain(old), new);
        }
    }

    #[test]
    fn tells_the_kinds_apart_and_finds_the_places() {
        let cur = find(
            "lineItem/UsageAmount lineItem/UsageType lineItem/ProductCode lineItem/LineItemType \
             lineItem/UnblendedCost other lineItem/UsageStartDate",
        )
        .unwrap();
        assert_eq!(cur.kind, Kind::Cur);
        let of = |columns: &Columns, field: Field| {
            let found = columns.found.iter().find(|found| found.field == field);
            found.map(|found| (found.column, found.place, found.name.clone()))
        };
        let time = (6, 5, "lineItem/UsageStartDate".to_owned());
        assert_eq!(of(&cur, Field::Time), Some(time));
        assert_eq!(cur.read(), [0, 1, 2, 3, 4, 6]);
        let focus = find(
            "ServiceName ChargeCategory SkuMeter PricingQuantity BilledCost ChargePeriodStart BillingCurrency",
        )
        .unwrap();
        assert_eq!(focus.kind, Kind::Focus);
        // One column serves two fields, and is read once.
        let quantity = (3, 3, "PricingQuantity".to_owned());
        assert_eq!(of(&focus, Field::Quantity), Some(quantity.clone()));
        assert_eq!(of(&focus, Field::OtherQuantity), Some(quantity));
        assert_eq!(focus.read(), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn names_what_is_missing() {
        let error = find("line_item_usage_type line_item_product_code").unwrap_err();
        assert_eq!(
            error,
            "`bill.csv` looks like a Cost and Usage Report, but has no column \
             `line_item_line_item_type`, `line_item_usage_amount`, `line_item_unblended_cost`, \
             `line_item_usage_start_date` or `bill_billing_period_start_date`"
        );
        let error = find("a b").unwrap_err();
        assert!(error.contains("is no billing export"), "{error}");
        assert!(error.contains("`line_item_product_code`"), "{error}");
        assert!(error.contains("`x_UsageType` or `SkuMeter`"), "{error}");
    }
}
