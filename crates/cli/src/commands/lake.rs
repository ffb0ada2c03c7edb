//! `edgeledger lake`.

mod status;

use crate::{
    args::{Global, Lake},
    exit::Exit,
};

pub(crate) async fn run(args: Lake, global: &Global) -> anyhow::Result<Exit> {
    match args {
        Lake::Status(args) => status::run(args, global).await,
    }
}
