//! SQL functions of our own.

use std::{fmt::Write as _, sync::Arc};

use arrow::{
    array::{ArrayRef, AsArray, StringArray},
    datatypes::DataType,
};
use datafusion::{
    error::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
        Volatility,
    },
};
use edgeledger_rates::Month;

use crate::{
    of_texts::{About, of_nullable, of_text},
    user_agent,
};

/// `next_month('2026-09')`: `2026-10`; NULL for what is no month. A view that reads the months before
/// those it is asked for joins them by it: [`crate::cached`] finds the month through it.
pub(crate) fn next_month() -> ScalarUDF {
    ScalarUDF::new_from_impl(NextMonth {
        signature: Signature::one_of(
            vec![
                TypeSignature::Exact(vec![DataType::Utf8]),
                TypeSignature::Exact(vec![DataType::Utf8View]),
            ],
            Volatility::Immutable,
        ),
    })
}

/// The name of [`next_month`] in SQL.
pub(crate) const NEXT_MONTH: &str = "next_month";

#[derive(Debug, PartialEq, Eq, Hash)]
struct NextMonth {
    signature: Signature,
}

impl ScalarUDFImpl for NextMonth {
    fn name(&self) -> &'static str {
        NEXT_MONTH
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some(months) = args.args.into_iter().next() else {
            return datafusion::common::exec_err!("next_month wants a month");
        };
        let months = arrow::compute::cast(&months.into_array(rows)?, &DataType::Utf8)?;
        let next = |month: &str| {
            month
                .parse::<Month>()
                .ok()
                .map(|month| month.next().to_string())
        };
        let next: StringArray = months
            .as_string::<i32>()
            .iter()
            .map(|month| month.and_then(next))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(next) as ArrayRef))
    }
}

/// The functions of a user agent as logged: each decodes it once.
pub(crate) fn of_user_agents() -> [ScalarUDF; 3] {
    let family = |text: Option<&str>| user_agent::family(text.map(decode).as_deref());
    let listed = |text: Option<&str>| user_agent::listed_family(text.map(decode).as_deref());
    let version = |text: &str| Some(user_agent::version(&decode(text))?.to_owned());
    [
        of_nullable(&USER_AGENT_FAMILY, family),
        of_nullable(&CLIENT_FAMILY, listed),
        of_text(&USER_AGENT_VERSION, version),
    ]
}

const USER_AGENT_FAMILY: About = About {
    name: "user_agent_family",
    syntax: "user_agent_family(user_agent)",
    gives: "What made a request, in a word: the product a user agent names first, in lower case, or the \
            browser or bot it is; other for what is no name, none for NULL",
    example: (
        "user_agent_family('cargo/1.98.0%20(2f8a1c3d5%202026-09-24)')",
        "cargo",
    ),
    more: &[&[]],
};

const CLIENT_FAMILY: About = About {
    name: "client_family",
    syntax: "client_family(user_agent)",
    gives: "user_agent_family out of the closed list of the table client_families: a name that is not \
            in it is other-ci, other-mirror or other",
    example: ("client_family('our-mirror/2')", "other-mirror"),
    more: &[&[]],
};

const USER_AGENT_VERSION: About = About {
    name: "user_agent_version",
    syntax: "user_agent_version(user_agent)",
    gives: "The version of the product a user agent names first; NULL without one, and for browsers, \
            which all call themselves Mozilla/5.0",
    example: (
        "user_agent_version('cargo/1.98.0%20(2f8a1c3d5%202026-09-24)')",
        "1.98.0",
    ),
    more: &[&[]],
};

/// One pass. `+` stays a plus sign: paths are not form data. Bytes that are no UTF-8 stay escaped.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |offset: usize| char::from(*bytes.get(at + offset)?).to_digit(16);
        if let (b'%', Some(high), Some(low)) = (byte, hex(1), hex(2)) {
            decoded.push(u8::try_from(high * 16 + low).unwrap_or(byte));
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    let mut out = String::with_capacity(decoded.len());
    for chunk in decoded.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn decodes_one_layer_and_nothing_else() {
        for (logged, shown) in [
            ("/en%28test%29", "/en(test)"),
            ("Mozilla/5.0%2520(X11)", "Mozilla/5.0%20(X11)"),
            ("/words/%E5%A5%BD/", "/words/好/"),
            ("a+b", "a+b"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%FF%41", "%FFA"),
            ("", ""),
        ] {
            assert_eq!(decode(logged), shown, "{logged}");
        }
    }
}
