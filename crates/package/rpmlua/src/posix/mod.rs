//! The library `posix`: one function per system call, as rpm offers them.

mod accounts;
mod files;
mod mode;
mod process;

pub(crate) use process::redirect;

use mlua::{Lua, Table};

/// All of it.
pub(crate) fn library(lua: &Lua) -> mlua::Result<Table> {
    let library = lua.create_table()?;
    library.set("version", "posix library for Lua 5.4")?;
    files::add(lua, &library)?;
    files::add_folders(lua, &library)?;
    process::add(lua, &library)?;
    process::add_variables(lua, &library)?;
    accounts::add(lua, &library)?;
    Ok(library)
}

/// With a selector the one value, without all of them.
pub(crate) fn selected(
    lua: &Lua,
    all: Vec<(&str, mlua::Value)>,
    selector: Option<String>,
) -> mlua::Result<mlua::Value> {
    let Some(selector) = selector else {
        return lua.create_table_from(all).map(mlua::Value::Table);
    };
    let found = all.into_iter().find(|(name, _)| *name == selector);
    found
        .map(|(_, value)| value)
        .ok_or_else(|| mlua::Error::runtime(format!("bad argument #2 (invalid option '{selector}')")))
}
