//! Programs started by scripts, and what of Lua's own library must be different here.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};

use mlua::{Lua, Table, Value, Variadic};

use crate::answer::{Answer, done, failed};
use crate::{offer, text, with_state};

/// `execute(path [, arg...])`: 0, or why not.
pub(crate) fn execute(lua: &Lua, words: Variadic<Value>) -> Answer {
    let words: Vec<String> = words.iter().filter_map(text).collect();
    start(lua, &words, |_| Ok(()))
}

/// `spawn({path, arg...} [, {stdin = PATH, stdout = PATH, stderr = PATH}])`, of rpm 4.20.
pub(crate) fn spawn(lua: &Lua, (words, streams): (Table, Option<Table>)) -> Answer {
    let words: Vec<String> = words.sequence_values::<String>().collect::<mlua::Result<_>>()?;
    start(lua, &words, |command| match &streams {
        Some(streams) => redirect(command, streams),
        None => Ok(()),
    })
}

fn start(lua: &Lua, words: &[String], prepare: impl FnOnce(&mut Command) -> mlua::Result<()>) -> Answer {
    let Some((program, arguments)) = words.split_first() else {
        return Err(mlua::Error::runtime("command not supplied"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    prepare(&mut command)?;
    match command.status() {
        Ok(status) => ended(lua, status),
        Err(error) => failed(
            lua,
            error.raw_os_error().unwrap_or_default(),
            Some("posix_spawnp"),
        ),
    }
}

fn ended(lua: &Lua, status: ExitStatus) -> Answer {
    match status.into_raw() {
        0 => done(lua, Ok(()), None),
        raw => failed(lua, raw, None), // as rpm 4.18: what wait(2) says, though it is no error number
    }
}

fn redirect(command: &mut Command, streams: &Table) -> mlua::Result<()> {
    if let Some(path) = streams.get::<Option<String>>("stdin")? {
        command.stdin(Stdio::from(File::open(path)?));
    }
    if let Some(path) = streams.get::<Option<String>>("stdout")? {
        command.stdout(Stdio::from(for_writing(&path)?));
    }
    if let Some(path) = streams.get::<Option<String>>("stderr")? {
        command.stderr(Stdio::from(for_writing(&path)?));
    }
    Ok(())
}

fn for_writing(path: &str) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// `os.exit` would end more than the script.
pub(crate) fn replace_dangerous(lua: &Lua) -> mlua::Result<()> {
    let os: Table = lua.globals().get("os")?;
    offer(lua, &os, "exit", |lua, code: Option<Value>| -> mlua::Result<()> {
        if !with_state(lua, crate::State::is_copy)? {
            return Err(mlua::Error::runtime("exit not permitted in this context"));
        }
        lua.load("io.stdout:flush()").exec()?;
        fork::end(match code {
            Some(Value::Boolean(false)) => 1,
            Some(Value::Integer(code)) => i32::try_from(code).unwrap_or(1),
            Some(Value::Number(code)) => code as i32,
            _ => 0,
        })
    })
}
