//! The data of servers that were never started, made once for all tests: `initdb` takes longer than all
//! the rest of a server's start.

use super::ROLE;
use super::programs::{Programs, run};
use crate::fixture::project_root;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Makes a folder with data as `initdb` makes them.
pub(super) fn make_data(programs: &Programs, data: &Path) {
    copy(&template(programs), data);
}

/// Returns data that are kept below `target/`.
fn template(programs: &Programs) -> PathBuf {
    let kept = project_root().join("target/test-clusters");
    fs::create_dir_all(&kept).expect("make target/test-clusters");
    let name = programs.fingerprint();
    let template = kept.join(&name);
    let lock = File::create(kept.join(format!("{name}.lock"))).expect("make a lock file");
    lock.lock().expect("wait for the lock of the template");
    if !template.join("PG_VERSION").is_file() {
        let folder = programs.user().folder("sealift-pg-");
        initialize(programs, folder.path());
        let unfinished = kept.join(format!("{name}.new"));
        // What a killed test has left.
        drop(fs::remove_dir_all(&unfinished));
        copy(&folder.path().join("data"), &unfinished);
        fs::rename(&unfinished, &template).expect("give the template its name");
    }
    template
}

fn initialize(programs: &Programs, folder: &Path) {
    let initdb = |locale: &str| {
        let mut command = programs.command("initdb", folder);
        command.args(["-D", "data", "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--no-sync"]);
        command.args(["--locale", locale]);
        command
    };
    // Not every system has C.UTF-8.
    let made = initdb("C.UTF-8").output().is_ok_and(|output| output.status.success());
    if !made {
        run(&mut initdb("C"));
    }
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("make a folder");
    for entry in fs::read_dir(from).expect("read a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("copy a file");
        }
    }
}
