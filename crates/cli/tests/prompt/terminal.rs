//! A terminal: the command runs in a pseudo terminal, and what it draws is kept as a screen.

use std::{
    fs::File,
    io::{Read, Write},
    num::NonZero,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Condvar, Mutex, OnceLock},
    time::Duration,
};

use edgeledger_testkit::repo_root;
use rexpect::process::{PtyProcess, WaitStatus};
use tempfile::TempDir;

/// How long something may take on the slowest machine.
pub(crate) const DEADLINE: Duration = Duration::from_mins(3);
pub(crate) const CTRL_C: &str = "\u{3}";
const PROMPT: &str = "edgeledger>";

struct Drawn {
    parser: vt100::Parser,
    has_ended: bool,
}

/// The screen, and who waits for it to change.
type Screen = Arc<(Mutex<Drawn>, Condvar)>;

pub(crate) struct Terminal {
    process: PtyProcess,
    keys: File,
    screen: Screen,
    pub(crate) state: Arc<TempDir>,
}

/// How the command is started.
pub(crate) struct Start {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
    pub(crate) args: Vec<String>,
    pub(crate) pager: String,
    pub(crate) state: Option<Arc<TempDir>>,
    pub(crate) env: Vec<(&'static str, String)>,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            rows: 40,
            columns: 100,
            args: [
                "--lake",
                sample_lake(),
                "--config",
                "sample-logs/edgeledger.toml",
            ]
            .map(str::to_owned)
            .to_vec(),
            pager: "cat".to_owned(),
            state: None,
            env: Vec::new(),
        }
    }
}

impl Start {
    pub(crate) fn with(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// The command in a terminal of its own.
    fn process(&self, state: &Path) -> PtyProcess {
        let mut command = Command::new("sh");
        let set_up = format!(
            "stty rows {} cols {} && exec \"$0\" sql \"$@\"",
            self.rows, self.columns
        );
        command
            .args(["-c", &set_up, env!("CARGO_BIN_EXE_edgeledger")])
            .args(&self.args)
            .current_dir(repo_root())
            .env("TERM", "xterm-256color")
            .env("PAGER", &self.pager)
            .env("XDG_STATE_HOME", state)
            .env("HOME", state);
        for name in [
            "EDGELEDGER_CONFIG",
            "EDGELEDGER_LAKE",
            "AWS_PROFILE",
            "NO_COLOR",
        ] {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let mut process = PtyProcess::new(command).unwrap();
        process.set_kill_timeout(Some(1_000));
        process
    }

    /// Lets the command do what its arguments say, and gives the bytes that the terminal got.
    pub(crate) fn drawn(self) -> String {
        let state = tempfile::tempdir().unwrap();
        let process = self.process(state.path());
        let mut drawn = process.get_file_handle().unwrap();
        let mut all = Vec::new();
        let mut bytes = [0; 4096];
        // The end of a terminal is an error on Linux.
        while let Ok(read @ 1..) = drawn.read(&mut bytes) {
            all.extend_from_slice(&bytes[..read]);
        }
        let status = process.wait().unwrap();
        assert!(matches!(status, WaitStatus::Exited(_, 0)), "{status:?}");
        String::from_utf8(all).unwrap()
    }

    /// Opens the prompt.
    pub(crate) fn open(mut self) -> Terminal {
        let state = self.state.take();
        let state = state.unwrap_or_else(|| Arc::new(tempfile::tempdir().unwrap()));
        let process = self.process(state.path());
        let keys = process.get_file_handle().unwrap();
        let mut drawn = keys.try_clone().unwrap();
        let parser = vt100::Parser::new(size(self.rows), size(self.columns), 0);
        let screen: Screen = Arc::new((
            Mutex::new(Drawn {
                parser,
                has_ended: false,
            }),
            Condvar::new(),
        ));
        let watched = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                // The end of a terminal is an error on Linux.
                let read = drawn.read(&mut bytes).unwrap_or(0);
                let mut screen = watched.0.lock().unwrap();
                screen.parser.process(&bytes[..read]);
                screen.has_ended = read == 0;
                watched.1.notify_all();
                if read == 0 {
                    break;
                }
            }
        });
        let terminal = Terminal {
            process,
            keys,
            screen,
            state,
        };
        terminal.wait("the prompt", is_at_prompt);
        terminal
    }
}

fn size(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap()
}

/// Whether the last thing on the screen is an empty prompt.
fn is_at_prompt(screen: &str) -> bool {
    screen
        .trim_end()
        .lines()
        .last()
        .is_some_and(|line| line.trim_end() == PROMPT)
}

impl Terminal {
    /// Waits until the screen is as wanted, and gives it.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let (screen, changed) = &*self.screen;
        let contents = |drawn: &Drawn| drawn.parser.screen().contents();
        let goes_on = |drawn: &mut Drawn| !is_there(&contents(drawn)) && !drawn.has_ended;
        let drawn = screen.lock().unwrap();
        let (drawn, waited) = changed
            .wait_timeout_while(drawn, DEADLINE, goes_on)
            .unwrap();
        let screen = contents(&drawn);
        let is_late = waited.timed_out() || !is_there(&screen);
        assert!(!is_late, "no {what} on the screen:\n{screen}");
        screen
    }

    /// Waits for a text.
    #[track_caller]
    pub(crate) fn see(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Types keys.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Empties the screen: Ctrl-L.
    #[track_caller]
    pub(crate) fn clear(&mut self) {
        self.keys("\u{c}");
        self.wait("empty screen", |screen| screen.trim() == PROMPT);
    }

    /// Ctrl-C while typing: a new prompt comes.
    #[track_caller]
    pub(crate) fn drop_line(&mut self) {
        self.keys(CTRL_C);
        self.wait("new prompt", is_at_prompt);
    }

    /// Types a line, and gives all that is on the screen when the next prompt is there.
    #[track_caller]
    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.clear();
        self.keys(line);
        self.keys("\r");
        self.wait("next prompt", |screen| {
            is_at_prompt(screen) && screen.trim() != PROMPT
        })
    }

    /// Waits for the end of the command.
    #[track_caller]
    pub(crate) fn end(&mut self) {
        let (screen, changed) = &*self.screen;
        let goes_on = |drawn: &mut Drawn| !drawn.has_ended;
        let drawn = screen.lock().unwrap();
        let (drawn, _) = changed
            .wait_timeout_while(drawn, DEADLINE, goes_on)
            .unwrap();
        assert!(drawn.has_ended, "{}", drawn.parser.screen().contents());
        drop(drawn);
        let status = self.process.wait().unwrap();
        assert!(matches!(status, WaitStatus::Exited(_, 0)), "{status:?}");
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.state.path().join("edgeledger/history")
    }
}

/// A lake of the sample logs, made once for all tests.
pub(crate) fn sample_lake() -> &'static str {
    static LAKE: OnceLock<(TempDir, String)> = OnceLock::new();
    let (_, path) = LAKE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = text(&dir.path().join("lake"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_edgeledger"));
        command.args(["ingest", "sample-logs", "--quiet", "--lake", &path]);
        let status = command.current_dir(repo_root()).status().unwrap();
        assert!(status.success());
        (dir, path)
    });
    path
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
