//! The named questions of `queries/examples`, asked by the shipped command on a lake of the sample
//! logs: each against a snapshot, and those whose figures the maker of the logs counted against its
//! truth; and on lakes of few hand-written requests.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic"
)]

mod ask;
mod hand;
mod manual;
mod money;
mod snapshots;
mod truth;
