//! Errors and slow responses.

use crate::{Report, document::Section};

/// The chapter; none without requests.
pub(super) fn errors(_report: &Report) -> Option<Section> {
    None
}
