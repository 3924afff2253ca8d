//! Columns: that come and go, their names, types, defaults, NULL, and how they are numbered.

use super::{Change, USUAL, live};

const NAMES: &str = "select id, name from users where id < 1000 order by 1";

#[tokio::test]
async fn columns_come() {
    live(Change {
        after: "alter table users add age int default 3 not null, add tags text[],
                                  add seen timestamptz default now();
                comment on column users.age is 'years';",
        steps: &["add column users.age", "add column users.tags", "add column users.seen"],
        ..USUAL
    })
    .await;
}

/// Each of these writes the table anew.
#[tokio::test]
async fn columns_come_whose_values_differ_from_row_to_row() {
    live(Change {
        after: "alter table users add token uuid default gen_random_uuid();
                alter table posts add number bigint generated always as identity;
                alter table posts add twice int generated always as (n * 2) stored;",
        steps: &["add column users.token", "add column posts.number", "add column posts.twice"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn columns_go() {
    live(Change {
        before: "alter table posts add twice int generated always as (n * 2) stored;
                 alter table posts add seen date default '2020-01-02'; create index seen on posts (seen);",
        after: "alter table users drop column mail, drop column born;",
        steps: &[
            "drop column users.mail",
            "drop column users.born",
            "drop column posts.twice",
            "drop column posts.seen",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_column_that_was_computed_is_an_ordinary_one() {
    live(Change {
        before: "alter table users add twice int generated always as (n * 2) stored;",
        after: "alter table users add twice int;",
        steps: &["keep the values of users.twice and no longer compute them"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_column_gets_another_name() {
    live(Change {
        before: "create index by_mail on users (mail);",
        after: "create index by_mail on users (email);",
        renames: &["users.mail=users.email"],
        steps: &["rename column users.mail to email"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn types_change_in_the_catalogs_only() {
    live(Change {
        after: "alter table users alter mail type text, alter score type numeric(12,2);",
        steps: &["change type of users.mail from character varying(40) to text, users.score from \
             numeric(10,2) to numeric(12,2)"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn types_change_and_the_tables_are_written_anew() {
    live(Change {
        after: "alter table users alter n type bigint, alter born type timestamptz;
                alter table posts alter id type bigint, alter author type bigint;",
        steps: &[
            "change type of users.born from date to timestamp with time zone, users.n from integer \
             to bigint",
            "change type of posts.id from integer to bigint, posts.author from integer to bigint",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_type_changes_under_a_view_an_index_and_a_check() {
    let standing = "create view scores as select id, score from users;
                    create index by_score on users (score);
                    alter table users add constraint scored check (score > 0);";
    let after = "alter table users alter score type double precision;
                 create view scores as select id, score from users;
                 create index by_score on users (score);
                 alter table users add constraint scored check (score > 0);";
    live(Change {
        before: standing,
        after,
        steps: &["change type of users.score from numeric(10,2) to double precision"],
        reads: &["select score from scores where id = 1"],
        kept: NAMES,
        ..USUAL
    })
    .await;
}

/// Values are rounded, which has to be accepted.
#[tokio::test]
async fn a_type_holds_less() {
    live(Change {
        after: "alter table users alter score type numeric(10,1);",
        steps: &["change type of users.score from numeric(10,2) to numeric(10,1)"],
        kept: NAMES,
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn nulls_are_refused_and_allowed() {
    live(Change {
        before: "alter table posts alter title set not null;",
        after: "alter table users alter name set not null;",
        steps: &[
            "refuse new NULLs in users.name",
            "set users.name not null",
            "let posts.title be null",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn defaults() {
    live(Change {
        after: "alter table users alter name set default 'y';
                alter table posts alter title drop default, alter author set default 2;",
        steps: &[
            "change default of users.name",
            "change default of posts.title",
            "change default of posts.author",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_column_is_numbered_by_an_identity() {
    live(Change {
        before: "alter table posts alter id add generated by default as identity;",
        after: "alter table users alter id add generated by default as identity (start 5000);
                alter table posts alter id add generated by default as identity (increment 5);",
        steps: &["change how users.id is numbered", "change how posts.id is numbered"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_column_is_numbered_by_a_sequence() {
    live(Change {
        after: "create sequence users_id_seq as integer owned by users.id;
                alter table users alter id set default nextval('users_id_seq');",
        steps: &["create sequence users_id_seq", "change default of users.id"],
        ..USUAL
    })
    .await;
}
