//! Which columns a query reads: so that the live state is asked for those only.

use crate::catalog::Catalog;
use crate::cells::Collector;
use crate::error::QueryError;
use crate::query::{Limits, failed, plan};
use crate::schema::Table;
use crate::session;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::LogicalPlan;
use milepost_model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Tables and columns that a query reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needs {
    tables: BTreeMap<Table, Vec<usize>>,
}

impl Needs {
    /// The tables.
    pub fn tables(&self) -> impl Iterator<Item = Table> {
        self.tables.keys().copied()
    }

    /// The columns of a table, by their places in [`Table::columns`]; `None` when the query does not read the table.
    #[must_use]
    pub fn columns(&self, table: Table) -> Option<&[usize]> {
        self.tables.get(&table).map(Vec::as_slice)
    }

    /// An empty collector for the columns of a table; `None` when the query does not read the table.
    #[must_use]
    pub fn collector(&self, table: Table) -> Option<Collector> {
        self.columns(table).map(|places| Collector::of(table, places))
    }
}

/// What a query over the live state needs. `tables` are those that the live state can give.
///
/// # Errors
/// The same that asking the query would give, so that a wrong query costs the shards nothing.
pub async fn needs(sql: &str, tables: &[Table]) -> Result<Needs, QueryError> {
    let limits = Limits::default();
    let rows = tables.iter().map(|table| Collector::new(*table).finish()).collect();
    let session = Catalog::live(Timestamp::from_millis(0), rows).session(&limits).await?;
    let state = session::state_as_of(&session, Timestamp::from_millis(0))?;
    let plan = plan(&state, sql).await?;
    let mut scanned = BTreeSet::new();
    let mut named = BTreeSet::new();
    let visited = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            scanned.extend(Table::parse(scan.table_name.table()));
        }
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                named.extend(part.column_refs().into_iter().map(|column| column.name.clone()));
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    visited.map_err(failed)?;
    Ok(Needs {
        tables: scanned
            .into_iter()
            .map(|table| (table, places(table, &named)))
            .collect(),
    })
}

/// The columns of a table that have one of these names. A name is enough: aliases only make it read a column too many.
fn places(table: Table, names: &BTreeSet<String>) -> Vec<usize> {
    let columns = table.columns();
    let named = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| names.contains(column.name))
        .map(|(place, _)| place);
    named.collect()
}
