//! Files of `requests` written anew without some of their rows.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::AsArray,
    datatypes::{DataType, Int64Type},
};
use datafusion::{
    dataframe::DataFrame,
    functions_aggregate::expr_fn::count,
    logical_expr::{Expr, col, lit},
};
use deltalake::kernel::Add;
use futures::TryStreamExt;

use crate::{
    DataFileWriter, Lake, LakeError, PARTITION_COLUMNS, Partition, StagedFile, table::TableFile,
};

/// Data files are closed at about this size.
const FILE_BYTES: usize = 128 << 20;

/// What is to be exchanged in one commit.
#[derive(Debug, Default)]
pub(crate) struct Rewritten {
    pub(crate) removes: Vec<TableFile>,
    pub(crate) adds: Vec<Add>,
    /// Rows taken out, by log object.
    pub(crate) taken: BTreeMap<String, i64>,
}

impl Lake {
    /// Writes every file that holds rows for which `gone` is true anew, without those rows.
    pub(crate) async fn rewrite_without(
        &self,
        gone: Expr,
        now_us: i64,
    ) -> Result<Rewritten, LakeError> {
        let engine = self.engine()?;
        let mut rewritten = Rewritten::default();
        let candidates = self
            .requests_of(self.requests.files()?)?
            .candidates(&gone, &engine.state())?;
        for file in candidates {
            let rows = || -> Result<DataFrame, LakeError> {
                Ok(engine.read_table(Arc::new(self.requests_of(vec![file.clone()])?))?)
            };
            let found = rows()?
                .filter(gone.clone())?
                .aggregate(vec![col("log_file")], vec![count(lit(1))])?
                .collect()
                .await?;
            let mut taken: BTreeMap<String, i64> = BTreeMap::new();
            for batch in found {
                let keys = arrow::compute::cast(batch.column(0), &DataType::Utf8)?;
                let counts = batch.column(1).as_primitive::<Int64Type>();
                for (key, count) in keys.as_string::<i32>().iter().zip(counts.values()) {
                    *taken.entry(key.unwrap_or_default().to_owned()).or_default() += count;
                }
            }
            if taken.is_empty() {
                continue;
            }
            let kept = rows()?.filter(gone.clone().is_not_true())?;
            let files = self.write(kept, &file, now_us).await?;
            rewritten
                .adds
                .extend(files.into_iter().map(|file| file.add));
            for (key, count) in taken {
                *rewritten.taken.entry(key).or_default() += count;
            }
            rewritten.removes.push(file);
        }
        Ok(rewritten)
    }

    /// Writes rows of one partition, that of `like`, to new files.
    pub(crate) async fn write(
        &self,
        rows: DataFrame,
        like: &TableFile,
        now_us: i64,
    ) -> Result<Vec<StagedFile>, LakeError> {
        let partition = partition(like)?;
        let columns: Vec<String> = rows
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .filter(|name| !PARTITION_COLUMNS.contains(&name.as_str()))
            .collect();
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut stream = rows.select_columns(&names)?.execute_stream().await?;
        let (mut files, mut open) = (Vec::new(), None::<DataFileWriter>);
        while let Some(batch) = stream.try_next().await? {
            if batch.num_rows() == 0 {
                continue;
            }
            let mut writer = match open.take() {
                Some(writer) => writer,
                None => DataFileWriter::new(partition.clone(), batch.schema())?,
            };
            writer.write(&batch)?;
            if writer.file_bytes() >= FILE_BYTES {
                files.push(self.stage(writer.finish()?, now_us).await?);
            } else {
                open = Some(writer);
            }
        }
        if let Some(writer) = open {
            files.push(self.stage(writer.finish()?, now_us).await?);
        }
        Ok(files)
    }
}

/// The partition of a live file.
pub(crate) fn partition(file: &TableFile) -> Result<Partition, LakeError> {
    let value = |name: &str| file.partition_values.get(name).cloned().flatten();
    let day = value("date")
        .and_then(|text| chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok())
        .map_or(0, |day| day.to_epoch_days());
    Partition::new(&value("distribution").unwrap_or_default(), day)
}
