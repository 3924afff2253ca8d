//! Reading the catalogs.

use super::{Pair, ident, idents, plan_of};
use sealift_core::mapping::PgType;
use sealift_engine::postgres::{
    ActualIdentity, ConstraintKind, RelationKind, existing, introspect,
};

const ODD: &str = r#"
    create schema "Od d'";
    create table "Od d'"."P""t" (
        "I d" int generated always as identity primary key,
        s serial, "E""x" varchar(9) default 'a''b' check (length("E""x") < 9),
        g int generated always as (s * 2) stored, r int4range, gone text, unique (g, s));
    alter table "Od d'"."P""t" drop column gone;
    create table "Od d'".c (a int);
    alter table "Od d'".c add constraint "f k" foreign key (a) references "Od d'"."P""t"
        on delete set null on update cascade deferrable initially deferred not valid;
    create unique index "i x" on "Od d'".c (a desc nulls last, (a + 1)) include (a) where a > 0;
    create view "Od d'".v as select a, 1 as one from "Od d'".c;
    create function "Od d'".f () returns trigger language plpgsql as 'begin return new; end';
    create trigger "t r" before insert on "Od d'".c for each row execute function "Od d'".f ();
    create sequence "Od d'".alone start 5 increment 2;
    insert into "Od d'".c values (null);"#;

#[tokio::test]
async fn a_schema_with_odd_names_is_read_by_a_role_without_rights_of_its_own() {
    let pair = Pair::of("create table t (a)", ODD, plan_of(Vec::new())).await;
    let role = format!("{}_reader", pair.database.name);
    pair.database
        .execute(&format!(
            "drop role if exists {role}; create role {role} login;
             grant usage on schema \"Od d'\" to {role};
             grant select on \"Od d'\".c to {role};
             grant select on sequence \"Od d'\".alone to {role};"
        ))
        .await;
    let url = pair.database.url.replace("postgres@", &format!("{role}@"));
    let session = crate::support::connect(&url).await.unwrap();
    let catalog = introspect(&session, &ident("Od d'")).await.unwrap();
    drop(session);
    pair.database.execute(&format!("drop owned by {role}; drop role {role}")).await;

    let p = catalog.table("P\"t").unwrap();
    let names: Vec<&str> = p.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["I d", "s", "E\"x", "g", "r"]);
    assert_eq!(p.columns[0].identity, Some(ActualIdentity::Always));
    assert_eq!(p.columns[2].data_type, Some(PgType::Varchar(9)));
    assert_eq!(p.columns[2].default.as_deref(), Some("'a''b'::character varying"));
    assert_eq!((p.columns[3].default.as_deref(), p.columns[3].generated.is_some()), (None, true));
    assert_eq!((p.columns[4].type_name.as_str(), p.columns[4].data_type), ("int4range", None));
    assert_eq!(p.has_rows, None, "the role may not read it");
    let unique = p.constraints.iter().find(|c| c.kind == ConstraintKind::Unique).unwrap();
    assert_eq!(unique.columns, ["g", "s"]);

    let c = catalog.table("c").unwrap();
    assert_eq!(c.has_rows, Some(true));
    let key = &c.constraints[0];
    assert_eq!((key.name.as_str(), key.validated), ("f k", false));
    assert!(key.deferrable && key.initially_deferred);
    let ConstraintKind::ForeignKey(reference) = &key.kind else { panic!("{key:?}") };
    assert_eq!((reference.schema.as_str(), reference.table.as_str()), ("Od d'", "P\"t"));
    assert_eq!((reference.on_delete, reference.on_update), ('n', 'c'));
    let index = &c.indexes[0];
    assert!(index.unique && index.valid && index.partial && !index.of_constraint);
    let keys: Vec<_> = index.keys.iter().map(|k| (k.column.as_deref(), k.descending)).collect();
    assert_eq!(keys, [(Some("a"), true), (None, false)]);

    assert_eq!(catalog.view("v").unwrap().columns.len(), 2);
    assert_eq!(catalog.triggers[0].name, "t r");
    let alone = catalog.sequences.iter().find(|s| s.name == "alone").unwrap();
    assert_eq!((alone.next(), alone.increment, &alone.owner), (Some(5), 2, &None));
    let identity = catalog.sequence_of("P\"t", "I d").unwrap();
    assert_eq!((identity.next(), identity.owner.as_ref().unwrap().identity), (None, true));
    assert!(!catalog.sequence_of("P\"t", "s").unwrap().owner.as_ref().unwrap().identity);
}

#[tokio::test]
async fn what_stands_in_the_way_is_listed_with_its_kind_and_whether_it_holds_rows() {
    let pair = Pair::new().await;
    pair.database.execute("create table empty (a int)").await;
    let session = pair.session().await;
    let wanted = idents(&["person", "adults", "empty", "person_email", "team_id_seq", "free"]);
    let found = existing(&session, &ident("public"), &wanted).await.unwrap();
    let found: Vec<_> = found.iter().map(|r| (r.name.as_str(), r.kind, r.has_rows)).collect();
    assert_eq!(
        found,
        [
            ("adults", RelationKind::View, None),
            ("empty", RelationKind::Table, Some(false)),
            ("person", RelationKind::Table, Some(true)),
            ("person_email", RelationKind::Index, None),
            ("team_id_seq", RelationKind::Sequence, None),
        ]
    );
    let nothing = existing(&session, &ident("no such schema"), &wanted).await.unwrap();
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn two_hundred_tables_take_a_handful_of_round_trips() {
    let target = "do $$ begin for i in 1..200 loop
        execute format('create table t%s (id bigint generated by default as identity primary key,
            a text unique, b int check (b > 0))', i); end loop; end $$";
    let pair = Pair::of("create table t (a)", target, plan_of(Vec::new())).await;
    let session = pair.session().await;
    let began = std::time::Instant::now();
    let catalog = introspect(&session, &ident("public")).await.unwrap();
    assert_eq!(catalog.tables.len(), 200);
    assert!(catalog.tables.iter().all(|table| table.constraints.len() == 3));
    assert!(catalog.sequences.iter().all(|sequence| sequence.next() == Some(1)));
    // Two thousand round trips would take longer even here; ten do not.
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}
