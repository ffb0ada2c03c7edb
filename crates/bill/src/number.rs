//! Decimals as bills write them.

/// Decimals that are kept: DECIMAL(38, 12). More are rounded half away from zero: the exports of
/// AWS give ten, and longer ones are binary fractions spelled out.
pub(crate) const SCALE: i32 = 12;

/// No amount of a bill is as large: a quantity of 10^18 units, or as many dollars.
const LIMIT: i128 = 10_i128.pow(18 + 12);

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAnAmount {
    /// It is no decimal number.
    NoNumber,
    /// No bill holds so much.
    TooLarge,
}

/// The number as a multiple of 10^-12, exactly: `1`, `-0.5`, `.5`, `1.2E-7`.
pub(crate) fn parse(text: &str) -> Result<i128, NotAnAmount> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, whole(exponent)?),
        None => (unsigned, 0),
    };
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if integer.is_empty() && fraction.is_empty() {
        return Err(NotAnAmount::NoNumber);
    }
    // The place of the next digit, as a power of ten in units of 10^-12.
    let n_integer = i32::try_from(integer.len()).map_err(|_| NotAnAmount::TooLarge)?;
    let mut place = n_integer - 1 + exponent + SCALE;
    let mut amount: i128 = 0;
    for byte in integer.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return Err(NotAnAmount::NoNumber);
        }
        let digit = i128::from(byte - b'0');
        if digit > 0 && place > 30 {
            return Err(NotAnAmount::TooLarge);
        }
        if let Ok(place @ 0..=30) = u32::try_from(place) {
            amount += digit * 10_i128.pow(place);
        } else if place == -1 && digit >= 5 {
            amount += 1;
        }
        place -= 1;
    }
    if amount >= LIMIT {
        return Err(NotAnAmount::TooLarge);
    }
    Ok(if is_negative { -amount } else { amount })
}

/// An exponent of at most three digits.
fn whole(text: &str) -> Result<i32, NotAnAmount> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotAnAmount::NoNumber);
    }
    text.parse().map_err(|_| NotAnAmount::NoNumber)
}

#[cfg(test)]
mod tests {
    use super::{NotAnAmount, parse};

    #[test]
    fn reads_what_bills_hold_exactly() {
        for (text, amount) in [
            ("0", 0),
            ("1", 1_000_000_000_000),
            ("-1", -1_000_000_000_000),
            ("+2.5", 2_500_000_000_000),
            (".5", 500_000_000_000),
            ("5.", 5_000_000_000_000),
            ("0.0000000001", 100),
            ("1.2E-7", 120_000),
            ("1.2e-07", 120_000),
            ("-1.2E-7", -120_000),
            ("6.0E-7", 600_000),
            ("12E2", 1_200_000_000_000_000),
            ("1e-12", 1),
            ("1e-13", 0),
            ("5e-13", 1),
            ("-5e-13", -1),
            ("0.0000000000004999", 0),
            ("0.30000000000000004", 300_000_000_000),
            ("000123.4560", 123_456_000_000_000),
            (
                "999999999999999999",
                999_999_999_999_999_999_000_000_000_000,
            ),
            ("0e999", 0),
        ] {
            assert_eq!(parse(text), Ok(amount), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "", " ", "-", "+", ".", "1 ", " 1", "1,5", "1_0", "NaN", "inf", "0x1", "1e", "e5",
            "--1", "1e+-2", "1.2.3", "٣", "1e1000", "$1",
        ] {
            assert_eq!(parse(text), Err(NotAnAmount::NoNumber), "{text:?}");
        }
        for text in ["1e18", "1000000000000000000", "9e99", "1e999"] {
            assert_eq!(parse(text), Err(NotAnAmount::TooLarge), "{text}");
        }
    }
}
