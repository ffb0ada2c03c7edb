//! How a run works.

use edgeledger_logs::Privacy;

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
    /// List every object, however old the hour in its name.
    pub full: bool,
    /// How far before the newest hour of an earlier complete run objects are still looked for.
    pub look_back_days: u32,
    /// Read quarantined objects again.
    pub retry_quarantined: bool,
    /// Take a known object that came back as another version, and its old rows out.
    pub replace_changed: bool,
    /// What of people is kept.
    pub privacy: Privacy,
    /// Stored bytes read and parsed at a time; larger objects are streamed one by one.
    pub chunk_bytes: u64,
    /// Bytes of parsed rows of two chunks, of which four may be held; objects with more than one
    /// chunk may have are streamed one by one.
    pub parsed_bytes: usize,
    /// Bytes of Parquet held in memory before files are staged.
    pub writer_bytes: usize,
    /// Bytes of Parquet after which a batch is committed.
    pub commit_bytes: u64,
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
            full: false,
            look_back_days: 7,
            retry_quarantined: false,
            replace_changed: false,
            privacy: Privacy::default(),
            chunk_bytes: 8 << 20,
            parsed_bytes: 64 << 20,
            writer_bytes: 64 << 20,
            commit_bytes: 1 << 30,
            fetches: 32,
        }
    }
}
