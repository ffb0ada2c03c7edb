//! The objects of a session, and what became of those that were read.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use arrow::datatypes::SchemaRef;
use datafusion::{catalog::TableProvider, error::DataFusionError};
use edgeledger_ingest::{IngestError, Reader, Settings, Summary};
use edgeledger_lake::LogFile;
use edgeledger_source::Source;

use crate::{log_files::LogFiles, table::Requests};

/// Log objects that queries read.
#[derive(Debug)]
pub struct RawLogs {
    pub(crate) reader: Reader,
    pub(crate) schema: SchemaRef,
    /// What became of each object, once it was read.
    records: Vec<OnceLock<LogFile>>,
    /// The first object whose bytes could not be had.
    unreadable: Mutex<Option<(String, String)>>,
}

impl RawLogs {
    /// Lists the sources. Nothing is read.
    ///
    /// # Errors
    /// When a source cannot be listed.
    pub async fn open(
        sources: Vec<Source>,
        settings: Settings,
        now_us: i64,
    ) -> Result<Arc<Self>, IngestError> {
        let reader = Reader::open(sources, settings, now_us).await?;
        let records = reader.objects().map(|_| OnceLock::new()).collect();
        Ok(Arc::new(Self {
            reader,
            schema: edgeledger_lake::requests_schema(&edgeledger_ingest::parsed_schema()),
            records,
            unreadable: Mutex::default(),
        }))
    }

    /// The table `requests`: one row a request, with the columns that a lake has.
    pub fn requests(self: &Arc<Self>) -> Arc<dyn TableProvider> {
        Arc::new(Requests(Arc::clone(self)))
    }

    /// The table `log_files`: one row an object. Every object is read for it, once.
    ///
    /// # Errors
    /// When its columns cannot be told.
    pub fn log_files(self: &Arc<Self>) -> Result<Arc<dyn TableProvider>, IngestError> {
        Ok(Arc::new(LogFiles::new(Arc::clone(self))?))
    }

    /// Whether the name of each object says whose it is.
    pub fn are_named(&self) -> bool {
        self.reader.are_named()
    }

    /// How many objects were listed.
    pub fn n_objects(&self) -> usize {
        self.records.len()
    }

    /// How many of them were read.
    pub fn n_read(&self) -> usize {
        let read = self.records.iter().filter(|record| record.get().is_some());
        read.count()
    }

    /// What was read, as a run of ingest tells it. Of an object that was not read nothing is known.
    pub fn summary(&self) -> Summary {
        let records = self.records.iter().filter_map(OnceLock::get);
        let records: Vec<LogFile> = records.cloned().collect();
        self.reader.listed().clone().with(&records)
    }

    /// Why a query failed, if it was an object whose bytes could not be had.
    pub fn unreadable(&self) -> Option<IngestError> {
        let found = self.unreadable.lock();
        let found = found.unwrap_or_else(PoisonError::into_inner).clone();
        found.map(|(key, reason)| IngestError::Unreadable { key, reason })
    }

    /// The distributions named by objects: more than those that have rows, if one has none.
    pub fn named_distributions(&self) -> BTreeSet<String> {
        let names = self.reader.objects().filter_map(|(_, name)| name);
        names.map(|name| name.distribution.clone()).collect()
    }

    /// The distributions that have rows, for which some objects are read.
    pub async fn distributions(&self) -> BTreeSet<String> {
        self.reader.distributions().await
    }

    pub(crate) fn record(&self, at: usize, log_file: LogFile) {
        if let Some(record) = self.records.get(at) {
            // A second reading changes nothing: the first was told.
            record.get_or_init(|| log_file);
        }
    }

    /// What became of every object that was read, and the places of the others.
    pub(crate) fn known(&self) -> (Vec<LogFile>, Vec<usize>) {
        let (mut known, mut open) = (Vec::new(), Vec::new());
        for (at, record) in self.records.iter().enumerate() {
            match record.get() {
                Some(record) => known.push(record.clone()),
                None => open.push(at),
            }
        }
        (known, open)
    }

    /// Keeps which object a query failed at.
    pub(crate) fn failed(&self, error: IngestError) -> DataFusionError {
        if let IngestError::Unreadable { key, reason } = &error {
            let mut first = self.unreadable.lock();
            let first = first.as_deref_mut();
            if let Ok(first) = first {
                first.get_or_insert_with(|| (key.clone(), reason.clone()));
            }
        }
        DataFusionError::External(Box::new(error))
    }
}
