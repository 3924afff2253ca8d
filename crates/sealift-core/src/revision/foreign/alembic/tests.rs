use super::*;

const UP: &str = "BEGIN;\n\nCREATE TABLE alembic_version (\n    version_num VARCHAR(32) NOT NULL, \n    \
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n);\n\n\
    -- Running upgrade  -> aa\n\nCREATE TABLE t (a INTEGER);\n\n\
    INSERT INTO alembic_version (version_num) VALUES ('aa') RETURNING alembic_version.version_num;\n\n\
    -- Running upgrade aa -> bb\n\nCOMMIT;\n\nCREATE INDEX CONCURRENTLY i ON t (a);\n\nBEGIN;\n\n\
    UPDATE alembic_version SET version_num='bb' WHERE alembic_version.version_num = 'aa';\n\n\
    -- Running upgrade aa -> cc\n\nINSERT INTO alembic_version (version_num) VALUES ('cc');\n\n\
    -- Running upgrade bb, cc -> dd\n\nDELETE FROM alembic_version;\n\nCOMMIT;\n\n";

const DOWN: &str = "BEGIN;\n\n-- Running downgrade dd -> bb, cc\n\nDELETE FROM x;\n\n\
    -- Running downgrade aa -> \n\nDROP TABLE t;\n\nCOMMIT;\n\n";

const HISTORY: &str = "bb, cc -> dd (head) (mergepoint), both, again\naa -> bb, index\n\
    <base> -> aa (branchpoint), first\n";

fn imported(up: &str, down: &str, before: &Before) -> Result<Imported, AlembicError> {
    alembic(Scripts { up, down, history: HISTORY }, before)
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

#[test]
fn the_script_of_alembic_becomes_revisions() {
    let all = imported(UP, DOWN, &Before::default()).unwrap();
    assert!(all.no_way_down.is_empty());
    let revisions = all.revisions;
    let messages: Vec<&str> = revisions.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(messages, ["aa first", "bb index", "cc", "dd both, again"]);
    let [first, second, third, last] = revisions.as_slice() else { unreachable!() };
    assert_eq!((first.id.as_str(), last.id.as_str()), ("0001", "0004"));
    assert!(first.up.text.starts_with("CREATE TABLE IF NOT EXISTS alembic_version"));
    assert!(first.up.text.contains("CREATE TABLE t"), "{}", first.up.text);
    assert_eq!(first.down.text, "DROP TABLE t;\n\n");
    assert_eq!(first.parents, Parents::None);
    assert_eq!(second.up.transaction, Transaction::Off);
    assert!(!second.up.text.contains("BEGIN"), "{}", second.up.text);
    assert_eq!(third.parents, Parents::These(vec![first.id.clone()]));
    assert_eq!(last.parents, Parents::These(vec![second.id.clone(), third.id.clone()]));
    assert_eq!(last.up.transaction, Transaction::On);
    assert!(revisions.iter().all(|one| one.scripts().is_ok()));
}

#[test]
fn a_script_without_revisions_is_refused() {
    assert_eq!(imported("BEGIN;\nCOMMIT;\n", "", &Before::default()), Err(AlembicError::Empty));
}

#[test]
fn a_revision_that_asks_for_rows_is_refused_by_name() {
    let up = "-- Running upgrade  -> aa\nselect 1 from t;\n";
    let error = imported(up, "", &Before::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "revision aa of Alembic: it asks for rows (`select 1 from t`), and what its Python does with them is not in \
         the SQL"
    );
}

#[test]
fn a_way_down_that_asks_for_rows_is_none() {
    let up = "-- Running upgrade  -> aa\ncreate table t ();\n";
    let down = "-- Running downgrade aa -> \nselect 1 from t;\ndrop table t;\n";
    let all = imported(up, down, &Before::default()).unwrap();
    assert_eq!(all.revisions[0].down, Part::default());
    assert_eq!(all.no_way_down[0].name, "aa");
}

#[test]
fn later_revisions_follow_those_that_are_there() {
    let before = Before {
        imported: BTreeMap::from([("aa".to_owned(), id("0001"))]),
        newest: Some(id("20260101000000")),
        ..Before::default()
    };
    let up = "-- Running upgrade aa -> bb\nselect f();\n-- Running upgrade bb -> cc\nselect f();\n";
    let all = imported(up, "", &before).unwrap();
    let ids: Vec<&str> = all.revisions.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["20260101000001", "20260101000002"]);
    assert_eq!(all.revisions[0].parents, Parents::These(vec![id("0001")]));
    let unknown = imported(up, "", &Before::default()).unwrap_err();
    assert!(matches!(unknown, AlembicError::NoParent { .. }), "{unknown}");
}

/// `--revisions aa:heads` into a folder that begins with a baseline.
#[test]
fn what_was_not_imported_is_the_head_that_is_there() {
    let before = Before {
        head: Some(id("7")),
        from: Some("aa".to_owned()),
        newest: Some(id("7")),
        ..Before::default()
    };
    let up = "-- Running upgrade aa -> bb\nselect f();\n";
    let all = imported(up, "", &before).unwrap();
    assert_eq!(all.revisions[0].parents, Parents::These(vec![id("7")]));
    assert_eq!(all.revisions[0].id.as_str(), "8");
}

#[test]
fn what_is_printed_before_a_failure_is_told_from_where_it_fails() {
    let printed = "BEGIN;\n-- Running downgrade cc -> aa, bb\nselect 1;\n-- Running downgrade bb -> \nselect 2;\n";
    let last = begun(printed, Way::Down).unwrap();
    assert_eq!((last.name.as_str(), last.behind.len()), ("bb", 0));
    assert_eq!(
        complete(printed, Way::Down),
        "BEGIN;\n-- Running downgrade cc -> aa, bb\nselect 1;\n"
    );
    assert_eq!(begun("BEGIN;\n", Way::Up), None);
    let last = begun("-- Running upgrade aa -> bb\n", Way::Up).unwrap();
    assert_eq!(
        (last.name.as_str(), &*last.before, &*last.behind),
        ("bb", &["aa".to_owned()][..], &["bb".to_owned()][..])
    );
}
