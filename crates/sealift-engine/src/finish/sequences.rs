//! The numbers that new rows get.

use super::FinishContext;
use crate::error::Result;
use crate::ops::Step;
use crate::postgres::{Session, begin};
use sealift_core::sql::Sql;

/// Sets every identity column's sequence so that the next insert gets the next free number. The
/// sequence is found through `pg_get_serial_sequence`, never by its name.
pub(crate) async fn sequences(context: &FinishContext, session: &Session) -> Result<()> {
    let mut named = Vec::new();
    let mut statements = vec![begin()];
    for table in &context.plan.tables {
        for column in &table.target.columns {
            let Some(identity) = &column.identity else { continue };
            let name = Sql::new().qualified(&context.plan.schema, &table.target.name);
            // Rows of the target's own may have keys beyond all of the source's.
            let has_others = !table.filling.conflict.is_error() && column.data_type.is_integer();
            if identity.next <= 1 && !has_others {
                continue;
            }
            // Never back: the application may have begun to insert between two runs.
            let own = Sql::raw("pg_get_serial_sequence(")
                .literal(name.as_str())
                .push(", ")
                .literal(column.name.as_str())
                .push(")");
            // One that belongs to no column is known by the default that takes from it.
            let sequence = match &identity.sequence {
                Some(sequence) => Sql::raw("coalesce(")
                    .sql(&own)
                    .push(", ")
                    .literal(Sql::new().qualified(&context.plan.schema, sequence).as_str())
                    .push(")"),
                None => own,
            };
            let largest = if has_others {
                Sql::raw("(select max(")
                    .ident(&column.name)
                    .push(")::bigint from ")
                    .sql(&name)
                    .push(")")
            } else {
                Sql::raw("null")
            };
            let sql = Sql::raw("select setval(s, used, true) from (select s, greatest(")
                .int(identity.next - 1)
                .push(", pg_sequence_last_value(s), ")
                .sql(&largest)
                .push(") as used from (select ")
                .sql(&sequence)
                .push("::regclass as s) as sequence) as position where used > 0");
            named.push(&table.source);
            statements.push(sql);
        }
    }
    session.pipeline(&statements).await.map_err(|refused| {
        match named.get(refused.position.saturating_sub(1)) {
            Some(table) => refused.error.context(format_args!("set the sequence of {table}")),
            None => refused.error,
        }
    })?;
    context.store.commit(session, Step::Sequences).await
}
