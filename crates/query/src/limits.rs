//! What a session may use and do.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use datafusion::{
    common::tree_node::TreeNodeRecursion,
    error::Result,
    execution::{
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        memory_pool::FairSpillPool,
        runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
    },
    logical_expr::{DdlStatement, LogicalPlan},
};

use crate::QueryError;

/// The format of tables made of logs: these are read as sources of logs are, from buckets too.
pub const CLOUDFRONT: &str = "CLOUDFRONT";

/// What a session may use and do. By default it reads, and uses what memory there is.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Bytes that sorts, joins and aggregations of statements may hold together.
    pub memory: Option<usize>,
    /// A folder for what does not fit into them; without one such statements fail.
    pub spill: Option<PathBuf>,
    /// Whether `COPY … TO` a file, `CREATE EXTERNAL TABLE` and `CREATE VIEW` are allowed.
    pub allow_write: bool,
}

impl Limits {
    /// The engine's surroundings.
    pub(crate) fn runtime(&self) -> Result<Arc<RuntimeEnv>> {
        let mut runtime = RuntimeEnvBuilder::new();
        if let Some(bytes) = self.memory {
            let pool = FairSpillPool::new(bytes);
            let mode = match &self.spill {
                Some(dir) => DiskManagerMode::Directories(vec![dir.clone()]),
                None => DiskManagerMode::Disabled,
            };
            runtime = runtime
                .with_memory_pool(Arc::new(pool))
                .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode));
        }
        runtime.build_arc()
    }
}

/// What a session that may write must leave alone.
#[derive(Debug)]
pub(crate) struct Writes {
    /// Tables and views it began with.
    pub(crate) own: BTreeSet<String>,
    /// The folder of its lake.
    pub(crate) lake: Option<PathBuf>,
}

/// Refuses what a statement must not do, wherever in it that is.
pub(crate) fn check(plan: &LogicalPlan, writes: Option<&Writes>) -> Result<(), QueryError> {
    let mut refused = None;
    let visited = plan.apply_with_subqueries(|node| {
        refused = match writes {
            None => writing(node).map(|what| format!("only reading is allowed here: {what}")),
            Some(writes) => writes.refusal(node),
        };
        Ok(if refused.is_some() {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    });
    match (refused, visited) {
        (Some(refused), _) => Err(QueryError::NotReadOnly(refused)),
        (None, Err(error)) => Err(QueryError::Failed(error)),
        (None, Ok(_)) => Ok(()),
    }
}

/// What a node does, if it does not only read.
fn writing(node: &LogicalPlan) -> Option<String> {
    match node {
        LogicalPlan::Ddl(ddl) => Some(spelled(ddl.name())),
        LogicalPlan::Dml(dml) => Some(dml.op.to_string().to_uppercase()),
        LogicalPlan::Copy(_) => Some("COPY".to_owned()),
        LogicalPlan::Statement(statement) => Some(spelled(statement.name())),
        _ => None,
    }
}

/// `CreateView` as `CREATE VIEW`.
fn spelled(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_uppercase());
    }
    words
}

impl Writes {
    /// Why a node is refused, if it is.
    fn refusal(&self, node: &LogicalPlan) -> Option<String> {
        let what = writing(node)?;
        match node {
            LogicalPlan::Copy(copy) => self.of_target(&copy.output_url),
            LogicalPlan::Ddl(DdlStatement::CreateExternalTable(table)) => {
                let of_name = self.of_name(table.name.table());
                if table.file_type.eq_ignore_ascii_case(CLOUDFRONT) {
                    return of_name;
                }
                let mut places = table.locations.iter();
                of_name.or_else(|| places.find_map(|place| of_place(place)))
            }
            LogicalPlan::Ddl(DdlStatement::CreateView(view)) => self.of_name(view.name.table()),
            _ => Some(format!(
                "{what} is never allowed: COPY … TO a file, CREATE EXTERNAL TABLE and CREATE VIEW are"
            )),
        }
    }

    fn of_name(&self, name: &str) -> Option<String> {
        let is_own = self.own.contains(&name.to_lowercase());
        is_own.then(|| format!("`{name}` is a table of the session and stays what it is"))
    }

    fn of_target(&self, target: &str) -> Option<String> {
        if let Some(refused) = of_place(target) {
            return Some(refused);
        }
        let Some(resolved) = resolved(Path::new(target)) else {
            return Some(format!("`{target}` cannot be resolved"));
        };
        let lake = self.lake.as_ref()?;
        let is_of_lake = resolved.starts_with(lake);
        is_of_lake.then(|| format!("`{target}` is in the lake, which no query writes to"))
    }
}

/// Files of this machine only, and by their plain paths: to the engine, whatever begins like an
/// address is one, also without `//`.
fn of_place(place: &str) -> Option<String> {
    let is_address = place.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    is_address.then(|| format!("`{place}` is no path: only local files are read and written here"))
}

/// Where a path leads: `..` as the engine takes it, then links.
fn resolved(path: &Path) -> Option<PathBuf> {
    let mut folded = PathBuf::new();
    for part in std::path::absolute(path).ok()?.components() {
        match part {
            Component::ParentDir => {
                folded.pop();
            }
            part => folded.push(part),
        }
    }
    let mut missing: Vec<&OsStr> = Vec::new();
    let mut existing = folded.as_path();
    loop {
        if let Ok(mut resolved) = existing.canonicalize() {
            resolved.extend(missing.iter().rev());
            return Some(resolved);
        }
        // A link to nothing would be followed by the write.
        if existing.is_symlink() {
            return None;
        }
        missing.push(existing.file_name()?);
        existing = existing.parent()?;
    }
}

#[cfg(test)]
mod tests {
    use super::{Writes, spelled};

    #[test]
    fn the_lake_is_no_target() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("lake/requests")).unwrap();
        std::fs::create_dir(root.join("out")).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.join("lake"), root.join("link")).unwrap();
            std::os::unix::fs::symlink(root.join("lake/new"), root.join("open")).unwrap();
        }
        let writes = Writes {
            own: ["requests".to_owned()].into(),
            lake: Some(root.join("lake")),
        };
        let of = |path: &str| writes.of_target(root.join(path).to_str().unwrap());
        for fine in [
            "out/a.csv",
            "a.csv",
            "new/deep/a.csv",
            "lakes/a",
            "lake/../a",
        ] {
            assert_eq!(of(fine), None, "{fine}");
        }
        for wrong in [
            "lake",
            "lake/a.csv",
            "lake/requests/x/y.parquet",
            "out/../lake/a",
            "none/../lake/a",
        ] {
            assert!(of(wrong).is_some(), "{wrong}");
        }
        #[cfg(unix)]
        for wrong in ["link/a.csv", "open"] {
            assert!(of(wrong).is_some(), "{wrong}");
        }
        for wrong in [
            "s3://bucket/a",
            "file:///tmp/a",
            "file:/tmp/a",
            "FILE:a.csv",
            "http:/example.org/a",
            "http://example.org/a",
        ] {
            assert!(writes.of_target(wrong).is_some(), "{wrong}");
        }
        assert!(writes.of_name("Requests").is_some());
        assert!(writes.of_name("mine").is_none());
    }

    #[test]
    fn names_are_spelled_as_in_sql() {
        assert_eq!(spelled("CreateExternalTable"), "CREATE EXTERNAL TABLE");
        assert_eq!(spelled("Prepare"), "PREPARE");
    }
}
