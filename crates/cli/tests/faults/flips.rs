//! F32 and F35: flipped bits in the files of a lake.

use std::{fs, path::PathBuf, sync::OnceLock};

use crate::{
    command::{BINARY, edgeledger, has, program, ran},
    damage::{data_files, first_lines, world},
    seeded::Seeded,
    short_or_long,
    world::{World, copy},
};

/// The file of `log_files` that came with the first commit: the others have one object each.
fn first_list(world: &World, lake: &str) -> PathBuf {
    let files = data_files(world, lake, "log_files").into_iter();
    files
        .max_by_key(|path| fs::metadata(path).unwrap().len())
        .unwrap()
}

/// Flips a bit of `log_files` in a copy of the lake and ingests the same logs again; what was
/// ingested a second time, or how it crashed.
fn ingested_again(world: &World, bit: impl Fn(&[u8]) -> usize) -> Option<String> {
    let lake = world.path().join("flipped");
    drop(fs::remove_dir_all(&lake));
    copy(&world.path().join("base"), &lake);
    let file = first_list(world, "flipped");
    let mut bytes = fs::read(&file).unwrap();
    let bit = bit(&bytes);
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(&file, bytes).unwrap();
    let ingest = world.ingest("flipped");
    if ingest.code() == Some(70) || ingest.signal().is_some() {
        return Some(format!("byte {}: {}", bit / 8, first_lines(&ingest)));
    }
    let count = |lake: &str| {
        world
            .sql(lake, "SELECT count(*) AS n FROM requests")
            .expect(0)
            .stdout
    };
    (count("flipped") != count("base"))
        .then(|| format!("byte {}: {}", bit / 8, first_lines(&ingest)))
}

#[test]
fn f32_a_flipped_bit_in_log_files_ingests_nothing_again() {
    let world = world();
    let length = fs::read(first_list(&world, "base")).unwrap().len();
    let mut harm = Vec::new();
    for byte in (0..length).step_by(short_or_long(length / 12, 16)) {
        harm.extend(ingested_again(&world, |_| 8 * byte));
    }
    assert!(harm.is_empty(), "{harm:#?}");
}

/// Anywhere else: what is taken wrongly is counted and told, as the two tests above hold it.
#[test]
fn f32_flipped_bits_in_the_list_of_objects() {
    let (world, mut seeded, flips) = (world(), Seeded(32), short_or_long(20, 400));
    let bits = 8 * fs::metadata(first_list(&world, "base")).unwrap().len();
    let mut harm = Vec::new();
    for _ in 0..flips {
        let bit = usize::try_from(seeded.below(bits)).unwrap();
        harm.extend(ingested_again(&world, |_| bit));
    }
    tell!("{flips} flips, {} DID HARM: {harm:#?}", harm.len());
}

/// Every column of every row, with a bit flipped in a data file: an error or the same answer. What
/// changes an answer unnoticed is counted and told; only a digest of the file can catch it.
#[test]
fn f35_flipped_bits_in_a_data_file_never_crash_a_reader() {
    let mut world = World::small();
    world.add(8, 300);
    world.ingest("lake").expect(0);
    let sizes = data_files(&world, "lake", "requests").into_iter();
    let file = sizes
        .max_by_key(|path| fs::metadata(path).unwrap().len())
        .unwrap();
    let whole = fs::read(&file).unwrap();
    let query = || {
        let args = [
            "sql",
            "--lake",
            "lake",
            "--format",
            "csv",
            "SELECT * FROM requests ORDER BY log_file, log_line",
        ];
        // A wrong length must not take all memory.
        let mut command = program("prlimit", world.path());
        command.args(["--as=8589934592", BINARY]).args(args);
        if !LIMITED.get_or_init(|| {
            has(
                "prlimit",
                &["--as=8589934592", "true"],
                "memory is not limited",
            )
        }) {
            command = edgeledger(world.path(), &args);
        }
        ran(&mut command)
    };
    let answer = query().expect(0).stdout;
    let (mut seeded, mut errors, mut same, mut wrong) = (Seeded(35), 0, 0, Vec::new());
    let flips = short_or_long(40, 2_000);
    for _ in 0..flips {
        let at = usize::try_from(seeded.below(whole.len() as u64)).unwrap();
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << seeded.below(8);
        fs::write(&file, bytes).unwrap();
        let ran = query();
        ran.not_a_bug();
        match ran.code() {
            Some(0) if ran.stdout == answer => same += 1,
            Some(0) => wrong.push(at),
            _ => {
                ran.typed_error();
                errors += 1;
            }
        }
    }
    let (size, missed) = (whole.len(), wrong.len());
    tell!(
        "{flips} flips in {size} bytes: {errors} errors, {same} the same, {missed} UNNOTICED at {wrong:?}"
    );
}

static LIMITED: OnceLock<bool> = OnceLock::new();
