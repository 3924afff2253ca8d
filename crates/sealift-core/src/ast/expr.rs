//! Expressions (`sqlite.org/lang_expr.html`).

use super::{Direction, NullsOrder, OrderTerm, Select};

/// How a name was quoted in the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// `name`
    None,
    /// `"name"`: an identifier, or a string where no such column exists.
    Double,
    /// `'name'`: an identifier only where the grammar wants one.
    Single,
    /// `` `name` ``
    Backtick,
    /// `[name]`
    Bracket,
}

/// A name as written, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The text with doubled quotes undone.
    pub text: String,
    /// How it was quoted.
    pub quote: Quote,
}

impl Name {
    /// Returns whether the two names are the same to SQLite (ASCII case does not count).
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.text.eq_ignore_ascii_case(other)
    }
}

/// A literal value.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `NULL`
    Null,
    /// A whole number that fits 64 bits; hexadecimal forms and `1_000` are resolved.
    Integer(i64),
    /// A number with a fraction or exponent, or a whole number beyond 64 bits: its text without
    /// separators, as SQLite would read it into a double.
    Real(String),
    /// `'text'`, quotes undone.
    Text(String),
    /// `x'00ff'`
    Blob(Vec<u8>),
    /// `TRUE`
    True,
    /// `FALSE`
    False,
    /// `CURRENT_TIME`
    CurrentTime,
    /// `CURRENT_DATE`
    CurrentDate,
    /// `CURRENT_TIMESTAMP`
    CurrentTimestamp,
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-x`
    Minus,
    /// `+x`
    Plus,
    /// `NOT x`
    Not,
    /// `~x`
    BitNot,
}

/// An operator with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `OR`
    Or,
    /// `AND`
    And,
    /// `=` and `==`
    Eq,
    /// `<>` and `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `||`
    Concat,
    /// `->`
    Arrow,
    /// `->>`
    LongArrow,
}

/// Which pattern operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeKind {
    /// `LIKE`: ASCII case does not count.
    Like,
    /// `GLOB`
    Glob,
    /// `REGEXP`: an application's own function.
    Regexp,
    /// `MATCH`: full-text search, or an application's own function.
    Match,
}

/// The right side of `IN`.
#[derive(Debug, Clone, PartialEq)]
pub enum InSet {
    /// `(a, b, …)`, possibly empty.
    List(Vec<Expr>),
    /// `(SELECT …)`
    Select(Box<Select>),
    /// `table` or `schema.table`
    Table(Name),
}

/// What `RAISE` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RaiseAction {
    /// `RAISE(IGNORE)`
    Ignore,
    /// `RAISE(ROLLBACK, …)`
    Rollback,
    /// `RAISE(ABORT, …)`
    Abort,
    /// `RAISE(FAIL, …)`
    Fail,
}

/// A function call of any kind: scalar, aggregate or window.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// The function's name.
    pub name: Name,
    /// `f(DISTINCT …)`
    pub distinct: bool,
    /// `f(*)`; the argument list is empty then.
    pub star: bool,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// `f(… ORDER BY …)`
    pub order_by: Vec<OrderTerm>,
    /// `FILTER (WHERE …)`
    pub filter: Option<Box<Expr>>,
    /// `OVER …`
    pub over: Option<Over>,
}

/// `OVER name` or `OVER (…)`.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// `OVER name`
    Named(Name),
    /// `OVER (…)`
    Window(Box<Window>),
}

/// A window definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The window this one builds on.
    pub base: Option<Name>,
    /// `PARTITION BY`
    pub partition_by: Vec<Expr>,
    /// `ORDER BY`
    pub order_by: Vec<OrderTerm>,
    /// The frame, when written.
    pub frame: Option<Frame>,
}

/// A window frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// `ROWS`, `RANGE` or `GROUPS`
    pub unit: FrameUnit,
    /// Where it starts.
    pub start: FrameBound,
    /// Where it ends; `None` when the short form was written.
    pub end: Option<FrameBound>,
    /// `EXCLUDE …`
    pub exclude: Option<FrameExclude>,
}

/// What a frame counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameUnit {
    /// `ROWS`
    Rows,
    /// `RANGE`
    Range,
    /// `GROUPS`
    Groups,
}

/// One end of a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum FrameBound {
    /// `UNBOUNDED PRECEDING`
    UnboundedPreceding,
    /// `n PRECEDING`
    Preceding(Box<Expr>),
    /// `CURRENT ROW`
    CurrentRow,
    /// `n FOLLOWING`
    Following(Box<Expr>),
    /// `UNBOUNDED FOLLOWING`
    UnboundedFollowing,
}

/// What a frame leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameExclude {
    /// `EXCLUDE NO OTHERS`
    NoOthers,
    /// `EXCLUDE CURRENT ROW`
    CurrentRow,
    /// `EXCLUDE GROUP`
    Group,
    /// `EXCLUDE TIES`
    Ties,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A literal.
    Literal(Literal),
    /// A column, or (when double-quoted and unknown) a string.
    Column {
        /// The database name, as in `main.t.c`.
        schema: Option<Name>,
        /// The table name or alias.
        table: Option<Name>,
        /// The column.
        column: Name,
    },
    /// `op x`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its operand.
        operand: Box<Self>,
    },
    /// `x op y`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// The left operand.
        left: Box<Self>,
        /// The right operand.
        right: Box<Self>,
    },
    /// `x IS y`, `x IS NOT y`, `x IS [NOT] DISTINCT FROM y`: equality in which NULLs are equal.
    Is {
        /// The left operand.
        left: Box<Self>,
        /// The right operand, not the literal NULL (see [`Self::IsNull`]).
        right: Box<Self>,
        /// Whether the sense is "differs from".
        negated: bool,
    },
    /// `x IS NULL`, `x ISNULL`, `x NOT NULL` …
    IsNull {
        /// The operand.
        operand: Box<Self>,
        /// Whether the sense is "is not null".
        negated: bool,
    },
    /// `x [NOT] BETWEEN a AND b`
    Between {
        /// The tested value.
        operand: Box<Self>,
        /// The lower end, included.
        low: Box<Self>,
        /// The upper end, included.
        high: Box<Self>,
        /// `NOT`
        negated: bool,
    },
    /// `x [NOT] IN …`
    In {
        /// The tested value.
        operand: Box<Self>,
        /// The set.
        set: InSet,
        /// `NOT`
        negated: bool,
    },
    /// `x [NOT] LIKE y [ESCAPE z]` and its relatives.
    Like {
        /// Which operator.
        kind: LikeKind,
        /// The tested value.
        operand: Box<Self>,
        /// The pattern.
        pattern: Box<Self>,
        /// `ESCAPE`
        escape: Option<Box<Self>>,
        /// `NOT`
        negated: bool,
    },
    /// `CASE … END`
    Case {
        /// `CASE x`
        operand: Option<Box<Self>>,
        /// `WHEN a THEN b`
        branches: Vec<(Self, Self)>,
        /// `ELSE`
        otherwise: Option<Box<Self>>,
    },
    /// `CAST(x AS type)`
    Cast {
        /// The value.
        operand: Box<Self>,
        /// The type name as written.
        type_name: String,
    },
    /// `x COLLATE name`
    Collate {
        /// The value.
        operand: Box<Self>,
        /// The collation.
        collation: Name,
    },
    /// A function call.
    Function(Box<Function>),
    /// `(SELECT …)` as a value.
    Subquery(Box<Select>),
    /// `EXISTS (SELECT …)`
    Exists(Box<Select>),
    /// `(a, b)`: a row value.
    Row(Vec<Self>),
    /// `RAISE(…)` in a trigger.
    Raise {
        /// What it does.
        action: RaiseAction,
        /// The message.
        message: Option<Box<Self>>,
    },
    /// `?`, `:name` …: never in a stored schema, but the grammar has it.
    Parameter(String),
}

impl OrderTerm {
    /// Returns a term with neither direction nor NULL order written.
    #[must_use]
    pub fn plain(expr: Expr) -> Self {
        Self { expr, direction: Direction::Ascending, nulls: NullsOrder::Default }
    }
}
