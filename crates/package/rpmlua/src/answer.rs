//! How rpm's functions answer: a number, or `nil`, what went wrong, and its number.

use std::io;

use mlua::{IntoLua, Lua, MultiValue, Value};

use crate::with_state;

/// What a function returns to Lua.
pub(crate) type Answer = mlua::Result<MultiValue>;

/// 0 for success.
pub(crate) fn done(lua: &Lua, result: io::Result<()>, what: Option<&str>) -> Answer {
    value(lua, result.map(|()| 0.0), what)
}

/// The value, or why there is none.
pub(crate) fn value(lua: &Lua, result: io::Result<impl IntoLua>, what: Option<&str>) -> Answer {
    match result {
        Ok(value) => Ok(MultiValue::from_vec(vec![value.into_lua(lua)?])),
        Err(error) => failed(lua, error.raw_os_error().unwrap_or_default(), what),
    }
}

/// `nil`, the text and the number of an error.
pub(crate) fn failed(lua: &Lua, errno: i32, what: Option<&str>) -> Answer {
    with_state(lua, |state| state.errno.set(errno))?;
    let text = match what {
        Some(what) => format!("{what}: {}", message(errno)),
        None => message(errno),
    };
    let text = lua.create_string(text)?;
    Ok(MultiValue::from_vec(vec![
        Value::Nil,
        Value::String(text),
        Value::Number(f64::from(errno)),
    ]))
}

/// strerror(3).
pub(crate) fn message(errno: i32) -> String {
    let text = io::Error::from_raw_os_error(errno).to_string();
    let end = text.rfind(" (os error").unwrap_or(text.len());
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_in_c() {
        assert_eq!(message(2), "No such file or directory");
    }
}
