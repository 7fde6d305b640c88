//! What makes a tree of packages this image: its name, its files, its services.

use crate::definition::{Definition, File, Services};
use crate::error::Error;
use crate::tools::absolute;
use confine::Confine;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Read before the presets of packages, which start at 50 or later (systemd.preset(5)).
const PRESET: &str = "etc/systemd/system-preset/00-image.preset";
/// What only a build leaves behind.
const LEFTOVERS: [&str; 5] = ["run", "tmp", "var/tmp", "var/cache/tdnf", "var/log"];

/// Applies the definition to a tree in which all packages are installed. `beside` is the definition's folder.
pub(crate) fn configure(
    root: &Path,
    definition: &Definition,
    beside: &Path,
    epoch: u64,
) -> Result<(), Error> {
    write(
        root,
        "etc/hostname",
        format!("{}\n", definition.hostname).as_bytes(),
        0o644,
    )?;
    // systemd fills it at the first boot (machine-id(5)). The word "uninitialized" would also make it apply all presets,
    // which is done below.
    write(root, "etc/machine-id", b"", 0o444)?;
    for file in &definition.files {
        place(root, file, beside)?;
    }
    presets(root, &definition.services)?;
    clean(root)?;
    mark_updated(root, epoch)
}

/// A file that a package brought with just this content stays as the package has it, time and all.
fn write(root: &Path, path: &str, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let path = target(root, Path::new(path))?;
    if fs::read(&path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let _ = fs::remove_file(&path);
    let written = fs::write(&path, bytes);
    let written = written.and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(mode)));
    written.map_err(Error::write("file of the image", &path))
}

/// The path in the tree, with its folder made.
fn target(root: &Path, path: &Path) -> Result<PathBuf, Error> {
    let path = root.join(path.strip_prefix("/").unwrap_or(path));
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(Error::write("folder of the image", folder))?;
    Ok(path)
}

fn place(root: &Path, file: &File, beside: &Path) -> Result<(), Error> {
    let relative = file.path.to_string_lossy();
    let mode = file.permissions().unwrap_or(0o644);
    if let Some(content) = &file.content {
        return write(root, &relative, content.as_bytes(), mode);
    }
    if let Some(source) = &file.source {
        let source = beside.join(source);
        let bytes = fs::read(&source).map_err(Error::read("file named by the image definition", &source))?;
        return write(root, &relative, &bytes, mode);
    }
    let path = target(root, &file.path)?;
    if let Some(link) = &file.link {
        let _ = fs::remove_file(&path);
        return symlink(link, &path).map_err(Error::write("link of the image", &path));
    }
    fs::create_dir_all(&path).map_err(Error::write("folder of the image", &path))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))
        .map_err(Error::write("folder of the image", &path))
}

/// Lets the tree's own systemctl enable what the presets say, the image's first.
fn presets(root: &Path, services: &Services) -> Result<(), Error> {
    let text = preset_text(services);
    if !text.is_empty() {
        write(root, PRESET, text.as_bytes(), 0o644)?;
    }
    if !root.join("usr/bin/systemctl").exists() {
        return Ok(());
    }
    // As systemd itself does on a first boot: what packages link or mask is not undone.
    systemctl(root, &["preset-all", "--preset-mode=enable-only"])?;
    systemctl(root, &["--global", "preset-all", "--preset-mode=enable-only"])
}

fn preset_text(services: &Services) -> String {
    let lines = |verb: &str, units: &[String]| -> String {
        units.iter().map(|unit| format!("{verb} {unit}\n")).collect()
    };
    lines("enable", &services.enable) + &lines("disable", &services.disable)
}

fn systemctl(root: &Path, arguments: &[&str]) -> Result<(), Error> {
    let failed = |reason: String| Error::Tool {
        program: "systemctl".into(),
        path: root.into(),
        reason,
    };
    let finished = Confine::new(absolute(root)).run("/usr/bin/systemctl", arguments, &[]);
    let finished = finished.map_err(|error| failed(error.to_string()))?;
    if finished.status.success() {
        return Ok(());
    }
    Err(failed(
        String::from_utf8_lossy(&finished.output).trim().to_owned(),
    ))
}

fn clean(root: &Path) -> Result<(), Error> {
    for folder in LEFTOVERS {
        let folder = root.join(folder);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            remove(&entry.path(), folder.ends_with("log"))?;
        }
    }
    Ok(())
}

/// Logs are removed, but the folders that packages made for them stay.
fn remove(path: &Path, files_only: bool) -> Result<(), Error> {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let removed = match (is_folder, files_only) {
        (true, true) => Ok(()),
        (true, false) => fs::remove_dir_all(path),
        (false, _) => fs::remove_file(path),
    };
    removed.map_err(Error::write("leftover of the build", path))
}

/// Caches, users and the like were made by the packages' triggers. Without these two marks the first boot would
/// make all of them again (systemd-update-done.service(8), ConditionNeedsUpdate=), hardware database included.
fn mark_updated(root: &Path, epoch: u64) -> Result<(), Error> {
    let text = format!("# The image is complete.\nTIMESTAMP_NSEC={epoch}000000000\n");
    for path in ["etc/.updated", "var/.updated"] {
        // The package of the base folders may bring them.
        if root.join(path).exists() {
            continue;
        }
        write(root, path, text.as_bytes(), 0o644)?;
        let path = root.join(path);
        let file = fs::File::options().write(true).open(&path);
        let stamped = file.and_then(|file| file.set_modified(UNIX_EPOCH + Duration::from_secs(epoch)));
        stamped.map_err(Error::write("mark of an up-to-date tree", &path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(extra: &str) -> Definition {
        let text = format!(
            "name = \"t\"\nsummary = \"s\"\nhostname = \"box\"\npackages = []\n{extra}\n[kernel]\npackage = \"linux\"\ncmdline = \"\"\n[disk]\nslack = \"1 MiB\"\n"
        );
        Definition::parse(&text).unwrap()
    }

    #[test]
    fn names_files_and_marks() {
        let (tree, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(beside.path().join("motd"), "hello").unwrap();
        let extra = "[[files]]\npath = \"/etc/motd\"\nsource = \"motd\"\nmode = \"0600\"\n\
                     [[files]]\npath = \"/etc/link\"\nlink = \"motd\"\n\
                     [[files]]\npath = \"/srv/data\"\ndirectory = true\n[services]\nenable = [\"a.service\"]\ndisable = [\"b.socket\"]\n";
        configure(tree.path(), &definition(extra), beside.path(), 1000).unwrap();
        let text = |path: &str| fs::read_to_string(tree.path().join(path)).unwrap();
        assert_eq!(
            (text("etc/hostname"), text("etc/machine-id")),
            ("box\n".into(), String::new())
        );
        assert_eq!(text("etc/link"), "hello");
        assert_eq!(text(PRESET), "enable a.service\ndisable b.socket\n");
        let mode = fs::metadata(tree.path().join("etc/motd"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(tree.path().join("srv/data").is_dir());
        let updated = fs::metadata(tree.path().join("etc/.updated"))
            .unwrap()
            .modified()
            .unwrap();
        assert_eq!(updated, UNIX_EPOCH + Duration::from_secs(1000));
    }

    #[test]
    fn what_a_package_brought_keeps_its_time() {
        let tree = tempfile::tempdir().unwrap();
        let path = tree.path().join("etc/machine-id");
        fs::create_dir(tree.path().join("etc")).unwrap();
        fs::write(&path, "").unwrap();
        let old = UNIX_EPOCH + Duration::from_secs(5);
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(old)
            .unwrap();
        configure(tree.path(), &definition(""), tree.path(), 1000).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), old);
    }

    #[test]
    fn leftovers_go_and_log_folders_stay() {
        let tree = tempfile::tempdir().unwrap();
        for folder in ["var/cache/tdnf/x", "var/log/journal", "run/lock"] {
            fs::create_dir_all(tree.path().join(folder)).unwrap();
        }
        fs::write(tree.path().join("var/log/tdnf.log"), "x").unwrap();
        configure(tree.path(), &definition(""), tree.path(), 0).unwrap();
        assert!(tree.path().join("var/log/journal").is_dir());
        for gone in ["var/log/tdnf.log", "run/lock", "var/cache/tdnf/x"] {
            assert!(!tree.path().join(gone).exists(), "{gone}");
        }
    }

    #[test]
    fn a_missing_source_names_its_path() {
        let tree = tempfile::tempdir().unwrap();
        let extra = "[[files]]\npath = \"/etc/motd\"\nsource = \"gone\"\n";
        let error = configure(tree.path(), &definition(extra), Path::new("/nowhere"), 0).unwrap_err();
        assert!(error.to_string().contains("/nowhere/gone"), "{error}");
    }
}
