//! What there is, and what of it is still to be read.

use std::collections::{BTreeMap, HashSet};

use edgeledger_lake::{Known, KnownVersion, Status};
use edgeledger_source::{LogObject, Source};

use crate::{IngestError, ObjectName, Settings, Summary, marks::Marks};

/// An object and the source it came from.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) source: usize,
    pub(crate) object: LogObject,
    /// Number of the commit that last recorded the key, as planned.
    pub(crate) known_txn: Option<i64>,
    /// Rows of an older version are in the lake and are to be taken out.
    pub(crate) replaces: bool,
}

/// All that was listed, each key once, in key order.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) items: Vec<Item>,
    /// By source, whether nothing was left out.
    pub(crate) whole: Vec<bool>,
}

/// Lists every source; what `marks` allows is left out.
pub(crate) async fn list(
    sources: &[Source],
    marks: &Marks,
    settings: &Settings,
    now_us: i64,
    summary: &mut Summary,
) -> Result<Listed, IngestError> {
    let (mut items, mut whole) = (BTreeMap::new(), Vec::new());
    for (at, source) in sources.iter().enumerate() {
        let skips = marks.skips(source, settings, now_us);
        whole.push(skips.is_empty());
        let listing = source.list(&skips).await?;
        summary.ignored.extend(listing.ignored);
        for object in listing.objects {
            if in_range(&object, settings) {
                items.entry(object.key.clone()).or_insert(Item {
                    source: at,
                    object,
                    known_txn: None,
                    replaces: false,
                });
            } else {
                summary.out_of_range += 1;
            }
        }
    }
    summary.listed = items.len() as u64;
    summary.is_partial_listing = whole.contains(&false);
    Ok(Listed {
        items: items.into_values().collect(),
        whole,
    })
}

/// Objects that name no hour are always in range.
fn in_range(object: &LogObject, settings: &Settings) -> bool {
    if settings.since.is_none() && settings.until.is_none() {
        return true;
    }
    let Some(ObjectName { hour, .. }) = ObjectName::parse(object.name()) else {
        return true;
    };
    settings.since.as_ref().is_none_or(|since| hour >= *since)
        && settings.until.as_ref().is_none_or(|until| hour < *until)
}

/// What to do with a listed object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Read { replaces: bool },
    Known,
    Changed,
}

fn judge(object: &LogObject, version: &KnownVersion, settings: &Settings) -> Verdict {
    // Records that were rebuilt from rows do not know the version.
    let is_same = version.size_bytes < 0
        || (version.etag == object.etag
            && u64::try_from(version.size_bytes) == Ok(object.size_bytes));
    let again = Verdict::Read { replaces: false };
    match version.status {
        // Gave no rows and was not whole: it may be there again.
        Status::Vanished => again,
        Status::Quarantined if !is_same || settings.retry_quarantined => again,
        Status::Empty | Status::Skipped if !is_same => again,
        Status::Ingested if !is_same && settings.replace_changed => {
            Verdict::Read { replaces: true }
        }
        Status::Ingested if !is_same => Verdict::Changed,
        // Removed on purpose: it stays away, whatever became of the object.
        Status::Forgotten
        | Status::Ingested
        | Status::Quarantined
        | Status::Empty
        | Status::Skipped => Verdict::Known,
    }
}

/// Objects to read, in key order. `done` are keys of this run that are not tried twice. The first
/// plan of a run also fills the summary's counts.
pub(crate) fn todo(
    items: &[Item],
    known: &Known,
    settings: &Settings,
    done: &HashSet<String>,
    mut summary: Option<&mut Summary>,
) -> Vec<Item> {
    let mut todo = Vec::new();
    for item in items {
        let key = &item.object.key;
        if done.contains(key) {
            continue;
        }
        let version = known.get(key);
        let verdict = version.map_or(Verdict::Read { replaces: false }, |version| {
            judge(&item.object, version, settings)
        });
        match (verdict, summary.as_deref_mut()) {
            (Verdict::Read { replaces }, _) => todo.push(Item {
                known_txn: version.map(|version| version.txn),
                replaces,
                ..item.clone()
            }),
            (Verdict::Known, Some(summary)) => {
                summary.known += 1;
                let is_quarantined =
                    version.is_some_and(|version| version.status == Status::Quarantined);
                summary.known_quarantined += u64::from(is_quarantined);
            }
            (Verdict::Changed, Some(summary)) => summary.changed.push(key.clone()),
            (Verdict::Known | Verdict::Changed, None) => {}
        }
    }
    todo
}
