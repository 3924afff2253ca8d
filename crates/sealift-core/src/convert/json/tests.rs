use super::*;

fn jsonb(text: &str) -> Option<String> {
    let mut out = Vec::new();
    Document::parse(text.as_bytes())?.write_jsonb(&mut out).ok()?;
    Some(String::from_utf8(out).unwrap())
}

#[test]
fn jsonb_is_printed_as_postgresql_prints_it() {
    let cases = [
        (r#" { "bb":1, "a" : [ ] , "c":{}}"#, r#"{"a": [], "c": {}, "bb": 1}"#),
        (r#"{"a":1,"a":{"x":2}}"#, r#"{"a": {"x": 2}}"#),
        ("[1.50,1e2,-0,-0.0,1E-3]", "[1.50, 100, 0, 0.0, 0.001]"),
        (r#""\/\u00e9\ud83d\ude00\u0001\u007f\n""#, "\"/é😀\\u0001\u{7f}\\n\""),
        ("null", "null"),
    ];
    for (text, expected) in cases {
        assert_eq!(jsonb(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_jsonb_refuses_is_still_json() {
    for text in [r#""\u0000""#, r#""\ud800""#, r#""\udc00\ud800""#, "1e200000", r#""\ud800\u0041""#]
    {
        let document = Document::parse(text.as_bytes()).unwrap();
        assert!(!document.fits_jsonb, "{text}");
        assert_eq!(document.write_jsonb(&mut Vec::new()), Err(Misfit::Form));
    }
}

#[test]
fn what_is_not_rfc_8259_is_not_json() {
    for text in [
        "",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "'a'",
        "01",
        "1.",
        ".5",
        "+1",
        "NaN",
        "nul",
        "1 2",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\u12\"",
        "[1}",
        "{\"a\"}",
        "\u{a0}1",
        "-",
        "\"\\ud800\\u12\"",
    ] {
        assert!(Document::parse(text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn a_key_written_twice_is_seen_at_any_depth() {
    let twice = |text: &str| Document::parse(text.as_bytes()).unwrap().has_duplicate_keys;
    assert!(twice(r#"[{"a":1,"b":2,"\u0061":3}]"#));
    assert!(!twice(r#"[{"a":1},{"a":2},{"b":{"a":1},"a":1}]"#));
}

#[test]
fn nesting_is_read_to_a_limit() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Document::parse(nested(MAX_DEPTH).as_bytes()).is_some());
    assert!(Document::parse(nested(100_000).as_bytes()).is_none());
}
