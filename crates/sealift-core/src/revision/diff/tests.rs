//! Small schemas compared, and what is written down of it. That the server takes it is tested with a server.

use super::*;
use crate::revision::file::{Id, Parents, Script, Transaction};
use crate::revision::model::{ConstraintKind, Function, FunctionKind, Table};
use crate::revision::testing::{
    column, constraint, foreign, ident, index, key, model, sql, table, view,
};
use proptest::prelude::*;

fn difference(base: &Model, wanted: &Model) -> Difference {
    compare(base, wanted, &[]).unwrap()
}

fn revisions(base: &Model, wanted: &Model, renames: &[&str]) -> Vec<Revision> {
    let renames: Vec<Rename> = renames.iter().map(|text| Rename::parse(text).unwrap()).collect();
    let difference = compare(base, wanted, &renames).unwrap();
    difference.revisions(&Id::new("20261126120000").unwrap(), Parents::Before, "change")
}

/// All statements of the way up, one string a revision.
fn ups(base: &Model, wanted: &Model, renames: &[&str]) -> Vec<String> {
    let one = |revision: &Revision| {
        let statements = revision.up.statements();
        statements.iter().map(|statement| statement.text).collect::<Vec<_>>().join("; ")
    };
    revisions(base, wanted, renames).iter().map(one).collect()
}

fn users() -> Table {
    let mut users = table("users", &["id", "age"]);
    users.constraints.push(key("users_pkey", ConstraintKind::Primary, "id"));
    users
}

#[test]
fn equal_schemas_have_no_difference() {
    let schema = model(vec![users()]);
    assert!(difference(&schema, &schema).is_empty());
    assert!(revisions(&schema, &schema, &[]).is_empty());
}

#[test]
fn the_order_of_columns_is_no_difference() {
    let mut turned = users();
    turned.columns.reverse();
    let (base, wanted) = (model(vec![users()]), model(vec![turned]));
    assert!(difference(&base, &wanted).is_empty());
    assert_eq!(base.fingerprint(), wanted.fingerprint());
}

#[test]
fn new_tables_are_made_in_one_revision_and_their_foreign_keys_last() {
    let (mut a, mut b) = (table("a", &["id", "b"]), table("b", &["id", "a"]));
    a.constraints.push(foreign("a_b", "b", "b", "id"));
    b.constraints.push(foreign("b_a", "a", "a", "id"));
    b.indexes.push(index("b_a", "a"));
    let ups = ups(&Model::default(), &model(vec![a, b]), &[]);
    assert_eq!(ups.len(), 1);
    let at = |text: &str| ups[0].find(text).unwrap();
    assert!(at("create table \"b\"") < at("add constraint \"a_b\""));
    assert!(!ups[0].contains("concurrently"));
}

#[test]
fn an_index_of_a_table_that_exists_has_a_file_to_itself() {
    let mut wanted = users();
    wanted.indexes.push(index("users_age", "age"));
    let mut revisions = revisions(&model(vec![users()]), &model(vec![wanted]), &[]);
    let build = revisions.pop().unwrap();
    assert!(revisions.is_empty());
    assert!(build.up.text().starts_with("-- no-transaction\n"));
    assert!(
        build
            .up
            .text()
            .contains("create index concurrently \"users_age\" on \"users\" USING btree (age);")
    );
    assert!(build.down.text().contains("drop index concurrently \"users_age\";"));
    assert!(build.up.runs_as_one_message() && build.down.runs_as_one_message());
}

#[test]
fn a_changed_index_is_there_before_the_old_one_goes() {
    let (mut old, mut new) = (users(), users());
    old.indexes.push(index("i", "age"));
    new.indexes.push(index("i", "id"));
    assert_eq!(
        ups(&model(vec![old]), &model(vec![new]), &[]),
        [
            "create index concurrently \"i_new\" on \"users\" USING btree (id)",
            "drop index concurrently \"i\"",
            "alter index \"i_new\" rename to \"i\"",
        ]
    );
}

#[test]
fn an_index_with_another_name_is_only_renamed() {
    let (mut old, mut new) = (users(), users());
    old.indexes.push(index("i", "age"));
    new.indexes.push(index("j", "age"));
    assert_eq!(
        ups(&model(vec![old]), &model(vec![new]), &[]),
        ["alter index \"i\" rename to \"j\""]
    );
}

#[test]
fn a_foreign_key_is_validated_in_a_transaction_of_its_own() {
    let (old, mut new) = (table("posts", &["user_id"]), table("posts", &["user_id"]));
    new.constraints.push(foreign("fk", "user_id", "users", "id"));
    assert_eq!(
        ups(&model(vec![users(), old]), &model(vec![users(), new]), &[]),
        [
            "alter table \"posts\" add constraint \"fk\" FOREIGN KEY (user_id) REFERENCES users(id) not valid",
            "alter table \"posts\" validate constraint \"fk\"",
        ]
    );
}

#[test]
fn a_unique_constraint_takes_over_an_index_that_was_built_beside() {
    let mut new = users();
    new.constraints.push(key("ages", ConstraintKind::Unique, "age"));
    assert_eq!(
        ups(&model(vec![users()]), &model(vec![new]), &[]),
        [
            "create unique index concurrently \"ages\" on \"users\" USING btree (age)",
            "alter table \"users\" add constraint \"ages\" unique using index \"ages\"",
        ]
    );
}

#[test]
fn not_null_comes_by_way_of_a_check() {
    let mut new = users();
    new.columns[1].not_null = true;
    let ups = ups(&model(vec![users()]), &model(vec![new]), &[]);
    assert_eq!(ups.len(), 2);
    assert!(ups[0].ends_with("check (\"age\" is not null) not valid"));
    assert!(ups[1].starts_with("alter table \"users\" validate constraint"));
    assert!(ups[1].contains("set not null; alter table \"users\" drop constraint"));
}

#[test]
fn what_cannot_be_brought_back_refuses_on_the_way_back() {
    let mut new = users();
    new.columns.truncate(1);
    let (base, wanted) = (model(vec![users()]), model(vec![new]));
    let dangers: Vec<Danger> = difference(&base, &wanted).dangers().cloned().collect();
    assert_eq!(dangers, [Danger::Loses("the values of column users.age".to_owned())]);
    let revisions = revisions(&base, &wanted, &[]);
    let down = revisions[0].down.statements();
    assert!(down[0].text.contains("raise exception"));
    assert_eq!(down[1].text, "alter table \"users\" add column \"age\" integer");
}

#[test]
fn a_type_that_grows_is_free_or_at_least_loses_nothing() {
    let typed =
        |text: &str| model(vec![Table { columns: vec![column("a", text)], ..table("t", &[]) }]);
    let change = |old: &str, new: &str| difference(&typed(old), &typed(new)).steps.remove(0).up;
    let free = change("character varying(20)", "text");
    assert_eq!((free.len(), free[0].work, &free[0].danger), (1, Work::Brief, &None));
    let rewritten = change("integer", "bigint");
    assert_eq!((rewritten[0].work, &rewritten[0].danger), (Work::Rewrite, &None));
    let narrow = change("bigint", "integer");
    assert!(matches!(&narrow[0].danger, Some(Danger::Narrows(_))));
    // The server would round these without a word.
    let rounded = change("numeric(10,2)", "numeric(10,1)");
    assert!(rounded[0].sql.as_str().contains("raise exception"));
    assert!(matches!(&rounded[1].danger, Some(Danger::Loses(_))));
}

#[test]
fn a_cast_that_would_cut_is_never_written() {
    let typed =
        |text: &str| model(vec![Table { columns: vec![column("a", text)], ..table("t", &[]) }]);
    for old in ["text", "integer", "uuid"] {
        let ups = ups(&typed(old), &typed("character varying(3)"), &[]);
        assert!(!ups[0].contains("using"), "{ups:?}");
    }
}

#[test]
fn types_of_one_table_change_in_one_statement() {
    let typed = |text: &str| {
        let columns = vec![column("a", text), column("b", text)];
        model(vec![Table { columns, ..table("t", &[]) }])
    };
    assert_eq!(
        ups(&typed("integer"), &typed("bigint"), &[]),
        ["alter table \"t\" alter column \"a\" type bigint, alter column \"b\" type bigint"]
    );
}

#[test]
fn views_on_a_changed_column_are_back_in_the_same_transaction() {
    let (mut base, mut wanted) = (model(vec![users()]), model(vec![users()]));
    wanted.tables[0].columns[1] = column("age", "bigint");
    for side in [&mut base, &mut wanted] {
        side.views =
            vec![view("v", "SELECT age FROM users", "users"), view("w", "SELECT age FROM v", "v")];
    }
    let ups = ups(&base, &wanted, &[]);
    assert_eq!(ups.len(), 1);
    let at = |text: &str| ups[0].find(text).unwrap();
    assert!(at("drop view \"w\"") < at("drop view \"v\""));
    assert!(at("drop view \"v\"") < at("type bigint"));
    assert!(at("type bigint") < at("create view \"v\""));
    assert!(at("create view \"v\"") < at("create view \"w\""));
}

#[test]
fn a_rename_is_a_candidate_until_a_person_says_so() {
    let (base, wanted) =
        (model(vec![users()]), model(vec![Table { name: ident("people"), ..users() }]));
    let guessed = difference(&base, &wanted);
    assert_eq!(guessed.candidates, [Rename::Table { from: ident("users"), to: ident("people") }]);
    assert_eq!(guessed.dangers().count(), 1);
    assert_eq!(
        ups(&base, &wanted, &["users=people"]),
        ["alter table \"users\" rename to \"people\""]
    );
}

#[test]
fn a_column_is_renamed_with_all_that_names_it() {
    let with = |name: &str| {
        let mut users = table("users", &["id", name]);
        users.indexes.push(index("i", name));
        let text = format!("CHECK ({name} > 0)");
        users.constraints.push(constraint("c", ConstraintKind::Check, &text, &[name]));
        model(vec![users])
    };
    assert_eq!(
        ups(&with("age"), &with("years"), &["users.age=users.years"]),
        ["alter table \"users\" rename column \"age\" to \"years\""]
    );
}

#[test]
fn a_column_of_a_renamed_table_may_be_given_by_either_name() {
    let base = model(vec![table("a", &["x"])]);
    let wanted = model(vec![table("b", &["y"])]);
    for column in ["a.x=b.y", "a.x=a.y", "b.x=b.y"] {
        assert_eq!(ups(&base, &wanted, &["a=b", column]).len(), 1, "{column}");
    }
}

#[test]
fn what_the_model_does_not_know_is_never_called_equal() {
    let base = Model {
        other: vec![Other {
            kind: "policy".to_owned(),
            name: "p on users".to_owned(),
            definition: String::new(),
        }],
        ..Model::default()
    };
    let difference = difference(&base, &Model::default());
    assert_eq!(difference.not_covered, ["policy p on users is only in the database"]);
    assert!(!difference.is_empty());
}

#[test]
fn a_function_that_a_default_calls_is_there_first() {
    let mut wanted = model(vec![users()]);
    wanted.tables[0].columns[1].default = Some(sql("f(1)"));
    wanted.functions.push(Function {
        name: ident("f"),
        argument_types: sql("integer"),
        kind: FunctionKind::Function,
        signature: sql("integer -> integer"),
        definition: sql("CREATE OR REPLACE FUNCTION f(integer)\n RETURNS integer\n LANGUAGE sql\nAS $f$select 1;$f$"),
        depends_on: Vec::new(),
        comment: None,
    });
    let ups = ups(&Model::default(), &wanted, &[]);
    let at = |text: &str| ups[0].find(text).unwrap();
    assert!(at("check_function_bodies") < at("CREATE OR REPLACE"));
    assert!(at("CREATE OR REPLACE") < at("create table"));
}

#[test]
fn each_revision_follows_the_one_before() {
    let mut new = users();
    new.columns[1].not_null = true;
    let revisions = revisions(&model(vec![users()]), &model(vec![new]), &[]);
    assert_eq!(revisions[0].up.header().parents, Parents::Before);
    assert_eq!(revisions[1].up.header().parents, Parents::These(vec![revisions[0].id.clone()]));
    assert_eq!(revisions[1].file_names()[0], "20261126120001_change_set_users_age_not_null.up.sql");
}

fn any_table(name: &'static str) -> impl Strategy<Value = Table> {
    let types = prop::sample::select(vec!["integer", "bigint", "text", "numeric(8,2)", "a\rb"]);
    let columns = prop::collection::btree_map("[ab'\"\\\\;\r$]{1,2}", (types, any::<bool>()), 1..4);
    (columns, any::<bool>(), any::<bool>()).prop_map(move |(columns, has_index, has_key)| {
        let columns: Vec<_> = columns
            .into_iter()
            .map(|(name, (type_name, not_null))| {
                let mut column =
                    column(&name, if type_name.contains('\r') { "uuid" } else { type_name });
                column.not_null = not_null;
                column.comment = not_null.then(|| name.clone());
                column
            })
            .collect();
        let first = columns[0].name.as_str().to_owned();
        let mut table = Table { columns, ..table(name, &[]) };
        if has_index {
            table.indexes.push(index(&format!("{name}_i"), &first));
            table.indexes[0].tail =
                crate::sql::Sql::raw("USING btree (").ident(&ident(&first)).push(")");
        }
        if has_key {
            let mut key = key(&format!("{name}_k"), ConstraintKind::Unique, &first);
            key.definition = crate::sql::Sql::raw("UNIQUE (").ident(&ident(&first)).push(")");
            key.index = Some(crate::sql::Sql::raw("USING btree (").ident(&ident(&first)).push(")"));
            table.constraints.push(key);
        }
        table
    })
}

fn any_model() -> impl Strategy<Value = Model> {
    let maybe = |name| prop::option::of(any_table(name));
    (maybe("t"), maybe("u")).prop_map(|(t, u)| model(t.into_iter().chain(u).collect()))
}

proptest! {
    #[test]
    fn what_is_written_is_read_again_and_other_tools_can_run_it(a in any_model(), b in any_model()) {
        prop_assert!(difference(&a, &a).is_empty());
        let difference = difference(&a, &b);
        let same = a.fingerprint() == b.fingerprint();
        prop_assert_eq!(difference.is_empty(), same);
        let mut steps = 0;
        for revision in revisions(&a, &b, &[]) {
            for script in [&revision.up, &revision.down] {
                prop_assert_eq!(&Script::parse(script.text()).unwrap(), script);
                prop_assert!(script.runs_as_one_message());
                if script.header().transaction == Transaction::Off {
                    prop_assert_eq!(script.statements().len(), 1);
                }
            }
            steps += revision.up.statements().len();
        }
        prop_assert_eq!(steps, difference.steps.iter().map(|step| step.up.len()).sum::<usize>());
    }

    #[test]
    fn long_work_never_waits_under_a_lock_of_an_earlier_step(a in any_model(), b in any_model()) {
        let difference = difference(&a, &b);
        let all = |revision: &Revision| -> Vec<String> {
            revision.up.statements().iter().map(|statement| statement.text.to_owned()).collect()
        };
        let known = |text: &str| {
            let mut up = difference.steps.iter().flat_map(|step| &step.up);
            up.find(|statement| statement.sql.as_str() == text).unwrap().clone()
        };
        for revision in revisions(&a, &b, &[]) {
            let statements: Vec<Statement> = all(&revision).iter().map(|text| known(text)).collect();
            for (at, statement) in statements.iter().enumerate() {
                if statement.work > Work::Brief {
                    let held = statements[..at].iter().any(|s| s.lock.holds_writers() && s.on != statement.on);
                    prop_assert!(!held, "{:?}", all(&revision));
                }
            }
        }
    }
}
