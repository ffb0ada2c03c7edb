//! How far each ladder of prices was climbed.

use crate::{Report, document::Section};

/// The chapter; none without tiers.
pub(super) fn tiers(_report: &Report) -> Option<Section> {
    None
}
