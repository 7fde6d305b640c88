//! What every function does around its work.

use std::path::{Path, PathBuf};
use std::sync::RwLock;

use netmgr::{Code, Error, Host, Session};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

pyo3::create_exception!(
    netmgr,
    NetmgrError,
    PyException,
    "What was tried, on what, and why it failed."
);

/// The directory that set_root named; an empty path is `/`.
static ROOT: RwLock<PathBuf> = RwLock::new(PathBuf::new());

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(set_root, module)?)?;
    module.add_function(wrap_pyfunction!(get_err_info, module)?)
}

/// Works below this directory from now on, and tells no service; "/" is the running system.
#[pyfunction]
fn set_root(py: Python<'_>, directory: PathBuf) -> PyResult<u32> {
    if !directory.is_dir() {
        let error = Error::Parameter(format!("{} is no directory", directory.display()));
        return Err(raised(py, &error));
    }
    *ROOT.write().unwrap_or_else(std::sync::PoisonError::into_inner) = directory;
    Ok(0)
}

/// What the number of an error means.
#[pyfunction]
fn get_err_info(error: u32) -> String {
    match Code::find(error) {
        Some(code) => code.text().to_owned(),
        None => std::io::Error::from_raw_os_error(error.try_into().unwrap_or(i32::MAX)).to_string(),
    }
}

/// The host that is worked on.
pub(crate) fn host() -> Host {
    let root = ROOT.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    match root.as_os_str().is_empty() {
        true => Host::new(Path::new("/")),
        false => Host::new(&root),
    }
}

/// Does something while other threads of Python run.
pub(crate) fn work<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error> + Send) -> PyResult<T> {
    py.detach(work).map_err(|error| raised(py, &error))
}

/// A function that looks at something.
pub(crate) fn look<T: Send>(
    py: Python<'_>,
    look: impl FnOnce(&mut Session) -> Result<T, Error> + Send,
) -> PyResult<T> {
    work(py, || host().look(look))
}

/// A function that changes something. What is to be said about services that do not run is a warning.
pub(crate) fn change(
    py: Python<'_>,
    edit: impl FnOnce(&mut Session) -> Result<(), Error> + Send,
) -> PyResult<u32> {
    for note in work(py, || host().change(edit))? {
        let category = py.get_type::<pyo3::exceptions::PyRuntimeWarning>();
        let text = std::ffi::CString::new(note).unwrap_or_default();
        PyErr::warn(py, &category, &text, 1)?;
    }
    Ok(0)
}

pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let raised = NetmgrError::new_err(error.to_string());
    // An exception always takes an attribute; if not, the message is there all the same.
    let _ = raised.value(py).setattr("code", error.code().number());
    raised
}

pub(crate) fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

pub(crate) fn parameter(py: Python<'_>, text: String) -> PyErr {
    raised(py, &Error::Parameter(text))
}
