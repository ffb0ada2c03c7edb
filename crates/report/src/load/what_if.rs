//! Other ways to pay for the month.

use edgeledger_query::{QueryError, Session};

use super::{Queries, ReportError};
use crate::{
    format::usd,
    model::{Offer, PlanOption, WhatIf},
    rows::Row,
};

/// Settings to price the month under, as the table function `what_if` takes them:
/// `price_class=100`, or several, `releases:bucket_region=eu-west-1,hit_ratio=+0.05`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    text: String,
}

impl Scenario {
    /// A scenario that the session knows how to price.
    ///
    /// # Errors
    /// [`QueryError::Invalid`] when a setting or its value is none, with what would have been
    /// right.
    pub async fn new(session: &Session, text: &str) -> Result<Self, QueryError> {
        let scenario = Self {
            text: text.to_owned(),
        };
        // Planning turns the knobs, and computes nothing.
        let sql = format!("SELECT month FROM {}", scenario.call());
        session.plan(&sql).await?;
        Ok(scenario)
    }

    /// The scenario in SQL.
    pub(super) fn call(&self) -> String {
        let knobs: Vec<&str> = self.text.split(',').map(str::trim).collect();
        call(&knobs)
    }
}

/// A call of `what_if` in SQL. What comes from outside stays a text, whatever it holds.
pub(super) fn call(knobs: &[&str]) -> String {
    let knobs: Vec<String> = knobs
        .iter()
        .map(|knob| format!("'{}'", knob.replace('\'', "''")))
        .collect();
    format!("what_if({})", knobs.join(", "))
}

impl Queries<'_> {
    pub(super) async fn what_if(&self, given: &[Scenario]) -> Result<WhatIf, ReportError> {
        let mut ranking = self.reported().await?;
        ranking.extend(self.standard_scenarios().await?);
        for scenario in given {
            if !ranking.iter().any(|offer| offer.what == scenario.text) {
                ranking.extend(self.scenario(scenario).await?);
            }
        }
        let (plans, offers) = self.plans().await?;
        ranking.extend(offers);
        ranking.extend(self.savings_bundle().await?);
        ranking.extend(self.providers().await?);
        ranking.sort_by(|a, b| {
            let key = |offer: &Offer| (offer.is_partial(), offer.usd, offer.kind != "reported");
            key(a)
                .cmp(&key(b))
                .then_with(|| (&a.kind, &a.what).cmp(&(&b.kind, &b.what)))
        });
        Ok(WhatIf { ranking, plans })
    }

    async fn reported(&self) -> Result<Vec<Offer>, ReportError> {
        let sql = "SELECT cloudfront_usd AS usd, CAST(0 AS DECIMAL(20, 2)) AS change_usd, s3_usd,
                CASE WHEN s3_usd IS NOT NULL THEN CAST(0 AS DECIMAL(20, 2)) END AS s3_change_usd
            FROM headline WHERE month = $month
            ORDER BY month";
        let make = |row: &Row<'_>| {
            Ok(Offer {
                s3_usd: row.optional_decimal("s3_usd")?,
                s3_change_usd: row.optional_decimal("s3_change_usd")?,
                ..offer(row, "reported", String::new())?
            })
        };
        self.all("what if", sql, make).await
    }

    async fn standard_scenarios(&self) -> Result<Vec<Offer>, ReportError> {
        let sql = "SELECT w.scenario, w.cloudfront_usd AS usd, w.change_usd,
                CASE WHEN h.s3_usd IS NOT NULL THEN w.s3_usd END AS s3_usd, w.s3_change_usd
            FROM what_ifs w
            JOIN headline h ON h.month = w.month
            WHERE w.month = $month AND h.month = $month
            ORDER BY w.change_usd, w.scenario";
        let make = |row: &Row<'_>| scenario_offer(row, row.text("scenario")?);
        self.all("what if", sql, make).await
    }

    async fn scenario(&self, scenario: &Scenario) -> Result<Vec<Offer>, ReportError> {
        let sql = "SELECT CAST(coalesce(s.cloudfront_usd, 0) AS DECIMAL(20, 2)) AS usd,
                CAST(coalesce(s.cloudfront_usd, 0) - h.cloudfront_usd AS DECIMAL(20, 2))
                    AS change_usd,
                CASE WHEN h.s3_usd IS NOT NULL
                    THEN CAST(coalesce(s.s3_usd, 0) AS DECIMAL(20, 2)) END AS s3_usd,
                CAST(coalesce(s.s3_usd, 0) - h.s3_usd AS DECIMAL(20, 2)) AS s3_change_usd
            FROM headline h
            LEFT JOIN (
                SELECT month, sum(cloudfront_usd) AS cloudfront_usd, sum(s3_usd) AS s3_usd
                FROM $scenario
                WHERE month = $month
                GROUP BY month
            ) s ON s.month = h.month
            WHERE h.month = $month
            ORDER BY h.month";
        let make = |row: &Row<'_>| scenario_offer(row, scenario.text.clone());
        // Last, or a text that holds `$month` would be changed.
        let sql = self.with_month(sql).replace("$scenario", &scenario.call());
        self.ask("what if", &sql, make).await
    }

    /// For each distribution the cheapest plan that covers it, and that as an offer.
    async fn plans(&self) -> Result<(Vec<PlanOption>, Vec<Offer>), ReportError> {
        let sql = "WITH options AS (
                SELECT *, row_number() OVER (
                    PARTITION BY distribution ORDER BY NOT covers, plan_usd, plan
                ) AS nth
                FROM plan_options
                WHERE month = $month
            )
            SELECT o.distribution, o.name, o.requests, o.response_bytes, o.marginal_usd,
                CASE WHEN o.covers THEN o.plan END AS plan,
                CASE WHEN o.covers THEN o.plan_usd END AS plan_usd,
                CASE WHEN o.covers THEN o.plan_saves_usd END AS plan_saves_usd,
                CASE WHEN o.covers THEN o.plan_requests END AS plan_requests,
                CASE WHEN o.covers THEN o.plan_bytes END AS plan_bytes,
                CAST(h.cloudfront_usd - o.plan_saves_usd AS DECIMAL(20, 2)) AS usd,
                CAST(-o.plan_saves_usd AS DECIMAL(20, 2)) AS change_usd
            FROM options o
            CROSS JOIN headline h
            WHERE o.nth = 1 AND h.month = $month
            ORDER BY o.response_bytes DESC, o.distribution";
        let make = |row: &Row<'_>| {
            let option = PlanOption {
                distribution: row.text("distribution")?,
                name: row.text("name")?,
                requests: row.int("requests")?,
                egress_bytes: row.int("response_bytes")?,
                marginal_usd: row.decimal("marginal_usd")?,
                plan: row.optional_text("plan")?,
                plan_usd: row.optional_decimal("plan_usd")?,
                plan_saves_usd: row.optional_decimal("plan_saves_usd")?,
                plan_requests: row.optional_int("plan_requests")?,
                plan_bytes: row.optional_int("plan_bytes")?,
            };
            let plan = match &option.plan {
                None => None,
                Some(plan) => Some(Offer {
                    not_comparable: Some(PLAN.to_owned()),
                    ..offer(row, "plan", format!("{}:plan={plan}", option.name))?
                }),
            };
            Ok((option, plan))
        };
        let all = self.all("flat-rate plans", sql, make).await?;
        let (plans, offers): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        Ok((plans, offers.into_iter().flatten().collect()))
    }

    async fn savings_bundle(&self) -> Result<Vec<Offer>, ReportError> {
        let sql = "SELECT CAST(h.cloudfront_usd - b.saving_usd AS DECIMAL(20, 2)) AS usd,
                CAST(-b.saving_usd AS DECIMAL(20, 2)) AS change_usd,
                b.waf_credit_usd
            FROM savings_bundle b
            JOIN headline h ON h.month = b.month
            WHERE b.month = $month AND h.month = $month
            ORDER BY b.month";
        let make = |row: &Row<'_>| {
            let note = format!(
                "A commitment for a year, taken to cover all of the month's CloudFront charges; \
                 {} of credit for AWS WAF come with it.",
                usd(row.decimal("waf_credit_usd")?)
            );
            Ok(Offer {
                not_comparable: Some(note),
                ..offer(row, "savings_bundle", "savings-bundle".to_owned())?
            })
        };
        self.all("savings bundle", sql, make).await
    }

    async fn providers(&self) -> Result<Vec<Offer>, ReportError> {
        let sql = "SELECT CASE c.plan WHEN '' THEN c.provider
                    ELSE concat(c.provider, ' ', c.plan) END AS offer,
                c.usd, CAST(c.usd - h.cloudfront_usd AS DECIMAL(20, 2)) AS change_usd,
                c.unpriced_bytes, c.seen, c.confidence, c.not_comparable
            FROM competitor_cost c
            JOIN headline h ON h.month = c.month
            WHERE c.month = $month AND h.month = $month
            ORDER BY c.usd, c.provider, c.plan";
        let make = |row: &Row<'_>| {
            Ok(Offer {
                unpriced_bytes: row.optional_int("unpriced_bytes")?,
                seen: row.optional_text("seen")?,
                confidence: row.optional_text("confidence")?,
                not_comparable: row.optional_text("not_comparable")?,
                ..offer(row, "provider", row.text("offer")?)?
            })
        };
        self.all("other providers", sql, make).await
    }
}

fn scenario_offer(row: &Row<'_>, text: String) -> Result<Offer, crate::ColumnError> {
    Ok(Offer {
        s3_usd: row.optional_decimal("s3_usd")?,
        s3_change_usd: row.optional_decimal("s3_change_usd")?,
        not_comparable: left_out(&text),
        ..offer(row, "scenario", text)?
    })
}

fn offer(row: &Row<'_>, kind: &str, what: String) -> Result<Offer, crate::ColumnError> {
    Ok(Offer {
        kind: kind.to_owned(),
        what,
        usd: row.decimal("usd")?,
        change_usd: row.decimal("change_usd")?,
        s3_usd: None,
        s3_change_usd: None,
        unpriced_bytes: None,
        seen: None,
        confidence: None,
        not_comparable: None,
    })
}

const PLAN: &str = "Against what the distribution adds to the month: two distributions on plans \
    save a little less or more than both together. S3's reads behind it stay.";

/// What the price of a scenario leaves out, by its knobs.
fn left_out(text: &str) -> Option<String> {
    let knobs = text.split(',').filter_map(|knob| {
        let knob = knob.split('=').next()?;
        Some(knob.rsplit(':').next()?.trim())
    });
    let mut notes: Vec<&str> = Vec::new();
    for knob in knobs {
        let note = match knob {
            "price_class" => "Viewers far from the edges of a cheaper class wait longer.",
            "bucket_region" => {
                "Moving the objects is not priced, nor that misses come from further away."
            }
            "storage_class" => {
                "The price of storing is not counted, nor moving the objects to the class."
            }
            "plan" => "Whether the plan's allowance covers the traffic is not asked.",
            "hit_ratio" => "What it would take to change the hit ratio is not priced.",
            "discount" => "A private rate has to be agreed with AWS.",
            "only" | "without" => "Leaves distributions out of the account.",
            _ => continue,
        };
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    (!notes.is_empty()).then(|| notes.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{call, left_out};

    #[test]
    fn texts_stay_texts() {
        assert_eq!(call(&["price_class=100"]), "what_if('price_class=100')");
        assert_eq!(
            call(&["a'); DROP TABLE requests; --", "''"]),
            "what_if('a''); DROP TABLE requests; --', '''''')"
        );
    }

    #[test]
    fn says_once_what_a_scenario_leaves_out() {
        let note = left_out("docs:price_class=100, www:price_class=200,waf=unbilled,only=docs");
        assert_eq!(
            note.as_deref(),
            Some(
                "Viewers far from the edges of a cheaper class wait longer. Leaves distributions \
                 out of the account."
            )
        );
        assert_eq!(left_out("waf=unbilled"), None);
        assert_eq!(left_out("?"), None);
    }
}
