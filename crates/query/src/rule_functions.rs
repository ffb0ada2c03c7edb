//! `legacy_rule(distribution, path)` and `path_group(distribution, path)`: the rules of
//! [`crate::rules`] in SQL; and `path_hash(path)`.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, Int64Array, StringViewArray, UInt32Array},
    compute::take,
    datatypes::DataType,
};
use datafusion::{
    common::cast::as_string_view_array,
    error::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};

use crate::{
    Settings,
    rules::{Matcher, OTHER_PATHS},
};

/// The functions that look rules up.
pub(crate) fn lookups(settings: &Settings) -> [ScalarUDF; 2] {
    let rules = &settings.rules;
    let legacy = rules.legacy_urls.iter();
    let legacy = legacy.map(|rule| (rule.id.as_str(), &rule.path, &rule.places));
    let groups = rules.path_groups.iter();
    let groups = groups.map(|rule| (rule.name.as_str(), &rule.path, &rule.places));
    let function = |name, matcher: Matcher, other: Option<&str>| {
        let mut names: Vec<Option<&str>> = matcher.names().iter().map(|n| Some(&**n)).collect();
        names.push(other);
        ScalarUDF::new_from_impl(Lookup {
            name,
            names: Arc::new(StringViewArray::from_iter(names)),
            matcher,
            signature: Signature::exact(
                vec![DataType::Utf8View, DataType::Utf8View],
                Volatility::Immutable,
            ),
        })
    };
    [
        function(
            "legacy_rule",
            Matcher::new(legacy, &settings.distributions),
            None,
        ),
        function(
            "path_group",
            Matcher::new(groups, &settings.distributions),
            Some(OTHER_PATHS),
        ),
    ]
}

#[derive(Debug)]
struct Lookup {
    name: &'static str,
    matcher: Matcher,
    /// The matcher's names, and behind them what no rule gives.
    names: ArrayRef,
    signature: Signature,
}

// A session has one of each.
impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.names, &other.names)
    }
}

impl Eq for Lookup {}

impl Hash for Lookup {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Lookup {
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
        let arrays = args.args.into_iter().map(|arg| arg.into_array(rows));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let [distributions, paths] = arrays.as_slice() else {
            return datafusion::common::exec_err!("{} wants a distribution and a path", self.name);
        };
        let distributions = as_string_view_array(distributions)?;
        let paths = as_string_view_array(paths)?;
        let none = self.matcher.names().len();
        // Neighbours are mostly of one distribution, and often of one path.
        let mut last: Option<(Option<&str>, Option<&str>, usize)> = None;
        let mut rules = self.matcher.rules_of("");
        let mut found = Vec::with_capacity(rows);
        for (distribution, path) in distributions.iter().zip(paths) {
            let at = match last {
                Some((of, same, at)) if of == distribution && same == path => at,
                _ => {
                    if last.is_none_or(|(of, _, _)| of != distribution) {
                        rules = self.matcher.rules_of(distribution.unwrap_or_default());
                    }
                    path.and_then(|path| rules.find(path)).unwrap_or(none)
                }
            };
            last = Some((distribution, path, at));
            found.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        let names = take(&self.names, &UInt32Array::from(found), None)?;
        Ok(ColumnarValue::Array(names))
    }
}

/// `path_hash(path)`: a number for a path, the same in every run. Two paths share one about once in
/// 2^64 pairs: to group by it needs a fraction of the memory that paths need.
pub(crate) fn path_hash() -> ScalarUDF {
    ScalarUDF::new_from_impl(PathHash {
        signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct PathHash {
    signature: Signature,
}

impl ScalarUDFImpl for PathHash {
    fn name(&self) -> &'static str {
        "path_hash"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some(texts) = args.args.into_iter().next() else {
            return datafusion::common::exec_err!("path_hash wants a text");
        };
        let texts = texts.into_array(rows)?;
        let hashes: Int64Array = as_string_view_array(&texts)?
            .iter()
            .map(|text| {
                let mut hasher = DefaultHasher::new();
                text?.hash(&mut hasher);
                Some(hasher.finish().cast_signed())
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(hashes)))
    }
}
