//! Processes and their environment.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use mlua::{IntoLua, Lua, MultiValue, Table, Value, Variadic};
use rustix::fs::Mode;
use rustix::process::{Pid, Signal, WaitOptions};

use super::{mode, selected};
use crate::answer::{Answer, done, message, value};
use crate::{offer, text, with_state};

pub(super) fn add(lua: &Lua, library: &Table) -> mlua::Result<()> {
    offer(lua, library, "ctermid", |_, ()| Ok("/dev/tty"))?;
    offer(lua, library, "errno", |lua, ()| {
        let errno = with_state(lua, |state| state.errno.get())?;
        Ok((message(errno), f64::from(errno)))
    })?;
    offer(lua, library, "exec", exec)?;
    offer(lua, library, "fork", |lua, ()| {
        let number = fork::fork().map(|side| match side {
            fork::Side::Parent(pid) => f64::from(pid.as_raw_nonzero().get()),
            fork::Side::Child => 0.0,
        });
        value(lua, number, None)
    })?;
    offer(lua, library, "wait", wait)?;
    offer(lua, library, "kill", kill)?;
    offer(lua, library, "getprocessid", |lua, selector: Option<String>| {
        selected(lua, numbers(), selector)
    })?;
    offer(lua, library, "redirect2null", redirect)?;
    offer(lua, library, "sleep", |_, seconds: f64| {
        std::thread::sleep(std::time::Duration::from_secs(seconds as u64));
        Ok(0.0)
    })?;
    offer(lua, library, "umask", umask)?;
    offer(lua, library, "uname", uname)
}

pub(super) fn add_variables(lua: &Lua, library: &Table) -> mlua::Result<()> {
    offer(lua, library, "getenv", |lua, name: Option<String>| match name {
        Some(name) => std::env::var(name).ok().into_lua(lua),
        None => lua
            .create_table_from(std::env::vars())
            .and_then(|all| all.into_lua(lua)),
    })?;
    offer(lua, library, "putenv", |lua, assignment: String| {
        let changed = match assignment.split_once('=') {
            Some((name, value)) => fork::set_variable(name, value),
            None => fork::remove_variable(&assignment),
        };
        done(lua, changed, Some(&assignment))
    })?;
    offer(lua, library, "setenv", setenv)?;
    // As in rpm, without an answer.
    offer(lua, library, "unsetenv", |_, name: String| {
        let _ = fork::remove_variable(name);
        Ok(())
    })
}

fn setenv(lua: &Lua, (name, value, over): (String, String, Option<bool>)) -> Answer {
    if !over.unwrap_or(true) && std::env::var_os(&name).is_some() {
        return done(lua, Ok(()), None);
    }
    done(lua, fork::set_variable(&name, value), Some(&name))
}

/// Only a copy may become another program: the rest of the transaction is waiting for us.
fn exec(lua: &Lua, words: Variadic<Value>) -> Answer {
    if !with_state(lua, crate::State::is_copy)? {
        return Err(mlua::Error::runtime("exec not permitted in this context"));
    }
    let words: Vec<OsString> = words.iter().filter_map(text).map(OsString::from).collect();
    let Some((program, arguments)) = words.split_first() else {
        return Err(mlua::Error::runtime(
            "bad argument #1 to 'posix.exec' (string expected)",
        ));
    };
    let error = Command::new(program).args(arguments).exec();
    done(lua, Err(error), program.to_str())
}

fn wait(lua: &Lua, pid: Option<f64>) -> Answer {
    let pid = pid.and_then(|pid| Pid::from_raw(pid as i32));
    let waited = match pid {
        Some(pid) => rustix::process::waitpid(Some(pid), WaitOptions::empty()),
        None => rustix::process::wait(WaitOptions::empty()),
    };
    let number = waited.map(|found| found.map_or(0.0, |(pid, _)| f64::from(pid.as_raw_nonzero().get())));
    value(lua, number.map_err(io::Error::from), None)
}

/// Signal 0 only asks whether the process is there.
fn kill(lua: &Lua, (pid, signal): (i32, Option<i32>)) -> Answer {
    let signal = signal.unwrap_or(Signal::TERM.as_raw());
    let killed = match (Pid::from_raw(pid), Signal::from_named_raw(signal)) {
        (Some(pid), None) if signal == 0 => rustix::process::test_kill_process(pid),
        (Some(pid), Some(signal)) => rustix::process::kill_process(pid, signal),
        _ => Err(rustix::io::Errno::INVAL),
    };
    done(lua, killed.map_err(io::Error::from), None)
}

fn numbers() -> Vec<(&'static str, Value)> {
    use rustix::process::{getegid, geteuid, getgid, getpgrp, getpid, getppid, getuid};
    let id = |number: u32| Value::Number(number.into());
    let process = |pid: Pid| Value::Number(pid.as_raw_nonzero().get().into());
    vec![
        ("egid", id(getegid().as_raw())),
        ("euid", id(geteuid().as_raw())),
        ("gid", id(getgid().as_raw())),
        ("uid", id(getuid().as_raw())),
        ("pgrp", process(getpgrp())),
        ("pid", process(getpid())),
        ("ppid", getppid().map_or(Value::Number(0.0), process)),
    ]
}

/// The standard stream of this number leads nowhere from now on. There is no `/dev/null` in a new root.
pub(crate) fn redirect(lua: &Lua, descriptor: i32) -> Answer {
    let null = rustix::fs::memfd_create("null", rustix::fs::MemfdFlags::CLOEXEC);
    let redirected = null.and_then(|null| match descriptor {
        0 => rustix::stdio::dup2_stdin(null),
        1 => rustix::stdio::dup2_stdout(null),
        2 => rustix::stdio::dup2_stderr(null),
        _ => Err(rustix::io::Errno::BADF),
    });
    done(lua, redirected.map_err(io::Error::from), None)
}

/// `umask([mode])`: what is let through, as text.
fn umask(lua: &Lua, wanted: Option<Value>) -> mlua::Result<Value> {
    let before = rustix::process::umask(Mode::empty());
    rustix::process::umask(before);
    let mut open = !before.as_raw_mode() & 0o777;
    if let Some(wanted) = wanted {
        let Some(changed) = text(&wanted).and_then(|wanted| mode::change(open, &wanted)) else {
            return Ok(Value::Nil);
        };
        open = changed & 0o777;
        rustix::process::umask(Mode::from_raw_mode(!open & 0o777));
    }
    mode::show(open).into_lua(lua)
}

/// `uname([format])`
fn uname(lua: &Lua, format: Option<String>) -> Answer {
    let found = rustix::system::uname();
    let format = format.unwrap_or_else(|| "%s %n %r %v %m".to_owned());
    let (mut out, mut letters) = (String::new(), format.chars());
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let part = match letters.next() {
            Some('%') => c"%",
            Some('m') => found.machine(),
            Some('n') => found.nodename(),
            Some('r') => found.release(),
            Some('s') => found.sysname(),
            Some('v') => found.version(),
            other => return Err(mlua::Error::runtime(format!("unknown format option {other:?}"))),
        };
        out += &part.to_string_lossy();
    }
    Ok(MultiValue::from_vec(vec![out.into_lua(lua)?]))
}
