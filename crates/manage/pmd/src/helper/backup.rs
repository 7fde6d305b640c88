//! Backup and restore of the configuration: the files in /etc that a host is told apart by.
//!
//! A restore first writes every file beside its place and only then renames them; when one cannot be written, none is
//! renamed, and when one cannot be renamed, those before it are put back.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pmd_api::backup::{Archive, File, Handler, Restore, Restored};
use pmd_api::{Empty, Problem};

use super::{Context, network};

/// What belongs to the configuration, below /etc: directories with all in them, and files.
const PLACES: [&str; 22] = [
    "hostname",
    "hosts",
    "localtime",
    "locale.conf",
    "resolv.conf",
    "fstab",
    "nftables",
    "nftables.conf",
    "pmd",
    "chrony.conf",
    "ssh/sshd_config",
    "ssh/sshd_config.d",
    "sudoers.d",
    "sysctl.d",
    "modules-load.d",
    "systemd",
    "tdnf",
    "yum.repos.d",
    "sssd",
    "krb5.conf",
    "docker",
    "containerd",
];
/// The largest file that is configuration.
const LARGEST: u64 = 1 << 20;

/// Does what the domain `backup` offers.
pub(super) struct Backup {
    context: Context,
}

impl Backup {
    /// For one call.
    pub(super) fn new(context: Context) -> Self {
        Backup { context }
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::failed(format!("cannot {what} {}: {error}", path.display()))
}

impl Handler for Backup {
    fn get(&mut self, _: Empty) -> Result<Archive, Problem> {
        let mut paths = Vec::new();
        for place in PLACES {
            collect(&self.context.path("/etc").join(place), &mut paths);
        }
        paths.sort();
        let files = paths
            .iter()
            .map(|path| self.pack(path))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Archive {
            format: 1,
            hostname: network::hostname(&self.context)?,
            created: crate::clock::now(),
            files,
        })
    }

    fn restore(&mut self, asked: Restore) -> Result<Restored, Problem> {
        if asked.archive.format != 1 {
            return Err(Problem::invalid(format!(
                "format {} is not known; 1 is",
                asked.archive.format
            )));
        }
        let wanted = asked
            .archive
            .files
            .iter()
            .map(|file| self.unpack(file))
            .collect::<Result<Vec<_>, _>>()?;
        let mut restored = Restored {
            changed: Vec::new(),
            added: Vec::new(),
            same: 0,
        };
        let mut different = Vec::new();
        for one in wanted {
            let shown = one.shown.clone();
            match fs::read(&one.path) {
                Ok(bytes) if bytes == one.content => {
                    restored.same += 1;
                    continue;
                }
                Ok(_) => restored.changed.push(shown),
                Err(_) => restored.added.push(shown),
            }
            different.push(one);
        }
        if !asked.dry_run {
            put(&different)?;
        }
        Ok(restored)
    }
}

/// A file to be put back.
struct Wanted {
    path: PathBuf,
    shown: String,
    content: Vec<u8>,
    mode: u32,
    owner: (u32, u32),
}

/// Regular files only: what a link points to is somebody else's.
fn collect(path: &Path, found: &mut Vec<PathBuf>) {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return;
    };
    if metadata.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| collect(&entry.path(), found));
    } else if metadata.is_file() && metadata.len() <= LARGEST {
        found.push(path.to_owned());
    }
}

impl Backup {
    fn pack(&self, path: &Path) -> Result<File, Problem> {
        let metadata = fs::metadata(path).map_err(|error| failed("read", path, &error))?;
        let content = fs::read(path).map_err(|error| failed("read", path, &error))?;
        let below = path.strip_prefix(&self.context.root).unwrap_or(path);
        Ok(File {
            path: format!("/{}", below.display()),
            mode: metadata.mode() & 0o7777,
            uid: metadata.uid(),
            gid: metadata.gid(),
            content: STANDARD.encode(content),
        })
    }

    /// Checks a file of an archive: it must be one that a backup would have, and reached through no link.
    fn unpack(&self, file: &File) -> Result<Wanted, Problem> {
        let refuse = |why: &str| Problem::invalid(format!("{}: {why}", file.path.escape_default()));
        let inside = file
            .path
            .strip_prefix("/etc/")
            .map(Path::new)
            .ok_or_else(|| refuse("only files in /etc"))?;
        let plain = inside
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !plain || file.path.contains('\0') || file.path.ends_with('/') {
            return Err(refuse("it is no plain path"));
        }
        if !PLACES.iter().any(|place| inside.starts_with(place)) {
            return Err(refuse("it is not part of a backup"));
        }
        let content = STANDARD
            .decode(&file.content)
            .map_err(|_| refuse("its content is no base64"))?;
        let path = self.context.path("/etc").join(inside);
        let mut above = path
            .ancestors()
            .skip(1)
            .take_while(|dir| *dir != self.context.root);
        if above.any(Path::is_symlink) || path.is_symlink() || path.is_dir() {
            return Err(refuse("a link or a directory is in its place"));
        }
        Ok(Wanted {
            path,
            shown: file.path.clone(),
            content,
            mode: file.mode & 0o777,
            owner: (file.uid, file.gid),
        })
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{end}"))
}

/// All or nothing.
fn put(wanted: &[Wanted]) -> Result<(), Problem> {
    let clean = |end| {
        wanted
            .iter()
            .for_each(|one| drop(fs::remove_file(beside(&one.path, end))))
    };
    let outcome = wanted.iter().try_for_each(stage).and_then(|()| {
        for (index, one) in wanted.iter().enumerate() {
            if let Err(problem) = swap(one) {
                wanted[..index].iter().rev().for_each(back);
                return Err(problem);
            }
        }
        Ok(())
    });
    clean("pmd-new");
    clean("pmd-old");
    outcome
}

fn stage(one: &Wanted) -> Result<(), Problem> {
    let fail = |error: io::Error| failed("write", &one.path, &error);
    if let Some(dir) = one.path.parent() {
        fs::create_dir_all(dir).map_err(fail)?;
    }
    let staged = beside(&one.path, "pmd-new");
    let _ = fs::remove_file(&staged);
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&staged)
        .map_err(fail)?;
    io::Write::write_all(&mut file, &one.content).map_err(fail)?;
    if rustix::process::geteuid().is_root() {
        let (uid, gid) = one.owner;
        std::os::unix::fs::fchown(&file, Some(uid), Some(gid)).map_err(fail)?;
    }
    file.set_permissions(fs::Permissions::from_mode(one.mode))
        .map_err(fail)?;
    file.sync_all().map_err(fail)
}

/// What is there becomes the old one, the new one takes its place.
fn swap(one: &Wanted) -> Result<(), Problem> {
    let old = beside(&one.path, "pmd-old");
    let _ = fs::remove_file(&old);
    match fs::hard_link(&one.path, &old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(failed("keep", &one.path, &error));
        }
        _ => {}
    }
    fs::rename(beside(&one.path, "pmd-new"), &one.path).map_err(|error| failed("replace", &one.path, &error))
}

fn back(one: &Wanted) {
    let old = beside(&one.path, "pmd-old");
    let outcome = match old.exists() {
        true => fs::rename(&old, &one.path),
        false => fs::remove_file(&one.path),
    };
    if let Err(error) = outcome {
        eprintln!(
            "<2>pmd-helper backup: {} cannot be put back: {error}",
            one.path.display()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> (tempfile::TempDir, Backup) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("etc/systemd/network")).unwrap();
        fs::write(root.path().join("etc/hostname"), "one\n").unwrap();
        fs::write(root.path().join("etc/systemd/network/a.network"), "[Match]\n").unwrap();
        let backup = Backup::new(Context::new(root.path(), String::new(), None));
        (root, backup)
    }

    fn ask(archive: &Archive, dry_run: bool) -> Restore {
        Restore {
            archive: archive.clone(),
            dry_run,
        }
    }

    #[test]
    fn what_was_backed_up_comes_back() {
        let (root, mut backup) = host();
        let archive = backup.get(Empty {}).unwrap();
        fs::write(root.path().join("etc/hostname"), "two\n").unwrap();
        fs::remove_file(root.path().join("etc/systemd/network/a.network")).unwrap();
        let would = backup.restore(ask(&archive, true)).unwrap();
        assert_eq!(
            fs::read_to_string(root.path().join("etc/hostname")).unwrap(),
            "two\n"
        );
        let did = backup.restore(ask(&archive, false)).unwrap();
        assert_eq!(would, did);
        assert_eq!((did.changed.len(), did.added.len()), (1, 1));
        let again = backup.get(Empty {}).unwrap();
        assert_eq!(again.files, archive.files);
        assert!(
            fs::read_dir(root.path().join("etc"))
                .unwrap()
                .flatten()
                .all(|entry| { !entry.file_name().to_string_lossy().contains("pmd-") })
        );
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        let (root, mut backup) = host();
        let mut archive = backup.get(Empty {}).unwrap();
        std::os::unix::fs::symlink("/tmp", root.path().join("etc/sysctl.d")).unwrap();
        for path in [
            "/etc/../root/x",
            "/etc/shadow",
            "/root/x",
            "etc/hostname",
            "/etc/hostname/",
            "/etc/systemd",
            "/etc/sysctl.d/x",
            "/etc/pmd/../shadow",
        ] {
            archive.files[0].path = path.to_owned();
            assert_eq!(
                backup.restore(ask(&archive, false)).unwrap_err().status,
                422,
                "{path}"
            );
        }
    }

    #[test]
    fn when_one_file_cannot_be_written_none_is() {
        let (root, mut backup) = host();
        let mut archive = backup.get(Empty {}).unwrap();
        archive.files[0].content = STANDARD.encode("changed\n");
        // A file is where a directory would have to be.
        fs::write(root.path().join("etc/pmd"), "").unwrap();
        archive.files.push(File {
            path: "/etc/pmd/x".to_owned(),
            ..archive.files[0].clone()
        });
        assert_eq!(backup.restore(ask(&archive, false)).unwrap_err().status, 500);
        assert_eq!(
            fs::read_to_string(root.path().join("etc/hostname")).unwrap(),
            "one\n"
        );
    }
}
