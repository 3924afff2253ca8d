//! SQLite's SQL as our own typed tree: expressions, queries, and the `CREATE` statements.
//!
//! The tree says what the text means, not how it was written: parentheses are gone, `ISNULL` and
//! `IS NULL` are one node, `LIMIT a, b` is `offset: a, limit: b`. The quote character of each name
//! stays, because SQLite reads an unknown `"name"` as a string (`sqlite.org/quirks.html`, section 8).

mod expr;
mod select;
mod statement;
mod trigger;

pub use expr::{
    BinaryOp, Expr, Frame, FrameBound, FrameExclude, FrameUnit, Function, InSet, LikeKind, Literal,
    Name, Over, Quote, RaiseAction, UnaryOp, Window,
};
pub use select::{
    CommonTable, CompoundOp, Direction, FromItem, Join, JoinConstraint, JoinKind, Materialized,
    NullsOrder, OrderTerm, ResultColumn, Select, SelectBody, SelectCore, TableSource, With,
};
pub use statement::{
    CheckConstraint, ColumnDefinition, ConflictAction, CreateIndex, CreateTable, CreateTrigger,
    CreateView, CreateVirtualTable, Deferrability, ForeignKeyAction, ForeignKeyClause,
    GeneratedClause, IndexedColumn, TableConstraint, TriggerEvent, TriggerTiming,
};
pub use trigger::{
    Assignment, Delete, Insert, TriggerBody, TriggerStatement, Update, Upsert, UpsertAction,
};
