use super::*;
use crate::revision::split::split;

fn effect(text: &str) -> Effect {
    split(text).unwrap()[0].effect()
}

fn shown(text: &str) -> String {
    let effect = effect(text);
    let lock = effect.lock.map_or("unknown".to_owned(), |lock| format!("{lock:?}"));
    format!("{lock} {} {:?}", effect.on.join(","), effect.work)
}

#[test]
fn the_lock_of_each_statement_is_that_of_the_manual() {
    for (text, expected) in [
        ("create table a (b int)", "None  Brief"),
        ("create table a (b int references c)", "ShareRowExclusive c Brief"),
        ("create index on app.a (b)", "Share app.a Scan"),
        (
            "create unique index concurrently if not exists i on a (b)",
            "ShareUpdateExclusive a Scan",
        ),
        ("create trigger t before insert on a execute function f()", "ShareRowExclusive a Brief"),
        ("alter table a add b text", "AccessExclusive a Brief"),
        ("alter table a add column b text default 'x'", "AccessExclusive a Brief"),
        ("alter table a add column b timestamptz default now()", "AccessExclusive a Brief"),
        ("alter table a add column b uuid default gen_random_uuid()", "AccessExclusive a Rewrite"),
        ("alter table a add b bigserial", "AccessExclusive a Rewrite"),
        ("alter table a add foreign key (b) references c", "ShareRowExclusive a,c Scan"),
        (
            "alter table a add constraint f foreign key (b) references c not valid",
            "ShareRowExclusive a,c Brief",
        ),
        ("alter table a add check (b > 0)", "AccessExclusive a Scan"),
        ("alter table a validate constraint f", "ShareUpdateExclusive a Scan"),
        ("alter table a alter b set not null", "AccessExclusive a Scan"),
        ("alter table only a alter column b type bigint", "AccessExclusive a Rewrite"),
        ("alter table a set (fillfactor = 70)", "ShareUpdateExclusive a Brief"),
        ("alter table a add b int, alter c type text", "AccessExclusive a Rewrite"),
        ("alter index i rename to j", "ShareUpdateExclusive i Brief"),
        ("drop index concurrently i", "ShareUpdateExclusive i Brief"),
        ("drop view v", "AccessExclusive v Brief"),
        ("comment on column app.a.b is 'x'", "ShareUpdateExclusive app.a Brief"),
        ("update a set b = 1", "None a Scan"),
        ("do $$ begin drop table a; end $$", "unknown  Brief"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn what_is_lost_is_told() {
    let danger = |text: &str| match effect(text).danger {
        Some(Danger::Loses(what)) => format!("loses {what}"),
        Some(Danger::Narrows(what)) => format!("narrows {what}"),
        None => String::new(),
    };
    for (text, expected) in [
        ("drop table if exists a, \"B c\"", "loses the rows of table a, \"B c\""),
        ("DROP TABLE a CASCADE", "loses the rows of table a"),
        ("alter table a drop column if exists b, drop c", "loses column a.b; column a.c"),
        ("alter table a drop constraint b", ""),
        ("alter table a alter b drop default", ""),
        ("alter table a alter b type text", ""),
        (
            "alter table a alter b type numeric(10,1)",
            "narrows values of a.b that do not fit the new type",
        ),
        ("truncate a, b", "loses the rows of table a, b"),
        ("delete from a", "loses the rows of table a"),
        ("delete from a where b", "loses some rows of table a"),
        ("with gone as (delete from a returning *) select 1", "loses some rows of table a"),
        ("drop schema s cascade", "loses schema s with all that is in it"),
        ("drop type t", ""),
        ("drop type t cascade", "loses all that depends on type t, columns included"),
        ("drop view v", ""),
        ("insert into a values ('drop table b')", ""),
    ] {
        assert_eq!(danger(text), expected, "{text}");
    }
}
