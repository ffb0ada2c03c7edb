//! Rows taken out on purpose: retention and erasure.

use std::{collections::BTreeSet, net::IpAddr};

use datafusion::logical_expr::{Expr, col, lit};
use deltalake::protocol::checkpoints;
use futures::TryStreamExt;
use object_store::{ObjectStoreExt, path::Path};
use uuid::Uuid;

use crate::{
    Lake, LakeError, LogFile, MAX_ATTEMPTS, Partition, Status,
    address::{self, names_address},
    log,
    records::Records,
    redo::{self, Numbered, Record, Redo},
    rewrite::{Looked, Rewrite, Rewritten},
    table::{Change, Commit, Kind, TableFile},
    upkeep::{Listener, Upkeep},
};

/// The library trims a log up to a time; the year 2100 is after every commit.
const TRIM_ALL_MS: i64 = 4_102_444_800_000;

/// Which rows to forget: those for which every given condition holds.
#[derive(Debug, Clone, Default)]
pub struct Forget {
    /// Rows of this distribution.
    pub distribution: Option<String>,
    /// Requests before this UTC day, in days since 1970-01-01.
    pub before_day: Option<i32>,
    /// Requests from this address, or forwarded for it.
    pub client_ip: Option<IpAddr>,
}

/// How to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgetMode {
    /// Only count.
    DryRun,
    /// Take the rows out; the files that held them stay until a vacuum.
    Keep,
    /// Take the rows out and delete at once the files that held them.
    Purge,
}

/// What was forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Rows taken out of `requests`.
    pub rows: i64,
    /// Log objects whose records changed.
    pub objects: u64,
    /// Files taken out of `requests`.
    pub files: u64,
    /// Files deleted at once.
    pub purged: u64,
    /// Files in the lake's folders that no version names, from other changes: they may hold such
    /// rows until a vacuum. Counted only by a purge.
    pub dead_files: u64,
}

impl Forget {
    /// The condition on rows. A day or distribution is decided by the partition alone.
    fn expr(&self) -> Result<Expr, LakeError> {
        let mut conditions = Vec::new();
        if let Some(name) = &self.distribution {
            Partition::new(name, 0)?;
            conditions.push(col("distribution").eq(lit(name.as_str())));
        }
        if let Some(day) = self.before_day {
            let day = datafusion::common::ScalarValue::Date32(Some(day));
            conditions.push(col("date").lt(lit(day)));
        }
        if let Some(address) = self.client_ip {
            conditions.push(address::rows_of(address));
        }
        let all = conditions.into_iter().reduce(Expr::and);
        // Nothing given would be everything forgotten.
        all.ok_or(LakeError::NoCondition)
    }

    /// Whether a record keeps, of lines that were rejected, something that is to be forgotten.
    fn is_in_rejects(&self, record: &LogFile) -> bool {
        let (Some(address), Some(rejects)) = (self.client_ip, &record.first_rejects) else {
            return false;
        };
        let other = |name: &String| record.distribution.as_ref().is_some_and(|own| own != name);
        !self.distribution.as_ref().is_some_and(other) && names_address(rejects, address)
    }

    /// What the records say. An address that is to be forgotten is not told.
    fn reason(&self, date: &str) -> String {
        let mut what = Vec::new();
        what.extend(
            self.distribution
                .as_ref()
                .map(|name| format!("distribution {name}")),
        );
        what.extend(
            self.before_day
                .map(|day| format!("requests before {}", crate::writer::date(day))),
        );
        what.extend(self.client_ip.map(|_| "one client address".to_owned()));
        format!("forgotten on {date}: {}", what.join(", "))
    }

    /// The records as they are after `taken` rows are gone.
    fn updated(&self, records: Records, taken: &Rewritten, date: &str) -> Vec<LogFile> {
        let changed = records.into_values().map(|(_, mut record)| {
            let gone = taken.taken.get(&record.key).copied().unwrap_or(0);
            if self.client_ip.is_some() && (gone > 0 || self.is_in_rejects(&record)) {
                record.first_rejects = None;
                record.reason.get_or_insert_with(|| self.reason(date));
            }
            if gone > 0 {
                record.rows -= gone;
                record.forgotten_rows += gone;
                record.reason = Some(self.reason(date));
                if record.rows <= 0 {
                    record.status = Status::Forgotten;
                }
            }
            record
        });
        changed.collect()
    }
}

impl Lake {
    /// Takes rows out of the lake for good.
    ///
    /// The records of the objects they came from are changed in the same commit, so that nothing
    /// is ingested again and `log_files` still adds up. Runs of ingest may work at the same time;
    /// what they add meanwhile is looked at too.
    ///
    /// # Errors
    /// When no condition is given, other writers keep winning, a file to be rewritten is damaged,
    /// or the store fails.
    pub async fn forget(
        &mut self,
        what: &Forget,
        mode: ForgetMode,
        now_us: &(dyn Fn() -> i64 + Sync),
        listener: Listener<'_>,
    ) -> Result<Forgotten, LakeError> {
        let gone = what.expr()?;
        let (batch, mut looked) = (Uuid::new_v4(), Looked::default());
        let rewrite = match mode {
            ForgetMode::DryRun => Rewrite::Count,
            ForgetMode::Keep | ForgetMode::Purge => Rewrite::Write,
        };
        for _ in 0..MAX_ATTEMPTS {
            let plan = self.plan(now_us()).await?;
            listener(Upkeep::Stage {
                what: "looking for rows",
                bytes: 0,
            });
            let files = self.requests.files()?;
            let rewritten = self
                .rewrite_files(files, &gone, rewrite, now_us(), &mut looked)
                .await?;
            let touched = |record: &LogFile| {
                rewritten.taken.contains_key(&record.key) || what.is_in_rejects(record)
            };
            let records = self
                .log_files
                .records(&self.log_files.files()?, &|_| true)
                .await?
                .into_iter()
                .filter(|(_, (_, record))| touched(record))
                .collect();
            let date = crate::writer::date_of(now_us());
            let log_files = what.updated(records, &rewritten, &date);
            let mut forgotten = Forgotten {
                rows: rewritten.taken.values().sum(),
                objects: log_files.len() as u64,
                files: rewritten.removes.len() as u64,
                ..Forgotten::default()
            };
            let nothing = rewritten.removes.is_empty() && log_files.is_empty();
            if mode == ForgetMode::DryRun {
                return Ok(forgotten);
            }
            if !nothing {
                let log_files = &log_files;
                let change = Change {
                    kind: Kind::Rewrite,
                    adds: &rewritten.adds,
                    removes: &rewritten.removes,
                    txn: Some(plan.next_txn),
                    redo: Some(Record { batch, log_files }),
                };
                if self.requests.commit(change, now_us()).await? == Commit::Lost {
                    listener(Upkeep::LostRace);
                    continue;
                }
                listener(Upkeep::Done(format!("{} rows are out", forgotten.rows)));
                // `log_files` is to say so too before the old files go.
                self.plan(now_us()).await?;
                self.requests.checkpoint_if_due().await;
            }
            let mut records_removed = Vec::new();
            if let Some(address) = what.client_ip {
                records_removed = self.erase_from_records(what, now_us).await?;
                if mode == ForgetMode::Purge {
                    self.erase_from_log(address, now_us).await?;
                }
            }
            if mode == ForgetMode::Purge {
                let files = rewritten.removes.iter();
                forgotten.purged = self.requests.delete(files).await?;
                forgotten.purged += self.log_files.delete(records_removed.iter()).await?;
                forgotten.dead_files = self.dead_files().await?;
            }
            return Ok(forgotten);
        }
        Err(LakeError::Contended {
            attempts: MAX_ATTEMPTS,
        })
    }

    /// Rejected lines in older records of `log_files`. Returns the files that held them.
    async fn erase_from_records(
        &mut self,
        what: &Forget,
        now_us: &(dyn Fn() -> i64 + Sync),
    ) -> Result<Vec<TableFile>, LakeError> {
        for _ in 0..MAX_ATTEMPTS {
            self.log_files.refresh().await?;
            let (mut adds, mut removes) = (Vec::new(), Vec::new());
            for file in self.log_files.files()? {
                let mut records = self.log_files.all_records(&file).await?;
                if !records.iter().any(|(_, record)| what.is_in_rejects(record)) {
                    continue;
                }
                for (_, record) in &mut records {
                    if what.is_in_rejects(record) {
                        record.first_rejects = None;
                    }
                }
                let commits: Vec<Numbered> = records
                    .into_iter()
                    .map(|(txn, record)| Numbered {
                        txn,
                        redo: Redo {
                            batch: Uuid::nil(),
                            log_files: vec![record],
                        },
                    })
                    .collect();
                adds.extend(self.put_records(&commits, now_us()).await?);
                removes.push(file);
            }
            if removes.is_empty() {
                return Ok(removes);
            }
            let change = Change {
                kind: Kind::Rewrite,
                adds: &adds,
                removes: &removes,
                txn: None,
                redo: None,
            };
            if self.log_files.commit(change, now_us()).await? == Commit::Done {
                self.log_files.refresh().await?;
                return Ok(removes);
            }
        }
        Err(LakeError::Contended {
            attempts: MAX_ATTEMPTS,
        })
    }

    /// Rejected lines in the records that commits of `requests` carry. If there are any, the log
    /// is trimmed up to a new checkpoint; `log_files` holds those records by now.
    async fn erase_from_log(
        &mut self,
        address: IpAddr,
        now_us: &(dyn Fn() -> i64 + Sync),
    ) -> Result<(), LakeError> {
        let store = self.requests.store();
        let folder = Path::from(log::LOG);
        let mut listing = store.list(Some(&folder));
        let mut named = false;
        while let Some(meta) = listing.try_next().await? {
            if named || meta.location.extension() != Some("json") {
                continue;
            }
            let bytes = store.get(&meta.location).await?.bytes().await?;
            named = commit_names(&bytes, address);
        }
        if !named {
            return Ok(());
        }
        // Only up to a version of which `log_files` holds all records.
        self.plan(now_us()).await?;
        let table = self.requests.delta();
        checkpoints::create_checkpoint(table, None).await?;
        let version = table.version().unwrap_or(0);
        checkpoints::cleanup_expired_logs_for(
            version,
            table.log_store().as_ref(),
            TRIM_ALL_MS,
            None,
        )
        .await?;
        Ok(())
    }

    /// Files that lie in the tables' folders and that no version names any more, or yet.
    async fn dead_files(&mut self) -> Result<u64, LakeError> {
        let mut dead = 0;
        for table in [&mut self.requests, &mut self.log_files] {
            let stored = table.stored().await?;
            table.refresh().await?;
            let live: BTreeSet<Path> = table.files()?.into_iter().map(|file| file.path).collect();
            dead += stored
                .iter()
                .filter(|meta| !live.contains(&meta.location))
                .count() as u64;
        }
        Ok(dead)
    }
}
/// Whether a commit names an address: in its lines, or in records that are packed there.
fn commit_names(commit: &[u8], address: IpAddr) -> bool {
    let names = |text: &str| names_address(text, address);
    names(&String::from_utf8_lossy(commit))
        || match redo::parse(commit) {
            // A commit of others, or one of ours that lost its end.
            Ok(None) => String::from_utf8_lossy(commit).contains("packed"),
            Ok(Some(commit)) => serde_json::to_string(&commit.redo.log_files)
                .map_or(true, |records| names(&records)),
            // What cannot be read is not to be kept either.
            Err(_) => true,
        }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::commit_names;
    use crate::{records::tests::record, redo::Record};

    #[test]
    fn an_address_is_found_in_packed_records() {
        let address = "192.0.2.77".parse().unwrap();
        let mut log_files: Vec<_> = (0..2_000).map(|n| record(&format!("{n}"), n)).collect();
        let commit = |log_files: &[_]| {
            let batch = Uuid::nil();
            let redo = Record { batch, log_files }.to_text().unwrap();
            assert!(!redo.contains("192.0.2"), "it is packed");
            let info = serde_json::json!({"commitInfo": {"userMetadata": redo}});
            let txn = serde_json::json!({"txn": {"appId": "edgeledger-ingest", "version": 1}});
            format!("{info}\n{txn}")
        };
        assert!(!commit_names(commit(&log_files).as_bytes(), address));
        if let Some(record) = log_files.last_mut() {
            record.first_rejects = Some(r#"[{"preview":"192.0.2.77 GET /"}]"#.to_owned());
        }
        let named = commit(&log_files);
        assert!(commit_names(named.as_bytes(), address));
        assert!(!commit_names(
            named.as_bytes(),
            "192.0.2.7".parse().unwrap()
        ));
        assert!(commit_names(
            named.replace("packed", "paxked").as_bytes(),
            address
        ));
        let start = named.lines().next().unwrap_or_default();
        let cut = start.replace("KLUv", "AAAA");
        assert_ne!(cut, start, "what zstd packs begins so");
        assert!(commit_names(cut.as_bytes(), address), "its end is gone too");
    }
}
