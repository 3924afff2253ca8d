//! `sealift check`

use crate::environment::TestEnvironment;

/// Nothing listens on port 1, and nobody can without being root.
const NOBODY: &str = "postgresql://app:hidden@127.0.0.1:1/shop?sslmode=disable";

#[test]
fn a_server_that_does_not_answer_is_status_3() {
    let output = TestEnvironment::new().run(&["check", NOBODY]);
    insta::assert_snapshot!(output, @r#"
    --- stderr
    error: connect to postgresql://app:***@127.0.0.1:1/shop?sslmode=disable: nothing listens at 127.0.0.1:1 (Connection refused (os error 111))
      cause: no program listens at that address: the server is not started, has another port, or its container's port is not published (refused)
    hint: start the server, or check the host and the port; `sealift check URL --wait 60` waits
    --- status 3
    "#);
}

#[test]
fn with_json_a_failure_is_an_object_too() {
    let output = TestEnvironment::new().run(&["check", NOBODY, "--json"]);
    assert_eq!(output.status, 3);
    let object = output.json();
    assert_eq!(object["status"], "failed");
    assert_eq!(object["cause"], "refused");
    assert_eq!(object["error"]["kind"], "unreachable");
    assert_eq!(object["error"]["exit"], 3);
    assert!(object["error"]["hints"][0].is_string(), "{object}");
}

#[test]
fn waiting_says_so_once_and_gives_up_in_time() {
    let output = TestEnvironment::new().run(&["check", NOBODY, "--wait", "1"]);
    assert_eq!(output.status, 3);
    assert_eq!(output.stderr.matches("waiting for").count(), 1, "{output}");
}

#[test]
fn a_password_is_never_shown() {
    let environment = TestEnvironment::new();
    for url in [
        NOBODY,
        "postgresql://app:hidden@127.0.0.1:port/shop",
        "postgresql://app:hid@den@127.0.0.1:1/shop",
        "mysql://app:hidden@127.0.0.1/shop",
        "host=127.0.0.1 port=1 password=hidden bogus",
        "host=127.0.0.1 port=1 password='hidden",
        "hidden",
    ] {
        for more in [&["-v"][..], &["--json"], &["-vv"]] {
            let output = environment.run(&[&["check", url], more].concat());
            let all = format!("{}{}", output.stdout, output.stderr);
            assert!(!all.contains("hidden") && !all.contains("hid@den"), "{url}: {all}");
            assert!(matches!(output.status, 2 | 3), "{url}: {output}");
        }
    }
}

#[test]
fn a_good_server_passes() {
    let database = sealift_testkit::database_blocking();
    let output = TestEnvironment::new().run(&["check", &database.url, "--json"]);
    assert_eq!(output.status, 0, "{output}");
    let object = output.json();
    assert!(["ok", "warning"].contains(&object["status"].as_str().unwrap()), "{object}");
    let items = object["items"].as_array().unwrap();
    let status =
        |name: &str| items.iter().find(|item| item["name"] == name).unwrap()["status"].clone();
    for name in ["version", "writable", "encoding", "create_schema", "create_table", "row_hash"] {
        assert_eq!(status(name), "ok", "{name}: {object}");
    }
}

#[test]
fn a_role_without_rights_is_told_which_statement_helps() {
    let database = sealift_testkit::database_blocking();
    let role = format!("{}_reader", database.name);
    database.execute_blocking(&format!(
        "drop role if exists {role}; create role {role} login;
         revoke create on schema public from public"
    ));
    let output = TestEnvironment::new()
        .set("PGOPTIONS", &format!("-c role={role}"))
        .run(&["check", &database.url]);
    database.execute_blocking(&format!("drop role {role}"));
    assert_eq!(output.status, 1, "{output}");
    // The schema is there, so that nothing but the right in it is missing.
    assert!(output.stdout.contains("may not create schemas, and need not"), "{output}");
    assert!(output.stdout.contains("may not create tables in schema"), "{output}");
    let hint = "hint: as owner: grant create, usage on schema \"public\"";
    assert!(output.stdout.contains(hint), "{output}");
    assert!(output.stdout.contains("not ready: a migration would fail"), "{output}");
}
