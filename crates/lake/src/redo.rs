//! The redo record: what a commit of `requests` tells `log_files`, inside the commit itself.

use std::{borrow::Cow, io::Read as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{
    Deserialize, Serialize,
    de::{Error as _, IgnoredAny},
};
use uuid::Uuid;

use crate::{LakeError, LogFile, log, seal, table::Table};

/// Name under which ingest numbers its commits in both tables.
pub(crate) const APP_ID: &str = "edgeledger-ingest";
/// Bytes of records from which they are packed: every reader of the table parses a commit's lines,
/// and thousands of objects say nearly the same of themselves.
const PACKED_FROM_BYTES: usize = 64 << 10;
/// Room that is made for records before they are unpacked, whatever they say of their size.
const ROOM_BYTES: u64 = 64 << 20;

/// What a commit of ours is to carry as its metadata.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    /// Tells the commit from any other: a commit whose reply was lost is recognised by it.
    pub(crate) batch: Uuid,
    /// Its log objects.
    pub(crate) log_files: &'a [LogFile],
}

/// What a commit of ours carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redo {
    pub(crate) batch: Uuid,
    pub(crate) log_files: Vec<LogFile>,
}

/// The record as the commit holds it.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    batch: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log_files: Option<Cow<'a, [LogFile]>>,
    /// Or the same list as JSON, by zstd and base64.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    packed: Option<Cow<'a, str>>,
    /// Bytes of that JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unpacked_bytes: Option<u64>,
}

impl Record<'_> {
    /// The record as a commit holds it: readable while it is small.
    pub(crate) fn to_text(self) -> Result<String, serde_json::Error> {
        let plain = Written {
            batch: self.batch,
            log_files: Some(Cow::Borrowed(self.log_files)),
            packed: None,
            unpacked_bytes: None,
        };
        if self.log_files.len() < PACKED_FROM_BYTES / size_of::<LogFile>() {
            let text = serde_json::to_string(&plain)?;
            if text.len() < PACKED_FROM_BYTES {
                return Ok(text);
            }
        }
        let records = serde_json::to_vec(self.log_files)?;
        let packed = zstd::bulk::compress(&records, 1).map_err(serde_json::Error::custom)?;
        serde_json::to_string(&Written {
            log_files: None,
            packed: Some(STANDARD.encode(packed).into()),
            unpacked_bytes: Some(records.len() as u64),
            ..plain
        })
    }
}

impl Redo {
    /// Reads what [`Record::to_text`] wrote.
    pub(crate) fn from_text(text: &str) -> Result<Self, serde_json::Error> {
        let written: Written<'_> = serde_json::from_str(text)?;
        let log_files = match (written.log_files, written.packed, written.unpacked_bytes) {
            (Some(log_files), None, None) => log_files.into_owned(),
            (None, Some(packed), Some(n_bytes)) => unpack(&packed, n_bytes)?,
            _ => return Err(serde_json::Error::custom("no list of objects, or two")),
        };
        Ok(Self {
            batch: written.batch,
            log_files,
        })
    }
}

/// The list of objects that was packed, which must be of as many bytes as it was.
fn unpack(packed: &str, n_bytes: u64) -> Result<Vec<LogFile>, serde_json::Error> {
    let packed = STANDARD.decode(packed).map_err(serde_json::Error::custom)?;
    let unpacked = || {
        let room = usize::try_from(n_bytes.min(ROOM_BYTES)).unwrap_or_default();
        let mut records = Vec::with_capacity(room + 1);
        let decoder = zstd::Decoder::with_buffer(packed.as_slice())?;
        decoder.take(n_bytes + 1).read_to_end(&mut records)?;
        Ok::<_, std::io::Error>(records)
    };
    let records = unpacked().map_err(serde_json::Error::custom)?;
    if records.len() as u64 != n_bytes {
        return Err(serde_json::Error::custom(
            "the list of objects has another size than it says",
        ));
    }
    serde_json::from_slice(&records)
}

/// A commit of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) txn: i64,
    pub(crate) redo: Redo,
}

/// What is looked at of a line of a commit.
#[derive(Default, Deserialize)]
struct Line<'a> {
    txn: Option<Txn>,
    #[serde(rename = "commitInfo", borrow)]
    commit_info: Option<Info<'a>>,
}

#[derive(Deserialize)]
struct Txn {
    #[serde(rename = "appId")]
    app_id: Option<String>,
    version: Option<i64>,
}

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(rename = "userMetadata", borrow)]
    redo: Option<Cow<'a, str>>,
}

/// The number and the redo record, as it is written, of one commit of `requests`.
fn look(commit: &[u8]) -> Result<(Option<i64>, Option<Cow<'_, str>>), LakeError> {
    let (mut txn, mut redo) = (None, None);
    for line in commit
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        // Others may write any JSON.
        let other = |_| serde_json::from_slice::<IgnoredAny>(line).map(|_| Line::default());
        let line: Line<'_> = serde_json::from_slice(line).or_else(other)?;
        let ours = line.txn.filter(|txn| txn.app_id.as_deref() == Some(APP_ID));
        txn = ours.map_or(txn, |ours| ours.version);
        redo = line.commit_info.and_then(|info| info.redo).or(redo);
    }
    Ok((txn, redo))
}

/// The number and redo record of one commit of `requests`, if it is one of ours.
pub(crate) fn parse(commit: &[u8]) -> Result<Option<Numbered>, LakeError> {
    let (txn, redo) = look(commit)?;
    let Some(txn) = txn else {
        // The number is the last line of a commit of ours: without it the rest of the commit may
        // be missing too, and its objects would be ingested a second time.
        let record = redo.and_then(|text| Redo::from_text(&text).ok());
        return match record {
            Some(_) => {
                let error = "the end of the commit is missing";
                Err(serde_json::Error::custom(error).into())
            }
            None => Ok(None),
        };
    };
    // Of a commit of ours the record must be there and readable: taken as empty, its objects would
    // be ingested again.
    let redo = Redo::from_text(&redo.unwrap_or_default())?;
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
            self.check_commit(version, &bytes)?;
            if matches!(look(&bytes), Ok((Some(txn), _)) if txn <= after) {
                break;
            }
            found.extend(self.parse_commit(version, &bytes)?);
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

    /// That the lines of a commit are those that were written.
    fn check_commit(&self, version: u64, commit: &[u8]) -> Result<(), LakeError> {
        if seal::is_broken(commit) {
            return Err(self.damaged(version, seal::BROKEN.to_owned()));
        }
        Ok(())
    }

    fn parse_commit(&self, version: u64, commit: &[u8]) -> Result<Option<Numbered>, LakeError> {
        parse(commit).map_err(|error| self.damaged(version, error.to_string()))
    }

    fn damaged(&self, version: u64, reason: String) -> LakeError {
        LakeError::Damaged {
            what: format!("{}/{}", self.name(), log::commit_path(version)),
            reason,
        }
    }

    /// Whether a commit later than version `before` carries this batch's record.
    pub(crate) async fn has_landed(
        &mut self,
        batch: Uuid,
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
            self.check_commit(version, &bytes)?;
            if self
                .parse_commit(version, &bytes)?
                .is_some_and(|other| other.redo.batch == batch)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Record, Redo, parse};
    use crate::{LogFile, records::tests::record};

    fn text(log_files: &[LogFile]) -> String {
        let batch = Uuid::nil();
        Record { batch, log_files }.to_text().unwrap()
    }

    /// What the first version of this program wrote, and small commits are today.
    #[test]
    fn few_objects_are_written_plainly() {
        let log_files = [record("a", 1)];
        let text = text(&log_files);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["log_files"][0]["key"], "a");
        assert_eq!(json.as_object().unwrap().len(), 2, "{text}");
        assert_eq!(Redo::from_text(&text).unwrap().log_files, log_files);
    }

    #[test]
    fn many_objects_are_packed() {
        let records = (0..5_000).map(|n| record(&format!("logs/{n}.gz \u{1f980}"), n));
        let log_files: Vec<_> = records.collect();
        let text = text(&log_files);
        let plain = serde_json::to_string(&log_files).unwrap();
        assert!(text.len() * 10 < plain.len(), "{}", text.len());
        assert_eq!(Redo::from_text(&text).unwrap().log_files, log_files);
        // Whatever is changed, it is not read as another list.
        let bytes = format!(r#""unpacked_bytes":{}"#, plain.len());
        assert!(text.contains(&bytes), "{}", plain.len());
        for other in [plain.len() - 1, plain.len() + 1] {
            let other = text.replace(&bytes, &format!(r#""unpacked_bytes":{other}"#));
            assert!(Redo::from_text(&other).is_err());
        }
        assert!(Redo::from_text(&text.replace(r#""packed":""#, r#""packed":"A"#)).is_err());
        let both = text.replacen('{', r#"{"log_files":[],"#, 1);
        assert!(Redo::from_text(&both).is_err());
        let none = r#"{"batch":"00000000-0000-0000-0000-000000000000"}"#;
        assert!(Redo::from_text(none).is_err());
    }

    #[test]
    fn commits_of_others_may_hold_anything() {
        let odd = br#"{"commitInfo":{"userMetadata":7},"txn":{"appId":1,"version":"x"}}"#;
        assert_eq!(parse(odd).unwrap(), None);
        assert!(parse(b"{\"commitInfo\":").is_err());
    }

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
