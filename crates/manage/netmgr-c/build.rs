//! The name that programs look for at run time.

fn main() {
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libnetmgr.so.1");
}
