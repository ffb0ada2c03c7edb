//! Rule files of URLs: `rules = ["rules.toml"]` in the settings file.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use edgeledger_query::{Distribution, Rules};

use crate::{config::closest, exit::UsageError};

/// Reads rule files, named relative to the settings file's folder.
///
/// With `is_beside` the settings lie beside logs, where others may have put them: then rule files
/// do too, so that no file from elsewhere is read and shown in an error.
pub(crate) fn load(
    dir: &Path,
    files: &[PathBuf],
    is_beside: bool,
    distributions: &[Distribution],
) -> Result<Rules, UsageError> {
    let mut rules = Rules::default();
    for file in files {
        let path = dir.join(file);
        let name = path.display().to_string();
        let cannot = |error: &dyn std::fmt::Display| {
            UsageError::new(format!("cannot read the rules `{name}`: {error}"))
        };
        if is_beside && !lies_in(dir, file).map_err(|error| cannot(&error))? {
            return Err(cannot(
                &"settings beside logs name rules in their own folder alone",
            ));
        }
        let text = fs::read_to_string(&path).map_err(|error| cannot(&error))?;
        rules
            .add(&name, &text)
            .map_err(|error| UsageError::of(&error))?;
    }
    check_places(&rules, distributions)?;
    Ok(rules)
}

/// Whether a file is a plain file right in the folder.
fn lies_in(dir: &Path, file: &Path) -> io::Result<bool> {
    let mut parts = file.components();
    let is_name = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    );
    Ok(is_name && fs::symlink_metadata(dir.join(file))?.is_file())
}

/// A rule for a distribution that nobody knows would never match: mostly a slip of the pen.
fn check_places(rules: &Rules, distributions: &[Distribution]) -> Result<(), UsageError> {
    let known = || {
        distributions
            .iter()
            .flat_map(|row| [row.id.as_str(), row.name.as_str()])
    };
    // Logs may be of distributions that no settings describe: their ids are taken as they are.
    let is_id = |name: &str| {
        name.len() >= 10
            && name.starts_with('E')
            && name
                .chars()
                .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
    };
    for place in rules.places() {
        if known().any(|name| name == place) || is_id(place) {
            continue;
        }
        let error = UsageError::new(format!(
            "rules are for the distribution `{place}`, and no [[distribution]] is called so"
        ));
        return Err(match closest(place, known()) {
            Some(name) => error.with_hint(format!("did you mean `{name}`?")),
            None => error,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use edgeledger_query::{Distribution, Rules};

    use super::load;

    const RULE: &str = "[[path_group]]\nname = \"a\"\npath = '^/a/'\ndistribution = \"docs\"\n";

    fn docs() -> Distribution {
        Distribution {
            name: "docs".to_owned(),
            ..Distribution::assumed("E2EXAMPLE5DOC")
        }
    }

    fn of(file: &str, is_beside: bool, distributions: &[Distribution]) -> Result<Rules, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("logs")).unwrap();
        std::fs::write(dir.path().join("secret.toml"), "password = 'hunter2'\n").unwrap();
        std::fs::write(dir.path().join("logs/rules.toml"), RULE).unwrap();
        let logs = dir.path().join("logs");
        load(&logs, &[PathBuf::from(file)], is_beside, distributions).map_err(|error| {
            error
                .to_string()
                .replace(&logs.display().to_string(), "DIR")
        })
    }

    #[test]
    fn a_rule_file_is_found_beside_the_settings() {
        let rules = of("rules.toml", true, &[docs()]).unwrap();
        assert_eq!(rules.path_groups[0].name, "a");
        assert_eq!(
            of("rules.toml", false, &[]).unwrap_err(),
            "rules are for the distribution `docs`, and no [[distribution]] is called so"
        );
        let error = of("missing.toml", false, &[]).unwrap_err();
        assert!(
            error.starts_with("cannot read the rules `DIR/missing.toml`: "),
            "{error}"
        );
    }

    #[test]
    fn settings_beside_logs_cannot_have_other_files_read() {
        for file in ["../secret.toml", "/etc/passwd", "../logs/rules.toml"] {
            let error = of(file, true, &[docs()]).unwrap_err();
            assert!(
                error.contains("in their own folder alone"),
                "{file}: {error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
