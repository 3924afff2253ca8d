//! Service files (`pg_service.conf`; manual section 34.17): named sets of keywords.

use super::{Defaults, Parameter, keywords, usage};
use crate::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// Returns the keywords of a service: from the user's own file, else from the machine's.
///
/// `named` is a file that was named and so must be there.
pub(super) fn find(
    service: &str,
    named: Option<&Path>,
    defaults: &Defaults,
) -> Result<Vec<Parameter>> {
    let own = match named {
        Some(file) if !file.is_file() => {
            return Err(usage(format!("there is no service file {}", file.display()))
                .hinted("check PGSERVICEFILE, or leave it out to use ~/.pg_service.conf"));
        }
        Some(file) => Some(file.to_path_buf()),
        None => defaults.service_file.clone().filter(|file| file.is_file()),
    };
    let systems = defaults.system_service_files.iter().filter(|file| file.is_file()).take(1);
    let files: Vec<PathBuf> = own.into_iter().chain(systems.cloned()).collect();
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|error| {
            Error::new(ErrorKind::Io, format!("read service file {}", file.display()))
                .caused_by(error)
        })?;
        if let Some(parameters) = look_up(&text, service)
            .map_err(|error| error.context(format!("service file {}", file.display())))?
        {
            return Ok(parameters);
        }
    }
    let looked = match files.as_slice() {
        [] => "there is no service file".to_owned(),
        files => {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            format!("looked in {}", files.join(" and "))
        }
    };
    Err(usage(format!("service {service} is not defined ({looked})"))
        .hinted("write it into ~/.pg_service.conf as [NAME] and lines KEYWORD=VALUE"))
}

/// Returns the keywords below `[service]`, `None` when there is no such line. Of a keyword that stands
/// there twice the first counts.
fn look_up(text: &str, service: &str) -> Result<Option<Vec<Parameter>>> {
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            if inside {
                return Ok(Some(parameters));
            }
            inside = rest.strip_suffix(']') == Some(service);
            continue;
        }
        if !inside {
            continue;
        }
        let broken = |why: &str| Err(usage(format!("line {}: {why}", index + 1)));
        if line.starts_with("ldap") {
            return broken("LDAP look-ups are not supported");
        }
        let Some((name, value)) = line.split_once('=') else {
            return broken("no `=` in it");
        };
        match name {
            "service" | "servicefile" => return broken("a service cannot name another"),
            name if !keywords::is_keyword(name) => return broken("libpq has no such keyword"),
            name if parameters.iter().any(|(earlier, _)| earlier == name) => {}
            name => parameters.push((name.to_owned(), value.to_owned())),
        }
    }
    Ok(inside.then_some(parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_the_lines_below_its_name() {
        let text = "# all\n[other]\nhost=no\n\n [shop] \nhost=db\n  port=6000\nhost=late\n[last]\nuser=x\n";
        let shop = look_up(text, "shop").unwrap().unwrap();
        assert_eq!(shop, [("host".into(), "db".into()), ("port".into(), "6000".into())]);
        assert_eq!(look_up(text, "last").unwrap().unwrap(), [("user".into(), "x".into())]);
        assert_eq!(look_up(text, "none").unwrap(), None);
        assert_eq!(look_up("[empty]", "empty").unwrap(), Some(Vec::new()));
    }

    #[test]
    fn a_value_may_hold_anything() {
        let found = look_up("[s]\npassword=a=b # 'c' \\d\n", "s").unwrap().unwrap();
        assert_eq!(found, [("password".into(), "a=b # 'c' \\d".into())]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_being_quoted() {
        for line in ["hunter2", "hunter2=x", "service=hunter2", "ldap://hunter2"] {
            let error = look_up(&format!("[s]\n{line}\n"), "s").unwrap_err();
            assert!(error.to_string().starts_with("line 2: "), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
