//! Sessions over logs that are no lake, and tables that a statement makes of logs.

use std::{collections::BTreeSet, sync::Arc};

use datafusion::{
    catalog::{TableProvider, TableProviderFactory},
    common::tree_node::TreeNodeRecursion,
    datasource::{MemTable, source_as_provider},
    logical_expr::{LogicalPlan, TableScan},
    sql::{
        parser::{DFParser, Statement},
        resolve::resolve_table_references,
    },
};
use edgeledger_rates::PriceBook;

use crate::{
    Limits, QueryError, Session, Settings,
    cached::CachedView,
    engine::limited,
    session::{From, Tables},
    views::{BILL_VIEWS, TRAFFIC, VIEWS},
};

const REQUESTS: &str = "requests";
const LOG_FILES: &str = "log_files";

/// Views that give rows of the tables below them, and count nothing.
const OF_ROWS: [&str; 2] = ["cloudfront_logs", "log_objects"];
/// What else stands on the traffic, or on the distributions that have some.
const OF_TRAFFIC: [&str; 6] = [
    "distributions",
    "legacy_rule_distributions",
    "what_if",
    "each_distribution",
    "forecast_costs",
    "credits_spent",
];

/// Whether statements ask for nothing but rows of requests and log objects, so that one reading of
/// the logs answers each: no view that counts. Of what is no SQL, too, since nothing is read for it.
pub fn asks_rows_alone(sql: &str) -> bool {
    let Ok(statements) = DFParser::parse_sql(sql) else {
        return true;
    };
    let counts = |name: &str| {
        let mut views = VIEWS.iter().chain(BILL_VIEWS).chain([&TRAFFIC]);
        OF_TRAFFIC.contains(&name)
            || (views.any(|view| view.name == name) && !OF_ROWS.contains(&name))
    };
    let mut statements = statements.iter();
    statements.all(|statement| !names(statement).any(|name| counts(&name)))
}

/// The tables that a statement names.
fn names(statement: &Statement) -> impl Iterator<Item = String> {
    let found = resolve_table_references(statement, true);
    let (tables, _) = found.unwrap_or_default();
    tables.into_iter().map(|table| table.table().to_owned())
}

impl Session {
    /// A session over tables of which it is known which distributions have rows: they need not be
    /// read for that.
    ///
    /// # Errors
    /// When a view does not fit the tables.
    pub async fn with_distributions(
        tables: Tables,
        distributions: BTreeSet<String>,
        book: &PriceBook,
        settings: &Settings,
        limits: &Limits,
    ) -> Result<Self, QueryError> {
        let with_rows = distributions.into_iter().collect();
        let ctx = limited(limits)?;
        let session = Self::build(ctx, From::Tables(tables), book, settings, with_rows).await?;
        Ok(session.writing(limits, None))
    }

    /// How often statements read the requests or the log objects, as far as plans tell: each view
    /// that counts reads them once, whoever asks for it. What cannot be planned reads nothing, but
    /// for views of a bill, which the session is still to be given.
    pub async fn readings(&self, sql: &str) -> usize {
        let Ok(statements) = DFParser::parse_sql(sql) else {
            return 0;
        };
        let state = self.ctx.state();
        let mut readings = Readings::default();
        for statement in statements {
            if names(&statement).any(|name| BILL_VIEWS.iter().any(|view| view.name == name)) {
                return usize::MAX;
            }
            if let Ok(plan) = state.statement_to_plan(statement).await {
                readings.add(&plan, false);
            }
        }
        readings.n
    }

    /// Lets `CREATE EXTERNAL TABLE … STORED AS <kind>` make tables of logs, if the session may write.
    pub fn allow_external_tables(&self, kind: &str, factory: Arc<dyn TableProviderFactory>) {
        if self.writes.is_some() {
            let state = self.ctx.state_ref();
            let kind = kind.to_ascii_uppercase();
            state.write().table_factories_mut().insert(kind, factory);
        }
    }
}

/// Counts what reads requests.
#[derive(Default)]
struct Readings {
    n: usize,
    seen: Vec<Arc<dyn TableProvider>>,
}

impl Readings {
    fn add(&mut self, plan: &LogicalPlan, is_counted: bool) {
        let visited = plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                self.add_table(scan, is_counted);
            }
            Ok(TreeNodeRecursion::Continue)
        });
        if visited.is_err() {
            self.n = usize::MAX;
        }
    }

    /// `is_counted` is of tables below a view that was counted for them.
    fn add_table(&mut self, scan: &TableScan, is_counted: bool) {
        let reads = [REQUESTS, LOG_FILES].contains(&scan.table_name.table());
        if reads {
            self.n = self.n.saturating_add(usize::from(!is_counted));
            return;
        }
        let Ok(provider) = source_as_provider(&scan.source) else {
            return;
        };
        if let Some(plan) = provider.get_logical_plan() {
            return self.add(&plan, is_counted);
        }
        let any: &dyn std::any::Any = provider.as_ref();
        if let Some(view) = any.downcast_ref::<CachedView>() {
            if self.seen.iter().any(|seen| Arc::ptr_eq(seen, &provider)) {
                return;
            }
            self.seen.push(Arc::clone(&provider));
            let reads = view.reads_requests() || view.reads(LOG_FILES);
            self.n = self.n.saturating_add(usize::from(reads));
            self.add(view.plan(), true);
        } else if !any.is::<MemTable>() {
            // A scenario, or whatever else asks for itself.
            self.n = usize::MAX;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::asks_rows_alone;

    #[test]
    fn views_that_count_are_told_from_rows() {
        for sql in [
            "SELECT count(*) FROM requests",
            "WITH savings AS (SELECT 1) SELECT * FROM savings, \"requests\"",
            "SELECT * FROM cloudfront_logs LIMIT 5; SELECT * FROM log_objects",
            "EXPLAIN SELECT path FROM requests WHERE date = '2026-10-01'",
            "SELECT * FROM information_schema.tables",
            "SELEC nothing",
        ] {
            assert!(asks_rows_alone(sql), "{sql}");
        }
        for sql in [
            "SELECT * FROM savings",
            "SELECT * FROM requests; SELECT * FROM Monthly_Traffic",
            "EXPLAIN SELECT * FROM public.usage",
            "SELECT * FROM requests WHERE distribution IN (SELECT distribution FROM distributions)",
            "SELECT * FROM what_if('price_class=100')",
            "SELECT * FROM classified_requests JOIN path_cost USING (path)",
        ] {
            assert!(!asks_rows_alone(sql), "{sql}");
        }
    }
}
