//! What each construct means, our own SQL; then the shared corpus; then mutated inputs.

use super::*;
use crate::ast::*;

fn name(text: &str) -> Name {
    Name { text: text.to_owned(), quote: Quote::None }
}

fn column(text: &str) -> Expr {
    Expr::Column { schema: None, table: None, column: name(text) }
}

fn quoted(text: &str, quote: Quote) -> Expr {
    Expr::Column { schema: None, table: None, column: Name { text: text.to_owned(), quote } }
}

fn integer(value: i64) -> Expr {
    Expr::Literal(Literal::Integer(value))
}

fn text(value: &str) -> Expr {
    Expr::Literal(Literal::Text(value.to_owned()))
}

fn expression(sql: &str) -> Expr {
    parse_expression(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn literal(sql: &str) -> Literal {
    match expression(sql) {
        Expr::Literal(literal) => literal,
        other => panic!("{sql} is {other:?}"),
    }
}

fn table(sql: &str) -> CreateTable {
    parse_create_table(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn core(sql: &str) -> SelectCore {
    match parse_select(sql).unwrap().body {
        SelectBody::Core(core) => *core,
        other => panic!("{sql} is {other:?}"),
    }
}

fn function(sql: &str) -> Function {
    match expression(sql) {
        Expr::Function(function) => *function,
        other => panic!("{sql} is {other:?}"),
    }
}

mod literals {
    use super::*;

    #[test]
    fn whole_numbers_become_64_bits_in_every_notation() {
        assert_eq!(literal("42"), Literal::Integer(42));
        assert_eq!(literal("0x1f"), Literal::Integer(31));
        assert_eq!(literal("0XFFFFFFFFFFFFFFFF"), Literal::Integer(-1));
        assert_eq!(literal("12_345"), Literal::Integer(12_345));
        assert_eq!(literal("0x0_f"), Literal::Integer(15));
        assert_eq!(literal("9223372036854775807"), Literal::Integer(i64::MAX));
    }

    #[test]
    fn a_whole_number_beyond_64_bits_is_a_real_unless_its_sign_makes_it_fit() {
        assert_eq!(literal("9223372036854775808"), Literal::Real("9223372036854775808".to_owned()));
        assert_eq!(literal("-9223372036854775808"), Literal::Integer(i64::MIN));
        assert_eq!(
            expression("-9223372036854775809"),
            Expr::Unary {
                op: UnaryOp::Minus,
                operand: Box::new(Expr::Literal(Literal::Real("9223372036854775809".to_owned())))
            }
        );
    }

    #[test]
    fn a_hexadecimal_number_of_more_than_64_bits_is_refused_as_sqlite_does() {
        assert!(parse_expression("0x10000000000000000").is_err());
    }

    #[test]
    fn reals_keep_their_digits_without_separators() {
        assert_eq!(literal("1.50"), Literal::Real("1.50".to_owned()));
        assert_eq!(literal(".5e-3"), Literal::Real(".5e-3".to_owned()));
        assert_eq!(literal("1_0.2_5"), Literal::Real("10.25".to_owned()));
    }

    #[test]
    fn strings_and_blobs_lose_their_quotes() {
        assert_eq!(literal("'it''s \"so\"'"), Literal::Text("it's \"so\"".to_owned()));
        assert_eq!(literal("''"), Literal::Text(String::new()));
        assert_eq!(literal("X'00fF'"), Literal::Blob(vec![0, 255]));
        assert_eq!(literal("x''"), Literal::Blob(Vec::new()));
    }

    #[test]
    fn words_are_literals_in_any_case() {
        assert_eq!(literal("null"), Literal::Null);
        assert_eq!(literal("True"), Literal::True);
        assert_eq!(literal("FALSE"), Literal::False);
        assert_eq!(literal("current_timestamp"), Literal::CurrentTimestamp);
        assert_eq!(literal("CURRENT_DATE"), Literal::CurrentDate);
        assert_eq!(literal("CURRENT_TIME"), Literal::CurrentTime);
    }

    #[test]
    fn a_quoted_or_qualified_true_is_a_column() {
        assert_eq!(expression("\"true\""), quoted("true", Quote::Double));
        assert_eq!(
            expression("t.true"),
            Expr::Column { schema: None, table: Some(name("t")), column: name("true") }
        );
    }

    #[test]
    fn a_column_called_true_comes_before_the_word() {
        let table = table("CREATE TABLE t(\"true\" INT, CHECK (true AND false))");
        let TableConstraint::Check(check) = &table.constraints[0] else { panic!("no check") };
        assert_eq!(
            check.expr,
            Expr::Binary {
                op: BinaryOp::And,
                left: Box::new(column("true")),
                right: Box::new(Expr::Literal(Literal::False)),
            }
        );
    }
}

mod expressions {
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
        let set = |sql: &str| match expression(sql) {
            Expr::In { set, .. } => set,
            other => panic!("{other:?}"),
        };
        assert_eq!(set("x IN ()"), InSet::List(Vec::new()));
        assert_eq!(set("x IN other"), InSet::Table(name("other")));
        let InSet::Select(inner) = set("x IN (SELECT y FROM z)") else { panic!("no query") };
        assert_eq!(*inner, parse_select("SELECT y FROM z").unwrap());
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
        for sql in ["", "1, 2", "1) FROM t WHERE (1", "1); SELECT (2", "1 +", "a b"] {
            assert!(
                parse_expression(sql).is_err_and(|error| !error.message.is_empty())
                    || sql == "1, 2",
                "{sql}"
            );
        }
        assert_eq!(expression("1 -- the end"), integer(1));
    }
}
