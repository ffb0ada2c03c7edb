//! Rules of a rules file.

mod change;

use anyhow::Context;
use arrow::datatypes::SchemaRef;
use edgeledger_rates::Decimal;

use crate::{
    commands::check::{
        baseline::Baseline,
        builtin::Violations,
        data::{Data, columns, number, text},
        file::{Cells, Rule, What},
        outcome::{Outcome, Status, Values, several},
        template::Template,
    },
    config::closest,
    exit::UsageError,
};

/// A rule that fits the logs' tables, and its query.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) rule: &'a Rule,
    sql: String,
    params: Vec<(&'static str, String)>,
    /// Whether it went by one month.
    is_of_one_month: bool,
    /// What tells a row from others, in messages without a template.
    telling: Vec<String>,
}

const BUDGET_COLUMNS: [&str; 5] = [
    "month",
    "distribution",
    "name",
    "cloudfront_usd",
    "budget_usd",
];
const CHANGE_COLUMNS: [&str; 4] = ["baseline", "baseline_month", "change", "change_ratio"];

/// Plans a rule, so that a wrong one is told before any is checked.
pub(super) async fn prepare<'a>(data: &Data, rule: &'a Rule) -> anyhow::Result<Prepared<'a>> {
    prepare_it(data, rule).await.map_err(|error| {
        // A usage error keeps its hint when the rule's name comes before it.
        match error.downcast::<UsageError>() {
            Ok(error) => UsageError {
                message: format!("rule `{}`: {}", rule.name, error.message),
                hint: error.hint,
            }
            .into(),
            Err(error) => error.context(format!("rule `{}`", rule.name)),
        }
    })
}

async fn prepare_it<'a>(data: &Data, rule: &'a Rule) -> anyhow::Result<Prepared<'a>> {
    let mut prepared = Prepared {
        rule,
        sql: String::new(),
        params: Vec::new(),
        is_of_one_month: false,
        telling: Vec::new(),
    };
    match &rule.what {
        What::Sql(sql) => {
            prepared.sql.clone_from(sql);
            prepared.bind_month(data, sql)?;
            let schema = data.schema(sql, &prepared.params()).await?;
            check_template(rule.message.as_ref(), &columns(&schema), &[])?;
        }
        What::Threshold { cells, .. } => {
            let month = data.month.clone();
            let schema = prepared.select(data, cells, month).await?;
            check_template(rule.message.as_ref(), &columns(&schema), &[])?;
        }
        What::Change { cells, key, .. } => {
            let schema = prepared.select(data, cells, data.compared.clone()).await?;
            let names = columns(&schema);
            if let Some(key) = key {
                known_column(&cells.view, key, &names)?;
            }
            check_template(rule.message.as_ref(), &names, &CHANGE_COLUMNS)?;
        }
        What::Budget { distribution, .. } => {
            if let Some(name) = distribution {
                prepared.bind("distribution", data.distribution(name)?);
            }
            check_template(rule.message.as_ref(), &[], &BUDGET_COLUMNS)?;
        }
    }
    Ok(prepared)
}

fn check_template(
    template: Option<&Template>,
    names: &[String],
    more: &[&str],
) -> Result<(), UsageError> {
    let known = names.iter().map(String::as_str).chain(more.iter().copied());
    template.map_or(Ok(()), |template| template.check(known))
}

fn known_column(view: &str, name: &str, names: &[String]) -> Result<(), UsageError> {
    if names.iter().any(|known| known == name) {
        return Ok(());
    }
    let error = UsageError::new(format!("`{view}` has no column `{name}`"));
    Err(
        error.with_hint(match closest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it has {}", names.join(", ")),
        }),
    )
}

/// A name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What a view's rows of `$month` have; none when it has no months.
fn of_month(view: &str, schema: &SchemaRef) -> Result<Option<&'static str>, UsageError> {
    let Ok(month) = schema.field_with_name("month") else {
        return Ok(None);
    };
    if !month.data_type().is_numeric() {
        return Ok(Some("month = $month"));
    }
    // Athena's views count months from 1 to 12, beside the year.
    let year = schema.field_with_name("year");
    if month.data_type().is_integer() && year.is_ok_and(|year| year.data_type().is_integer()) {
        return Ok(Some(
            "lpad(CAST(year AS VARCHAR), 4, '0') || '-' || lpad(CAST(month AS VARCHAR), 2, '0') \
             = $month",
        ));
    }
    let error = UsageError::new(format!("`month` of `{view}` is no month as YYYY-MM"));
    Err(error.with_hint("write the rule as sql, with its own condition on the month"))
}

impl Prepared<'_> {
    fn bind(&mut self, name: &'static str, value: &str) {
        self.params.push((name, value.to_owned()));
    }

    /// Gives `$month` its value where the rule's own SQL has it.
    fn bind_month(&mut self, data: &Data, sql: &str) -> Result<(), UsageError> {
        let is_bound = self.params.iter().any(|(name, _)| *name == "month");
        if sql.contains("$month") && !is_bound {
            let Some(month) = &data.compared else {
                return Err(UsageError::new("there is no month for its $month"));
            };
            self.bind("month", month);
            self.is_of_one_month = true;
        }
        Ok(())
    }

    /// Whether it goes by the month asked for, else the newest whole one.
    pub(super) fn is_of_one_month(&self) -> bool {
        self.is_of_one_month
    }

    fn params(&self) -> Vec<(&str, &str)> {
        let params = self.params.iter();
        params
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    /// Makes the query of a view's rows. Only the rules file's words get into it; what comes from
    /// logs or the command line is bound.
    async fn select(
        &mut self,
        data: &Data,
        cells: &Cells,
        month: Option<String>,
    ) -> anyhow::Result<SchemaRef> {
        let names = data.session.table_names();
        if !names.contains(&cells.view) {
            let error = UsageError::new(format!("there is no view `{}`", cells.view));
            let near = closest(&cells.view, names.iter().map(String::as_str));
            return Err(error
                .with_hint(match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "`edgeledger sql \"SHOW TABLES\"` lists them".to_owned(),
                })
                .into());
        }
        self.sql = format!("SELECT * FROM {}", quoted(&cells.view));
        let schema = data.schema(&self.sql, &[]).await?;
        let names = columns(&schema);
        known_column(&cells.view, &cells.column, &names)?;
        let is_number = |name: &str| {
            let field = schema.field_with_name(name);
            field.is_ok_and(|field| field.data_type().is_numeric())
        };
        if !is_number(&cells.column) {
            let error = UsageError::new(format!("`{}` is no number", cells.column));
            let numbers = names.iter().filter(|name| is_number(name));
            let numbers: Vec<&str> = numbers.map(String::as_str).collect();
            return Err(error
                .with_hint(format!(
                    "numbers of `{}` are {}",
                    cells.view,
                    numbers.join(", ")
                ))
                .into());
        }
        let mut conditions = Vec::new();
        if let Some(month) = month
            && let Some(condition) = of_month(&cells.view, &schema)?
        {
            self.bind("month", &month);
            self.is_of_one_month = true;
            conditions.push(condition.to_owned());
        }
        if let Some(name) = &cells.distribution {
            known_column(&cells.view, "distribution", &names)?;
            self.bind("distribution", data.distribution(name)?);
            conditions.push("distribution = $distribution".to_owned());
        }
        if let Some(filter) = &cells.filter {
            self.bind_month(data, filter)?;
            // On lines of its own: it may end in a comment.
            conditions.push(format!("(\n{filter}\n)"));
        }
        if !conditions.is_empty() {
            self.sql = format!("{} WHERE {}", self.sql, conditions.join(" AND "));
        }
        data.schema(&self.sql, &self.params()).await?;
        let telling = names.iter().filter(|name| !is_number(name));
        self.telling = telling.take(4).cloned().collect();
        Ok(schema)
    }

    fn violations(&self) -> Violations {
        Violations::new(self.rule.message.clone())
    }

    fn verdict(&self, summary: String, violations: Violations) -> Outcome {
        let rule = self.rule;
        violations.verdict(&rule.name, rule.kind(), rule.severity, summary)
    }

    /// Checks the rule.
    pub(super) async fn check(
        &self,
        data: &Data,
        baseline: Option<&Baseline>,
    ) -> anyhow::Result<Outcome> {
        let checked = match &self.rule.what {
            What::Sql(sql) => self.check_sql(data, sql).await,
            What::Threshold { cells, min, max } => {
                self.check_threshold(data, cells, *min, *max).await
            }
            What::Budget { usd, distribution } => {
                self.check_budget(data, *usd, distribution.as_deref()).await
            }
            What::Change { cells, .. } => self.check_change(data, cells, baseline).await,
        };
        checked.with_context(|| format!("rule `{}`", self.rule.name))
    }

    async fn check_sql(&self, data: &Data, sql: &str) -> anyhow::Result<Outcome> {
        let mut violations = self.violations();
        data.each_row(sql, &self.params(), |row| violations.add(row))
            .await?;
        let summary = several(violations.count(), "row");
        Ok(self.verdict(summary, violations))
    }

    async fn check_threshold(
        &self,
        data: &Data,
        cells: &Cells,
        min: Option<Decimal>,
        max: Option<Decimal>,
    ) -> anyhow::Result<Outcome> {
        let column = quoted(&cells.column);
        let limits = match (min, max) {
            (Some(min), Some(max)) => format!("between {min} and {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => String::new(),
        };
        let sql = format!(
            "SELECT count(*), count({column}), min({column}), max({column}) FROM ({}) AS rows",
            self.sql
        );
        let found = data.rows(&sql, &self.params()).await?;
        let found = found.first().map(Vec::as_slice).unwrap_or_default();
        let (all, known) = (text(found, 0), text(found, 1));
        let (lowest, highest) = (number(found, 2), number(found, 3));
        let mut violations = self.violations();
        let (Some(lowest), Some(highest)) = (lowest, highest) else {
            // Nothing to judge is no proof of anything good.
            let of = cells.distribution.as_deref().unwrap_or("these logs");
            let message = format!("no {} of {} in {of}", cells.column, cells.view);
            violations.add_as(message, Values::new());
            return Ok(self.verdict(format!("no data, {limits}"), violations));
        };
        let is_out = all != known
            || min.is_some_and(|min| lowest < min)
            || max.is_some_and(|max| highest > max);
        if is_out {
            let mut wrong = vec![format!("{column} IS NULL")];
            wrong.extend(min.map(|min| format!("{column} < {}", literal(min))));
            wrong.extend(max.map(|max| format!("{column} > {}", literal(max))));
            let sql = format!(
                "SELECT * FROM ({}) AS rows WHERE {}",
                self.sql,
                wrong.join(" OR ")
            );
            data.each_row(&sql, &self.params(), |row| {
                if self.rule.message.is_some() {
                    violations.add(row);
                } else {
                    let message = format!("{}, {limits}", self.about(&cells.column, &row));
                    violations.add_as(message, row);
                }
            })
            .await?;
        }
        let actual = if lowest == highest {
            lowest.to_string()
        } else {
            format!("{lowest} to {highest}")
        };
        Ok(self.verdict(format!("{actual}, {limits}"), violations))
    }

    /// `request_hit_ratio = 0.5 (month = 2026-10, name = docs)`.
    fn about(&self, column: &str, row: &Values) -> String {
        let pick = |names: &[String]| {
            let picked = row.iter().filter(|(name, _)| names.contains(name));
            super::template::all(&picked.map(|(k, v)| (k.clone(), v.clone())).collect())
        };
        let value = pick(&[column.to_owned()]);
        if self.telling.is_empty() {
            return value;
        }
        format!("{value} ({})", pick(&self.telling))
    }

    async fn check_budget(
        &self,
        data: &Data,
        most: Decimal,
        distribution: Option<&str>,
    ) -> anyhow::Result<Outcome> {
        let rows = if let Some((_, id)) = self.params.first() {
            let select = "SELECT month, cloudfront_usd, distribution, name FROM savings";
            let rows = data.of_month(select, "month, distribution").await?;
            let is_it = |row: &Vec<Option<String>>| text(row, 2).as_ref() == Some(id);
            rows.into_iter().filter(is_it).collect()
        } else {
            let select = "SELECT month, cloudfront_usd FROM headline";
            data.of_month(select, "month").await?
        };
        let mut violations = self.violations();
        let mut highest: Option<Decimal> = None;
        for row in &rows {
            let usd = number(row, 1).unwrap_or_default();
            highest = highest.max(Some(usd));
            if usd <= most {
                continue;
            }
            let cells = [text(row, 0), text(row, 2), text(row, 3), text(row, 1)];
            let cells = cells.into_iter().chain([Some(most.to_string())]);
            let names = BUDGET_COLUMNS.map(str::to_owned);
            let values: Values = names.into_iter().zip(cells).collect();
            if self.rule.message.is_some() {
                violations.add(values);
            } else {
                let of = distribution.map_or_else(String::new, |name| format!("{name}: "));
                let month = text(row, 0).unwrap_or_default();
                let message = format!("{of}${usd} in {month}, at most ${most}");
                violations.add_as(message, values);
            }
        }
        // What has no price cannot be within a budget.
        if self.has_unpriced(data).await? {
            let message = "traffic without prices: the cost is too low".to_owned();
            violations.add_as(message, Values::new());
        }
        let Some(highest) = highest else {
            violations.add_as("no data".to_owned(), Values::new());
            return Ok(self.verdict(format!("no data, at most ${most}"), violations));
        };
        Ok(self.verdict(format!("${highest}, at most ${most}"), violations))
    }

    /// Whether CloudFront traffic has no price: the distribution's, if it is one's budget.
    async fn has_unpriced(&self, data: &Data) -> anyhow::Result<bool> {
        let mut sql = if self.params.is_empty() {
            "SELECT 1 FROM unpriced_usage AS q WHERE q.side = 'cloudfront'".to_owned()
        } else {
            // As the view unpriced_usage, before it sums up distributions.
            "SELECT 1 FROM line_quantities AS q LEFT JOIN cost_lines AS p \
                ON p.month = q.month AND p.side = q.side AND p.item = q.item \
                AND p.region = q.region AND p.protocol = q.protocol \
                AND p.storage_class = q.storage_class \
                WHERE p.item IS NULL AND q.side = 'cloudfront' \
                AND q.distribution = $distribution"
                .to_owned()
        };
        let mut params = self.params();
        if let Some(month) = &data.month {
            sql.push_str(" AND q.month = $month");
            params.push(("month", month));
        }
        sql.push_str(" LIMIT 1");
        Ok(!data.rows(&sql, &params).await?.is_empty())
    }

    fn skipped(&self, why: &str) -> Outcome {
        Outcome {
            status: Status::Skipped,
            ..self.verdict(why.to_owned(), self.violations())
        }
    }
}

/// A number in SQL, with no more digits than it has: wider decimals overflow sooner.
fn literal(number: Decimal) -> String {
    let number = number.normalize();
    let digits = number.mantissa().unsigned_abs().to_string().len();
    let scale = number.scale();
    let digits = digits.max(usize::try_from(scale).unwrap_or_default() + 1);
    format!("CAST('{number}' AS DECIMAL({digits}, {scale}))")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_in_sql() {
        for (number, sql) in [
            ("0.80", "CAST('0.8' AS DECIMAL(2, 1))"),
            ("-12.5", "CAST('-12.5' AS DECIMAL(3, 1))"),
            ("0.001", "CAST('0.001' AS DECIMAL(4, 3))"),
            ("0", "CAST('0' AS DECIMAL(1, 0))"),
        ] {
            assert_eq!(literal(number.parse().unwrap()), sql);
        }
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
