use super::*;
use crate::args::{Args, Command, SourceArgs};
use clap::Parser;
use std::path::PathBuf;

pub(super) fn environment(
    variables: &[(&str, &str)],
    dotenv: &[(&str, &str)],
    file: &str,
) -> Environment {
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    Environment {
        variables: map(variables),
        dotenv: map(dotenv),
        file: ConfigFile::parse(file).unwrap(),
        processors: 4,
        terminal: false,
    }
}

fn migrate(words: &[&str]) -> MigrationArgs {
    let words = ["sealift", "migrate"].iter().chain(words);
    let parsed = Args::try_parse_from(words).unwrap();
    let Command::Migrate(args) = parsed.command else { panic!("{parsed:?}") };
    args.migration
}

fn target(environment: &Environment) -> String {
    let setting = environment.target(None, "--to").unwrap();
    match setting.value {
        Target::Local => format!("local from {}", setting.origin),
        Target::Server(text) => format!("{text} from {}", setting.origin),
    }
}

#[test]
fn flag_beats_file_beats_environment_beats_dotenv() {
    let all = environment(
        &[("SEALIFT_SOURCE", "environment.db")],
        &[("SEALIFT_SOURCE", "dotenv.db")],
        "source = 'file.db'",
    );
    let source = |environment: &Environment, args: &SourceArgs| {
        let setting = environment.source(args).unwrap();
        format!("{} from {}", setting.value.display(), setting.origin)
    };
    let typed = SourceArgs { source: Some("typed.db".into()), sqlite_path: None };
    assert_eq!(source(&all, &typed), "typed.db from SOURCE");
    let none = SourceArgs::default();
    assert_eq!(source(&all, &none), "file.db from sealift.toml");
    let two = environment(
        &[("SEALIFT_SOURCE", "environment.db")],
        &[("SEALIFT_SOURCE", "dotenv.db")],
        "",
    );
    assert_eq!(source(&two, &none), "environment.db from SEALIFT_SOURCE");
    let one = environment(&[], &[("SEALIFT_SOURCE", "dotenv.db")], "");
    assert_eq!(source(&one, &none), "dotenv.db from SEALIFT_SOURCE in .env");
}

#[test]
fn a_sqlite_database_url_is_the_source_and_never_the_target() {
    let both = environment(
        &[("DATABASE_URL", "sqlite+aiosqlite:///app.db")],
        &[("DATABASE_URL", "postgresql://h/d")],
        "",
    );
    let source = both.source(&SourceArgs::default()).unwrap();
    assert_eq!(source.value, PathBuf::from("app.db"));
    assert_eq!(target(&both), "postgresql://h/d from DATABASE_URL in .env");
}

#[test]
fn the_target_falls_back_to_pg_variables_and_then_to_local() {
    assert_eq!(target(&environment(&[], &[], "")), "local from default");
    assert_eq!(target(&environment(&[("PGHOST", "db")], &[], "")), " from PGHOST");
    assert_eq!(target(&environment(&[("DATABASE_URL", " ")], &[], "")), "local from default");
    let order = environment(&[("DATABASE_URL", "b"), ("POSTGRES_URL", "a")], &[], "");
    assert_eq!(target(&order), "a from POSTGRES_URL");
    assert_eq!(
        target(&environment(&[("PGHOST", "db")], &[], "target = 'local'")),
        "local from sealift.toml"
    );
}

#[test]
fn no_source_and_a_sqlite_target_are_usage_errors() {
    let empty = environment(&[], &[], "");
    let error = empty.source(&SourceArgs::default()).unwrap_err();
    assert_eq!(error.kind.exit().status(), 2);
    let error = empty.target(Some(&"sqlite:///x.db".to_owned()), "--to").unwrap_err();
    assert_eq!(error.message, "the target given by --to is a SQLite URL");
}

#[test]
fn into_follows_the_flags() {
    let empty = environment(&[], &[], "");
    let into = |words: &[&str]| empty.run_settings(&migrate(words)).map(|settings| settings.into);
    assert_eq!(into(&[]), Ok(Into::Create));
    assert_eq!(into(&["--force-recreate"]), Ok(Into::Recreate));
    assert_eq!(into(&["--into", "existing", "--truncate"]), Ok(Into::ExistingTruncate));
    assert_eq!(into(&["--data-only"]), Ok(Into::Existing));
    assert_eq!(into(&["--data-only", "--truncate"]), Ok(Into::ExistingTruncate));
    assert!(into(&["--truncate"]).is_err());
    assert!(into(&["--into", "recreate", "--truncate"]).is_err());
    assert!(into(&["--into", "create", "--data-only"]).is_err());
}

#[test]
fn the_file_gives_what_was_not_typed() {
    let file = environment(
        &[],
        &[],
        "verify = 'counts'\nmemory = '1GB'\nstrict = true\nbackup = false\nschema = 'app'\njobs = 3",
    );
    let run = file.run_settings(&migrate(&[])).unwrap();
    assert_eq!((run.verify, run.strict, run.backup), (VerifyLevel::Counts, true, false));
    let run = file.run_settings(&migrate(&["--verify", "none"])).unwrap();
    assert_eq!(run.verify, VerifyLevel::None);
    let options = file.plan_options(&SelectArgs::default()).unwrap();
    assert_eq!((options.schema.as_str(), options.jobs, options.memory), ("app", 3, Some(1 << 30)));
    let typed = SelectArgs { memory: Some("64MB".into()), ..SelectArgs::default() };
    assert_eq!(file.plan_options(&typed).unwrap().memory, Some(64 << 20));
}

#[test]
fn absurd_numbers_are_refused() {
    let empty = environment(&[], &[], "");
    assert!(empty.plan_options(&SelectArgs { jobs: Some(0), ..SelectArgs::default() }).is_err());
    let little = SelectArgs { memory: Some("1MB".into()), ..SelectArgs::default() };
    assert!(empty.plan_options(&little).is_err());
}
