//! `edge_region(edge_code)`: where an edge is, as the price lists see it.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{array::StringViewArray, datatypes::DataType};
use datafusion::{
    common::cast::as_string_view_array,
    error::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};
use edgeledger_rates::PriceBook;

/// The region of an edge that the price book does not know.
const UNKNOWN: &str = "unknown";

/// `edge_region(edge_code)`: the region of `edge_locations`, or `unknown`. A join with the table
/// would say the same, row by row.
pub(crate) fn edge_region(book: &PriceBook) -> ScalarUDF {
    let edges = book.edge_locations().iter();
    ScalarUDF::new_from_impl(EdgeRegion {
        regions: Arc::new(
            edges
                .map(|edge| (edge.edge_code.clone(), edge.region.clone()))
                .collect(),
        ),
        signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable),
    })
}

#[derive(Debug)]
struct EdgeRegion {
    regions: Arc<HashMap<String, String>>,
    signature: Signature,
}

// A session has one.
impl PartialEq for EdgeRegion {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.regions, &other.regions)
    }
}

impl Eq for EdgeRegion {}

impl Hash for EdgeRegion {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for EdgeRegion {
    fn name(&self) -> &'static str {
        "edge_region"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some(codes) = args.args.into_iter().next() else {
            return datafusion::common::exec_err!("edge_region wants an edge code");
        };
        let codes = codes.into_array(rows)?;
        let regions: StringViewArray = as_string_view_array(&codes)?
            .iter()
            .map(|code| Some(self.regions.get(code?).map_or(UNKNOWN, String::as_str)))
            .map(|region| region.or(Some(UNKNOWN)))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(regions)))
    }
}
