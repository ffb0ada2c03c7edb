//! Where the running month, the budget and the credits go.

use crate::{Report, document::Section};

/// The chapter; none without anything to look ahead to.
pub(super) fn forecast(_report: &Report) -> Option<Section> {
    None
}
