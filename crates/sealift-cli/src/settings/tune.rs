//! What `tune` is about: which database, and what the application's own settings say.

use super::number::{POOL_RECYCLE, POOL_SIZE, POOL_TIMEOUT};
use super::{Environment, Origin, Setting, Target, size, source};
use crate::args::{ApplicationArgs, SourceArgs};
use crate::error::CommandResult;
use sealift_core::tune::application::{self, Application, PoolWish};

/// The database that the application works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tuned {
    /// A PostgreSQL server.
    Server(Setting<Target>),
    /// A SQLite file; why it is taken to be one.
    Sqlite(String),
    /// Nothing says which.
    Unsaid(Setting<Target>),
}

impl Environment {
    /// Returns the database that the application works on: PostgreSQL as soon as something names a server.
    pub(crate) fn tuned(
        &self,
        typed: Option<&String>,
        application: &ApplicationArgs,
    ) -> CommandResult<Tuned> {
        if typed.is_some_and(|text| source::is_sqlite_url(text)) {
            return Ok(Tuned::Sqlite("--to names a SQLite file".to_owned()));
        }
        let setting = self.target(typed, "--to")?;
        if setting.origin != Origin::Default {
            return Ok(Tuned::Server(setting));
        }
        // A file that is named and not found is an error of other commands; here its name is enough.
        if let Ok(file) = self.source(&SourceArgs::default()) {
            return Ok(Tuned::Sqlite(format!(
                "no server is named, and {} names a file",
                file.origin
            )));
        }
        let development = application::Environment::Development;
        match self.said_to_run_in(application) {
            Some(Setting { value: Some(said), origin }) if said == development => {
                Ok(Tuned::Sqlite(format!("no server is named, and {origin} is development")))
            }
            Some(_) | None => Ok(Tuned::Unsaid(setting)),
        }
    }

    /// Returns what is known of the application, and notes about what was not understood or not followed.
    pub(crate) fn application(
        &self,
        args: &ApplicationArgs,
    ) -> CommandResult<(Application, Vec<String>)> {
        let (environment, note) = self.runs_in(args);
        let wish = PoolWish {
            base: self.count(&POOL_SIZE)?,
            timeout: self.count(&POOL_TIMEOUT)?,
            recycle: self.count(&POOL_RECYCLE)?,
        };
        let never = self.number(&POOL_RECYCLE)? == Some(-1);
        let never = never.then(|| {
            "DB_POOL_RECYCLE says never; connections are replaced all the same, before a firewall or a pooler \
             ends them"
                .to_owned()
        });
        let application = Application {
            framework: args.framework,
            environment,
            workers: args.workers,
            instances: args.instances,
            processors: u64::try_from(self.processors()).unwrap_or(1),
            wish,
        };
        Ok((application, note.into_iter().chain(never).collect()))
    }

    fn runs_in(&self, args: &ApplicationArgs) -> (application::Environment, Option<String>) {
        match self.said_to_run_in(args) {
            None => (application::Environment::default(), None),
            Some(Setting { value: Some(environment), .. }) => (environment, None),
            Some(Setting { value: None, origin }) => {
                let note = format!(
                    "{origin} is none of development, staging, production, serverless; production is taken"
                );
                (application::Environment::default(), Some(note))
            }
        }
    }

    /// Returns what the argument, else the variable says; no value where the word is not known.
    fn said_to_run_in(
        &self,
        args: &ApplicationArgs,
    ) -> Option<Setting<Option<application::Environment>>> {
        if let Some(typed) = args.environment {
            let origin = Origin::Argument("--environment");
            return Some(Setting { value: Some(typed.into()), origin });
        }
        let word = self.variable("ENVIRONMENT")?;
        Some(Setting { value: application::Environment::of(word.value), origin: word.origin })
    }

    /// Returns the memory of the server's machine that was typed, in bytes.
    pub(crate) fn server_memory(&self, typed: Option<&String>) -> CommandResult<Option<u64>> {
        typed.map(|text| size::parse(text)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::environment;
    use super::*;
    use crate::args::{Args, Command};
    use clap::Parser;

    fn tuned(variables: &[(&str, &str)], typed: Option<&str>) -> Tuned {
        let typed = typed.map(str::to_owned);
        let args = ApplicationArgs::default();
        environment(variables, &[], "").tuned(typed.as_ref(), &args).unwrap()
    }

    #[test]
    fn postgresql_is_meant_as_soon_as_a_server_is_named() {
        let url = "postgresql://app@db/app";
        let both = [("ENVIRONMENT", "development"), ("DATABASE_URL", url)];
        assert!(matches!(tuned(&both, None), Tuned::Server(_)));
        assert!(matches!(tuned(&[("SQLITE_PATH", "a.db")], Some(url)), Tuned::Server(_)));
        assert!(matches!(tuned(&[("PGHOST", "db")], None), Tuned::Server(_)));
    }

    #[test]
    fn sqlite_is_meant_where_only_a_file_or_development_is_named() {
        for (variables, typed) in [
            (&[("ENVIRONMENT", "development")][..], None),
            (&[("DATABASE_URL", "sqlite:///app.db")], None),
            (&[("SQLITE_PATH", "app.db")], None),
            (&[], Some("sqlite:///app.db")),
        ] {
            assert!(matches!(tuned(variables, typed), Tuned::Sqlite(_)), "{variables:?}");
        }
        assert!(matches!(tuned(&[("ENVIRONMENT", "production")], None), Tuned::Unsaid(_)));
    }

    #[test]
    fn what_is_typed_wins_over_the_variable() {
        let typed = |name| {
            let parsed = Args::try_parse_from(["sealift", "tune", "--environment", name]).unwrap();
            let Command::Tune(args) = parsed.command else { panic!("{parsed:?}") };
            args.application
        };
        let here = environment(&[("ENVIRONMENT", "development")], &[], "");
        let production = typed("production");
        assert!(matches!(here.tuned(None, &production), Ok(Tuned::Unsaid(_))));
        let (application, notes) = here.application(&production).unwrap();
        assert_eq!(application.environment, application::Environment::Production);
        assert!(notes.is_empty(), "{notes:?}");
        let nothing = environment(&[], &[], "");
        let because = "no server is named, and --environment is development".to_owned();
        let tuned = nothing.tuned(None, &typed("development")).unwrap();
        assert_eq!(tuned, Tuned::Sqlite(because));
    }

    #[test]
    fn the_applications_settings_are_read() {
        let args = ApplicationArgs { instances: 2, ..ApplicationArgs::default() };
        let read = |variables: &[(&str, &str)]| environment(variables, &[], "").application(&args);
        let (application, notes) =
            read(&[("DB_POOL_SIZE", "5"), ("DB_POOL_TIMEOUT", " 10 "), ("ENVIRONMENT", "qa")])
                .unwrap();
        assert_eq!((application.wish.base, application.wish.timeout), (Some(5), Some(10)));
        assert_eq!(application.environment, application::Environment::Production);
        assert!(notes[0].starts_with("ENVIRONMENT is none of"), "{notes:?}");
        let (application, notes) = read(&[("DB_POOL_RECYCLE", "-1")]).unwrap();
        assert_eq!(application.wish.recycle, None);
        assert!(notes[0].starts_with("DB_POOL_RECYCLE says never"), "{notes:?}");
        assert!(read(&[("DB_POOL_SIZE", "many")]).is_err());
    }
}
