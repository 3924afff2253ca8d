//! Tables and sequences.

use super::{Change, USUAL, live};

#[tokio::test]
async fn a_table_comes() {
    live(Change {
        after: "create table tags (id bigint generated always as identity primary key, name text unique,
                                   post int references posts);
                comment on table tags is 'words';",
        steps: &["create table tags", "add foreign key tags_post_fkey to tags"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_table_goes() {
    live(Change {
        before: "create table tags (id int primary key, post int references posts, by int references users);
                 insert into tags values (1), (2); create index tags_post on tags (post);",
        steps: &["drop foreign key tags_post_fkey of tags", "drop table tags"],
        ..USUAL
    })
    .await;
}

/// The application uses the table that refers to it, and every new row there looks at it.
#[tokio::test]
async fn a_table_gets_another_name() {
    live(Change {
        before: "alter table posts add constraint by foreign key (author) references users;",
        after: "alter table posts add constraint by foreign key (author) references people;",
        renames: &["users=people"],
        steps: &["rename table users to people"],
        uses: &["posts"],
        kept: "select id, title, author from posts where id < 1000 order by 1",
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn sequences() {
    live(Change {
        before: "create sequence counter; create sequence gone;",
        after: "create sequence counter increment 5; create sequence fresh;",
        steps: &[
            "change how sequence counter counts",
            "create sequence fresh",
            "drop sequence gone",
        ],
        reads: &["select nextval('counter')"],
        ..USUAL
    })
    .await;
}
