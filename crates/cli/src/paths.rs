//! Paths that are not there.

use std::path::Path;

/// The names beside a missing path that are most like it, as a sentence.
pub(crate) fn nearest(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    let folder = parent.unwrap_or(Path::new("."));
    if !folder.exists() {
        // The first part that is missing is the one to look at.
        return nearest(folder);
    }
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    edgeledger_query::nearest(wanted, names).map(|hint| {
        let place = parent.map(|parent| format!(" (in `{}`)", parent.display()));
        format!("{hint}{}", place.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn names_beside_a_missing_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("sample-logs/deep")).unwrap();
        let of = |path: &str| nearest(&dir.path().join(path));
        let place = format!(" (in `{}`)", dir.path().display());
        assert_eq!(
            of("sample-log"),
            Some(format!("did you mean `sample-logs`?{place}"))
        );
        assert_eq!(
            of("sampel-logs/deep/er"),
            Some(format!("did you mean `sample-logs`?{place}"))
        );
        assert_eq!(of("zzz"), None);
    }
}
