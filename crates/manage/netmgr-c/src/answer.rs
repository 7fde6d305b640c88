//! What every function does around its work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use netmgr::{Error, Host, Session};

use crate::memory::text;
use crate::types::NM_ERR_OUT_OF_MEMORY;

/// The directory that nm_set_root named; an empty path is `/`.
static ROOT: RwLock<PathBuf> = RwLock::new(PathBuf::new());

/// Works on the configuration below this directory from now on, and tells no service; "/" is the running system again.
/// This is ours, for images and tests; the original has no such function.
#[unsafe(no_mangle)]
pub extern "C" fn nm_set_root(directory: *const std::ffi::c_char) -> u32 {
    answer(|| {
        let directory = PathBuf::from(text(directory)?);
        if !directory.is_dir() {
            return Err(Error::Parameter(format!(
                "{} is no directory",
                directory.display()
            )));
        }
        *ROOT.write().unwrap_or_else(std::sync::PoisonError::into_inner) = directory;
        Ok(())
    })
}

/// The host that is worked on.
pub(crate) fn host() -> Host {
    let root = ROOT.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    match root.as_os_str().is_empty() {
        true => Host::new(Path::new("/")),
        false => Host::new(&root),
    }
}

/// The number for what came of a function's work. A panic, which is a mistake of ours, does not reach C.
pub(crate) fn answer(work: impl FnOnce() -> Result<(), Error>) -> u32 {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => error.code().number(),
        Err(_) => NM_ERR_OUT_OF_MEMORY,
    }
}

/// A function that changes something. Notes about services that do not run are for people, and go nowhere.
pub(crate) fn change(edit: impl FnOnce(&mut Session) -> Result<(), Error>) -> Result<(), Error> {
    host().change(edit).map(|_| ())
}

/// A function that looks at something.
pub(crate) fn look<T>(look: impl FnOnce(&mut Session) -> Result<T, Error>) -> Result<T, Error> {
    host().look(look)
}

/// Strings as the library takes them.
pub(crate) fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

pub(crate) fn bad(what: &str, number: u32) -> Error {
    Error::Parameter(format!("{number} is no {what}"))
}
