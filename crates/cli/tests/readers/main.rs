//! Other engines read the lake as `edgeledger lake ddl` tells them to, and count the same.
//!
//! The engines are Python packages, in the environment that `environment.py` beside this file makes and
//! `EDGELEDGER_READERS_PYTHON` names; without it those tests say SKIPPED. The truth is the sample
//! generator's own.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic"
)]

mod printed;
mod workflows;

use std::{
    ffi::OsString,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use edgeledger_testkit::{repo_root, sample_logs};

/// The exit code of `readers.py` for an engine that cannot run here.
const CANNOT_RUN: i32 = 77;

/// The command with none of the caller's settings.
fn edgeledger(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edgeledger"))
        .args(args)
        .current_dir(repo_root())
        .stdin(Stdio::null())
        .env_remove("EDGELEDGER_CONFIG")
        .env_remove("EDGELEDGER_LAKE")
        .output()
        .unwrap()
}

fn done(args: &[&str]) -> String {
    let output = edgeledger(args);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

/// Says on stderr, past the harness, what is not tested.
fn skipped(what: &str) {
    let line = format!("SKIPPED: {what}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

fn here(name: &str) -> PathBuf {
    repo_root().join("crates/cli/tests/readers").join(name)
}

fn python() -> Option<OsString> {
    let python = std::env::var_os("EDGELEDGER_READERS_PYTHON");
    if python.is_none() {
        skipped(
            "other engines: EDGELEDGER_READERS_PYTHON is not set \
             (crates/cli/tests/readers/environment.py makes it)",
        );
    }
    python
}

/// A lake of the sample logs whose folders also hold files that are not live any more, in a place
/// whose name wants quoting everywhere.
fn lake() -> &'static str {
    static LAKE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, lake) = LAKE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let lake = dir.path().join("it's a \"läke\"").join("lake");
        std::fs::create_dir(lake.parent().unwrap()).unwrap();
        let lake = lake.to_str().unwrap().to_owned();
        done(&[
            "ingest",
            "sample-logs",
            "--lake",
            &lake,
            "--until",
            "2026-10-09-12",
        ]);
        done(&["ingest", "sample-logs", "--lake", &lake]);
        done(&["lake", "compact", "--lake", &lake]);
        (dir, lake)
    });
    lake
}

fn engine_agrees(engine: &str) {
    let Some(python) = python() else { return };
    let truth = sample_logs().join("truth.json");
    let output = Command::new(python)
        .arg(here("readers.py"))
        .args([env!("CARGO_BIN_EXE_edgeledger"), lake()])
        .arg(truth)
        .arg(engine)
        .current_dir(Path::new(lake()).parent().unwrap())
        .env_remove("EDGELEDGER_CONFIG")
        .env_remove("EDGELEDGER_LAKE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        Some(CANNOT_RUN) => skipped(&format!("{engine}: {}", said.trim())),
        _ => panic!("{}{said}", String::from_utf8_lossy(&output.stdout)),
    }
}

#[test]
fn duckdb_with_its_extension_counts_the_same() {
    engine_agrees("duckdb");
}

#[test]
fn duckdb_over_the_live_files_counts_the_same() {
    engine_agrees("duckdb-files");
}

#[test]
fn clickhouse_counts_the_same() {
    engine_agrees("clickhouse");
}

#[test]
fn polars_counts_the_same() {
    engine_agrees("polars");
}

#[test]
fn deltalake_counts_the_same() {
    engine_agrees("deltalake");
}

#[test]
fn a_parser_takes_what_is_printed_for_athena() {
    engine_agrees("athena");
}

#[test]
fn a_parser_takes_what_is_printed_for_spark() {
    engine_agrees("spark");
}

#[test]
fn a_parser_takes_what_is_printed_for_trino() {
    engine_agrees("trino");
}
