//! Finding the aggregations of a plan that a pass can compute.

use std::sync::Arc;

use datafusion::{
    catalog::TableProvider,
    common::{
        Column, DFSchema, DFSchemaRef, NullEquality,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    datasource::{TableType, source_as_provider},
    error::Result,
    logical_expr::{
        Aggregate, Expr, Join, JoinType, LogicalPlan, TableScan, expr::AggregateFunction,
    },
};

use super::{
    groups::{Groups, Op},
    plan::is_of_the_place,
};

/// The table whose rows are many.
pub(super) const REQUESTS: &str = "requests";

/// One aggregation over requests, in terms of their own columns.
#[derive(Debug)]
pub(super) struct Counting {
    pub(super) requests: Arc<dyn TableProvider>,
    /// What prunes files. Rows are tested by `filters`.
    pub(super) scan_filters: Vec<Expr>,
    pub(super) filters: Vec<Expr>,
    /// Rows of smaller tables that these expressions must be among.
    pub(super) members: Vec<Members>,
    pub(super) keys: Vec<Expr>,
    pub(super) measures: Vec<Measure>,
    pub(super) schema: DFSchemaRef,
}

impl Counting {
    /// Whether smaller tables say which days and distributions are looked at.
    pub(super) fn is_narrow(&self) -> bool {
        let is_of_the_place = |members: &Members| members.expressions.iter().all(is_of_the_place);
        self.members.iter().any(is_of_the_place)
    }
}

/// `expressions` must be a row of `plan`'s `columns`.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) expressions: Vec<Expr>,
    pub(super) plan: Arc<LogicalPlan>,
    pub(super) columns: Vec<Expr>,
}

/// A count, sum or extreme.
#[derive(Debug)]
pub(super) struct Measure {
    pub(super) op: Op,
    pub(super) argument: Option<Expr>,
    pub(super) filter: Option<Expr>,
}

/// The aggregations of a plan that can be computed now, each with the node it stands for.
pub(super) fn countings(
    plan: &LogicalPlan,
    may_read_views: bool,
) -> Result<Vec<(LogicalPlan, Counting)>> {
    let mut found = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Aggregate(aggregate) = node
            && let Some(counting) = counting(aggregate)
        {
            let is_ready = counting.members.iter().all(|members| {
                !reads_requests(&members.plan) && (may_read_views || !reads_views(&members.plan))
            });
            if is_ready {
                found.push((node.clone(), counting));
                return Ok(TreeNodeRecursion::Jump);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// Whether a plan has a scan of the requests in it.
pub(crate) fn reads_requests(plan: &LogicalPlan) -> bool {
    plan.exists(|node| Ok(matches!(node, LogicalPlan::TableScan(scan) if is_requests(scan))))
        .unwrap_or(true)
}

fn reads_views(plan: &LogicalPlan) -> bool {
    let is_view = |node: &LogicalPlan| match node {
        LogicalPlan::TableScan(scan) => scan.source.table_type() == TableType::View,
        _ => false,
    };
    plan.exists(|node| Ok(is_view(node))).unwrap_or(true)
}

fn is_requests(scan: &TableScan) -> bool {
    scan.table_name.table() == REQUESTS
}

fn counting(aggregate: &Aggregate) -> Option<Counting> {
    if aggregate.group_expr.is_empty() || aggregate.aggr_expr.len() > Groups::MAX_MEASURES {
        return None;
    }
    let mut chain = Chain::of(&aggregate.input)?;
    let schema = aggregate.input.schema();
    let keys = aggregate.group_expr.iter().map(|key| {
        let is_set = matches!(key, Expr::GroupingSet(_));
        (!is_set).then(|| chain.own(key, schema)).flatten()
    });
    let keys = keys.collect::<Option<Vec<_>>>()?;
    let measures = aggregate.aggr_expr.iter();
    let measures = measures.map(|measure| chain.measure(measure, schema));
    let measures = measures.collect::<Option<Vec<_>>>()?;
    Some(Counting {
        requests: chain.requests,
        scan_filters: std::mem::take(&mut chain.scan_filters),
        filters: chain.filters,
        members: chain.members,
        keys,
        measures,
        schema: Arc::clone(&aggregate.schema),
    })
}

/// What lies between an aggregation and the requests: projections, filters and memberships.
struct Chain {
    requests: Arc<dyn TableProvider>,
    /// The columns of the node, in terms of the requests' own.
    columns: Vec<Expr>,
    scan_filters: Vec<Expr>,
    filters: Vec<Expr>,
    members: Vec<Members>,
}

impl Chain {
    fn of(plan: &LogicalPlan) -> Option<Self> {
        match plan {
            LogicalPlan::TableScan(scan) if is_requests(scan) && scan.fetch.is_none() => {
                let columns = scan.projected_schema.fields().iter();
                let scan_filters: Vec<_> = scan.filters.iter().map(unqualified).collect();
                Some(Self {
                    requests: source_as_provider(&scan.source).ok()?,
                    columns: columns.map(|field| own_column(field.name())).collect(),
                    filters: scan_filters.clone(),
                    scan_filters,
                    members: Vec::new(),
                })
            }
            LogicalPlan::Filter(filter) => {
                let mut chain = Self::of(&filter.input)?;
                let own = chain.own(&filter.predicate, filter.input.schema())?;
                if !chain.filters.contains(&own) {
                    chain.filters.push(own);
                }
                Some(chain)
            }
            LogicalPlan::Projection(projection) => {
                let mut chain = Self::of(&projection.input)?;
                let own = projection.expr.iter();
                let own = own.map(|expr| chain.own(expr, projection.input.schema()));
                chain.columns = own.collect::<Option<_>>()?;
                Some(chain)
            }
            LogicalPlan::SubqueryAlias(alias) => Self::of(&alias.input),
            LogicalPlan::Join(join) => Self::of_members(join),
            _ => None,
        }
    }

    fn of_members(join: &Join) -> Option<Self> {
        let is_membership = join.join_type == JoinType::LeftSemi
            && join.filter.is_none()
            && !join.on.is_empty()
            && join.null_equality == NullEquality::NullEqualsNothing;
        if !is_membership {
            return None;
        }
        let mut chain = Self::of(&join.left)?;
        let left = join.on.iter();
        let left = left.map(|(left, _)| chain.own(left, join.left.schema()));
        let expressions = left.collect::<Option<_>>()?;
        chain.members.push(Members {
            expressions,
            plan: Arc::clone(&join.right),
            columns: join.on.iter().map(|(_, right)| right.clone()).collect(),
        });
        Some(chain)
    }

    /// An expression over the node's columns in terms of the requests' own.
    fn own(&self, expr: &Expr, schema: &DFSchema) -> Option<Expr> {
        let own = expr.clone().transform_up(|part| match part {
            Expr::Column(column) => {
                let at = schema.index_of_column(&column)?;
                let own = self.columns.get(at).cloned();
                Ok(Transformed::yes(own.unwrap_or(Expr::Column(column))))
            }
            Expr::Alias(alias) => Ok(Transformed::yes(*alias.expr)),
            other => Ok(Transformed::no(other)),
        });
        let own = own.ok()?.data;
        let has_subquery = own.exists(|part| {
            Ok(matches!(
                part,
                Expr::ScalarSubquery(_)
                    | Expr::InSubquery(_)
                    | Expr::Exists(_)
                    | Expr::OuterReferenceColumn(..)
            ))
        });
        (!own.is_volatile() && !has_subquery.unwrap_or(true)).then_some(own)
    }

    fn measure(&self, measure: &Expr, schema: &DFSchema) -> Option<Measure> {
        let Expr::AggregateFunction(AggregateFunction { func, params }) = unaliased(measure) else {
            return None;
        };
        if params.distinct || !params.order_by.is_empty() || params.null_treatment.is_some() {
            return None;
        }
        let [argument] = params.args.as_slice() else {
            return None;
        };
        let op = match func.name() {
            "count" => Op::Count,
            "sum" => Op::Sum,
            "min" => Op::Min,
            "max" => Op::Max,
            _ => return None,
        };
        let is_every_row =
            op == Op::Count && matches!(argument, Expr::Literal(value, _) if !value.is_null());
        let argument = if is_every_row {
            None
        } else {
            Some(self.own(argument, schema)?)
        };
        let filter = match &params.filter {
            Some(filter) => Some(self.own(filter, schema)?),
            None => None,
        };
        Some(Measure {
            op,
            argument,
            filter,
        })
    }
}

fn unaliased(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => unaliased(&alias.expr),
        other => other,
    }
}

fn own_column(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}

fn unqualified(filter: &Expr) -> Expr {
    let own = filter.clone().transform_up(|part| match part {
        Expr::Column(column) => Ok(Transformed::yes(own_column(&column.name))),
        other => Ok(Transformed::no(other)),
    });
    own.map_or_else(|_| filter.clone(), |own| own.data)
}
