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
