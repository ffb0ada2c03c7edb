//! The months that logs tell of.

use arrow::array::AsArray;
use edgeledger_query::Session;
use edgeledger_rates::Month;

use crate::{exit::UsageError, progress::now_us};

/// The months with requests, in order.
pub(crate) async fn all(session: &Session) -> anyhow::Result<Vec<Month>> {
    let mut months = Vec::new();
    for batch in session
        .query("SELECT CAST(month AS VARCHAR) AS month FROM months ORDER BY month")
        .await?
    {
        let column = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8)?;
        for month in column.as_string::<i32>().iter().flatten() {
            months.push(month.parse::<Month>()?);
        }
    }
    Ok(months)
}

/// The newest month with requests that is over; a running one only if there is no other.
pub(crate) async fn newest(session: &Session) -> anyhow::Result<Month> {
    let months = all(session).await?;
    let today = jiff::Timestamp::from_microsecond(now_us())?
        .strftime("%Y-%m")
        .to_string()
        .parse::<Month>()?;
    let closed = months.iter().rev().find(|month| **month < today);
    closed
        .or(months.last())
        .copied()
        .ok_or_else(|| UsageError::new("there are no requests to report").into())
}

/// Refuses a text that is no month with requests.
pub(crate) async fn check(session: &Session, name: &str, text: &str) -> anyhow::Result<()> {
    let month: Month = text
        .parse()
        .map_err(|error| UsageError::new(format!("--param {name}={text}: {error}")))?;
    let months = all(session).await?;
    if months.contains(&month) {
        return Ok(());
    }
    let error = UsageError::new(format!("there are no requests in `{month}`"));
    let known: Vec<String> = months.iter().map(ToString::to_string).collect();
    Err(error
        .with_hint(format!("months with requests: {}", known.join(", ")))
        .into())
}
