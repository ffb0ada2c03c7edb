//! Days off their baseline.

use crate::{Report, document::Section};

/// The chapter; none without requests.
pub(super) fn anomalies(_report: &Report) -> Option<Section> {
    None
}
