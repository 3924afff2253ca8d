//! The files of a managed server, and who may read them.

use super::user::ServerUser;
use crate::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind as IoKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The longest path of a Unix socket: `sun_path` has 108 bytes on Linux, one of them the NUL at the
/// end; 104 on macOS.
const LONGEST_SOCKET_PATH: usize = 103;

/// Everything that a managed server keeps in its folder. Nothing else is ever deleted, and a folder
/// that holds anything else is not taken.
const NAMES: [&str; 7] = ["data", "data.new", "password", "port", "server.log", "lock", "place"];

/// Where a managed server keeps its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The folder, readable for the server's user only.
    pub(super) folder: PathBuf,
}

impl Place {
    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn unfinished_data(&self) -> PathBuf {
        self.folder.join("data.new")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    pub(super) fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }

    fn port_file(&self) -> PathBuf {
        self.folder.join("port")
    }

    /// Returns the folder for the Unix socket, unless its path is too long for one, or holds what
    /// separates folders in the setting.
    pub(super) fn socket_folder(&self) -> Option<&Path> {
        let text = self.folder.to_str()?;
        let fits = text.len() + "/.s.PGSQL.65535".len() <= LONGEST_SOCKET_PATH;
        (fits && !text.contains([',', '"', '\\', '\n'])).then_some(self.folder.as_path())
    }

    /// Returns whether a server was ever made here.
    pub(super) fn exists(&self) -> bool {
        // Without our password it is somebody else's cluster, not ours to start or to delete.
        self.data().join("PG_VERSION").is_file() && self.password_file().is_file()
    }

    /// Returns the major version that the data are of.
    pub(super) fn major(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.data().join("PG_VERSION")).ok()?;
        super::find::read_major(text.trim())
    }

    /// Returns the password of the server's only role.
    pub(super) fn password(&self) -> Result<String> {
        let file = self.password_file();
        let text = std::fs::read_to_string(&file).map_err(|error| io("read", &file, error))?;
        Ok(text.trim().to_owned())
    }

    /// Returns the port of the last start.
    pub(super) fn port(&self) -> Option<u16> {
        std::fs::read_to_string(self.port_file()).ok()?.trim().parse().ok()
    }

    pub(super) fn keep_port(&self, port: u16) -> Result<()> {
        let file = self.port_file();
        std::fs::write(&file, format!("{port}\n")).map_err(|error| io("write", &file, error))
    }

    /// Writes the password where only the server's user reads it.
    pub(super) fn keep_password(&self, password: &str, user: &ServerUser) -> Result<()> {
        let file = self.password_file();
        remove(&file)?;
        let mut writer = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&file)
            .map_err(|error| io("make", &file, error))?;
        writeln!(writer, "{password}").map_err(|error| io("write", &file, error))?;
        user.own(&file)
    }

    /// Returns the end of the server's log.
    pub(super) fn log_tail(&self) -> String {
        let text = std::fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().rev().take(8).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Deletes the Unix socket of a server that is gone, and its lock file.
    pub(super) fn delete_sockets(&self) -> Result<()> {
        self.delete_files(is_socket)
    }

    fn delete_files(&self, chosen: fn(&str) -> bool) -> Result<()> {
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if chosen(&entry.file_name().to_string_lossy()) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Deletes the server's files, and the folder if nothing else is in it.
    pub(super) fn delete(&self) -> Result<()> {
        self.delete_files(is_ours)?;
        match std::fs::remove_dir(&self.folder) {
            Ok(()) => Ok(()),
            Err(error) if matches!(error.kind(), IoKind::DirectoryNotEmpty | IoKind::NotFound) => {
                Ok(())
            }
            Err(error) => Err(io("delete", &self.folder, error)),
        }
    }
}

/// Finds the place of a server without making anything; `None` when there is none yet.
pub(super) fn find_place(dir: &Path) -> Option<Place> {
    let pointer = std::fs::read_to_string(dir.join("place")).ok();
    let folder = pointer.map_or_else(|| dir.to_owned(), |text| PathBuf::from(text.trim()));
    Some(Place { folder }).filter(Place::exists)
}

/// Finds or makes the place of a server: `dir`, or where the server's user does not reach that, a
/// folder of its own below `fallback`, which `dir` then names.
pub(super) fn make_place(dir: &Path, fallback: &Path, user: &ServerUser) -> Result<Place> {
    if let Some(place) = find_place(dir) {
        return Ok(place);
    }
    refuse_foreign(dir)?;
    if user.reaches(dir) {
        let place = Place { folder: dir.to_owned() };
        close(&place.folder, user)?;
        return Ok(place);
    }
    let name = format!("{:016x}", crate::fnv::hash(dir.as_os_str().as_encoded_bytes()));
    let folder = fallback.join(name);
    make_folder(&folder)?;
    refuse_foreign(&folder)?;
    if !user.reaches(&folder) {
        return Err(Error::new(
            ErrorKind::Local,
            format!("PostgreSQL's user reaches neither {} nor {}", dir.display(), folder.display()),
        )
        .hinted("choose a folder that other users may enter, with --dir"));
    }
    close(&folder, user)?;
    let pointer = dir.join("place");
    std::fs::write(&pointer, format!("{}\n", folder.display()))
        .map_err(|error| io("write", &pointer, error))?;
    Ok(Place { folder })
}

/// Makes a folder and those above it, and returns its path without links.
pub(super) fn make_folder(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).map_err(|error| io("make folder", folder, error))?;
    folder.canonicalize().map_err(|error| io("open folder", folder, error))
}

/// Keeps others from starting or stopping the same server meanwhile. Ends with the value.
pub(super) fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("lock");
    let file = File::create(&path).map_err(|error| io("make", &path, error))?;
    file.lock().map_err(|error| io("lock", &path, error))?;
    Ok(file)
}

/// Refuses a folder that holds something that is not ours: it would change its owner.
pub(super) fn refuse_foreign(folder: &Path) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| io("read folder", folder, error))?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !is_ours(&name.to_string_lossy()) {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("folder {} is in use for something else", folder.display()),
            )
            .hinted("choose an empty folder, or one that is not there yet, with --dir"));
        }
    }
    Ok(())
}

/// Refuses a folder that holds a cluster but none of the files that every start of ours makes.
pub(super) fn refuse_unlocked(folder: &Path) -> Result<()> {
    if folder.join("lock").is_file() || !folder.join("data").exists() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Usage,
        format!("folder {} holds a server that is not ours", folder.display()),
    )
    .hinted("name the folder of `sealift local start` with --dir"))
}

/// Returns whether a file is ours: one of [`NAMES`], or the socket and its lock file.
fn is_ours(name: &str) -> bool {
    NAMES.contains(&name) || is_socket(name)
}

fn is_socket(name: &str) -> bool {
    name.starts_with(".s.PGSQL.")
}

/// Gives a folder to the server's user and to nobody else.
fn close(folder: &Path, user: &ServerUser) -> Result<()> {
    std::fs::set_permissions(folder, Permissions::from_mode(0o700))
        .map_err(|error| io("close folder", folder, error))?;
    user.own(folder)
}

/// Deletes a file or a folder with all in it, if it is there.
pub(super) fn remove(path: &Path) -> Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != IoKind::NotFound => Err(io("delete", path, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Returns what went wrong with a file.
pub(super) fn io(doing: &str, path: &Path, error: std::io::Error) -> Error {
    let message = format!("{doing} {}: {error}", path.display());
    Error::new(ErrorKind::Local, message).caused_by(error)
}
