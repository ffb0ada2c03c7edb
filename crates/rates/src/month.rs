//! UTC calendar months, the unit in which prices are dated and bills are made.

use std::fmt;
use std::str::FromStr;

/// A calendar month in UTC, from `0001-01` to `9999-12`, written `YYYY-MM`.
///
/// AWS bills by UTC calendar months, so a month is what selects a price.
///
/// ```
/// use edgeledger_rates::Month;
///
/// let month: Month = "2024-02".parse()?;
/// assert_eq!(month.days(), 29);
/// assert_eq!(month.next().to_string(), "2024-03");
/// # Ok::<(), edgeledger_rates::MonthError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    // The order of the fields is the order of time.
    year: i16,
    month: u8,
}

/// What was given is not a month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a month from `0001-01` to `9999-12` written `YYYY-MM`")]
pub struct MonthError {
    given: String,
}

impl Month {
    const FIRST: Month = Month { year: 1, month: 1 };
    const LAST: Month = Month {
        year: 9999,
        month: 12,
    };

    /// The month `month` (1 to 12) of `year` (1 to 9999).
    ///
    /// # Errors
    /// When either is outside its range.
    pub fn new(year: i16, month: u8) -> Result<Month, MonthError> {
        if (1..=9999).contains(&year) && (1..=12).contains(&month) {
            Ok(Month { year, month })
        } else {
            Err(MonthError {
                given: format!("{year:04}-{month:02}"),
            })
        }
    }

    /// The year, 1 to 9999.
    pub fn year(self) -> i16 {
        self.year
    }

    /// The month of the year, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// Year, month and day of the first day: the day is always 1.
    pub fn first_day(self) -> (i16, u8, u8) {
        (self.year, self.month, 1)
    }

    /// The number of days in the month, 28 to 31, by the Gregorian calendar.
    pub fn days(self) -> u8 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.is_leap_year() => 29,
            2 => 28,
            _ => 31,
        }
    }

    /// The month after this one; `9999-12` is its own successor.
    #[must_use]
    pub fn next(self) -> Month {
        match self {
            Month::LAST => Month::LAST,
            Month { year, month: 12 } => Month {
                year: year.saturating_add(1),
                month: 1,
            },
            Month { year, month } => Month {
                year,
                month: month.saturating_add(1),
            },
        }
    }

    /// The month before this one; `0001-01` is its own predecessor.
    #[must_use]
    pub fn previous(self) -> Month {
        match self {
            Month::FIRST => Month::FIRST,
            Month { year, month: 1 } => Month {
                year: year.saturating_sub(1),
                month: 12,
            },
            Month { year, month } => Month {
                year,
                month: month.saturating_sub(1),
            },
        }
    }

    fn is_leap_year(self) -> bool {
        self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `pad` honours a width, so that months line up in tables.
        f.pad(&format!("{:04}-{:02}", self.year, self.month))
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Month, MonthError> {
        let digits = |part: &str, width: usize| {
            part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        text.split_once('-')
            .filter(|(year, month)| digits(year, 4) && digits(month, 2))
            .and_then(|(year, month)| Month::new(year.parse().ok()?, month.parse().ok()?).ok())
            .ok_or_else(|| MonthError {
                given: text.to_owned(),
            })
    }
}

/// The months from `from` up to, not including, `until`; without `until`, all later months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Month,
    pub(crate) until: Option<Month>,
}

impl Span {
    pub(crate) fn contains(self, month: Month) -> bool {
        self.from <= month && self.until.is_none_or(|until| month < until)
    }

    /// The first month both spans have.
    pub(crate) fn first_common(self, other: Span) -> Option<Month> {
        let first = self.from.max(other.from);
        (self.contains(first) && other.contains(first)).then_some(first)
    }

    /// What is left of the span before and after `other`.
    pub(crate) fn minus(self, other: Span) -> impl Iterator<Item = Span> {
        let parts = if self.first_common(other).is_none() {
            [Some(self), None]
        } else {
            let before = (self.from < other.from).then_some(Span {
                from: self.from,
                until: Some(other.from),
            });
            let after = other
                .until
                .filter(|until| self.contains(*until))
                .map(|until| Span {
                    from: until,
                    until: self.until,
                });
            [before, after]
        };
        parts.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for text in ["0001-01", "2021-12", "2024-07", "9999-12"] {
            assert_eq!(month(text).to_string(), text);
        }
        for text in [
            "",
            "2024",
            "2024-7",
            "2024-13",
            "2024-00",
            "0000-01",
            "+024-07",
            "2024-07-01",
        ] {
            assert_eq!(
                text.parse::<Month>().unwrap_err().to_string(),
                format!("`{text}` is not a month from `0001-01` to `9999-12` written `YYYY-MM`")
            );
        }
        assert!(Month::new(2024, 0).is_err() && Month::new(2024, 13).is_err());
        assert!(Month::new(0, 1).is_err() && Month::new(10_000, 1).is_err());
        assert_eq!(format!("{:>9}|", month("2024-07")), "  2024-07|");
    }

    #[test]
    fn walks_over_year_ends_and_stops_at_both_ends_of_time() {
        assert_eq!(month("2021-12").next(), month("2022-01"));
        assert_eq!(month("2022-01").previous(), month("2021-12"));
        assert_eq!(month("2022-01").next(), month("2022-02"));
        assert_eq!(month("2022-03").previous(), month("2022-02"));
        assert_eq!(month("9999-12").next(), month("9999-12"));
        assert_eq!(month("0001-01").previous(), month("0001-01"));
        assert!(month("2021-12") < month("2022-01"));
        assert_eq!(month("2024-07").first_day(), (2024, 7, 1));
    }

    #[test]
    fn counts_days_by_the_gregorian_calendar() {
        let days: Vec<u8> = (1..=12)
            .map(|m| Month::new(2023, m).unwrap().days())
            .collect();
        assert_eq!(days, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
        let februaries = [
            ("2000-02", 29),
            ("2024-02", 29),
            ("2100-02", 28),
            ("2025-02", 28),
        ];
        for (text, days) in februaries {
            assert_eq!(month(text).days(), days, "{text}");
        }
    }

    #[test]
    fn subtracts_spans() {
        let check = |whole: (&str, &str), taken: (&str, &str), left: &[(&str, &str)]| {
            let span = |(from, until): (&str, &str)| Span {
                from: month(from),
                until: (!until.is_empty()).then(|| month(until)),
            };
            let left: Vec<Span> = left.iter().copied().map(span).collect();
            assert_eq!(span(whole).minus(span(taken)).collect::<Vec<_>>(), left);
        };
        let whole = ("2024-01", "2025-01");
        check(
            whole,
            ("2024-03", "2024-05"),
            &[("2024-01", "2024-03"), ("2024-05", "2025-01")],
        );
        check(whole, ("2024-03", ""), &[("2024-01", "2024-03")]);
        check(whole, ("2023-03", "2024-03"), &[("2024-03", "2025-01")]);
        check(whole, ("2023-01", "2025-01"), &[]);
        check(whole, ("2023-01", "2024-01"), &[whole]);
        check(whole, ("2025-01", ""), &[whole]);
        check(
            ("2024-01", ""),
            ("2025-01", "2025-02"),
            &[("2024-01", "2025-01"), ("2025-02", "")],
        );
    }
}
