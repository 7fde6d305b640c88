//! Users and groups, from the files of the root the script runs in.
//!
//! rpm asks the C library, which would load its modules from that root; there may be none, or one of another C library.

use std::fs;

use mlua::{IntoLua, Lua, Table, Value};

use super::selected;
use crate::answer::{Answer, done};
use crate::{offer, text};

pub(super) fn add(lua: &Lua, library: &Table) -> mlua::Result<()> {
    offer(lua, library, "getpasswd", getpasswd)?;
    offer(lua, library, "getgroup", |lua, group: Value| {
        getgroup(lua, &group)
    })?;
    offer(lua, library, "getlogin", |_, ()| {
        Ok(std::env::var("LOGNAME").ok().or_else(own_name))
    })?;
    offer(lua, library, "setuid", |lua, user: Value| {
        let user = user_number(&user).map_or(Err(rustix::io::Errno::INVAL), |number| {
            rustix::thread::set_thread_uid(rustix::fs::Uid::from_raw(number))
        });
        done(lua, user.map_err(Into::into), None)
    })?;
    offer(lua, library, "setgid", |lua, group: Value| setgid(lua, &group))
}

fn setgid(lua: &Lua, group: &Value) -> Answer {
    let done_ = group_number(group).map_or(Err(rustix::io::Errno::INVAL), |number| {
        rustix::thread::set_thread_gid(rustix::fs::Gid::from_raw(number))
    });
    done(lua, done_.map_err(Into::into), None)
}

/// The fields of the line of a file whose first field is the name or whose third is the number.
fn entry(file: &str, wanted: &Value) -> Option<Vec<String>> {
    let wanted = text(wanted)?;
    let by_number = wanted.parse::<u32>().is_ok();
    let content = fs::read_to_string(file).ok()?;
    let fields = content.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let mut fields =
        fields.filter(|fields| fields.get(if by_number { 2 } else { 0 }) == Some(&wanted.as_str()));
    fields
        .next()
        .map(|fields| fields.into_iter().map(str::to_owned).collect())
}

fn number_in(file: &str, account: &Value) -> Option<u32> {
    match account {
        Value::Integer(number) => u32::try_from(*number).ok(),
        Value::Number(number) => Some(*number as u32),
        name => entry(file, name)?.get(2)?.parse().ok(),
    }
}

/// The number of a user given by name or number.
pub(super) fn user_number(user: &Value) -> Option<u32> {
    number_in("/etc/passwd", user)
}

/// The number of a group given by name or number.
pub(super) fn group_number(group: &Value) -> Option<u32> {
    number_in("/etc/group", group)
}

fn own_name() -> Option<String> {
    let number = i64::from(rustix::process::geteuid().as_raw());
    entry("/etc/passwd", &Value::Integer(number))?.into_iter().next()
}

/// `getpasswd([user [, selector]])`
fn getpasswd(lua: &Lua, (user, selector): (Option<Value>, Option<String>)) -> mlua::Result<Value> {
    let own = Value::Integer(rustix::process::geteuid().as_raw().into());
    let wanted = user.filter(|user| !user.is_nil()).unwrap_or(own);
    let Some(fields) = entry("/etc/passwd", &wanted) else {
        return Ok(Value::Nil);
    };
    let field = |at: usize| fields.get(at).cloned().unwrap_or_default();
    let string = |at| field(at).into_lua(lua);
    let number = |at| Value::Number(field(at).parse().unwrap_or_default());
    let all = vec![
        ("name", string(0)?),
        ("uid", number(2)),
        ("gid", number(3)),
        ("dir", string(5)?),
        ("shell", string(6)?),
        ("gecos", string(4)?),
        ("passwd", string(1)?),
    ];
    selected(lua, all, selector)
}

/// `getgroup(group)`: name, number, and the members from 1 on.
fn getgroup(lua: &Lua, group: &Value) -> mlua::Result<Value> {
    let Some(fields) = entry("/etc/group", group) else {
        return Ok(Value::Nil);
    };
    let field = |at: usize| fields.get(at).cloned().unwrap_or_default();
    let members = field(3);
    let members = members.split(',').filter(|member| !member.is_empty());
    let table = lua.create_sequence_from(members)?;
    table.set("name", field(0))?;
    table.set("gid", field(2).parse::<f64>().unwrap_or_default())?;
    Ok(Value::Table(table))
}
