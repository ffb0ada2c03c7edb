//! What of people is kept: flags and settings file.

use std::fs;

use crate::run::run;

const LOG: &str = "#Version: 1.0\n#Fields: date time c-ip sc-bytes sc-status cs-uri-stem cs-uri-query cs(User-Agent)\n\
    2026-10-01\t00:00:01\t203.0.113.77\t1\t200\t/\tX-Amz-Signature=canary&ticket=canary2&a=b\tcurl\n";

/// `client_ip, query, user_agent` of the one row, read with the given arguments.
fn row(args: &[&str], settings: &str) -> Result<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    fs::write(path("access.log"), LOG).unwrap();
    fs::write(path("edgeledger.toml"), settings).unwrap();
    let (log, lake, config) = (path("access.log"), path("lake"), path("edgeledger.toml"));
    let ingest = ["ingest", &log, "--lake", &lake, "--config", &config];
    let ran = run(&[&ingest, args].concat());
    if ran.code != 0 {
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        return Err(ran.stderr);
    }
    let query = "SELECT client_ip, query, user_agent FROM requests";
    let answer = run(&["sql", "--lake", &lake, "--format", "csv", query]).expect(0);
    Ok(answer.lines().nth(1).unwrap_or_default().to_owned())
}

#[test]
fn secrets_are_redacted_and_addresses_kept_by_default() {
    assert_eq!(
        row(&[], "").unwrap(),
        "203.0.113.77,X-Amz-Signature=REDACTED&ticket=canary2&a=b,curl"
    );
}

#[test]
fn flags_win_over_the_settings_file_and_lists_add_up() {
    let file = "[privacy]\nclient_ip = \"truncate\"\nredact_parameters = [\"ticket\"]\ndrop_columns = [\"user_agent\"]\n";
    let redacted = "X-Amz-Signature=REDACTED&ticket=REDACTED&a=b";
    assert_eq!(row(&[], file).unwrap(), format!("203.0.113.0,{redacted},"));
    assert_eq!(
        row(&["--client-ip", "drop", "--redact", "a"], file).unwrap(),
        ",X-Amz-Signature=REDACTED&ticket=REDACTED&a=REDACTED,"
    );
    assert_eq!(
        row(&["--no-redact", "--client-ip", "keep"], file).unwrap(),
        "203.0.113.77,X-Amz-Signature=canary&ticket=canary2&a=b,"
    );
}

#[test]
fn columns_that_reports_need_are_not_dropped() {
    let error = row(&["--drop-column", "status"], "").unwrap_err();
    assert!(
        error.contains("column `status` is needed by reports"),
        "{error}"
    );
    let error = row(&[], "[privacy]\ndrop_columns = [\"nope\"]\n").unwrap_err();
    assert!(error.contains("no column `nope`"), "{error}");
}
