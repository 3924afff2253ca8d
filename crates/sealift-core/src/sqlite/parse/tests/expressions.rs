use super::*;

#[test]
fn names_keep_their_quote_character() {
    assert_eq!(expression("ab"), column("ab"));
    assert_eq!(expression("\"a\"\"b\""), quoted("a\"b", Quote::Double));
    assert_eq!(expression("`a``b`"), quoted("a`b", Quote::Backtick));
    assert_eq!(expression("[a b]"), quoted("a b", Quote::Bracket));
    assert_eq!(expression("\"\""), quoted("", Quote::Double));
    assert_eq!(
        expression("main.\"t\".c"),
        Expr::Column {
            schema: Some(name("main")),
            table: Some(Name { text: "t".to_owned(), quote: Quote::Double }),
            column: name("c"),
        }
    );
}

#[test]
fn every_spelling_of_is_null_is_one_node() {
    for sql in ["x ISNULL", "x IS NULL", "x IS NOT DISTINCT FROM NULL", "x IS (NULL)"] {
        let expected = Expr::IsNull { operand: Box::new(column("x")), negated: false };
        assert_eq!(expression(sql), expected, "{sql}");
    }
    for sql in ["x NOTNULL", "x NOT NULL", "x IS NOT NULL", "x IS DISTINCT FROM NULL"] {
        let expected = Expr::IsNull { operand: Box::new(column("x")), negated: true };
        assert_eq!(expression(sql), expected, "{sql}");
    }
}

#[test]
fn is_between_values_is_null_safe_equality() {
    for (sql, negated) in [
        ("x IS y", false),
        ("x IS NOT y", true),
        ("x IS DISTINCT FROM y", true),
        ("x IS NOT DISTINCT FROM y", false),
    ] {
        let (left, right) = (Box::new(column("x")), Box::new(column("y")));
        assert_eq!(expression(sql), Expr::Is { left, right, negated }, "{sql}");
    }
}

#[test]
fn every_binary_operator_has_its_own_meaning() {
    let cases = [
        ("x OR y", BinaryOp::Or),
        ("x AND y", BinaryOp::And),
        ("x = y", BinaryOp::Eq),
        ("x == y", BinaryOp::Eq),
        ("x <> y", BinaryOp::Ne),
        ("x != y", BinaryOp::Ne),
        ("x < y", BinaryOp::Lt),
        ("x <= y", BinaryOp::Le),
        ("x > y", BinaryOp::Gt),
        ("x >= y", BinaryOp::Ge),
        ("x & y", BinaryOp::BitAnd),
        ("x | y", BinaryOp::BitOr),
        ("x << y", BinaryOp::ShiftLeft),
        ("x >> y", BinaryOp::ShiftRight),
        ("x + y", BinaryOp::Add),
        ("x - y", BinaryOp::Subtract),
        ("x * y", BinaryOp::Multiply),
        ("x / y", BinaryOp::Divide),
        ("x % y", BinaryOp::Modulo),
        ("x || y", BinaryOp::Concat),
        ("x -> y", BinaryOp::Arrow),
        ("x ->> y", BinaryOp::LongArrow),
    ];
    for (sql, op) in cases {
        let (left, right) = (Box::new(column("x")), Box::new(column("y")));
        assert_eq!(expression(sql), Expr::Binary { op, left, right }, "{sql}");
    }
}

#[test]
fn subtraction_groups_to_the_left_and_parentheses_keep_their_effect() {
    let minus = |left, right| Expr::Binary {
        op: BinaryOp::Subtract,
        left: Box::new(left),
        right: Box::new(right),
    };
    let left = minus(minus(integer(9), integer(4)), integer(3));
    assert_eq!(expression("9 - 4 - 3"), left);
    assert_eq!(expression("((9 - 4)) - 3"), left);
    assert_eq!(expression("9 - (4 - 3)"), minus(integer(9), minus(integer(4), integer(3))));
}

#[test]
fn unary_operators_are_kept_apart() {
    for (sql, op) in [
        ("-x", UnaryOp::Minus),
        ("+x", UnaryOp::Plus),
        ("~x", UnaryOp::BitNot),
        ("NOT x", UnaryOp::Not),
    ] {
        let operand = Box::new(column("x"));
        assert_eq!(expression(sql), Expr::Unary { op, operand }, "{sql}");
    }
}

#[test]
fn between_and_in_carry_their_not() {
    assert_eq!(
        expression("x NOT BETWEEN 1 AND 2"),
        Expr::Between {
            operand: Box::new(column("x")),
            low: Box::new(integer(1)),
            high: Box::new(integer(2)),
            negated: true,
        }
    );
    assert_eq!(
        expression("x NOT IN (1, 'a')"),
        Expr::In {
            operand: Box::new(column("x")),
            set: InSet::List(vec![integer(1), text("a")]),
            negated: true,
        }
    );
}

#[test]
fn in_knows_its_four_kinds_of_set() {
    let set = |sql: &str| {
        let Expr::In { set, .. } = expression(sql) else { panic!("{sql} is something else") };
        set
    };
    assert_eq!(set("x IN ()"), InSet::List(Vec::new()));
    assert_eq!(set("x IN other"), InSet::Table(name("other")));
    let InSet::Select(inner) = set("x IN (SELECT y FROM z)") else { panic!("no query") };
    assert_eq!(*inner, parse_select("SELECT y FROM z").unwrap());
    assert_eq!(set("x IN (((SELECT y FROM z)))"), set("x IN (SELECT y FROM z)"));
    assert!(matches!(set("x IN ((SELECT y FROM z), 1)"), InSet::List(list) if list.len() == 2));
    let InSet::Select(inner) = set("x IN (VALUES (1))") else { panic!("no values") };
    assert_eq!(inner.body, SelectBody::Values(vec![vec![integer(1)]]));
    let InSet::Select(inner) = set("x IN main.other") else { panic!("no query") };
    assert_eq!(*inner, parse_select("SELECT * FROM main.other").unwrap());
    let InSet::Select(inner) = set("x IN json_each('[1]')") else { panic!("no query") };
    assert_eq!(*inner, parse_select("SELECT * FROM json_each('[1]')").unwrap());
}

#[test]
fn pattern_operators_are_kept_apart() {
    for (word, kind) in [
        ("LIKE", LikeKind::Like),
        ("GLOB", LikeKind::Glob),
        ("REGEXP", LikeKind::Regexp),
        ("MATCH", LikeKind::Match),
    ] {
        assert_eq!(
            expression(&format!("x NOT {word} 'p'")),
            Expr::Like {
                kind,
                operand: Box::new(column("x")),
                pattern: Box::new(text("p")),
                escape: None,
                negated: true,
            }
        );
    }
    let Expr::Like { escape, negated, .. } = expression("x LIKE 'p' ESCAPE '\\'") else {
        panic!("no LIKE");
    };
    assert_eq!((escape, negated), (Some(Box::new(text("\\"))), false));
}

#[test]
fn case_keeps_operand_branches_and_else() {
    assert_eq!(
        expression("CASE x WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END"),
        Expr::Case {
            operand: Some(Box::new(column("x"))),
            branches: vec![(integer(1), text("a")), (integer(2), text("b"))],
            otherwise: Some(Box::new(text("c"))),
        }
    );
    let Expr::Case { operand, otherwise, .. } = expression("CASE WHEN x THEN 1 END") else {
        panic!("no CASE");
    };
    assert_eq!((operand, otherwise), (None, None));
}

#[test]
fn cast_and_collate_keep_their_words() {
    assert_eq!(
        expression("CAST(x AS VARCHAR(10))"),
        Expr::Cast { operand: Box::new(column("x")), type_name: "VARCHAR(10)".to_owned() }
    );
    assert_eq!(
        expression("x COLLATE \"nocase\""),
        Expr::Collate {
            operand: Box::new(column("x")),
            collation: Name { text: "nocase".to_owned(), quote: Quote::Double },
        }
    );
}

#[test]
fn rows_subqueries_and_parameters_are_kept_apart() {
    assert_eq!(expression("(1, 2)"), Expr::Row(vec![integer(1), integer(2)]));
    let query = Box::new(parse_select("SELECT 1").unwrap());
    assert_eq!(expression("(SELECT 1)"), Expr::Subquery(query.clone()));
    assert_eq!(expression("EXISTS (SELECT 1)"), Expr::Exists(query));
    assert_eq!(expression(":who"), Expr::Parameter(":who".to_owned()));
}

#[test]
fn calls_keep_distinct_star_order_and_filter() {
    assert!(function("count(*)").star);
    assert!(function("count(DISTINCT x)").distinct);
    let joined = function("group_concat(x, ',' ORDER BY y DESC) FILTER (WHERE z)");
    assert_eq!(joined.name, name("group_concat"));
    assert_eq!(joined.arguments, [column("x"), text(",")]);
    assert_eq!(joined.order_by[0].expr, column("y"));
    assert_eq!(joined.order_by[0].direction, Direction::Descending);
    assert_eq!(joined.filter, Some(Box::new(column("z"))));
    assert_eq!(joined.over, None);
}

#[test]
fn an_ordered_set_aggregate_is_the_plain_call_it_stands_for() {
    assert_eq!(
        function("percentile_cont(0.5) WITHIN GROUP (ORDER BY x)"),
        function("percentile_cont(x, 0.5)")
    );
}

#[test]
fn windows_keep_every_part() {
    assert_eq!(function("sum(x) OVER w").over, Some(Over::Named(name("w"))));
    let call = function(
        "sum(x) OVER (base PARTITION BY a, b ORDER BY c NULLS LAST \
         GROUPS BETWEEN 2 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE GROUP)",
    );
    let Some(Over::Window(window)) = call.over else { panic!("no window") };
    assert_eq!(window.base, Some(name("base")));
    assert_eq!(window.partition_by, [column("a"), column("b")]);
    assert_eq!(window.order_by[0].nulls, NullsOrder::Last);
    assert_eq!(
        window.frame,
        Some(Frame {
            unit: FrameUnit::Groups,
            start: FrameBound::Preceding(Box::new(integer(2))),
            end: Some(FrameBound::UnboundedFollowing),
            exclude: Some(FrameExclude::Group),
        })
    );
    let short = function("sum(x) OVER (ROWS UNBOUNDED PRECEDING)");
    let Some(Over::Window(window)) = short.over else { panic!("no window") };
    assert_eq!(
        window.frame,
        Some(Frame {
            unit: FrameUnit::Rows,
            start: FrameBound::UnboundedPreceding,
            end: None,
            exclude: None,
        })
    );
}

#[test]
fn only_one_whole_expression_is_accepted() {
    let broken = ["", "1, 2", "1) + (2", "1) FROM t WHERE (1", "1); SELECT (2", "1 +", "a b"];
    for sql in broken.into_iter().chain(["SELECT 1", "1 -- the end\n)", "*", "1)--"]) {
        assert!(parse_expression(sql).is_err(), "{sql}");
    }
    assert_eq!(expression("1 -- the end"), integer(1));
}
