//! DHCP identifiers.

/// networkd's names of the DUID types of RFC 8415 section 11; it has no way to give a type as a number.
pub(super) fn is_duid_type(value: &str) -> bool {
    matches!(value, "vendor" | "uuid" | "link-layer" | "link-layer-time")
}

/// RFC 8415 section 11: at most 128 octets behind the type.
pub(super) fn is_duid_data(value: &str) -> bool {
    let bytes: Vec<&str> = value.split(':').collect();
    let is_byte = |byte: &&str| byte.len() == 2 && byte.bytes().all(|b| b.is_ascii_hexdigit());
    bytes.len() <= 128 && bytes.iter().all(is_byte)
}
