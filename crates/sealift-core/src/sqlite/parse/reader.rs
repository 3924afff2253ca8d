//! Access to the grammar's nodes: names with their quotes, lists without gaps, source text.

use super::{ParseError, Result};
use crate::ast::{Name, Quote};
use syntaqlite_syntax::any::{
    AnyDialect, AnyNodeId, AnyParsedStatement, FieldValue, TextSpan, unescape_quoted,
};
use syntaqlite_syntax::nodes;
use syntaqlite_syntax::typed::{Dialect, GrammarNodeType, TypedNodeList};

/// How deep expressions and queries may nest, not counting parentheses and chains such as
/// `a OR b OR c`, which cost no stack.
///
/// SQLite's own limit is an expression depth of 1000 (`sqlite.org/limits.html`, item 4), but all who
/// walk the tree would then need several MiB of stack: this reader alone takes about 5 KiB a level
/// in a debug build, and a thread has 2 MiB. Schemas that people keep nest a few dozen levels.
const MAX_DEPTH: u32 = 250;

/// How many operators one chain may have: SQLite's expression depth.
pub(super) const MAX_CHAIN: usize = 1_000;

/// A list of nodes.
pub(super) type List<'a, T> = TypedNodeList<'a, Dialect, T>;

/// What every conversion needs: the statement, and where in it we are.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    statement: &'a AnyParsedStatement<'a>,
    dialect: &'a AnyDialect,
    depth: u32,
    in_default: bool,
    columns: &'a [Name],
}

impl<'a> Reader<'a> {
    /// Returns a reader at the top of `statement`.
    pub(super) fn new(statement: &'a AnyParsedStatement<'a>, dialect: &'a AnyDialect) -> Self {
        Self { statement, dialect, depth: 0, in_default: false, columns: &[] }
    }

    /// Returns a reader one level further down.
    pub(super) fn deeper(self) -> Result<Self> {
        if self.depth >= MAX_DEPTH {
            return Err(ParseError::new(format!("nested more than {MAX_DEPTH} levels deep")));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// Returns a reader for a `DEFAULT`, in which no column can be meant.
    pub(super) fn in_default(self) -> Self {
        Self { in_default: true, ..self }
    }

    /// Returns whether a `DEFAULT` is being read.
    pub(super) fn is_in_default(self) -> bool {
        self.in_default
    }

    /// Returns a reader for the expressions of a table with these columns.
    pub(super) fn of_table(self, columns: &'a [Name]) -> Self {
        Self { columns, ..self }
    }

    /// Returns whether the table being read has a column of this name. Only `CREATE TABLE` knows
    /// its columns; elsewhere the answer is no.
    pub(super) fn has_column(self, name: &str) -> bool {
        self.columns.iter().any(|column| column.is(name))
    }

    /// Returns the source text of a node.
    pub(super) fn text(self, id: AnyNodeId) -> Result<String> {
        self.statement
            .node_text(id)
            .map(|(text, _)| text.to_owned())
            .ok_or_else(|| ParseError::new("the grammar gave no source text for a node"))
    }

    /// Returns the text of a span field as written, or `None` when it is absent.
    pub(super) fn raw(self, id: AnyNodeId, field: &str) -> Result<Option<&'a str>> {
        let span = self.span(id, field)?;
        Ok(if span.is_absent() { None } else { Some(self.statement.span_text(span).0) })
    }

    /// Returns the name in a field, or `None` when it is absent.
    pub(super) fn optional_name(self, id: AnyNodeId, field: &str) -> Result<Option<Name>> {
        let span = self.span(id, field)?;
        if span.is_absent() {
            return Ok(None);
        }
        let text = self.statement.span_text(span).0;
        Ok(Some(match span.quote_char() {
            Some(quote) => {
                Name { text: unescape_quoted(text, quote).into_owned(), quote: quote_of(quote) }
            }
            // Some productions of the grammar keep the quotes in the span and set no flag.
            None => unquote(text),
        }))
    }

    /// Returns the name in a field.
    pub(super) fn name(self, id: AnyNodeId, field: &str) -> Result<Name> {
        self.optional_name(id, field)?
            .ok_or_else(|| ParseError::new(format!("the grammar gave no {field}")))
    }

    /// Returns the name that a name node holds.
    pub(super) fn name_node(self, node: nodes::Name<'a>) -> Result<Name> {
        match node {
            nodes::Name::IdentName(ident) => self.name(ident.node_id().into_inner(), "source"),
            nodes::Name::Error(_) => Err(ParseError::new("a name could not be read")),
        }
    }

    /// Returns the name that an optional name node holds.
    pub(super) fn alias(self, node: Option<nodes::Name<'a>>) -> Result<Option<Name>> {
        node.map(|node| self.name_node(node)).transpose()
    }

    /// Returns a list of bare names, which the grammar keeps as column references.
    pub(super) fn names(self, list: Option<nodes::ExprList<'a>>) -> Result<Vec<Name>> {
        items(list)?
            .into_iter()
            .map(|item| {
                let nodes::Expr::ColumnRef(column) = item else {
                    return Err(ParseError::new("a list of names holds something else"));
                };
                self.name(column.node_id().into_inner(), "column")
            })
            .collect()
    }

    /// Returns the name that a child node of a mixed kind holds, or `None` when there is no child.
    pub(super) fn child_name(self, id: AnyNodeId, field: &str) -> Result<Option<Name>> {
        match self.field(id, field)? {
            FieldValue::NodeId(child) if child.is_null() => Ok(None),
            FieldValue::NodeId(child) => self.name(child, "source").map(Some),
            FieldValue::Span(_)
            | FieldValue::Bool(_)
            | FieldValue::Flags(_)
            | FieldValue::Enum(_) => Err(ParseError::new(format!("{field} is not a node"))),
        }
    }

    fn span(self, id: AnyNodeId, field: &str) -> Result<TextSpan> {
        match self.field(id, field)? {
            FieldValue::Span(span) => Ok(span),
            FieldValue::NodeId(_)
            | FieldValue::Bool(_)
            | FieldValue::Flags(_)
            | FieldValue::Enum(_) => Err(ParseError::new(format!("{field} is not a text"))),
        }
    }

    /// Finds a field by its name in the grammar's description of the node, so that a new release
    /// of the grammar with another field order cannot mix them up.
    fn field(self, id: AnyNodeId, field: &str) -> Result<FieldValue> {
        let missing = || ParseError::new(format!("the grammar has no field {field}"));
        let (tag, fields) = self.statement.extract_fields(id).ok_or_else(missing)?;
        let index = self
            .dialect
            .field_meta(tag)
            .position(|meta| meta.name() == field)
            .filter(|index| *index < fields.len())
            .ok_or_else(missing)?;
        Ok(fields[index])
    }
}

/// Returns the children of a list; a missing list has none.
pub(super) fn items<'a, T: GrammarNodeType<'a>>(list: Option<List<'a, T>>) -> Result<Vec<T>> {
    let Some(list) = list else { return Ok(Vec::new()) };
    let children: Vec<T> = list.iter().collect();
    // The iterator skips what it cannot resolve.
    if children.len() == list.len() {
        Ok(children)
    } else {
        Err(ParseError::new("the grammar gave a list with an unknown entry"))
    }
}

/// Returns a part that the grammar always gives.
pub(super) fn required<T>(part: Option<T>, what: &str) -> Result<T> {
    part.ok_or_else(|| ParseError::new(format!("the grammar gave no {what}")))
}

/// Takes the quotes off a name or string as written.
pub(super) fn unquote(text: &str) -> Name {
    let quoted = text.chars().next().filter(|first| matches!(first, '"' | '\'' | '`' | '['));
    let Some(quote) = quoted else {
        return Name { text: text.to_owned(), quote: Quote::None };
    };
    let close = if quote == '[' { ']' } else { quote };
    let inner = text.strip_prefix(quote).unwrap_or(text);
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    Name { text: unescape_quoted(inner, quote).into_owned(), quote: quote_of(quote) }
}

fn quote_of(character: char) -> Quote {
    match character {
        '"' => Quote::Double,
        '\'' => Quote::Single,
        '`' => Quote::Backtick,
        '[' => Quote::Bracket,
        _ => Quote::None,
    }
}
