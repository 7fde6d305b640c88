//! From iptables' words to a rule.

use super::address::{Addresses, Span};
use super::names::{self, plain_number};
use super::types::{
    Icmp, Interface, IpVersion, Limit, Log, Mark, Match, Per, PortRange, Ports, Protocol, Reject, Rule,
    States, Target, TcpFlags,
};
use super::words;
use crate::error::Error;

/// The modules of `-m` whose options are known. The word alone says nothing: the options do.
const MODULES: &[&str] = &[
    "tcp",
    "udp",
    "udplite",
    "sctp",
    "dccp",
    "icmp",
    "icmp6",
    "multiport",
    "conntrack",
    "state",
    "limit",
    "mark",
    "mac",
    "pkttype",
    "addrtype",
    "iprange",
    "comment",
];

/// The longest comment: nft's limit is 128 with the byte at its end.
const LONGEST_COMMENT: usize = 120;
/// The longest prefix of a line in the log: iptables' limit.
const LONGEST_PREFIX: usize = 29;
/// What may burst when nothing is said: iptables-extensions(8), "limit".
const BURST: u32 = 5;
/// The level that is meant when none is given.
const WARNING: u8 = 4;

impl Rule {
    /// Reads a rule: what stands behind the chain in `iptables -A CHAIN`. An option that is not known, is given twice
    /// or has a value that it cannot have is an error that names it.
    pub fn parse(text: &str, version: IpVersion) -> Result<Self, Error> {
        let failed = |why: String| Error::rule(text, why);
        let words = words::split(text).map_err(|why| failed(why.to_owned()))?;
        let mut parser = Parser::new(version, words);
        parser.read().map_err(failed)?;
        parser.finish().map_err(failed)
    }
}

#[derive(Default)]
struct TargetWords {
    name: Option<String>,
    reject_with: Option<String>,
    prefix: Option<String>,
    level: Option<u8>,
}

struct Parser {
    version: IpVersion,
    words: std::vec::IntoIter<String>,
    rule: Rule,
    inverted: bool,
    target: TargetWords,
    burst: Option<u32>,
}

impl Parser {
    fn new(version: IpVersion, words: Vec<String>) -> Self {
        Parser {
            version,
            words: words.into_iter(),
            rule: Rule::default(),
            inverted: false,
            target: TargetWords::default(),
            burst: None,
        }
    }

    fn read(&mut self) -> Result<(), String> {
        while let Some(word) = self.words.next() {
            match word.as_str() {
                "!" if self.inverted => return Err("\"!\" is there twice".to_owned()),
                "!" => self.inverted = true,
                _ => {
                    self.option(&word)?;
                    if self.inverted {
                        return Err(format!("{word} cannot have \"!\" before it"));
                    }
                }
            }
        }
        match self.inverted {
            true => Err("nothing follows \"!\"".to_owned()),
            false => Ok(()),
        }
    }

    /// One option with its value, which may be joined to a long name by `=`.
    fn option(&mut self, word: &str) -> Result<(), String> {
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (word, None),
        };
        let mut values = Values {
            name,
            joined,
            words: &mut self.words,
        };
        let version = self.version;
        let inverted = &mut self.inverted;
        let rule = &mut self.rule;
        match name {
            "-p" | "--protocol" | "--proto" => put_protocol(&mut rule.protocol, inverted, &mut values)?,
            "-s" | "--source" | "--src" => {
                put(
                    &mut rule.source,
                    inverted,
                    name,
                    networks(&values.next()?, version)?,
                )?;
            }
            "-d" | "--destination" | "--dst" => {
                put(
                    &mut rule.destination,
                    inverted,
                    name,
                    networks(&values.next()?, version)?,
                )?;
            }
            "--src-range" => put(&mut rule.source, inverted, name, range(&values.next()?, version)?)?,
            "--dst-range" => put(
                &mut rule.destination,
                inverted,
                name,
                range(&values.next()?, version)?,
            )?,
            "-i" | "--in-interface" => put(&mut rule.input, inverted, name, interface(&values.next()?)?)?,
            "-o" | "--out-interface" => put(&mut rule.output, inverted, name, interface(&values.next()?)?)?,
            "--sport" | "--source-port" | "--sports" | "--source-ports" => {
                put(&mut rule.source_ports, inverted, name, ports(&values.next()?)?)?;
            }
            "--dport" | "--destination-port" | "--dports" | "--destination-ports" => {
                put(
                    &mut rule.destination_ports,
                    inverted,
                    name,
                    ports(&values.next()?)?,
                )?;
            }
            "--ports" => {
                return Err(
                    "--ports is not supported: make one rule with --sports, one with --dports".to_owned(),
                );
            }
            "--tcp-flags" => {
                let (mask, set) = (flags(&values.next()?)?, flags(&values.next()?)?);
                let found = tcp_flags(mask, set, inverted)?;
                put(&mut rule.tcp_flags, inverted, name, found)?;
            }
            "--syn" => put(
                &mut rule.tcp_flags,
                inverted,
                name,
                TcpFlags {
                    mask: 0x17,
                    set: 0x02,
                },
            )?,
            "--icmp-type" if version == IpVersion::Ipv4 => {
                put_icmp(rule, inverted, name, &values.next()?, version)?;
            }
            "--icmpv6-type" if version == IpVersion::Ipv6 => {
                put_icmp(rule, inverted, name, &values.next()?, version)?;
            }
            "--ctstate" | "--state" => put(&mut rule.states, inverted, name, states(&values.next()?)?)?,
            "--mark" => put(&mut rule.mark, inverted, name, mark(&values.next()?)?)?,
            "--mac-source" => put(&mut rule.mac, inverted, name, mac(&values.next()?)?)?,
            "--pkt-type" => {
                let value = values.next()?;
                let found = names::PACKET_TYPES.iter().find(|(is, ..)| *is == value);
                let (_, kind, ..) = found
                    .ok_or_else(|| format!("--pkt-type {value:?}: not unicast, broadcast or multicast"))?;
                put(&mut rule.packet_type, inverted, name, *kind)?;
            }
            "--src-type" => put(
                &mut rule.source_type,
                inverted,
                name,
                address_type(&values.next()?, version)?,
            )?,
            "--dst-type" => put(
                &mut rule.destination_type,
                inverted,
                name,
                address_type(&values.next()?, version)?,
            )?,
            "--limit" => once(&mut rule.limit, name, limit(&values.next()?)?)?,
            "--limit-burst" => {
                let value = values.next()?;
                let burst = plain_number(&value).filter(|burst| (1..=10_000).contains(burst));
                once(
                    &mut self.burst,
                    name,
                    burst.ok_or_else(|| format!("--limit-burst {value:?}: not a number from 1 to 10000"))?,
                )?;
            }
            "--comment" => {
                let text = plain_text("--comment", values.next()?, LONGEST_COMMENT)?;
                once(&mut rule.comment, name, text)?;
            }
            "-m" | "--match" => {
                let module = values.next()?;
                if !MODULES.contains(&module.as_str()) {
                    return Err(format!("-m {module}: this module is not supported"));
                }
            }
            "-j" | "--jump" => once(&mut self.target.name, name, values.next()?)?,
            "--reject-with" => once(&mut self.target.reject_with, name, values.next()?)?,
            "--log-prefix" => {
                let text = plain_text("--log-prefix", values.next()?, LONGEST_PREFIX)?;
                once(&mut self.target.prefix, name, text)?;
            }
            "--log-level" => once(&mut self.target.level, name, level(&values.next()?)?)?,
            name if name.starts_with('-') => return Err(format!("the option {name} is not supported")),
            word => return Err(format!("{word:?} is not an option")),
        }
        values.end()
    }

    /// What only the whole shows: options that need others.
    fn finish(mut self) -> Result<Rule, String> {
        self.burst()?;
        self.check_protocol()?;
        self.rule.target = self.target()?;
        if self.rule == Rule::default() {
            return Err("it says nothing: give a condition, or -j and a target".to_owned());
        }
        Ok(self.rule)
    }

    fn burst(&mut self) -> Result<(), String> {
        match (&mut self.rule.limit, self.burst) {
            (Some(limit), Some(burst)) => limit.burst = burst,
            (None, Some(_)) => return Err("--limit-burst needs --limit".to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn check_protocol(&self) -> Result<(), String> {
        let rule = &self.rule;
        let protocol = match &rule.protocol {
            Some(Match {
                inverted: false,
                value,
            }) => Some(*value),
            _ => None,
        };
        let ports = rule.source_ports.is_some() || rule.destination_ports.is_some();
        if ports && protocol.and_then(names::with_ports).is_none() {
            return Err("ports need -p tcp, udp, udplite, sctp or dccp".to_owned());
        }
        if rule.tcp_flags.is_some() && protocol != Some(Protocol::TCP) {
            return Err("--tcp-flags and --syn need -p tcp".to_owned());
        }
        let icmp = icmp_of(self.version);
        if rule.icmp.is_some() && protocol != Some(icmp) {
            return Err(format!("a type of ICMP needs -p {}", names::protocol_name(icmp)));
        }
        Ok(())
    }

    fn target(&self) -> Result<Option<Target>, String> {
        let words = &self.target;
        let name = words.name.as_deref();
        if words.reject_with.is_some() && name != Some("REJECT") {
            return Err("--reject-with needs -j REJECT".to_owned());
        }
        if (words.prefix.is_some() || words.level.is_some()) && name != Some("LOG") {
            return Err("--log-prefix and --log-level need -j LOG".to_owned());
        }
        Ok(Some(match name {
            None => return Ok(None),
            Some("ACCEPT") => Target::Accept,
            Some("DROP") => Target::Drop,
            Some("RETURN") => Target::Return,
            Some("REJECT") => Target::Reject(self.reject()?),
            Some("LOG") => Target::Log(Log {
                prefix: words.prefix.clone(),
                level: words.level.unwrap_or(WARNING),
            }),
            Some(other) => {
                return Err(format!("-j {other}: not ACCEPT, DROP, RETURN, REJECT or LOG"));
            }
        }))
    }

    fn reject(&self) -> Result<Reject, String> {
        match self.target.reject_with.as_deref() {
            None => Ok(Reject::Icmp(names::default_reject(self.version))),
            Some("tcp-reset") => match &self.rule.protocol {
                Some(Match {
                    inverted: false,
                    value: Protocol::TCP,
                }) => Ok(Reject::TcpReset),
                _ => Err("--reject-with tcp-reset needs -p tcp".to_owned()),
            },
            Some(other) => names::reject(other, self.version)
                .map(Reject::Icmp)
                .ok_or_else(|| format!("--reject-with {other:?} is not known")),
        }
    }
}

/// The values of an option, from what is joined to it or from the words that follow.
struct Values<'a> {
    name: &'a str,
    joined: Option<String>,
    words: &'a mut std::vec::IntoIter<String>,
}

impl Values<'_> {
    fn next(&mut self) -> Result<String, String> {
        let value = self.joined.take().or_else(|| self.words.next());
        match value {
            None => Err(format!("{} needs a value", self.name)),
            Some(value) if value == "!" => Err(format!("{}: \"!\" comes before the option", self.name)),
            Some(value) => Ok(value),
        }
    }

    /// Nothing may be left of what was joined to an option that takes no value.
    fn end(&self) -> Result<(), String> {
        match self.joined {
            Some(_) => Err(format!("{} takes no value", self.name)),
            None => Ok(()),
        }
    }
}

fn once<T>(field: &mut Option<T>, name: &str, value: T) -> Result<(), String> {
    match field.replace(value) {
        Some(_) => Err(format!(
            "{name} is there twice, or with another option for the same"
        )),
        None => Ok(()),
    }
}

fn put<T>(field: &mut Option<Match<T>>, inverted: &mut bool, name: &str, value: T) -> Result<(), String> {
    let inverted = std::mem::take(inverted);
    once(field, name, Match { inverted, value })
}

fn put_protocol(
    field: &mut Option<Match<Protocol>>,
    inverted: &mut bool,
    values: &mut Values<'_>,
) -> Result<(), String> {
    let value = values.next()?;
    match names::protocol(&value) {
        None => Err(format!("-p {value:?} is not a protocol")),
        Some(None) if *inverted => Err("-p all cannot have \"!\" before it".to_owned()),
        Some(None) => Ok(()),
        Some(Some(protocol)) => put(field, inverted, "-p", protocol),
    }
}

fn put_icmp(
    rule: &mut Rule,
    inverted: &mut bool,
    name: &str,
    value: &str,
    version: IpVersion,
) -> Result<(), String> {
    if value == "any" && !*inverted {
        return Ok(());
    }
    let (kind, code) =
        names::icmp(value, version).ok_or_else(|| format!("{name} {value:?} is not a type of ICMP"))?;
    if *inverted && code.is_some() {
        return Err(format!("{name} with a code cannot have \"!\" before it"));
    }
    put(&mut rule.icmp, inverted, name, Icmp { kind, code })
}

/// The protocol of a version's ICMP.
pub(super) fn icmp_of(version: IpVersion) -> Protocol {
    match version {
        IpVersion::Ipv4 => Protocol::ICMP,
        IpVersion::Ipv6 => Protocol::ICMPV6,
    }
}

fn networks(text: &str, version: IpVersion) -> Result<Addresses, String> {
    let spans: Result<_, _> = text.split(',').map(|item| Span::parse(item, version)).collect();
    spans.map(Addresses::new)
}

fn range(text: &str, version: IpVersion) -> Result<Addresses, String> {
    Span::parse_range(text, version).map(|span| Addresses::new(vec![span]))
}

/// The kernel's limit is 15 bytes, and it allows more characters than are safe to write.
fn interface(text: &str) -> Result<Interface, String> {
    let (name, any_end) = match text.strip_suffix('+') {
        Some(name) => (name, true),
        None => (text, false),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-@".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    match begins && name.len() <= 15 && name.chars().all(plain) {
        true => Ok(Interface {
            name: name.to_owned(),
            any_end,
        }),
        false => Err(format!(
            "{text:?} is not an interface: up to 15 letters, digits and _.-@"
        )),
    }
}

fn ports(text: &str) -> Result<Ports, String> {
    let ranges: Result<Vec<_>, _> = text.split(',').map(port_range).collect();
    Ok(Ports::new(ranges?))
}

/// `PORT` or `FIRST:LAST`, either of which may be missing. Names of services are not looked up: what they mean depends
/// on a file.
fn port_range(text: &str) -> Result<PortRange, String> {
    let bad = || format!("{text:?} is not a port from 0 to 65535, or FIRST:LAST");
    let number = |text: &str| plain_number::<u16>(text).ok_or_else(bad);
    let (first, last) = match text.split_once(':') {
        None => (number(text)?, number(text)?),
        Some(("", "")) => return Err(bad()),
        Some(("", last)) => (0, number(last)?),
        Some((first, "")) => (number(first)?, u16::MAX),
        Some((first, last)) => (number(first)?, number(last)?),
    };
    match first <= last {
        true => Ok(PortRange { first, last }),
        false => Err(bad()),
    }
}

fn flags(text: &str) -> Result<u8, String> {
    match text {
        "ALL" => return Ok(0x3f),
        "NONE" => return Ok(0),
        _ => {}
    }
    let bit = |word: &str| {
        let found = names::FLAGS.iter().find(|(name, _)| *name == word);
        found
            .map(|(_, bit)| *bit)
            .ok_or_else(|| format!("{word:?} is not a flag of TCP"))
    };
    text.split(',').try_fold(0, |all, word| Ok(all | bit(word)?))
}

/// That one flag is not set, or not clear, is the same as its being clear, or set: it is written one way only.
fn tcp_flags(mask: u8, set: u8, inverted: &mut bool) -> Result<TcpFlags, String> {
    if mask == 0 || set & !mask != 0 {
        return Err("--tcp-flags asks for flags that its mask leaves out".to_owned());
    }
    let flip = *inverted && mask.count_ones() == 1;
    *inverted &= !flip;
    Ok(TcpFlags {
        mask,
        set: if flip { set ^ mask } else { set },
    })
}

fn states(text: &str) -> Result<States, String> {
    let bit = |word: &str| {
        let found = names::STATES.iter().find(|(name, _)| *name == word);
        found
            .map(|(_, bit)| *bit)
            .ok_or_else(|| format!("{word:?} is not a state of connections"))
    };
    let bits = text
        .split(',')
        .try_fold(0, |all, word| Ok::<_, String>(all | bit(word)?))?;
    Ok(States(bits))
}

fn mark(text: &str) -> Result<Mark, String> {
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u32::from_str_radix(digits, 16).ok()
        }
        _ => plain_number(text),
    };
    let (value, mask) = match text.split_once('/') {
        Some((value, mask)) => (number(value), number(mask)),
        None => (number(text), Some(u32::MAX)),
    };
    match (value, mask) {
        (Some(value), Some(mask)) if value & !mask == 0 => Ok(Mark { value, mask }),
        (Some(_), Some(_)) => Err(format!("--mark {text:?} asks for bits that its mask leaves out")),
        _ => Err(format!("--mark {text:?} is not VALUE or VALUE/MASK")),
    }
}

fn mac(text: &str) -> Result<[u8; 6], String> {
    let bad = || format!("--mac-source {text:?} is not XX:XX:XX:XX:XX:XX");
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|byte| {
            (byte.len() == 2)
                .then(|| u8::from_str_radix(byte, 16).ok())
                .flatten()
        })
        .collect();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(bad)
}

fn address_type(text: &str, version: IpVersion) -> Result<super::AddressType, String> {
    if (text, version) == ("BROADCAST", IpVersion::Ipv6) {
        return Err("IPv6 has no addresses of the type BROADCAST".to_owned());
    }
    let found = names::ADDRESS_TYPES.iter().find(|(name, _)| *name == text);
    found.map(|(_, kind)| *kind).ok_or_else(|| {
        let known: Vec<&str> = names::ADDRESS_TYPES.iter().map(|(name, _)| *name).collect();
        format!("{text:?} is not a type of addresses: {}", known.join(", "))
    })
}

fn limit(text: &str) -> Result<Limit, String> {
    let bad = || format!("--limit {text:?} is not NUMBER/second, minute, hour or day");
    let (rate, unit) = text.split_once('/').unwrap_or((text, "hour"));
    let rate = plain_number(rate)
        .filter(|rate| (1..=10_000).contains(rate))
        .ok_or_else(bad)?;
    let begins = |name: &str| !unit.is_empty() && name.starts_with(unit);
    let per: Per = names::UNITS
        .iter()
        .find(|(name, _)| begins(name))
        .map(|(_, per)| *per)
        .ok_or_else(bad)?;
    Ok(Limit {
        rate,
        per,
        burst: BURST,
    })
}

fn level(text: &str) -> Result<u8, String> {
    let usual = match text {
        "error" => "err",
        "warning" => "warn",
        "panic" => "emerg",
        text => text,
    };
    let named = names::LEVELS.iter().position(|name| *name == usual);
    let number = plain_number::<usize>(text).filter(|number| *number < names::LEVELS.len());
    let found = named.or(number).and_then(|number| u8::try_from(number).ok());
    found.ok_or_else(|| format!("--log-level {text:?} is not a level of syslog"))
}

/// Text that nft takes between quotes: it has no way to write a quote in it, and variables begin with `$`.
fn plain_text(name: &str, text: String, longest: usize) -> Result<String, String> {
    let plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !"\"\\$".contains(c);
    match !text.is_empty() && text.len() <= longest && text.chars().all(plain) {
        true => Ok(text),
        false => Err(format!(
            "{name} {text:?}: not 1 to {longest} characters of ASCII without \" \\ $"
        )),
    }
}
