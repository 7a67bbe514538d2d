//! Which tables there are to ask, and where their rows lie: in Parquet files, or in memory for the live state.

use crate::answer::Answer;
use crate::cells::TableRows;
use crate::error::{OpenError, QueryError};
use crate::generation::generations;
use crate::manifest::Manifest;
use crate::query::{Limits, failed};
use crate::schema::Table;
use crate::{orders, query, session, unmapped_codes};
use datafusion::arrow::array::{Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::MemTable;
use datafusion::common::Result as DfResult;
use datafusion::datasource::file_format::parquet::{ParquetFormat, transform_schema_to_view};
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::prelude::SessionContext;
use milepost_model::Timestamp;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Tables to ask, and the instant that they show.
#[derive(Clone, Debug)]
pub struct Catalog {
    as_of: Timestamp,
    tables: Vec<(Table, Rows)>,
    /// Tables that can be asked for besides: a live question brings the rows that it needs, and no others.
    askable: Vec<Table>,
    kept: Kept,
}

/// The session of the first question, for all that follow with the same limits: they find the tables planned and what
/// was read of the files' ends. Clones of a catalog share it.
#[derive(Clone, Default)]
struct Kept(Arc<OnceCell<(Limits, SessionContext)>>);

impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Kept").field(&self.0.initialized()).finish()
    }
}

/// Where the rows of a table lie.
#[derive(Clone, Debug)]
enum Rows {
    Files(Vec<PathBuf>),
    Memory {
        schema: SchemaRef,
        partitions: Vec<Vec<RecordBatch>>,
    },
    Derived(fn() -> String),
}

/// A table that follows from another.
struct View {
    table: Table,
    of: Table,
    reads: &'static [&'static str],
    sql: fn() -> String,
}

const VIEWS: [View; 2] = [
    View {
        table: Table::Orders,
        of: Table::Shipments,
        reads: &orders::READS,
        sql: orders::sql,
    },
    View {
        table: Table::UnmappedCodes,
        of: Table::Scans,
        reads: &unmapped_codes::READS,
        sql: unmapped_codes::sql,
    },
];

impl Catalog {
    /// The tables of a directory, or of the newest generation in it.
    ///
    /// # Errors
    /// When there are none, or their manifest cannot be understood.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        match Manifest::read(dir) {
            Ok(manifest) => Ok(Self::of_manifest(manifest)),
            Err(none @ OpenError::NoTables { .. }) => match generations(dir) {
                Ok(found) => found
                    .last()
                    .map_or(Err(none), |newest| Manifest::read(newest).map(Self::of_manifest)),
                Err(_) => Err(none),
            },
            Err(error) => Err(error),
        }
    }

    pub(crate) fn of_manifest(manifest: Manifest) -> Self {
        let files = Table::ALL.into_iter().map(|table| (table, manifest.paths(table)));
        let tables = files
            .filter(|(_, paths)| !paths.is_empty())
            .map(|(table, paths)| (table, Rows::Files(paths)));
        Self {
            as_of: manifest.as_of,
            tables: tables.collect(),
            askable: Vec::new(),
            kept: Kept::default(),
        }
        .with_views()
    }

    /// Rows in memory; several of one table, such as one per shard, are one table. All of one table must have been
    /// collected with the same columns.
    #[must_use]
    pub fn live(as_of: Timestamp, rows: Vec<TableRows>) -> Self {
        let mut tables: Vec<(Table, Rows)> = Vec::new();
        for TableRows { table, schema, batches } in rows {
            let known = tables.iter_mut().find(|(known, _)| *known == table);
            if let Some((_, Rows::Memory { partitions, .. })) = known {
                partitions.push(batches);
            } else {
                tables.push((
                    table,
                    Rows::Memory {
                        schema,
                        partitions: vec![batches],
                    },
                ));
            }
        }
        tables.sort_by_key(|(table, _)| *table);
        Self {
            as_of,
            tables,
            askable: Vec::new(),
            kept: Kept::default(),
        }
        .with_views()
    }

    /// Tables that follow from others are views, wherever they were not written and those have the columns.
    fn with_views(mut self) -> Self {
        for view in VIEWS {
            let has_columns = self.tables.iter().any(|(table, rows)| match rows {
                Rows::Files(_) => *table == view.of,
                Rows::Memory { schema, .. } => {
                    *table == view.of && view.reads.iter().all(|name| schema.field_with_name(name).is_ok())
                }
                Rows::Derived(_) => false,
            });
            if has_columns && self.tables.iter().all(|(table, _)| *table != view.table) {
                self.tables.push((view.table, Rows::Derived(view.sql)));
            }
        }
        self.tables.sort_by_key(|(table, _)| *table);
        self
    }

    /// The instant that the tables show: `now()` in SQL.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The same, with these tables explained by `SHOW TABLES` and `DESCRIBE` though no rows of them were brought.
    #[must_use]
    pub fn explaining(mut self, askable: &[Table]) -> Self {
        self.askable = askable.to_vec();
        self.kept = Kept::default();
        self
    }

    /// Every table that is there or can be asked for, in order.
    fn explained(&self) -> Vec<Table> {
        let mut tables = self.tables();
        tables.extend(&self.askable);
        tables.sort();
        tables.dedup();
        tables
    }

    /// The tables there are.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        self.tables.iter().map(|(table, _)| *table).collect()
    }

    /// The files of a table; none where its rows do not lie in files.
    pub(crate) fn paths(&self, table: Table) -> &[PathBuf] {
        let rows = self.tables.iter().find(|(known, _)| *known == table);
        match rows {
            Some((_, Rows::Files(paths))) => paths,
            Some((_, Rows::Memory { .. } | Rows::Derived(_))) | None => &[],
        }
    }

    /// Asks one read-only statement.
    ///
    /// # Errors
    /// [`QueryError`] says what is wrong with it, or which limit it met.
    pub async fn query(&self, sql: &str, limits: &Limits) -> Result<Answer, QueryError> {
        query::run(self, sql, limits).await
    }

    /// Shows the rows of one read-only statement as texts, unknown values as empty ones, however many there are.
    ///
    /// # Errors
    /// [`QueryError`] says what is wrong with it.
    pub async fn each(&self, sql: &str, show: &mut dyn FnMut(&[&str])) -> Result<(), QueryError> {
        query::each(self, sql, &Limits::default(), show).await
    }

    /// Every order, in the columns of [`Table::Orders`].
    pub(crate) async fn orders(&self, limits: &Limits) -> Result<Vec<RecordBatch>, QueryError> {
        let session = self.session(limits).await?;
        let orders = session.table(Table::Orders.name()).await.map_err(failed)?;
        let batches = orders.collect().await.map_err(|error| query::explain(error, limits))?;
        let schema = Table::Orders.schema();
        batches
            .iter()
            .map(|batch| query::conform(batch, &schema).map_err(failed))
            .collect()
    }

    /// A session that has these tables.
    pub(crate) async fn session(&self, limits: &Limits) -> Result<SessionContext, QueryError> {
        let kept = self.kept.0.get_or_try_init(|| async {
            let session = self.fresh_session(limits).await?;
            Ok::<_, QueryError>((*limits, session))
        });
        let (kept_limits, session) = kept.await?;
        if kept_limits == limits {
            Ok(session.clone())
        } else {
            self.fresh_session(limits).await
        }
    }

    async fn fresh_session(&self, limits: &Limits) -> Result<SessionContext, QueryError> {
        let session = session::session(limits)?;
        self.register(&session).await.map_err(failed)?;
        Ok(session)
    }

    async fn register(&self, session: &SessionContext) -> DfResult<()> {
        for (table, rows) in &self.tables {
            match rows {
                Rows::Files(paths) => {
                    session.register_table(table.name(), Arc::new(files_table(session, *table, paths)?))?;
                }
                Rows::Memory { schema, partitions } => {
                    let rows = MemTable::try_new(Arc::clone(schema), partitions.clone())?;
                    session.register_table(table.name(), Arc::new(rows))?;
                }
                Rows::Derived(sql) => {
                    let view = session.sql(&sql()).await?.into_view();
                    session.register_table(table.name(), view)?;
                }
            }
        }
        session.register_table("tables", Arc::new(self.described_tables()?))?;
        session.register_table("columns", Arc::new(self.described_columns()?))?;
        Ok(())
    }

    fn described_tables(&self) -> DfResult<MemTable> {
        let tables = self.explained();
        let names = StringArray::from_iter_values(tables.iter().map(|table| table.name()));
        let descriptions = StringArray::from_iter_values(tables.iter().map(|table| table.description()));
        let schema = Arc::new(Schema::new(vec![text_field("table_name"), text_field("description")]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(names), Arc::new(descriptions)])?;
        MemTable::try_new(schema, vec![vec![batch]])
    }

    fn described_columns(&self) -> DfResult<MemTable> {
        let mut rows = Vec::new();
        for table in self.explained() {
            rows.extend(
                table
                    .columns()
                    .into_iter()
                    .zip(1_i64..)
                    .map(|(column, position)| (table, column, position)),
            );
        }
        let tables = StringArray::from_iter_values(rows.iter().map(|(table, _, _)| table.name()));
        let names = StringArray::from_iter_values(rows.iter().map(|(_, column, _)| column.name));
        let kinds = StringArray::from_iter_values(rows.iter().map(|(_, column, _)| column.kind.sql()));
        let descriptions = StringArray::from_iter_values(rows.iter().map(|(_, column, _)| column.description));
        let positions = Int64Array::from_iter_values(rows.iter().map(|(_, _, position)| *position));
        let schema = Arc::new(Schema::new(vec![
            text_field("table_name"),
            text_field("column_name"),
            text_field("data_type"),
            text_field("description"),
            Field::new("position", DataType::Int64, false),
        ]));
        let columns: Vec<datafusion::arrow::array::ArrayRef> = vec![
            Arc::new(tables),
            Arc::new(names),
            Arc::new(kinds),
            Arc::new(descriptions),
            Arc::new(positions),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
        MemTable::try_new(schema, vec![vec![batch]])
    }
}

fn text_field(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

/// Files are read by our schema, not by theirs: a column that an older file has not is unknown in its rows.
fn files_table(session: &SessionContext, table: Table, paths: &[PathBuf]) -> DfResult<ListingTable> {
    let urls = paths
        .iter()
        .map(|path| ListingTableUrl::parse(path.to_string_lossy()))
        .collect::<DfResult<Vec<_>>>()?;
    let options = ListingOptions::new(Arc::new(ParquetFormat::default()));
    let schema = Arc::new(transform_schema_to_view(&table.schema()));
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(schema);
    let statistics = session.runtime_env().cache_manager.get_file_statistic_cache();
    Ok(ListingTable::try_new(config)?.with_cache(statistics))
}
