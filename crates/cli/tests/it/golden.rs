//! The reports of the sample logs are in the repository; rendered again they must not differ.

use std::{collections::BTreeMap, fs, path::Path};

use edgeledger_testkit::repo_root;

use crate::run::{run, text};

/// Every file below a folder.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(at) = dirs.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// After a wanted change: `UPDATE_GOLDEN=1 cargo test --workspace golden`, and review the difference.
#[test]
fn golden_reports_of_the_sample_logs() {
    let golden = repo_root().join("reports");
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch for people who change the report"
    )]
    let update = std::env::var("UPDATE_GOLDEN").is_ok();
    let dir = tempfile::tempdir().unwrap();
    let out = if update {
        golden.clone()
    } else {
        dir.path().to_owned()
    };
    run(&[
        "report",
        "--logs",
        "sample-logs",
        "2026-10",
        "--overwrite",
        "--out",
        &text(&out),
    ])
    .expect(0);
    let (fresh, kept) = (files(&out.join("2026-10")), files(&golden.join("2026-10")));
    assert_eq!(
        fresh.keys().collect::<Vec<_>>(),
        kept.keys().collect::<Vec<_>>()
    );
    for (name, text) in &fresh {
        assert!(
            text == &kept[name],
            "reports/2026-10/{name} is not what the report gives now:\n{}",
            String::from_utf8_lossy(text)
        );
    }
}

#[test]
fn stdout_has_the_golden_text_in_each_format() {
    let lake = crate::run::sample_lake();
    for (format, file) in [("html", "report.html"), ("csv", "csv/distributions.csv")] {
        let stdout = run(&[
            "report",
            "2026-10",
            "--lake",
            lake,
            "--config",
            "sample-logs/edgeledger.toml",
            "--format",
            format,
        ])
        .expect(0);
        let golden = fs::read_to_string(repo_root().join("reports/2026-10").join(file)).unwrap();
        assert!(stdout == golden, "{format}:\n{stdout}");
    }
}
