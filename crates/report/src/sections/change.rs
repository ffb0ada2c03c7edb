//! Why the cost changed since the month before.

use crate::{Report, document::Section};

/// The chapter; none without a month before.
pub(super) fn why_it_changed(_report: &Report) -> Option<Section> {
    None
}
