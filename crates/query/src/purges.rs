//! Purges by the clock as a table.

use datafusion::prelude::SessionContext;

use crate::{
    QueryError, Settings,
    tables::{self, bigint, text},
};

/// Registers `configured_purges`.
pub(crate) fn register(ctx: &SessionContext, settings: &Settings) -> Result<(), QueryError> {
    let purges = || settings.purges.iter();
    let columns = vec![
        (
            "distribution",
            text(purges().map(|row| row.distribution.as_str())),
        ),
        ("prefix", text(purges().map(|row| row.prefix.as_str()))),
        ("minute", bigint(purges().map(|row| i64::from(row.minute)))),
    ];
    tables::register(ctx, "configured_purges", columns)
}
