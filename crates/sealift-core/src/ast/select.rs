//! Queries (`sqlite.org/lang_select.html`).

use super::{Expr, Name, Window};

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// `WITH …`
    pub with: Option<With>,
    /// The query itself.
    pub body: SelectBody,
    /// `ORDER BY`
    pub order_by: Vec<OrderTerm>,
    /// `LIMIT`
    pub limit: Option<Expr>,
    /// `OFFSET`, also from `LIMIT offset, limit`.
    pub offset: Option<Expr>,
}

impl Select {
    /// Returns `SELECT * FROM name`.
    #[must_use]
    pub fn whole_table(name: &Name) -> Self {
        let source = TableSource::Table { schema: None, name: name.clone(), alias: None };
        let core = SelectCore {
            distinct: false,
            columns: vec![ResultColumn::Star],
            from: Some(FromItem { source, joins: Vec::new() }),
            filter: None,
            group_by: Vec::new(),
            having: None,
            windows: Vec::new(),
        };
        Self {
            with: None,
            body: SelectBody::Core(Box::new(core)),
            order_by: Vec::new(),
            limit: None,
            offset: None,
        }
    }
}

/// One query, a list of rows, or several queries combined.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectBody {
    /// `SELECT …`
    Core(Box<SelectCore>),
    /// `VALUES (…), (…)`
    Values(Vec<Vec<Expr>>),
    /// `a UNION b` …
    Compound {
        /// The operator.
        op: CompoundOp,
        /// The left query.
        left: Box<Self>,
        /// The right query.
        right: Box<Self>,
    },
}

/// How two queries are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompoundOp {
    /// `UNION`
    Union,
    /// `UNION ALL`
    UnionAll,
    /// `INTERSECT`
    Intersect,
    /// `EXCEPT`
    Except,
}

/// `WITH [RECURSIVE] …`
#[derive(Debug, Clone, PartialEq)]
pub struct With {
    /// `RECURSIVE` was written (SQLite allows recursion without it).
    pub recursive: bool,
    /// The common tables, in order.
    pub tables: Vec<CommonTable>,
}

/// A common table expression.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonTable {
    /// Its name.
    pub name: Name,
    /// Its column names, when written.
    pub columns: Vec<Name>,
    /// The materialisation hint.
    pub materialized: Materialized,
    /// Its query.
    pub select: Select,
}

/// The materialisation hint of a common table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Materialized {
    /// Nothing was written.
    Default,
    /// `MATERIALIZED`
    Yes,
    /// `NOT MATERIALIZED`
    No,
}

/// `SELECT … FROM … WHERE …` without `ORDER BY` and `LIMIT`.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectCore {
    /// `DISTINCT`
    pub distinct: bool,
    /// The result columns.
    pub columns: Vec<ResultColumn>,
    /// `FROM`
    pub from: Option<FromItem>,
    /// `WHERE`
    pub filter: Option<Expr>,
    /// `GROUP BY`
    pub group_by: Vec<Expr>,
    /// `HAVING`
    pub having: Option<Expr>,
    /// `WINDOW name AS (…)`
    pub windows: Vec<(Name, Window)>,
}

/// A result column.
#[derive(Debug, Clone, PartialEq)]
pub enum ResultColumn {
    /// `*`
    Star,
    /// `table.*`
    TableStar(Name),
    /// `expr [AS alias]`
    Expr {
        /// The value.
        expr: Expr,
        /// The alias.
        alias: Option<Name>,
    },
}

/// A `FROM` clause: a first source and what is joined to it, left to right.
#[derive(Debug, Clone, PartialEq)]
pub struct FromItem {
    /// The first source.
    pub source: TableSource,
    /// The joins.
    pub joins: Vec<Join>,
}

/// One join.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Which join.
    pub kind: JoinKind,
    /// `NATURAL`
    pub natural: bool,
    /// What is joined.
    pub source: TableSource,
    /// `ON` or `USING`
    pub constraint: JoinConstraint,
}

/// Which join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// `,`
    Comma,
    /// `JOIN`, `INNER JOIN`
    Inner,
    /// `CROSS JOIN`
    Cross,
    /// `LEFT [OUTER] JOIN`
    Left,
    /// `RIGHT [OUTER] JOIN`
    Right,
    /// `FULL [OUTER] JOIN`
    Full,
}

/// The condition of a join.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinConstraint {
    /// None written.
    None,
    /// `ON …`
    On(Expr),
    /// `USING (…)`
    Using(Vec<Name>),
}

/// Something that can stand in `FROM`.
#[derive(Debug, Clone, PartialEq)]
pub enum TableSource {
    /// A table, a view or a common table. `INDEXED BY` is dropped: it changes no result.
    Table {
        /// The database name.
        schema: Option<Name>,
        /// The table.
        name: Name,
        /// `AS alias`
        alias: Option<Name>,
    },
    /// A table-valued function such as `json_each(…)`.
    Function {
        /// The function.
        name: Name,
        /// Its arguments.
        arguments: Vec<Expr>,
        /// `AS alias`
        alias: Option<Name>,
    },
    /// `(SELECT …)`
    Select {
        /// The query.
        select: Box<Select>,
        /// `AS alias`
        alias: Option<Name>,
    },
    /// `(a JOIN b …)`
    Nested {
        /// The inner clause.
        from: Box<FromItem>,
        /// `AS alias`
        alias: Option<Name>,
    },
}

/// One term of `ORDER BY`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderTerm {
    /// The value to sort by.
    pub expr: Expr,
    /// `ASC` or `DESC`
    pub direction: Direction,
    /// `NULLS FIRST` or `NULLS LAST`
    pub nulls: NullsOrder,
}

/// A sort direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// `ASC`, also when nothing is written.
    Ascending,
    /// `DESC`
    Descending,
}

/// Where NULLs go. SQLite's default: first when ascending, last when descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullsOrder {
    /// Nothing was written.
    Default,
    /// `NULLS FIRST`
    First,
    /// `NULLS LAST`
    Last,
}
