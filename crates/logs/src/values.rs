//! Numbers and times from text, exactly: no floats, no guesses.

/// Digits that fit into an `i64`, whatever they are.
const SAFE_DIGITS: usize = 18;

/// A whole number that is not negative: digits only, at most `i64::MAX`.
#[inline]
pub(crate) fn integer(text: impl AsRef<[u8]>) -> Option<i64> {
    digits(text.as_ref())
}

/// A decimal number times `10^scale`, so that seconds with `scale` 6 are microseconds.
///
/// Digits after the `scale`th decimal are dropped, not rounded. Exponents and signs are malformed.
pub(crate) fn scaled(text: impl AsRef<[u8]>, scale: u32) -> Option<i64> {
    let text = text.as_ref();
    let mut unit = 10_i64.checked_pow(scale)?;
    let Some(point) = text.iter().position(|byte| *byte == b'.') else {
        return digits(text)?.checked_mul(unit);
    };
    let (whole, decimals) = (text.get(..point)?, text.get(point + 1..)?);
    let mut value = digits(whole)?.checked_mul(unit)?;
    if decimals.is_empty() || !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    for digit in decimals {
        unit /= 10;
        if unit == 0 {
            break;
        }
        value = value.checked_add(i64::from(digit - b'0') * unit)?;
    }
    Some(value)
}

/// `YYYY-MM-DD` and `HH:MM:SS` in UTC as microseconds since 1970. The day must be in the
/// calendar; a leap second (`:60`) is malformed, since CloudFront does not write any.
pub(crate) fn date_time(date: &str, time: &str) -> Option<i64> {
    Some((days(date)? * SECONDS_PER_DAY + second_of_day(time)?) * MICROS_PER_SECOND)
}

pub(crate) const MICROS_PER_SECOND: i64 = 1_000_000;
pub(crate) const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// Days since 1970-01-01.
pub(crate) fn days(date: impl AsRef<[u8]>) -> Option<i64> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date.as_ref() else {
        return None;
    };
    let (year, month, day) = (
        two(y1, y2)? * 100 + two(y3, y4)?,
        two(m1, m2)?,
        two(d1, d2)?,
    );
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if day < 1 || day > days_in_month {
        return None;
    }
    // http://howardhinnant.github.io/date_algorithms.html#days_from_civil: years start in March,
    // so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Seconds since midnight.
#[inline]
pub(crate) fn second_of_day(time: impl AsRef<[u8]>) -> Option<i64> {
    let &[h1, h2, b':', m1, m2, b':', s1, s2] = time.as_ref() else {
        return None;
    };
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    (hour <= 23 && minute <= 59 && second <= 59).then_some(hour * 3600 + minute * 60 + second)
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn digits(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() {
        return None;
    }
    let mut value = 0_i64;
    if bytes.len() <= SAFE_DIGITS {
        for byte in bytes {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + i64::from(digit);
        }
        return Some(value);
    }
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_digits_only() {
        assert_eq!(integer("0"), Some(0));
        assert_eq!(integer("000"), Some(0));
        assert_eq!(integer("9223372036854775807"), Some(i64::MAX));
        for text in [
            "",
            "-1",
            "+1",
            "1.0",
            "1e3",
            " 1",
            "1 ",
            "9223372036854775808",
            "١",
        ] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_become_microseconds_without_rounding() {
        assert_eq!(scaled("0.017", 6), Some(17_000));
        assert_eq!(scaled("12", 6), Some(12_000_000));
        assert_eq!(scaled("0.0000019", 6), Some(1));
        assert_eq!(scaled("1.999999999999999999999999", 6), Some(1_999_999));
        assert_eq!(scaled("9223372036854.775807", 6), Some(i64::MAX));
        for text in [
            "",
            ".",
            ".5",
            "5.",
            "-0.5",
            "1e-3",
            "0.0x",
            "0.00000000x",
            "9223372036854.775808",
        ] {
            assert_eq!(scaled(text, 6), None, "{text}");
        }
    }

    #[test]
    fn dates_are_real_calendar_days() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2000-02-29"), Some(11_016));
        assert_eq!(days("2024-02-29"), Some(19_782));
        assert_eq!(days("2024-03-01"), Some(19_783));
        assert_eq!(days("1969-12-31"), Some(-1));
        assert_eq!(days("0000-01-01"), Some(-719_528));
        for text in [
            "2023-02-29",
            "2100-02-29",
            "2024-04-31",
            "2024-13-01",
            "2024-00-10",
            "2024-01-00",
        ] {
            assert_eq!(days(text), None, "{text}");
        }
        for text in [
            "",
            "2024-1-1",
            "2024/01/01",
            "2024-01-011",
            "20240101",
            "2024-0a-01",
            "２024-01-01",
        ] {
            assert_eq!(days(text), None, "{text}");
        }
    }

    #[test]
    fn times_of_day_end_before_sixty() {
        assert_eq!(second_of_day("00:00:00"), Some(0));
        assert_eq!(second_of_day("23:59:59"), Some(86_399));
        for text in [
            "24:00:00",
            "23:60:00",
            "23:59:60",
            "1:02:03",
            "01:02:03.5",
            "01-02-03",
            "",
        ] {
            assert_eq!(second_of_day(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_last() {
        let mut expected = days("1900-01-01").unwrap();
        for year in 1900..2300 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(found) = days(format!("{year}-{month:02}-{day:02}")) {
                        assert_eq!(found, expected, "{year}-{month}-{day}");
                        expected += 1;
                    }
                }
            }
        }
        assert_eq!(expected - days("1900-01-01").unwrap(), 146_097);
    }
}
