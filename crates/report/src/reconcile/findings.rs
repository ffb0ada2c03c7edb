//! What the differences say, each out of numbers of the comparison. Nothing is said of what is
//! within the tolerance.

use std::collections::BTreeSet;

use edgeledger_rates::Decimal;

use super::{BillDistribution, BillLine, CENT, Finding, FoundIn, InForce, LeftOut, Reconciliation};
use crate::format::{amount, percent, plural, usd};

/// Two ratios as near as this are about the same.
const ALIKE: Decimal = Decimal::from_parts(2, 0, 0, false, 2);
/// A usage type with less than this share of its family says nothing about the whole.
const WEIGHTY: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// Usage types that the logs show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Egress,
    Requests,
    ToOrigin,
}

impl Family {
    fn of(usage_type: &str) -> Option<Self> {
        let (_, kind) = usage_type.split_once('-')?;
        match kind {
            "DataTransfer-Out-Bytes" => Some(Self::Egress),
            "DataTransfer-Out-OBytes" => Some(Self::ToOrigin),
            "Requests-Tier1"
            | "Requests-Tier2-HTTPS"
            | "Requests-HTTP-Proxy"
            | "Requests-HTTPS-Proxy" => Some(Self::Requests),
            _ => None,
        }
    }

    fn lines(self, lines: &[BillLine]) -> impl Iterator<Item = &BillLine> + Clone {
        lines
            .iter()
            .filter(move |line| Self::of(&line.usage_type) == Some(self))
    }
}

/// Sums of a family.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    bill: Decimal,
    ours: Decimal,
}

impl Sums {
    fn of<'a>(lines: impl Iterator<Item = &'a BillLine>) -> Self {
        lines.fold(Self::default(), |sums, line| Self {
            bill: sums.bill + line.bill_quantity,
            ours: sums.ours + line.our_quantity,
        })
    }

    fn ratio(self) -> Option<Decimal> {
        self.ours.checked_div(self.bill)
    }

    fn is_off(self, tolerance: Decimal) -> bool {
        (self.ours - self.bill).abs() > self.bill * tolerance
    }
}

pub(super) fn findings(all: &Reconciliation, in_force: &InForce) -> Vec<Finding> {
    let mut findings = Vec::new();
    let unlogged = unlogged(all);
    if unlogged.is_empty() {
        findings.extend(completeness(all));
    }
    findings.extend(unlogged);
    findings.extend(moved(all, in_force));
    match free_tier(all, in_force) {
        Some(finding) => findings.push(finding),
        None => findings.extend(price(all, in_force)),
    }
    findings.extend(units(all));
    findings.extend(unseen(all));
    findings.extend(unbilled(all));
    findings.extend(left_out(&all.left_out));
    findings
}

fn say(text: String) -> Finding {
    Finding { text, paste: None }
}

fn suggest(text: String, paste: String) -> Finding {
    Finding {
        text,
        paste: Some(paste),
    }
}

/// Distributions that only one side knows.
fn unlogged(all: &Reconciliation) -> Vec<Finding> {
    let mut findings = Vec::new();
    for row in &all.distributions {
        let Some(id) = &row.distribution else {
            continue;
        };
        let on_bill = row.bill_gb + row.bill_requests;
        let in_logs = row.our_gb + row.our_requests;
        if in_logs.is_zero() && on_bill > Decimal::ZERO && row.bill_usd > CENT {
            findings.push(say(format!(
                "Distribution {id} is on the bill ({} GB, {} requests, {}), and the logs hold \
                 nothing of it: turn its standard logging on, or ingest its logs.",
                amount(row.bill_gb),
                amount(row.bill_requests),
                usd(row.bill_usd),
            )));
        } else if on_bill.is_zero() && in_logs > Decimal::ZERO && row.our_usd > CENT {
            findings.push(say(format!(
                "Distribution {} is in the logs ({} by our prices), and not on the bill: it belongs \
                 to an account that this export does not cover, or is on a flat-rate plan (set its \
                 `plan`).",
                label(row),
                usd(row.our_usd),
            )));
        }
    }
    findings
}

fn label(row: &BillDistribution) -> String {
    match (&row.distribution, &row.name) {
        (Some(id), Some(name)) if name != id => format!("{name} ({id})"),
        (Some(id), _) => id.clone(),
        (None, _) => "(none)".to_owned(),
    }
}

/// The usage types that say something about a whole family.
fn weighty(lines: &[BillLine], family: Family) -> Vec<&BillLine> {
    let sums = Sums::of(family.lines(lines));
    family
        .lines(lines)
        .filter(|line| line.bill_quantity.max(line.our_quantity) >= sums.bill * WEIGHTY)
        .collect()
}

/// All quantities short, or over, by about the same.
fn completeness(all: &Reconciliation) -> Option<Finding> {
    let of = |family: Family| Sums::of(family.lines(&all.lines));
    let (egress, requests) = (of(Family::Egress), of(Family::Requests));
    let (bytes, counts) = (egress.ratio()?, requests.ratio()?);
    if !egress.is_off(all.tolerance) && !requests.is_off(all.tolerance) {
        return None;
    }
    let mut ratios: Vec<Decimal> = [Family::Egress, Family::Requests]
        .into_iter()
        .flat_map(|family| weighty(&all.lines, family))
        .map(|line| line.quantity_ratio.unwrap_or_default())
        .collect();
    ratios.sort();
    let (least, most) = (*ratios.first()?, *ratios.last()?);
    let hold = format!(
        "the logs hold {} of the bytes and {} of the requests on the bill",
        percent(Some(bytes), 1),
        percent(Some(counts), 1)
    );
    let short = short_distributions(all);
    let text = if !short.is_empty() && short.len() < n_distributions(all) {
        format!(
            "Only some distributions differ; in all, {hold}: {}. Look for hours without logs: \
             `edgeledger lake status --gaps --month {}`.",
            short.join(", "),
            all.month
        )
    } else if most - least > ALIKE.max(all.tolerance) {
        format!(
            "Quantities differ, and not all alike: {hold}, and of single usage types between {} and \
             {}. Check that bill and logs are of the same accounts and distributions.",
            percent(Some(least), 1),
            percent(Some(most), 1)
        )
    } else if bytes < Decimal::ONE && counts < Decimal::ONE {
        format!(
            "All usage types of traffic are short by about the same: {hold}, so about {} of the logs \
             are missing. CloudFront delivers logs as best it can; quarantined and late objects are \
             the other cause: `edgeledger lake status --gaps --month {}`.",
            percent(Some(Decimal::ONE - (bytes + counts) / Decimal::TWO), 1),
            all.month
        )
    } else {
        format!(
            "The logs hold more than the bill: {hold}. The bill is not final, parts of its export \
             are missing, or it does not cover all accounts of these distributions."
        )
    };
    Some(say(text))
}

fn n_distributions(all: &Reconciliation) -> usize {
    let known = all.distributions.iter().filter(|row| {
        row.distribution.is_some() && row.bill_requests.max(row.our_requests) > Decimal::ZERO
    });
    known.count()
}

/// Distributions whose requests or bytes differ, with their shares.
fn short_distributions(all: &Reconciliation) -> Vec<String> {
    let off = all.distributions.iter().filter(|row| {
        let requests = Sums {
            bill: row.bill_requests,
            ours: row.our_requests,
        };
        let gb = Sums {
            bill: row.bill_gb,
            ours: row.our_gb,
        };
        row.distribution.is_some() && (requests.is_off(all.tolerance) || gb.is_off(all.tolerance))
    });
    off.map(|row| {
        let requests = row.our_requests.checked_div(row.bill_requests);
        let gb = row.our_gb.checked_div(row.bill_gb);
        format!(
            "{} {} of the bytes, {} of the requests",
            label(row),
            percent(gb, 1),
            percent(requests, 1)
        )
    })
    .collect()
}

/// The same total in other regions: a price class.
fn moved(all: &Reconciliation, in_force: &InForce) -> Vec<Finding> {
    let Some(what) = movement(&all.lines, all.tolerance) else {
        return Vec::new();
    };
    let is_global = all
        .lines
        .iter()
        .any(|line| line.usage_type.starts_with("Global-"));
    let mut findings = Vec::new();
    for row in &all.distributions {
        let (Some(id), Some(what)) = (&row.distribution, movement(&row.lines, all.tolerance))
        else {
            continue;
        };
        let configured = row.price_class.as_deref().unwrap_or("All");
        let Some(class) = class_of(&row.lines, in_force).filter(|class| *class != configured)
        else {
            continue;
        };
        findings.push(suggest(
            format!(
                "{}: {what}. Its price class is {class}, not {configured}.",
                label(row)
            ),
            format!("[[distribution]]\nid = \"{id}\"\nprice_class = \"{class}\""),
        ));
    }
    if !findings.is_empty() {
        return findings;
    }
    let why = if is_global {
        "Which regions the free usage comes from is AWS's choice, and ours is a guess."
    } else {
        match class_of(&all.lines, in_force) {
            Some(class) if class != "All" => {
                return vec![say(format!(
                    "{what}. The bill has usage of price class {class} only: check `price_class` of \
                     the distributions."
                ))];
            }
            _ => "Check `price_class` of the distributions, and `unknown_edges`.",
        }
    };
    vec![say(format!("{what}. {why}"))]
}

/// How egress moved between regions, when its total is the same.
fn movement(lines: &[BillLine], tolerance: Decimal) -> Option<String> {
    let egress = Family::Egress.lines(lines);
    let sums = Sums::of(egress.clone());
    if sums.bill.is_zero() || sums.is_off(tolerance) {
        return None;
    }
    let gained: Decimal = egress
        .clone()
        .map(|line| line.quantity_difference.max(Decimal::ZERO))
        .sum();
    if gained <= sums.bill * tolerance {
        return None;
    }
    let side = |of: fn(&BillLine) -> bool| {
        let mut lines: Vec<&BillLine> = egress.clone().filter(|line| of(line)).collect();
        lines.sort_by_key(|line| (-line.quantity_difference.abs(), line.usage_type.clone()));
        let named: Vec<String> = lines
            .iter()
            .filter(|line| line.quantity_difference.abs() > sums.bill * tolerance / Decimal::TEN)
            .map(|line| {
                let region = line.usage_type.split('-').next().unwrap_or_default();
                format!("{region} {} GB", amount(line.quantity_difference.abs()))
            })
            .collect();
        named.join(", ")
    };
    Some(format!(
        "the same egress is billed in other regions: the bill has more in {}, and less in {}",
        side(|line| line.quantity_difference < Decimal::ZERO),
        side(|line| line.quantity_difference > Decimal::ZERO),
    ))
}

/// The smallest price class with all regions that the bill has egress in.
fn class_of<'a>(lines: &[BillLine], in_force: &'a InForce) -> Option<&'a str> {
    let regions: BTreeSet<&str> = Family::Egress
        .lines(lines)
        .filter(|line| line.bill_quantity > Decimal::ZERO)
        .filter_map(|line| line.usage_type.split('-').next())
        .filter(|region| *region != "Global")
        .collect();
    if regions.is_empty() {
        return None;
    }
    let fits = |inside: &[String]| {
        regions
            .iter()
            .all(|region| inside.iter().any(|other| other == region))
    };
    in_force
        .price_classes
        .iter()
        .find(|(_, inside)| fits(inside))
        .map(|(class, _)| class.as_str())
}

/// A free tier on one side alone.
fn free_tier(all: &Reconciliation, in_force: &InForce) -> Option<Finding> {
    let free = |family: Family| -> Decimal {
        family
            .lines(&all.lines)
            .map(|line| line.bill_free_quantity)
            .sum()
    };
    let (free_gb, free_requests) = (free(Family::Egress), free(Family::Requests));
    let of = |family: Family| Sums::of(family.lines(&all.lines)).bill;
    let usd_difference: Decimal = [Family::Egress, Family::Requests]
        .into_iter()
        .flat_map(|family| family.lines(&all.lines))
        .map(|line| line.usd_difference)
        .sum();
    let has_free =
        free_gb > of(Family::Egress) * WEIGHTY || free_requests > of(Family::Requests) * WEIGHTY;
    if in_force.free_tier && !has_free && usd_difference < -CENT && all.total_is_off() {
        return Some(suggest(
            format!(
                "The bill charges all usage, and ours takes the free tier off (1 TB and 10 million \
                 requests a month): the bill is {} higher. Other traffic of the organisation has \
                 used it up, or the account has none.",
                usd(-usd_difference)
            ),
            "[costs]\ncloudfront_free_tier = false".to_owned(),
        ));
    }
    if !in_force.free_tier && has_free && usd_difference > CENT {
        return Some(suggest(
            format!(
                "The bill has usage free of charge ({} GB, {} requests), and ours has the free tier \
                 switched off.",
                amount(free_gb),
                amount(free_requests)
            ),
            "[costs]\ncloudfront_free_tier = true".to_owned(),
        ));
    }
    None
}

/// A usage type whose prices compare, with bill's price / ours.
struct Priced<'a> {
    line: &'a BillLine,
    ratio: Decimal,
}

/// Other prices than the cards'. Where either side has free usage, a price per unit depends on the
/// quantity: then only usage types whose quantities agree are compared.
fn price(all: &Reconciliation, in_force: &InForce) -> Option<Finding> {
    let has_free = in_force.free_tier
        || all
            .lines
            .iter()
            .any(|line| line.bill_free_quantity > Decimal::ZERO);
    let compared: Vec<Priced<'_>> = all
        .lines
        .iter()
        .filter(|line| line.our_usd > CENT && line.bill_usd > CENT && !line.units_differ())
        .filter(|line| !has_free || !line.quantity_is_off(all.tolerance))
        .filter_map(|line| {
            let scale = line
                .quantity_ratio
                .filter(|_| !has_free)
                .unwrap_or(Decimal::ONE);
            let ratio = (line.bill_usd * scale).checked_div(line.our_usd)?;
            Some(Priced { line, ratio })
        })
        .collect();
    let ours: Decimal = compared.iter().map(|priced| priced.line.our_usd).sum();
    let bill: Decimal = compared
        .iter()
        .map(|priced| priced.line.our_usd * priced.ratio)
        .sum();
    let overall = bill.checked_div(ours)?;
    if (overall - Decimal::ONE).abs() <= all.tolerance {
        return None;
    }
    let least = compared.iter().map(|priced| priced.ratio).min()?;
    let most = compared.iter().map(|priced| priced.ratio).max()?;
    if most - least <= WEIGHTY.max(all.tolerance) {
        return Some(one_discount(overall, compared.len(), in_force));
    }
    let mut widest: Vec<&Priced<'_>> = compared.iter().collect();
    widest.sort_by_key(|priced| {
        let weight = (priced.line.our_usd * (Decimal::ONE - priced.ratio)).abs();
        (-weight, priced.line.usage_type.clone())
    });
    let named: Vec<String> = widest
        .iter()
        .take(3)
        .filter_map(|priced| {
            let line = priced.line;
            let bill = line.bill_usd.checked_div(line.bill_quantity)?;
            let ours = line.our_usd.checked_div(line.our_quantity)?;
            Some(format!(
                "{} costs ${} a unit on the bill and ${} by the cards",
                line.usage_type,
                bill.round_dp(9).normalize(),
                ours.round_dp(9).normalize()
            ))
        })
        .collect();
    Some(say(format!(
        "Prices differ by usage type ({} to {} of ours): {}. Private rates go into a price card of \
         your own (`rates = [\"our-rates.toml\"]`).",
        percent(Some(least), 1),
        percent(Some(most), 1),
        named.join("; ")
    )))
}

/// All prices are off by the same share.
fn one_discount(overall: Decimal, n: usize, in_force: &InForce) -> Finding {
    let discount = (Decimal::ONE - (Decimal::ONE - in_force.discount) * overall)
        .round_dp(3)
        .normalize();
    let n = plural(
        i64::try_from(n).unwrap_or(i64::MAX),
        "usage type",
        "usage types",
    );
    let off = percent(Some((Decimal::ONE - overall).abs()), 1);
    if discount.is_sign_negative() {
        return say(format!(
            "The bill is {off} dearer than the price cards, alike over {n}: see `edgeledger rates \
             show`, and lay cards of your own over them."
        ));
    }
    let word = if overall < Decimal::ONE {
        "below"
    } else {
        "above"
    };
    suggest(
        format!("The bill is {off} {word} the prices in force, alike over {n}: a discount."),
        format!("[costs]\ncloudfront_discount = \"{discount}\""),
    )
}

/// Quantities in units that do not compare.
fn units(all: &Reconciliation) -> Vec<Finding> {
    let different = all.lines.iter().filter(|line| line.units_differ());
    different
        .map(|line| {
            say(format!(
                "{} is billed in {}, and counted in {} by us: the quantities do not compare.",
                line.usage_type,
                line.bill_unit.as_deref().unwrap_or("?"),
                line.unit
            ))
        })
        .collect()
}

/// What logs do not show, ready for the settings.
fn unseen(all: &Reconciliation) -> Vec<Finding> {
    let mut findings = Vec::new();
    for line in &all.lines {
        let is_traffic = Family::of(&line.usage_type).is_some();
        if is_traffic || line.bill_usd <= CENT || !line.quantity_is_off(all.tolerance) {
            continue;
        }
        let Some((item, region)) = item_of(&line.usage_type) else {
            if line.found_in == FoundIn::Bill {
                findings.push(say(format!(
                    "{} ({}) is on the bill; logs do not show it and the cards have no price for \
                     it.",
                    line.usage_type,
                    usd(line.bill_usd)
                )));
            }
            continue;
        };
        let text = format!(
            "{}: {} on the bill ({}), {} by the logs, which cannot show it.",
            line.usage_type,
            amount(line.bill_quantity),
            usd(line.bill_usd),
            amount(line.our_quantity),
        );
        let quantity = line.bill_quantity.round_dp(0);
        let region = region.map_or_else(String::new, |region| format!("region = \"{region}\"\n"));
        findings.push(suggest(
            text,
            format!(
                "[[extra_usage]]\nitem = \"{item}\"\n{region}month = \"{}\"\nquantity = {quantity}",
                all.month
            ),
        ));
    }
    findings
}

/// The item of a usage type that logs do not show, and its region if it has one.
fn item_of(usage_type: &str) -> Option<(&'static str, Option<&'static str>)> {
    let item = match usage_type {
        "Invalidations" => "invalidation",
        "Executions-CloudFrontFunctions" => "function",
        "Lambda-Edge-Request" => "lambda-edge-request",
        "Lambda-Edge-GB-Second" => "lambda-edge-duration",
        "RealTimeLog-KinesisDataStream" => "real-time-log",
        "Requests-HTTPS-Proxy-FLE" => "field-level-encryption",
        "SSL-Cert-Custom" => "dedicated-ip-certificate",
        shield => {
            let region = match shield.strip_suffix("-Requests-OriginShield")? {
                "USE1" => "us-east-1",
                "USW1" => "us-west-1",
                "USW2" => "us-west-2",
                "EU" => "eu-west-1",
                "EUW3" => "eu-west-3",
                "EUC1" => "eu-central-1",
                "APN1" => "ap-northeast-1",
                "APN2" => "ap-northeast-2",
                "APS1" => "ap-southeast-1",
                "APS2" => "ap-southeast-2",
                "APS3" => "ap-south-1",
                "SAE1" => "sa-east-1",
                _ => return None,
            };
            return Some(("origin-shield", Some(region)));
        }
    };
    Some((item, None))
}

/// What we count and the bill has not, other than traffic.
fn unbilled(all: &Reconciliation) -> Vec<Finding> {
    let ours = all.lines.iter().filter(|line| {
        line.found_in == FoundIn::Logs
            && line.our_usd > CENT
            && Family::of(&line.usage_type).is_none()
    });
    ours.map(|line| {
        say(format!(
            "{} costs {} by us, and is not on the bill under that name: check `plan` and \
             `[[extra_usage]]`.",
            line.usage_type,
            usd(line.our_usd)
        ))
    })
    .collect()
}

fn left_out(rows: &[LeftOut]) -> Option<Finding> {
    if rows.is_empty() {
        return None;
    }
    let named: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} of {} ({}, {})",
                row.line_type,
                row.service_code,
                plural(row.lines, "line", "lines"),
                usd(row.usd)
            )
        })
        .collect();
    Some(say(format!("Not compared: {}.", named.join(", "))))
}
