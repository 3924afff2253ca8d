//! B23 to B34: names.

use super::super::{by_cells, whole};
use crate::support::{assert_equal, moved_with, options, refused_with, run};
use sealift_engine::config::{Identifiers, MigrateOptions, PlanOptions};
use sealift_testkit::{database, sqlite_file};

#[tokio::test]
async fn b23_reserved_words_name_tables_columns_indexes_and_views() {
    let moved = whole(
        "create table \"order\" (\"group\" int, \"user\" text, \"release\" text, \"select\" int primary key,
             \"table\" int unique, \"check\" int check (\"check\" > 0), \"end\" int as (\"select\" + 1) stored);
         create table \"user\" (id integer primary key, \"order\" int references \"order\" (\"select\"));
         create index \"index\" on \"order\" (\"group\", \"user\" desc) where \"release\" is not null;
         create view \"view\" as select o.\"select\", \"user\".id from \"order\" o join \"user\" on \"user\".\"order\" = o.\"select\";
         insert into \"order\" (\"group\", \"select\", \"check\") values (1, 2, 3); insert into \"user\" values (9, 2);",
    )
    .await;
    assert_eq!(moved.row("select * from \"view\"").await, "2 | 9");
    assert_eq!(moved.row("select \"end\" from \"order\"").await, "3");
    assert_eq!(moved.refusal("insert into \"user\" values (10, 5)").await, "23503 user_order_fkey");
}

#[tokio::test]
async fn b24_a_foreign_key_column_called_references_keeps_its_key() {
    let moved = whole(
        "create table \"primary\" (\"key\" integer primary key);
         create table t (\"references\" int references \"primary\" (\"key\"), \"foreign\" int, \"on\" int,
             foreign key (\"foreign\") references \"primary\");
         insert into \"primary\" values (1); insert into t values (1, 1, 1);",
    )
    .await;
    assert_eq!(moved.refusal("insert into t values (2, 1, 1)").await, "23503 t_references_fkey");
    assert_eq!(moved.refusal("insert into t values (1, 2, 1)").await, "23503 t_foreign_fkey");
}

#[tokio::test]
async fn b25_columns_named_like_postgresqls_own_get_an_underscore_everywhere() {
    let moved = whole(
        "create table t (xmin real, xmax real, ctid text unique, tableoid int, cmin int, cmax int, oid int,
             xmin_ real, check (xmin <= xmax));
         create index i on t (xmin, xmax); create view v as select xmin, ctid from t where xmax > 1;
         create table c (a text references t (ctid));
         insert into t values (1, 2, 'x', 4, 5, 6, 7, 8); insert into c values ('x');",
    )
    .await;
    assert_eq!(
        moved.row("select xmin__2, xmax_, ctid_, tableoid_, cmin_, cmax_, oid, xmin_ from t").await,
        "1 | 2 | x | 4 | 5 | 6 | 7 | 8"
    );
    assert_eq!(moved.row("select * from v").await, "1 | x");
    assert_eq!(moved.refusal("insert into c values ('y')").await, "23503 c_a_fkey");
    let renamed = moved.findings();
    assert!(renamed.contains(&"warning renamed t.ctid".to_owned()), "{renamed:?}");
    assert_eq!(renamed.len(), 6);
}

#[tokio::test]
async fn b26_camel_case_stays_in_tables_keys_indexes_and_sequences() {
    let moved = whole(
        "create table UserAccounts (UserId integer primary key autoincrement, FirstName text unique,
             Boss int, foreign key (boss) references userACCOUNTS (USERID));
         create index IdxFirst on USERACCOUNTS (FIRSTNAME desc);
         create view ByName as select userid, FIRSTNAME as Fn from useraccounts where Firstname = 'x';
         insert into useraccounts (firstname) values ('x');",
    )
    .await;
    assert_eq!(moved.row("select \"UserId\", \"Fn\" from \"ByName\"").await, "1 | x");
    let insert = "insert into \"UserAccounts\" (\"FirstName\") values ('y') returning \"UserId\"";
    assert_eq!(moved.row(insert).await, "2");
    assert_eq!(
        moved.indexes("UserAccounts").await,
        ["CREATE INDEX \"IdxFirst\" ON public.\"UserAccounts\" USING btree (\"FirstName\" DESC)"]
    );
}

#[tokio::test]
async fn b27_names_that_only_differ_by_case_or_underscore_stay_apart() {
    let moved = whole(
        "create table t (userId int, user_id int, \"user id\" int); insert into t values (1, 2, 3);
         create table userData (a int); create table user_data (a int);",
    )
    .await;
    assert_eq!(moved.row("select \"userId\", user_id, \"user id\" from t").await, "1 | 2 | 3");
    assert_eq!(moved.relations().await, ["public.t", "public.userData", "public.user_data"]);
}

/// Settings that write names in another way.
fn written(how: Identifiers) -> impl FnOnce(MigrateOptions) -> MigrateOptions {
    move |options| {
        let plan_options = PlanOptions { identifiers: how, ..options.plan_options };
        by_cells(MigrateOptions { plan_options, ..options })
    }
}

#[tokio::test]
async fn b26_one_policy_writes_tables_columns_keys_indexes_views_and_triggers() {
    let script = "create table OrderItem (ItemId integer primary key, OrderNo int not null, \"Unit Price\" real default 1.5,
             check (\"Unit Price\" > 0), constraint UQ_OrderNo unique (OrderNo));
         create table itemNote (noteId integer primary key, itemId int references OrderItem (ItemId) on delete cascade, HTTPStatus int);
         create index IX_ItemNote on itemNote (itemId) where HTTPStatus > 200;
         create view ItemsWithNotes as select o.ItemId, count(*) as NoteCount from OrderItem o join itemNote n using (itemId) group by 1;
         create view Busy as select ItemId from ItemsWithNotes where NoteCount > 1;
         create trigger touch after insert on itemNote begin update OrderItem set \"Unit Price\" = \"Unit Price\" + 1 where ItemId = new.itemId; end;
         insert into OrderItem values (1, 10, 2.5), (2, 11, 3.5);
         insert into itemNote values (1, 1, 200), (2, 1, 404), (3, 2, 500);";
    let moved = moved_with(script, written(Identifiers::Snake)).await;
    assert_eq!(
        moved.relations().await,
        [
            "public.busy",
            "public.item_note",
            "public.item_note_note_id_seq",
            "public.items_with_notes",
            "public.order_item",
            "public.order_item_item_id_seq"
        ]
    );
    assert_eq!(
        moved.row("select item_id, note_count from items_with_notes where note_count > 1").await,
        "1 | 2"
    );
    assert_eq!(moved.row("select item_id from busy").await, "1");
    assert_eq!(
        moved
            .row("insert into item_note (item_id, http_status) values (2, 201) returning note_id")
            .await,
        "4"
    );
    assert_eq!(moved.row("select unit_price from order_item where item_id = 2").await, "5.5");
    assert_eq!(
        moved.refusal("insert into order_item (order_no) values (10)").await,
        "23505 uq_order_no"
    );
    let lower = moved_with(script, written(Identifiers::Lower)).await;
    assert_eq!(
        lower.row("select itemid, notecount from itemswithnotes where notecount > 1").await,
        "1 | 2"
    );
    assert_eq!(lower.row("select count(\"unit price\") from orderitem").await, "2");
}

#[tokio::test]
async fn b27_names_that_one_policy_would_make_one_are_refused() {
    let script = "create table t (userId int, user_id int); create table userData (a int); create table user_data (a int);";
    let refused = refused_with(script, written(Identifiers::Snake)).await;
    assert_eq!(
        refused.findings(),
        ["error names-meet t.user_id", "error names-meet table user_data"]
    );
    let lower = moved_with(script, written(Identifiers::Lower)).await;
    assert_eq!(lower.relations().await, ["public.t", "public.user_data", "public.userdata"]);
}

#[tokio::test]
async fn b28_names_hold_spaces_quotes_dots_digits_and_other_letters() {
    let moved = whole(
        "create table \"a-b.c\"\"d é\" (\"1st\" int, \"x y\" text, \"q\"\"q\" int, \"😀\" int, \"%s\" int, \"\\\" int,
             [br ack] int, `tick` int, \"a;b\" int, \"$1\" int, \"'q'\" int default 4, primary key (\"x y\", \"1st\"));
         create index \"i-1 \"\"x\" on \"a-b.c\"\"d é\" (\"q\"\"q\", \"😀\");
         create view \"v-1\" as select \"q\"\"q\", [br ack], `tick`, \"😀\" from \"a-b.c\"\"d é\";
         insert into \"a-b.c\"\"d é\" values (1, 't', 2, 3, 4, 5, 6, 7, 8, 9, 10);",
    )
    .await;
    assert_eq!(moved.row("select * from \"v-1\"").await, "2 | 6 | 7 | 3");
    assert_eq!(
        moved
            .row("select \"1st\", \"%s\", \"\\\", \"a;b\", \"$1\", \"'q'\" from \"a-b.c\"\"d é\"")
            .await,
        "1 | 4 | 5 | 8 | 9 | 10"
    );
}

/// Seventy letters, the last of which tells two names apart.
fn long(last: &str) -> String {
    format!("{}{last}", "l".repeat(70))
}

#[tokio::test]
async fn b29_columns_that_share_63_bytes_keep_their_own_cells() {
    let (one, two) = (long("1"), long("2"));
    let (e_one, e_two) = (format!("{}1", "é".repeat(40)), format!("{}2", "é".repeat(40)));
    let moved = whole(&format!(
        "create table t (id integer primary key, {one} int check ({one} > 0), {two} text unique, {e_one} int, {e_two} int);
         create index i on t ({one}); create view v as select {two}, {e_one} from t;
         create table c (x text references t ({two}));
         insert into t values (1, 10, 'b', 3, 4); insert into c values ('b');"
    ))
    .await;
    let columns = moved.columns("t").await;
    assert!(
        columns.iter().all(|column| column.split(' ').next().unwrap().len() <= 63),
        "{columns:?}"
    );
    assert_eq!(moved.row("select * from t").await, "1 | 10 | b | 3 | 4");
    assert_eq!(moved.row("select * from v").await, "b | 3");
    assert_eq!(moved.refusal("insert into c values ('z')").await, "23503 c_x_fkey");
    assert_eq!(moved.findings().len(), 4, "{:?}", moved.findings());
}

#[tokio::test]
async fn b30_tables_that_share_63_bytes_are_two_tables() {
    let (one, two) = (long("1"), long("2"));
    let moved = whole(&format!(
        "create table {one} (id integer primary key autoincrement, v text);
         create table {two} (id integer primary key references {one} (id), w text);
         create view {one}v as select v from {one}; create view {two}v as select w from {two};
         insert into {one} values (5, 'a'); insert into {two} values (5, 'b');"
    ))
    .await;
    let tables = moved.rows("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1").await;
    assert_eq!(tables.len(), 2);
    let mut rows = Vec::new();
    for table in tables {
        rows.extend(moved.rows(&format!("select * from {table}")).await);
    }
    rows.sort();
    assert_eq!(rows, ["5 | a", "5 | b"]);
    assert_eq!(moved.findings().len(), 4);
}

#[tokio::test]
async fn b31_indexes_keep_their_names_and_long_ones_are_shortened_the_same_way_each_time() {
    let (one, two) = (long("i"), long("j"));
    let script = format!(
        "create table t (a int, b int unique); create index \"Idx A\" on t (a);
         create index {one} on t (a); create index {two} on t (b);"
    );
    let names = "select relname from pg_class where relkind = 'i' and relnamespace = 'public'::regnamespace order by 1";
    let first = whole(&script).await.rows(names).await;
    assert_eq!(first, whole(&script).await.rows(names).await);
    assert_eq!(first.len(), 4);
    assert!(
        first.contains(&"Idx A".to_owned()) && first.contains(&"t_b_key".to_owned()),
        "{first:?}"
    );
}

#[tokio::test]
async fn b32_tables_named_like_keys_sequences_and_types_keep_their_names() {
    let moved = whole(
        "create table users (id integer primary key, n text unique); create table users_pkey (a int);
         create table users_id_seq (a int); create table users_n_key (a int); create table \"text\" (a text);
         create table bool (b boolean); create table pg_class (oid int); create table \"_text\" (a int);
         create table int8 (a int8); create view pg_tables as select 1 as a;
         insert into users values (3, 'q'); insert into pg_class values (7); insert into \"text\" values ('x');",
    )
    .await;
    assert_eq!(moved.row("insert into users (n) values ('z') returning id").await, "4");
    assert_eq!(moved.refusal("insert into users (n) values ('z')").await, "23505 users_n_key_2");
    assert_eq!(moved.row("select oid from public.pg_class").await, "7");
    assert_eq!(moved.row("select a from public.text").await, "x");
}

/// From version 18 on, PostgreSQL names what says `not null` as people name their checks.
#[tokio::test]
async fn b32_a_check_named_like_a_not_null_constraint_is_made() {
    let moved = whole(
        "create table t (id integer primary key, a int not null, b int,
             constraint t_a_not_null check (a > 0), constraint t_b_not_null check (b > 0),
             constraint t_id_not_null check (id > 0));
         insert into t values (1, 1, 1);",
    )
    .await;
    assert_eq!(moved.refusal("insert into t values (2, 0, 1)").await, "23514 t_a_not_null_2");
    assert_eq!(moved.refusal("insert into t values (2, 1, 0)").await, "23514 t_b_not_null");
}

#[tokio::test]
async fn b33_letters_beyond_ascii_that_differ_in_case_are_two_names() {
    let moved = whole(
        "create table \"É\" (\"É\" int, \"é\" int); create table \"é\" (a int);
         insert into \"É\" values (1, 2); insert into \"é\" values (3);",
    )
    .await;
    assert_eq!(moved.row("select \"É\", \"é\" from \"É\"").await, "1 | 2");
    assert_eq!(moved.row("select a from \"é\"").await, "3");
}

#[tokio::test]
async fn b34_several_files_go_into_one_database_each_into_its_schema() {
    let database = database().await;
    for (schema, id) in [("main_app", 5), ("log", 9)] {
        let file = sqlite_file(&format!(
            "create table t (id integer primary key, v text unique); insert into t values ({id}, '{schema}');
             create table settings (k text);"
        ));
        let mut options = by_cells(options(file.path(), &database));
        schema.clone_into(&mut options.plan_options.schema);
        assert_equal(&run(options).await.unwrap());
    }
    let both = "select (select v || id from main_app.t) || ' ' || (select v || id from log.t)";
    assert_eq!(database.query_value(both).await.as_deref(), Some("main_app5 log9"));
    let next = "insert into log.t (v) values ('n') returning id";
    assert_eq!(database.query_value(next).await.as_deref(), Some("10"));
}
