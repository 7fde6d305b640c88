//! Names of interfaces, hosts and domains; text and keys.

/// `ifname_valid_full()` of systemd; IFNAMSIZ of the kernel leaves 15 characters. Quotes and wildcards, which it allows, are
/// refused: in `[Match] Name=` they would stand for another interface, or for all.
pub(super) fn is_interface(value: &str) -> bool {
    let is_plain = |b: u8| !b"*?[]!\"'\\".contains(&b);
    is_interface_like(value, 15) && value.bytes().all(is_plain)
}

/// ALTIFNAMSIZ of the kernel is 128 with the final NUL.
pub(super) fn is_alternative_name(value: &str) -> bool {
    is_interface_like(value, 127)
}

/// A name with `*`, `?` and `[]`, or `!` in front of the first of a list.
pub(super) fn is_pattern(value: &str) -> bool {
    let name = value.strip_prefix('!').unwrap_or(value);
    is_interface_like(name, 127) && is_word(name)
}

fn is_interface_like(value: &str, longest: usize) -> bool {
    let allowed = |b: u8| b > b' ' && b < 0x7f && !matches!(b, b':' | b'/' | b'%');
    (1..=longest).contains(&value.len())
        && value.bytes().all(allowed)
        && !matches!(value, "." | ".." | "all" | "default")
        && !is_numeric(value)
}

/// What systemd would read as an interface's index, in any notation.
fn is_numeric(value: &str) -> bool {
    let value = value.strip_prefix(['+', '-']).unwrap_or(value);
    let prefixed = ["0x", "0X", "0b", "0B", "0o"]
        .iter()
        .find_map(|prefix| value.strip_prefix(prefix));
    match prefixed {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_hexdigit()),
        None => value.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// A host name as hostname(7) and `hostname_is_valid()` of systemd want it.
pub(super) fn is_hostname(value: &str) -> bool {
    value.len() <= 64 && !value.ends_with('.') && !value.contains('_') && is_domain(value)
}

/// Labels of letters, digits, hyphens and underscores, 253 characters together.
pub(super) fn is_domain(value: &str) -> bool {
    let value = value.strip_suffix('.').unwrap_or(value);
    (1..=253).contains(&value.len()) && value.split('.').all(is_domain_label)
}

fn is_domain_label(label: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=63).contains(&label.len())
        && label.bytes().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// A search domain, or behind `~` one that only routes queries; `~.` is all of them.
pub(super) fn is_routing_domain(value: &str) -> bool {
    let domain = value.strip_prefix('~').unwrap_or(value);
    let is_local = domain.trim_end_matches('.').eq_ignore_ascii_case("localhost")
        || domain
            .trim_end_matches('.')
            .to_ascii_lowercase()
            .ends_with(".localhost");
    value == "~." || (is_domain(domain) && !is_local)
}

pub(super) fn is_label(value: &str) -> bool {
    (1..=15).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic())
}

pub(super) fn is_text(value: &str) -> bool {
    !value.is_empty() && !value.chars().any(char::is_control)
}

/// Text that `string_is_safe()` of systemd lets pass.
pub(super) fn is_safe_text(value: &str) -> bool {
    is_text(value) && !value.contains(['"', '\'', '\\'])
}

/// Quotes and backslashes are special in lists of words.
pub(super) fn is_word(value: &str) -> bool {
    is_safe_text(value) && !value.contains(char::is_whitespace)
}

pub(super) fn is_absolute_path(value: &str) -> bool {
    let clean = |part: &str| part != "." && part != "..";
    value.len() < 4096
        && value.starts_with('/')
        && is_word(value)
        && !value.contains('%')
        && value.split('/').all(clean)
}

/// 32 bytes are 43 base64 digits and one `=`; the last digit holds four bits, so that two of its six are zero.
pub(super) fn is_wireguard_key(value: &str) -> bool {
    let Some(digits) = value.strip_suffix('=') else {
        return false;
    };
    let last_fits = digits.ends_with(|c: char| "AEIMQUYcgkosw048".contains(c));
    let is_digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    digits.len() == 43 && digits.bytes().all(is_digit) && last_fits
}
