//! A DataFusion session for the questions to a catalog: read-only, bounded in memory, and with the log's time as its clock.

use crate::error::QueryError;
use crate::instants::DateTrunc;
use crate::intervals::{CompareLengths, DatesAndLengths, IntervalLength};
use crate::local;
use crate::query::{Limits, failed};
use datafusion::arrow::temporal_conversions::timestamp_ms_to_datetime;
use datafusion::common::DataFusionError;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::ScalarUDF;
use datafusion::optimizer::Analyzer;
use datafusion::prelude::{SessionConfig, SessionContext};
use milepost_model::Timestamp;
use std::sync::Arc;

/// Functions that make much out of little in one step, which no limit on memory sees: `repeat('x', 1000000000)`.
const UNBOUNDED: [&str; 7] = [
    "repeat",
    "lpad",
    "rpad",
    "array_repeat",
    "array_resize",
    "range",
    "generate_series",
];

/// A session without tables.
pub(crate) fn session(limits: &Limits) -> Result<SessionContext, QueryError> {
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_limit(limits.memory_bytes_max, 1.0)
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()
        .map_err(failed)?;
    let config = SessionConfig::new()
        .with_default_catalog_and_schema("milepost", "public")
        .with_information_schema(true)
        .with_target_partitions(limits.threads.max(1))
        .set_str("datafusion.execution.time_zone", crate::schema::UTC);
    let mut rules = Analyzer::new().rules;
    rules.insert(0, Arc::new(CompareLengths));
    let mut builder = SessionStateBuilder::new().with_default_features();
    if let Some(planners) = builder.expr_planners() {
        planners.insert(0, Arc::new(DatesAndLengths));
    }
    let state = builder
        .with_config(config)
        .with_runtime_env(runtime)
        .with_analyzer_rules(rules)
        .build();
    let session = SessionContext::new_with_state(state);
    session.register_udf(ScalarUDF::from(IntervalLength::new()));
    let date_trunc = session.udf("date_trunc").map_err(failed)?;
    session.register_udf(ScalarUDF::from(DateTrunc::of(date_trunc)));
    for function in local::functions() {
        session.register_udf(ScalarUDF::from(function));
    }
    UNBOUNDED.iter().for_each(|name| session.deregister_udf(name));
    Ok(session)
}

/// The session's state for one query, in which `now()` is `as_of`: SQL reads the log's time, never the host's.
pub(crate) fn state_as_of(session: &SessionContext, as_of: Timestamp) -> Result<SessionState, QueryError> {
    let mut state = session.state();
    let Some(at) = timestamp_ms_to_datetime(as_of.millis()) else {
        return Err(failed(DataFusionError::Plan(format!("now() cannot be {as_of}"))));
    };
    state.execution_props_mut().query_execution_start_time = Some(at.and_utc());
    Ok(state)
}
