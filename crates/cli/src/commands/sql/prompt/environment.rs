//! What the prompt takes from the environment.

use std::{
    ffi::OsString,
    fs,
    io::{self, ErrorKind},
    path::PathBuf,
};

/// Read once, when the prompt opens.
#[derive(Debug, Default)]
pub(super) struct Environment {
    state_home: Option<PathBuf>,
    home: Option<PathBuf>,
    pager: Option<String>,
    /// Whether colours and other styles are unwanted.
    pub(super) no_color: bool,
}

impl Environment {
    pub(super) fn read() -> Self {
        let path = |name| set(name).map(PathBuf::from);
        Self {
            state_home: path("XDG_STATE_HOME"),
            home: path("HOME"),
            pager: set("PAGER").and_then(|pager| pager.into_string().ok()),
            no_color: set("NO_COLOR").is_some(),
        }
    }

    /// The pager and its arguments. A command line with signs of the shell is run by one.
    pub(super) fn pager(&self) -> Vec<String> {
        const SHELL_SIGNS: &str = "|&;<>()$`\\\"'*?[#~=%\n";
        match self.pager.as_deref().map(str::trim) {
            Some(pager) if pager.contains(|c: char| SHELL_SIGNS.contains(c)) => {
                ["sh", "-c", pager].map(str::to_owned).to_vec()
            }
            Some(pager) if !pager.is_empty() => {
                pager.split_whitespace().map(str::to_owned).collect()
            }
            _ => ["less", "-SRFX"].map(str::to_owned).to_vec(),
        }
    }

    /// The file of the history: `$XDG_STATE_HOME/edgeledger/history`, else below
    /// `~/.local/state`.
    pub(super) fn history(&self) -> Option<PathBuf> {
        // By the specification of XDG a path that is not absolute counts as none.
        let state = self.state_home.clone().filter(|path| path.is_absolute());
        let state = state.or_else(|| Some(self.home.as_ref()?.join(".local/state")));
        Some(state?.join("edgeledger").join("history"))
    }
}

fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Makes the folder of the history, for its owner only, and the file, so that it is never seen
/// with wider permissions.
pub(super) fn make_history(path: &std::path::Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::Environment;

    #[test]
    fn the_history_is_below_the_users_state() {
        let at = |state: Option<&str>, home: Option<&str>| {
            let environment = Environment {
                state_home: state.map(PathBuf::from),
                home: home.map(PathBuf::from),
                ..Environment::default()
            };
            environment.history()
        };
        let below_home = Path::new("/home/a/.local/state/edgeledger/history");
        assert_eq!(
            at(Some("/state"), Some("/home/a")).as_deref(),
            Some(Path::new("/state/edgeledger/history"))
        );
        assert_eq!(at(None, Some("/home/a")).as_deref(), Some(below_home));
        assert_eq!(
            at(Some("state"), Some("/home/a")).as_deref(),
            Some(below_home)
        );
        assert_eq!(at(None, None), None);
    }

    #[test]
    fn a_pager_runs_without_a_shell_where_it_can() {
        let pager = |pager: Option<&str>| {
            let environment = Environment {
                pager: pager.map(str::to_owned),
                ..Environment::default()
            };
            environment.pager().join("|")
        };
        assert_eq!(pager(None), "less|-SRFX");
        assert_eq!(pager(Some(" ")), "less|-SRFX");
        assert_eq!(pager(Some("more -d")), "more|-d");
        assert_eq!(pager(Some("LESS=-S less")), "sh|-c|LESS=-S less");
        assert_eq!(pager(Some("tr a b | less")), "sh|-c|tr a b | less");
    }
}
