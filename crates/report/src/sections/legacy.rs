//! What old URLs still carry.

use crate::{Report, document::Section};

/// The chapter; none without rules.
pub(super) fn legacy_urls(_report: &Report) -> Option<Section> {
    None
}
