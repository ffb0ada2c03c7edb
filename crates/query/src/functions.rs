//! SQL functions of our own.

use std::{
    collections::HashMap,
    fmt::Write as _,
    hash::{Hash, Hasher},
    sync::Arc,
};

use crate::user_agent;
use arrow::{
    array::{ArrayRef, AsArray, StringArray, StringViewArray, StringViewBuilder, UInt32Array},
    compute::take,
    datatypes::{DataType, Int64Type},
};
use datafusion::{
    common::cast::as_string_view_array,
    error::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
        Volatility,
    },
};
use edgeledger_rates::Month;

/// `percent_decode(text [, passes])`: `%41` becomes `A`; text that is no valid escape stays.
pub(crate) fn percent_decode() -> ScalarUDF {
    ScalarUDF::new_from_impl(PercentDecode {
        signature: Signature::one_of(
            vec![
                TypeSignature::Exact(vec![DataType::Utf8View]),
                TypeSignature::Exact(vec![DataType::Utf8View, DataType::Int64]),
            ],
            Volatility::Immutable,
        ),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct PercentDecode {
    signature: Signature,
}

impl ScalarUDFImpl for PercentDecode {
    fn name(&self) -> &'static str {
        "percent_decode"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let mut arrays = args.args.into_iter().map(|arg| arg.into_array(rows));
        let texts = arrays.next().transpose()?;
        let passes = arrays.next().transpose()?;
        let Some(texts) = texts else {
            return datafusion::common::exec_err!("percent_decode wants a text");
        };
        let texts = as_string_view_array(&texts)?;
        let passes = passes.as_ref().map(AsArray::as_primitive::<Int64Type>);
        let mut decoded = StringViewBuilder::with_capacity(rows);
        for (row, text) in texts.iter().enumerate() {
            // CloudFront encodes an already encoded URL once more, so two passes can be needed.
            let passes = passes.map_or(1, |passes| passes.value(row).clamp(0, 2));
            decoded.append_option(
                text.map(|text| (0..passes).fold(text.to_owned(), |text, _| decode(&text))),
            );
        }
        Ok(ColumnarValue::Array(Arc::new(decoded.finish()) as ArrayRef))
    }
}

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

/// `user_agent_family(text)`: what made a request, in a word: [`user_agent::family`].
pub(crate) fn user_agent_family() -> ScalarUDF {
    of_user_agent("user_agent_family", user_agent::family)
}

/// `client_family(text)`: the same out of a closed list: [`user_agent::listed_family`].
pub(crate) fn client_family() -> ScalarUDF {
    of_user_agent("client_family", user_agent::listed_family)
}

fn of_user_agent(name: &'static str, family: fn(Option<&str>) -> String) -> ScalarUDF {
    ScalarUDF::new_from_impl(OfUserAgent {
        name,
        family,
        signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable),
    })
}

#[derive(Debug)]
struct OfUserAgent {
    name: &'static str,
    family: fn(Option<&str>) -> String,
    signature: Signature,
}

// The name says which function it is.
impl PartialEq for OfUserAgent {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for OfUserAgent {}

impl Hash for OfUserAgent {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for OfUserAgent {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some(texts) = args.args.into_iter().next() else {
            return datafusion::common::exec_err!("{} wants a text", self.name);
        };
        let texts = texts.into_array(rows)?;
        // A batch has few user agents: each is looked at once.
        let mut seen: HashMap<Option<&str>, u32> = HashMap::new();
        let mut families = Vec::new();
        let mut found = Vec::with_capacity(rows);
        for text in as_string_view_array(&texts)? {
            found.push(*seen.entry(text).or_insert_with(|| {
                families.push((self.family)(text.map(decode).as_deref()));
                u32::try_from(families.len() - 1).unwrap_or(u32::MAX)
            }));
        }
        let families = StringViewArray::from_iter_values(families);
        let families = take(&families, &UInt32Array::from(found), None)?;
        Ok(ColumnarValue::Array(families))
    }
}

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
