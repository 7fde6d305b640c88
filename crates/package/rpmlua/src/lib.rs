//! Run `<lua>` scriptlets with rpm's extensions (rpm: docs/manual/lua.md, rpmio/rpmlua.c, rpmio/lposix.c).
//!
//! The interpreter is Lua 5.4 with its own libraries but `debug`; what is added is what packages use: `rpm.*`, `posix.*`,
//! `macros`, `arg` and `opt`. A script acts on the process it runs in, its root, its folder and its streams, so that it
//! runs in a copy of ours that has the right ones ([`fork`] and `confine::Confine::call`).
//!
//! Where rpm's own behaviour was only to be found out by asking rpm 4.18, `tests/like_rpm.rs` asks it again. Different on
//! purpose: each script begins with fresh globals (rpm's scriptlets of one transaction see what others left behind);
//! `posix.chmod` with `=` leaves the other classes alone, as chmod(1) does and rpm does not; `%(...)` and `%{lua:...}`
//! are not expanded by `rpm.expand`. Left out, as no package was seen to use them: `posix.pathconf`, `posix.sysconf`,
//! `posix.times`, `posix.ttyname`, `rpm.interactive`, `rpm.load`, `rpm.register`, compressed files in `rpm.open`.

mod answer;
mod commands;
mod macros;
mod posix;
mod rpm;
mod stream;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use mlua::{Function, IntoLuaMulti, Lua, LuaOptions, MultiValue, StdLib, Table, Value};
use rustix::process::{Pid, getpid};

use crate::macros::Macros;

/// A scriptlet to be run.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    /// How errors name it: `%post(name-version-release.arch)`.
    pub name: &'a str,
    /// The script.
    pub body: &'a str,
    /// The numbers of instances, which shell scripts see as `$1` and `$2`; here they are `arg[2]` and `arg[3]`.
    pub arguments: &'a [i64],
    /// The paths that set a file trigger off, for `rpm.next_file`.
    pub files: &'a [&'a str],
}

/// Why a script has failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not Lua.
    #[error("invalid syntax in lua script: {0}")]
    Syntax(String),
    /// It ended with an error.
    #[error("lua script failed: {0}")]
    Failed(String),
    /// A copy of it went on behind `posix.fork` to its end.
    #[error("no exec() called after fork() in lua scriptlet")]
    NoExec,
}

/// What the functions of a script share.
pub(crate) struct State {
    pub(crate) macros: RefCell<Macros>,
    pub(crate) files: RefCell<VecDeque<String>>,
    /// The error of the last call that failed.
    pub(crate) errno: Cell<i32>,
    /// The process the script began in.
    process: Pid,
}

impl State {
    /// Whether the script has forked and this is the copy, which alone may exit or become another program.
    pub(crate) fn is_copy(&self) -> bool {
        getpid() != self.process
    }
}

/// Run a script in this process.
///
/// # Errors
/// When it fails.
pub fn run(script: &Script<'_>) -> Result<(), Error> {
    let lua = interpreter(script).map_err(|error| Error::Failed(first_line(&error)))?;
    let done = lua.load(script.body).set_name(script.name).exec();
    let flushed = lua.load("io.stdout:flush() io.stderr:flush()").exec();
    if lua.app_data_ref::<State>().is_some_and(|state| state.is_copy()) {
        return Err(Error::NoExec);
    }
    done.and(flushed).map_err(|error| match &error {
        mlua::Error::SyntaxError { .. } => Error::Syntax(first_line(&error)),
        _ => Error::Failed(first_line(&error)),
    })
}

fn interpreter(script: &Script<'_>) -> mlua::Result<Lua> {
    let lua = Lua::new_with(StdLib::ALL_SAFE, LuaOptions::default())?;
    lua.set_app_data(State {
        macros: RefCell::new(Macros::standard()),
        files: RefCell::new(script.files.iter().map(|file| (*file).to_owned()).collect()),
        errno: Cell::new(0),
        process: getpid(),
    });
    let globals = lua.globals();
    globals.set("arg", arguments(&lua, script.arguments)?)?;
    globals.set("opt", lua.create_table()?)?;
    publish(&lua, "posix", posix::library(&lua)?)?;
    publish(&lua, "rpm", rpm::library(&lua)?)?;
    globals.set("macros", rpm::macro_table(&lua)?)?;
    commands::replace_dangerous(&lua)?;
    // What programs that the script starts print must come in its place.
    lua.load("io.stdout:setvbuf('no')").exec()?;
    Ok(lua)
}

/// `arg[1]` is the name of the program, as in C.
fn arguments(lua: &Lua, numbers: &[i64]) -> mlua::Result<Table> {
    let arguments = lua.create_sequence_from([lua.create_string("<lua>")?])?;
    numbers.iter().try_for_each(|number| arguments.push(*number))?;
    Ok(arguments)
}

/// As a global, and for those who `require` it.
fn publish(lua: &Lua, name: &str, library: Table) -> mlua::Result<()> {
    let package: Table = lua.globals().get("package")?;
    package.get::<Table>("loaded")?.set(name, &library)?;
    lua.globals().set(name, library)
}

/// The message without the traceback and without what mlua puts before it.
fn first_line(error: &mlua::Error) -> String {
    let text = match error {
        mlua::Error::CallbackError { cause, .. } => return first_line(cause),
        mlua::Error::RuntimeError(text) => text.clone(),
        mlua::Error::SyntaxError { message, .. } => message.clone(),
        other => other.to_string(),
    };
    text.split("\nstack traceback:")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Makes of a function that says whether it has failed one that fails. Errors that came directly from Rust would be
/// objects, where scripts expect text.
const RAISE: &str = "local raw = ...
    local function pass(ok, ...) if ok then return ... end error((...), 0) end
    return function(...) return pass(raw(...)) end";

/// A function that a library offers.
pub(crate) fn offer<A, R>(
    lua: &Lua,
    library: &Table,
    name: &'static str,
    function: impl Fn(&Lua, A) -> mlua::Result<R> + 'static,
) -> mlua::Result<()>
where
    A: mlua::FromLuaMulti,
    R: mlua::IntoLuaMulti,
{
    let raw = lua.create_function(move |lua, arguments: MultiValue| {
        let done = A::from_lua_multi(arguments, lua).and_then(|arguments| function(lua, arguments));
        match done {
            Ok(answer) => {
                let mut answer = answer.into_lua_multi(lua)?;
                answer.push_front(Value::Boolean(true));
                Ok(answer)
            }
            Err(error) => (false, first_line(&error)).into_lua_multi(lua),
        }
    })?;
    let raising: Function = lua.load(RAISE).set_name(name).call(raw)?;
    library.set(name, raising)
}

/// What all functions of a script share.
pub(crate) fn with_state<T>(lua: &Lua, work: impl FnOnce(&State) -> T) -> mlua::Result<T> {
    let state = lua.app_data_ref::<State>();
    let state = state.ok_or_else(|| mlua::Error::runtime("the interpreter is closed"))?;
    Ok(work(&state))
}

/// Text of a string or number, as Lua converts them.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.to_string_lossy().to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
