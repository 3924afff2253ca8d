//! Views, functions, triggers, enumerated types and comments.

use super::{Change, USUAL, live};

#[tokio::test]
async fn views_make_room_for_a_type_and_come_back() {
    live(Change {
        before: "create view names as select id, name, born from users;
                 create view old as select name from names;",
        after: "alter table users alter born type timestamp;
                create view names as select id, name, born, n from users;
                create view old as select name from names;",
        steps: &[
            "drop view old",
            "drop view names",
            "change type of users.born from date to timestamp without time zone",
            "create view names",
            "create view old",
        ],
        reads: &["select name from names where id = 1", "select count(*) from old"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn materialized_views_and_their_indexes() {
    live(Change {
        before: "create materialized view sums as select author, sum(n) as n from posts group by author;",
        after: "create materialized view sums as select author, sum(n) as n from posts group by author;
                create unique index sums_author on sums (author);
                create materialized view many as select count(*) as posts from posts;",
        steps: &["build index sums_author on sums", "create materialized view many"],
        reads: &["select n from sums where author = 1"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_value_of_an_enumerated_type_comes() {
    live(Change {
        before: "create type mood as enum ('bad', 'good');
                 alter table users add feels mood default 'good';
                 alter table users add constraint fine check (feels <> 'bad');
                 create index happy on users (id) where feels = 'good';
                 create view feelings as select id, feels from users;",
        after: "create type mood as enum ('bad', 'good', 'great');
                alter table users add feels mood default 'good';
                alter table users add constraint fine check (feels <> 'bad');
                create index happy on users (id) where feels = 'good';
                create view feelings as select id, feels from users;",
        steps: &["add value great to type mood"],
        reads: &[
            "select feels from feelings where id = 1",
            "select count(*) from users where feels = 'good'",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn an_enumerated_type_has_other_values() {
    live(Change {
        before: "create type mood as enum ('bad', 'fair', 'good');
                 alter table users add feels mood default 'good';
                 alter table posts add feels mood;
                 create view feelings as select id, feels from users;",
        after: "create type mood as enum ('good', 'bad');
                alter table users add feels mood default 'good';
                alter table posts add feels mood;
                create view feelings as select id, feels from users;",
        steps: &["change the values of type mood"],
        reads: &[
            "select feels from feelings where id = 1",
            "select count(*) from posts where feels = 'good'",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn types_and_procedures_come_and_go() {
    live(Change {
        before: "create type gone as enum ('a'); create domain gone_too as text;
                 create procedure tidy(a int) language sql as 'delete from posts where id = a and id > 5000';",
        after: "create type fresh as enum ('a'); alter table users add kind fresh;
                create procedure clean(a int) language sql as 'delete from posts where id = a and id > 6000';",
        steps: &[
            "create type fresh",
            "add column users.kind",
            "drop type gone",
            "drop domain gone_too",
            "drop procedure tidy",
            "create procedure clean",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn functions_and_triggers_come() {
    live(Change {
        after: "create function touch() returns trigger language plpgsql as
                    'begin new.title = coalesce(new.title, ''t''); return new; end';
                create trigger touched before update on posts for each row execute function touch();",
        steps: &["create function touch", "create trigger touched on posts"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn functions_do_something_else_and_triggers_go_or_sleep() {
    live(Change {
        before: "create function touch() returns trigger language plpgsql as 'begin return new; end';
                 create trigger touched before update on posts for each row execute function touch();
                 create trigger gone before update on users for each row execute function touch();
                 create trigger sleeps before update on users for each row execute function touch();",
        after: "create function touch() returns trigger language plpgsql as 'begin perform 1; return new; end';
                create function other() returns trigger language plpgsql as 'begin return new; end';
                create trigger touched before update on posts for each row execute function other();
                create trigger sleeps before update on users for each row execute function touch();
                alter table users disable trigger sleeps;",
        steps: &[
            "replace function touch",
            "create function other",
            "drop trigger gone of users",
            "drop trigger touched of posts",
            "create trigger touched on posts",
            "switch trigger sleeps of users",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_function_that_a_view_calls_takes_something_else() {
    live(Change {
        before: "create function half(a int) returns int language sql immutable as 'select a / 2';
                 create view halves as select id, half(n) as half from posts;",
        after:
            "create function half(a bigint) returns bigint language sql immutable as 'select a / 2';
                create view halves as select id, half(n) as half from posts;",
        steps: &[
            "drop view halves",
            "drop function half",
            "create function half",
            "create view halves",
        ],
        reads: &["select half from halves where id = 1"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn comments() {
    live(Change {
        before: "comment on table users is 'old'; create view names as select name from users;",
        after: "comment on table users is 'new'; create view names as select name from users;
                comment on column users.n is 'how often'; comment on view names is 'of all';
                comment on constraint users_pkey on users is 'a key';",
        steps: &["comment on table users", "comment on column users.n"],
        reads: &["select count(*) from names"],
        ..USUAL
    })
    .await;
}
