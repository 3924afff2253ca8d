//! SQLite's SQL text → [`crate::ast`].
//!
//! The grammar is SQLite's own, from the `syntaqlite-syntax` crate, which no other folder names.
//! What it gives is turned at once into our owned tree; a node that we do not know, or a list with
//! a child that we cannot resolve, is an error, never a gap.

mod create_other;
mod create_table;
mod expr;
mod from;
mod function;
mod literal;
mod reader;
mod select;
mod trigger;

#[cfg(test)]
mod tests;

use crate::ast;
use reader::Reader;
use syntaqlite_syntax::ParserConfig;
use syntaqlite_syntax::any::{AnyDialect, ParseOutcome};
use syntaqlite_syntax::nodes::{self, Stmt};
use syntaqlite_syntax::typed::{GrammarNodeType, TypedParser, dialect};
use syntaqlite_syntax::util::{SqliteSyntaxFlag, SqliteSyntaxFlags};

/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// What is wrong, in words, with the word of the text it was found at.
    pub message: String,
}

impl ParseError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

type Result<T> = std::result::Result<T, ParseError>;

/// Reads a `CREATE TABLE`.
///
/// # Errors
/// When the text is not one complete `CREATE TABLE`, or is `CREATE TABLE … AS SELECT`, which SQLite
/// stores as a plain `CREATE TABLE`.
pub fn parse_create_table(sql: &str) -> Result<ast::CreateTable> {
    read(sql, |reader, statement| {
        let Stmt::CreateTableStmt(node) = statement else { return Err(unexpected("CREATE TABLE")) };
        create_table::create_table(reader, node)
    })
}

/// Reads a `CREATE INDEX`.
///
/// # Errors
/// When the text is not one complete `CREATE INDEX`.
pub fn parse_create_index(sql: &str) -> Result<ast::CreateIndex> {
    read(sql, |reader, statement| {
        let Stmt::CreateIndexStmt(node) = statement else { return Err(unexpected("CREATE INDEX")) };
        create_other::create_index(reader, node)
    })
}

/// Reads a `CREATE VIEW`.
///
/// # Errors
/// When the text is not one complete `CREATE VIEW`.
pub fn parse_create_view(sql: &str) -> Result<ast::CreateView> {
    read(sql, |reader, statement| {
        let Stmt::CreateViewStmt(node) = statement else { return Err(unexpected("CREATE VIEW")) };
        create_other::create_view(reader, node)
    })
}

/// Reads a `CREATE TRIGGER`. Where a statement of its body has something that no trigger can hold, the
/// body says so and the head is there all the same.
///
/// # Errors
/// When the text is not one complete `CREATE TRIGGER`.
pub fn parse_create_trigger(sql: &str) -> Result<ast::CreateTrigger> {
    read(sql, |reader, statement| {
        let Stmt::CreateTriggerStmt(node) = statement else {
            return Err(unexpected("CREATE TRIGGER"));
        };
        trigger::create_trigger(reader, node)
    })
}

/// Reads a `CREATE VIRTUAL TABLE`.
///
/// # Errors
/// When the text is not one complete `CREATE VIRTUAL TABLE`.
pub fn parse_create_virtual_table(sql: &str) -> Result<ast::CreateVirtualTable> {
    read(sql, |reader, statement| {
        let Stmt::CreateVirtualTableStmt(node) = statement else {
            return Err(unexpected("CREATE VIRTUAL TABLE"));
        };
        create_other::create_virtual_table(reader, node)
    })
}

/// Reads a query.
///
/// # Errors
/// When the text is not one complete `SELECT`, `VALUES` or `WITH … SELECT`.
pub fn parse_select(sql: &str) -> Result<ast::Select> {
    read(sql, |reader, statement| {
        let Some(node) = select::from_statement(statement) else {
            return Err(unexpected("SELECT"));
        };
        select::select(reader, node)
    })
}

/// Reads an expression, such as a default that `PRAGMA table_xinfo` reports or one half of a
/// partial index.
///
/// # Errors
/// When the text is not exactly one expression.
pub fn parse_expression(sql: &str) -> Result<ast::Expr> {
    // The line breaks keep a comment at the end of the text from swallowing the parenthesis.
    let wrapped = format!("(\n{sql}\n)");
    read(&format!("SELECT {wrapped}"), |reader, statement| {
        let not_one = || ParseError::new("expected one expression");
        let Stmt::SelectStmt(node) = statement else { return Err(not_one()) };
        let column = node.columns().and_then(|columns| columns.get(0)).ok_or_else(not_one)?;
        let Some(expression) = column.expr() else { return Err(not_one()) };
        // Only the parentheses added here may enclose the text: not `1) + (2`, not `1, 2`.
        let is_whole = matches!(expression, nodes::Expr::ParenExpr(_))
            && reader.text(expression.node_id().into_inner())? == wrapped;
        if is_whole { expr::expr(reader, expression) } else { Err(not_one()) }
    })
}

/// Runs the grammar over `sql`, which must hold exactly one statement.
fn read<T>(sql: &str, convert: impl FnOnce(Reader<'_>, Stmt<'_>) -> Result<T>) -> Result<T> {
    if u32::try_from(sql.len()).is_err() {
        return Err(ParseError::new("the statement is longer than 4 GiB"));
    }
    // Ordered-set aggregates are a compile-time option of SQLite; a file may come from a build
    // that has them.
    let flags = SqliteSyntaxFlags::default().with(SqliteSyntaxFlag::EnableOrderedSetAggregates);
    let dialect = dialect().with_cflags(flags);
    let raw_dialect: AnyDialect = dialect.clone().into();
    let config = ParserConfig::default().with_collect_node_extents(true);
    let parser = TypedParser::with_config(dialect, &config);
    let mut session = parser.parse(sql);
    let result = match session.next() {
        ParseOutcome::Ok(parsed) => {
            let statement = parsed.erase();
            let root = Stmt::from_result(&statement, statement.root_id())
                .ok_or_else(|| ParseError::new("there is no statement in the text"))?;
            convert(Reader::new(&statement, &raw_dialect), root)?
        }
        ParseOutcome::Err(error) => return Err(ParseError::new(error.message())),
        ParseOutcome::Done => return Err(ParseError::new("there is no statement in the text")),
    };
    loop {
        match session.next() {
            ParseOutcome::Done => return Ok(result),
            ParseOutcome::Err(error) => return Err(ParseError::new(error.message())),
            // A lone `;` or a comment is a statement without a root.
            ParseOutcome::Ok(parsed) => {
                let statement = parsed.erase();
                if !statement.root_id().is_null() {
                    return Err(ParseError::new("there is more than one statement in the text"));
                }
            }
        }
    }
}

fn unexpected(wanted: &str) -> ParseError {
    ParseError::new(format!("the text is a statement of another kind than {wanted}"))
}
