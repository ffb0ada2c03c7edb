//! The frame of our functions of a text: what each makes of a text is computed once for each
//! distinct value of a batch. Dictionaries and other kinds of texts are cast to views before.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray, UInt32Array},
    compute::take,
    datatypes::{DataType, Field, FieldRef, Int64Type},
};
use datafusion::{
    common::{ScalarValue, cast::as_string_view_array, exec_err},
    error::Result,
    logical_expr::{
        ColumnarValue, DocSection, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
        ScalarUDFImpl, Signature, TypeSignature, Volatility,
    },
};
use hashbrown::{HashMap, hash_map::Entry};

/// What a function is, as `SHOW FUNCTIONS` and docs/sql.md say it.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    /// How it is called: `percent_decode(text [, passes])`.
    pub(crate) syntax: &'static str,
    /// What it gives, NULL included.
    pub(crate) gives: &'static str,
    /// A call and its answer, as docs/sql.md shows them; a test asks it.
    pub(crate) example: (&'static str, &'static str),
    /// The types of the arguments after the text, for each way to call it.
    pub(crate) more: &'static [&'static [DataType]],
}

/// An argument after the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum More<'a> {
    /// Not given.
    Absent,
    Null,
    Text(&'a str),
    Integer(i64),
}

/// The arguments of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Given<'a> {
    pub(crate) text: Option<&'a str>,
    pub(crate) more: [More<'a>; 2],
}

impl Given<'_> {
    /// Whether an argument that was given is NULL.
    fn has_null(&self) -> bool {
        self.text.is_none() || self.more.contains(&More::Null)
    }
}

type Compute<T> = Arc<dyn Fn(Given<'_>) -> Result<Option<T>> + Send + Sync>;

enum Of {
    Text(Compute<String>),
    Truth(Compute<bool>),
}

/// A function to text of one text; NULL of NULL.
pub(crate) fn of_text(
    about: &'static About,
    compute: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> ScalarUDF {
    let compute = move |given: Given<'_>| Ok(given.text.and_then(&compute));
    new(about, Of::Text(Arc::new(compute)))
}

/// A function to text of a text that may be NULL.
pub(crate) fn of_nullable(
    about: &'static About,
    compute: impl Fn(Option<&str>) -> String + Send + Sync + 'static,
) -> ScalarUDF {
    let compute = move |given: Given<'_>| Ok(Some(compute(given.text)));
    new(about, Of::Text(Arc::new(compute)))
}

/// A function to text of a text and more; NULL where one of them is.
pub(crate) fn of_more(
    about: &'static About,
    compute: impl Fn(&str, [More<'_>; 2]) -> Option<String> + Send + Sync + 'static,
) -> ScalarUDF {
    let compute = move |given: Given<'_>| {
        let text = given.text.filter(|_| !given.has_null());
        Ok(text.and_then(|text| compute(text, given.more)))
    };
    new(about, Of::Text(Arc::new(compute)))
}

/// A test of a text. It must look at the other arguments first, for what is wrong with them is said
/// while the query is planned, where no text is known yet.
pub(crate) fn truth_of(
    about: &'static About,
    compute: impl Fn(Given<'_>) -> Result<Option<bool>> + Send + Sync + 'static,
) -> ScalarUDF {
    new(about, Of::Truth(Arc::new(compute)))
}

fn new(about: &'static About, compute: Of) -> ScalarUDF {
    let ways = about.more.iter().map(|more| {
        let text = std::iter::once(DataType::Utf8View);
        TypeSignature::Exact(text.chain(more.iter().cloned()).collect())
    });
    let section = DocSection {
        include: true,
        label: "EdgeLedger",
        description: None,
    };
    let (call, answer) = about.example;
    ScalarUDF::new_from_impl(OfTexts {
        about,
        compute,
        signature: Signature::one_of(ways.collect(), Volatility::Immutable),
        documentation: Documentation::builder(section, about.gives, about.syntax)
            .with_sql_example(format!("{call} → {answer}"))
            .build(),
    })
}

struct OfTexts {
    about: &'static About,
    compute: Of,
    signature: Signature,
    documentation: Documentation,
}

impl std::fmt::Debug for OfTexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OfTexts").field(&self.about.name).finish()
    }
}

// The name says which function it is; a session has one of each.
impl PartialEq for OfTexts {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.compute, &other.compute) {
            (Of::Text(one), Of::Text(other)) => Arc::ptr_eq(one, other),
            (Of::Truth(one), Of::Truth(other)) => Arc::ptr_eq(one, other),
            _ => false,
        };
        same && self.about.name == other.about.name
    }
}

impl Eq for OfTexts {}

impl Hash for OfTexts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.about.name.hash(state);
    }
}

impl ScalarUDFImpl for OfTexts {
    fn name(&self) -> &str {
        self.about.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.compute {
            Of::Text(_) => DataType::Utf8View,
            Of::Truth(_) => DataType::Boolean,
        })
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        if let (Of::Truth(compute), [_, more @ ..]) = (&self.compute, args.scalar_arguments) {
            compute(Given {
                text: None,
                more: std::array::from_fn(|at| match more.get(at).copied().flatten() {
                    Some(
                        ScalarValue::Utf8(Some(text))
                        | ScalarValue::LargeUtf8(Some(text))
                        | ScalarValue::Utf8View(Some(text)),
                    ) => More::Text(text),
                    Some(ScalarValue::Int64(Some(number))) => More::Integer(*number),
                    // A column, or something to be cast: known later.
                    _ => More::Absent,
                }),
            })?;
        }
        let data_type = self.return_type(&[])?;
        Ok(Arc::new(Field::new(self.name(), data_type, true)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let arrays = args.args.into_iter().map(|arg| arg.into_array(rows));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let [texts, more @ ..] = arrays.as_slice() else {
            return exec_err!("{} wants a text", self.name());
        };
        let texts = as_string_view_array(texts)?;
        let (answers, found): (ArrayRef, _) = match &self.compute {
            Of::Text(compute) => {
                let (answers, found) = once_each(texts, more, compute.as_ref())?;
                (Arc::new(StringViewArray::from_iter(answers)), found)
            }
            Of::Truth(compute) => {
                let (answers, found) = once_each(texts, more, compute.as_ref())?;
                (Arc::new(BooleanArray::from(answers)), found)
            }
        };
        Ok(ColumnarValue::Array(take(&answers, &found, None)?))
    }
}

/// The answers to distinct arguments, and which of them is a row's.
fn once_each<T>(
    texts: &StringViewArray,
    more: &[ArrayRef],
    compute: &dyn Fn(Given<'_>) -> Result<Option<T>>,
) -> Result<(Vec<Option<T>>, UInt32Array)> {
    let mut seen: HashMap<Given<'_>, u32> = HashMap::new();
    let mut answers = Vec::new();
    let mut found = Vec::with_capacity(texts.len());
    for (row, text) in texts.iter().enumerate() {
        let given = Given {
            text,
            more: std::array::from_fn(|at| {
                more.get(at).map_or(More::Absent, |more| value(more, row))
            }),
        };
        let at = match seen.entry(given) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                answers.push(compute(given)?);
                *new.insert(u32::try_from(answers.len() - 1).unwrap_or(u32::MAX))
            }
        };
        found.push(at);
    }
    Ok((answers, UInt32Array::from(found)))
}

/// An argument's value in a row; a signature lets only these two types in.
fn value(column: &ArrayRef, row: usize) -> More<'_> {
    if column.is_null(row) {
        return More::Null;
    }
    if let Some(texts) = column.as_string_view_opt() {
        return More::Text(texts.value(row));
    }
    let numbers = column.as_primitive_opt::<Int64Type>();
    numbers.map_or(More::Null, |numbers| More::Integer(numbers.value(row)))
}

#[cfg(test)]
mod tests;
