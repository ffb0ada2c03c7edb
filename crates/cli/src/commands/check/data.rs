//! What rules ask: rows of the session as text.

use arrow::datatypes::SchemaRef;
use edgeledger_query::{QueryError, Session};
use edgeledger_rates::{Decimal, Month};
use futures::StreamExt;

use crate::{
    cells::for_each_row, commands::check::outcome::Values, config::closest, exit::UsageError,
};

/// A row of text; no value is NULL.
pub(super) type Row = Vec<Option<String>>;

/// The logs under check.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) session: Session,
    /// The month asked for; without it, all.
    pub(super) month: Option<String>,
    /// The month that is compared, and that `$month` stands for: the one asked for, else the
    /// newest whole one.
    pub(super) compared: Option<String>,
    /// The newest day with requests, in days since 1970.
    pub(super) newest_day: Option<i64>,
    /// Id and name of every distribution.
    pub(super) names: Vec<(String, String)>,
}

impl Data {
    pub(super) async fn new(session: Session, month: Option<Month>) -> anyhow::Result<Self> {
        let mut data = Self {
            session,
            month: month.map(|month| month.to_string()),
            compared: None,
            newest_day: None,
            names: Vec::new(),
        };
        let names = "SELECT distribution, name FROM distributions ORDER BY distribution";
        let names = data.rows(names, &[]).await?;
        data.names = names
            .iter()
            .filter_map(|row| text(row, 0).zip(text(row, 1)))
            .collect();
        let months = "SELECT month, first_date = CAST(date_trunc('month', last_date) AS DATE) \
            AND last_date = CAST(date_trunc('month', last_date) \
            + INTERVAL '1 month' - INTERVAL '1 day' AS DATE), \
            CAST(date_part('epoch', CAST(last_date AS TIMESTAMP)) AS BIGINT) / 86400 \
            FROM months ORDER BY month";
        let months = data.rows(months, &[]).await?;
        let days = months.iter().filter_map(|row| text(row, 2)?.parse().ok());
        data.newest_day = days.max();
        let name = |row: &Row| text(row, 0);
        if let Some(month) = &data.month {
            // A month that the logs do not hold would let every rule pass.
            // Of one that cannot be read they hold log objects all the same.
            let is_there = months.iter().any(|row| name(row).as_ref() == Some(month));
            if !is_there && !data.has_objects_of(month).await? {
                let months: Vec<String> = months.iter().filter_map(name).collect();
                let error =
                    UsageError::new(format!("there are no requests of {month} in these logs"));
                return Err(if months.is_empty() {
                    error.with_hint("they hold no requests at all")
                } else {
                    error.with_hint(format!("they hold {}", months.join(", ")))
                }
                .into());
            }
            data.compared = data.month.clone();
        } else {
            let whole = months
                .iter()
                .rev()
                .find(|row| text(row, 1).as_deref() == Some("true"));
            data.compared = whole.or(months.last()).and_then(name);
        }
        Ok(data)
    }

    /// Whether any log object's name says the month.
    async fn has_objects_of(&self, month: &str) -> anyhow::Result<bool> {
        let any = "SELECT 1 FROM log_objects WHERE month = $month LIMIT 1";
        Ok(!self.rows(any, &[("month", month)]).await?.is_empty())
    }

    /// Rows of a query of ours.
    pub(super) async fn rows(
        &self,
        sql: &str,
        params: &[(&str, &str)],
    ) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        for batch in self.session.query_with(sql, params).await? {
            for_each_row(&batch, |row| {
                rows.push(row);
                Ok(())
            })?;
        }
        Ok(rows)
    }

    /// Rows of a view of ours, of the month if one is asked for. The view has a column `month`.
    pub(super) async fn of_month(&self, select: &str, order: &str) -> anyhow::Result<Vec<Row>> {
        match &self.month {
            Some(month) => {
                let sql = format!("{select} WHERE month = $month ORDER BY {order}");
                self.rows(&sql, &[("month", month)]).await
            }
            None => self.rows(&format!("{select} ORDER BY {order}"), &[]).await,
        }
    }

    /// Log objects count for the month that their names say; those that say none, always.
    pub(super) async fn of_objects(&self, select: &str, more: &str) -> anyhow::Result<Vec<Row>> {
        match &self.month {
            Some(month) => {
                let sql = format!("{select} WHERE month IN ($month, 'unnamed') {more}");
                self.rows(&sql, &[("month", month)]).await
            }
            None => self.rows(&format!("{select} WHERE true {more}"), &[]).await,
        }
    }

    /// Calls `each` for every row of a rule's query while it comes.
    pub(super) async fn each_row(
        &self,
        sql: &str,
        params: &[(&str, &str)],
        mut each: impl FnMut(Values),
    ) -> anyhow::Result<()> {
        let frame = self.session.plan_with(sql, params).await?;
        let names = columns(frame.schema().inner());
        let mut batches = frame.execute_stream().await.map_err(QueryError::Failed)?;
        while let Some(batch) = batches.next().await {
            for_each_row(&batch.map_err(QueryError::Failed)?, |row| {
                each(names.iter().cloned().zip(row).collect());
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The columns that a rule's query gives.
    pub(super) async fn schema(
        &self,
        sql: &str,
        params: &[(&str, &str)],
    ) -> anyhow::Result<SchemaRef> {
        let frame = self.session.plan_with(sql, params).await?;
        Ok(frame.schema().inner().clone())
    }

    /// The id of a distribution named in a rule by name or id.
    pub(super) fn distribution(&self, wanted: &str) -> Result<&str, UsageError> {
        let is = |row: &&(String, String)| row.0 == wanted || row.1 == wanted;
        if let Some((id, _)) = self.names.iter().find(is) {
            return Ok(id);
        }
        let error = UsageError::new(format!(
            "a rule names the distribution `{wanted}`, which is not in these logs"
        ));
        let all = self.names.iter();
        let all = all.flat_map(|(id, name)| [id.as_str(), name.as_str()]);
        Err(match closest(wanted, all) {
            Some(name) => error.with_hint(format!("did you mean `{name}`?")),
            None => error,
        })
    }

    /// The name of a distribution, else its id.
    pub(super) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        let found = self.names.iter().find(|row| row.0 == id);
        found.map_or(id, |(_, name)| name)
    }
}

/// Names of the columns.
pub(super) fn columns(schema: &SchemaRef) -> Vec<String> {
    let fields = schema.fields().iter();
    fields.map(|field| field.name().clone()).collect()
}

/// A cell.
pub(super) fn text(row: &[Option<String>], at: usize) -> Option<String> {
    row.get(at).cloned().flatten()
}

/// The hour that a log object's name says: `2026-10-20-06` as `2026-10-20 06:00`, the form of all
/// hours in violations.
pub(super) fn hour(row: &[Option<String>], at: usize) -> Option<String> {
    let hour = text(row, at)?;
    let words = hour
        .rsplit_once('-')
        .map(|(day, hour)| format!("{day} {hour}:00"));
    Some(words.unwrap_or(hour))
}

/// A cell that is a number; one that is too long or not there is none.
pub(super) fn number(row: &[Option<String>], at: usize) -> Option<Decimal> {
    row.get(at)?.as_deref().and_then(decimal)
}

/// A number as the engine writes it: floats may come as `1e-7`.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let number = text.parse().ok();
    number.or_else(|| Decimal::from_scientific(text).ok())
}
