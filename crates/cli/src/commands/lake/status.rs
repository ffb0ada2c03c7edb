//! `edgeledger lake status`: what the lake holds, and where to look closer.
//!
//! Every number is a query on the views `log_hours`, `log_gaps` and `log_objects`. What the user
//! names goes beside a query as a parameter, never into its text.

use std::io::Write;

use anyhow::Context;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use edgeledger_query::{QueryError, Session};
use edgeledger_report::{escape_terminal, format_count};

use crate::{
    access,
    args::{DataArgs, Global, LakeStatus, SqlFormat},
    cells::for_each_row,
    config::{Config, closest},
    exit::{Exit, UsageError},
    output,
    stdout::Stdout,
};

/// Gaps that the overview shows.
const BIGGEST_GAPS: usize = 5;
/// Objects that the overview shows.
const FIRST_OBJECTS: usize = 20;

const HOURS: &str = "SELECT distribution, name, hour, objects, ingested, empty, quarantined, \
    skipped, vanished, forgotten, rows, rejected_rows, forgotten_rows, size_bytes \
    FROM log_hours WHERE hour IS NOT NULL";

const GAPS: &str = "SELECT distribution, name, gap_start, gap_end, hours FROM log_gaps WHERE true";

const DISTRIBUTIONS: &str = "SELECT distribution, max(name) AS name, \
    min(hour) AS first_hour, max(hour) AS last_hour, count(hour) AS hours_with_logs, \
    coalesce(CAST(date_part('epoch', max(hour)) - date_part('epoch', min(hour)) AS BIGINT) / 3600 \
        + 1 - count(hour), 0) AS gap_hours, \
    sum(objects) AS objects, sum(ingested) AS ingested, sum(empty) AS empty, \
    sum(quarantined) AS quarantined, sum(skipped) AS skipped, sum(vanished) AS vanished, \
    sum(forgotten) AS forgotten, sum(rows) AS rows, sum(rejected_rows) AS rejected_rows, \
    sum(forgotten_rows) AS forgotten_rows, sum(size_bytes) AS size_bytes \
    FROM log_hours WHERE true";

const TOTALS: &str = "SELECT coalesce(sum(objects), 0), \
    coalesce(sum(objects) FILTER (WHERE hour IS NULL), 0), coalesce(sum(rows), 0), \
    coalesce(sum(rejected_rows), 0), coalesce(sum(forgotten_rows), 0), \
    coalesce(sum(ingested), 0), coalesce(sum(empty), 0), coalesce(sum(quarantined), 0), \
    coalesce(sum(skipped), 0), coalesce(sum(vanished), 0), coalesce(sum(forgotten), 0) \
    FROM log_hours WHERE true";

const ATTENTION: &str = "SELECT status, key, reason, count(*) OVER () AS total \
    FROM log_objects WHERE status IN ('quarantined', 'vanished')";

pub(crate) async fn run(args: LakeStatus, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::load(global, &[])?;
    let location = config.lake(&args.lake);
    let data = DataArgs {
        lake: args.lake,
        logs: Vec::new(),
    };
    let opened = access::open(&data, &config, global).await?;
    let session = opened.session(&config).await?;
    let wanted = match &args.distribution {
        Some(wanted) => Some(resolve(wanted, &distributions(&session).await?)?),
        None => None,
    };
    let status = Status {
        session,
        distribution: wanted,
        month: args.month.map(|month| month.to_string()),
    };
    if args.hours {
        let sql = status.only(HOURS, "month = $month", "ORDER BY distribution, hour");
        status.print(&sql, args.format).await?;
    } else if args.gaps {
        let sql = status.only(GAPS, TOUCHES_MONTH, "ORDER BY distribution, gap_start");
        status.print(&sql, args.format).await?;
    } else if args.format == SqlFormat::Table {
        let text = status.overview(&location).await?;
        Stdout::new().write_all(text.as_bytes())?;
    } else {
        status.print(&status.by_distribution(), args.format).await?;
    }
    Ok(Exit::Ok)
}

/// A gap with hours in the month; its own month is that of its first hour.
const TOUCHES_MONTH: &str =
    "month <= $month AND to_char(gap_end - INTERVAL '1 hour', '%Y-%m') >= $month";

/// A row as text; `None` is NULL.
type Cells = Vec<Option<String>>;

struct Status {
    session: Session,
    /// Id of the only distribution to show.
    distribution: Option<String>,
    /// The only month to show.
    month: Option<String>,
}

impl Status {
    /// `sql`, which ends in a condition, narrowed to what the user asked for.
    fn only(&self, sql: &str, of_month: &str, rest: &str) -> String {
        let mut sql = sql.to_owned();
        if self.distribution.is_some() {
            sql.push_str(" AND distribution = $distribution");
        }
        if self.month.is_some() {
            sql.push_str(" AND ");
            sql.push_str(of_month);
        }
        sql.push(' ');
        sql.push_str(rest);
        sql
    }

    fn by_distribution(&self) -> String {
        let rest = "GROUP BY distribution ORDER BY distribution NULLS LAST";
        self.only(DISTRIBUTIONS, "month = $month", rest)
    }

    fn params(&self) -> Vec<(&str, &str)> {
        let distribution = self.distribution.as_deref();
        let month = self.month.as_deref();
        distribution
            .map(|id| ("distribution", id))
            .into_iter()
            .chain(month.map(|month| ("month", month)))
            .collect()
    }

    async fn print(&self, sql: &str, format: SqlFormat) -> anyhow::Result<()> {
        output::run_query(&self.session, sql, &self.params(), None, format).await
    }

    async fn rows(&self, sql: &str) -> anyhow::Result<Vec<Cells>> {
        rows(&self.session, sql, &self.params()).await
    }

    /// All there is to say on a screen.
    async fn overview(&self, location: &str) -> anyhow::Result<String> {
        let mut text = format!("Lake {}\n", escape_terminal(location));
        let totals = self.rows(&self.only(TOTALS, "month = $month", "")).await?;
        let totals = totals.first().map(|row| numbers(row)).transpose()?;
        let totals = totals.unwrap_or_default();
        if number(&totals, 0) == 0 {
            text.push_str(&self.nothing());
            return Ok(text);
        }
        text.push_str(&told(&totals));
        text.push('\n');
        text.push_str(&self.distributions_table().await?);
        text.push_str(&self.gaps_table().await?);
        text.push_str(&self.attention().await?);
        Ok(text)
    }

    fn nothing(&self) -> String {
        let month = self.month.as_deref();
        let of = month.map_or_else(String::new, |month| format!(" named for {month}"));
        let advice = if self.month.is_none() && self.distribution.is_none() {
            "; bring some in with `edgeledger ingest SOURCE`"
        } else {
            ""
        };
        format!("It has no log objects{of}{advice}.\n")
    }

    async fn distributions_table(&self) -> anyhow::Result<String> {
        let mut lines = Vec::new();
        for row in self.rows(&self.by_distribution()).await? {
            let name = cell(&row, 1).unwrap_or("(not named)");
            let count = |at| count(&row, at);
            lines.push(vec![
                name.to_owned(),
                hour(&row, 2),
                hour(&row, 3),
                count(4)?,
                count(5)?,
                count(6)?,
                count(13)?,
                count(14)?,
                count(9)?,
            ]);
        }
        let header = [
            "Distribution",
            "First hour",
            "Last hour",
            "With logs",
            "Gap hours",
            "Objects",
            "Rows",
            "Rejected",
            "Quarantined",
        ];
        Ok(table(&header, 3, lines))
    }

    async fn gaps_table(&self) -> anyhow::Result<String> {
        let rest = "ORDER BY hours DESC, distribution, gap_start";
        let gaps = self.rows(&self.only(GAPS, TOUCHES_MONTH, rest)).await?;
        if gaps.is_empty() {
            return Ok(String::new());
        }
        let mut lines = Vec::new();
        for row in gaps.iter().take(BIGGEST_GAPS) {
            let name = cell(row, 1).unwrap_or_default().to_owned();
            lines.push(vec![name, hour(row, 2), hour(row, 3), count(row, 4)?]);
        }
        let more = match gaps.len().saturating_sub(BIGGEST_GAPS) {
            0 => String::new(),
            more => format!("… and {} more: --gaps\n", format_number(more)),
        };
        Ok(format!(
            "\nBiggest gaps (an idle hour has no log; a gap is a question, not a loss)\n{}{more}",
            table(&["Distribution", "From", "Until", "Hours"], 3, lines)
        ))
    }

    /// Objects whose requests are missing.
    async fn attention(&self) -> anyhow::Result<String> {
        let rest = format!("ORDER BY status, key LIMIT {FIRST_OBJECTS}");
        let found = self
            .rows(&self.only(ATTENTION, "month = $month", &rest))
            .await?;
        let Some(first) = found.first() else {
            return Ok(String::new());
        };
        let total = number(&numbers(first.get(3..).unwrap_or_default())?, 0);
        let total = usize::try_from(total)?;
        let mut lines =
            vec!["\nThese objects need attention: their requests are missing".to_owned()];
        for row in &found {
            let part = |at| escape_terminal(cell(row, at).unwrap_or("no reason recorded"));
            lines.push(format!("  {} {}: {}", part(0), part(1), part(2)));
        }
        let more = total.saturating_sub(found.len());
        if more > 0 {
            lines.push(format!(
                "… and {} more: edgeledger sql \"SELECT key, reason FROM log_objects WHERE status \
                 IN ('quarantined', 'vanished') ORDER BY key\"",
                format_number(more)
            ));
        }
        lines.push(
            "`edgeledger ingest --retry-quarantined` reads quarantined objects again.\n".to_owned(),
        );
        Ok(lines.join("\n"))
    }
}

/// Totals in two or three lines.
fn told(totals: &[i64]) -> String {
    let at = |at| format_count(number(totals, at));
    let plural = |place, one: &str, many: &str| {
        let noun = if number(totals, place) == 1 {
            one
        } else {
            many
        };
        format!("{} {noun}", at(place))
    };
    let statuses = [
        "ingested",
        "empty",
        "quarantined",
        "skipped",
        "vanished",
        "forgotten",
    ];
    let by_status: Vec<String> = statuses
        .iter()
        .zip(5..)
        .filter(|(_, place)| number(totals, *place) > 0)
        .map(|(status, place)| format!("{} {status}", at(place)))
        .collect();
    let removed = match number(totals, 4) {
        0 => String::new(),
        removed => format!(", {} removed on purpose", format_count(removed)),
    };
    let unnamed = match number(totals, 1) {
        0 => String::new(),
        _ => plural(1, "log object names", "log objects name") + " no hour\n",
    };
    format!(
        "{}: {}\n{}, {} rejected{removed}\n{unnamed}",
        plural(0, "log object", "log objects"),
        by_status.join(", "),
        plural(2, "row", "rows"),
        at(3)
    )
}

/// Id and name of every distribution that log objects name.
async fn distributions(session: &Session) -> anyhow::Result<Vec<(String, String)>> {
    let sql = "SELECT distribution, max(name) FROM log_hours WHERE distribution IS NOT NULL \
               GROUP BY distribution ORDER BY distribution";
    let found = rows(session, sql, &[]).await?;
    Ok(found
        .iter()
        .filter_map(|row| cell(row, 0).zip(cell(row, 1)))
        .map(|(id, name)| (id.to_owned(), name.to_owned()))
        .collect())
}

/// The id of the distribution that the user named by id or name.
fn resolve(wanted: &str, known: &[(String, String)]) -> anyhow::Result<String> {
    if known.iter().any(|(id, _)| id == wanted) {
        return Ok(wanted.to_owned());
    }
    let named = known.iter().filter(|(_, name)| name == wanted);
    let ids: Vec<&str> = named.map(|(id, _)| id.as_str()).collect();
    match ids.as_slice() {
        [id] => return Ok((*id).to_owned()),
        [] => {}
        _ => {
            let error = UsageError::new(format!("more than one distribution is named `{wanted}`"));
            let hint = format!("give an id: {}", ids.join(", "));
            return Err(error.with_hint(hint).into());
        }
    }
    let error = UsageError::new(format!(
        "the lake has no log objects of a distribution `{wanted}`"
    ));
    let all = known
        .iter()
        .flat_map(|(id, name)| [id.as_str(), name.as_str()]);
    Err(match closest(wanted, all) {
        Some(name) => error.with_hint(format!("did you mean `{name}`?")),
        None => error,
    }
    .into())
}

async fn rows(session: &Session, sql: &str, params: &[(&str, &str)]) -> anyhow::Result<Vec<Cells>> {
    let frame = session.plan_with(sql, params).await?;
    let batches = frame.collect().await.map_err(QueryError::Failed)?;
    let mut rows = Vec::new();
    for batch in &batches {
        for_each_row(batch, |cells| {
            rows.push(cells);
            Ok(())
        })?;
    }
    Ok(rows)
}

fn cell(row: &[Option<String>], at: usize) -> Option<&str> {
    row.get(at).and_then(Option::as_deref)
}

/// The cells as whole numbers; NULL is 0.
fn numbers(row: &[Option<String>]) -> anyhow::Result<Vec<i64>> {
    row.iter()
        .map(|cell| {
            let text = cell.as_deref().unwrap_or("0");
            text.parse()
                .with_context(|| format!("`{text}` is no whole number"))
        })
        .collect()
}

fn number(row: &[i64], at: usize) -> i64 {
    row.get(at).copied().unwrap_or_default()
}

fn count(row: &[Option<String>], at: usize) -> anyhow::Result<String> {
    let cells = row.get(at..=at).unwrap_or_default();
    Ok(format_count(number(&numbers(cells)?, 0)))
}

fn format_number(number: usize) -> String {
    format_count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// `2026-10-01 07:00` of a time; empty for none.
fn hour(row: &[Option<String>], at: usize) -> String {
    let time = cell(row, at).unwrap_or_default();
    time.strip_suffix(":00").unwrap_or(time).to_owned()
}

/// A table of which the columns from `numbers_from` on are numbers. Names are escaped.
fn table(header: &[&str], numbers_from: usize, lines: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header);
    for line in lines {
        table.add_row(line.iter().map(|cell| escape_terminal(cell)));
    }
    for at in numbers_from..header.len() {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| format!(" {}\n", line.trim_end()))
        .collect();
    lines.concat()
}
