//! `rpm.open`: a file, without rpm's transparent compression.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};

use mlua::{Lua, UserData, UserDataMethods};

use crate::answer::{Answer, done, message, value};

/// An open file; none once it is closed.
struct Stream(Option<File>);

/// `open(path [, mode])`; the mode is that of fopen(3) with `.ufdio` or nothing behind it.
pub(crate) fn open(lua: &Lua, (path, mode): (String, Option<String>)) -> Answer {
    let mode = mode.unwrap_or_else(|| "r".to_owned());
    let (flags, kind) = mode.split_once('.').unwrap_or((&mode, "ufdio"));
    if !["ufdio", "fdio"].contains(&kind) {
        return Err(mlua::Error::runtime(format!(
            "rpm.open: {kind} cannot be read here"
        )));
    }
    let opened = options(flags)
        .open(&path)
        .map(|file| lua.create_userdata(Stream(Some(file))));
    match opened {
        Ok(stream) => value(lua, Ok(stream?), None),
        Err(error) => {
            let why = message(error.raw_os_error().unwrap_or_default());
            Err(mlua::Error::runtime(format!("{path} open failed: {why}")))
        }
    }
}

fn options(flags: &str) -> OpenOptions {
    let has = |flag| flags.contains(flag);
    let mut options = OpenOptions::new();
    options
        .read(has('r') || has('+'))
        .write(has('w') || has('+'))
        .append(has('a'))
        .truncate(has('w'))
        .create(has('w') || has('a'))
        .create_new(has('x'));
    options
}

impl Stream {
    fn file(&mut self) -> mlua::Result<&mut File> {
        self.0
            .as_mut()
            .ok_or_else(|| mlua::Error::runtime("attempt to use a closed file"))
    }

    fn read(&mut self, most: Option<u64>) -> mlua::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Read::take(self.file()?, most.unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn seek(&mut self, mode: &str, offset: i64) -> mlua::Result<io::Result<f64>> {
        let to = match mode {
            "set" => SeekFrom::Start(offset.unsigned_abs()),
            "cur" => SeekFrom::Current(offset),
            "end" => SeekFrom::End(offset),
            _ => return Err(mlua::Error::runtime(format!("invalid seek mode: {mode}"))),
        };
        Ok(self.file()?.seek(to).map(|position| position as f64))
    }
}

impl UserData for Stream {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("close", |lua, stream, ()| {
            stream.0 = None;
            done(lua, Ok(()), None)
        });
        methods.add_method_mut("flush", |lua, stream, ()| {
            let flushed = stream.file()?.flush();
            done(lua, flushed, None)
        });
        methods.add_method_mut("read", |lua, stream, most: Option<u64>| {
            lua.create_string(stream.read(most)?)
        });
        methods.add_method_mut("seek", |lua, stream, (mode, offset): (String, i64)| {
            let found = stream.seek(&mode, offset)?;
            value(lua, found, None)
        });
        methods.add_method_mut(
            "write",
            |lua, stream, (bytes, most): (mlua::LuaString, Option<usize>)| {
                let bytes = bytes.as_bytes();
                let count = most.unwrap_or(bytes.len()).min(bytes.len());
                let written = stream.file()?.write_all(bytes.get(..count).unwrap_or_default());
                value(lua, written.map(|()| count as f64), None)
            },
        );
    }
}
