//! What is served: paths, groups, types and sizes.

use crate::{Report, document::Section};

/// The chapter; none without requests.
pub(super) fn what_is_served(_report: &Report) -> Option<Section> {
    None
}
