//! Cells of result tables as text.

use arrow::{
    array::RecordBatch,
    datatypes::DataType,
    error::ArrowError,
    util::display::{ArrayFormatter, FormatOptions},
};

/// Times without offset: they are UTC everywhere.
fn options() -> FormatOptions<'static> {
    FormatOptions::new()
        .with_null("")
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f"))
}

/// Calls `row` with the cells of each row; a NULL is `None`.
pub(crate) fn for_each_row(
    batch: &RecordBatch,
    mut row: impl FnMut(Vec<Option<String>>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let options = options();
    let columns = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<Result<Vec<_>, ArrowError>>()?;
    for at in 0..batch.num_rows() {
        let cells = columns
            .iter()
            .zip(batch.columns())
            .map(|(formatter, column)| {
                // A column of nothing but NULL marks none of them.
                if column.is_null(at) || *column.data_type() == DataType::Null {
                    Ok(None)
                } else {
                    formatter.value(at).try_to_string().map(Some)
                }
            });
        row(cells.collect::<Result<Vec<_>, ArrowError>>()?)?;
    }
    Ok(())
}

/// Whether a column reads best right-aligned.
pub(crate) fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}
