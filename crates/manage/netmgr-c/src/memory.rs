//! Pointers from C and memory for C.
//!
//! What every block below relies on is what the header asks of the caller: a pointer is NULL or points to what its type
//! says, for as long as the call takes. NULL is an error here, never a crash.

use std::ffi::{CStr, c_char};

use netmgr::Error;

/// More strings than any list has. A count beyond is a mistake of the caller's, such as an uninitialised variable.
const MOST: usize = 4096;

/// A string that has to be there.
pub(crate) fn text(pointer: *const c_char) -> Result<String, Error> {
    optional(pointer)?.ok_or_else(null)
}

/// A string that may be NULL.
pub(crate) fn optional(pointer: *const c_char) -> Result<Option<String>, Error> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: it is not NULL, and the caller promises a string that ends with zero and does not change meanwhile.
    let string = unsafe { CStr::from_ptr(pointer) };
    match string.to_str() {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(Error::Parameter("a string is not UTF-8".to_owned())),
    }
}

/// A list of strings.
pub(crate) fn texts(count: usize, pointer: *const *const c_char) -> Result<Vec<String>, Error> {
    if count > MOST {
        return Err(Error::Parameter(format!("{count} strings are more than {MOST}")));
    }
    if count == 0 {
        return Ok(Vec::new());
    }
    if pointer.is_null() {
        return Err(null());
    }
    // SAFETY: it is not NULL, and the caller promises an array of `count` pointers.
    let pointers = unsafe { std::slice::from_raw_parts(pointer, count) };
    pointers.iter().map(|pointer| text(*pointer)).collect()
}

/// A structure that has to be there.
pub(crate) fn structure<'a, T>(pointer: *const T) -> Result<&'a T, Error> {
    // SAFETY: NULL becomes None, and the caller promises that else there is such a structure. All of its fields are
    // integers and pointers, for which any bits are a value.
    unsafe { pointer.as_ref() }.ok_or_else(null)
}

/// Where a result goes.
pub(crate) struct Out<T>(*mut T);

/// A place for a result, which has to be there; holds `empty` until there is one.
pub(crate) fn out<T>(pointer: *mut T, empty: T) -> Result<Out<T>, Error> {
    if pointer.is_null() {
        return Err(null());
    }
    let out = Out(pointer);
    out.put(empty);
    Ok(out)
}

impl<T> Out<T> {
    pub(crate) fn put(&self, value: T) {
        // SAFETY: it is not NULL, and the caller promises room for a value. What was there before is not looked at, for it
        // need not have been set.
        unsafe { self.0.write(value) }
    }
}

/// A place for a pointer.
pub(crate) fn out_pointer<T>(pointer: *mut *mut T) -> Result<Out<*mut T>, Error> {
    out(pointer, std::ptr::null_mut())
}

/// A copy of a string for C to free.
pub(crate) fn copy(text: &str) -> Result<*mut c_char, Error> {
    let bytes: Vec<c_char> = text
        .bytes()
        .filter(|byte| *byte != 0)
        .chain(Some(0))
        .map(|byte| byte as c_char)
        .collect();
    block(bytes)
}

/// A copy of a string, or NULL.
pub(crate) fn copy_optional(text: Option<&str>) -> Result<*mut c_char, Error> {
    text.map_or(Ok(std::ptr::null_mut()), copy)
}

/// A value in memory for C to free.
pub(crate) fn single<T: Copy>(value: T) -> Result<*mut T, Error> {
    block(vec![value])
}

/// Hands an array of copies of strings out.
pub(crate) fn put_texts(
    count: &Out<usize>,
    array: &Out<*mut *mut c_char>,
    texts: &[String],
) -> Result<(), Error> {
    put_array(count, array, texts.iter().map(|text| copy(text)))
}

/// Hands an array of pointers out; of no elements NULL.
pub(crate) fn put_array<T>(
    count: &Out<usize>,
    array: &Out<*mut *mut T>,
    items: impl Iterator<Item = Result<*mut T, Error>>,
) -> Result<(), Error> {
    let items = items.collect::<Result<Vec<_>, Error>>()?;
    if items.is_empty() {
        return Ok(());
    }
    let length = items.len();
    array.put(block(items)?);
    count.put(length);
    Ok(())
}

/// Elements one after another in memory for C to free.
fn block<T: Copy>(items: Vec<T>) -> Result<*mut T, Error> {
    // SAFETY: malloc may be called with any size.
    let pointer = unsafe { libc::malloc(size_of_val(items.as_slice())) }.cast::<T>();
    if pointer.is_null() {
        return Err(Error::Memory);
    }
    // SAFETY: the new block has room for all items, does not overlap with them, and malloc aligns for every type.
    unsafe { pointer.copy_from_nonoverlapping(items.as_ptr(), items.len()) };
    Ok(pointer)
}

/// Frees what malloc gave; nothing if it is NULL.
pub(crate) fn release<T>(pointer: *mut T) {
    // SAFETY: NULL is allowed, and else it is what `block` made, and nobody uses it any more.
    unsafe { libc::free(pointer.cast()) }
}

fn null() -> Error {
    Error::Parameter("a pointer that is needed is NULL".to_owned())
}
