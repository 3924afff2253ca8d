//! The statements that write the history. Whoever runs a revision sends them with it.

use super::{History, How};
use crate::error::Result;
use crate::postgres::Session;
use crate::revision::folder::{Revision, ScriptFile};
use sealift_core::revision::file::Id;
use sealift_core::revision::way::Way;
use sealift_core::sql::Sql;

impl History {
    /// Makes the table, in a transaction of its own.
    ///
    /// # Errors
    /// When the server refuses or does not answer.
    pub(in super::super) async fn make(&mut self, session: &Session) -> Result<()> {
        if self.is_there {
            return Ok(());
        }
        session.begin().await?;
        for sql in self.make_statements()? {
            session.batch(&sql).await.map_err(|error| {
                error.context(format_args!("make {}, which keeps the history", self.place))
            })?;
        }
        session.commit().await?;
        self.is_there = true;
        Ok(())
    }

    /// Returns the statements that make the table where it is not there.
    ///
    /// # Errors
    /// Never in practice; the table's own names are constants.
    pub(in super::super) fn make_statements(&self) -> Result<Vec<Sql>> {
        // Runs into other schemas of the database share the table; `store` takes the same lock.
        let mut statements = vec![Sql::raw(
            "select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('sealift state', 0))",
        )];
        if self.place.is_own()? {
            // `create schema if not exists` asks for the right to make it even where it is there.
            statements.push(Sql::raw(
                "do $$ begin if to_regnamespace('_sealift') is null then create schema _sealift; end if; end $$",
            ));
        }
        statements.push(Sql::raw("create table if not exists ").sql(&self.place.table()).push(
            " (target_schema text not null, id text not null, message text not null, \
             parents text not null, checksum bytea not null, up_text text not null, down_text text, \
             how text not null, done_at timestamptz not null default clock_timestamp(), \
             seconds double precision not null, done_by text not null default session_user, \
             made_by text not null, going text, statements_done bigint, failure text, going_text text, \
             primary key (target_schema, id))",
        ));
        Ok(statements)
    }

    /// Returns the statement by which a revision is there, and has ended.
    pub(in super::super) fn recorded(
        &self,
        revision: &Revision,
        parents: &[Id],
        how: How,
        seconds: f64,
    ) -> Sql {
        self.insert(revision, parents, how, seconds, Sql::raw("null, null, null, null"))
    }

    /// Returns the statement by which a revision has begun to run without a transaction.
    pub(in super::super) fn begun(
        &self,
        revision: &Revision,
        parents: &[Id],
        way: Way,
        file: &ScriptFile,
    ) -> Sql {
        let going = Sql::new().literal(&way.to_string()).push(", 0, null, ");
        let text = file.script.text();
        match way {
            Way::Up => self.insert(revision, parents, How::Run, 0.0, going.literal(text)),
            Way::Down => self
                .update(
                    &Sql::raw("going = 'down', statements_done = 0, failure = null, going_text = ")
                        .literal(text),
                )
                .sql(&self.one(&revision.id)),
        }
    }

    fn insert(
        &self,
        revision: &Revision,
        parents: &[Id],
        how: How,
        seconds: f64,
        going: Sql,
    ) -> Sql {
        let parents: Vec<&str> = parents.iter().map(Id::as_str).collect();
        let up = &revision.up.script;
        let down = match &revision.down {
            Some(file) => Sql::new().literal(file.script.text()),
            None => Sql::raw("null"),
        };
        let how = match how {
            How::Run => "run",
            How::Stamp => "stamp",
        };
        Sql::raw("insert into ")
            .sql(&self.place.table())
            .push(
                " (target_schema, id, message, parents, checksum, up_text, down_text, how, seconds, made_by, \
                 going, statements_done, failure, going_text) values (",
            )
            .literal(self.schema.as_str())
            .push(", ")
            .literal(revision.id.as_str())
            .push(", ")
            .literal(&revision.message())
            .push(", ")
            .literal(&parents.join(","))
            .push(", ")
            .bytes(up.checksum().as_bytes())
            .push(", ")
            .literal(up.text())
            .push(", ")
            .sql(&down)
            .push(", ")
            .literal(how)
            .push(", ")
            .literal(&format!("{seconds:.6}"))
            .push(", ")
            .literal(env!("CARGO_PKG_VERSION"))
            .push(", ")
            .sql(&going)
            .push(")")
    }

    /// Returns the statement by which so many statements of an unfinished revision are done.
    pub(in super::super) fn advanced(&self, id: &Id, done: usize) -> Sql {
        let done = i64::try_from(done).unwrap_or(i64::MAX);
        let set = Sql::raw("statements_done = ").int(done).push(", failure = null");
        self.update(&set).sql(&self.one(id))
    }

    /// Returns the statement by which the server has refused the next statement of an unfinished revision.
    pub(in super::super) fn failed(&self, id: &Id, failure: &str) -> Sql {
        self.update(&Sql::raw("failure = ").literal(failure)).sql(&self.one(id))
    }

    /// Returns the statement by which an unfinished revision goes on with another text of its file.
    pub(in super::super) fn goes_on(&self, revision: &Revision, file: &ScriptFile) -> Sql {
        let up = &revision.up.script;
        let set = Sql::raw("going_text = ")
            .literal(file.script.text())
            .push(", failure = null, up_text = ")
            .literal(up.text())
            .push(", checksum = ")
            .bytes(up.checksum().as_bytes());
        self.update(&set).sql(&self.one(&revision.id))
    }

    /// Returns the statement by which an unfinished revision has ended on its way up.
    pub(in super::super) fn ended(&self, id: &Id, seconds: f64) -> Sql {
        let set = Sql::raw("seconds = ").literal(&format!("{seconds:.6}")).push(
            ", done_at = clock_timestamp(), going = null, statements_done = null, failure = null, \
             going_text = null",
        );
        self.update(&set).sql(&self.one(id))
    }

    /// Returns the statement by which a revision is no more, nor are those that were squashed into it.
    pub(in super::super) fn forgotten(&self, id: &Id) -> Sql {
        let squashed = self.squashed.get(id).into_iter().flatten();
        let ids = std::iter::once(id).chain(squashed).map(|id| Sql::new().literal(id.as_str()));
        Sql::raw("delete from ")
            .sql(&self.place.table())
            .push(" where target_schema = ")
            .literal(self.schema.as_str())
            .push(" and id in (")
            .join(ids, ", ")
            .push(")")
    }

    fn update(&self, set: &Sql) -> Sql {
        Sql::raw("update ").sql(&self.place.table()).push(" set ").sql(set)
    }

    fn one(&self, id: &Id) -> Sql {
        Sql::raw(" where target_schema = ")
            .literal(self.schema.as_str())
            .push(" and id = ")
            .literal(id.as_str())
    }
}
