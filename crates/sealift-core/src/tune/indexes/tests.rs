use super::*;

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn table(name: &str, rows: u64) -> Table {
    Table {
        name: ident(name),
        partitioned: false,
        rows,
        bytes: rows * 100,
        sequential_scans: 0,
        sequential_rows: 0,
        index_scans: 0,
    }
}

fn index(name: &str, columns: &[&str]) -> Index {
    let key = |column: &&str| Key { column: Some(ident(column)), manner: "1978 0".to_owned() };
    Index {
        name: ident(name),
        table: ident("orders"),
        method: "btree".to_owned(),
        keys: columns.iter().map(key).collect(),
        included: Vec::new(),
        condition: None,
        unique: false,
        of_constraint: false,
        replica_identity: false,
        of_partition: false,
        valid: true,
        being_built: false,
        scans: 5,
        bytes: 8192,
    }
}

fn primary(name: &str, columns: &[&str]) -> Index {
    Index { unique: true, of_constraint: true, scans: 0, ..index(name, columns) }
}

fn key(name: &str, columns: &[&str]) -> ForeignKey {
    ForeignKey {
        name: ident(name),
        table: ident("orders"),
        columns: columns.iter().map(|column| ident(column)).collect(),
        parent: ident("users"),
    }
}

fn facts(indexes: Vec<Index>, foreign_keys: Vec<ForeignKey>) -> IndexFacts {
    IndexFacts {
        schema: ident("public"),
        statistics_since: Some("2026-11-01 10:00:00".to_owned()),
        statistics_days: Some(20),
        tables: vec![table("orders", 12_000), table("users", 100)],
        foreign_keys,
        taken: indexes.iter().map(|index| index.name.clone()).collect(),
        indexes,
    }
}

fn said(facts: &IndexFacts) -> Vec<String> {
    let say = |advice: IndexAdvice| {
        let mark = if advice.ready { "" } else { "-- " };
        advice.sql.map_or(format!("{:?}", advice.kind), |sql| format!("{mark}{sql}"))
    };
    indexes(facts).into_iter().map(say).collect()
}

#[test]
fn a_foreign_key_is_found_by_an_index_that_begins_with_its_columns() {
    let key = || vec![key("fk", &["user_id", "shop_id"])];
    for good in [
        index("i", &["user_id", "shop_id"]),
        index("i", &["shop_id", "user_id", "at"]),
        primary("i", &["user_id", "shop_id", "n"]),
    ] {
        assert_eq!(said(&facts(vec![good], key())), [""; 0]);
    }
    let wanted = "create index concurrently \"orders_user_id_shop_id_idx\" on \"public\".\"orders\" \
         (\"user_id\", \"shop_id\")";
    let partial = Index {
        condition: Some("(user_id > 0)".to_owned()),
        ..index("i", &["user_id", "shop_id"])
    };
    let expression = Key { column: None, manner: "1978 0 lower(a)".to_owned() };
    let expression = Index { keys: vec![expression], ..index("i", &[]) };
    for bad in [
        index("i", &["user_id"]),
        index("i", &["at", "user_id", "shop_id"]),
        Index { table: ident("users"), ..index("i", &["user_id", "shop_id"]) },
        Index { method: "brin".to_owned(), ..index("i", &["user_id", "shop_id"]) },
        partial,
        expression,
    ] {
        assert_eq!(said(&facts(vec![bad], key())), [wanted]);
    }
}

#[test]
fn two_keys_on_the_same_columns_need_one_index_with_a_name_that_is_free() {
    let keys = vec![key("one", &["user_id"]), key("two", &["user_id"])];
    let other = index("orders_user_id_idx", &["at"]);
    assert_eq!(
        said(&facts(vec![other], keys)),
        [
            "create index concurrently \"orders_user_id_idx_2\" on \"public\".\"orders\" (\"user_id\")"
        ]
    );
}

#[test]
fn a_partitioned_table_gets_its_index_without_concurrently() {
    let mut facts = facts(vec![], vec![key("fk", &["user_id"])]);
    facts.tables[0].partitioned = true;
    assert!(said(&facts)[0].starts_with("create index \"orders_user_id_idx\""));
}

#[test]
fn an_index_that_is_not_whole_is_built_anew_instead_of_made_twice() {
    let broken = Index { valid: false, ..index("i", &["user_id"]) };
    let facts_of = |index| facts(vec![index], vec![key("fk", &["user_id"])]);
    assert_eq!(said(&facts_of(broken.clone())), ["reindex index concurrently \"public\".\"i\""]);
    let left = Index { name: ident("i_ccnew1"), ..broken.clone() };
    assert_eq!(said(&facts_of(left))[0], "drop index concurrently \"public\".\"i_ccnew1\"");
    let building = Index { being_built: true, ..broken };
    assert_eq!(said(&facts_of(building)), [""; 0]);
}

#[test]
fn of_two_equal_indexes_one_goes_and_never_a_rule() {
    let drop = |name: &str| vec![format!("drop index concurrently \"public\".\"{name}\"")];
    let two = |a, b| said(&facts(vec![a, b], vec![]));
    assert_eq!(two(index("a", &["x"]), index("b", &["x"])), drop("b"));
    assert_eq!(two(index("a", &["x"]), primary("b", &["x"])), drop("a"));
    assert_eq!(two(primary("a", &["x"]), primary("b", &["x"])), [""; 0]);
    assert_eq!(two(index("a", &["x"]), index("b", &["x", "y"])), drop("a"));
    let three = vec![index("a", &["x"]), index("b", &["x"]), index("c", &["x", "y"])];
    assert_eq!(said(&facts(three, vec![])), [drop("a"), drop("b")].concat());
    let identity = Index { replica_identity: true, ..index("a", &["x"]) };
    assert_eq!(two(identity, index("b", &["x", "y"])), [""; 0]);
}

#[test]
fn what_differs_in_any_way_is_no_duplicate() {
    let plain = || index("a", &["x"]);
    let partial = Index { condition: Some("(y)".to_owned()), ..index("b", &["x"]) };
    let manner = Key { column: Some(ident("x")), manner: "1978 1".to_owned() };
    let other_order = Index { keys: vec![manner], ..index("b", &["x"]) };
    let hash = Index { method: "hash".to_owned(), ..index("b", &["x"]) };
    let broken = Index { valid: false, being_built: true, ..index("b", &["x"]) };
    for other in [index("b", &["y", "x"]), partial, other_order, hash, broken] {
        assert_eq!(said(&facts(vec![plain(), other], vec![])), [""; 0]);
    }
    let carries = Index { included: vec![ident("z")], ..index("a", &["x"]) };
    assert_eq!(said(&facts(vec![carries.clone(), index("b", &["x", "y"])], vec![])), [""; 0]);
    assert_eq!(said(&facts(vec![carries, index("b", &["x", "z"])], vec![])).len(), 1);
}

#[test]
fn an_index_that_was_never_used_goes_once_that_means_something() {
    let unused = || Index { scans: 0, ..index("i", &["at"]) };
    let mut facts = facts(vec![unused(), primary("orders_pkey", &["id"])], vec![]);
    assert_eq!(said(&facts), ["drop index concurrently \"public\".\"i\""]);
    facts.statistics_days = Some(DAYS_TO_JUDGE - 1);
    assert_eq!(said(&facts), ["-- drop index concurrently \"public\".\"i\""]);
    facts.statistics_days = None;
    assert_eq!(said(&facts), ["-- drop index concurrently \"public\".\"i\""]);
}

#[test]
fn an_unused_index_by_which_a_foreign_key_is_found_stays() {
    let unused = Index { scans: 0, ..index("i", &["user_id"]) };
    let facts = facts(vec![unused], vec![key("fk", &["user_id"])]);
    assert_eq!(said(&facts), [""; 0]);
}

#[test]
fn a_large_table_that_is_read_whole_again_and_again_is_named() {
    let scanned = Table {
        sequential_scans: 30,
        sequential_rows: 30 * 12_000,
        index_scans: 100,
        ..table("orders", 12_000)
    };
    let kinds = |table: &Table| {
        let facts = IndexFacts { tables: vec![table.clone()], ..facts(vec![], vec![]) };
        indexes(&facts).len()
    };
    assert_eq!(kinds(&scanned), 1);
    assert_eq!(kinds(&Table { rows: 9_999, ..scanned.clone() }), 0);
    assert_eq!(kinds(&Table { sequential_scans: 19, ..scanned.clone() }), 0);
    assert_eq!(kinds(&Table { index_scans: 300, ..scanned.clone() }), 0);
    assert_eq!(kinds(&Table { sequential_rows: 300, ..scanned }), 0);
}

#[test]
fn the_script_is_sql_whatever_the_names_hold() {
    let evil = "x\ndrop table users; --";
    let unused = Index { scans: 0, table: ident(evil), ..index(evil, &["at"]) };
    let mut facts = facts(vec![unused], vec![]);
    facts.statistics_days = None;
    let script = script(&facts, &indexes(&facts));
    assert!(script.lines().all(|line| line.is_empty() || line.starts_with("--")), "{script}");
    assert!(script.contains("Statistics were never reset"), "{script}");
}
