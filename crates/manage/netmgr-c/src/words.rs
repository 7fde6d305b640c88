//! What numbers mean, in words that the library owns.

use std::ffi::{CStr, c_char};

use crate::types::*;

/// The words, from NM_BASE_ERROR + 1.
const ERRORS: [&CStr; 12] = [
    c"invalid parameter",
    c"not supported",
    c"out of memory",
    c"value not found",
    c"value already exists",
    c"invalid interface",
    c"invalid address",
    c"invalid mode",
    c"bad configuration file",
    c"write failed",
    c"timed out",
    c"timed out waiting for DHCP",
];

/// What an error means. Other numbers are those of errno.
#[unsafe(no_mangle)]
pub extern "C" fn nm_get_error_info(nmErrCode: u32) -> *const c_char {
    let ours = nmErrCode.checked_sub(NM_BASE_ERROR + 1);
    match ours.and_then(|index| ERRORS.get(index as usize)) {
        Some(words) => words.as_ptr(),
        // SAFETY: strerror takes any number; its string stays until the next call, which the header of C says too.
        None => unsafe { libc::strerror(i32::try_from(nmErrCode).unwrap_or(i32::MAX)) },
    }
}

/// A state in a word: up, down, unknown.
#[unsafe(no_mangle)]
pub extern "C" fn nm_link_state_to_string(state: NET_LINK_STATE) -> *const c_char {
    let words = match state {
        LINK_DOWN => c"down",
        LINK_UP => c"up",
        _ => c"unknown",
    };
    words.as_ptr()
}

/// A mode in a word: auto, manual, unknown.
#[unsafe(no_mangle)]
pub extern "C" fn nm_link_mode_to_string(mode: NET_LINK_MODE) -> *const c_char {
    let words = match mode {
        LINK_AUTO => c"auto",
        LINK_MANUAL => c"manual",
        _ => c"unknown",
    };
    words.as_ptr()
}

/// A kind of address in words.
#[unsafe(no_mangle)]
pub extern "C" fn nm_ip_addr_type_to_string(addrType: NET_ADDR_TYPE) -> *const c_char {
    let words = match addrType {
        STATIC_IPV4 => c"IPv4 static",
        STATIC_IPV6 => c"IPv6 static",
        DHCP_IPV4 => c"IPv4 dhcp",
        DHCP_IPV6 => c"IPv6 dhcp",
        AUTO_IPV6 => c"IPv6 autoconf",
        LINK_LOCAL_IPV6 => c"IPv6 link-local",
        _ => c"Unknown addrtype",
    };
    words.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_command() {
        for (words, code) in ERRORS.iter().zip(netmgr::Code::ALL) {
            assert_eq!(words.to_str(), Ok(code.text()));
        }
    }
}
