//! `edgeledger lake status`.

use crate::{
    access,
    args::{DataArgs, Global, LakeArg, SqlFormat},
    config::Config,
    exit::Exit,
    output,
};

pub(crate) async fn run(lake: LakeArg, format: SqlFormat, global: &Global) -> anyhow::Result<Exit> {
    let config = Config::load(global, &[])?;
    let data = DataArgs {
        lake,
        logs: Vec::new(),
    };
    let opened = access::open(&data, &config, global).await?;
    let session = opened.session(&config).await?;
    let query = "SELECT * FROM log_object_status ORDER BY month, status";
    output::run_query(&session, query, None, format).await?;
    Ok(Exit::Ok)
}
