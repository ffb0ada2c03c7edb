//! What scans have read so far, also those that run inside of views and counting passes.

use std::sync::{Mutex, PoisonError};

use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;

/// Rows and bytes of scans.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Rows that came out of files.
    pub rows: u64,
    /// Bytes of files that were read for them.
    pub bytes: u64,
}

/// Watches the scans of a session. A session has one as an extension of its configuration; the
/// lake's tables enter the metrics of their scans there. Asking the finished plan alone would miss
/// most of the reading: a view that is computed once is no part of it.
#[derive(Debug, Default)]
pub struct ScanWatch {
    scans: Mutex<Vec<ExecutionPlanMetricsSet>>,
}

impl ScanWatch {
    /// Forgets the scans so far: the next query begins at nothing.
    pub fn restart(&self) {
        self.lock().clear();
    }

    /// What the scans have read since then.
    pub fn scanned(&self) -> Scanned {
        let mut sum = Scanned::default();
        for scan in self.lock().iter() {
            let metrics = scan.clone_inner();
            let bytes = metrics.sum_by_name("bytes_scanned");
            sum.rows += metrics.output_rows().map_or(0, |rows| rows as u64);
            sum.bytes += bytes.map_or(0, |bytes| bytes.as_usize() as u64);
        }
        sum
    }

    pub(crate) fn add(&self, scan: &ExecutionPlanMetricsSet) {
        self.lock().push(scan.clone());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<ExecutionPlanMetricsSet>> {
        self.scans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
