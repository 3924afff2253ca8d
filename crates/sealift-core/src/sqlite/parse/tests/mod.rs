//! What each construct means, our own SQL; then the shared corpus; then mutated inputs.

mod corpus;
mod expressions;
mod literals;
mod queries;
mod statements;

use super::*;
use crate::ast::*;

fn name(text: &str) -> Name {
    Name { text: text.to_owned(), quote: Quote::None }
}

fn column(text: &str) -> Expr {
    Expr::Column { schema: None, table: None, column: name(text) }
}

fn quoted(text: &str, quote: Quote) -> Expr {
    Expr::Column { schema: None, table: None, column: Name { text: text.to_owned(), quote } }
}

fn integer(value: i64) -> Expr {
    Expr::Literal(Literal::Integer(value))
}

fn text(value: &str) -> Expr {
    Expr::Literal(Literal::Text(value.to_owned()))
}

fn expression(sql: &str) -> Expr {
    parse_expression(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn literal(sql: &str) -> Literal {
    let Expr::Literal(literal) = expression(sql) else { panic!("{sql} is something else") };
    literal
}

fn table(sql: &str) -> CreateTable {
    parse_create_table(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn core(sql: &str) -> SelectCore {
    let SelectBody::Core(core) = parse_select(sql).unwrap().body else {
        panic!("{sql} is something else")
    };
    *core
}

fn function(sql: &str) -> Function {
    let Expr::Function(function) = expression(sql) else { panic!("{sql} is something else") };
    *function
}
