//! Programs that run from files that have been replaced since (proc(5): `maps`, `cgroup`, `cmdline`, `stat`).

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A process that still uses what is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outdated {
    pub(crate) pid: u32,
    /// Its command line.
    pub(crate) command: String,
    /// The service it belongs to, if it is one of the system's.
    pub(crate) unit: Option<String>,
    /// The files it maps that are no longer there under their names.
    pub(crate) files: Vec<String>,
}

/// All processes below a `/proc` that map deleted or replaced files; and how many could not be looked at,
/// which takes root's rights.
pub(crate) fn outdated(proc_dir: &Path, kept: &Path) -> io::Result<(Vec<Outdated>, usize)> {
    let mut found = Vec::new();
    let mut hidden = 0;
    for entry in fs::read_dir(proc_dir)?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        match fs::read_to_string(entry.path().join("maps")) {
            Ok(maps) => found.extend(process(pid, &entry.path(), &maps, kept)),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => hidden += 1,
            // It has ended meanwhile.
            Err(_) => {}
        }
    }
    found.sort_by_key(|process| process.pid);
    Ok((found, hidden))
}

fn process(pid: u32, dir: &Path, maps: &str, kept: &Path) -> Option<Outdated> {
    let files = replaced_files(maps, kept);
    if files.is_empty() {
        return None;
    }
    Some(Outdated {
        pid,
        command: command(dir),
        unit: fs::read_to_string(dir.join("cgroup"))
            .ok()
            .and_then(|text| unit(&text)),
        files,
    })
}

/// Paths of mapped files that were deleted or replaced. `kept` is where transactions keep what they replaced.
fn replaced_files(maps: &str, kept: &Path) -> Vec<String> {
    let files: BTreeSet<String> = maps.lines().filter_map(|line| replaced(line, kept)).collect();
    files.into_iter().collect()
}

/// `7f00-7f10 r-xp 00000000 08:01 1234   /usr/lib/libx.so (deleted)`
fn replaced(line: &str, kept: &Path) -> Option<String> {
    let path = &line[line.find('/')?..];
    let name = path.strip_suffix(" (deleted)");
    let real = name.unwrap_or(path);
    // Memory that only looks like a file, and files that programs make for themselves.
    let scratch = [
        "/memfd:",
        "/SYSV",
        "/dev/",
        "/drm",
        "/i915",
        "/anon_hugepage",
        "/[aio]",
        "/tmp/",
        "/var/tmp/",
        "/run/",
    ];
    if scratch.iter().any(|prefix| real.starts_with(prefix)) {
        return None;
    }
    (name.is_some() || Path::new(real).starts_with(kept)).then(|| real.to_owned())
}

/// The arguments, or the name in brackets for who has none.
fn command(dir: &Path) -> String {
    let bytes = fs::read(dir.join("cmdline")).unwrap_or_default();
    let words = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    let words: Vec<String> = words
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    if words.is_empty() {
        let name = fs::read_to_string(dir.join("comm")).unwrap_or_default();
        return format!("[{}]", name.trim());
    }
    // A line stays a line, whatever a process calls itself.
    words.join(" ").replace(|c: char| c.is_control(), "?")
}

/// The service in `0::/system.slice/sshd.service` (cgroups(7)). What belongs to a user's session is no service
/// that the administrator could restart.
fn unit(cgroup: &str) -> Option<String> {
    let path = cgroup.lines().find_map(|line| {
        line.strip_prefix("0::")
            .or_else(|| line.strip_prefix("1:name=systemd:"))
    })?;
    let mut parts = path.split('/');
    let service = parts.find(|part| part.ends_with(".service"))?;
    (!service.starts_with("user@")).then(|| unescape(service))
}

/// systemd writes a byte that may not stand in a name as `\x2d`.
fn unescape(name: &str) -> String {
    name.replace("\\x2d", "-")
}

/// When the machine was started, in seconds since 1970.
pub(crate) fn boot_time(proc_dir: &Path) -> Option<u32> {
    let stat = fs::read_to_string(proc_dir.join("stat")).ok()?;
    stat.lines()
        .find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

/// Where transactions keep replaced files.
pub(crate) fn kept_dir(root: &Path) -> PathBuf {
    crate::lock::state_dir(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
55a0-55a1 r-xp 00000000 08:01 12   /usr/sbin/daemon
7f00-7f01 r-xp 00000000 08:01 13   /usr/lib/libold.so.1 (deleted)
7f01-7f02 r--p 00001000 08:01 13   /usr/lib/libold.so.1 (deleted)
7f03-7f04 r--p 00000000 08:01 14   /var/lib/tdnf/undo/3/usr/lib/libkept.so
7f05-7f06 rw-s 00000000 00:05 15   /memfd:x (deleted)
7f07-7f08 rw-s 00000000 00:05 16   /dev/zero (deleted)
7f09-7f0a rw-p 00000000 00:00 0    [heap]
7f0b-7f0c rw-p 00000000 00:00 0
";

    #[test]
    fn only_files_that_packages_could_have_replaced_count() {
        let files = replaced_files(MAPS, Path::new("/var/lib/tdnf"));
        assert_eq!(
            files,
            ["/usr/lib/libold.so.1", "/var/lib/tdnf/undo/3/usr/lib/libkept.so"]
        );
    }

    #[test]
    fn a_service_is_told_from_a_session() {
        assert_eq!(
            unit("0::/system.slice/sshd.service\n").as_deref(),
            Some("sshd.service")
        );
        assert_eq!(
            unit("0::/system.slice/system-getty.slice/getty@tty1.service").as_deref(),
            Some("getty@tty1.service")
        );
        assert_eq!(
            unit("0::/system.slice/a\\x2db.service/sub").as_deref(),
            Some("a-b.service")
        );
        assert_eq!(
            unit("0::/user.slice/user-0.slice/user@0.service/app.slice/x.service"),
            None
        );
        assert_eq!(unit("0::/user.slice/user-0.slice/session-1.scope"), None);
        assert_eq!(unit("0::/"), None);
    }

    #[test]
    fn processes_are_read_from_a_proc_directory() {
        let dir = tempfile::tempdir().unwrap();
        for (pid, maps) in [
            ("12", MAPS),
            ("13", "7f00-7f01 r-xp 0 08:01 1 /usr/bin/new\n"),
            ("self", MAPS),
        ] {
            let process = dir.path().join(pid);
            fs::create_dir(&process).unwrap();
            fs::write(process.join("maps"), maps).unwrap();
            fs::write(process.join("cmdline"), "/usr/sbin/daemon\0-D\nx\0").unwrap();
            fs::write(process.join("cgroup"), "0::/system.slice/daemon.service\n").unwrap();
        }
        fs::write(dir.path().join("stat"), "cpu 1\nbtime 1700000000\n").unwrap();
        let (found, hidden) = outdated(dir.path(), Path::new("/var/lib/tdnf")).unwrap();
        assert_eq!((found.len(), hidden), (1, 0));
        assert_eq!(
            (found[0].pid, found[0].command.as_str()),
            (12, "/usr/sbin/daemon -D?x")
        );
        assert_eq!(found[0].unit.as_deref(), Some("daemon.service"));
        assert_eq!(boot_time(dir.path()), Some(1_700_000_000));
    }
}
