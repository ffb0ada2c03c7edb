//! Files of `requests` written anew without some of their rows.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use arrow::{
    array::AsArray,
    datatypes::{DataType, Int64Type},
};
use datafusion::{
    dataframe::DataFrame,
    execution::context::SessionContext,
    functions_aggregate::expr_fn::count,
    logical_expr::{Expr, col, lit},
};
use deltalake::kernel::Add;
use futures::TryStreamExt;
use object_store::path::Path;

use crate::{
    DataFileWriter, Lake, LakeError, PARTITION_COLUMNS, Partition, StagedFile, table::TableFile,
};

/// Data files are closed at about this size.
pub(crate) const FILE_BYTES: usize = 128 << 20;

/// Rows by log object.
pub(crate) type RowsByKey = BTreeMap<String, i64>;

/// What is to be exchanged in one commit.
#[derive(Debug, Default)]
pub(crate) struct Rewritten {
    pub(crate) removes: Vec<TableFile>,
    pub(crate) adds: Vec<Add>,
    /// Rows taken out, by log object.
    pub(crate) taken: RowsByKey,
}

/// What came of files that were looked at. Files never change, so that after a lost race only the
/// new ones cost anything.
#[derive(Debug, Default)]
pub(crate) struct Looked(HashMap<Path, (Vec<Add>, RowsByKey)>);

/// Whether rows are only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rewrite {
    Count,
    Write,
}

impl Lake {
    /// Writes every file that holds rows for which `gone` is true anew, without those rows.
    pub(crate) async fn rewrite_without(
        &self,
        gone: Expr,
        now_us: i64,
    ) -> Result<Rewritten, LakeError> {
        let (files, mut looked) = (self.requests.files()?, Looked::default());
        self.rewrite_files(files, &gone, Rewrite::Write, now_us, &mut looked)
            .await
    }

    /// As [`rewrite_without`](Self::rewrite_without), of some files. Where the partition alone
    /// decides, files go as they are.
    pub(crate) async fn rewrite_files(
        &self,
        files: Vec<TableFile>,
        gone: &Expr,
        rewrite: Rewrite,
        now_us: i64,
        looked: &mut Looked,
    ) -> Result<Rewritten, LakeError> {
        let engine = self.engine()?;
        let of_partition = gone
            .column_refs()
            .iter()
            .all(|column| PARTITION_COLUMNS.contains(&column.name.as_str()));
        let mut rewritten = Rewritten::default();
        let candidates = self.requests_of(files)?.candidates(gone, &engine.state())?;
        for file in candidates {
            if !looked.0.contains_key(&file.path) {
                let gone = (!of_partition).then_some(gone);
                let found = self.rewrite_file(&engine, &file, gone, rewrite, now_us);
                looked.0.insert(file.path.clone(), found.await?);
            }
            let Some((adds, taken)) = looked.0.get(&file.path) else {
                continue;
            };
            if taken.is_empty() {
                continue;
            }
            rewritten.adds.extend(adds.iter().cloned());
            for (key, count) in taken {
                *rewritten.taken.entry(key.clone()).or_default() += count;
            }
            rewritten.removes.push(file);
        }
        Ok(rewritten)
    }

    /// What stays of a file, and what does not; without `gone`, nothing stays.
    async fn rewrite_file(
        &self,
        engine: &SessionContext,
        file: &TableFile,
        gone: Option<&Expr>,
        rewrite: Rewrite,
        now_us: i64,
    ) -> Result<(Vec<Add>, RowsByKey), LakeError> {
        let taken = self.rows_by_key(engine, file, gone).await?;
        let all = file.stats.rows == Some(taken.values().sum());
        let Some(gone) = gone.filter(|_| !all && !taken.is_empty() && rewrite == Rewrite::Write)
        else {
            return Ok((Vec::new(), taken));
        };
        self.requests.require_whole(file).await?;
        let kept = self
            .frame(engine, file)?
            .filter(gone.clone().is_not_true())?;
        let files = self
            .write(kept, &partition(file)?, FILE_BYTES, now_us)
            .await?;
        let rows: i64 = files.iter().map(|file| file.rows).sum();
        if let Some(all) = file.stats.rows
            && all != rows + taken.values().sum::<i64>()
        {
            let gone = all - rows;
            return Err(LakeError::Damaged {
                what: format!("{}/{}", self.requests.name(), file.path),
                reason: format!("of its {all} rows {gone} would be lost when it is written anew"),
            });
        }
        Ok((files.into_iter().map(|file| file.add).collect(), taken))
    }

    pub(crate) fn frame(
        &self,
        engine: &SessionContext,
        file: &TableFile,
    ) -> Result<DataFrame, LakeError> {
        Ok(engine.read_table(Arc::new(self.requests_of(vec![file.clone()])?))?)
    }

    /// Rows of a file by log object, those for which `filter` is true. Only the columns that are
    /// asked for are read; the decoder may panic on damage.
    pub(crate) async fn rows_by_key(
        &self,
        engine: &SessionContext,
        file: &TableFile,
        filter: Option<&Expr>,
    ) -> Result<RowsByKey, LakeError> {
        let mut rows = self.frame(engine, file)?;
        if let Some(filter) = filter {
            rows = rows.filter(filter.clone())?;
        }
        let counts = rows.aggregate(vec![col("log_file")], vec![count(lit(1))])?;
        let counting = tokio::spawn(counts.collect());
        let found = counting.await.map_err(|_| LakeError::Damaged {
            what: format!("{}/{}", self.requests.name(), file.path),
            reason: "the decoder gave up".to_owned(),
        })??;
        let mut rows = RowsByKey::new();
        for batch in found {
            let keys = arrow::compute::cast(batch.column(0), &DataType::Utf8)?;
            let counts = batch.column(1).as_primitive::<Int64Type>();
            for (key, count) in keys.as_string::<i32>().iter().zip(counts.values()) {
                *rows.entry(key.unwrap_or_default().to_owned()).or_default() += count;
            }
        }
        Ok(rows)
    }

    /// Writes rows of one partition to new files of about `file_bytes`.
    pub(crate) async fn write(
        &self,
        rows: DataFrame,
        partition: &Partition,
        file_bytes: usize,
        now_us: i64,
    ) -> Result<Vec<StagedFile>, LakeError> {
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
                None => DataFileWriter::new(partition.clone(), batch.schema())?
                    .with_row_groups_of(file_bytes),
            };
            writer.write(&batch)?;
            if writer.file_bytes() >= file_bytes {
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
