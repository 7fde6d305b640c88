//! Settings of the kernel: /proc/sys, and the API's own file in /etc/sysctl.d.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pmd_api::Problem;
use pmd_api::system::Sysctl;

use super::Context;

/// What the API sets at boot; sysctl.d(5).
const FILE: &str = "/etc/sysctl.d/90-pmd.conf";

/// The file of a setting. In a name with dots a slash stands for a dot, and the other way round (sysctl.d(5)).
fn file(context: &Context, key: &str) -> PathBuf {
    context.path("/proc/sys").join(path_of(key))
}

fn path_of(key: &str) -> String {
    let first = key.find(['.', '/']).map(|at| &key[at..=at]);
    match first {
        Some(".") => key.chars().map(swapped).collect(),
        _ => key.to_owned(),
    }
}

fn swapped(c: char) -> char {
    match c {
        '.' => '/',
        '/' => '.',
        other => other,
    }
}

fn key_of(path: &Path) -> String {
    path.to_string_lossy().chars().map(swapped).collect()
}

/// One setting.
pub(super) fn get(context: &Context, key: &str) -> Result<Sysctl, Problem> {
    let name = key_of(Path::new(&path_of(key)));
    let value = fs::read_to_string(file(context, key)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::not_found(format!("the kernel has no setting {name}")),
        _ => Problem::conflict(format!("the kernel's setting {name} cannot be read: {error}")),
    })?;
    let kept = lines(context)?;
    let persistent = kept
        .iter()
        .rfind(|(kept, _)| *kept == name)
        .map(|(_, value)| value.clone());
    Ok(Sysctl {
        key: name,
        value: value.trim_end().to_owned(),
        persistent,
    })
}

/// All settings that can be read and begin so.
pub(super) fn list(context: &Context, prefix: &str) -> Result<Vec<Sysctl>, Problem> {
    let base = context.path("/proc/sys");
    let kept = lines(context)?;
    let mut found = Vec::new();
    let mut dirs = vec![base.clone()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type());
            let key = key_of(path.strip_prefix(&base).unwrap_or(&path));
            if kind.is_ok_and(|kind| kind.is_dir()) {
                dirs.push(path);
            } else if key.starts_with(prefix) {
                let Ok(value) = fs::read_to_string(&path) else {
                    continue;
                };
                let persistent = kept
                    .iter()
                    .rfind(|(kept, _)| *kept == key)
                    .map(|(_, value)| value.clone());
                found.push(Sysctl {
                    key,
                    value: value.trim_end().to_owned(),
                    persistent,
                });
            }
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}

/// Sets a setting, now and, if wanted, at each boot. What the kernel refuses is not kept.
pub(super) fn set(context: &Context, key: &str, value: &str, persistent: bool) -> Result<(), Problem> {
    let name = get(context, key)?.key;
    fs::write(file(context, key), value).map_err(|error| {
        Problem::conflict(format!("the kernel does not take {value:?} for {name}: {error}"))
    })?;
    if persistent {
        let mut kept = lines(context)?;
        kept.retain(|(other, _)| *other != name);
        kept.push((name, value.to_owned()));
        keep(context, &kept)?;
    }
    Ok(())
}

/// Does not set it at boot any more.
pub(super) fn unset(context: &Context, key: &str) -> Result<(), Problem> {
    let name = get(context, key)?.key;
    let mut kept = lines(context)?;
    let before = kept.len();
    kept.retain(|(other, _)| *other != name);
    if kept.len() == before {
        return Err(Problem::not_found(format!(
            "{name} is not in {FILE}; other files are not the API's"
        )));
    }
    keep(context, &kept)
}

fn lines(context: &Context) -> Result<Vec<(String, String)>, Problem> {
    let text = match fs::read_to_string(context.path(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| Problem::failed(format!("{FILE} cannot be read: {error}")))?,
    };
    let settings = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    Ok(settings
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect())
}

fn keep(context: &Context, settings: &[(String, String)]) -> Result<(), Problem> {
    let mut text = "# Written by pmd; change it with `pmd-cli system set-sysctl`.\n".to_owned();
    for (key, value) in settings {
        text.push_str(&format!("{key} = {value}\n"));
    }
    let path = context.path(FILE);
    let dir = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(dir)
        .map_err(|error| error.to_string())
        .and_then(|()| atomic_file::write(&path, text.as_bytes(), 0o644).map_err(|error| error.to_string()))
        .map_err(|error| Problem::failed(format!("{FILE} cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_slashes_change_places() {
        assert_eq!(
            path_of("net.ipv4.conf.eth0/1.forwarding"),
            "net/ipv4/conf/eth0.1/forwarding"
        );
        assert_eq!(
            path_of("net/ipv4/conf/eth0.1/forwarding"),
            "net/ipv4/conf/eth0.1/forwarding"
        );
        assert_eq!(key_of(Path::new("net/ipv4/ip_forward")), "net.ipv4.ip_forward");
    }

    #[test]
    fn what_is_kept_is_changed_and_removed() {
        let root = tempfile::tempdir().unwrap();
        let context = Context::new(root.path(), String::new(), None);
        fs::create_dir_all(root.path().join("proc/sys/vm")).unwrap();
        fs::write(root.path().join("proc/sys/vm/swappiness"), "60\n").unwrap();
        set(&context, "vm.swappiness", "10", true).unwrap();
        assert_eq!(
            get(&context, "vm.swappiness").unwrap().persistent.as_deref(),
            Some("10")
        );
        assert_eq!(get(&context, "vm/swappiness").unwrap().value, "10");
        unset(&context, "vm.swappiness").unwrap();
        assert_eq!(unset(&context, "vm.swappiness").unwrap_err().status, 404);
        assert_eq!(get(&context, "vm.nothing").unwrap_err().status, 404);
    }
}
