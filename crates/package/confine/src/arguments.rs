//! The command line that leads into a root: nothing, `bwrap ...` or `chroot ROOT`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Bind, Confine, Error};

/// Mount points that programs expect, hidden from the tree while one runs: what is written there
/// at build time must not be found in the image.
const SCRATCH: [&str; 2] = ["/run", "/tmp"];

/// A wrapper's command line, waiting for the program to run.
pub(crate) struct Entry {
    /// The wrapper and its arguments; empty when the program is run directly.
    wrapper: Vec<OsString>,
    program: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    directory: PathBuf,
}

impl Entry {
    pub(crate) fn arg_program(&mut self, program: &OsStr) {
        self.program.push(program.to_owned());
    }

    /// The command without the program's own arguments.
    pub(crate) fn finish(self) -> Command {
        let mut words = self.wrapper.into_iter().chain(self.program);
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            .env_clear()
            .envs(self.environment)
            .current_dir(self.directory);
        command
    }
}

impl Confine {
    /// Choose the way into the root.
    pub(crate) fn entry(&self) -> Result<Entry, Error> {
        if self.is_system() {
            return Ok(self.enter(Vec::new(), self.directory.clone()));
        }
        if let Some(bwrap) = find_program("bwrap") {
            return Ok(self.enter(self.bubblewrap(&bwrap), PathBuf::from("/")));
        }
        self.chroot()
    }

    fn enter(&self, wrapper: Vec<OsString>, directory: PathBuf) -> Entry {
        Entry {
            wrapper,
            program: Vec::new(),
            environment: self.variables(),
            directory,
        }
    }

    /// chroot(8) from coreutils; only root may, and only without binds.
    fn chroot(&self) -> Result<Entry, Error> {
        let root = self.root.clone();
        let chroot = find_program("chroot").filter(|_| rustix::process::geteuid().is_root());
        let chroot = chroot.ok_or_else(|| Error::NoWayIn { root: root.clone() })?;
        if !self.binds.is_empty() || self.read_only || self.user.is_some() {
            return Err(Error::NoBinds { root });
        }
        Ok(self.enter(vec![chroot.into(), root.into()], PathBuf::from("/")))
    }

    fn bubblewrap(&self, bwrap: &Path) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec![bwrap.into()];
        words.extend(namespaces(self.network));
        words.extend(users(self.user));
        words.push("--die-with-parent".into());
        if !self.terminal {
            words.push("--new-session".into());
        }
        let how = if self.read_only { "--ro-bind" } else { "--bind" };
        words.extend([how.into(), self.root.clone().into(), "/".into()]);
        words.extend(["--dev", "/dev", "--proc", "/proc"].map(OsString::from));
        words.extend(self.scratch());
        words.extend(self.binds.iter().flat_map(bind_words));
        words.extend(["--chdir".into(), self.directory.clone().into(), "--".into()]);
        words
    }

    /// Empty memory file systems over the scratch folders the tree has. Where it has none, making
    /// one would leave a trace in the tree.
    fn scratch(&self) -> Vec<OsString> {
        let present = |path: &&&str| self.root.join(path.trim_start_matches('/')).is_dir();
        SCRATCH
            .iter()
            .filter(present)
            .flat_map(|path| ["--tmpfs".into(), OsString::from(path)])
            .collect()
    }
}

/// Own namespaces, except that of users.
fn namespaces(network: bool) -> Vec<OsString> {
    let mut words = vec![
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ];
    if !network {
        words.push("--unshare-net");
    }
    words.into_iter().map(OsString::from).collect()
}

/// Root keeps the host's users, because files must belong to whom they say; an ordinary user becomes root of a user
/// namespace that holds only himself. Who is asked for by number is alone in his namespace in any case.
fn users(number: Option<u32>) -> Vec<OsString> {
    let alone = |number: u32| {
        let number = number.to_string();
        ["--unshare-user", "--uid", &number, "--gid", &number].map(OsString::from)
    };
    match number {
        Some(number) => alone(number).to_vec(),
        None if rustix::process::geteuid().is_root() => Vec::new(),
        None => [&alone(0)[..], &["--cap-add", "ALL"].map(OsString::from)].concat(),
    }
}

fn bind_words(bind: &Bind) -> [OsString; 3] {
    let how = if bind.writable { "--bind" } else { "--ro-bind" };
    [how.into(), bind.from.clone().into(), bind.to.clone().into()]
}

/// The first executable of this name in the caller's search path or the usual system folders.
fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(usual)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
