//! An SQLSTATE means the same whichever way it comes: through a statement, a `copy`, a `commit`, and
//! with any words put before it.

use bytes::Bytes;
use sealift_core::sql::Sql;
use sealift_engine::postgres::{MEANINGS, Meaning, Session};
use sealift_engine::{Error, Result};
use sealift_testkit::database;

const RAISE: &str = "
    create function public.raise_it() returns text language plpgsql as $$
    begin raise exception 'trouble' using errcode = current_setting('test.code'); end $$;
    create function public.raise_on_row() returns trigger language plpgsql as $$
    begin raise exception 'trouble' using errcode = current_setting('test.code'); end $$;
    create table public.on_insert (a int);
    create trigger t before insert on public.on_insert
        for each row execute function public.raise_on_row();
    create table public.on_commit (a int);
    create constraint trigger t after insert on public.on_commit initially deferred
        for each row execute function public.raise_on_row();";

async fn copied_in(session: &Session) -> Result<()> {
    let mut copy = session.copy_in(&Sql::raw("copy public.on_insert from stdin")).await?;
    copy.send(Bytes::from_static(b"1\n")).await?;
    copy.finish().await.map(drop)
}

async fn copied_out(session: &Session) -> Result<()> {
    let mut copy = session.copy_out(&Sql::raw("copy (select public.raise_it()) to stdout")).await?;
    while copy.next().await?.is_some() {}
    Ok(())
}

async fn committed(session: &Session) -> Result<()> {
    session.begin().await?;
    session.batch(&Sql::raw("insert into public.on_commit values (1)")).await?;
    session.commit().await
}

#[track_caller]
fn is_as_in_the_table(error: &Error, meaning: &Meaning, code: &str, way: &str) {
    let error_is = (error.kind(), error.recovery(), error.sqlstate());
    assert_eq!(error_is, (meaning.kind, meaning.recovery, Some(code)), "{way}: {error}");
}

#[tokio::test]
async fn every_row_of_the_table_is_found_through_every_way() {
    let database = database().await;
    database.execute(RAISE).await;
    let endpoint = crate::support::endpoint(&database.url);
    for meaning in MEANINGS {
        // A class stands for one of its codes that has no row of its own.
        let code = match meaning.code.len() {
            2 => format!("{}00Z", meaning.code),
            _ => meaning.code.to_owned(),
        };
        let code = code.as_str();
        let session = endpoint.connect("sealift test").await.unwrap();
        session.batch(&Sql::raw("set test.code = ").literal(code)).await.unwrap();
        let raise = Sql::raw("select public.raise_it()");
        let ways = [
            ("a statement", session.batch(&raise).await),
            ("a counted statement", session.execute(&raise).await.map(drop)),
            ("a query", session.query(&raise, &[]).await.map(drop)),
            ("a query as text", session.query_text(&raise).await.map(drop)),
            ("a statement that may be stopped", {
                session.batch_unless(&raise, std::future::pending()).await
            }),
            ("rows copied in", copied_in(&session).await),
            ("rows copied out", copied_out(&session).await),
            ("a commit", committed(&session).await),
        ];
        for (way, outcome) in ways {
            let error = outcome.unwrap_err();
            is_as_in_the_table(&error, meaning, code, way);
            let wrapped = error.context("copy table t").hinted("do this").resumable();
            is_as_in_the_table(&wrapped, meaning, code, way);
        }
    }
}
