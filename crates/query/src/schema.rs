//! The schema of a session: its tables, and the views, each planned when it is first asked for.
//!
//! Planning every view would take longer than most queries, and a scenario needs only a part of
//! them.

use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use datafusion::{
    catalog::{MemorySchemaProvider, SchemaProvider, TableProvider},
    common::exec_datafusion_err,
    datasource::ViewTable,
    error::{DataFusionError, Result},
    execution::SessionState,
    prelude::SessionContext,
};
use tokio::sync::OnceCell;

use crate::{
    cached::CachedView,
    error::ViewError,
    views::{View, ViewKind},
};

/// Gives the state of the session, without keeping it alive.
type State = Box<dyn Fn() -> Option<SessionState> + Send + Sync>;

/// A view, and its plan once it was asked for.
type Planned = (&'static View, OnceCell<Arc<dyn TableProvider>>);

pub(crate) struct Schema {
    tables: MemorySchemaProvider,
    views: BTreeMap<&'static str, Planned>,
    state: State,
}

impl Schema {
    pub(crate) fn new(ctx: &SessionContext, views: impl Iterator<Item = &'static View>) -> Self {
        let state = ctx.state_weak_ref();
        Self {
            tables: MemorySchemaProvider::new(),
            views: views
                .map(|view| (view.name, (view, OnceCell::new())))
                .collect(),
            state: Box::new(move || state.upgrade().map(|state| state.read().clone())),
        }
    }

    async fn plan(&self, view: &'static View) -> Result<Arc<dyn TableProvider>> {
        let fail = |source| {
            DataFusionError::External(Box::new(ViewError {
                view: view.name,
                source,
            }))
        };
        let state = (self.state)().ok_or_else(|| exec_datafusion_err!("the session is closed"))?;
        let plan = state.create_logical_plan(view.sql).await.map_err(fail)?;
        Ok(match view.kind {
            ViewKind::Rows => Arc::new(ViewTable::new(plan, Some(view.sql.to_owned()))),
            ViewKind::Pass => Arc::new(CachedView::new(plan, false)),
            ViewKind::Summary | ViewKind::Money => Arc::new(CachedView::new(plan, true)),
        })
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").finish_non_exhaustive()
    }
}

#[async_trait]
impl SchemaProvider for Schema {
    fn table_names(&self) -> Vec<String> {
        let views = self.views.keys().map(|name| (*name).to_owned());
        self.tables.table_names().into_iter().chain(views).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if let Some(table) = self.tables.table(name).await? {
            return Ok(Some(table));
        }
        let Some((view, planned)) = self.views.get(name) else {
            return Ok(None);
        };
        let planned = planned.get_or_try_init(|| self.plan(view)).await?;
        Ok(Some(Arc::clone(planned)))
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        self.tables.register_table(name, table)
    }

    /// Only what a user has made goes, to be replaced.
    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        self.tables.deregister_table(name)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.views.contains_key(name) || self.tables.table_exist(name)
    }
}
