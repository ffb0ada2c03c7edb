//! `edgeledger lake`.

use std::sync::Arc;

use edgeledger_query::QueryError;

use crate::{
    access,
    args::{DataArgs, Global, Lake},
    config::Config,
    exit::Exit,
    output,
};

pub(crate) async fn run(args: Lake, global: &Global) -> anyhow::Result<Exit> {
    let Lake::Status { lake, format } = args;
    let config = Config::load(global, &[])?;
    let data = DataArgs {
        lake,
        logs: Vec::new(),
    };
    let opened = access::open(&data, &config, global).await?;
    let session = opened.session(&config).await?;
    let frame = session
        .plan("SELECT * FROM log_object_status ORDER BY month, status")
        .await?;
    let schema = Arc::clone(frame.schema().inner());
    let batches = frame.collect().await.map_err(QueryError::Failed)?;
    output::write(output::writer(None, format)?, format, &schema, &batches)?;
    Ok(Exit::Ok)
}
