//! Numbers for people.

use rust_decimal::{Decimal, RoundingStrategy};

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// A count with thousands separators.
pub fn count(count: i64) -> String {
    let sign = if count < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(&count.unsigned_abs().to_string()))
}

/// Bytes in the binary unit that leaves 1 to 1023 of it, with two decimals.
pub fn bytes(bytes: i64) -> String {
    let mut value = Decimal::from(bytes);
    let mut unit = None;
    for next in UNITS {
        // 1023.995 would be shown as 1024.00.
        if value.abs() < Decimal::new(1_023_995, 3) {
            break;
        }
        value /= Decimal::from(1024);
        unit = Some(next);
    }
    match unit {
        None => format!("{bytes} B"),
        Some(unit) => format!("{} {unit}", fixed(value, 2)),
    }
}

/// USD in cents, such as `$1,234.56` or `-$3.20`.
pub fn usd(usd: Decimal) -> String {
    let text = fixed(usd, 2);
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let (whole, cents) = text.split_once('.').unwrap_or((text, "00"));
    format!("{sign}${}.{cents}", grouped(whole))
}

/// USD of one cost line: as [`usd`], but what is less than half a cent and not nothing shows.
pub fn small_usd(amount: Decimal) -> String {
    if !amount.is_zero() && amount.abs() < Decimal::new(5, 3) {
        let sign = if amount.is_sign_negative() {
            "> -"
        } else {
            "< "
        };
        return format!("{sign}$0.01");
    }
    usd(amount)
}

/// A small price, such as `$0.00000044`, with all its digits.
pub fn usd_per_request(usd: Decimal) -> String {
    format!("${}", usd.normalize())
}

/// A ratio as percents with `decimals` decimals; `–` for none.
pub fn percent(ratio: Option<Decimal>, decimals: u32) -> String {
    let percents = ratio.and_then(|ratio| ratio.checked_mul(Decimal::ONE_HUNDRED));
    percents.map_or_else(dash, |percents| format!("{}%", fixed(percents, decimals)))
}

/// Money that may not exist; `–` for none.
pub fn optional_usd(amount: Option<Decimal>) -> String {
    amount.map_or_else(dash, usd)
}

/// What stands for a value that does not exist.
pub fn dash() -> String {
    "–".to_owned()
}

/// `1 request`, `2 requests`.
pub fn plural(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A decimal with exactly `decimals` decimals, rounded half away from zero; zero has no sign.
pub fn fixed(value: Decimal, decimals: u32) -> String {
    let mut rounded =
        value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    if rounded.is_zero() {
        rounded.set_sign_positive(true);
    }
    // `Display` pads with zeros, also where a rescaled mantissa would not fit.
    format!(
        "{rounded:.*}",
        usize::try_from(decimals).unwrap_or_default()
    )
}

/// A quantity in its unit.
pub fn quantity(quantity: i64, unit: &str) -> String {
    match unit {
        "bytes" => bytes(quantity),
        _ => count(quantity),
    }
}

/// A decimal with exactly `decimals` decimals and thousands separators.
pub fn grouped_fixed(value: Decimal, decimals: u32) -> String {
    let text = fixed(value, decimals);
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    match text.split_once('.') {
        Some((whole, rest)) => format!("{sign}{}.{rest}", grouped(whole)),
        None => format!("{sign}{}", grouped(text)),
    }
}

/// A quantity of a bill: a count as it is, anything else with three decimals.
pub fn amount(value: Decimal) -> String {
    grouped_fixed(value, if value.fract().is_zero() { 0 } else { 3 })
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::{bytes, count, percent, usd, usd_per_request};

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn counts_have_separators() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (-1_234_567, "-1,234,567"),
            (i64::MAX, "9,223,372,036,854,775,807"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(count(n), text);
        }
    }

    #[test]
    fn bytes_have_the_unit_that_fits() {
        for (n, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (1_048_575, "1.00 MiB"),
            (1_048_571, "1.00 MiB"),
            (1_048_000, "1023.44 KiB"),
            (1_073_741_824, "1.00 GiB"),
            (1_215_127_109_632, "1.11 TiB"),
            (i64::MAX, "8.00 EiB"),
        ] {
            assert_eq!(bytes(n), text, "{n}");
        }
    }

    #[test]
    fn money_has_cents_and_one_sign() {
        for (amount, text) in [
            ("0", "$0.00"),
            ("-0.001", "$0.00"),
            ("0.005", "$0.01"),
            ("-0.005", "-$0.01"),
            ("1234.5", "$1,234.50"),
            ("-3.2", "-$3.20"),
            ("999999999.99", "$999,999,999.99"),
            ("123.000000000000", "$123.00"),
        ] {
            assert_eq!(usd(decimal(amount)), text);
        }
        assert_eq!(usd_per_request(decimal("0.000000440000")), "$0.00000044");
    }

    #[test]
    fn percents_are_rounded() {
        assert_eq!(percent(Some(decimal("0.951234")), 2), "95.12%");
        assert_eq!(percent(Some(decimal("-12.5")), 1), "-1250.0%");
        assert_eq!(percent(Some(Decimal::ONE), 1), "100.0%");
        assert_eq!(percent(None, 1), "–");
    }
}
