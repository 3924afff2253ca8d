//! Histories of Alembic: that of a real project, and what is refused.

use super::Project;
use super::side_by_side::{assert_same, fill, rows};
use crate::apps;
use sealift_testkit::{Database, database_blocking};
use std::process::Command;

/// Quetz, a server for packages: its revisions are in the package, and PostgreSQL is what it runs on.
const QUETZ: &str = "quetz-server==0.10.4";

/// The last but one of them.
const BEFORE_LAST: &str = "d212023a8e0b";

/// Ten back from the last one, two of which are branches that are joined again. The one behind it adds a value to an enumerated
/// type, which its way down leaves there.
const TEN_BACK: &str = "30241b33d849";

/// Its number here.
const TEN_BACK_NUMBER: &str = "0010";

/// The last one, whose Python asks for rows.
const LAST: &str = "3ba25f23fb7d";

/// Quetz makes it before its revisions.
const COLLATION: &str =
    "create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";

/// A person, a key that stands for the person, and a package that was uploaded with it.
const UPLOADED: &str = r"
    insert into users (id, username) values ('\x01', 'ann'), ('\x02', null);
    insert into api_keys (key, user_id, owner_id) values ('secret', '\x02', '\x01');
    insert into package_versions (id, uploader_id) values ('\x0a', '\x02'), ('\x0b', '\x01');
";

/// What the last one does, in SQL.
const LAST_UP: &str = "
update package_versions v set uploader_id = k.owner_id
  from api_keys k join users u on u.id = k.user_id
  where u.username is null and v.uploader_id = k.user_id;
update alembic_version set version_num = '3ba25f23fb7d';
";

const LAST_DOWN: &str = "
update package_versions v set uploader_id = k.user_id
  from api_keys k join users u on u.id = k.user_id
  where u.username is null and v.uploader_id = k.owner_id;
update alembic_version set version_num = 'd212023a8e0b';
";

/// Quetz's revisions as a project of Alembic.
struct Quetz {
    project: Project,
    alembic: String,
}

impl Quetz {
    fn new() -> Self {
        let project = Project::new();
        let versions = apps::package(QUETZ).join("quetz/migrations/versions");
        let ini = format!(
            "[alembic]\nscript_location = {}\nversion_locations = {}\n",
            apps::folder().join("history").display(),
            versions.display()
        );
        project.environment.write("alembic.ini", &ini);
        // Without bytecode, which Python would leave beside the files of the tree.
        let alembic = format!("{} -B -m alembic", apps::python().display());
        Self { project, alembic }
    }

    fn import(&self, revisions: &[&str]) -> crate::environment::Output {
        let import = ["revision", "import", "alembic.ini", "--alembic", &self.alembic];
        self.project.environment.run(&[&import[..], revisions].concat())
    }

    /// Compares the project's database with the one that Alembic works on.
    #[track_caller]
    fn are_alike(&self, theirs: &Database, stands: &str) {
        let ours = &self.project.database;
        assert_same(ours, theirs);
        for database in [ours, theirs] {
            assert_eq!(rows(database, STANDS), [stands]);
        }
        assert_eq!(rows(ours, UPLOADERS), rows(theirs, UPLOADERS));
    }

    /// Takes the statement out of its file at which the server has stumbled.
    fn mend(&self, refused: &crate::environment::Output) {
        let at = refused.stderr.split("revisions/").nth(1).expect("a file is named");
        let file = at.split(':').next().unwrap();
        let path = self.project.environment.folder().join("revisions").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let broken = "ALTER TABLE aggregated_metrics ALTER COLUMN period TYPE INTERVAL;";
        assert!(text.contains(broken), "{text}");
        std::fs::write(&path, text.replace(broken, "")).unwrap();
    }

    /// Runs Alembic itself on a database.
    fn alembic(&self, database: &Database, arguments: &[&str]) -> String {
        let output = Command::new(apps::python())
            .args(["-m", "alembic", "-c", "alembic.ini"])
            .args(arguments)
            .current_dir(self.project.environment.folder())
            .env("APP_DATABASE", &database.url)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("run python");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).expect("Alembic prints UTF-8")
    }
}

const STANDS: &str = "select version_num from alembic_version";
const UPLOADERS: &str =
    "select encode(id, 'hex'), encode(uploader_id, 'hex') from package_versions order by 1";

#[test]
fn the_history_of_a_real_project_ends_where_alembic_itself_does() {
    let quetz = Quetz::new();
    let (ours, theirs) = (&quetz.project.database, database_blocking());
    ours.execute_blocking(COLLATION);
    theirs.execute_blocking(COLLATION);

    let refused = quetz.import(&[]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains(&format!("{LAST}: AttributeError")), "{refused}");
    let around = format!("--revisions base:{BEFORE_LAST}");
    assert!(refused.stderr.contains(&around), "{refused}");
    let imported = quetz.import(&["--revisions", &format!("base:{BEFORE_LAST}")]);
    assert_eq!(imported.status, 0, "{imported}");
    assert!(imported.stdout.lines().count() > 15, "{imported}");

    quetz.project.done(&["upgrade", "--yes"]);
    quetz.alembic(&theirs, &["upgrade", BEFORE_LAST]);
    quetz.are_alike(&theirs, BEFORE_LAST);

    // The last one, by hand.
    for database in [ours, &theirs] {
        database.execute_blocking(UPLOADED);
    }
    let message = format!("{LAST} uploaders are persons");
    fill(&quetz.project, &["-m", &message], LAST_UP, LAST_DOWN);
    quetz.project.done(&["upgrade"]);
    quetz.alembic(&theirs, &["upgrade", "heads"]);
    assert_eq!(rows(ours, UPLOADERS), ["0a 01", "0b 01"]);
    quetz.are_alike(&theirs, LAST);

    // The way down of one of them has never run: PostgreSQL refuses it, from Alembic too. Whoever has it as a file mends it.
    let refused = quetz.project.run(&["downgrade", "-10", "--yes"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("period\" cannot be cast automatically"), "{refused}");
    quetz.mend(&refused);
    quetz.project.done(&["downgrade", TEN_BACK_NUMBER, "--yes"]);
    let fresh = database_blocking();
    fresh.execute_blocking(COLLATION);
    quetz.alembic(&fresh, &["upgrade", TEN_BACK]);
    assert_same(ours, &fresh);
    assert_eq!(rows(ours, STANDS), [TEN_BACK]);

    quetz.project.done(&["upgrade", "--yes"]);
    quetz.are_alike(&theirs, LAST);

    // Alembic goes on from where Sealift stands.
    for database in [ours, &theirs] {
        quetz.alembic(database, &["downgrade", "-3"]);
    }
    assert_same(ours, &theirs);
}

/// Something that prints what Alembic would, and fails where it would.
const FAILS_AT_BB: &str = r#"
way=$3 range=$4
case "$way $range" in
"upgrade base:heads") printf '%s\n' 'BEGIN;' '-- Running upgrade  -> aa' 'CREATE TABLE t (a INTEGER);' \
    '-- Running upgrade aa -> bb' 'ALTER TABLE t ADD COLUMN b INTEGER;'
    echo "AttributeError: 'NoneType' object has no attribute 'fetchall'" >&2
    exit 1 ;;
"upgrade base:aa") printf '%s\n' 'BEGIN;' '-- Running upgrade  -> aa' 'CREATE TABLE t (a INTEGER);' 'COMMIT;' ;;
"upgrade bb:heads") printf '%s\n' 'BEGIN;' '-- Running upgrade bb -> cc' 'ALTER TABLE t ADD COLUMN c INTEGER;' 'COMMIT;' ;;
"downgrade aa:base") printf '%s\n' 'BEGIN;' '-- Running downgrade aa -> ' 'DROP TABLE t;' 'COMMIT;' ;;
"downgrade heads:bb") printf '%s\n' 'BEGIN;' '-- Running downgrade cc -> bb' 'SELECT id FROM t;' ;;
history*) [ "$4" ] || printf '%s\n' 'bb -> cc (head), third' 'aa -> bb, second' '<base> -> aa, first' ;;
*) echo "no such thing: $*" >&2; exit 2 ;;
esac
"#;

fn import(project: &Project, more: &[&str]) -> crate::environment::Output {
    let import = ["revision", "import", "alembic.ini", "--alembic", "sh alembic"];
    project.environment.run(&[&import[..], more].concat())
}

#[test]
fn around_a_revision_that_needs_the_database_the_others_are_imported() {
    let project = Project::new();
    project.environment.write("alembic", FAILS_AT_BB);
    let refused = import(&project, &[]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("bb: AttributeError: 'NoneType'"), "{refused}");
    for hint in ["--revisions base:aa", "-m 'bb …'", "--revisions bb:heads"] {
        assert!(refused.stderr.contains(hint), "{refused}");
    }
    assert_eq!(import(&project, &["--revisions", "base:aa"]).status, 0);
    fill(&project, &["-m", "bb by hand"], "alter table t add b int;", "");
    let behind = import(&project, &["--revisions", "bb:heads"]);
    assert_eq!(behind.status, 0, "{behind}");
    assert!(behind.stderr.contains("revision cc has no way down: it asks for rows"), "{behind}");
    let listed = project.environment.run(&["revision", "history", "--offline", "--json"]).json();
    let listed = listed["revisions"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0]["message"], "cc third");
    assert_eq!(listed[0]["parents"][0], listed[1]["id"]);
    assert_eq!(listed[1]["parents"][0], listed[2]["id"]);
    project.done(&["upgrade"]);
    let down = project.run(&["downgrade", "-1"]);
    assert!(down.stderr.contains("has no way down"), "{down}");
    let unknown = import(&project, &["--revisions", "heads"]);
    assert_eq!(unknown.status, 2, "{unknown}");
    let again = import(&project, &["--revisions", "base:aa"]);
    assert!(again.stderr.contains("has revisions already"), "{again}");
}

#[test]
fn what_comes_behind_a_revision_is_imported_without_those_before_it() {
    let project = Project::new();
    project.environment.write("alembic", FAILS_AT_BB);
    let behind = import(&project, &["--revisions", "bb:heads"]);
    assert_eq!(behind.status, 0, "{behind}");
    assert!(behind.stderr.contains("a database must stand at bb of Alembic"), "{behind}");
    assert!(behind.stdout.contains("revisions/0001_cc_third.up.sql"), "{behind}");
}

#[test]
fn a_revision_that_asks_for_rows_is_not_imported_as_if_it_did_nothing() {
    let project = Project::new();
    project.environment.write(
        "alembic",
        "case \"$3\" in upgrade) printf '%s\\n' '-- Running upgrade  -> aa' 'SELECT id, name FROM users;' ;; esac",
    );
    let refused = import(&project, &[]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("revision aa of Alembic: it asks for rows"), "{refused}");
    assert!(refused.stderr.contains("op.execute"), "{refused}");
    assert_eq!(
        std::fs::read_dir(project.environment.folder().join("revisions")).unwrap().count(),
        0
    );
}

/// What catches errors, or looks whether there is a database, may do more than is printed.
#[test]
fn what_the_sql_may_not_tell_is_said() {
    let project = Project::new();
    project
        .environment
        .write("aa.py", "def upgrade():\n    if context.is_offline_mode():\n        return\n");
    project.environment.write(
        "alembic",
        "case \"$3$4\" in upgrade*) printf '%s\\n' '-- Running upgrade  -> aa' 'CREATE TABLE t ();' ;; \
         history--verbose) printf '%s\\n' 'Rev: aa (head)' 'Parent: <base>' 'Path: aa.py' ;; esac",
    );
    let imported = import(&project, &[]);
    assert_eq!(imported.status, 0, "{imported}");
    let said = "revision aa acts otherwise without a database (aa.py:2)";
    assert!(imported.stderr.contains(said), "{imported}");
    assert!(
        imported.stderr.contains("look whether its sqlalchemy.url is one of PostgreSQL"),
        "{imported}"
    );
}
