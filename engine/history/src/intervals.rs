//! Comparing lengths of time. SQL's `INTERVAL '2 days'` is a calendar thing to DataFusion: it compares months first,
//! then days, then the rest, so a silence of 100 hours would be *shorter* than two days. Our columns are lengths.
//! Wherever an interval is compared, this rule turns it into its length: a day is 24 hours, months are refused.

use datafusion::arrow::array::{ArrayRef, DurationMillisecondArray, IntervalMonthDayNanoArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::common::cast::as_interval_mdn_array;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRewriter};
use datafusion::common::{DFSchema, Result, exec_err};
use datafusion::logical_expr::expr::{Between, InList, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility, cast as cast_to,
};
use datafusion::optimizer::AnalyzerRule;
use milepost_model::DAY_MS;
use std::sync::Arc;

const LENGTH: DataType = DataType::Duration(TimeUnit::Millisecond);

/// Turns intervals that are compared into lengths; runs before types are coerced.
#[derive(Debug)]
pub(crate) struct CompareLengths;

impl AnalyzerRule for CompareLengths {
    fn name(&self) -> &'static str {
        "compare_lengths"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(rewrite)?.data)
    }
}

fn rewrite(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = merge_schema(&plan.inputs());
    let names = NamePreserver::new(&plan);
    let mut lengths = Lengths { schema: &schema };
    plan.map_expressions(|expr| {
        let name = names.save(&expr);
        Ok(expr.rewrite(&mut lengths)?.update_data(|expr| name.restore(expr)))
    })
}

struct Lengths<'a> {
    schema: &'a DFSchema,
}

// `supports_propagation` is how DataFusion calls the operators that compare.
impl TreeNodeRewriter for Lengths<'_> {
    type Node = Expr;

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "DataFusion's expressions; those that compare nothing stay as they are"
    )]
    fn f_up(&mut self, expr: Expr) -> Result<Transformed<Expr>> {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right })
                if op.supports_propagation() && (self.is_interval(&left) || self.is_interval(&right)) =>
            {
                let (left, right) = (Box::new(self.length(*left)), Box::new(self.length(*right)));
                Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right })))
            }
            Expr::Between(Between {
                expr,
                negated,
                low,
                high,
            }) if [&expr, &low, &high].into_iter().any(|side| self.is_interval(side)) => {
                let (expr, low) = (Box::new(self.length(*expr)), Box::new(self.length(*low)));
                let high = Box::new(self.length(*high));
                Ok(Transformed::yes(Expr::Between(Between {
                    expr,
                    negated,
                    low,
                    high,
                })))
            }
            Expr::InList(InList { expr, list, negated }) if list.iter().any(|side| self.is_interval(side)) => {
                let expr = Box::new(self.length(*expr));
                let list = list.into_iter().map(|side| self.length(side)).collect();
                Ok(Transformed::yes(Expr::InList(InList { expr, list, negated })))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}

impl Lengths<'_> {
    fn is_interval(&self, expr: &Expr) -> bool {
        matches!(expr.get_type(self.schema), Ok(DataType::Interval(_)))
    }

    /// The expression as a length, if it is one; other types are left for DataFusion to refuse.
    fn length(&self, expr: Expr) -> Expr {
        match expr.get_type(self.schema) {
            Ok(DataType::Interval(_)) => {
                let call = ScalarFunction::new_udf(Arc::new(ScalarUDF::from(IntervalLength::new())), vec![expr]);
                Expr::ScalarFunction(call)
            }
            Ok(DataType::Duration(unit)) if unit != TimeUnit::Millisecond => cast_to(expr, LENGTH),
            Ok(_) | Err(_) => expr,
        }
    }
}

/// `interval_length(interval)`: its length, a day being 24 hours.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct IntervalLength {
    signature: Signature,
}

impl IntervalLength {
    pub(crate) fn new() -> Self {
        let taken = vec![DataType::Interval(IntervalUnit::MonthDayNano)];
        Self {
            signature: Signature::exact(taken, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for IntervalLength {
    fn name(&self) -> &'static str {
        "interval_length"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(LENGTH)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let Some(intervals) = arrays.first() else {
            return exec_err!("interval_length takes one interval");
        };
        let intervals = cast(intervals, &DataType::Interval(IntervalUnit::MonthDayNano))?;
        Ok(ColumnarValue::Array(lengths(as_interval_mdn_array(&intervals)?)?))
    }
}

fn lengths(intervals: &IntervalMonthDayNanoArray) -> Result<ArrayRef> {
    let mut millis = Vec::with_capacity(intervals.len());
    for interval in intervals {
        match interval {
            None => millis.push(None),
            Some(parts) if parts.months != 0 => {
                return exec_err!("an interval of months has no fixed length; say it in days or hours");
            }
            Some(parts) => millis.push(Some(i64::from(parts.days) * DAY_MS + parts.nanoseconds / 1_000_000)),
        }
    }
    Ok(Arc::new(DurationMillisecondArray::from(millis)))
}
