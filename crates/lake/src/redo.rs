//! The redo record: what a commit of `requests` tells `log_files`, inside the commit itself.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{LakeError, LogFile};

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
