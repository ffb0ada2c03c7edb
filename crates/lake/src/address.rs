//! Whether a text names an internet address, however it is written.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use arrow::{
    array::{Array, AsArray, BooleanArray},
    datatypes::DataType,
};
use datafusion::logical_expr::{ColumnarValue, Expr, Volatility, col, create_udf};

/// How often a text may have been percent-encoded.
const PASSES: usize = 3;

/// Rows of `requests` that came from an address, or were forwarded for it.
pub(crate) fn rows_of(address: IpAddr) -> Expr {
    let names = create_udf(
        "names_address",
        vec![DataType::Utf8View],
        DataType::Boolean,
        Volatility::Immutable,
        Arc::new(move |args: &[ColumnarValue]| {
            let arrays = ColumnarValue::values_to_arrays(args)?;
            let Some(texts) = arrays.first() else {
                return datafusion::common::exec_err!("names_address wants a text");
            };
            let texts = arrow::compute::cast(texts, &DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            let named: BooleanArray = (0..texts.len())
                .map(|row| Some(texts.is_valid(row) && names_address(texts.value(row), address)))
                .collect();
            Ok(ColumnarValue::Array(Arc::new(named)))
        }),
    );
    names
        .call(vec![col("client_ip")])
        .or(names.call(vec![col("forwarded_for")]))
        // Copies of these fields, and fields of newer logs that name the client.
        .or(names.call(vec![col("extra")]))
}

/// Whether one of the addresses in a text is this one. Texts of logs are percent-encoded, some of
/// them twice; an address may carry a port or brackets, and IPv6 has many spellings.
pub(crate) fn names_address(text: &str, address: IpAddr) -> bool {
    let address = address.to_canonical();
    let mut text = Cow::Borrowed(text);
    // Only decoded text is looked at: in `%205.6.7.8` the address is 5.6.7.8.
    for _ in 0..PASSES {
        if !text.contains('%') {
            break;
        }
        text = Cow::Owned(percent_decoded(&text));
    }
    tokens(&text).any(|token| parse(token) == Some(address))
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_hexdigit() || matches!(c, '.' | ':')))
}

fn parse(token: &str) -> Option<IpAddr> {
    // A sentence may end after an address.
    let token = token.trim_end_matches('.');
    // After a name and a colon: `ip:192.0.2.1`.
    let after_name = || {
        let last = token.rsplit(':').next()?;
        last.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
    };
    let address = token.parse::<IpAddr>().ok().or_else(after_name);
    let with_port = || token.parse::<SocketAddr>().ok().map(|address| address.ip());
    address
        .or_else(with_port)
        .map(|address| address.to_canonical())
}

/// `%41` becomes `A`; what does not become UTF-8 separates.
fn percent_decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut rest = bytes.clone();
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (byte, hex(rest.next()), hex(rest.next())) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or(b' '));
                bytes = rest;
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::names_address;

    #[test]
    fn every_spelling_of_an_address_is_found_and_no_other_address() {
        let named =
            |text: &str, address: &str| names_address(text, address.parse::<IpAddr>().unwrap());
        for text in [
            "192.0.2.1",
            "198.51.100.7, 192.0.2.1",
            "198.51.100.7,%20192.0.2.1",
            "198.51.100.7,%2520192.0.2.1",
            "192.0.2.1:443",
            "for=\"192.0.2.1\";proto=https",
            "::ffff:192.0.2.1",
            "a line\\t192.0.2.1\\tGET",
            "ip:192.0.2.1",
        ] {
            assert!(named(text, "192.0.2.1"), "{text}");
        }
        for text in ["", "-", "192.0.2.10", "1192.0.2.1", "192.0.2", "2.1.192.0"] {
            assert!(!named(text, "192.0.2.1"), "{text}");
        }
        for text in [
            "2001:db8::1",
            "2001:0DB8:0:0:0:0:0:1",
            "[2001:db8::1]:443",
            "198.51.100.7,%202001%3Adb8%3A%3A1",
        ] {
            assert!(named(text, "2001:db8:0::1"), "{text}");
        }
        assert!(!named("2001:db8::11", "2001:db8::1"));
        assert!(!named("198.51.100.7,%205.6.7.8", "205.6.7.8"));
    }
}
