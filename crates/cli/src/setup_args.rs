//! Arguments of the subcommands that set things up and look whether they work.
//!
//! The doc comments are help texts: what clippy takes for unlinked addresses is what users type.
#![expect(clippy::doc_markdown, reason = "help texts are no Markdown")]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::args::LakeArg;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger init
  terraform show -json | edgeledger init --from-terraform -
  edgeledger init --from-terraform releases.json crates.json --stdout
  aws cloudfront list-distributions > list.json
  edgeledger init --from-aws list.json --dir ./cdn --force

The file says what each setting means; what is not known stands in it as a comment. Distributions
come with name, region of the bucket, price class and Origin Shield, and their logs as sources.
Distributions without logs are written as comments. Files are read in one go and completed by each
other: many states, and answers of list-distributions and get-distribution, one after the other:
  for id in E2EXAMPLE1RLS E2EXAMPLE2CRT; do aws cloudfront get-distribution --id $id; done |
    edgeledger init --from-aws -

States hold secrets: only a short list of attributes of distributions, and names and regions of
buckets, is ever read of them.")]
pub(crate) struct Init {
    /// Folder to write edgeledger.toml to; `-` prints it
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Describe the distributions of these Terraform states (`terraform show -json`, or a state
    /// file of version 4; `-` is standard input)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) from_terraform: Vec<PathBuf>,
    /// Describe the distributions of these answers of `aws cloudfront list-distributions` or
    /// get-distribution (`-` is standard input)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) from_aws: Vec<PathBuf>,
    /// Print the file instead of writing it
    #[arg(long)]
    pub(crate) stdout: bool,
    /// Replace the file if it is there
    #[arg(long, conflicts_with = "stdout")]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger doctor
  edgeledger doctor s3://logs/cloudfront/ --lake s3://lake/cdn
  edgeledger doctor --format json | jq '.findings[] | select(.result != \"ok\")'

Looks at the settings, at AWS's credentials (which are never printed), lists one page of each
source and reads the first bytes of one object, and looks at the lake: can it be reached and
written, does its store honour conditional PUT, what is quarantined or open in it, is there room on the disk,
is the clock right. Whether every data file is whole is looked at by edgeledger lake verify. To a lake in S3 it writes one small object below _edgeledger/_probe, and
deletes it; --no-write leaves that out.

Exit codes: 0 nothing failed (warnings are no failure), 1 something failed.")]
pub(crate) struct Doctor {
    /// Folders, files or s3://bucket/prefix [default: sources of edgeledger.toml]
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// Write nothing, not even a probe
    #[arg(long)]
    pub(crate) no_write: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = DoctorFormat::Text)]
    pub(crate) format: DoctorFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// One line a finding
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// The effective settings and where each came from
    Show(ConfigShow),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger config show
  edgeledger config show --origin
  edgeledger config show --config ./cdn/edgeledger.toml --lake s3://lake/cdn --origin

With --origin: one line a setting, its value, and the flag, variable, line of the file or default
that it came from. All keys of the file: docs/configuration.md")]
pub(crate) struct ConfigShow {
    #[command(flatten)]
    pub(crate) lake: LakeArg,
    /// One line a setting, with where it came from
    #[arg(long)]
    pub(crate) origin: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger completions bash > ~/.local/share/bash-completion/completions/edgeledger
  edgeledger completions zsh > ~/.zfunc/_edgeledger     # with fpath+=~/.zfunc before compinit
  edgeledger completions fish > ~/.config/fish/completions/edgeledger.fish
  edgeledger completions powershell >> $PROFILE
  edgeledger completions elvish > ~/.config/elvish/lib/edgeledger.elv")]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  edgeledger man --out ~/.local/share/man/man1
  edgeledger man --out /usr/local/share/man/man1")]
pub(crate) struct Man {
    /// Folder to write the pages to, one a subcommand; made if it is missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}
