//! Configuration in other forms: YAML as netplan has it, and the kernel command line as dracut has it.
//!
//! Both become files of networkd that say in their first line where they come from. Such a file is written anew
//! each time; one without that line is somebody's own and is never touched. Files that an earlier run has made and
//! that nothing asks for any more go.

mod cmdline;
mod draft;
mod tree;
mod yaml;

use std::path::{Path, PathBuf};

use networkd::Document;

use crate::error::Error;
use crate::session::Session;
use draft::Draft;

/// Where the YAML files of the system are.
const FOLDER: &str = "/etc/network-config-manager/yaml";

/// What the first line of a file that was made starts with.
const MARK: &str = "# Made by nmctl from ";

/// Where a configuration comes from. Those of one source replace each other.
const YAML: &str = "YAML";
const CMDLINE: &str = "the kernel command line";

/// Writes what YAML files say, which together are the whole configuration in this form.
pub fn apply_yaml(session: &mut Session, files: &[(PathBuf, String)]) -> Result<(), Error> {
    write(session, YAML, yaml::read(files)?)
}

/// Writes what the YAML files of the system say.
pub fn apply_folder(session: &mut Session) -> Result<(), Error> {
    let folder = session.layout().path(FOLDER);
    let mut files = Vec::new();
    for path in names(&folder)? {
        files.push((path.clone(), text(&path)?));
    }
    if files.is_empty() {
        let text = format!("there is no *.yaml or *.yml in {}", folder.display());
        return Err(Error::NotFound(text));
    }
    apply_yaml(session, &files)
}

/// Writes what a kernel command line says.
pub fn apply_cmdline(session: &mut Session, line: &str) -> Result<(), Error> {
    write(session, CMDLINE, cmdline::read(line)?)
}

/// A file's text.
pub(crate) fn text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::File {
        what: "read",
        path: path.to_owned(),
        source,
    })
}

fn names(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::File {
        what: "list",
        path: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Puts the drafts into their files and removes those that nothing asks for any more.
fn write(session: &mut Session, source: &str, drafts: Vec<Draft>) -> Result<(), Error> {
    let mark = format!("{MARK}{source}; changes are lost when that is applied again.\n");
    drafts.iter().try_for_each(Draft::check)?;
    let folder = session.layout().network_dir();
    let mut wanted = Vec::new();
    for draft in &drafts {
        for (suffix, text) in draft.files() {
            let path = folder.join(format!("{}.{suffix}", draft.file_name()));
            put(session, &path, &mark, &text)?;
            wanted.push(path);
        }
        for (name, key) in draft.keys() {
            let path = folder.join(name);
            *session.file(&path)? = Document::parse(format!("{key}\n").as_bytes());
        }
    }
    for path in made(session, &folder, &mark)? {
        if !wanted.contains(&path) {
            session.remove(&path)?;
        }
    }
    Ok(())
}

fn put(session: &mut Session, path: &Path, mark: &str, text: &str) -> Result<(), Error> {
    let is_ours = is_made(session, path, MARK)?;
    if session.exists(path)? && !is_ours {
        let text = format!(
            "{} was not made by nmctl apply and would be lost; rename it, or take the interface out",
            path.display()
        );
        return Err(Error::Exists(text));
    }
    *session.file(path)? = Document::parse(format!("{mark}{text}").as_bytes());
    Ok(())
}

fn is_made(session: &mut Session, path: &Path, mark: &str) -> Result<bool, Error> {
    Ok(session.file(path)?.to_bytes().starts_with(mark.as_bytes()))
}

/// The files that an earlier run has made.
fn made(session: &mut Session, folder: &Path, mark: &str) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for suffix in [".network", ".netdev", ".link"] {
        for path in session.layout().files(suffix)? {
            if path.starts_with(folder) && is_made(session, &path, mark)? {
                found.push(path);
            }
        }
    }
    Ok(found)
}
