//! Makes the whole of `sample-logs/` in memory, and compares a folder with it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};

use crate::calendar;
use crate::catalog::{self, DISTRIBUTIONS, Distribution, MONTH};
use crate::counter::Counter;
use crate::plan::{self, FilePlan, Shape, Spoil};
use crate::prng::Prng;
use crate::row::{Layout, Row};
use crate::traffic::{N_HOSTILE, Traffic};
use crate::truth::{Gap, LateFile, Reject, Truth};

/// The seed of the committed sample.
pub const DEFAULT_SEED: u64 = 2026;

/// Everything that lies in `sample-logs/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Path below the folder, with `/`, and content.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The counters, as in the file `truth.json`.
    pub truth: Truth,
}

impl Sample {
    /// Makes the sample of a seed: the same bytes every time and everywhere.
    ///
    /// # Errors
    /// Only when compression in memory fails.
    pub fn make(seed: u64) -> io::Result<Self> {
        let (gap_name, gap_date, gap_hours) = plan::GAP;
        let gap_id = DISTRIBUTIONS
            .iter()
            .find(|d| d.name == gap_name)
            .map_or("", |d| d.id);
        let mut counter = Counter::new(Truth {
            seed,
            month: MONTH.to_owned(),
            gap: Gap {
                distribution: gap_id.to_owned(),
                from: format!("{gap_date}T00:00:00Z"),
                until: format!("{gap_date}T{gap_hours:02}:00:00Z"),
            },
            ..Truth::default()
        });
        let traffic: BTreeMap<_, _> = DISTRIBUTIONS
            .iter()
            .map(|d| (d.id, Traffic::new(seed, d)))
            .collect();
        let mut files = BTreeMap::new();
        for plan in plan::files(seed) {
            let mut prng = Prng::new(&[seed, 4, plan.distribution.kind as u64, plan.start_s]);
            let traffic = &traffic[plan.distribution.id];
            let (path, bytes) = log_file(&mut counter, &mut prng, &plan, traffic)?;
            files.insert(path, bytes);
        }
        let truth = counter.finish();
        let mut json = serde_json::to_vec_pretty(&truth)?;
        json.push(b'\n');
        files.insert("truth.json".to_owned(), json);
        files.insert(
            "edgeledger.toml".to_owned(),
            catalog::settings_toml().into_bytes(),
        );
        files.insert(
            "rules.toml".to_owned(),
            include_bytes!("../templates/rules.toml").to_vec(),
        );
        files.insert(
            "README.md".to_owned(),
            include_bytes!("../templates/README.md").to_vec(),
        );
        Ok(Self { files, truth })
    }

    /// Writes all files below `folder`. Files that do not belong there are left alone.
    ///
    /// # Errors
    /// When a folder or file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        for (path, bytes) in &self.files {
            let target = folder.join(path);
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(target, bytes)?;
        }
        Ok(())
    }

    /// Paths below `folder` that are missing there, differ, or do not belong; empty when all is well.
    ///
    /// # Errors
    /// When `folder` cannot be read.
    pub fn differences(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut found = BTreeMap::new();
        read_tree(folder, "", &mut found)?;
        let mut out = Vec::new();
        for (path, bytes) in &self.files {
            match found.remove(path) {
                None => out.push(format!("{path}: missing")),
                Some(other) if other != *bytes => out.push(format!("{path}: differs")),
                Some(_) => {}
            }
        }
        out.extend(
            found
                .into_keys()
                .map(|path| format!("{path}: does not belong here")),
        );
        Ok(out)
    }
}

fn read_tree(root: &Path, below: &str, out: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in std::fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.file_type()?.is_dir() {
            read_tree(root, &path, out)?;
        } else {
            out.insert(path, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// One line to be written.
enum Line {
    Good(Row),
    Spoilt(Row, Spoil),
    Blank,
}

fn log_file(
    counter: &mut Counter,
    prng: &mut Prng,
    plan: &FilePlan,
    traffic: &Traffic,
) -> io::Result<(String, Vec<u8>)> {
    let distribution = plan.distribution;
    let path = format!(
        "cloudfront/{}/{}.{}.{:08x}.gz",
        distribution.name,
        distribution.id,
        calendar::hour(plan.start_s),
        prng.next() >> 32
    );
    let before = counter.truth.totals;
    let lines = lines(prng, plan, traffic);
    let text = text(counter, plan, &lines, &path);
    let bytes = match plan.shape {
        Shape::MultiMember => {
            // Cut anywhere: a member need not end with a line.
            let (first, rest) = text.split_at(text.len() / 3);
            let (second, third) = rest.split_at(rest.len() / 2);
            [pack(first)?, pack(second)?, pack(third)?].concat()
        }
        _ => pack(&text)?,
    };
    let truth = &mut counter.truth;
    truth.totals.objects += 1;
    truth.totals.bytes_compressed += bytes.len() as u64;
    truth.totals.bytes_uncompressed += text.len() as u64;
    if let Some(name) = plan.shape.name() {
        truth
            .special_files
            .entry(name.to_owned())
            .or_default()
            .push(path.clone());
    }
    if plan.has_hostile_rows {
        truth
            .special_files
            .entry("hostile".to_owned())
            .or_default()
            .push(path.clone());
    }
    if plan.is_late {
        truth.late_file = LateFile {
            date: calendar::date(plan.start_s / calendar::DAY_S),
            distribution: distribution.id.to_owned(),
            file: path.clone(),
            response_bytes: truth.totals.response_bytes - before.response_bytes,
            rows: truth.totals.rows - before.rows,
        };
    }
    Ok((path, bytes))
}

/// The lines of a file, unordered in time as CloudFront's are.
fn lines(prng: &mut Prng, plan: &FilePlan, traffic: &Traffic) -> Vec<Line> {
    let at = |prng: &mut Prng| plan.start_s + prng.below(3600);
    let mut rows = Vec::new();
    let mut left = 0;
    let (mut session, mut at_s) = (traffic.session(prng), plan.start_s);
    for _ in 0..plan.n_rows {
        if left == 0 {
            left = prng.range(1, 9);
            (session, at_s) = (traffic.session(prng), at(prng));
        }
        left -= 1;
        at_s = (at_s + prng.below(4)).min(plan.start_s + 3599);
        rows.push(traffic.row(prng, session, at_s));
    }
    for _ in 0..plan.n_anomaly_rows {
        let at_s = at(prng);
        rows.insert(prng.index(rows.len()), traffic.anomaly_row(prng, at_s));
    }
    if plan.has_hostile_rows {
        for number in 0..N_HOSTILE {
            let at_s = at(prng);
            rows.insert(
                prng.index(rows.len()),
                traffic.hostile_row(prng, at_s, number),
            );
        }
    }
    // Real ids are random to the end. One tail per file keeps the sample small.
    let tail = prng.base64(44) + "==";
    for row in &mut rows {
        row.request_id += &tail;
        // Before 2020-10 the shield's hits stood in the plain columns; old layouts keep that.
        if plan.shape == Shape::Plain(Layout::First(26)) && row.detailed == "OriginShieldHit" {
            row.result("OriginShieldHit");
        }
    }
    let mut lines: Vec<Line> = rows.into_iter().map(Line::Good).collect();
    for spoil in plan.spoilt {
        let at_s = at(prng);
        let session = traffic.session(prng);
        let row = traffic.row(prng, session, at_s);
        lines.insert(prng.index(lines.len()), Line::Spoilt(row, *spoil));
    }
    if plan.shape == Shape::BlankLines {
        lines.insert(1, Line::Blank);
        lines.insert(lines.len() / 2, Line::Blank);
    }
    lines
}

/// Writes the lines and counts them.
fn text(counter: &mut Counter, plan: &FilePlan, lines: &[Line], path: &str) -> Vec<u8> {
    let mut layout = match plan.shape {
        Shape::Plain(layout) => layout,
        _ => Layout::First(33),
    };
    let mut text = String::new();
    let mut n_lines = 0;
    if layout != Layout::Json {
        text += "#Version: 1.0\n";
        text += &fields_line(layout);
        n_lines = 2;
    }
    for (i, line) in lines.iter().enumerate() {
        if plan.shape == Shape::MidFileChange && i == lines.len() / 2 {
            layout = Layout::First(26);
            text += &fields_line(layout);
            n_lines += 1;
        }
        n_lines += 1;
        match line {
            Line::Good(row) => {
                counter.count(plan.distribution, layout, row);
                text += &record(row, layout, plan.distribution);
            }
            Line::Spoilt(row, spoil) => {
                let truth = &mut counter.truth;
                truth.totals.data_lines += 1;
                truth.totals.rejected_rows += 1;
                truth.rejects.push(Reject {
                    file: path.to_owned(),
                    line: n_lines,
                    reason: spoil.reason(),
                });
                text += &spoilt(cells(row, layout, plan.distribution), *spoil).join("\t");
            }
            Line::Blank => {}
        }
        text.push('\n');
    }
    text.into_bytes()
}

fn fields_line(layout: Layout) -> String {
    format!("#Fields: {}\n", layout.columns().join(" "))
}

fn cells(row: &Row, layout: Layout, distribution: &Distribution) -> Vec<String> {
    layout
        .columns()
        .into_iter()
        .map(|column| row.value(column, distribution))
        .collect()
}

fn record(row: &Row, layout: Layout, distribution: &Distribution) -> String {
    let cells = cells(row, layout, distribution);
    if layout != Layout::Json {
        return cells.join("\t");
    }
    // Written by hand: the order of a map's keys would depend on a feature of the JSON library.
    let pairs: Vec<String> = layout
        .columns()
        .into_iter()
        .zip(cells)
        .map(|(column, cell)| format!("\"{column}\":{}", serde_json::Value::String(cell)))
        .collect();
    format!("{{{}}}", pairs.join(","))
}

/// Makes good cells bad.
fn spoilt(mut cells: Vec<String>, spoil: Spoil) -> Vec<String> {
    match spoil {
        Spoil::ShortRow => cells.truncate(31),
        Spoil::LongRow => cells.extend(["stray".to_owned(), "cells".to_owned()]),
        Spoil::BadDate => "2026-13-45".clone_into(&mut cells[0]),
        Spoil::BadNumber => "12x4".clone_into(&mut cells[3]),
    }
    cells
}

/// One gzip member as CloudFront writes them: no name, no time.
fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new()
        .mtime(0)
        .operating_system(0)
        .write(Vec::new(), Compression::new(9));
    encoder.write_all(bytes)?;
    encoder.finish()
}
