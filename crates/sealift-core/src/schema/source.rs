//! What a SQLite file declares.

use crate::ast::{CreateTrigger, CreateView, Deferrability, Direction, Expr, ForeignKeyAction};
use crate::sqlite::Affinity;
use serde::Serialize;

/// Everything in `sqlite_schema`, resolved.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Schema {
    /// Ordinary tables, in the order of `sqlite_schema`; no shadow tables, no `sqlite_*` tables.
    pub tables: Vec<Table>,
    /// Views, in the same order.
    pub views: Vec<View>,
    /// Triggers, in the same order.
    pub triggers: Vec<Trigger>,
    /// Virtual tables, with the shadow tables that belong to them.
    pub virtual_tables: Vec<VirtualTable>,
    /// Tables that SQLite or a tool keeps for itself (`sqlite_stat1`, `_litestream_seq` …).
    pub internal_tables: Vec<String>,
    /// Statements that could not be read: the object's name and why.
    pub unreadable: Vec<Unreadable>,
}

impl Schema {
    /// Returns the table whose rows a virtual table finds, where it is only a full-text index over
    /// another table.
    #[must_use]
    pub fn index_over(&self, name: &str) -> Option<&IndexOver> {
        let table = self.virtual_tables.iter().find(|it| it.name.eq_ignore_ascii_case(name))?;
        match &table.contents {
            Contents::IndexOver(over) => Some(over),
            Contents::Rows | Contents::None | Contents::Compressed | Contents::Unknown => None,
        }
    }
}

/// A statement of `sqlite_schema` that the parser refused.
#[derive(Debug, Clone, Serialize)]
pub struct Unreadable {
    /// `table`, `index`, `view` or `trigger`
    pub kind: String,
    /// The object.
    pub name: String,
    /// What the parser said.
    pub reason: String,
}

/// How the rows of a table are keyed in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKey {
    /// By a rowid that one column is another name for (`INTEGER PRIMARY KEY`).
    Alias {
        /// That column's position.
        column: usize,
    },
    /// By a hidden rowid that can be selected under this name: `rowid`, `oid` or `_rowid_`,
    /// whichever no column covers.
    Hidden {
        /// The name.
        name: &'static str,
    },
    /// By a hidden rowid that columns cover under all three names.
    Unreachable,
    /// By the primary key (`WITHOUT ROWID`).
    PrimaryKey,
}

/// An ordinary table.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// The name as declared.
    pub name: String,
    /// The `CREATE TABLE` text.
    pub sql: String,
    /// The columns in declared order, generated ones included.
    pub columns: Vec<Column>,
    /// The primary key's columns in key order; empty when there is none.
    pub primary_key: Vec<usize>,
    /// The name given to the primary key.
    pub primary_key_name: Option<String>,
    /// How rows are keyed.
    pub row_key: RowKey,
    /// `WITHOUT ROWID`
    pub without_rowid: bool,
    /// `STRICT`
    pub strict: bool,
    /// `AUTOINCREMENT`
    pub autoincrement: bool,
    /// `sqlite_sequence.seq`, when there is a row for this table.
    pub sequence: Option<i64>,
    /// `UNIQUE` constraints.
    pub unique: Vec<Unique>,
    /// `CHECK` constraints of columns and table.
    pub checks: Vec<Check>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Indexes made by `CREATE INDEX`.
    pub indexes: Vec<Index>,
    /// `ON CONFLICT` clauses other than `ABORT` anywhere in the table: PostgreSQL has none.
    pub conflict_clauses: bool,
    /// What the virtual table is for whose rows these are; `None` for an ordinary table.
    pub module: Option<Module>,
}

/// What a virtual table is for that keeps rows of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Module {
    /// FTS3, FTS4 or FTS5.
    FullText {
        /// How words are taken from texts.
        words: Words,
        /// The positions of the columns whose words are found.
        indexed: Vec<usize>,
    },
    /// An R*Tree: after its key, a smallest and a largest value for each dimension.
    RTree {
        /// One to five.
        dimensions: usize,
    },
}

/// How a full-text table takes words from texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// The tokenizer as declared, or the module's own.
    pub tokenizer: String,
    /// The text search configuration of PostgreSQL that comes nearest.
    pub configuration: Configuration,
}

/// A text search configuration that every PostgreSQL has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Configuration {
    /// Words as they are, in lower case.
    Simple,
    /// English words by their stems, as the `porter` tokenizer does.
    English,
}

impl Configuration {
    /// Returns its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::English => "english",
        }
    }
}

impl Table {
    /// Returns the position of a column by name, as SQLite compares names.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|candidate| candidate.name.eq_ignore_ascii_case(column))
    }

    /// Returns whether SQLite shows the column of the row's key only to whoever names it: a full-text
    /// table's rowid.
    #[must_use]
    pub fn hides_row_key(&self) -> bool {
        match &self.module {
            Some(Module::FullText { .. }) => true,
            Some(Module::RTree { .. }) | None => false,
        }
    }
}

/// A column.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// The name as declared.
    pub name: String,
    /// The declared type as written; empty when there is none.
    pub declared_type: String,
    /// What SQLite makes of it.
    pub affinity: Affinity,
    /// `NOT NULL`, also where SQLite implies it: the rowid alias, the key of a WITHOUT ROWID table,
    /// and the primary key of a STRICT table.
    pub not_null: bool,
    /// `DEFAULT`, as text and tree.
    pub default: Option<Expression>,
    /// `COLLATE`, unless `BINARY`.
    pub collation: Option<String>,
    /// `AS (…)`
    pub generated: Option<Generated>,
}

/// An expression of the schema.
#[derive(Debug, Clone, Serialize)]
pub struct Expression {
    /// The text as SQLite keeps it.
    pub sql: String,
    /// The same as a tree.
    #[serde(skip)]
    pub tree: Expr,
}

/// A generated column's value.
#[derive(Debug, Clone, Serialize)]
pub struct Generated {
    /// The value.
    pub value: Expression,
    /// `STORED`
    pub stored: bool,
}

/// A `UNIQUE` constraint.
#[derive(Debug, Clone, Serialize)]
pub struct Unique {
    /// `CONSTRAINT name`
    pub name: Option<String>,
    /// The columns in order.
    pub columns: Vec<KeyColumn>,
}

/// A column of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyColumn {
    /// The column's position in the table.
    pub column: usize,
    /// The collation that uniqueness uses, unless `BINARY`.
    pub collation: Option<String>,
}

/// A `CHECK` constraint.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// `CONSTRAINT name`
    pub name: Option<String>,
    /// The column that it was written on, if on one.
    pub column: Option<usize>,
    /// The condition.
    pub condition: Expression,
}

/// A foreign key.
#[derive(Debug, Clone, Serialize)]
pub struct ForeignKey {
    /// `CONSTRAINT name`
    pub name: Option<String>,
    /// The child columns' positions.
    pub columns: Vec<usize>,
    /// The parent table as written.
    pub parent: String,
    /// The parent columns as written; empty means the parent's primary key.
    pub parent_columns: Vec<String>,
    /// `ON DELETE`
    pub on_delete: ForeignKeyAction,
    /// `ON UPDATE`
    pub on_update: ForeignKeyAction,
    /// `DEFERRABLE …`
    pub deferrability: Deferrability,
}

/// An index made by `CREATE INDEX`.
#[derive(Debug, Clone, Serialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its text.
    pub sql: String,
    /// `UNIQUE`
    pub unique: bool,
    /// Its columns and expressions.
    pub columns: Vec<IndexColumn>,
    /// `WHERE …`
    pub filter: Option<Expression>,
}

/// A column or expression of an index.
#[derive(Debug, Clone, Serialize)]
pub struct IndexColumn {
    /// What is indexed.
    pub key: IndexKey,
    /// The collation, unless `BINARY`: the index's own, else the column's.
    pub collation: Option<String>,
    /// `ASC` or `DESC`
    pub direction: Direction,
}

/// What an index entry is made from.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexKey {
    /// A column, by position.
    Column(usize),
    /// An expression.
    Expression(Expression),
}

impl IndexKey {
    /// Returns the position of the column, `None` where it is an expression.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        match self {
            Self::Column(position) => Some(*position),
            Self::Expression(_) => None,
        }
    }
}

/// A view.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Its text.
    pub sql: String,
    /// The names of its result columns as SQLite computes them; empty when the view is broken.
    pub columns: Vec<String>,
    /// Why SQLite cannot run it, when it cannot.
    pub broken: Option<String>,
    /// Its tree.
    #[serde(skip)]
    pub tree: CreateView,
}

/// A trigger.
#[derive(Debug, Clone, Serialize)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// The table or view it is on.
    pub table: String,
    /// Its text.
    pub sql: String,
    /// Its head.
    #[serde(skip)]
    pub tree: CreateTrigger,
}

/// A virtual table.
#[derive(Debug, Clone, Serialize)]
pub struct VirtualTable {
    /// Its name.
    pub name: String,
    /// Its module, such as `fts5` or `rtree`.
    pub module: String,
    /// The text between the module's parentheses.
    pub arguments: String,
    /// Its text.
    pub sql: String,
    /// The tables the module stores its data in.
    pub shadow_tables: Vec<String>,
    /// What of it can be carried.
    pub contents: Contents,
    /// Rows that stand nowhere else: those of a full-text table that keeps its own content, or of an
    /// R*Tree. 0 where the table is only an index of another; `None` where nobody knows.
    pub own_rows: Option<u64>,
}

/// What of a virtual table can be carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Contents {
    /// Its rows: [`Schema::tables`] has a table of its name.
    Rows,
    /// It holds no rows, but finds those of another table (`content=…`).
    IndexOver(IndexOver),
    /// It finds rows by their words and holds none of the words (`content=''`).
    None,
    /// Its rows are compressed by functions of the application's (`compress=…`).
    Compressed,
    /// Nobody knows: the module is not one of SQLite's own, or its tables are not as they should be.
    Unknown,
}

/// A full-text index over another table's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexOver {
    /// The table or view whose rows are found.
    pub table: String,
    /// Its columns whose words are found; empty means all.
    pub columns: Vec<String>,
    /// How words are taken from texts.
    pub words: Words,
}
