//! The kernel's settings: sysctl(8), and sysctl.d(5) for those that are to last.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use atomic_file::AtomicFile;
use rustix::fs::PROC_SUPER_MAGIC;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Our file. It is read after those of the distribution, so that what is set here counts.
const FILE: &str = "etc/sysctl.d/90-pmd.conf";

/// The name of a setting: parts of letters, digits and `_-`, between dots or slashes. The first separator is the one that
/// counts; the other one then stands for a dot within a part, as the names of VLANs have it:
/// `net/ipv4/conf/eth0.7/forwarding` and `net.ipv4.conf.eth0/7.forwarding` are the same (sysctl.d(5)).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(Vec<String>);

impl Key {
    /// Checks a name.
    pub fn new(text: &str) -> Result<Self, Error> {
        let separator = text.chars().find(|c| ['.', '/'].contains(c)).unwrap_or('.');
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-@:.".contains(c);
        let part = |part: &str| {
            let dots = part.chars().all(|c| c == '.');
            !part.is_empty() && !dots && part.chars().all(plain)
        };
        let parts: Vec<String> = text.split(separator).map(|part| part.replace('/', ".")).collect();
        match text.len() <= 256 && parts.len() >= 2 && parts.iter().all(|text| part(text)) {
            true => Ok(Key(parts)),
            false => Err(Error::Value {
                what: "setting",
                value: text.to_owned(),
                why: "names of letters, digits and _- with dots between them, such as net.ipv4.ip_forward",
            }),
        }
    }

    fn path(&self, root: &Path) -> PathBuf {
        self.0
            .iter()
            .fold(root.join("proc/sys"), |path, part| path.join(part))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(|part| part.replace('.', "/")).collect();
        f.write_str(&parts.join("."))
    }
}

impl TryFrom<String> for Key {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Key::new(&text)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        key.to_string()
    }
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Its name.
    pub key: String,
    /// Its value now; nothing if it cannot be read.
    pub value: Option<String>,
    /// The value that our file sets at boot, if it does.
    pub persistent: Option<String>,
}

/// The settings of a kernel, and the file below a root directory.
#[derive(Debug, Clone)]
pub struct Sysctl {
    root: PathBuf,
}

impl Sysctl {
    /// The running host's.
    pub fn host() -> Self {
        Self::below(Path::new("/"))
    }

    /// With `/proc/sys` and `/etc/sysctl.d` below another root directory.
    pub fn below(root: &Path) -> Self {
        Sysctl {
            root: root.to_owned(),
        }
    }

    /// A setting.
    pub fn get(&self, key: &Key) -> Result<Value, Error> {
        let path = key.path(&self.root);
        let value = fs::read_to_string(&path).map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory => {
                Error::NotFound(format!("setting {key}"))
            }
            _ => Error::Read { path, source },
        })?;
        let persistent = self.kept()?.remove(&key.to_string());
        Ok(Value {
            key: key.to_string(),
            value: Some(value.trim_end().to_owned()),
            persistent,
        })
    }

    /// All settings whose name begins so, by name.
    pub fn list(&self, prefix: &str) -> Result<Vec<Value>, Error> {
        let mut kept = self.kept()?;
        let mut found = Vec::new();
        let base = self.root.join("proc/sys");
        walk(&base, &mut Vec::new(), &mut found);
        let mut values: Vec<Value> = found
            .into_iter()
            .filter_map(|(parts, path)| {
                let key = Key(parts).to_string();
                key.starts_with(prefix).then(|| Value {
                    persistent: kept.remove(&key),
                    value: fs::read_to_string(path)
                        .ok()
                        .map(|text| text.trim_end().to_owned()),
                    key,
                })
            })
            .collect();
        values.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(values)
    }

    /// Sets a setting, with `persistent` also at each boot. The file is changed only when the kernel has taken the
    /// value.
    pub fn set(&self, key: &Key, value: &str, persistent: bool) -> Result<Value, Error> {
        let known = !value.is_empty()
            && value.len() <= 1024
            && !value.contains(|c: char| c.is_control() && c != '\t');
        if !known {
            return Err(Error::Value {
                what: "value",
                value: value.to_owned(),
                why: "one line of up to 1024 characters",
            });
        }
        self.check_own()?;
        self.get(key)?;
        let pending = match persistent {
            true => {
                let mut kept = self.kept()?;
                kept.insert(key.to_string(), value.to_owned());
                Some(self.begin(&kept)?)
            }
            false => None,
        };
        fs::write(key.path(&self.root), format!("{value}\n")).map_err(|source| Error::Kernel {
            key: key.to_string(),
            value: value.to_owned(),
            source,
        })?;
        pending.map_or(Ok(()), AtomicFile::commit)?;
        self.get(key)
    }

    /// Does not set a setting at boot any more.
    pub fn forget(&self, key: &Key) -> Result<(), Error> {
        let mut kept = self.kept()?;
        match kept.remove(&key.to_string()) {
            Some(_) => Ok(self.begin(&kept)?.commit()?),
            None => Err(Error::NotFound(format!("setting {key} in /{FILE}"))),
        }
    }

    /// Sets what our file says, as at boot.
    pub fn load(&self) -> Result<(), Error> {
        for (key, value) in self.kept()? {
            self.set(&Key::new(&key)?, &value, false)?;
        }
        Ok(())
    }

    /// A tree in which somebody has mounted /proc, to run programs there, shows the settings of the running kernel. These
    /// are the host's, and not the tree's to change.
    fn check_own(&self) -> Result<(), Error> {
        let settings = self.root.join("proc/sys");
        let of_kernel = rustix::fs::statfs(&settings).is_ok_and(|found| found.f_type == PROC_SUPER_MAGIC);
        match of_kernel && self.root != Path::new("/") {
            true => Err(Error::Foreign(settings)),
            false => Ok(()),
        }
    }

    fn kept(&self) -> Result<BTreeMap<String, String>, Error> {
        let path = self.root.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(source) => return Err(Error::Read { path, source }),
        };
        let line = |line: &str| {
            let (key, value) = line.split_once('=')?;
            let key = Key::new(key.trim().trim_start_matches('-')).ok()?;
            Some((key.to_string(), value.trim().to_owned()))
        };
        Ok(text
            .lines()
            .filter(|line| !line.trim_start().starts_with(['#', ';']))
            .filter_map(line)
            .collect())
    }

    /// The new file, beside the one that it replaces.
    fn begin(&self, kept: &BTreeMap<String, String>) -> Result<AtomicFile, Error> {
        let path = self.root.join(FILE);
        let lines: String = kept
            .iter()
            .map(|(key, value)| format!("{key} = {value}\n"))
            .collect();
        let text =
            format!("# Settings that the management API keeps; see `pmd-cli system sysctls`.\n{lines}");
        let failed = |source| atomic_file::Error::Write {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(path.parent().unwrap_or(&self.root)).map_err(failed)?;
        let mut file = AtomicFile::create(&path)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        Ok(file)
    }
}

/// All files below a directory, with their names. What cannot be read is left out.
fn walk(directory: &Path, parts: &mut Vec<String>, found: &mut Vec<(Vec<String>, PathBuf)>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        parts.push(name);
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), parts, found),
            Ok(kind) if kind.is_file() => found.push((parts.clone(), entry.path())),
            _ => {}
        }
        parts.pop();
    }
}
