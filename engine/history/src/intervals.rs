//! Comparing lengths of time. SQL's `INTERVAL '2 days'` is a calendar thing to DataFusion: it compares months first,
//! then days, then the rest, so a silence of 100 hours would be *shorter* than two days. Our columns are lengths.
//! Wherever an interval is compared, this rule turns it into its length: a day is 24 hours, months are refused. And where
//! a date meets a length, it is the instant at which the day begins: to DataFusion the last of March and 30 seconds are the
//! last of March.

use datafusion::arrow::array::{ArrayRef, DurationMillisecondArray, IntervalMonthDayNanoArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::common::cast::as_interval_mdn_array;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRewriter};
use datafusion::common::{DFSchema, Result, exec_err};
use datafusion::logical_expr::expr::{Between, Case, InList, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility, cast as cast_to,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::sql::sqlparser::ast::BinaryOperator;
use milepost_model::DAY_MS;
use std::sync::Arc;

pub(crate) const LENGTH: DataType = DataType::Duration(TimeUnit::Millisecond);

/// Functions whose value is one of their arguments.
const CHOOSING: [&str; 5] = ["coalesce", "nullif", "greatest", "least", "nvl"];

pub(crate) fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("+00:00".into()))
}

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
                let (left, right) = (Box::new(self.plain(*left)), Box::new(self.plain(*right)));
                Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right })))
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right })
                if matches!(op, Operator::Plus | Operator::Minus) && self.is_mixed([&*left, &*right]) =>
            {
                let (left, right) = (Box::new(self.plain(*left)), Box::new(self.plain(*right)));
                Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right })))
            }
            Expr::Case(Case {
                expr,
                when_then_expr,
                else_expr,
            }) if self.is_mixed(
                when_then_expr
                    .iter()
                    .map(|(_, then)| &**then)
                    .chain(else_expr.as_deref()),
            ) =>
            {
                let when_then_expr = when_then_expr
                    .into_iter()
                    .map(|(when, then)| (when, Box::new(self.plain(*then))))
                    .collect();
                let else_expr = else_expr.map(|otherwise| Box::new(self.plain(*otherwise)));
                Ok(Transformed::yes(Expr::Case(Case {
                    expr,
                    when_then_expr,
                    else_expr,
                })))
            }
            Expr::ScalarFunction(ScalarFunction { func, args })
                if CHOOSING.contains(&func.name()) && self.is_mixed(&args) =>
            {
                let args = args.into_iter().map(|side| self.plain(side)).collect();
                Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args })))
            }
            Expr::Between(Between {
                expr,
                negated,
                low,
                high,
            }) if [&expr, &low, &high].into_iter().any(|side| self.is_interval(side)) => {
                let (expr, low) = (Box::new(self.plain(*expr)), Box::new(self.plain(*low)));
                let high = Box::new(self.plain(*high));
                Ok(Transformed::yes(Expr::Between(Between {
                    expr,
                    negated,
                    low,
                    high,
                })))
            }
            Expr::InList(InList { expr, list, negated }) if list.iter().any(|side| self.is_interval(side)) => {
                let expr = Box::new(self.plain(*expr));
                let list = list.into_iter().map(|side| self.plain(side)).collect();
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

    /// Whether some are lengths and some are intervals, or some are instants and some are dates.
    fn is_mixed<'e>(&self, exprs: impl IntoIterator<Item = &'e Expr>) -> bool {
        let (mut lengths, mut intervals, mut instants, mut dates) = (false, false, false, false);
        for expr in exprs {
            match expr.get_type(self.schema) {
                Ok(DataType::Duration(_)) => lengths = true,
                Ok(DataType::Interval(_)) => intervals = true,
                Ok(DataType::Timestamp(..)) => instants = true,
                Ok(DataType::Date32 | DataType::Date64) => dates = true,
                Ok(_) | Err(_) => {}
            }
        }
        lengths && intervals || instants && dates
    }

    /// The expression as a length or an instant, if it is an interval or a date; other types are left for DataFusion to refuse.
    fn plain(&self, expr: Expr) -> Expr {
        match expr.get_type(self.schema) {
            Ok(DataType::Interval(_)) => {
                let call = ScalarFunction::new_udf(Arc::new(ScalarUDF::from(IntervalLength::new())), vec![expr]);
                Expr::ScalarFunction(call)
            }
            Ok(DataType::Duration(unit)) if unit != TimeUnit::Millisecond => cast_to(expr, LENGTH),
            Ok(DataType::Date32 | DataType::Date64) => cast_to(expr, instant()),
            Ok(_) | Err(_) => expr,
        }
    }
}

/// Dates that meet lengths, when SQL becomes a plan: types are looked at there already.
#[derive(Debug)]
pub(crate) struct DatesAndLengths;

impl ExprPlanner for DatesAndLengths {
    fn plan_binary_op(&self, raw: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let op = if raw.op == BinaryOperator::Plus {
            Operator::Plus
        } else if raw.op == BinaryOperator::Minus {
            Operator::Minus
        } else {
            return Ok(PlannerResult::Original(raw));
        };
        let is_date = |expr: &Expr| matches!(expr.get_type(schema), Ok(DataType::Date32 | DataType::Date64));
        let is_length = |expr: &Expr| {
            matches!(
                expr.get_type(schema),
                Ok(DataType::Duration(_) | DataType::Interval(_) | DataType::Timestamp(..))
            )
        };
        let begin_of_day = |expr: Expr| if is_date(&expr) { cast_to(expr, instant()) } else { expr };
        if is_date(&raw.left) && is_length(&raw.right) || is_length(&raw.left) && is_date(&raw.right) {
            let (left, right) = (Box::new(begin_of_day(raw.left)), Box::new(begin_of_day(raw.right)));
            return Ok(PlannerResult::Planned(Expr::BinaryExpr(BinaryExpr { left, op, right })));
        }
        Ok(PlannerResult::Original(raw))
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
