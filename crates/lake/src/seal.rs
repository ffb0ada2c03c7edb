//! Commits of ours carry a digest of their own lines.
//!
//! A commit is lines of JSON. One changed bit can turn `add` into a word that no reader knows, and
//! the file that it added is silently gone: with a file of `log_files` its objects would be
//! ingested a second time.

use std::borrow::Cow;

use deltalake::kernel::Action;
use serde::Deserialize;

use crate::digest::Digester;

/// Where the digest is, among what a commit says of itself.
pub(crate) const SEAL: &str = "edgeledgerSeal";
pub(crate) const BROKEN: &str = "its lines are not the ones that were written";

/// The digest of a commit's actions, in order, and of its redo record.
pub(crate) fn seal(actions: &[Action], redo: &str) -> Result<String, serde_json::Error> {
    let mut lines = Vec::with_capacity(actions.len());
    for action in actions {
        lines.push(serde_json::to_string(action)?);
    }
    let lines = lines.iter().map(String::as_bytes);
    Ok(digest(lines, redo))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow)]
    commit_info: Option<Info<'a>>,
}

#[derive(Deserialize)]
struct Info<'a> {
    #[serde(rename = "edgeledgerSeal")]
    seal: Option<String>,
    #[serde(rename = "userMetadata", borrow)]
    redo: Option<Cow<'a, str>>,
}

/// Whether a commit is not as it was sealed. Commits of others have no seal.
pub(crate) fn is_broken(commit: &[u8]) -> bool {
    let lines = || {
        commit
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
    };
    let info = lines().find_map(|line| {
        let line = serde_json::from_slice::<Line<'_>>(line).ok()?;
        line.commit_info
    });
    let Some(Info {
        seal: Some(seal),
        redo,
    }) = info
    else {
        return false;
    };
    let is_info = |line: &&[u8]| {
        serde_json::from_slice::<Line<'_>>(line).is_ok_and(|line| line.commit_info.is_some())
    };
    let actions = lines().filter(|line| !is_info(line));
    digest(actions, redo.as_deref().unwrap_or_default()) != seal
}

fn digest<'a>(lines: impl Iterator<Item = &'a [u8]>, redo: &str) -> String {
    let mut digester = Digester::default();
    for line in lines {
        digester.update(line);
        digester.update(b"\n");
    }
    digester.update(redo.as_bytes());
    digester.finish()
}

#[cfg(test)]
mod tests {
    use deltalake::kernel::{Action, Transaction};

    use super::{is_broken, seal};

    #[test]
    fn a_sealed_commit_shows_every_change() {
        let action = Action::Txn(Transaction::new("app", 7));
        let line = serde_json::to_string(&action).unwrap();
        let seal = seal(&[action], "record").unwrap();
        let info =
            format!(r#"{{"commitInfo":{{"userMetadata":"record","edgeledgerSeal":"{seal}"}}}}"#);
        let whole = format!("{info}\n{line}");
        assert!(!is_broken(whole.as_bytes()));
        assert!(is_broken(info.as_bytes()), "a line is gone");
        assert!(is_broken(whole.replace("txn", "txo").as_bytes()));
        assert!(is_broken(whole.replace("record", "recore").as_bytes()));
        assert!(!is_broken(line.as_bytes()), "others do not seal");
    }
}
