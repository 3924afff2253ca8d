//! A whole race of a tiny database.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the `sealift` of this build: another package's program, so Cargo does not name it for us.
fn sealift() -> PathBuf {
    let own = Path::new(env!("CARGO_BIN_EXE_race"));
    let sealift = own.with_file_name("sealift");
    assert!(sealift.exists(), "no {}; run cargo build --bin sealift", sealift.display());
    sealift
}

#[test]
fn a_tiny_race_reports_the_limit_and_sealift_with_every_row() {
    let database = sealift_testkit::database_blocking();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let race = Command::new(env!("CARGO_BIN_EXE_race"))
        .args(["--url", &database.url, "--size", "1", "--runs", "2", "--jobs", "2"])
        .args(["--profile", "of the tests", "--commit", "abc", "--sealift"])
        .arg(sealift())
        .arg("--out")
        .arg(&out)
        .arg("--cache")
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&race.stdout);
    assert!(race.status.success(), "{said}{}", String::from_utf8_lossy(&race.stderr));

    let report = std::fs::read(out.join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let heat = &report["heats"][0];
    assert_eq!(heat["rows"], 40 + 200 + 2000 + 380);
    let entries = heat["entries"].as_array().unwrap();
    let names: Vec<&str> =
        entries.iter().map(|entry| entry["contestant"].as_str().unwrap()).collect();
    assert_eq!(names, ["limit", "sealift-unverified", "sealift-digest", "sealift"]);
    for entry in entries {
        let runs = entry["runs"].as_array().unwrap();
        assert_eq!(runs.len(), 2, "{entry}");
        for run in runs {
            assert_eq!(run["outcome"]["is"], "complete", "{entry}");
            assert_eq!(run["rows"], heat["rows"], "{entry}");
            assert!(run["seconds"].as_f64().unwrap() > 0.0, "{entry}");
            let phases = run["phases"].as_array().unwrap();
            assert!(phases.iter().any(|phase| phase["name"] == "copy"), "{entry}");
        }
    }
    assert_eq!(report["facts"]["profile"], "of the tests");
    let targets = report["targets"].as_array().unwrap();
    assert!(targets.iter().any(|target| target["verdict"] == "not-measured"));

    let page = std::fs::read_to_string(out.join("report.md")).unwrap();
    assert!(page.contains("![shop, 1 MB](shop-1-mb.svg)"), "{page}");
    let picture = std::fs::read_to_string(out.join("shop-1-mb.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("sealift, compared, backup"));
    assert!(said.contains("everything but the comparison"), "{said}");
}
