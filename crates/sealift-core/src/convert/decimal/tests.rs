use super::*;

fn text(input: &str, bounds: Option<(u16, u16)>) -> Result<String, Misfit> {
    let mut payload = Vec::new();
    Decimal::parse(input.as_bytes()).ok_or(Misfit::Form)?.write_numeric(bounds, &mut payload)?;
    let mut out = Vec::new();
    numeric_text(&payload, &mut out).unwrap();
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn a_number_comes_back_with_its_trailing_zeros() {
    let cases = [
        ("0", "0"),
        ("-0", "0"),
        ("0.000", "0.000"),
        ("1.10", "1.10"),
        ("-12345678.000100", "-12345678.000100"),
        ("007.5", "7.5"),
        ("1e4", "10000"),
        ("1.50e1", "15.0"),
        ("1e-5", "0.00001"),
        ("12300000", "12300000"),
        ("0.00000001", "0.00000001"),
        ("99999.99999", "99999.99999"),
    ];
    for (input, expected) in cases {
        assert_eq!(text(input, None).as_deref(), Ok(expected), "{input}");
    }
}

#[test]
fn a_bounded_numeric_never_rounds() {
    assert_eq!(text("1.5", Some((10, 2))).as_deref(), Ok("1.50"));
    assert_eq!(text("1.500", Some((10, 2))).as_deref(), Ok("1.50"));
    assert_eq!(text("12.345", Some((10, 2))), Err(Misfit::Precision));
    assert_eq!(text("123456789", Some((10, 2))), Err(Misfit::OutOfRange));
    assert_eq!(text("0.25", Some((2, 2))).as_deref(), Ok("0.25"));
}

#[test]
fn a_number_beyond_numeric_is_refused() {
    assert_eq!(text("1e131071", None).map(|text| text.len()), Ok(131_072));
    assert_eq!(text("1e131072", None), Err(Misfit::OutOfRange));
    assert_eq!(text("1e-16383", None).map(|text| text.len()), Ok(16_385));
    assert_eq!(text("1e-16384", None), Err(Misfit::Precision));
    assert_eq!(text("1e99999999999", None), Err(Misfit::Form));
}

#[test]
fn what_is_not_a_plain_decimal_is_no_number() {
    for input in ["", "-", "+1", ".5", "5.", "1e", "1e+", " 1", "1 ", "0x1", "1_0", "--1"] {
        assert!(Decimal::parse(input.as_bytes()).is_none(), "{input}");
    }
}

proptest::proptest! {
    #[test]
    fn a_double_of_few_digits_is_written_like_its_shortest_form(
        n in -2_000_000_000_000_000_i64..2_000_000_000_000_000,
        scale in 0..9_usize,
        shift in 0..50_u32,
    ) {
        let value = format!("{}e-{scale}", n >> shift).parse::<f64>().unwrap();
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        let shortest = Shortest::of(value);
        let decimal = shortest.decimal().unwrap();
        write_numeric_real(value, None, &mut fast).unwrap();
        decimal.write_numeric(None, &mut slow).unwrap();
        proptest::prop_assert_eq!(fast, slow, "{}", value);
        for bounds in [Some((2, 2)), Some((10, 0)), Some((12, 4)), Some((1000, 20))] {
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            let fast_result = write_numeric_real(value, bounds, &mut fast);
            proptest::prop_assert_eq!(fast_result, decimal.write_numeric(bounds, &mut slow));
            proptest::prop_assert_eq!(fast, slow, "{} {:?}", value, bounds);
        }
        if let Some((digits, scale)) = few_digits(value) {
            proptest::prop_assert_eq!(i64::from(scale), decimal.fraction_digits());
            let integer = integer_digits(digits).saturating_sub(u32::from(scale));
            proptest::prop_assert_eq!(i64::from(integer), decimal.integer_digits());
        }
    }
}

#[test]
fn a_whole_number_is_written_like_its_text() {
    for value in [0, 1, -1, 10_000, 9_999, 120_000_000, i64::MAX, i64::MIN] {
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        write_numeric_scaled(value, 0, None, &mut fast).unwrap();
        let text = value.to_string();
        Decimal::parse(text.as_bytes()).unwrap().write_numeric(None, &mut slow).unwrap();
        assert_eq!(fast, slow, "{value}");
    }
}
