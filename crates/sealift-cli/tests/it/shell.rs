//! `completions` and `man`

use crate::environment::TestEnvironment;

#[test]
fn every_shell_gets_its_script() {
    let environment = TestEnvironment::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = environment.run(&["completions", shell]);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{shell}");
        assert!(output.stdout.contains("force-recreate"), "{shell}");
    }
}

#[test]
fn the_manual_page_has_every_command() {
    let output = TestEnvironment::new().run(&["man"]);
    assert_eq!(output.status, 0);
    for name in ["INSPECT", "PLAN", "MIGRATE", "VERIFY", "CHECK", "LOCAL"] {
        assert!(output.stdout.contains(&format!(".SH \"SEALIFT {name}\"")), "{name}");
    }
}

#[test]
fn json_wraps_the_text() {
    let output = TestEnvironment::new().run(&["completions", "bash", "--json"]);
    assert_eq!(output.json()["status"], "ok");
    assert!(output.json()["text"].as_str().unwrap().contains("_sealift()"));
}
