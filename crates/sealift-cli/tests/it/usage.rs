//! What is typed wrongly.

use crate::environment::TestEnvironment;

#[test]
fn an_unknown_flag_is_a_usage_error() {
    let output = TestEnvironment::new().run(&["plan", "app.db", "--fast"]);
    insta::assert_snapshot!(output, @r#"
    --- stderr
    error: unexpected argument '--fast' found

      tip: a similar argument exists: '--cast'

    Usage: sealift plan --cast <RULE> <SOURCE>

    For more information, try '--help'.
    --- status 2
    "#);
}

#[test]
fn contradictions_are_usage_errors() {
    let environment = TestEnvironment::new();
    for arguments in [
        &["migrate", "a.db", "--schema-only", "--data-only"][..],
        &["migrate", "a.db", "--dry-run", "--verify-only"],
        &["migrate", "a.db", "--force-recreate", "--into", "create"],
        &["migrate", "a.db", "--plan", "p.json", "--cast", "a.b=text"],
        &["plan", "a.db", "--sqlite-path", "b.db"],
        &["plan", "a.db", "--sql", "--json"],
        &["plan", "a.db", "-q", "-v"],
        &["plan", "a.db", "--progress", "loud"],
    ] {
        let output = environment.run(arguments);
        assert_eq!(output.status, 2, "{arguments:?}: {output}");
        assert_eq!(output.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_command_without_a_source_says_how_to_name_one() {
    let output = TestEnvironment::new().run(&["plan"]);
    insta::assert_snapshot!(output, @r#"
    --- stderr
    error: no SQLite file given
    hint: name it: `sealift plan app.db`; or set SEALIFT_SOURCE, or `source` in sealift.toml
    --- status 2
    "#);
}

#[test]
fn a_cast_that_cannot_be_read_says_which_types_there_are() {
    let output = TestEnvironment::new().run(&["plan", "a.db", "--cast", "a.b=circle"]);
    insta::assert_snapshot!(output, @r#"
    --- stderr
    error: open a.db: there is no such file
    hint: check the path
    --- status 1
    "#);
}

/// No interpreter, no runtime, no client library of a database: what `ldd` names is the C library's.
#[test]
#[cfg(target_os = "linux")]
fn g11_the_program_needs_the_c_library_and_nothing_else() {
    let output = std::process::Command::new("ldd")
        .arg(env!("CARGO_BIN_EXE_sealift"))
        .output()
        .expect("ldd belongs to the C library");
    let names = String::from_utf8(output.stdout).unwrap();
    let known = [
        "linux-vdso",
        "libc.",
        "libm.",
        "libgcc_s.",
        "ld-linux",
        "libdl.",
        "libpthread.",
        "librt.",
    ];
    let others: Vec<&str> = names
        .lines()
        .map(str::trim)
        .filter(|line| !line.contains("statically linked"))
        .filter(|line| !known.iter().any(|name| line.contains(name)))
        .collect();
    assert_eq!(others, Vec::<&str>::new());
}
