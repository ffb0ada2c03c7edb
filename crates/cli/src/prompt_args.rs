//! Arguments of the prompt of `edgeledger sql`.

use clap::Args;

/// What only the prompt knows.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Prompt (docs/sql-prompt.md)")]
pub(crate) struct PromptArgs {
    /// Neither read nor write the history of the prompt
    #[arg(long)]
    pub(crate) no_history: bool,
}
