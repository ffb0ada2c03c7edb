//! Completions and manual pages cover the commands there are.

use std::{fs, process::Command};

use crate::run::{run, text};

#[test]
fn every_shell_gets_its_completions() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(dir.path(), &["completions", shell]).expect(0);
        for word in [
            "init",
            "doctor",
            "from-terraform",
            "no-write",
            "origin",
            "reconcile",
            "vacuum",
        ] {
            assert!(script.contains(word), "{shell} {word}");
        }
        let path = dir.path().join(shell);
        fs::write(&path, script).unwrap();
        // Where the shell is installed, it must take the script.
        let check: &[&str] = match shell {
            "bash" | "zsh" => &["-n"],
            "fish" => &["--no-execute"],
            _ => continue,
        };
        match Command::new(shell).args(check).arg(&path).status() {
            Ok(status) => assert!(status.success(), "{shell}"),
            Err(_) => eprintln!("skipped: {shell} is not installed, its script was not parsed"),
        }
    }
    run(dir.path(), &["completions", "csh"]).expect(2);
}

#[test]
fn every_command_has_a_manual_page() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("man/man1");
    run(dir.path(), &["man", "--out", text(&out)]).expect(0);
    let page = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let top = page("edgeledger.1");
    for name in [
        "ingest", "report", "sql", "check", "lake", "init", "doctor", "man",
    ] {
        assert!(
            top.contains(&format!("edgeledger\\-{name}(1)")),
            "{name}\n{top}"
        );
        page(&format!("edgeledger-{name}.1"));
    }
    for name in [
        "edgeledger-lake-status.1",
        "edgeledger-rates-show.1",
        "edgeledger-config-show.1",
    ] {
        let page = page(name);
        assert!(page.contains(".SH EXAMPLES AND NOTES\n.nf\n"), "{page}");
        assert_eq!(page.matches("\n.nf").count(), page.matches("\n.fi").count());
        assert!(!page.contains(".SH EXTRA"), "{page}");
    }
    assert!(!out.join("edgeledger-help.1").exists());
}
