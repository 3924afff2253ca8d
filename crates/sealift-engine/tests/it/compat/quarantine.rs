//! Rows that are kept apart, and how they come back.

use super::policies::{check, misfit, moved_twice, orphan, with};
use crate::support::{
    Tried, assert_equal, endpoint, moved_with, options, refused_with, run, tried_with,
};
use sealift_core::name::Ident;
use sealift_engine::compare::{CompareOptions, compare};
use sealift_engine::config::{
    CheckPolicy, Into, MigrateOptions, MisfitPolicy, OrphanPolicy, PlanOptions, Policies, Rules,
    VerifyLevel,
};
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::quarantine::{self, Replay, ReplayOptions};
use sealift_engine::report::MatchStatus;

const ORDERS: &str = "create table orders (id integer primary key, total numeric, paid blob, note text);
    insert into orders values (1, 5, x'00ff', 'a'), (2, 'x.png', null, 'b' || char(0)), (3, 7.5, null, 'c'),
        (4, 'y.png', cast(x'ff' as text), cast(x'61ff' as text));";

async fn replay(tried: &Tried, file: Option<std::path::PathBuf>) -> Replay {
    let replaying = ReplayOptions {
        target: endpoint(&tried.database.url),
        plan: tried.report().plan.clone(),
        mended: Vec::new(),
        file,
    };
    quarantine::replay(replaying).await.unwrap()
}

#[tokio::test]
async fn a_row_with_a_cell_that_does_not_fit_is_kept_apart_whole() {
    let moved = moved_twice(ORDERS, misfit(MisfitPolicy::Quarantine)).await;
    assert_eq!(moved.rows("select id, total from orders order by id").await, ["1 | 5", "3 | 7.5"]);
    assert_eq!(moved.report().rejected, 2);
    assert_eq!(moved.report().tables[0].rejected, 2);
    assert_eq!(
        moved.rows("select id, source_table, key, columns, reason, \"row\" from sealift_quarantine order by id").await,
        [
            "1 | orders | {\"id\":{\"integer\":2}} | [\"total\"] | total: does not fit numeric: the text is not of this type's form | {\"id\":{\"integer\":2},\"total\":{\"text\":\"x.png\"},\"paid\":null,\"note\":{\"text_hex\":\"6200\"}}",
            "2 | orders | {\"id\":{\"integer\":4}} | [\"total\"] | total: does not fit numeric: the text is not of this type's form | {\"id\":{\"integer\":4},\"total\":{\"text\":\"y.png\"},\"paid\":{\"text_hex\":\"ff\"},\"note\":{\"text_hex\":\"61ff\"}}",
        ]
    );
    let verify = moved.report().verify.as_ref().unwrap();
    let table = &verify.tables[0];
    assert_eq!((table.source_rows, table.target_rows, table.quarantined), (4, 2, 2));
}

const FAMILY: &str = "create table p (id integer primary key, name text unique);
    create table c (id integer primary key, p text references p(name));
    create table g (c integer references c(id), n integer, primary key (c, n)) without rowid;
    create table tree (id integer primary key, up integer references tree(id));
    insert into p values (1, 'one');
    insert into c values (1, 'one'), (2, 'two'), (3, 'three'), (4, null);
    insert into g values (1, 1), (2, 1), (3, 1), (4, 1), (2, 2);
    insert into tree values (1, null), (2, 1), (3, 9), (4, 3), (5, 4), (6, 5);";

#[tokio::test]
async fn rows_without_parent_are_kept_apart_with_the_rows_that_point_at_them() {
    let moved = moved_twice(FAMILY, orphan(OrphanPolicy::Quarantine)).await;
    assert_eq!(moved.rows("select id from c order by id").await, ["1", "4"]);
    assert_eq!(moved.rows("select c, n from g order by c").await, ["1 | 1", "4 | 1"]);
    assert_eq!(moved.rows("select id from tree order by id").await, ["1", "2"]);
    let counts =
        moved.rows("select source_table, count(*) from sealift_quarantine group by 1 order by 1");
    assert_eq!(counts.await, ["c | 2", "g | 3", "tree | 4"]);
    let apart = moved.report().findings.iter().filter(|it| it.code == "rows-in-quarantine");
    let counts: Vec<_> = apart.map(|it| (it.object.as_str(), it.count)).collect();
    assert_eq!(
        counts,
        [
            ("foreign key c(p) → p", Some(2)),
            ("foreign key g(c) → c", Some(3)),
            ("foreign key tree(up) → tree", Some(4))
        ]
    );
}

#[tokio::test]
async fn a_parent_that_is_kept_apart_makes_orphans_that_are_refused_unless_one_decides() {
    let sql = "create table p (id integer primary key, n integer);
        create table c (id integer primary key, p integer references p(id));
        insert into p values (1, 5), (2, 'x'); insert into c values (1, 1), (2, 2);";
    let refused = refused_with(sql, with(misfit(MisfitPolicy::Quarantine))).await;
    let finding = refused.finding("orphans");
    assert_eq!((finding.object.as_str(), finding.count), ("foreign key c(p) → p", Some(1)));
    assert_eq!(finding.keys, ["id=2"]);
    let both =
        Policies { orphan: Rules::all(OrphanPolicy::Null), ..misfit(MisfitPolicy::Quarantine) };
    let moved = moved_twice(sql, both).await;
    assert_eq!(moved.rows("select * from c order by id").await, ["1 | 1", "2 | ∅"]);
}

#[tokio::test]
async fn an_orphan_that_is_kept_apart_for_another_reason_is_none_any_more() {
    let moved = moved_twice(
        "create table p (id integer primary key);
         create table c (id integer primary key, p integer references p(id), n integer);
         insert into p values (1); insert into c values (1, 1, 1), (2, 9, 'x');",
        misfit(MisfitPolicy::Quarantine),
    )
    .await;
    assert_eq!(moved.rows("select id from c").await, ["1"]);
}

#[tokio::test]
async fn more_rows_than_allowed_are_refused_before_anything_is_written() {
    let budget = |max| {
        move |options| {
            let mut options = with(misfit(MisfitPolicy::Quarantine))(options);
            options.plan_options.max_rejected = Some(max);
            options
        }
    };
    let refused = refused_with(ORDERS, budget(1)).await;
    assert_eq!(refused.finding("too-many-rejected").count, Some(2));
    moved_with(ORDERS, budget(2)).await;
}

#[tokio::test]
async fn the_quarantine_is_written_to_a_file_that_only_its_owner_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/quarantine.jsonl");
    let to_file = |options: MigrateOptions| MigrateOptions {
        quarantine: Some(path.clone()),
        ..with(misfit(MisfitPolicy::Quarantine))(options)
    };
    let moved = moved_with(ORDERS, to_file).await;
    let first = std::fs::read_to_string(&path).unwrap();
    assert_eq!(first.lines().count(), 2);
    let rows = quarantine::read_file(&path).unwrap();
    assert_eq!((rows[0].id, rows[0].source_table.as_str()), (1, "orders"));
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = MigrateOptions {
        into: Into::Recreate,
        ..to_file(options(moved.file.path(), &moved.database))
    };
    assert_equal(&run(again).await.unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
    assert_eq!(moved.row("select count(*) from sealift_quarantine").await, "2");
}

#[tokio::test]
async fn a_source_that_was_mended_leaves_no_quarantine_behind() {
    let moved = moved_with(ORDERS, with(misfit(MisfitPolicy::Quarantine))).await;
    moved.file.open().execute_batch("update orders set total = 1 where id in (2, 4)").unwrap();
    let again = MigrateOptions {
        into: Into::Recreate,
        ..with(misfit(MisfitPolicy::Quarantine))(options(moved.file.path(), &moved.database))
    };
    let report = run(again).await.unwrap();
    assert_eq!(report.rejected, 2, "a text with NUL and one that is not UTF-8 are still there");
    moved.file.open().execute_batch("update orders set note = null where id in (2, 4)").unwrap();
    let again = MigrateOptions {
        into: Into::Recreate,
        ..with(misfit(MisfitPolicy::Quarantine))(options(moved.file.path(), &moved.database))
    };
    assert_equal(&run(again).await.unwrap());
    assert_eq!(moved.row("select to_regclass('sealift_quarantine')").await, "∅");
}

#[tokio::test]
async fn a_table_of_the_applications_own_under_the_name_is_left_alone() {
    let database = sealift_testkit::database().await;
    database.execute("create table sealift_quarantine (mine int)").await;
    let file = sealift_testkit::sqlite_file(ORDERS);
    let tried = run(with(misfit(MisfitPolicy::Quarantine))(options(file.path(), &database))).await;
    assert!(tried.unwrap_err().to_string().contains("is taken"));
    assert_eq!(database.query_value("select to_regclass('orders')::text").await, None);
}

#[tokio::test]
async fn verify_on_its_own_knows_what_was_kept_apart() {
    let moved = moved_with(ORDERS, with(misfit(MisfitPolicy::Quarantine))).await;
    for level in [VerifyLevel::Counts, VerifyLevel::Digest, VerifyLevel::Cells] {
        let comparing = CompareOptions {
            source: moved.file.path().to_path_buf(),
            target: endpoint(&moved.database.url),
            plan_options: PlanOptions::default(),
            plan: None,
            remembered: Some(moved.report().plan.clone()),
            level,
        };
        let report = compare(&comparing, &Events::silent(), &Cancel::new()).await.unwrap();
        assert_eq!(report.status, MatchStatus::Match, "{level:?}: {report:#?}");
        assert_eq!(report.tables[0].quarantined, 2);
    }
    moved.execute("delete from orders where id = 3").await;
    let comparing = CompareOptions {
        source: moved.file.path().to_path_buf(),
        target: endpoint(&moved.database.url),
        plan_options: PlanOptions::default(),
        plan: None,
        remembered: Some(moved.report().plan.clone()),
        level: VerifyLevel::Digest,
    };
    let report = compare(&comparing, &Events::silent(), &Cancel::new()).await.unwrap();
    assert_eq!(report.status, MatchStatus::Differ);
}

#[tokio::test]
async fn a_reviewed_plan_says_what_is_kept_apart() {
    let first = moved_with(ORDERS, with(misfit(MisfitPolicy::Quarantine))).await;
    let text = serde_json::to_string(&first.report().plan).unwrap();
    assert!(text.contains("\"misfit\":\"quarantine\""), "{text}");
    let again = MigrateOptions {
        plan: Some(serde_json::from_str(&text).unwrap()),
        into: Into::Recreate,
        ..options(first.file.path(), &first.database)
    };
    let report = run(again).await.unwrap();
    assert_equal(&report);
    assert_eq!(report.rejected, 2);
}

#[tokio::test]
async fn rows_whose_obstacle_is_gone_are_brought_in_and_leave_the_quarantine() {
    let moved = moved_with(FAMILY, with(orphan(OrphanPolicy::Quarantine))).await;
    let none = replay(&moved, None).await;
    assert_eq!((none.inserted, none.left.len()), (0, 9));
    assert_eq!(none.left[0].why, "its parent is not in the target");
    moved.execute("insert into p values (2, 'two')").await;
    let some = replay(&moved, None).await;
    assert_eq!((some.inserted, some.left.len()), (3, 6));
    assert_eq!(moved.rows("select id from c order by id").await, ["1", "2", "4"]);
    assert_eq!(moved.row("select count(*) from sealift_quarantine").await, "6");
    moved.execute("insert into p values (3, 'three'); insert into tree values (9, null);").await;
    let all = replay(&moved, None).await;
    assert_eq!((all.inserted, all.left.len()), (6, 0));
    assert_eq!(moved.row("select count(*) from tree").await, "7");
    assert_eq!(moved.row("select to_regclass('sealift_quarantine')").await, "∅");
}

#[tokio::test]
async fn a_cell_that_was_mended_in_the_table_or_the_file_lets_its_row_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quarantine.jsonl");
    let moved = moved_with(ORDERS, |options| MigrateOptions {
        quarantine: Some(path.clone()),
        ..with(misfit(MisfitPolicy::Quarantine))(options)
    })
    .await;
    moved
        .execute(
            "update sealift_quarantine set \"row\" = (\"row\"::jsonb || '{\"total\": 9.25, \"note\": \"b\"}')::json
             where id = 1",
        )
        .await;
    let one = replay(&moved, Some(path.clone())).await;
    assert_eq!((one.inserted, one.left.len()), (1, 1));
    assert!(one.left[0].why.starts_with("total does not fit numeric"), "{:?}", one.left);
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
    let mut mended = quarantine::read_file(&path).unwrap();
    mended[0].row.insert("total".to_owned(), serde_json::json!({ "real": "0.5" }));
    mended[0].row.insert("note".to_owned(), serde_json::json!(null));
    let replaying = ReplayOptions {
        target: endpoint(&moved.database.url),
        plan: moved.report().plan.clone(),
        mended,
        file: Some(path.clone()),
    };
    let other = quarantine::replay(replaying).await.unwrap();
    assert_eq!((other.inserted, other.left.len()), (1, 0));
    assert!(!path.exists());
    assert_eq!(
        moved.rows("select id, total, encode(paid, 'hex') from orders order by id").await,
        ["1 | 5 | 00ff", "2 | 9.25 | ∅", "3 | 7.5 | ∅", "4 | 0.5 | ff"]
    );
}

#[tokio::test]
async fn a_type_that_was_mended_on_postgresql_lets_rows_in() {
    let moved = moved_with(
        "create table t (id integer primary key, a varchar(3)); insert into t values (1, 'abc'), (2, 'abcd');",
        with(misfit(MisfitPolicy::Quarantine)),
    )
    .await;
    moved.execute("alter table t alter column a type text").await;
    let replayed = replay(&moved, None).await;
    assert_eq!((replayed.inserted, replayed.left.len()), (1, 0));
    assert_eq!(moved.rows("select a from t order by id").await, ["abc", "abcd"]);
}

#[tokio::test]
async fn the_rows_in_quarantine_are_listed_and_shown() {
    let moved = moved_with(ORDERS, with(misfit(MisfitPolicy::Quarantine))).await;
    let session = endpoint(&moved.database.url).connect("test").await.unwrap();
    let schema = Ident::new("public").unwrap();
    let (listed, counts) = quarantine::list(&session, &schema, 1).await.unwrap();
    assert_eq!((listed.len(), counts), (1, vec![("orders".to_owned(), 2)]));
    let row = quarantine::show(&session, &schema, 2).await.unwrap();
    assert_eq!(row.row["total"]["text"], "y.png");
    assert!(quarantine::show(&session, &schema, 9).await.is_err());
}

#[tokio::test]
async fn nulls_where_none_may_be_are_kept_apart_when_asked() {
    let file = sealift_testkit::sqlite_file(
        "create table t (a int, b text); insert into t values (null, 'x'), (1, 'y')",
    );
    file.open()
        .execute_batch(
            "pragma writable_schema = on;
             update sqlite_schema set sql = 'CREATE TABLE t (a int not null, b text)' where name = 't';",
        )
        .unwrap();
    let tried = crate::support::tried_file(file, with(check(CheckPolicy::Quarantine))).await;
    assert_equal(tried.report());
    assert_eq!(tried.rows("select * from t").await, ["1 | y"]);
    assert_eq!(
        tried.row("select key, reason from sealift_quarantine").await,
        "{\"rowid\":{\"integer\":1}} | a: it holds NULL, and the column is declared not null"
    );
}

#[tokio::test]
async fn large_cells_of_a_table_with_rows_apart_arrive_in_pieces() {
    let moved = moved_twice(
        "create table t (id integer primary key, n integer, b text);
         insert into t values (1, 1, printf('%.*c', 9000000, 'x')), (2, 'x', printf('%.*c', 9000000, 'y')),
             (3, 3, 'z');",
        misfit(MisfitPolicy::Quarantine),
    )
    .await;
    assert_eq!(
        moved.rows("select id, length(b) from t order by id").await,
        ["1 | 9000000", "3 | 1"]
    );
}

#[tokio::test]
async fn tables_of_the_applications_own_obey_as_well() {
    let database = sealift_testkit::database().await;
    database
        .execute(
            "create table p (id integer primary key);
             create table t (id bigint primary key, a varchar(3), n integer, p integer references p(id))",
        )
        .await;
    let file = sealift_testkit::sqlite_file(
        "create table p (id integer primary key);
         create table t (id integer primary key, a text, n integer, p integer references p(id));
         insert into p values (1);
         insert into t values (1, 'abc', 1, 1), (2, 'abcd', 2, 1), (3, 'a', 1 << 40, 1), (4, 'b', 4, 7);",
    );
    let policies = Policies {
        misfit: Rules::from(vec![
            sealift_engine::config::Rule { scope: None, policy: MisfitPolicy::Quarantine },
            sealift_engine::config::Rule {
                scope: Some(("t".to_owned(), "n".to_owned())),
                policy: MisfitPolicy::Null,
            },
        ]),
        orphan: Rules::all(OrphanPolicy::Quarantine),
        ..Policies::default()
    };
    let into =
        |into| MigrateOptions { into, ..with(policies.clone())(options(file.path(), &database)) };
    let report = run(into(Into::Existing)).await.unwrap();
    assert_equal(&report);
    let rows = database.query_text("select id, n from t order by id").await;
    let rows: Vec<String> = rows.into_iter().map(|row| format!("{row:?}")).collect();
    assert_eq!(rows, ["[Some(\"1\"), Some(\"1\")]", "[Some(\"3\"), None]"]);
    assert_eq!(report.rejected, 2);
    let again = MigrateOptions { verify: VerifyLevel::Cells, ..into(Into::ExistingTruncate) };
    assert_equal(&run(again).await.unwrap());
}

#[tokio::test]
async fn a_table_whose_rows_have_no_name_cannot_be_kept_apart() {
    let tried = tried_with(
        "create table t (rowid text, _rowid_ text, oid text, n integer); insert into t values ('a', 'b', 'c', 'x'), ('d', 'e', 'f', 1);",
        with(misfit(MisfitPolicy::Quarantine)),
    )
    .await;
    assert_eq!(tried.finding("rows-not-told-apart").object, "table t");
}

#[tokio::test]
async fn null_for_orphans_is_refused_where_the_applications_own_column_takes_none() {
    let database = sealift_testkit::database().await;
    database
        .execute(
            "create table p (id bigint primary key);
             create table t (id bigint primary key, p bigint not null references p(id))",
        )
        .await;
    let file = sealift_testkit::sqlite_file(
        "create table p (id integer primary key);
         create table t (id integer primary key, p integer references p(id));
         insert into p values (1); insert into t values (1, 1), (2, 7);",
    );
    let into = MigrateOptions {
        into: Into::Existing,
        ..with(orphan(OrphanPolicy::Null))(options(file.path(), &database))
    };
    let report = run(into).await.unwrap();
    assert!(report.findings.iter().any(|it| it.code == "orphan-null-not-allowed"), "{report:#?}");
    assert_eq!(report.rows, 0);
}
