//! What is said on stderr while something long runs. Results go to stdout, elsewhere.

use std::{
    fmt::Write as _,
    io::{IsTerminal, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use edgeledger_ingest::{Event, Outcome, Stage, Summary};
use edgeledger_report::{escape_terminal, format_count};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::args::Global;

/// A bar on a terminal, nothing elsewhere.
pub(crate) struct Progress {
    bar: ProgressBar,
    verbose: bool,
    objects: Arc<AtomicU64>,
    rows: Arc<AtomicU64>,
    /// Microseconds that each of [`Stage::ALL`] worked.
    worked_us: [AtomicU64; Stage::ALL.len()],
}

impl Progress {
    pub(crate) fn new(global: &Global) -> Self {
        let shown = std::io::stderr().is_terminal() && !global.quiet;
        let bar = if shown {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        let (objects, rows) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let (seen_objects, seen_rows) = (Arc::clone(&objects), Arc::clone(&rows));
        let template = "{objects}{msg} {wide_bar} {bytes}/{total_bytes} {rows} eta {eta}";
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key(
                "objects",
                move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
                    let n = seen_objects.load(Ordering::Relaxed);
                    write!(out, "{}", count(n)).unwrap_or_default();
                },
            )
            .with_key(
                "rows",
                move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                    let rows = seen_rows.load(Ordering::Relaxed);
                    let per_second = per_second(rows, state.elapsed());
                    write!(out, "{} rows/s", count(per_second)).unwrap_or_default();
                },
            );
        bar.set_style(style);
        if shown {
            bar.set_message(" objects, listing");
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self {
            bar,
            verbose: global.verbose,
            objects,
            rows,
            worked_us: Default::default(),
        }
    }

    pub(crate) fn on(&self, event: &Event) {
        match event {
            Event::Planned { objects, bytes } => {
                self.bar.set_length(*bytes);
                self.bar
                    .set_message(format!("/{} objects", count(*objects)));
                // The rate is of the reading.
                self.bar.reset_elapsed();
            }
            Event::Read {
                key,
                bytes,
                rows,
                outcome,
            } => {
                self.objects.fetch_add(1, Ordering::Relaxed);
                self.rows.fetch_add(*rows, Ordering::Relaxed);
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
                self.objects.fetch_add(1, Ordering::Relaxed);
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
            Event::Worked { stage, us } => {
                let at = Stage::ALL.iter().position(|known| known == stage);
                if let Some(worked) = at.and_then(|at| self.worked_us.get(at)) {
                    worked.fetch_add(*us, Ordering::Relaxed);
                }
            }
            _ => {}
        }
    }

    /// How long each stage worked, for who asked for more.
    pub(crate) fn say_stages(&self) {
        if !self.verbose {
            return;
        }
        let stages = Stage::ALL.iter().zip(&self.worked_us).map(|(stage, us)| {
            let name = match stage {
                Stage::List => "list",
                Stage::Fetch => "fetch",
                Stage::Parse => "parse",
                Stage::Write => "write",
                Stage::Commit => "commit",
            };
            let worked = Duration::from_micros(us.load(Ordering::Relaxed));
            format!("{name} {:.1} s", worked.as_secs_f64())
        });
        let stages: Vec<_> = stages.collect();
        say(&format!("stages, which overlap: {}", stages.join(", ")));
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
    write!(text, "; {:.1} s", elapsed.as_secs_f64()).unwrap_or_default();
    if summary.text_bytes > 0 {
        let per_second = per_second(summary.text_bytes, elapsed) / 1_000_000;
        write!(text, ", {} MB/s of text", count(per_second)).unwrap_or_default();
    }
    if let Some(bytes) = peak_memory_bytes() {
        write!(text, ", {} MB of memory", count(bytes / 1_000_000)).unwrap_or_default();
    }
    say(&text);
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

fn per_second(n: u64, elapsed: Duration) -> u64 {
    let ms = elapsed.as_millis().max(1);
    u64::try_from(u128::from(n) * 1000 / ms).unwrap_or(u64::MAX)
}

/// The most memory that this process held at a time, where the system says it.
fn peak_memory_bytes() -> Option<u64> {
    peak_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

pub(crate) fn count(n: u64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_memory_is_read_from_what_the_system_says() {
        let status =
            "Name:\tedgeledger\nVmPeak:\t  999999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(peak_in(status), Some(2_097_152));
        assert_eq!(peak_in("Name:\tedgeledger\n"), None);
    }

    #[test]
    fn rates_are_whole_numbers_of_any_time() {
        assert_eq!(per_second(3_000, Duration::from_millis(1_500)), 2_000);
        assert_eq!(per_second(7, Duration::ZERO), 7_000);
    }
}
