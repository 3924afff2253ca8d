use super::*;

fn from(sql: &str) -> FromItem {
    core(&format!("SELECT * FROM {sql}")).from.unwrap()
}

fn plain_table(text: &str) -> TableSource {
    TableSource::Table { schema: None, name: name(text), alias: None }
}

#[test]
fn result_columns_keep_stars_and_aliases() {
    let columns = core("SELECT *, t.*, 'q'.*, a AS b, c 'd e', f [g] FROM t").columns;
    assert_eq!(columns[0], ResultColumn::Star);
    assert_eq!(columns[1], ResultColumn::TableStar(name("t")));
    let single = Name { text: "q".to_owned(), quote: Quote::Single };
    assert_eq!(columns[2], ResultColumn::TableStar(single));
    assert_eq!(columns[3], ResultColumn::Expr { expr: column("a"), alias: Some(name("b")) });
    let single = Name { text: "d e".to_owned(), quote: Quote::Single };
    assert_eq!(columns[4], ResultColumn::Expr { expr: column("c"), alias: Some(single) });
    let bracket = Name { text: "g".to_owned(), quote: Quote::Bracket };
    assert_eq!(columns[5], ResultColumn::Expr { expr: column("f"), alias: Some(bracket) });
}

#[test]
fn every_clause_of_a_query_is_kept() {
    let core = core(
        "SELECT DISTINCT a FROM t WHERE b GROUP BY c, d HAVING e WINDOW w AS (PARTITION BY f)",
    );
    assert!(core.distinct);
    assert_eq!(core.filter, Some(column("b")));
    assert_eq!(core.group_by, [column("c"), column("d")]);
    assert_eq!(core.having, Some(column("e")));
    let (window_name, window) = &core.windows[0];
    assert_eq!(*window_name, name("w"));
    assert_eq!(window.partition_by, [column("f")]);
}

#[test]
fn limit_with_a_comma_has_its_offset_first() {
    for sql in ["SELECT 1 LIMIT 20, 5", "SELECT 1 LIMIT 5 OFFSET 20"] {
        let query = parse_select(sql).unwrap();
        assert_eq!(query.limit, Some(integer(5)), "{sql}");
        assert_eq!(query.offset, Some(integer(20)), "{sql}");
    }
    assert_eq!(parse_select("SELECT 1 LIMIT 5").unwrap().offset, None);
}

#[test]
fn order_terms_keep_direction_and_nulls() {
    let terms = parse_select("SELECT 1 ORDER BY a, b ASC NULLS LAST, c DESC").unwrap().order_by;
    assert_eq!(terms[0], OrderTerm::plain(column("a")));
    assert_eq!(terms[1].nulls, NullsOrder::Last);
    assert_eq!(terms[2].direction, Direction::Descending);
}

#[test]
fn compounds_group_to_the_left_and_own_the_order() {
    let query = parse_select("SELECT 1 UNION SELECT 2 EXCEPT VALUES (3) ORDER BY 1").err();
    assert!(query.is_some(), "SQLite has no ORDER BY after VALUES");
    let query = parse_select("SELECT 1 UNION ALL VALUES (2) EXCEPT SELECT 3 ORDER BY 1").unwrap();
    assert_eq!(query.order_by.len(), 1);
    let SelectBody::Compound { op: CompoundOp::Except, left, right } = query.body else {
        panic!("not EXCEPT at the top");
    };
    assert!(matches!(*right, SelectBody::Core(_)));
    let SelectBody::Compound { op, right, .. } = *left else { panic!("no inner compound") };
    assert_eq!(op, CompoundOp::UnionAll);
    assert_eq!(*right, SelectBody::Values(vec![vec![integer(2)]]));
    let query = parse_select("SELECT 1 INTERSECT SELECT 2").unwrap();
    assert!(matches!(query.body, SelectBody::Compound { op: CompoundOp::Intersect, .. }));
}

#[test]
fn common_tables_keep_names_columns_and_hints() {
    let query = parse_select(
        "WITH RECURSIVE a(x, \"y\") AS (SELECT 1, 2), b AS MATERIALIZED (SELECT 3), \
         c AS NOT MATERIALIZED (SELECT 4) SELECT * FROM a ORDER BY 1 LIMIT 2",
    )
    .unwrap();
    let with = query.with.unwrap();
    assert!(with.recursive);
    assert_eq!(with.tables[0].name, name("a"));
    assert_eq!(with.tables[0].columns[1], Name { text: "y".to_owned(), quote: Quote::Double });
    assert_eq!(with.tables[0].materialized, Materialized::Default);
    assert_eq!(with.tables[1].materialized, Materialized::Yes);
    assert_eq!(with.tables[2].materialized, Materialized::No);
    assert_eq!(with.tables[2].select, parse_select("SELECT 4").unwrap());
    assert_eq!(query.limit, Some(integer(2)));
    assert_eq!(query.order_by.len(), 1);
}

#[test]
fn joins_stand_in_order_with_their_conditions() {
    let from = from(
        "a, b JOIN c ON c.x = 1 LEFT OUTER JOIN d USING (p, \"q\") NATURAL JOIN e CROSS JOIN f \
         RIGHT JOIN g ON 1 NATURAL FULL OUTER JOIN h",
    );
    assert_eq!(from.source, plain_table("a"));
    let kinds: Vec<_> = from.joins.iter().map(|join| (join.kind, join.natural)).collect();
    assert_eq!(
        kinds,
        [
            (JoinKind::Comma, false),
            (JoinKind::Inner, false),
            (JoinKind::Left, false),
            (JoinKind::Inner, true),
            (JoinKind::Cross, false),
            (JoinKind::Right, false),
            (JoinKind::Full, true),
        ]
    );
    assert_eq!(from.joins[0].source, plain_table("b"));
    assert_eq!(from.joins[1].constraint, JoinConstraint::On(expression("c.x = 1")));
    let q = Name { text: "q".to_owned(), quote: Quote::Double };
    assert_eq!(from.joins[2].constraint, JoinConstraint::Using(vec![name("p"), q]));
    assert_eq!(from.joins[6].source, plain_table("h"));
    assert_eq!(from.joins[6].constraint, JoinConstraint::None);
}

#[test]
fn every_kind_of_source_keeps_its_alias() {
    let from = from("main.a AS x, json_each(a.j, '$') y, (SELECT 1) AS z, (b JOIN c ON 1) w");
    assert_eq!(
        from.source,
        TableSource::Table { schema: Some(name("main")), name: name("a"), alias: Some(name("x")) }
    );
    let TableSource::Function { name: called, arguments, alias } = &from.joins[0].source else {
        panic!("no function");
    };
    assert_eq!((called, arguments.len(), alias), (&name("json_each"), 2, &Some(name("y"))));
    let TableSource::Select { alias, .. } = &from.joins[1].source else { panic!("no query") };
    assert_eq!(*alias, Some(name("z")));
    let TableSource::Nested { from, alias } = &from.joins[2].source else { panic!("no parens") };
    assert_eq!(*alias, Some(name("w")));
    assert_eq!(from.joins[0].constraint, JoinConstraint::On(integer(1)));
}

#[test]
fn an_index_hint_changes_nothing() {
    assert_eq!(from("a INDEXED BY i"), from("a"));
    assert_eq!(from("a NOT INDEXED"), from("a"));
}
