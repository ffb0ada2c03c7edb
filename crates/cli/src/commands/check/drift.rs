//! Change against a baseline.

use edgeledger_rates::Decimal;

use crate::commands::check::{
    baseline::{Baseline, Figures},
    builtin::Tuned,
    data::Data,
    file::Tolerance,
    outcome::Outcome,
};

/// What a change is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) by: Decimal,
    /// As a share of what was; there is none of nothing.
    pub(super) ratio: Option<Decimal>,
    pub(super) is_tolerated: bool,
}

impl Tolerance {
    /// A change is tolerated up to the absolute amount, and up to the share.
    pub(super) fn judge(&self, now: Decimal, was: Decimal) -> Change {
        let by = now - was;
        let share = if by.is_sign_negative() {
            self.max_decrease
        } else {
            self.max_increase
        };
        let is_tolerated = by.abs() <= self.absolute
            || share.is_none_or(|share| {
                // A product that no decimal can hold is more than any change.
                was.abs()
                    .checked_mul(share)
                    .is_none_or(|most| by.abs() <= most)
            });
        Change {
            by,
            ratio: by.checked_div(was.abs()).map(|ratio| ratio.round_dp(6)),
            is_tolerated,
        }
    }
}

/// A built-in rule about drifts.
pub(super) fn drift(
    data: &Data,
    rule: &Tuned,
    now: Option<&Baseline>,
    baseline: &Baseline,
) -> Outcome {
    let figure = |figures: &Figures| match rule.builtin.name {
        "egress-drift" => Some(Decimal::from(figures.egress_bytes)),
        "requests-drift" => Some(Decimal::from(figures.requests)),
        "hit-ratio-drift" => figures.request_hit_ratio,
        _ => figures.cloudfront_usd,
    };
    let tolerance = Tolerance {
        max_increase: rule.limit("max_increase"),
        max_decrease: rule.limit("max_decrease"),
        absolute: rule.limit_or_zero("absolute"),
    };
    let now_figures = now.map(Baseline::figures).unwrap_or_default();
    let was_figures = baseline.figures();
    let mut violations = rule.violations();
    let mut compared = 0_u32;
    let mut add = |of: Option<&(String, String)>, now: Option<Decimal>, was: Option<Decimal>| {
        // Of a ratio, nothing is no number; of a sum it is zero.
        let zero = (rule.builtin.name != "hit-ratio-drift").then_some(Decimal::ZERO);
        let (Some(now), Some(was)) = (now.or(zero), was.or(zero)) else {
            return;
        };
        compared += 1;
        let change = tolerance.judge(now, was);
        if change.is_tolerated {
            return;
        }
        let name = of.map_or("all distributions", |(_, name)| name.as_str());
        violations.add_row([
            ("month", data.compared.clone()),
            ("distribution", of.map(|(id, _)| id.clone())),
            ("name", Some(name.to_owned())),
            ("now", Some(now.to_string())),
            ("baseline", Some(was.to_string())),
            ("change", Some(change.by.to_string())),
            ("change_ratio", change.ratio.map(|ratio| ratio.to_string())),
            ("baseline_month", Some(baseline.month.clone())),
        ]);
    };
    let id = |of: &Option<(String, String)>| of.as_ref().map(|(id, _)| id.clone());
    for (of, figures) in &now_figures {
        let was = was_figures.iter().find(|(other, _)| id(other) == id(of));
        if was.is_none() && !baseline.is_of_all() {
            continue;
        }
        add(
            of.as_ref(),
            figure(figures),
            was.and_then(|(_, was)| figure(was)),
        );
    }
    for (of, figures) in &was_figures {
        if !now_figures.keys().any(|other| id(other) == id(of)) {
            add(of.as_ref(), None, figure(figures));
        }
    }
    let summary = format!(
        "{} of {compared} figures of {} drifted from {}",
        violations.count(),
        data.compared.as_deref().unwrap_or("no month"),
        baseline.month
    );
    rule.verdict(summary, violations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_beyond_both_tolerances() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        let some = |text: &str| (!text.is_empty()).then(|| number(text));
        for (now, was, increase, decrease, absolute, tolerated) in [
            ("125", "100", "0.25", "0.25", "0", true),
            ("126", "100", "0.25", "0.25", "0", false),
            ("126", "100", "0.25", "0.25", "26", true),
            ("75", "100", "0.25", "0.25", "0", true),
            ("74", "100", "0.25", "0.25", "0", false),
            ("74", "100", "0.25", "", "0", true),
            ("1000", "100", "", "0.25", "0", true),
            ("1", "0", "0.25", "0.25", "0", false),
            ("1", "0", "0.25", "0.25", "1", true),
            ("0.84", "0.90", "", "0", "0.05", false),
            ("0.85", "0.90", "", "0", "0.05", true),
            ("-74", "-100", "0.25", "", "0", false),
        ] {
            let tolerance = Tolerance {
                max_increase: some(increase),
                max_decrease: some(decrease),
                absolute: number(absolute),
            };
            let change = tolerance.judge(number(now), number(was));
            assert_eq!(change.is_tolerated, tolerated, "{was} to {now}");
        }
    }
}
