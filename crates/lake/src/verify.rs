//! Is the lake what was written, does it agree with itself, and has it what the sources list?

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Difference, DifferenceKind as Kind, LOG_FILES, Lake, LakeError, Listed, REQUESTS, Status,
    Storage, log,
    survey::{BadFile, Checked, Pending, Survey, Word},
    table::Table,
    upkeep::Listener,
};

/// Names every difference, in a stable order.
///
/// `quick` leaves out whether the bytes of files are the written ones. `listings` holds the whole
/// listing of each source to compare with; none are compared when it is empty.
///
/// # Errors
/// When there is no lake, or the store fails. Damage is not an error.
pub async fn verify(
    storage: Storage,
    listings: &[Vec<Listed>],
    quick: bool,
    listener: Listener<'_>,
) -> Result<Vec<Difference>, LakeError> {
    let mut found = Vec::new();
    for name in [REQUESTS, LOG_FILES] {
        found.extend(log::faults(&storage, name).await?.into_iter().map(|fault| {
            Difference::new(Kind::Log, format!("{name}/{}", fault.path), fault.reason)
        }));
    }
    // `requests` first: what `log_files` has seen must be in it.
    let mut requests = open(&storage, REQUESTS, &mut found).await?;
    let log_files = open(&storage, LOG_FILES, &mut found).await?;
    if let (Some(table), Some(view)) = (&mut requests, &log_files)
        && view.txn().await? > table.txn().await?
    {
        // A commit may have come between the two.
        table.refresh().await?;
    }
    match (requests, log_files) {
        (Some(requests), Some(log_files)) => {
            let lake = Lake::new(storage, requests, log_files);
            let survey = lake
                .survey(!quick, &mut Checked::default(), listener)
                .await?;
            found.extend(of_survey(&survey));
            found.extend(of_listings(&survey.words, listings));
        }
        (None, None) if found.is_empty() && !storage.has_data(REQUESTS).await? => {
            return Err(LakeError::NotFound {
                location: storage.location().to_owned(),
            });
        }
        (requests, log_files) => {
            for (name, table) in [(REQUESTS, requests), (LOG_FILES, log_files)] {
                let Some(table) = table else {
                    if !found.iter().any(|found| found.what == name) {
                        let detail = "its log is gone".to_owned();
                        found.push(Difference::new(Kind::Table, name, detail));
                    }
                    continue;
                };
                let files = table.files()?;
                let bad = table
                    .bad_files(files, !quick, &mut Checked::default(), listener)
                    .await?;
                found.extend(of_files(name, &bad));
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

async fn open(
    storage: &Storage,
    name: &'static str,
    found: &mut Vec<Difference>,
) -> Result<Option<Table>, LakeError> {
    match Table::open(storage, name).await {
        Ok(table) => Ok(table),
        Err(error) if error.is_of_the_lake() => {
            let detail = format!("it does not open: {error}");
            found.push(Difference::new(Kind::Table, name, detail));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn of_files(table: &str, bad: &[BadFile]) -> Vec<Difference> {
    bad.iter()
        .map(|(file, fault)| {
            let path = format!("{table}/{}", file.path);
            Difference::new(Kind::File, path, fault.to_string())
        })
        .collect()
}

fn of_survey(survey: &Survey) -> Vec<Difference> {
    let mut found = of_files(REQUESTS, &survey.bad_requests);
    found.extend(of_files(LOG_FILES, &survey.bad_log_files));
    found.extend(match &survey.pending {
        Pending::Commits(0) => None,
        Pending::Commits(n) => Some(Difference::new(
            Kind::ReplayPending,
            LOG_FILES,
            format!("{n} commits of `requests` are to be replayed by the next ingest"),
        )),
        Pending::Gone(reason) => Some(Difference::new(
            Kind::Numbers,
            LOG_FILES,
            format!("it cannot be brought up to date: {reason}"),
        )),
        Pending::Behind { seen, txn } => Some(Difference::new(
            Kind::Numbers,
            REQUESTS,
            format!("its last commit of ours is number {txn}, `log_files` has seen number {seen}"),
        )),
    });
    let keys: BTreeSet<&String> = survey.rows.keys().chain(survey.words.keys()).collect();
    for key in keys {
        let rows = survey.rows.get(key).copied().unwrap_or(0);
        let Some(word) = survey.words.get(key) else {
            let detail = format!("{rows} rows are in `requests`, and no record in `log_files`");
            found.push(Difference::new(Kind::RowsUnrecorded, key, detail));
            continue;
        };
        let kind = match rows.cmp(&word.rows) {
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Less => Kind::RowsMissing,
            std::cmp::Ordering::Greater => Kind::RowsExtra,
        };
        let detail = format!(
            "{rows} rows are there, its record says {} ({})",
            word.rows,
            word.status.as_str()
        );
        found.push(Difference::new(kind, key, detail));
    }
    found
}

fn of_listings(words: &BTreeMap<String, Word>, listings: &[Vec<Listed>]) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut listed = BTreeSet::new();
    for object in listings.iter().flatten() {
        listed.insert(object.key.as_str());
        let (kind, detail) = match words.get(&object.key) {
            None => (Kind::ObjectUnknown, "it is not in the lake".to_owned()),
            Some(word) if word.status == Status::Vanished => (
                Kind::ObjectUnknown,
                "it is not in the lake: the next ingest reads it again".to_owned(),
            ),
            // Rebuilt from the rows: which version it was is not known.
            Some(word) if word.size_bytes < 0 => continue,
            Some(word) if word.etag == object.etag && word.size_bytes == object.size_bytes => {
                continue;
            }
            Some(word) => (
                Kind::ObjectChanged,
                format!(
                    "the lake has version {} of {} bytes, the source has {} of {} bytes",
                    word.etag, word.size_bytes, object.etag, object.size_bytes
                ),
            ),
        };
        found.push(Difference::new(kind, &object.key, detail));
    }
    // Only where a source looks: other sources may have been ingested too.
    for folder in listings.iter().filter_map(|listing| folder_of(listing)) {
        let below = words.range(folder.to_owned()..);
        for (key, word) in below.take_while(|(key, _)| key.starts_with(folder)) {
            if !listed.contains(key.as_str()) {
                let detail = format!("the source no longer lists it ({})", word.status.as_str());
                found.push(Difference::new(Kind::ObjectUnlisted, key, detail));
            }
        }
    }
    found
}

/// The folder that all keys of a listing lie in.
fn folder_of(listing: &[Listed]) -> Option<&str> {
    let first = listing.first()?.key.as_str();
    let common = listing.iter().fold(first.len(), |common, object| {
        let same = first.bytes().zip(object.key.bytes());
        common.min(same.take_while(|(a, b)| a == b).count())
    });
    let end = first
        .as_bytes()
        .get(..common)?
        .iter()
        .rposition(|byte| *byte == b'/')?;
    first.get(..=end)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::of_listings;
    use crate::{DifferenceKind as Kind, Listed, Status, survey::Word};

    fn word(etag: &str, size_bytes: i64, status: Status) -> Word {
        Word {
            txn: 1,
            etag: etag.to_owned(),
            size_bytes,
            status,
            rows: 1,
        }
    }

    fn listed(key: &str) -> Listed {
        Listed {
            key: key.to_owned(),
            etag: "e".to_owned(),
            size_bytes: 7,
        }
    }

    #[test]
    fn listings_are_compared_by_version_and_only_where_they_look() {
        let words = BTreeMap::from([
            ("s3://b/x/1".to_owned(), word("e", 7, Status::Ingested)),
            ("s3://b/x/2".to_owned(), word("other", 7, Status::Ingested)),
            ("s3://b/x/3".to_owned(), word("", -1, Status::Ingested)),
            ("s3://b/x/4".to_owned(), word("e", 7, Status::Vanished)),
            ("s3://b/x/gone".to_owned(), word("e", 7, Status::Empty)),
            ("s3://b/y/1".to_owned(), word("e", 7, Status::Ingested)),
        ]);
        let listing = ["1", "2", "3", "4", "5"].map(|name| listed(&format!("s3://b/x/{name}")));
        let found: Vec<_> = of_listings(&words, &[listing.to_vec()])
            .into_iter()
            .map(|difference| (difference.kind, difference.what))
            .collect();
        assert_eq!(
            found,
            [
                (Kind::ObjectChanged, "s3://b/x/2".to_owned()),
                (Kind::ObjectUnknown, "s3://b/x/4".to_owned()),
                (Kind::ObjectUnknown, "s3://b/x/5".to_owned()),
                (Kind::ObjectUnlisted, "s3://b/x/gone".to_owned()),
            ]
        );
        assert_eq!(of_listings(&words, &[]), []);
    }
}
