//! Where the managed server is, and where its programs may be found.

use super::{Environment, STATE_FOLDER};
use sealift_engine::local::{BinSearch, LocalServer};
use std::path::PathBuf;

impl Environment {
    /// Returns the managed server of a folder, `.sealift/pg` when none was typed.
    pub(crate) fn local_server(&self, typed: Option<PathBuf>) -> LocalServer {
        let folder = typed.unwrap_or_else(|| PathBuf::from(STATE_FOLDER).join("pg"));
        LocalServer::new(folder, self.bin_search())
    }

    fn bin_search(&self) -> BinSearch {
        let folder = |name: &str| self.variable(name).map(|setting| PathBuf::from(setting.value));
        let home = folder("HOME");
        let beside_program = std::env::current_exe()
            .ok()
            .and_then(|program| Some(program.parent()?.parent()?.to_owned()));
        let python = [
            folder("VIRTUAL_ENV"),
            folder("CONDA_PREFIX"),
            beside_program,
            home.as_ref().map(|home| home.join(".local")),
        ];
        BinSearch {
            given: folder("PG_BINDIR"),
            path: self.variable("PATH").map(|setting| setting.value.into()),
            library_path: self.variable("LD_LIBRARY_PATH").map(|setting| setting.value.into()),
            python_prefixes: python.into_iter().flatten().collect(),
            node_folders: [Some(PathBuf::from(".")), home].into_iter().flatten().collect(),
        }
    }
}
