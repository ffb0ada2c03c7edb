//! The names of a session, for completion and lists.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use edgeledger_query::{Session, question, questions};
use tokio::runtime::Handle;

use super::complete::Names;

/// The names of a session, asked from a thread that may wait for them.
pub(super) struct SessionNames {
    session: Session,
    runtime: Handle,
    /// Columns by table, as views are planned for them.
    columns: Mutex<BTreeMap<String, Vec<String>>>,
}

impl SessionNames {
    pub(super) fn new(session: Session) -> Self {
        Self {
            session,
            runtime: Handle::current(),
            columns: Mutex::default(),
        }
    }
}

impl Names for SessionNames {
    fn relations(&self) -> Vec<String> {
        self.session.table_names()
    }

    fn columns(&self, relation: &str) -> Vec<String> {
        let mut known = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(columns) = known.get(relation) {
            return columns.clone();
        }
        // What cannot be planned has nothing to offer; asking it says why.
        let schema = self.runtime.block_on(self.session.columns(relation));
        let columns: Vec<String> = schema.map_or_else(
            |_| Vec::new(),
            |schema| {
                schema
                    .fields()
                    .iter()
                    .map(|field| field.name().clone())
                    .collect()
            },
        );
        known.insert(relation.to_owned(), columns.clone());
        columns
    }

    fn functions(&self) -> Vec<String> {
        self.session.functions().into_iter().collect()
    }

    fn table_functions(&self) -> Vec<String> {
        self.session.table_functions().into_iter().collect()
    }

    fn questions(&self) -> Vec<String> {
        questions()
            .map(|question| question.name.to_owned())
            .collect()
    }

    fn parameters(&self, name: &str) -> Vec<String> {
        let parameters = question(name).map(|question| question.params);
        let parameters = parameters.into_iter().flatten();
        parameters.map(|param| param.name.to_owned()).collect()
    }
}
