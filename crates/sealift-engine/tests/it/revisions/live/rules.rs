//! Keys, checks, exclusions, foreign keys, indexes, and what domains demand.

use super::{Change, USUAL, live};

#[tokio::test]
async fn a_primary_key_has_other_columns() {
    live(Change {
        after: "alter table posts drop constraint posts_pkey, add primary key (id, n);",
        steps: &[
            "drop constraint posts_pkey of posts",
            "build the index of posts_pkey on posts",
            "add primary key posts_pkey to posts",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn unique_constraints() {
    live(Change {
        before: "alter table users add constraint gone unique (mail, id);",
        after: "alter table users add constraint one unique (id, name);
                alter table posts add constraint two unique (title, id) deferrable initially deferred;",
        steps: &[
            "drop constraint gone of users",
            "build the index of one on users",
            "add unique constraint one to users",
            "add unique constraint two to posts",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn checks() {
    live(Change {
        before: "alter table users add constraint gone check (n > -1);
                 alter table posts add constraint doubted check (n > -2) not valid;",
        after: "alter table users add constraint counted check (n >= 0);
                alter table posts add constraint named check (title <> '') not valid;
                alter table posts add constraint doubted check (n > -2);",
        steps: &[
            "drop constraint gone of users",
            "add check counted to users",
            "validate counted of users",
            "add check named to posts",
            "validate doubted of posts",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn constraints_have_other_names() {
    live(Change {
        before: "alter table users add constraint counted check (n >= 0);
                 alter table posts add constraint by foreign key (author) references users;",
        after: "alter table users add constraint never_less check (n >= 0);
                alter table posts add constraint written_by foreign key (author) references users;",
        steps: &[
            "rename constraint counted of users to never_less",
            "rename constraint by of posts to written_by",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn an_exclusion() {
    live(Change {
        after: "alter table posts add constraint apart exclude using btree (id with =);",
        steps: &["add exclusion apart to posts"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_foreign_key_comes() {
    live(Change {
        after: "alter table posts add constraint by foreign key (author) references users on delete cascade;",
        steps: &["add foreign key by to posts", "validate by of posts"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_foreign_key_goes_and_another_does_something_else() {
    live(Change {
        before: "alter table posts add constraint by foreign key (author) references users;
                 alter table users add parent int constraint gone references users;",
        after: "alter table posts add constraint by foreign key (author) references users on delete cascade;
                alter table users add parent int;",
        steps: &[
            "drop constraint by of posts",
            "drop constraint gone of users",
            "add foreign key by to posts",
        ],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn foreign_keys_in_a_circle() {
    live(Change {
        after: "alter table users add first_post int references posts;
                alter table posts add constraint by foreign key (author) references users;",
        steps: &["add foreign key by to posts", "add foreign key users_first_post_fkey to users"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn indexes() {
    live(Change {
        before: "create index by_name on users (name); create index gone on posts (title);
                 create index old_name on posts (n);",
        after: "create index by_name on users (lower(name)) where n >= 0;
                create unique index fresh on posts (id desc, title); create index new_name on posts (n);",
        steps: &[
            "rename index old_name to new_name",
            "build index fresh on posts",
            "build index by_name_new on users",
            "drop index by_name of users",
            "rename index by_name_new to by_name",
            "drop index gone of posts",
        ],
        reads: &["select id from posts order by n limit 3", "select id from users where name = 'name 9'"],
        ..USUAL
    })
    .await;
}

#[tokio::test]
async fn a_domain_demands_more() {
    live(Change {
        before: "create domain short as varchar(9); alter table users add nick short default 'a';",
        after: "create domain short as varchar(9) default 'b' not null check (value <> 'zz');
                alter table users add nick short default 'a'; create domain long as text;",
        steps: &[
            "change the default of domain short",
            "change NULL of domain short",
            "add check short_check to domain short",
            "create domain long",
        ],
        ..USUAL
    })
    .await;
}
