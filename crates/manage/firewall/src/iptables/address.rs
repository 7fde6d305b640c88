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

/// Addresses, in order, joined where they touch, as the kernel joins them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses(Vec<Span>);

impl Addresses {
    /// Puts spans in order and joins those that touch. What is one network is that, whatever it was made of.
    pub fn new(spans: Vec<Span>) -> Self {
        let mut bounds: Vec<(IpAddr, IpAddr)> = spans.iter().map(Span::bounds).collect();
        bounds.sort_unstable();
        let mut joined: Vec<(IpAddr, IpAddr)> = Vec::new();
        for (first, last) in bounds {
            match joined.last_mut() {
                Some(before) if number(first) <= number(before.1).saturating_add(1) => {
                    before.1 = before.1.max(last)
                }
                _ => joined.push((first, last)),
            }
        }
        Addresses(
            joined
                .into_iter()
                .map(|(first, last)| whole(first, last))
                .collect(),
        )
    }

    /// The spans.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// The same as networks only, which is all that `-s` and `-d` take.
    pub(super) fn networks(&self) -> Vec<Span> {
        let mut networks = Vec::new();
        for span in &self.0 {
            let (mut first, last) = span.bounds();
            while let Some(network) = largest(first, last) {
                let end = network.bounds().1;
                networks.push(network);
                if end >= last {
                    break;
                }
                first = address(number(end).saturating_add(1), last);
            }
        }
        networks
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// A number as an address of the same version as another.
fn address(number: u128, like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => Ipv4Addr::from_bits(u32::try_from(number).unwrap_or(u32::MAX)).into(),
        IpAddr::V6(_) => Ipv6Addr::from_bits(number).into(),
    }
}

/// From one address to another: a network if it is one.
fn whole(first: IpAddr, last: IpAddr) -> Span {
    match largest(first, last) {
        Some(network) if network.bounds().1 == last => network,
        _ => Span::Range(first, last),
    }
}

/// The largest network that begins at an address and does not go beyond another.
fn largest(first: IpAddr, last: IpAddr) -> Option<Span> {
    let mut lengths = 0..=width(first);
    lengths.find_map(|length| {
        let fits = cleared(first, length) == first && last_of(first, length) <= last;
        fits.then_some(Span::Prefix(first, length))
    })
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

    fn addresses(texts: &[&str]) -> Addresses {
        let spans = texts.iter().map(|text| match text.contains('-') {
            true => Span::parse_range(text, IpVersion::Ipv4).unwrap(),
            false => Span::parse(text, IpVersion::Ipv4).unwrap(),
        });
        Addresses::new(spans.collect())
    }

    fn texts(spans: &[Span]) -> Vec<String> {
        spans.iter().map(Span::to_string).collect()
    }

    #[test]
    fn what_touches_is_joined() {
        let some = addresses(&[
            "10.0.0.0/8",
            "10.1.0.0/16",
            "9.9.9.9",
            "10.0.0.0/24",
            "11.0.0.0/8",
        ]);
        assert_eq!(texts(some.spans()), ["9.9.9.9", "10.0.0.0/7"]);
        let odd = addresses(&["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        assert_eq!(texts(odd.spans()), ["10.0.0.1-10.0.0.3"]);
        assert_eq!(texts(&odd.networks()), ["10.0.0.1", "10.0.0.2/31"]);
        assert_eq!(addresses(&["10.0.0.1", "10.0.0.2/31"]), odd);
        let all = addresses(&["0.0.0.0/0", "255.255.255.255"]);
        assert_eq!(texts(&all.networks()), ["0.0.0.0/0"]);
    }
}
