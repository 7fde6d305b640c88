//! Files and folders.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use mlua::{IntoLua, Lua, MultiValue, Table, Value};
use rustix::fs::{Access, AtFlags, CWD, FileType, Mode, Timespec, Timestamps};

use super::accounts::{group_number, user_number};
use super::{mode, selected};
use crate::answer::{Answer, done, value};
use crate::{offer, text};

pub(super) fn add(lua: &Lua, library: &Table) -> mlua::Result<()> {
    offer(lua, library, "access", access)?;
    offer(lua, library, "chmod", chmod)?;
    offer(lua, library, "chown", chown)?;
    offer(lua, library, "link", |lua, (old, new): (String, String)| {
        done(lua, fs::hard_link(old, new), None)
    })?;
    offer(lua, library, "mkfifo", |lua, path: String| {
        let made = rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o777), 0);
        done(lua, made.map_err(io::Error::from), Some(&path))
    })?;
    offer(lua, library, "mkstemp", mkstemp)?;
    offer(lua, library, "readlink", |lua, path: String| {
        let target = fs::read_link(&path).map(|target| target.to_string_lossy().into_owned());
        value(lua, target, Some(&path))
    })?;
    offer(lua, library, "stat", stat)?;
    offer(lua, library, "symlink", |lua, (old, new): (String, String)| {
        done(lua, std::os::unix::fs::symlink(old, new), None)
    })?;
    offer(lua, library, "unlink", |lua, path: String| {
        done(lua, fs::remove_file(&path), Some(&path))
    })?;
    offer(lua, library, "utime", utime)
}

pub(super) fn add_folders(lua: &Lua, library: &Table) -> mlua::Result<()> {
    offer(lua, library, "chdir", |lua, path: String| {
        done(lua, std::env::set_current_dir(&path), Some(&path))
    })?;
    offer(lua, library, "dir", |lua, path: Option<String>| {
        let path = path.unwrap_or_else(|| ".".to_owned());
        value(lua, names(&path), Some(&path))
    })?;
    offer(lua, library, "files", files)?;
    offer(lua, library, "getcwd", |lua, ()| {
        let folder = std::env::current_dir().map(|folder| folder.to_string_lossy().into_owned());
        value(lua, folder, Some("."))
    })?;
    offer(lua, library, "mkdir", |lua, path: String| {
        let made = rustix::fs::mkdir(&path, Mode::from_raw_mode(0o777));
        done(lua, made.map_err(io::Error::from), Some(&path))
    })?;
    offer(lua, library, "rmdir", |lua, path: String| {
        done(lua, fs::remove_dir(&path), Some(&path))
    })
}

/// `access(path [, mode])`: of the letters r, w, x and f.
fn access(lua: &Lua, (path, wanted): (String, Option<String>)) -> Answer {
    let mut access = Access::EXISTS;
    for letter in wanted.unwrap_or_default().chars() {
        access |= match letter {
            'r' => Access::READ_OK,
            'w' => Access::WRITE_OK,
            'x' => Access::EXEC_OK,
            'f' | ' ' => Access::EXISTS,
            other => return Err(mlua::Error::runtime(format!("unknown mode option `{other}'"))),
        };
    }
    let done_ = rustix::fs::access(&path, access).map_err(io::Error::from);
    done(lua, done_, Some(&path))
}

fn chmod(lua: &Lua, (path, wanted): (String, Value)) -> Answer {
    let before = match fs::metadata(&path) {
        Ok(found) => found.mode(),
        Err(error) => return done(lua, Err(error), Some(&path)),
    };
    let wanted = text(&wanted).and_then(|wanted| mode::change(before, &wanted));
    let wanted = wanted.ok_or_else(|| mlua::Error::runtime("bad argument #2 to 'posix.chmod' (bad mode)"))?;
    let changed = fs::set_permissions(&path, fs::Permissions::from_mode(wanted));
    done(lua, changed, Some(&path))
}

/// Who is not known stays who he was, as with -1 in chown(2).
fn chown(lua: &Lua, (path, user, group): (String, Value, Value)) -> Answer {
    let changed = std::os::unix::fs::chown(&path, user_number(&user), group_number(&group));
    done(lua, changed, Some(&path))
}

/// The file, open for reading and writing, under a name that nobody else has: `XXXXXX` at the end is replaced.
fn mkstemp(lua: &Lua, template: String) -> Answer {
    let stem = template.trim_end_matches('X').to_owned();
    for attempt in 0..1000_u32 {
        let path = format!(
            "{stem}{:06}",
            std::process::id().wrapping_add(attempt) % 1_000_000
        );
        match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => return opened(lua, path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return done(lua, Err(error), Some(&template)),
        }
    }
    done(lua, Err(rustix::io::Errno::EXIST.into()), Some(&template))
}

fn opened(lua: &Lua, path: String) -> Answer {
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    let open: mlua::Function = lua.globals().get::<Table>("io")?.get("open")?;
    let file: Value = open.call((path.as_str(), "r+"))?;
    Ok(MultiValue::from_vec(vec![path.into_lua(lua)?, file]))
}

/// `stat(path [, selector])`, of a link itself.
fn stat(lua: &Lua, (path, selector): (String, Option<String>)) -> Answer {
    match fs::symlink_metadata(&path) {
        Ok(found) => Ok(MultiValue::from_vec(vec![selected(
            lua,
            describe(lua, &found)?,
            selector,
        )?])),
        Err(error) => done(lua, Err(error), Some(&path)),
    }
}

fn describe(lua: &Lua, found: &fs::Metadata) -> mlua::Result<Vec<(&'static str, Value)>> {
    let number = |value: u64| Value::Number(value as f64);
    let time = |value: i64| Value::Number(value as f64);
    Ok(vec![
        ("mode", mode::show(found.mode()).into_lua(lua)?),
        ("ino", number(found.ino())),
        ("dev", number(found.dev())),
        ("nlink", number(found.nlink())),
        ("uid", number(found.uid().into())),
        ("gid", number(found.gid().into())),
        ("size", number(found.size())),
        ("atime", time(found.atime())),
        ("mtime", time(found.mtime())),
        ("ctime", time(found.ctime())),
        ("type", kind(found.file_type()).into_lua(lua)?),
        ("_mode", number(found.mode().into())),
    ])
}

fn kind(kind: fs::FileType) -> &'static str {
    match () {
        () if kind.is_file() => "regular",
        () if kind.is_symlink() => "link",
        () if kind.is_dir() => "directory",
        () if kind.is_char_device() => "character device",
        () if kind.is_block_device() => "block device",
        () if kind.is_fifo() => "fifo",
        () if kind.is_socket() => "socket",
        () => "?",
    }
}

/// `utime(path [, mtime [, atime]])`
fn utime(lua: &Lua, (path, changed, used): (String, Option<f64>, Option<f64>)) -> Answer {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64();
    let at = |time: Option<f64>| Timespec {
        tv_sec: time.unwrap_or(now) as i64,
        tv_nsec: 0,
    };
    let times = Timestamps {
        last_access: at(used),
        last_modification: at(changed),
    };
    let set = rustix::fs::utimensat(CWD, &path, &times, AtFlags::empty());
    done(lua, set.map_err(io::Error::from), Some(&path))
}

/// As readdir(3): with `.` and `..`.
fn names(path: &str) -> io::Result<Vec<String>> {
    let mut names = vec![".".to_owned(), "..".to_owned()];
    for entry in fs::read_dir(Path::new(path))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

/// An iterator over the names in a folder.
fn files(lua: &Lua, path: Option<String>) -> Answer {
    let path = path.unwrap_or_else(|| ".".to_owned());
    let mut names = match names(&path) {
        Ok(names) => names.into_iter(),
        Err(error) => return done(lua, Err(error), Some(&path)),
    };
    let next = lua.create_function_mut(move |_, _: MultiValue| Ok(names.next()))?;
    Ok(MultiValue::from_vec(vec![Value::Function(next)]))
}
