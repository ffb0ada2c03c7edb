//! What is said on stderr while something long runs. Results go to stdout, elsewhere.

use std::{
    fmt::Write as _,
    io::{IsTerminal, Write as _},
    time::Duration,
};

use edgeledger_ingest::{Event, Outcome, Summary};
use edgeledger_report::{escape_terminal, format_count};
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::Global;

/// A bar on a terminal, nothing elsewhere.
pub(crate) struct Progress {
    bar: ProgressBar,
    verbose: bool,
}

impl Progress {
    pub(crate) fn new(global: &Global) -> Self {
        let shown = std::io::stderr().is_terminal() && !global.quiet;
        let bar = if shown {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        bar.set_style(
            ProgressStyle::with_template(
                "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} eta {eta}",
            )
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        if shown {
            bar.set_message("listing");
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self {
            bar,
            verbose: global.verbose,
        }
    }

    pub(crate) fn on(&self, event: &Event) {
        match event {
            Event::Planned { objects, bytes } => {
                self.bar.set_length(*bytes);
                self.bar.set_message(format!("{} objects", count(*objects)));
            }
            Event::Read {
                key,
                bytes,
                outcome,
                ..
            } => {
                self.bar.inc(*bytes);
                if let (Outcome::Refused(reason), true) = (outcome, self.verbose) {
                    self.line(&format!(
                        "refused {}: {}",
                        escape_terminal(key),
                        escape_terminal(reason)
                    ));
                }
            }
            Event::Failed { key, bytes, reason } => {
                self.bar.inc(*bytes);
                if self.verbose {
                    self.line(&format!(
                        "left for the next run {}: {}",
                        escape_terminal(key),
                        escape_terminal(reason)
                    ));
                }
            }
            Event::Committed { objects, rows } if self.verbose => {
                self.line(&format!(
                    "committed {} objects, {} rows",
                    count(*objects),
                    count(*rows)
                ));
            }
            Event::LostRace if self.verbose => {
                self.line("another writer committed first; trying again");
            }
            _ => {}
        }
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A line of talk.
pub(crate) fn say(text: &str) {
    // With stderr gone there is nobody left to tell.
    writeln!(std::io::stderr(), "{text}").unwrap_or_default();
}

/// The final line of an ingest, and one line for each object that was left out.
pub(crate) fn say_summary(summary: &Summary, elapsed: Duration, global: &Global) {
    const SHOWN: usize = 10;
    if global.quiet {
        return;
    }
    let mut text = format!(
        "{} objects listed{}, {} new: {} rows",
        count(summary.listed),
        if summary.is_partial_listing {
            " from the look-back on (--full lists all)"
        } else {
            ""
        },
        count(summary.new_objects),
        count(summary.rows),
    );
    let mut part = |n: u64, what: &str| {
        if n > 0 {
            // Writing to a String cannot fail.
            write!(text, ", {} {what}", count(n)).unwrap_or_default();
        }
    };
    part(summary.rejected_rows, "rows rejected");
    part(summary.quarantined.len() as u64, "objects quarantined");
    part(
        summary.known_quarantined,
        "objects quarantined by earlier runs (`lake status` names them)",
    );
    part(summary.skipped.len() as u64, "objects skipped");
    part(
        summary.vanished.len() as u64,
        "objects gone or changed while reading",
    );
    part(
        summary.changed.len() as u64,
        "known objects changed and refused",
    );
    part(summary.replaced.len() as u64, "objects replaced");
    part(
        summary.failed.len() as u64,
        "objects unreadable and left for the next run",
    );
    part(summary.left, "objects left, as the run was to end early");
    part(summary.out_of_range, "objects outside --since/--until");
    part(
        summary.ignored.len() as u64,
        "files ignored (not named like logs)",
    );
    say(&format!("{text}; {:.1} s", elapsed.as_secs_f64()));
    let named = summary
        .quarantined
        .iter()
        .map(|(key, reason)| format!("quarantined {key}: {reason}"))
        .chain(
            summary
                .skipped
                .iter()
                .map(|(key, reason)| format!("skipped {key}: {reason}")),
        )
        .chain(
            summary
                .vanished
                .iter()
                .map(|key| format!("gone or changed while reading: {key}")),
        )
        .chain(summary.changed.iter().map(|key| {
            format!("changed since it was ingested, refused (see --replace-changed): {key}")
        }))
        .chain(
            summary
                .failed
                .iter()
                .map(|(key, reason)| format!("left for the next run {key}: {reason}")),
        );
    let lines: Vec<String> = named.collect();
    let shown = if global.verbose { lines.len() } else { SHOWN };
    for line in lines.iter().take(shown) {
        say(&format!("  {}", escape_terminal(line)));
    }
    if lines.len() > shown {
        say(&format!(
            "  … and {} more (--verbose shows all)",
            lines.len() - shown
        ));
    }
}

fn count(n: u64) -> String {
    format_count(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Now, UTC microseconds.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the clock is read"
)]
pub(crate) fn now_us() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
