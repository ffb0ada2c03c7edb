//! Who uses it: clients and countries.

use crate::{Report, document::Section};

/// The chapter; none without requests.
pub(super) fn who_uses_it(_report: &Report) -> Option<Section> {
    None
}
