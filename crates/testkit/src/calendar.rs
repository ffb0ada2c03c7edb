//! UTC dates as days since 1970-01-01, without a clock and without leap seconds.

/// Seconds of a day.
pub(crate) const DAY_S: u64 = 86_400;

/// Year, month and day of a day number (Howard Hinnant's `civil_from_days`).
pub(crate) fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// `YYYY-MM-DD` of a day number.
pub(crate) fn date(days: u64) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `HH:MM:SS` of seconds since 1970.
pub(crate) fn time(at_s: u64) -> String {
    let s = at_s % DAY_S;
    format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

/// `YYYY-MM-DD-HH` of seconds since 1970, as in the names of log objects.
pub(crate) fn hour(at_s: u64) -> String {
    format!("{}-{:02}", date(at_s / DAY_S), at_s % DAY_S / 3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_are_right() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(19_782), "2024-02-29");
        assert_eq!(date(20_725), "2026-09-29");
        assert_eq!(hour(20_725 * DAY_S + 3 * 3600 + 59), "2026-09-29-03");
        assert_eq!(time(3_661), "01:01:01");
    }
}
