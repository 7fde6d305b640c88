//! Sets of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::IpVersion;

/// Addresses that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// A network: its first address and the length of its prefix.
    Prefix(IpAddr, u8),
    /// From one to another, both included.
    Range(IpAddr, IpAddr),
}

impl Span {
    /// Reads `ADDRESS`, `ADDRESS/LENGTH` or, for IPv4, `ADDRESS/MASK`. What is beyond the prefix is cleared.
    pub fn parse(text: &str, version: IpVersion) -> Result<Self, String> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address = parse_address(address, version)?;
        let length = match length {
            None => width(address),
            Some(text) => prefix_length(text, address)?,
        };
        Ok(Span::Prefix(cleared(address, length), length))
    }

    /// Reads `ADDRESS-ADDRESS`.
    pub fn parse_range(text: &str, version: IpVersion) -> Result<Self, String> {
        let (first, last) = text
            .split_once('-')
            .ok_or_else(|| format!("{text:?} is not ADDRESS-ADDRESS"))?;
        let (first, last) = (parse_address(first, version)?, parse_address(last, version)?);
        match first <= last {
            true => Ok(Span::Range(first, last)),
            false => Err(format!("{text:?} ends before it begins")),
        }
    }

    /// A network, if length and address go together.
    pub fn prefix(address: IpAddr, length: u8) -> Option<Self> {
        (length <= width(address)).then(|| Span::Prefix(cleared(address, length), length))
    }

    fn bounds(&self) -> (IpAddr, IpAddr) {
        match *self {
            Span::Range(first, last) => (first, last),
            Span::Prefix(first, length) => (first, last_of(first, length)),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Span::Prefix(address, length) if *length == width(*address) => write!(f, "{address}"),
            Span::Prefix(address, length) => write!(f, "{address}/{length}"),
            Span::Range(first, last) => write!(f, "{first}-{last}"),
        }
    }
}

/// Addresses, in order, none of which is in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses(Vec<Span>);

impl Addresses {
    /// Puts spans in order and leaves out those that are in another.
    pub fn new(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable_by_key(|span| {
            let (first, last) = span.bounds();
            (first, std::cmp::Reverse(last))
        });
        let mut kept: Vec<Span> = Vec::new();
        for span in spans {
            let covered = kept
                .last()
                .is_some_and(|before| span.bounds().1 <= before.bounds().1);
            if !covered {
                kept.push(span);
            }
        }
        Addresses(kept)
    }

    /// The spans.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }
}

fn parse_address(text: &str, version: IpVersion) -> Result<IpAddr, String> {
    match version {
        IpVersion::Ipv4 => text
            .parse()
            .map(IpAddr::V4)
            .map_err(|_| format!("{text:?} is not an IPv4 address")),
        IpVersion::Ipv6 => text
            .parse()
            .map(IpAddr::V6)
            .map_err(|_| format!("{text:?} is not an IPv6 address")),
    }
}

fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn prefix_length(text: &str, address: IpAddr) -> Result<u8, String> {
    let bad = || format!("{text:?} is not the length of a prefix, or a mask");
    if let (Ok(mask), IpAddr::V4(_)) = (text.parse::<Ipv4Addr>(), address) {
        let bits = mask.to_bits();
        return match bits.leading_ones() + bits.trailing_zeros() {
            32.. => Ok(bits.leading_ones() as u8),
            _ => Err(format!("the mask {text:?} has holes")),
        };
    }
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let length: u8 = text.parse().map_err(|_| bad())?;
    match digits && length <= width(address) {
        true => Ok(length),
        false => Err(bad()),
    }
}

fn cleared(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    }
}

fn last_of(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            Ipv4Addr::from_bits(v4.to_bits() | u32::MAX.checked_shr(length.into()).unwrap_or(0)).into()
        }
        IpAddr::V6(v6) => {
            Ipv6Addr::from_bits(v6.to_bits() | u128::MAX.checked_shr(length.into()).unwrap_or(0)).into()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn networks_by_length_and_by_mask() {
        let text = |text: &str| Span::parse(text, IpVersion::Ipv4).map(|span| span.to_string());
        assert_eq!(text("10.1.2.3/8").unwrap(), "10.0.0.0/8");
        assert_eq!(text("10.1.2.3/255.255.0.0").unwrap(), "10.1.0.0/16");
        assert_eq!(text("10.1.2.3/32").unwrap(), "10.1.2.3");
        assert_eq!(text("1.2.3.4/0").unwrap(), "0.0.0.0/0");
        for bad in [
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/255.0.255.0",
            "::1",
            "host.example",
            "",
        ] {
            assert!(text(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Span::parse("fe80::1/10", IpVersion::Ipv6).unwrap().to_string(),
            "fe80::/10"
        );
        assert!(Span::parse_range("10.0.0.9-10.0.0.1", IpVersion::Ipv4).is_err());
    }

    #[test]
    fn what_is_in_another_is_left_out() {
        let spans = ["10.0.0.0/8", "10.1.0.0/16", "9.9.9.9", "10.0.0.0/24"];
        let spans = spans
            .iter()
            .map(|text| Span::parse(text, IpVersion::Ipv4).unwrap())
            .collect();
        let kept: Vec<String> = Addresses::new(spans)
            .spans()
            .iter()
            .map(Span::to_string)
            .collect();
        assert_eq!(kept, ["9.9.9.9", "10.0.0.0/8"]);
    }
}
