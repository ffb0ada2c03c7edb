//! F32: a lake of which something is missing or cut short.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command::Ran,
    is_long,
    world::{LOOK, World, copy, files},
};

/// A lake of three commits, and one object that is not in it.
pub(crate) fn world() -> World {
    let mut world = World::small();
    world.ingest("base").expect(0);
    for n in [8, 9] {
        world.add(n, 3);
        world.ingest("base").expect(0);
    }
    world
}

fn version(table: &str, version: u64) -> String {
    format!("{table}/_delta_log/{version:020}.json")
}

/// The live Parquet files of a table.
pub(crate) fn data_files(world: &World, lake: &str, table: &str) -> Vec<PathBuf> {
    let all = files(&world.path().join(lake).join(table)).into_iter();
    all.filter(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        .collect()
}

/// What a damaged lake did.
struct After {
    /// A query over both tables.
    query: Ran,
    /// It was answered, and wrongly.
    wrong: bool,
    /// An ingest with one new object.
    ingest: Ran,
    /// The query again after an ingest that failed: answered, and wrongly.
    wrong_later: bool,
}

impl After {
    fn text(&self) -> String {
        format!(
            "query: {}\ningest: {}",
            self.query.text(),
            self.ingest.text()
        )
    }

    /// Asserts that the damage was told as such to writers and readers, or did no harm.
    #[track_caller]
    fn told(&self) {
        assert!(matches!(self.ingest.code(), Some(0 | 5)), "{}", self.text());
        assert!(
            !self.wrong && !self.wrong_later,
            "a wrong answer: {}",
            self.text()
        );
    }
}

/// Damages a copy of the lake and runs both commands. Whatever they say, nothing may be ingested
/// again, and an ingest that says that all is well has added its object alone.
fn damaged(world: &mut World, name: &str, damage: impl Fn(&Path)) -> After {
    let lake = world.path().join(name);
    copy(&world.path().join("base"), &lake);
    damage(&lake);
    let (_, right) = answer_of(world, "base");
    let (query, lines) = answer_of(world, name);
    let wrong = query.code() == Some(0) && lines != right;
    let truth = world.truth.clone();
    world.add(50, 2);
    let ingest = world.ingest(name);
    fs::remove_file(world.logs().join(crate::world::name(50))).unwrap();
    world.truth = truth;
    query.not_a_bug();
    ingest.not_a_bug();
    let wrong_later = if ingest.code() == Some(0) {
        assert!(
            ingest.stderr.contains(" 1 new: 2 rows"),
            "{name}: {}",
            ingest.text()
        );
        false
    } else {
        let (query, lines) = answer_of(world, name);
        query.code() == Some(0) && lines != right
    };
    let told = if wrong { "other answer" } else { "" };
    let later = if wrong_later {
        "other answer later"
    } else {
        ""
    };
    println!(
        "{name}: query {:?} {told}, ingest {:?} {later}: {}",
        query.code(),
        ingest.code(),
        first_lines(&ingest)
    );
    After {
        query,
        wrong,
        ingest,
        wrong_later,
    }
}

/// Both tables in one answer, its lines sorted.
fn answer_of(world: &World, lake: &str) -> (Ran, Vec<String>) {
    let ran = world.sql(lake, LOOK);
    let mut lines: Vec<_> = ran.stdout.lines().map(str::to_owned).collect();
    lines.sort();
    (ran, lines)
}

pub(crate) fn first_lines(ran: &Ran) -> String {
    ran.stderr
        .lines()
        .take(3)
        .collect::<Vec<_>>()
        .join(" |")
        .chars()
        .take(300)
        .collect()
}

#[test]
fn f32_a_commit_cut_short_is_told_and_never_ingested_over() {
    let mut world = world();
    for table in ["requests", "log_files"] {
        let file = version(table, 3);
        let whole = fs::read(world.path().join("base").join(&file)).unwrap();
        for cut in [1, whole.len() / 2, whole.len() - 2] {
            let after = damaged(&mut world, &format!("cut-{table}-{cut}"), |lake| {
                fs::write(lake.join(&file), &whole[..cut]).unwrap();
            });
            after.told();
            assert_eq!(after.ingest.code(), Some(5), "{}", after.text());
        }
    }
}

/// What a power cut may leave of a commit whose content was not flushed.
#[test]
fn f32_an_empty_commit_is_told() {
    let mut world = world();
    for table in ["requests", "log_files"] {
        let after = damaged(&mut world, &format!("empty-{table}"), |lake| {
            fs::write(lake.join(version(table, 3)), "").unwrap();
        });
        after.told();
    }
}

#[test]
fn f32_a_missing_commit_is_told_and_never_ingested_over() {
    let mut world = world();
    for table in ["requests", "log_files"] {
        for n in [0, 2] {
            let after = damaged(&mut world, &format!("no-{table}-{n}"), |lake| {
                fs::remove_file(lake.join(version(table, n))).unwrap();
            });
            after.told();
            assert_eq!(after.ingest.code(), Some(5), "{}", after.text());
        }
    }
    // Without its own last commit `log_files` is brought up to date again.
    let after = damaged(&mut world, "no-log_files-3", |lake| {
        fs::remove_file(lake.join(version("log_files", 3))).unwrap();
    });
    assert_eq!(after.ingest.code(), Some(0), "{}", after.text());
    // Without its last commit `requests` is a whole table of an older version.
    let after = damaged(&mut world, "no-requests-3", |lake| {
        fs::remove_file(lake.join(version("requests", 3))).unwrap();
    });
    assert_eq!(after.ingest.code(), Some(5), "{}", after.text());
}

#[test]
fn f32_a_commit_cut_short_is_told_by_its_name() {
    let mut world = world();
    for table in ["requests", "log_files"] {
        let file = version(table, 3);
        let after = damaged(&mut world, &format!("named-{table}"), |lake| {
            fs::write(lake.join(&file), "{").unwrap();
        });
        assert!(after.query.stderr.contains(&file), "{}", after.text());
        assert!(after.ingest.stderr.contains(&file), "{}", after.text());
    }
}

#[test]
fn f32_a_requests_table_older_than_log_files_is_told_to_readers() {
    let mut world = world();
    let after = damaged(&mut world, "old-requests", |lake| {
        fs::remove_file(lake.join(version("requests", 3))).unwrap();
    });
    after.told();
}

#[test]
fn f32_a_missing_table_is_told_and_not_made_anew() {
    let mut world = world();
    for table in ["requests", "log_files"] {
        let after = damaged(&mut world, &format!("no-{table}"), |lake| {
            fs::remove_dir_all(lake.join(table)).unwrap();
        });
        after.told();
        assert_eq!(after.ingest.code(), Some(5), "{}", after.text());
        assert!(after.ingest.stderr.contains(table), "{}", after.text());
    }
}

#[test]
fn f32_a_missing_data_file_is_told_by_its_name() {
    let mut world = world();
    let record = data_files(&world, "base", "log_files").remove(0);
    let rows = data_files(&world, "base", "requests").remove(0);
    for (name, file) in [("log_files", record), ("requests", rows)] {
        let inside = file
            .strip_prefix(world.path().join("base"))
            .unwrap()
            .to_owned();
        let after = damaged(&mut world, &format!("lost-{name}"), |lake| {
            fs::remove_file(lake.join(&inside)).unwrap();
        });
        let short = inside.file_name().unwrap().to_string_lossy().into_owned();
        assert_ne!(after.query.code(), Some(0), "{}", after.text());
        assert!(after.query.stderr.contains(&short), "{}", after.text());
        if name == "log_files" {
            assert_ne!(after.ingest.code(), Some(0), "{}", after.text());
            assert!(after.ingest.stderr.contains(&short), "{}", after.text());
        }
    }
}

#[test]
fn f32_a_missing_data_file_is_damage_of_the_lake() {
    let mut world = world();
    for table in ["log_files", "requests"] {
        let file = data_files(&world, "base", table).remove(0);
        let inside = file
            .strip_prefix(world.path().join("base"))
            .unwrap()
            .to_owned();
        let after = damaged(&mut world, &format!("lost-{table}"), |lake| {
            fs::remove_file(lake.join(&inside)).unwrap();
        });
        assert_eq!(after.query.code(), Some(5), "{}", after.text());
    }
}

/// What only speeds up the opening of a table may be missing, empty or wrong.
#[test]
fn f32_a_wrong_hint_to_the_last_checkpoint_changes_nothing() {
    let mut world = world();
    let hints = [
        "",
        "{",
        r#"{"version":1,"size":3}"#,
        r#"{"version":99,"size":3}"#,
    ];
    for (n, hint) in hints.into_iter().enumerate() {
        for table in ["requests", "log_files"] {
            let after = damaged(&mut world, &format!("hint-{n}-{table}"), |lake| {
                fs::write(lake.join(table).join("_delta_log/_last_checkpoint"), hint).unwrap();
            });
            after.told();
        }
    }
}

/// After so many commits there is a checkpoint, and the lake must do without it.
#[test]
fn f32_checkpoints_may_be_lost() {
    if !is_long() {
        tell!("long form only: a checkpoint is written after a hundred commits");
        return;
    }
    let mut world = World::small();
    for n in 0..110 {
        world.add(100 + n, 1);
        world.ingest("base").expect(0);
    }
    let checkpoints = data_files(&world, "base", "requests/_delta_log");
    tell!("{} checkpoints", checkpoints.len());
    for remove_hint_only in [true, false] {
        let name = format!("checkpoint-{remove_hint_only}");
        let after = damaged(&mut world, &name, |lake| {
            for table in ["requests", "log_files"] {
                let log = lake.join(table).join("_delta_log");
                drop(fs::remove_file(log.join("_last_checkpoint")));
                for file in files(&log) {
                    if !remove_hint_only
                        && file.extension().is_some_and(|ending| ending == "parquet")
                    {
                        fs::remove_file(file).unwrap();
                    }
                }
            }
        });
        after.told();
        assert_eq!(after.ingest.code(), Some(0), "{}", after.text());
    }
}
