//! One row: text cells in, typed values or a reason to reject it out.

use crate::columns::{COLUMNS, Cells, Kind, N_VALUES, TIMESTAMP, TIMESTAMP_MS, is_null};
use crate::errors::RejectReason;
use crate::extra::Extra;
use crate::header::{Mapping, Target};
use crate::privacy::Privacy;
use crate::values::{self, MICROS_PER_SECOND, SECONDS_PER_DAY};
use crate::wanted::Columns;

/// The numbers of a row, by value column; the others are `None`.
pub(crate) type Numbers = [Option<i64>; N_VALUES];

/// Puts the columns of a tab-separated line where the mapping says.
///
/// # Errors
///
/// When there are not exactly as many columns as the mapping has; one empty column at the end is
/// tolerated, since files edited by hand have it.
pub(crate) fn split<'a>(
    line: &'a str,
    mapping: &Mapping,
    cells: &mut Cells<'a>,
    extra: &mut Extra,
) -> Result<(), RejectReason> {
    let mut targets = mapping.targets.iter();
    let mut put = |text: &'a str| match targets.next() {
        Some(&Target::Slot(slot)) => cells.set(slot, text),
        Some(&Target::Extra(idx)) if !is_null(text) => {
            if let Some(field) = mapping.extra_field(idx) {
                extra.push_text(&field.name, field.copy_of, text);
            }
        }
        _ => {}
    };
    let mut start = 0;
    let mut found = 1;
    for end in memchr::memchr_iter(b'\t', line.as_bytes()) {
        put(line.get(start..end).unwrap_or_default());
        start = end + 1;
        found += 1;
    }
    let last = line.get(start..).unwrap_or_default();
    put(last);
    let expected = mapping.targets.len();
    if found == expected || (found == expected + 1 && last.is_empty() && found > 1) {
        Ok(())
    } else {
        Err(RejectReason::FieldCount { expected, found })
    }
}

/// Parses the numbers that are read. A malformed one is null and its text goes to `extra`, unless money depends
/// on it.
///
/// # Errors
///
/// When a number that money depends on is malformed.
pub(crate) fn numbers(
    cells: &Cells<'_>,
    extra: &mut Extra,
    privacy: &Privacy,
    columns: &Columns,
) -> Result<Numbers, RejectReason> {
    let mut numbers = [None; N_VALUES];
    for (slot, ((column, text), number)) in COLUMNS
        .iter()
        .zip(cells.values)
        .zip(&mut numbers)
        .enumerate()
    {
        if is_null(text) || !columns.reads_number(slot, column.kind) {
            continue;
        }
        *number = match column.kind {
            Kind::Text => None,
            Kind::Integer | Kind::Bytes => values::integer(text),
            Kind::Status => values::integer(text).filter(|status| *status <= 999),
            Kind::Port => values::integer(text).filter(|port| *port <= 65_535),
            Kind::Seconds => values::scaled(text, 6),
        };
        if number.is_none() {
            if column.kind.is_essential() {
                return Err(RejectReason::BadNumber {
                    column: column.field,
                    value: privacy.short(text),
                });
            }
            extra.push_text(column.field, Some(slot), text);
        }
    }
    Ok(numbers)
}

/// The time of a row in UTC microseconds: from `date` and `time`, else from `timestamp(ms)`, else
/// from `timestamp`; the first that is there decides, and a malformed one rejects the row.
///
/// `date` and `time` are whole seconds: `timestamp(ms)` refines them when it falls in the same
/// second. A time field that disagrees with the time of the row is kept in `extra`.
///
/// # Errors
///
/// When there is no time, or it is malformed.
pub(crate) fn time(
    cells: &Cells<'_>,
    extra: &mut Extra,
    privacy: &Privacy,
) -> Result<i64, RejectReason> {
    let [date, clock, millis, seconds] = cells.times;
    if !is_null(date) && !is_null(clock) {
        let whole = values::date_time(date, clock).ok_or_else(|| RejectReason::BadTime {
            value: privacy.short(&format!("{date} {clock}")),
        })?;
        let mut time = whole;
        if !is_null(millis) {
            match values::scaled(millis, 3) {
                Some(finer) if second(finer) == second(whole) => time = finer,
                _ => extra.push_text(TIMESTAMP_MS, None, millis),
            }
        }
        if !is_null(seconds) {
            keep_if(
                values::scaled(seconds, 6).map(second) != Some(second(time)),
                TIMESTAMP,
                seconds,
                extra,
            );
        }
        return Ok(time);
    }
    let (name, text, scale) = match (is_null(millis), is_null(seconds)) {
        (false, _) => (TIMESTAMP_MS, millis, 3),
        (true, false) => (TIMESTAMP, seconds, 6),
        (true, true) => return Err(RejectReason::MissingTime),
    };
    let time = values::scaled(text, scale).ok_or_else(|| RejectReason::BadTime {
        value: privacy.short(text),
    })?;
    if name == TIMESTAMP_MS && !is_null(seconds) {
        keep_if(
            values::scaled(seconds, 6).map(second) != Some(second(time)),
            TIMESTAMP,
            seconds,
            extra,
        );
    }
    let (day, second_of_day) = (
        second(time) / SECONDS_PER_DAY,
        second(time) % SECONDS_PER_DAY,
    );
    keep_if(
        !is_null(date) && values::days(date) != Some(day),
        "date",
        date,
        extra,
    );
    keep_if(
        !is_null(clock) && values::second_of_day(clock) != Some(second_of_day),
        "time",
        clock,
        extra,
    );
    Ok(time)
}

fn second(time_us: i64) -> i64 {
    time_us.div_euclid(MICROS_PER_SECOND)
}

fn keep_if(is_kept: bool, name: &str, text: &str, extra: &mut Extra) {
    if is_kept {
        extra.push_text(name, None, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-01-16 23:56:42 UTC.
    const SECOND: i64 = 1_705_449_402;

    fn check(times: [&str; 4], expect: Result<i64, &str>, expect_extra: Option<&str>) {
        let mut extra = Extra::default();
        let cells = Cells {
            times,
            ..Cells::new()
        };
        let found =
            time(&cells, &mut extra, &Privacy::default()).map_err(|reason| reason.to_string());
        assert_eq!(found, expect.map_err(str::to_owned), "{times:?}");
        assert_eq!(extra.end(), expect_extra, "{times:?}");
    }

    #[test]
    fn date_and_time_come_first() {
        let whole = Ok(SECOND * MICROS_PER_SECOND);
        check(["2024-01-16", "23:56:42", "-", ""], whole, None);
        check(
            ["2024-01-16", "23:56:42", "1705449402123", "1705449402"],
            Ok(1_705_449_402_123_000),
            None,
        );
        check(
            ["2024-01-16", "23:56:42", "1705449403000", "-"],
            whole,
            Some(r#"{"timestamp(ms)":"1705449403000"}"#),
        );
        check(
            ["2024-01-16", "23:56:42", "soon", "-"],
            whole,
            Some(r#"{"timestamp(ms)":"soon"}"#),
        );
        check(
            ["2024-01-16", "23:56:42", "-", "1705449403.5"],
            whole,
            Some(r#"{"timestamp":"1705449403.5"}"#),
        );
        check(
            ["2024-01-32", "23:56:42", "1705449402123", "-"],
            Err("malformed time `2024-01-32 23:56:42`"),
            None,
        );
    }

    #[test]
    fn timestamps_stand_in_for_a_missing_date_or_time() {
        let fine = Ok(SECOND * MICROS_PER_SECOND + 123_000);
        check(["-", "", "1705449402123", "-"], fine, None);
        check(["-", "-", "-", "1705449402.123"], fine, None);
        check(
            ["2024-01-16", "-", "1705449402123", "1705449402"],
            fine,
            None,
        );
        check(
            ["2024-01-17", "-", "1705449402123", "5"],
            fine,
            Some(r#"{"timestamp":"5","date":"2024-01-17"}"#),
        );
        check(
            ["-", "23:56:41", "1705449402123", "-"],
            fine,
            Some(r#"{"time":"23:56:41"}"#),
        );
    }

    #[test]
    fn row_without_a_readable_time_is_rejected() {
        check(["-", "-", "-", "-"], Err("no time"), None);
        check(["2024-01-16", "-", "-", "-"], Err("no time"), None);
        check(
            ["-", "-", "x", "1705449402"],
            Err("malformed time `x`"),
            None,
        );
        check(["-", "-", "-", "-5"], Err("malformed time `-5`"), None);
    }

    #[test]
    fn line_is_never_shifted_to_fit() {
        let mapping = Mapping::new(["cs-method", "foo", "sc-status"].into_iter());
        let check = |line: &str, expect: Result<(), (usize, usize)>| {
            let res = split(line, &mapping, &mut Cells::new(), &mut Extra::default());
            let expect =
                expect.map_err(|(expected, found)| RejectReason::FieldCount { expected, found });
            assert_eq!(res, expect, "{line}");
        };
        check("GET\tx\t200", Ok(()));
        check("GET\tx\t200\t", Ok(()));
        check("GET\tx\t200\t\t", Err((3, 5)));
        check("GET\tx\t200\t-", Err((3, 4)));
        check("GET\t200", Err((3, 2)));
        check("", Err((3, 1)));
    }
}
