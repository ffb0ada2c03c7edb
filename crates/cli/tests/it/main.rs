//! The command as a user runs it: exit code, stdout and stderr.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic"
)]

mod bad_input;
mod bills;
mod chapters;
mod compare;
mod focus;
mod golden;
mod lake;
mod lake_status;
mod oracle;
mod privacy;
mod pruning;
mod public_logs;
mod rates;
mod readme;
mod reconcile;
mod report_out;
mod requery;
mod restated;
mod rules;
mod run;
mod s3;
mod served;
mod sql;
mod stored_texts;
mod truth;
mod what_if;
