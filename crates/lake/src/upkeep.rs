//! What long upkeep says while it works.

/// A step of compaction, vacuum, forgetting, verification or repair.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Upkeep {
    /// A stage begins.
    Stage {
        /// What is done in it.
        what: &'static str,
        /// Bytes of the files it will look at.
        bytes: u64,
    },
    /// A file of the stage is done.
    File {
        /// Its bytes.
        bytes: u64,
    },
    /// Something is in the lake, or gone from it, that a crash would not undo.
    Done(String),
    /// Another writer committed first; what is needed is done again.
    LostRace,
}

/// Who listens to upkeep.
pub(crate) type Listener<'a> = &'a (dyn Fn(Upkeep) + Sync);
