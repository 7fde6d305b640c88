//! The files below `/etc/nftables/managed.d`: `iptables.rules`, which says what is kept and which `iptables-restore`
//! would take too, and what `/etc/nftables/firewall.nft` loads at boot: `iptables.nft`, made from it, and `tables.nft`,
//! the tables as nft wrote them.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use atomic_file::AtomicFile;
use rustix::fs::{FlockOperation, flock};

use crate::Firewall;
use crate::error::Error;
use crate::iptables::{IpVersion, Rule};
use crate::managed::{HookChain, boot_file};
use crate::nft::protection;

const DIRECTORY: &str = "etc/nftables/managed.d";

/// Only root reads what the filter is.
const MODE: u32 = 0o600;

/// A rule that is there again after a restart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) version: IpVersion,
    pub(crate) chain: HookChain,
    pub(crate) rule: Rule,
}

#[derive(Debug)]
pub(crate) struct Store {
    directory: PathBuf,
}

/// Files that are written and not yet in place.
pub(crate) struct Pending(Vec<AtomicFile>);

impl Pending {
    pub(crate) fn commit(self) -> Result<(), Error> {
        self.0
            .into_iter()
            .try_for_each(AtomicFile::commit)
            .map_err(Error::from)
    }
}

impl Store {
    pub(crate) fn below(root: &Path) -> Self {
        Store {
            directory: root.join(DIRECTORY),
        }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// One change at a time; the lock goes with the file.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        let failed = |source| Error::Directory {
            path: self.directory.clone(),
            source,
        };
        fs::create_dir_all(&self.directory).map_err(failed)?;
        let directory = File::open(&self.directory).map_err(failed)?;
        flock(&directory, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
        Ok(directory)
    }

    fn rules_path(&self) -> PathBuf {
        self.directory.join("iptables.rules")
    }

    /// The rules that are kept; none if there is no file.
    pub(crate) fn rules(&self) -> Result<Vec<Kept>, Error> {
        let path = self.rules_path();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(Error::Read { path, source }),
        };
        let lines = text.lines().enumerate().filter_map(|(at, line)| {
            let failed = |why| Error::Line {
                path: path.clone(),
                line: at + 1,
                why,
            };
            kept_line(line).map(|kept| kept.map_err(failed))
        });
        lines.collect()
    }

    /// Writes the files beside those that they replace.
    pub(crate) fn prepare(&self, kept: &[Kept]) -> Result<Pending, Error> {
        let boot = self.begin("iptables.nft", &boot_file(kept))?;
        Ok(Pending(vec![
            self.begin("iptables.rules", &rules_file(kept))?,
            boot,
        ]))
    }

    fn begin(&self, name: &str, text: &str) -> Result<AtomicFile, Error> {
        let path = self.directory.join(name);
        let mut file = AtomicFile::create_with_mode(&path, MODE)?;
        let written = file.write_all(text.as_bytes());
        written.map_err(|source| atomic_file::Error::Write { path, source })?;
        Ok(file)
    }
}

/// `-4 -A INPUT ...` or `-6 -A INPUT ...`; nothing in a line of another kind that iptables-restore has.
fn kept_line(line: &str) -> Option<Result<Kept, String>> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', '*', ':']) || line == "COMMIT" {
        return None;
    }
    Some(kept(line))
}

fn kept(line: &str) -> Result<Kept, String> {
    let bad = || format!("{line:?} is not -4 or -6, -A, CHAIN and a rule");
    let (version, rest) = line.split_once(" -A ").ok_or_else(bad)?;
    let version = match version {
        "-4" => IpVersion::Ipv4,
        "-6" => IpVersion::Ipv6,
        _ => return Err(bad()),
    };
    let (chain, spec) = rest.split_once(' ').ok_or_else(bad)?;
    let chain = chain.parse().map_err(|error: Error| error.to_string())?;
    let rule = Rule::parse(spec, version).map_err(|error| error.to_string())?;
    Ok(Kept { version, chain, rule })
}

fn rules_file(kept: &[Kept]) -> String {
    let line = |kept: &Kept| {
        let flag = match kept.version {
            IpVersion::Ipv4 => "-4",
            IpVersion::Ipv6 => "-6",
        };
        format!(
            "{flag} -A {} {}\n",
            kept.chain.word(),
            kept.rule.spec(kept.version)
        )
    };
    let rules: String = kept.iter().map(line).collect();
    format!(
        "# The rules that the firewall keeps; `pmd-cli firewall restore` puts them in force.\n*filter\n{rules}COMMIT\n"
    )
}

impl Firewall {
    /// Keeps the tables that are not somebody else's as they are now, for the next boot. Returns the file.
    pub fn save(&self) -> Result<PathBuf, Error> {
        let _lock = self.store.lock()?;
        let mut text =
            "# Tables as they were when they were saved; the next save replaces this.\n".to_owned();
        for table in self.ruleset()?.tables {
            let table = table.table();
            if protection(&table).is_some() {
                continue;
            }
            let words = self
                .nft
                .words("-s", &["list", "table", table.family.word(), table.name.as_str()])?;
            text.push_str(&format!("table {table}\ndelete table {table}\n{words}\n"));
        }
        let file = self.store.begin("tables.nft", &text)?;
        file.commit()?;
        Ok(self.store.directory().join("tables.nft"))
    }

    /// Puts the saved tables in force.
    pub fn load_saved(&self) -> Result<(), Error> {
        let path = self.store.directory().join("tables.nft");
        match fs::read_to_string(&path) {
            Ok(text) => self.nft.apply(&text, "the saved tables"),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(source) => Err(Error::Read { path, source }),
        }
    }
}
