//! The parcel's own place, where a statement asks for local or business time and names none: `local_time(t)` becomes
//! `local_time(t, local_zone)` before anything is planned, so that what comes after reads columns like any others.

use crate::error::QueryError;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, VisitMut, VisitorMut,
};
use milepost_model::Column;
use std::ops::ControlFlow;

/// Functions, how many times they take, and the columns that follow.
const FUNCTIONS: [(&str, usize, &[Column]); 3] = [
    ("local_time", 1, &[Column::LocalZone]),
    ("business_days_between", 2, &[Column::LocalCountry, Column::LocalZone]),
    ("business_hours_between", 2, &[Column::LocalCountry, Column::LocalZone]),
];

/// Fills in the columns of the parcel's own place; gives the first function that needed it.
pub(crate) fn filled(statement: &mut Statement) -> Option<&'static str> {
    match statement {
        Statement::Statement(sql) => {
            let mut filling = Filling::default();
            let _ = sql.visit(&mut filling);
            filling.first
        }
        Statement::Explain(explain) => filled(&mut explain.statement),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => None,
    }
}

/// What to say where the columns that were filled in are not there.
pub(crate) fn explained(error: QueryError, filled: Option<&'static str>) -> QueryError {
    let is_ours = |name: &str| {
        [Column::LocalZone, Column::LocalCountry]
            .iter()
            .any(|column| column.name() == name)
    };
    match (error, filled) {
        (QueryError::NoColumn { name, .. }, Some(function)) if is_ours(&name) => QueryError::NoPlace { function },
        (error, _) => error,
    }
}

#[derive(Default)]
struct Filling {
    first: Option<&'static str>,
}

impl VisitorMut for Filling {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            self.fill(function);
        }
        ControlFlow::Continue(())
    }
}

impl Filling {
    fn fill(&mut self, function: &mut Function) {
        let called = function.name.to_string().to_ascii_lowercase();
        let Some((name, times, columns)) = FUNCTIONS.into_iter().find(|(name, _, _)| *name == called) else {
            return;
        };
        let FunctionArguments::List(list) = &mut function.args else {
            return;
        };
        let Some(missing) = list.args.len().checked_sub(times).and_then(|told| columns.get(told..)) else {
            return;
        };
        for column in missing {
            let ident = Expr::Identifier(Ident::new(column.name()));
            list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(ident)));
            self.first.get_or_insert(name);
        }
    }
}
