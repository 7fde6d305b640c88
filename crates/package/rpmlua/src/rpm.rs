//! The library `rpm`, and the table `macros`.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, general_purpose};
use mlua::{IntoLua, Lua, MetaMethod, Table, UserData, UserDataFields, UserDataMethods, UserDataRef, Value};
use rpmfile::compare_versions;

use crate::{commands, offer, posix, stream, text, with_state};

/// All of it.
pub(crate) fn library(lua: &Lua) -> mlua::Result<Table> {
    let library = lua.create_table()?;
    add_macros(lua, &library)?;
    add_text(lua, &library)?;
    offer(lua, &library, "execute", commands::execute)?;
    offer(lua, &library, "spawn", commands::spawn)?;
    offer(lua, &library, "redirect2null", posix::redirect)?;
    offer(lua, &library, "open", stream::open)?;
    offer(lua, &library, "glob", glob)?;
    offer(lua, &library, "next_file", |lua, ()| {
        with_state(lua, |state| state.files.borrow_mut().pop_front())
    })?;
    Ok(library)
}

fn add_macros(lua: &Lua, library: &Table) -> mlua::Result<()> {
    offer(lua, library, "define", |lua, text: String| {
        let defined = with_state(lua, |state| state.macros.borrow_mut().define(&text))?;
        defined
            .then_some(())
            .ok_or_else(|| mlua::Error::runtime("error defining macro"))
    })?;
    offer(lua, library, "undefine", |lua, name: String| {
        with_state(lua, |state| state.macros.borrow_mut().undefine(&name))
    })?;
    offer(lua, library, "expand", |lua, text: String| expand(lua, &text))?;
    // Whether it is defined, and whether it takes arguments: none of ours does.
    offer(lua, library, "isdefined", |lua, name: String| {
        let defined = with_state(lua, |state| state.macros.borrow().get(&name).is_some())?;
        Ok((defined, false))
    })
}

fn expand(lua: &Lua, text: &str) -> mlua::Result<String> {
    let expanded = with_state(lua, |state| state.macros.borrow().expand(text))?;
    expanded.ok_or_else(|| mlua::Error::runtime("error expanding macro"))
}

/// `macros.NAME` expands, `macros.NAME = TEXT` defines, `macros.NAME = nil` undefines.
pub(crate) fn macro_table(lua: &Lua) -> mlua::Result<Table> {
    let behaviour = lua.create_table()?;
    offer(lua, &behaviour, "__index", |lua, (_, name): (Value, String)| {
        let defined = with_state(lua, |state| state.macros.borrow().get(&name).is_some())?;
        defined.then(|| expand(lua, &format!("%{{{name}}}"))).transpose()
    })?;
    offer(
        lua,
        &behaviour,
        "__newindex",
        |lua, (_, name, body): (Value, String, Option<String>)| {
            with_state(lua, |state| match body {
                Some(body) => state.macros.borrow_mut().push(&name, &body),
                None => state.macros.borrow_mut().undefine(&name),
            })
        },
    )?;
    let table = lua.create_table()?;
    table.set_metatable(Some(behaviour))?;
    Ok(table)
}

fn add_text(lua: &Lua, library: &Table) -> mlua::Result<()> {
    offer(
        lua,
        library,
        "b64encode",
        |_, (bytes, line): (mlua::LuaString, Option<i64>)| Ok(encode(&bytes.as_bytes(), line.unwrap_or(-1))),
    )?;
    offer(lua, library, "b64decode", |lua, text: mlua::LuaString| {
        decode(&text.as_bytes())
            .map(|bytes| lua.create_string(bytes))
            .transpose()
    })?;
    offer(lua, library, "vercmp", |_, (a, b): (String, String)| {
        Ok(match Version::parse(&a).cmp(&Version::parse(&b)) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        })
    })?;
    offer(
        lua,
        library,
        "ver",
        |lua, (evr, version, release): (Value, Option<Value>, Option<Value>)| {
            ver(lua, &evr, version.as_ref(), release.as_ref())
        },
    )
}

/// rpm's lines are 64 characters unless another length is given; 0 means one line, and there is always an end of line.
fn encode(bytes: &[u8], line: i64) -> Option<String> {
    if bytes.is_empty() {
        return None;
    }
    let text = STANDARD.encode(bytes);
    let length = match usize::try_from(line) {
        Ok(0) => return Some(text),
        Ok(length) => length,
        Err(_) => 64,
    };
    let lines = text.as_bytes().chunks(length.div_ceil(4) * 4);
    Some(
        lines
            .flat_map(|line| [String::from_utf8_lossy(line).into_owned(), "\n".to_owned()])
            .collect(),
    )
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine: GeneralPurpose = general_purpose::GeneralPurpose::new(&base64::alphabet::STANDARD, lenient);
    let dense: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    engine.decode(dense).ok()
}

/// `glob(pattern [, flags])`; with the flag `c` the pattern itself where nothing matches.
fn glob(_: &Lua, (pattern, flags): (String, Option<String>)) -> mlua::Result<Vec<String>> {
    let found = ::glob::glob(&pattern).map_err(|error| mlua::Error::runtime(error.to_string()))?;
    let paths: Vec<String> = found
        .flatten()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    let keep = paths.is_empty() && flags.is_some_and(|flags| flags.contains('c'));
    Ok(if keep { vec![pattern] } else { paths })
}

/// Epoch, version and release, of which some may be absent (rpm: rpmio/rpmver.c).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    epoch: Option<String>,
    version: String,
    release: Option<String>,
}

impl Version {
    fn parse(text: &str) -> Self {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) if epoch.chars().all(|c| c.is_ascii_digit()) => (Some(epoch), rest),
            _ => (None, text),
        };
        let (version, release) = match rest.rsplit_once('-') {
            Some((version, release)) => (version, Some(release)),
            None => (rest, None),
        };
        let owned = |text: &str| text.to_owned();
        Self {
            epoch: epoch.map(owned),
            version: owned(version),
            release: release.map(owned),
        }
    }

    fn show(&self) -> String {
        let epoch = self.epoch.as_ref().map(|epoch| format!("{epoch}:"));
        let release = self.release.as_ref().map(|release| format!("-{release}"));
        format!(
            "{}{}{}",
            epoch.unwrap_or_default(),
            self.version,
            release.unwrap_or_default()
        )
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let epoch = |version: &Self| version.epoch.clone().unwrap_or_else(|| "0".to_owned());
        compare_versions(&epoch(self), &epoch(other))
            .then_with(|| compare_versions(&self.version, &other.version))
            .then_with(|| match (&self.release, &other.release) {
                (Some(own), Some(others)) => compare_versions(own, others),
                (own, others) => own.is_some().cmp(&others.is_some()),
            })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `ver(evr)` or `ver(epoch, version, release)`
fn ver(lua: &Lua, first: &Value, version: Option<&Value>, release: Option<&Value>) -> mlua::Result<Value> {
    let parsed = match version.and_then(text) {
        Some(version) => Version {
            epoch: text(first),
            version,
            release: release.and_then(text),
        },
        None => Version::parse(&text(first).ok_or_else(|| mlua::Error::runtime("invalid version"))?),
    };
    lua.create_userdata(parsed)?.into_lua(lua)
}

impl UserData for Version {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("e", |_, version| Ok(version.epoch.clone()));
        fields.add_field_method_get("v", |_, version| Ok(version.version.clone()));
        fields.add_field_method_get("r", |_, version| Ok(version.release.clone()));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::ToString, |_, version, ()| Ok(version.show()));
        methods.add_meta_method(MetaMethod::Eq, |_, own, other: UserDataRef<Self>| {
            Ok(own.cmp(&other).is_eq())
        });
        methods.add_meta_method(MetaMethod::Lt, |_, own, other: UserDataRef<Self>| {
            Ok(*own < *other)
        });
        methods.add_meta_method(MetaMethod::Le, |_, own, other: UserDataRef<Self>| {
            Ok(*own <= *other)
        });
    }
}
