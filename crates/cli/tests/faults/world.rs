//! A few telling logs, the truth about them, and the one check that follows every fault.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use edgeledger_testkit::{gzip, gzip_members};
use tempfile::TempDir;

use crate::command::{Ran, edgeledger, ran};

pub(crate) const HEADER: &str =
    "#Version: 1.0\n#Fields: date time sc-bytes sc-status cs-uri-stem cs-uri-query x-host-header\n";

/// What must be known of one log object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) status: &'static str,
    /// Line number and bytes of each good row, sorted.
    pub(crate) rows: Vec<(u64, u64)>,
    pub(crate) rejected: u64,
}

/// What a lake must hold, or what it shows: by file name of the log.
pub(crate) type Truth = BTreeMap<String, Object>;

/// A folder with `logs/` and room for lakes.
pub(crate) struct World {
    dir: TempDir,
    pub(crate) truth: Truth,
}

impl World {
    pub(crate) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("logs")).unwrap();
        Self {
            dir,
            truth: Truth::new(),
        }
    }

    /// Eight objects: two distributions, two days, one of two members, one with a bad row, one of
    /// the header only.
    pub(crate) fn small() -> Self {
        let mut world = Self::empty();
        for (n, rows) in [3, 1, 4, 1, 5].into_iter().enumerate() {
            world.add(n, rows);
        }
        let (text, object) = log_text(5, 6, None);
        let half = text.len() / 2;
        let members = gzip_members(&[&text.as_bytes()[..half], &text.as_bytes()[half..]]);
        world.put(&name(5), &members, object);
        let (text, object) = log_text(6, 5, Some(3));
        world.put(&name(6), &gzip(text), object);
        let empty = Object {
            status: "empty",
            ..Object::default()
        };
        world.put(&name(7), &gzip(HEADER), empty);
        world
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.path().join("logs")
    }

    /// Adds object number `n` with so many good rows.
    pub(crate) fn add(&mut self, n: usize, rows: usize) {
        let (text, object) = log_text(n, rows, None);
        self.put(&name(n), &gzip(text), object);
    }

    /// Adds an object with what must be known of it.
    pub(crate) fn put(&mut self, name: &str, stored: &[u8], object: Object) {
        fs::write(self.logs().join(name), stored).unwrap();
        self.truth.insert(name.to_owned(), object);
    }

    /// An ingest of all logs, not yet started.
    pub(crate) fn ingest_command(&self, lake: &str) -> std::process::Command {
        let lake = self.path().join(lake);
        edgeledger(
            self.path(),
            &[
                "ingest",
                "logs",
                "--verbose",
                "--lake",
                lake.to_str().unwrap(),
            ],
        )
    }

    pub(crate) fn ingest(&self, lake: &str) -> Ran {
        ran(&mut self.ingest_command(lake))
    }

    pub(crate) fn sql(&self, lake: &str, query: &str) -> Ran {
        let lake = self.path().join(lake);
        let lake = lake.to_str().unwrap();
        ran(&mut edgeledger(
            self.path(),
            &["sql", "--lake", lake, "--format", "csv", query],
        ))
    }

    /// What a reader sees now; the run itself if it was refused.
    pub(crate) fn look(&self, lake: &str) -> Result<Truth, Ran> {
        self.look_at(lake, LOOK)
    }

    pub(crate) fn look_at(&self, lake: &str, query: &str) -> Result<Truth, Ran> {
        let ran = self.sql(lake, query);
        if ran.code() == Some(0) {
            Ok(shown(&ran.stdout))
        } else {
            Err(ran)
        }
    }

    /// The shared check, after every fault: the rows are the truth, none lost, none twice;
    /// `log_files` adds up; a further run finds nothing to do and says so.
    #[track_caller]
    pub(crate) fn check(&self, lake: &str) {
        self.check_by(lake, LOOK);
    }

    /// The shared check by another look.
    #[track_caller]
    pub(crate) fn check_by(&self, lake: &str, query: &str) {
        match self.look_at(lake, query) {
            Ok(shown) => assert_eq!(shown, self.truth, "the lake is not the truth"),
            Err(ran) => panic!("{}", ran.text()),
        }
        let again = self.ingest(lake).expect(0);
        assert!(again.stderr.contains(", 0 new: 0 rows"), "{}", again.text());
    }

    /// Between a crash and its repair: a reader sees no lake, or every object whole or not at all,
    /// and at least the objects of `before`. `log_files` may be behind, never ahead. Gives what is
    /// seen.
    #[track_caller]
    pub(crate) fn check_whole_versions(&self, lake: &str, before: &Truth) -> Truth {
        match self.look(lake) {
            Ok(shown) => self.check_is_whole(shown, before),
            Err(ran) => no_lake(&ran, before),
        }
    }

    #[track_caller]
    pub(crate) fn check_is_whole(&self, shown: Truth, before: &Truth) -> Truth {
        for (name, object) in &shown {
            let whole = &self.truth[name];
            assert_eq!(object.rows, whole.rows, "a part of {name} is visible");
            if !object.status.is_empty() {
                assert_eq!(object, whole, "log_files is ahead of the rows of {name}");
            }
        }
        for name in before.keys() {
            assert!(shown.contains_key(name), "{name} was there and is gone");
        }
        shown
    }
}

/// A reader was told that there is no lake, and there was none.
#[track_caller]
pub(crate) fn no_lake(ran: &Ran, before: &Truth) -> Truth {
    assert!(before.is_empty(), "a lake went away: {}", ran.text());
    assert!(ran.stderr.contains("no lake at"), "{}", ran.text());
    ran.typed_error();
    Truth::new()
}

/// The rows alone, in the shape of [`LOOK`].
pub(crate) const ROWS: &str = "SELECT 'row' AS kind, log_file AS key, \
    CAST(log_line AS BIGINT) AS a, CAST(response_bytes AS BIGINT) AS b, '' AS status FROM requests";

/// Rows and what is recorded of each object, in one query.
pub(crate) const LOOK: &str = "SELECT 'row' AS kind, log_file AS key, CAST(log_line AS BIGINT) AS a, \
    CAST(response_bytes AS BIGINT) AS b, '' AS status FROM requests \
    UNION ALL SELECT 'file', key, rows, rejected_rows, status FROM log_files";

pub(crate) fn shown(csv: &str) -> Truth {
    let mut shown = Truth::new();
    let mut counts = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [kind, key, a, b, status] = cells.as_slice() else {
            panic!("{line}");
        };
        let name = key.rsplit('/').next().unwrap().to_owned();
        let (a, b) = (a.parse().unwrap(), b.parse().unwrap());
        let object = shown.entry(name.clone()).or_default();
        if *kind == "row" {
            object.rows.push((a, b));
            continue;
        }
        assert_eq!(object.status, "", "{name} is recorded twice");
        let known = [
            "ingested",
            "empty",
            "quarantined",
            "skipped",
            "vanished",
            "forgotten",
        ];
        object.status = known.into_iter().find(|known| known == status).unwrap();
        object.rejected = b;
        counts.insert(name, a);
    }
    for object in shown.values_mut() {
        object.rows.sort_unstable();
    }
    for (name, rows) in counts {
        assert_eq!(
            shown[&name].rows.len() as u64,
            rows,
            "log_files does not add up: {name}"
        );
    }
    shown
}

pub(crate) fn name(n: usize) -> String {
    let distribution = ["E2EXAMPLE1RLS", "E2EXAMPLE2CRT"][n % 2];
    format!("{distribution}.2026-10-05-{:02}.{n:08x}.gz", n % 24)
}

/// The text of object `n` and the truth about it; `bad` is the place of a row that cannot be read.
/// A signed address in each row is a secret that must not be told.
pub(crate) fn log_text(n: usize, rows: usize, bad: Option<usize>) -> (String, Object) {
    let mut text = HEADER.to_owned();
    let mut object = Object {
        status: "ingested",
        ..Object::default()
    };
    for row in 0..rows {
        // Around midnight, so that an object spans two days.
        let (day, hour) = if row % 2 == 0 { (5, 23) } else { (6, 0) };
        let bytes = 1_000 * n as u64 + row as u64;
        let shown = if bad == Some(row) {
            "many".to_owned()
        } else {
            bytes.to_string()
        };
        let time = format!("2026-10-{day:02}\t{hour:02}:00:{:02}", row % 60);
        let query = "X-Amz-Signature=CANARYsigned";
        let host = "d111111abcdef8.cloudfront.net";
        writeln!(text, "{time}\t{shown}\t200\t/{n}/{row}\t{query}\t{host}").unwrap();
        if bad == Some(row) {
            object.rejected += 1;
        } else {
            // Two lines of header come first.
            object.rows.push((row as u64 + 3, bytes));
        }
    }
    (text, object)
}

/// Copies a folder, as a lake is copied before a fault.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

/// Every file below a folder, sorted.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
