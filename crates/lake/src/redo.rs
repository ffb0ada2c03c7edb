//! The redo record: what a commit of `requests` tells `log_files`, inside the commit itself.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{LakeError, LogFile, log, seal, table::Table};

/// Name under which ingest numbers its commits in both tables.
pub(crate) const APP_ID: &str = "edgeledger-ingest";

/// What a commit of ours carries as its metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Redo {
    /// Tells the commit from any other: a commit whose reply was lost is recognised by it.
    pub(crate) batch: Uuid,
    /// Its log objects.
    pub(crate) log_files: Vec<LogFile>,
}

/// A commit of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) txn: i64,
    pub(crate) redo: Redo,
}

/// The number and redo record of one commit of `requests`, if it is one of ours.
pub(crate) fn parse(commit: &[u8]) -> Result<Option<Numbered>, LakeError> {
    let (mut txn, mut redo) = (None, None);
    for line in commit
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let action: serde_json::Value = serde_json::from_slice(line)?;
        if action["txn"]["appId"] == APP_ID {
            txn = action["txn"]["version"].as_i64();
        }
        if let Some(text) = action["commitInfo"]["userMetadata"].as_str() {
            redo = Some(text.to_owned());
        }
    }
    let Some(txn) = txn else {
        // The number is the last line of a commit of ours: without it the rest of the commit may
        // be missing too, and its objects would be ingested a second time.
        let record = redo.and_then(|text| serde_json::from_str::<Redo>(&text).ok());
        return match record {
            Some(_) => {
                let error = "the end of the commit is missing";
                Err(<serde_json::Error as serde::de::Error>::custom(error).into())
            }
            None => Ok(None),
        };
    };
    // Of a commit of ours the record must be there and readable: taken as empty, its objects would
    // be ingested again.
    let redo = serde_json::from_str(&redo.unwrap_or_default())?;
    Ok(Some(Numbered { txn, redo }))
}

impl Table {
    /// Commits of ours later than number `after`, oldest first.
    pub(crate) async fn redo_since(&self, after: i64) -> Result<Vec<Numbered>, LakeError> {
        let store = self.delta().log_store();
        let mut found: Vec<Numbered> = Vec::new();
        let newest = self.delta().version().unwrap_or(0);
        for version in (0..=newest).rev() {
            let Some(bytes) = store.read_commit_entry(version).await? else {
                return Err(LakeError::RedoLogGone { version });
            };
            match self.parse_commit(version, &bytes)? {
                Some(commit) if commit.txn <= after => break,
                Some(commit) => found.push(commit),
                None => {}
            }
            if found.last().is_some_and(|commit| commit.txn == after + 1) {
                break;
            }
        }
        found.reverse();
        Ok(found)
    }

    /// Every commit of ours that the log still holds, oldest first; for what is broken, others
    /// complain.
    pub(crate) async fn redo_there_is(&self) -> Result<Vec<Numbered>, LakeError> {
        let store = self.delta().log_store();
        let mut found = Vec::new();
        for version in (0..=self.delta().version().unwrap_or(0)).rev() {
            let Some(bytes) = store.read_commit_entry(version).await? else {
                break;
            };
            found.extend(parse(&bytes).ok().flatten());
        }
        found.reverse();
        Ok(found)
    }

    fn parse_commit(&self, version: u64, commit: &[u8]) -> Result<Option<Numbered>, LakeError> {
        let damaged = |reason: String| LakeError::Damaged {
            what: format!("{}/{}", self.name(), log::commit_path(version)),
            reason,
        };
        if seal::is_broken(commit) {
            return Err(damaged(seal::BROKEN.to_owned()));
        }
        parse(commit).map_err(|error| damaged(error.to_string()))
    }

    /// Whether a commit later than version `before` carries this record.
    pub(crate) async fn has_landed(
        &mut self,
        redo: &Redo,
        before: Option<u64>,
    ) -> Result<bool, LakeError> {
        self.refresh().await?;
        let (store, newest) = (
            self.delta().log_store(),
            self.delta().version().unwrap_or(0),
        );
        for version in before.map_or(0, |version| version + 1)..=newest {
            let Some(bytes) = store.read_commit_entry(version).await? else {
                continue;
            };
            if self
                .parse_commit(version, &bytes)?
                .is_some_and(|other| other.redo.batch == redo.batch)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_commit_of_ours_without_a_readable_record_is_an_error() {
        let ours = br#"{"txn":{"appId":"edgeledger-ingest","version":7}}"#;
        assert!(parse(ours).is_err());
        let with = |record: &str| {
            let info = serde_json::json!({"commitInfo": {"userMetadata": record}});
            parse(&[ours.as_slice(), info.to_string().as_bytes()].join(&b'\n'))
        };
        assert!(with("[{}]").is_err());
        let batch = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        let record = format!(r#"{{"batch":"{batch}","log_files":[]}}"#);
        let numbered = with(&record).unwrap().unwrap();
        assert_eq!(
            (numbered.txn, numbered.redo.batch.to_string()),
            (7, batch.to_owned())
        );
        let cut = serde_json::json!({"commitInfo": {"userMetadata": record}}).to_string();
        assert!(parse(cut.as_bytes()).is_err(), "its last line is gone");
        let foreign = br#"{"commitInfo":{"userMetadata":"not ours"}}"#;
        assert_eq!(parse(foreign).unwrap(), None);
    }
}
