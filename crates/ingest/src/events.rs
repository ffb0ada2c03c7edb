//! What a run says while it works, and at its end.

use edgeledger_lake::{LogFile, Status};

/// What happens while ingest runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The listing is complete and compared with the lake.
    Planned {
        /// Objects still to read.
        objects: u64,
        /// Their stored bytes.
        bytes: u64,
    },
    /// One object was read (its rows are visible once its batch is committed).
    Read {
        /// Its key.
        key: String,
        /// Its stored bytes.
        bytes: u64,
        /// Its rows.
        rows: u64,
        /// What became of it.
        outcome: Outcome,
    },
    /// One object could not be read; it is left for the next run.
    Failed {
        /// Its key.
        key: String,
        /// Its stored bytes.
        bytes: u64,
        /// Why.
        reason: String,
    },
    /// A batch is in the lake.
    Committed {
        /// Objects in the batch.
        objects: u64,
        /// Rows in the batch.
        rows: u64,
    },
    /// Another writer committed first; the batch is tried or planned again.
    LostRace,
    /// A stage worked for a time. Stages overlap.
    Worked {
        /// Which.
        stage: Stage,
        /// For how long, in microseconds.
        us: u64,
    },
}

/// What a run does with objects, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finds their names.
    List,
    /// Gets their bytes, or opens them.
    Fetch,
    /// Unpacks and reads them.
    Parse,
    /// Writes their rows to files.
    Write,
    /// Puts the files into the lake.
    Commit,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 5] = [
        Self::List,
        Self::Fetch,
        Self::Parse,
        Self::Write,
        Self::Commit,
    ];
}

/// Does a part of a stage and tells how long it took.
pub(crate) async fn timed<T>(
    stage: Stage,
    now_us: &impl Fn() -> i64,
    emit: &(dyn Fn(Event) + Sync),
    work: impl Future<Output = T>,
) -> T {
    let start_us = now_us();
    let done = work.await;
    let us = count(now_us() - start_us);
    emit(Event::Worked { stage, us });
    done
}

/// What became of an object in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Rows ingested, or none there.
    Done,
    /// Left out, with the reason.
    Refused(String),
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Objects in the listings.
    pub listed: u64,
    /// Names in the listings that are no logs.
    pub ignored: Vec<String>,
    /// Objects outside `since` and `until`.
    pub out_of_range: u64,
    /// Objects the lake had already.
    pub known: u64,
    /// How many of those an earlier run quarantined.
    pub known_quarantined: u64,
    /// Objects read in this run.
    pub new_objects: u64,
    /// Rows added.
    pub rows: u64,
    /// Rows rejected, each counted and the first ones recorded.
    pub rejected_rows: u64,
    /// Quarantined in this run: key and reason.
    pub quarantined: Vec<(String, String)>,
    /// Of a known kind that is not ingested: key and reason.
    pub skipped: Vec<(String, String)>,
    /// Listed, but gone or changed when fetched; the next run sees them anew.
    pub vanished: Vec<String>,
    /// Known keys that came back as another version: refused.
    pub changed: Vec<String>,
    /// Known keys whose rows were exchanged for those of another version.
    pub replaced: Vec<String>,
    /// Could not be read, and are left for the next run: key and reason.
    pub failed: Vec<(String, String)>,
    /// How many of those are this program's fault.
    pub bugs: u64,
    /// Objects not tried, because the run was to end early.
    pub left: u64,
    /// Whether the run was asked to end before it had read everything.
    pub is_stopped: bool,
    /// Whether names older than the look-back were left out of the listing.
    pub is_partial_listing: bool,
    /// Stored bytes read.
    pub stored_bytes: u64,
    /// Bytes of text.
    pub text_bytes: u64,
    /// Commits made.
    pub commits: u64,
}

impl Summary {
    /// Whether every listed object is in the lake whole.
    pub fn is_complete(&self) -> bool {
        self.quarantined.is_empty()
            && self.changed.is_empty()
            && self.vanished.is_empty()
            && self.failed.is_empty()
            && self.left == 0
    }

    /// Counts objects that were read without a lake.
    #[must_use]
    pub fn with(mut self, log_files: &[LogFile]) -> Self {
        self.add(log_files);
        self
    }

    pub(crate) fn add(&mut self, log_files: &[LogFile]) {
        self.commits += 1;
        for file in log_files {
            self.new_objects += 1;
            self.rows += count(file.rows);
            self.rejected_rows += count(file.rejected_rows);
            self.stored_bytes += count(file.size_bytes);
            self.text_bytes += count(file.uncompressed_bytes);
            let reason = || (file.key.clone(), file.reason.clone().unwrap_or_default());
            match file.status {
                Status::Ingested | Status::Empty | Status::Forgotten => {}
                Status::Quarantined => self.quarantined.push(reason()),
                Status::Skipped => self.skipped.push(reason()),
                Status::Vanished => self.vanished.push(file.key.clone()),
            }
        }
    }
}

/// Counts of the lake are never negative.
pub(crate) fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
