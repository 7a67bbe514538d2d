//! Asking: one statement, read-only, within limits; and what went wrong in words that help.

use crate::answer::Answer;
use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::schema::Table;
use crate::{own_place, session};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::dataframe::DataFrame;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::Statement as Sql;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use std::time::Duration;

/// What one query may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Rows of an answer; what comes after is cut off and the answer says so.
    pub rows_max: usize,
    /// Memory for sorting, grouping and joining. The tables themselves do not count.
    pub memory_bytes_max: usize,
    /// Time until it is stopped.
    pub ms_max: u64,
    /// Parallel parts of the query.
    pub threads: usize,
}

impl Default for Limits {
    /// For a person at a terminal.
    fn default() -> Self {
        Self {
            rows_max: 1_000_000,
            memory_bytes_max: 1 << 30,
            ms_max: 300_000,
            threads: 4,
        }
    }
}

/// Runs one statement over the tables of a catalog.
pub(crate) async fn run(catalog: &Catalog, sql: &str, limits: &Limits) -> Result<Answer, QueryError> {
    let running = async {
        let session = catalog.session(limits).await?;
        let state = session::state_as_of(&session, catalog.as_of())?;
        let plan = plan(&state, sql).await?;
        collect(state, plan, limits)
            .await
            .map_err(|error| explain(error, limits))
    };
    match tokio::time::timeout(Duration::from_millis(limits.ms_max), running).await {
        Ok(answer) => answer,
        Err(_) => Err(QueryError::Time { ms_max: limits.ms_max }),
    }
}

/// Shows the rows of one statement as texts, unknown values as empty ones. However many there are, none of them is kept.
pub(crate) async fn each(
    catalog: &Catalog,
    sql: &str,
    limits: &Limits,
    show: &mut dyn FnMut(&[&str]),
) -> Result<(), QueryError> {
    let session = catalog.session(limits).await?;
    let state = session::state_as_of(&session, catalog.as_of())?;
    let plan = plan(&state, sql).await?;
    let wrong = |error| explain(error, limits);
    let task = state.task_ctx();
    let physical = DataFrame::new(state, plan)
        .create_physical_plan()
        .await
        .map_err(wrong)?;
    let mut stream = execute_stream(physical, task).map_err(wrong)?;
    while let Some(batch) = next(&mut stream).await {
        let batch = batch.map_err(wrong)?;
        let texts = batch.columns().iter().map(|column| Ok(cast(column, &DataType::Utf8)?));
        let texts: Vec<ArrayRef> = texts.collect::<Result<_, DataFusionError>>().map_err(wrong)?;
        for row in 0..batch.num_rows() {
            let values = texts.iter().map(|column| {
                let texts = column.as_string::<i32>();
                if texts.is_valid(row) { texts.value(row) } else { "" }
            });
            let values: Vec<&str> = values.collect();
            show(&values);
        }
    }
    Ok(())
}

/// The plan of one read-only statement.
pub(crate) async fn plan(state: &SessionState, sql: &str) -> Result<LogicalPlan, QueryError> {
    let mut statement = described(statement(sql)?)?;
    refuse_writes(&statement)?;
    refuse_unknown_tables(state, &statement).await?;
    let filled = own_place::filled(&mut statement);
    let plan = state
        .statement_to_plan(statement)
        .await
        .map_err(|error| own_place::explained(explain(error, &Limits::default()), filled))?;
    let allowed = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    allowed
        .verify_plan(&plan)
        .map_err(|_| QueryError::ReadOnly(first_word(sql)))?;
    Ok(plan)
}

async fn collect(state: SessionState, plan: LogicalPlan, limits: &Limits) -> Result<Answer, DataFusionError> {
    let task = state.task_ctx();
    let frame = DataFrame::new(state, plan);
    let physical = frame.create_physical_plan().await?;
    let mut answer = Answer::empty(physical.schema());
    let mut stream = execute_stream(physical, task)?;
    while let Some(batch) = next(&mut stream).await {
        if !answer.take(batch?, limits.rows_max) {
            break;
        }
    }
    Ok(answer)
}

/// The next batch of a stream.
async fn next(
    stream: &mut datafusion::execution::SendableRecordBatchStream,
) -> Option<Result<RecordBatch, DataFusionError>> {
    use datafusion::execution::RecordBatchStream;
    std::future::poll_fn(|context| {
        let stream: std::pin::Pin<&mut (dyn RecordBatchStream + Send)> = stream.as_mut();
        stream.poll_next(context)
    })
    .await
}

fn statement(sql: &str) -> Result<Statement, QueryError> {
    let parsed = DFParserBuilder::new(sql)
        .with_dialect(&GenericDialect {})
        .build()
        .and_then(|mut parser| parser.parse_statements());
    let mut statements = parsed.map_err(|error| explain(error, &Limits::default()))?;
    let count = statements.len();
    match statements.pop_front() {
        Some(statement) if count == 1 => Ok(statement),
        Some(_) | None => Err(QueryError::Statements(count)),
    }
}

/// `SHOW TABLES` and `DESCRIBE` of our own tables explain what rows and columns mean.
fn described(asked: Statement) -> Result<Statement, QueryError> {
    let Statement::Statement(sql) = &asked else {
        return Ok(asked);
    };
    if let Sql::ShowTables { .. } = sql.as_ref() {
        return statement("SELECT table_name, description FROM tables");
    }
    let Sql::ExplainTable { table_name, .. } = sql.as_ref() else {
        return Ok(asked);
    };
    match Table::parse(&table_name.to_string().to_ascii_lowercase()) {
        Some(table) => statement(&format!(
            "SELECT column_name, data_type, description FROM columns WHERE table_name = '{}' ORDER BY position",
            table.name()
        )),
        None => Ok(asked),
    }
}

/// Refuses by the statement itself, before anything is planned: planning a `COPY` would already look at files.
fn refuse_writes(statement: &Statement) -> Result<(), QueryError> {
    let asks = match statement {
        Statement::Statement(sql) => matches!(
            sql.as_ref(),
            Sql::Query(_)
                | Sql::Explain { .. }
                | Sql::ExplainTable { .. }
                | Sql::ShowColumns { .. }
                | Sql::ShowFunctions { .. }
                | Sql::ShowVariable { .. }
        ),
        Statement::Explain(explain) => return refuse_writes(&explain.statement),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => false,
    };
    if asks {
        Ok(())
    } else {
        Err(QueryError::ReadOnly(first_word(&statement.to_string())))
    }
}

fn first_word(sql: &str) -> String {
    sql.split_whitespace().next().unwrap_or_default().to_ascii_uppercase()
}

async fn refuse_unknown_tables(state: &SessionState, statement: &Statement) -> Result<(), QueryError> {
    for reference in state.resolve_table_references(statement).map_err(failed)? {
        let name = reference.table().to_owned();
        let known = match state.schema_for_ref(reference) {
            Ok(schema) => schema.table_exist(&name),
            Err(_) => false,
        };
        if !known && !state.table_functions().contains_key(&name) {
            return Err(QueryError::NoTable {
                name,
                tables: table_names(state),
            });
        }
    }
    Ok(())
}

fn table_names(state: &SessionState) -> Vec<String> {
    let mut names = state
        .schema_for_ref("tables")
        .map_or_else(|_| Vec::new(), |schema| schema.table_names());
    names.sort_by_key(|name| (Table::parse(name).is_none(), Table::parse(name), name.clone()));
    names
}

/// An error of which there is nothing more to say than DataFusion says.
pub(crate) fn failed(error: DataFusionError) -> QueryError {
    QueryError::Failed(plain(&error.find_root().strip_backtrace()))
}

/// What a person can do about an error of DataFusion.
pub(crate) fn explain(error: DataFusionError, limits: &Limits) -> QueryError {
    let root = error.find_root();
    if let DataFusionError::SchemaError(schema, _) = root
        && let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref()
    {
        let names = valid_fields.iter().map(|column| column.name.clone()).collect();
        return QueryError::NoColumn {
            name: field.name.clone(),
            nearest: nearest(&field.name, names),
        };
    }
    if let DataFusionError::SQL(parser, _) = root {
        return QueryError::Syntax(plain(&parser.to_string()));
    }
    if let DataFusionError::ResourcesExhausted(_) = root {
        return QueryError::Memory {
            bytes_max: limits.memory_bytes_max,
        };
    }
    failed(error)
}

/// Without the words that speak to programmers.
fn plain(message: &str) -> String {
    // What a function says itself of its arguments.
    let said = message.split_once("user-defined coercion failed with: ");
    let said = said.and_then(|(_, said)| said.split(" No function matches").next());
    let mut text = said.unwrap_or(message);
    for prefix in [
        "sql parser error: ",
        "Error during planning: ",
        "Execution error: ",
        "This feature is not implemented: ",
    ] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    let end = text
        .find("\n\nBacktrace")
        .or_else(|| text.find("This issue was likely caused by a bug in DataFusion"));
    text.get(..end.unwrap_or(text.len()))
        .unwrap_or(text)
        .trim_end()
        .to_owned()
}

/// The three names that look most like it.
fn nearest(name: &str, mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names.sort_by_key(|known| distance(name, known));
    let far = name.len() / 2 + 1;
    names
        .into_iter()
        .filter(|known| distance(name, known) <= far || known.contains(name))
        .take(3)
        .collect()
}

/// Letters to change, add or take away to make one from the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut diagonal = place;
        let mut left = place + 1;
        let mut fresh = vec![left];
        for (above, candidate) in row.iter().skip(1).zip(other.chars()) {
            let change = diagonal + usize::from(candidate != letter);
            left = change.min(above + 1).min(left + 1);
            diagonal = *above;
            fresh.push(left);
        }
        row = fresh;
    }
    row.last().copied().unwrap_or_default()
}

/// The batch in exactly these types.
pub(crate) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, DataFusionError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns
        .map(|(column, field)| cast(column, field.data_type()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(std::sync::Arc::clone(schema), columns)?)
}
