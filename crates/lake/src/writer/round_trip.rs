//! What is written is what Arrow's reader of Parquet reads, and the bounds are of what is there.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Int16Array, Int32Array,
        Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    },
    compute::{cast, concat_batches},
    datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit},
};
use parquet::{
    arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    basic::Encoding,
    file::{
        metadata::{PageIndexPolicy, ParquetMetaData},
        page_index::column_index::ColumnIndexMetaData,
        statistics::Statistics,
    },
};
use proptest::prelude::*;

use super::{DataFileWriter, Partition};

/// A column of each way to write.
fn schema() -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("time", time, false),
        Field::new("log_line", DataType::Int64, true),
        Field::new("response_bytes", DataType::Int64, true),
        Field::new("client_port", DataType::Int32, true),
        Field::new("request_bytes", DataType::Int32, true),
        Field::new("status", DataType::Int16, true),
        Field::new("time_taken_us", DataType::Int64, true),
        Field::new("path", DataType::Utf8, true),
        Field::new("host", DataType::Utf8, true),
        Field::new("request_id", DataType::Utf8, true),
        Field::new("is_bot", DataType::Boolean, true),
    ]))
}

/// Numbers in no order.
fn numbers(seed: u64) -> impl Iterator<Item = i64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state ^ (state >> 29)).cast_signed()
    })
}

/// Values of one kind: what is compact, what is not, and what is at the ends.
fn values(kind: u8, seed: u64, from: i64, n: usize) -> Vec<Option<i64>> {
    const ENDS: [i64; 6] = [i64::MIN, i64::MAX, 0, -1, i64::MAX, i64::MIN + 1];
    let random = numbers(seed);
    let value = |(at, random): (i64, i64)| match kind {
        0 => Some(7),
        1 => Some(from + at),
        2 => Some(random.rem_euclid(50)),
        3 => Some(random),
        4 => usize::try_from(random.rem_euclid(6))
            .ok()
            .and_then(|at| ENDS.get(at).copied()),
        5 => None,
        6 => (random % 5 != 0).then_some(random >> 40),
        // Runs, of nulls as well.
        _ => ((from + at) / 1_500 % 3 != 0).then_some((from + at) / 100),
    };
    (0..).zip(random).map(value).take(n).collect()
}

fn narrow<T: TryFrom<i64>>(values: &[Option<i64>], min: i64, max: i64) -> Vec<Option<T>> {
    let narrow =
        |value: &Option<i64>| value.and_then(|value| value.clamp(min, max).try_into().ok());
    values.iter().map(narrow).collect()
}

fn texts(values: &[Option<i64>]) -> StringArray {
    let text = |value: &Option<i64>| value.map(|value| format!("/é{value:x}"));
    values.iter().map(text).collect()
}

fn batch(kinds: &[u8], seed: u64, from: i64, n: usize) -> RecordBatch {
    let of = |column: u8| {
        let kind = kinds.get(usize::from(column)).copied().unwrap_or_default();
        values(kind, seed.wrapping_add(column.into()), from, n)
    };
    let times: Vec<_> = of(0).iter().map(|value| value.unwrap_or(-9)).collect();
    let (short_min, short_max) = (i16::MIN.into(), i16::MAX.into());
    let (int_min, int_max) = (i32::MIN.into(), i32::MAX.into());
    let paths: DictionaryArray<Int32Type> = texts(&of(7)).iter().collect();
    let flags: BooleanArray = of(10)
        .iter()
        .map(|value| value.map(|value| value > 0))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")),
        Arc::new(Int64Array::from(of(1))),
        Arc::new(Int64Array::from(of(2))),
        Arc::new(Int32Array::from(narrow(&of(3), int_min, int_max))),
        Arc::new(Int32Array::from(narrow(&of(4), int_min, int_max))),
        Arc::new(Int16Array::from(narrow(&of(5), short_min, short_max))),
        Arc::new(Int64Array::from(of(6))),
        Arc::new(paths),
        Arc::new(texts(&of(8))),
        Arc::new(texts(&of(9))),
        Arc::new(flags),
    ];
    let fields = schema();
    let fields = fields.fields().iter().zip(&columns).map(|(field, column)| {
        let field = Field::clone(field);
        field.with_data_type(column.data_type().clone())
    });
    let fields = Schema::new(fields.collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(fields), columns).unwrap()
}

/// The batch without dictionaries.
fn plain(batch: &RecordBatch) -> RecordBatch {
    let schema = schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| cast(column, field.data_type()).unwrap());
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()
}

/// What the file holds.
fn written(batches: &[RecordBatch], row_group_bytes: usize) -> (RecordBatch, Arc<ParquetMetaData>) {
    let partition = Partition::new("E", 0).unwrap();
    let writer = DataFileWriter::new(partition, schema()).unwrap();
    let mut writer = writer.with_row_groups_of(row_group_bytes);
    for batch in batches {
        writer.write(batch).unwrap();
    }
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let file = writer.finish().unwrap().bytes;
    let file = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).unwrap();
    assert_eq!(file.schema().fields(), schema().fields());
    let metadata = Arc::clone(file.metadata());
    let read: Vec<_> = file.build().unwrap().map(Result::unwrap).collect();
    (concat_batches(&schema(), &read).unwrap(), metadata)
}

/// Smallest, largest, and how many are null.
fn bounds(array: &dyn Array) -> (Option<i64>, Option<i64>, u64) {
    let numbers = cast(array, &DataType::Int64).unwrap();
    let numbers: Vec<_> = numbers.as_primitive::<Int64Type>().iter().collect();
    let there = || numbers.iter().flatten().copied();
    let nulls = numbers.iter().filter(|number| number.is_none()).count();
    (there().min(), there().max(), nulls as u64)
}

/// Every row group and every page has the bounds of its numbers.
fn check_bounds(rows: &RecordBatch, metadata: &ParquetMetaData) {
    let (Some(columns), Some(offsets)) = (metadata.column_index(), metadata.offset_index()) else {
        assert_eq!(rows.num_rows(), 0);
        return;
    };
    let mut start = 0;
    for ((group, columns), offsets) in metadata.row_groups().iter().zip(columns).zip(offsets) {
        let n = usize::try_from(group.num_rows()).unwrap();
        for at in 0..=6 {
            let array = rows.column(at).slice(start, n);
            let found = match group.column(at).statistics() {
                Some(Statistics::Int64(found)) => (
                    found.min_opt().copied(),
                    found.max_opt().copied(),
                    found.null_count_opt().unwrap(),
                ),
                Some(Statistics::Int32(found)) => (
                    found.min_opt().copied().map(i64::from),
                    found.max_opt().copied().map(i64::from),
                    found.null_count_opt().unwrap(),
                ),
                other => panic!("{other:?}"),
            };
            assert_eq!(found, bounds(&array), "column {at}");
            let starts = offsets[at].page_locations().iter();
            let starts: Vec<_> = starts
                .map(|page| usize::try_from(page.first_row_index).unwrap())
                .collect();
            for (page, first) in starts.iter().enumerate() {
                let end = starts.get(page + 1).copied().unwrap_or(n);
                let (min, max) = match &columns[at] {
                    ColumnIndexMetaData::INT64(index) => (
                        index.min_value(page).copied(),
                        index.max_value(page).copied(),
                    ),
                    ColumnIndexMetaData::INT32(index) => (
                        index.min_value(page).copied().map(i64::from),
                        index.max_value(page).copied().map(i64::from),
                    ),
                    _ => panic!("no index of column {at}"),
                };
                let nulls = u64::try_from(columns[at].null_count(page).unwrap()).unwrap();
                let expect = bounds(&array.slice(*first, end - first));
                assert_eq!((min, max, nulls), expect, "column {at}, page {page}");
                assert_eq!(columns[at].is_null_page(page), expect.0.is_none());
            }
        }
        start += n;
    }
    assert_eq!(start, rows.num_rows());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_hold_what_was_written(
        kinds in prop::collection::vec(0_u8..8, 11),
        seed: u64,
        sizes in prop::collection::vec(prop::sample::select(vec![0, 1, 9, 1_025, 5_000, 21_000]), 0..4),
        row_group_bytes in prop::sample::select(vec![1, 40_000, 1 << 20]),
    ) {
        let mut batches = Vec::new();
        let mut from = 0;
        for (n, seed) in sizes.into_iter().zip(seed..) {
            batches.push(batch(&kinds, seed, from, n));
            from += i64::try_from(n).unwrap();
        }
        let expect: Vec<_> = batches.iter().map(plain).collect();
        let (rows, metadata) = written(&batches, row_group_bytes);
        prop_assert!(rows == concat_batches(&schema(), &expect).unwrap());
        check_bounds(&rows, &metadata);
    }
}

/// The property may meet few of these together.
#[test]
fn numbers_at_the_ends_come_back() {
    for kind in 0..8 {
        let batches = [
            batch(&[kind; 11], 1, 0, 20_500),
            batch(&[kind; 11], 2, 20_500, 1_234),
        ];
        let expect: Vec<_> = batches.iter().map(plain).collect();
        let (rows, metadata) = written(&batches, usize::MAX);
        assert!(
            rows == concat_batches(&schema(), &expect).unwrap(),
            "{kind}"
        );
        check_bounds(&rows, &metadata);
    }
}

#[test]
fn columns_of_many_numbers_go_on_plain() {
    let parts: [i64; 8] = std::array::from_fn(|at| 20_000 * i64::try_from(at).unwrap());
    let mut kinds = [0; 11];
    kinds[6] = 1;
    let batches = parts.map(|from| batch(&kinds, 1, from, 20_000));
    let (rows, metadata) = written(&batches, usize::MAX);
    let expect: Int64Array = (0..160_000).collect();
    assert_eq!(rows.column(6).as_primitive::<Int64Type>(), &expect);
    let column = metadata.row_group(0).column(6);
    // Of data pages: a dictionary's page is always plain.
    let encodings = column.page_encoding_stats_mask().unwrap();
    assert!(encodings.is_set(Encoding::RLE_DICTIONARY), "{encodings:?}");
    assert!(encodings.is_set(Encoding::PLAIN), "{encodings:?}");
    check_bounds(&rows, &metadata);
}

/// Pages in order are searched by halves.
#[test]
fn pages_of_growing_numbers_are_in_order() {
    let (_, metadata) = written(&[batch(&[1; 11], 1, 0, 50_000)], usize::MAX);
    let index = &metadata.column_index().unwrap()[0][0];
    assert_eq!(index.num_pages(), 3);
    assert!(index.is_sorted());
}
