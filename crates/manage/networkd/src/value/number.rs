//! Numbers, booleans, times and what has a name or a number.

/// The largest MTU that Linux gives a device (the loopback device's; others stop at 65535).
pub(super) const LARGEST_MTU: u32 = 65536;

/// `parse_boolean()` of systemd.
pub(super) fn is_bool(value: &str) -> bool {
    const WORDS: [&str; 12] = [
        "1", "yes", "y", "true", "t", "on", "0", "no", "n", "false", "f", "off",
    ];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// A decimal number. systemd reads a leading 0 as octal, which nobody who writes 010 means, so that it is
/// refused.
pub(super) fn in_range(value: &str, least: u32, most: u32) -> bool {
    let plain = value == "0" || (!value.starts_with('0') && value.bytes().all(|b| b.is_ascii_digit()));
    plain
        && value
            .parse()
            .is_ok_and(|number: u32| (least..=most).contains(&number))
}

pub(super) fn is_port(value: &str) -> bool {
    in_range(value, 1, 65535)
}

pub(super) fn is_port_range(value: &str) -> bool {
    match value.split_once('-') {
        None => is_port(value),
        Some((first, last)) => {
            let numbers = (first.parse::<u16>(), last.parse::<u16>());
            is_port(first) && is_port(last) && matches!(numbers, (Ok(first), Ok(last)) if first <= last)
        }
    }
}

/// `1gbps`-like speeds: digits and K, M or G to the base of 1000.
pub(super) fn is_bits_per_second(value: &str) -> bool {
    in_range(value.strip_suffix(['K', 'M', 'G']).unwrap_or(value), 1, u32::MAX)
}

pub(super) fn is_mark(value: &str) -> bool {
    match value.split_once('/') {
        None => in_range(value, 1, u32::MAX),
        Some((mark, mask)) => in_range(mark, 1, u32::MAX) && in_range(mask, 1, u32::MAX),
    }
}

pub(super) fn is_route_table(value: &str) -> bool {
    matches!(value, "default" | "main" | "local") || in_range(value, 1, u32::MAX)
}

pub(super) fn is_named_table(value: &str) -> bool {
    let is_name =
        |name: &str| !name.is_empty() && !is_route_table(name) && !name.bytes().all(|b| b.is_ascii_digit());
    value
        .split_once(':')
        .is_some_and(|(name, number)| is_name(name) && in_range(number, 1, u32::MAX))
}

pub(super) fn is_route_protocol(value: &str) -> bool {
    matches!(value, "kernel" | "boot" | "static") || in_range(value, 0, 255)
}

pub(super) fn is_scope(value: &str) -> bool {
    matches!(value, "global" | "site" | "link" | "host" | "nowhere") || in_range(value, 0, 255)
}

/// A time span (systemd.time(7)): one or more numbers with units, seconds where there is none.
pub(super) fn is_time_span(value: &str) -> bool {
    let parts: Vec<&str> = value.split(' ').collect();
    parts.iter().all(|part| is_time_part(part))
}

fn is_time_part(part: &str) -> bool {
    let digits = part.bytes().take_while(u8::is_ascii_digit).count();
    // systemd counts microseconds in 64 bits; these many digits cannot overflow.
    let most = match &part[digits..] {
        "" | "us" | "ms" | "s" | "sec" | "m" | "min" => 9,
        "h" | "hr" | "d" | "w" | "month" => 4,
        _ => 0,
    };
    (1..=most).contains(&digits)
}
