//! How a run works.

/// How ingest works; the defaults suit a small machine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Worker threads; 0 means one a core.
    pub threads: usize,
    /// Share of rejected rows over which an object is quarantined, 0 to 1.
    pub max_reject_ratio: f64,
    /// First hour to take, `YYYY-MM-DD-HH` UTC by the object's name, inclusive.
    pub since: Option<String>,
    /// Hour before which to stop, exclusive.
    pub until: Option<String>,
    /// Read quarantined objects again.
    pub retry_quarantined: bool,
    /// Stored bytes read and parsed at a time.
    pub chunk_bytes: u64,
    /// Parquet bytes after which a batch is committed.
    pub commit_bytes: usize,
    /// Objects fetched at the same time.
    pub fetches: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            threads: 0,
            max_reject_ratio: 0.01,
            since: None,
            until: None,
            retry_quarantined: false,
            chunk_bytes: 16 << 20,
            commit_bytes: 128 << 20,
            fetches: 32,
        }
    }
}
