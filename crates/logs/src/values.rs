//! Numbers and times from text, exactly: no floats, no guesses.

use std::ops::Range;

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
    const COLONS: u64 = 0x0000_ff00_00ff_0000;
    let time = u64::from_le_bytes(<[u8; 8]>::try_from(time.as_ref()).ok()?);
    let digits = time ^ u64::from_le_bytes(*b"00:00:00");
    if !are_digits(digits) || digits & COLONS != 0 {
        return None;
    }
    // Of two digits the first is in the lower byte; no sum needs more than its byte.
    let [hour, _, _, minute, _, _, second, _] = (digits * 10 + (digits >> 8)).to_le_bytes();
    let (hour, minute, second) = (i64::from(hour), i64::from(minute), i64::from(second));
    (hour <= 23 && minute <= 59 && second <= 59).then_some(hour * 3600 + minute * 60 + second)
}

/// The same as [`integer`] of a part of a text: most numbers are read eight digits at a time,
/// whatever is before them.
#[inline]
pub(crate) fn integer_at(text: &[u8], cell: Range<usize>) -> Option<i64> {
    match (cell.end - cell.start, eight_before(text, cell.end)) {
        (n @ 1..=8, Some(eight)) => last_digits(eight, n),
        _ => integer(text.get(cell)?),
    }
}

/// The same as [`scaled`] by 6 of a part of a text: CloudFront writes three decimals.
#[inline]
pub(crate) fn micros_at(text: &[u8], cell: Range<usize>) -> Option<i64> {
    const POINT: u64 = 0xff << 32;
    const DECIMALS: u64 = !0 << 40;
    match (cell.end - cell.start, eight_before(text, cell.end)) {
        (n @ 5..=8, Some(eight)) if eight & POINT == u64::from(b'.') << 32 => {
            let without_point = (eight & DECIMALS) | ((eight << 8) & !DECIMALS);
            Some(last_digits(without_point, n - 1)? * 1000)
        }
        _ => scaled(text.get(cell)?, 6),
    }
}

/// The eight bytes before a place, the first of them lowest.
#[inline]
fn eight_before(text: &[u8], end: usize) -> Option<u64> {
    let eight = text.get(end.checked_sub(8)?..end)?.first_chunk()?;
    Some(u64::from_le_bytes(*eight))
}

/// The number that the last `n` of eight bytes are, `1..=8`.
#[inline]
fn last_digits(eight: u64, n: usize) -> Option<i64> {
    const FIRST_OF_FOUR: u64 = 0x0000_00ff_0000_00ff;
    let n_before = 64 - 8 * n;
    // What is before the digits becomes zeros before them.
    let digits = (eight ^ u64::from_le_bytes(*b"00000000")) >> n_before << n_before;
    if !are_digits(digits) {
        return None;
    }
    // Numbers of two digits, in every other byte; then of four in the upper half of a product
    // each, and of these the sum.
    let twos = digits * 10 + (digits >> 8);
    let firsts = (twos & FIRST_OF_FOUR).wrapping_mul(100 + (1_000_000 << 32));
    let seconds = ((twos >> 16) & FIRST_OF_FOUR).wrapping_mul(1 + (10_000 << 32));
    i64::try_from(firsts.wrapping_add(seconds) >> 32).ok()
}

/// Whether each of eight bytes is a digit's value.
#[inline]
fn are_digits(eight: u64) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // A carry comes only from a byte whose own high bit tells already.
    (eight | eight.wrapping_add(0x7676_7676_7676_7676)) & HIGH == 0
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Parts of a text are read as they are alone, whatever is around them.
        #[test]
        fn a_number_in_a_text_is_that_of_its_text(
            (before, after) in ("[-0-9.\t]{0,12}", "[-0-9.\t]{0,12}"),
            cell in prop_oneof!["[0-9]{0,20}", "[0-9]{1,6}\\.[0-9]{3}", "[0-9]{0,6}\\.[0-9]{0,8}", "[-0-9.:/\u{0}é]{0,9}"],
        ) {
            let text = format!("{before}{cell}{after}");
            let place = before.len()..before.len() + cell.len();
            prop_assert_eq!(integer_at(text.as_bytes(), place.clone()), integer(&cell));
            prop_assert_eq!(micros_at(text.as_bytes(), place), scaled(&cell, 6));
        }
    }

    #[test]
    fn every_byte_in_a_number_is_looked_at() {
        for (cell, expected) in [("12345678", 12_345_678), ("1234.567", 1_234_567_000)] {
            for at in 0..cell.len() {
                for byte in 0..=u8::MAX {
                    let mut bytes = cell.as_bytes().to_vec();
                    bytes[at] = byte;
                    let text = [b"9\t", &bytes[..], b"\t"].concat();
                    assert_eq!(integer_at(&text, 2..10), integer(&bytes));
                    assert_eq!(micros_at(&text, 2..10), scaled(&bytes, 6));
                }
            }
            let found = integer_at(cell.as_bytes(), 0..8).or(micros_at(cell.as_bytes(), 0..8));
            assert_eq!(found, Some(expected));
        }
    }

    #[test]
    fn every_second_of_a_day_follows_the_last() {
        let mut expected = 0;
        for (hour, minute, second) in (0..26)
            .flat_map(|hour| (0..62).map(move |minute| (hour, minute)))
            .flat_map(|(hour, minute)| (0..62).map(move |second| (hour, minute, second)))
        {
            let found = second_of_day(format!("{hour:02}:{minute:02}:{second:02}"));
            if hour < 24 && minute < 60 && second < 60 {
                assert_eq!(found, Some(expected));
                expected += 1;
            } else {
                assert_eq!(found, None);
            }
        }
        for at in 0..8 {
            for byte in 0..=u8::MAX {
                let mut time = *b"11:11:11";
                time[at] = byte;
                let is_read = match at {
                    2 | 5 => byte == b':',
                    0 => matches!(byte, b'0'..=b'2'),
                    3 | 6 => matches!(byte, b'0'..=b'5'),
                    _ => byte.is_ascii_digit(),
                };
                assert_eq!(second_of_day(time).is_some(), is_read, "{byte} at {at}");
            }
        }
    }

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
