//! From what `nft -jn` lists - libnftables-json(5), with numbers instead of names - back to a rule. A rule that
//! somebody else put into the chain may be more than a [`Rule`] can say; then there is none.

use std::net::IpAddr;

use serde_json::Value;

use super::address::{Addresses, Span};
use super::names;
use super::parse::icmp_of;
use super::types::{
    Icmp, Interface, IpVersion, Limit, Log, Mark, Match, PortRange, Ports, Protocol, Reject, Rule, States,
    Target, TcpFlags,
};

/// A rule of the kernel, and what it has counted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counted {
    pub(crate) rule: Rule,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

/// Reads the object `rule` of a list.
pub(crate) fn read(object: &Value, version: IpVersion) -> Option<Counted> {
    let mut reader = Reader {
        version,
        rule: Rule::default(),
        packets: 0,
        bytes: 0,
    };
    for statement in object.get("expr")?.as_array()? {
        reader.statement(statement)?;
    }
    reader.rule.comment = object.get("comment").and_then(Value::as_str).map(str::to_owned);
    Some(Counted {
        rule: reader.rule,
        packets: reader.packets,
        bytes: reader.bytes,
    })
}

struct Reader {
    version: IpVersion,
    rule: Rule,
    packets: u64,
    bytes: u64,
}

impl Reader {
    fn statement(&mut self, statement: &Value) -> Option<()> {
        let (kind, value) = statement.as_object()?.iter().next()?;
        match kind.as_str() {
            "match" => self.condition(value),
            "counter" => {
                self.packets = value.get("packets").and_then(Value::as_u64).unwrap_or_default();
                self.bytes = value.get("bytes").and_then(Value::as_u64).unwrap_or_default();
                Some(())
            }
            "limit" => put(&mut self.rule.limit, limit(value)?),
            "accept" => self.target(Target::Accept),
            "drop" => self.target(Target::Drop),
            "return" => self.target(Target::Return),
            "reject" => self.target(Target::Reject(reject(value, self.version)?)),
            "log" => self.target(Target::Log(log(value)?)),
            _ => None,
        }
    }

    fn target(&mut self, target: Target) -> Option<()> {
        put(&mut self.rule.target, target)
    }

    fn condition(&mut self, found: &Value) -> Option<()> {
        let (left, right) = (found.get("left")?, found.get("right")?);
        let op = found.get("op").and_then(Value::as_str)?;
        let inverted = match op {
            "==" | "in" => false,
            "!" if left.pointer("/payload/field").and_then(Value::as_str) == Some("flags") => false,
            "!=" => true,
            _ => return None,
        };
        if let Some([inner, mask]) = left.get("&").and_then(Value::as_array).map(Vec::as_slice) {
            return self.masked(inner, bits(mask)?, bits(right)?, inverted);
        }
        if let Some(key) = left.pointer("/meta/key").and_then(Value::as_str) {
            return self.meta(key, right, inverted);
        }
        if let Some(field) = left.pointer("/payload/field").and_then(Value::as_str) {
            let protocol = left.pointer("/payload/protocol").and_then(Value::as_str)?;
            return self.payload(protocol, field, op, right, inverted);
        }
        if left.pointer("/ct/key").and_then(Value::as_str) == Some("state") {
            let states = States(u32::try_from(set_bits(right)?).ok()?);
            return put(
                &mut self.rule.states,
                Match {
                    inverted,
                    value: states,
                },
            );
        }
        self.route_type(left.get("fib")?, right, inverted)
    }

    fn masked(&mut self, inner: &Value, mask: u64, value: u64, inverted: bool) -> Option<()> {
        if inner.pointer("/meta/key").and_then(Value::as_str) == Some("mark") {
            let value = Mark {
                value: value.try_into().ok()?,
                mask: mask.try_into().ok()?,
            };
            return put(&mut self.rule.mark, Match { inverted, value });
        }
        let flags = inner.pointer("/payload/field").and_then(Value::as_str) == Some("flags");
        let value = TcpFlags {
            mask: mask.try_into().ok()?,
            set: value.try_into().ok()?,
        };
        flags.then_some(())?;
        self.imply(Protocol::TCP)?;
        put(&mut self.rule.tcp_flags, Match { inverted, value })
    }

    fn meta(&mut self, key: &str, right: &Value, inverted: bool) -> Option<()> {
        match key {
            // Said by the chain.
            "nfproto" => Some(()),
            "iifname" => put(
                &mut self.rule.input,
                Match {
                    inverted,
                    value: interface(right)?,
                },
            ),
            "oifname" => put(
                &mut self.rule.output,
                Match {
                    inverted,
                    value: interface(right)?,
                },
            ),
            "l4proto" => {
                let value = Protocol(right.as_u64()?.try_into().ok()?);
                self.rule.protocol = Some(Match { inverted, value });
                Some(())
            }
            "mark" => {
                let value = Mark {
                    value: right.as_u64()?.try_into().ok()?,
                    mask: u32::MAX,
                };
                put(&mut self.rule.mark, Match { inverted, value })
            }
            "pkttype" => {
                let number = right.as_u64()?;
                let (_, kind, ..) = names::PACKET_TYPES.iter().find(|(.., is)| *is == number)?;
                put(
                    &mut self.rule.packet_type,
                    Match {
                        inverted,
                        value: *kind,
                    },
                )
            }
            _ => None,
        }
    }

    fn payload(
        &mut self,
        protocol: &str,
        field: &str,
        op: &str,
        right: &Value,
        inverted: bool,
    ) -> Option<()> {
        let rule = &mut self.rule;
        match (protocol, field) {
            ("ip" | "ip6", "saddr") => put(
                &mut rule.source,
                Match {
                    inverted,
                    value: addresses(right)?,
                },
            ),
            ("ip" | "ip6", "daddr") => put(
                &mut rule.destination,
                Match {
                    inverted,
                    value: addresses(right)?,
                },
            ),
            ("ip", "protocol") | ("ip6", "nexthdr") => self.meta("l4proto", right, inverted),
            ("ether", "saddr") => put(
                &mut rule.mac,
                Match {
                    inverted,
                    value: mac(right)?,
                },
            ),
            ("tcp", "flags") => self.flags(op, right, inverted),
            ("icmp" | "icmpv6", "type") => {
                let kind = right.as_u64()?.try_into().ok()?;
                self.imply(icmp_of(self.version))?;
                put(
                    &mut self.rule.icmp,
                    Match {
                        inverted,
                        value: Icmp { kind, code: None },
                    },
                )
            }
            ("icmp" | "icmpv6", "code") => {
                let icmp = rule.icmp.as_mut().filter(|icmp| !inverted && !icmp.inverted)?;
                put(&mut icmp.value.code, right.as_u64()?.try_into().ok()?)
            }
            ("th", "sport") => put(
                &mut rule.source_ports,
                Match {
                    inverted,
                    value: ports(right)?,
                },
            ),
            ("th", "dport") => put(
                &mut rule.destination_ports,
                Match {
                    inverted,
                    value: ports(right)?,
                },
            ),
            (protocol, "sport" | "dport") => {
                self.imply(names::named_with_ports(protocol)?)?;
                self.payload("th", field, op, right, inverted)
            }
            _ => None,
        }
    }

    /// Flags without a mask: `!` means that none of these bits is set, `in` that one of them is; otherwise all count.
    fn flags(&mut self, op: &str, right: &Value, inverted: bool) -> Option<()> {
        let bits: u8 = bits(right)?.try_into().ok()?;
        let (mask, set, inverted) = match op {
            "!" => (bits, 0, false),
            "in" if bits.count_ones() == 1 => (bits, bits, false),
            "in" => (bits, 0, true),
            _ => (u8::MAX, bits, inverted),
        };
        self.imply(Protocol::TCP)?;
        put(
            &mut self.rule.tcp_flags,
            Match {
                inverted,
                value: TcpFlags { mask, set },
            },
        )
    }

    /// nft leaves out what a payload says already.
    fn imply(&mut self, protocol: Protocol) -> Option<()> {
        let implied = Match {
            inverted: false,
            value: protocol,
        };
        let known = self.rule.protocol.get_or_insert(implied.clone());
        (*known == implied).then_some(())
    }

    fn route_type(&mut self, fib: &Value, right: &Value, inverted: bool) -> Option<()> {
        (fib.get("result").and_then(Value::as_str) == Some("type")).then_some(())?;
        let number = right.as_u64()?;
        let (_, value) = names::ADDRESS_TYPES
            .iter()
            .find(|(_, kind)| *kind as u64 == number)?;
        let value = Match {
            inverted,
            value: *value,
        };
        match fib.get("flags") {
            Some(Value::Array(flags)) if flags.len() == 1 => self.route_end(flags.first()?.as_str()?, value),
            Some(Value::String(flag)) => self.route_end(flag, value),
            _ => None,
        }
    }

    fn route_end(&mut self, end: &str, value: Match<super::AddressType>) -> Option<()> {
        match end {
            "saddr" => put(&mut self.rule.source_type, value),
            "daddr" => put(&mut self.rule.destination_type, value),
            _ => None,
        }
    }
}

/// A second condition of a kind is more than a rule can say.
fn put<T>(field: &mut Option<T>, value: T) -> Option<()> {
    match field.replace(value) {
        Some(_) => None,
        None => Some(()),
    }
}

/// The elements of a set, or the one value.
fn items(right: &Value) -> Vec<&Value> {
    match right.get("set").and_then(Value::as_array) {
        Some(items) => items.iter().collect(),
        None => vec![right],
    }
}

/// A number, or bits that are listed or joined by `|`.
fn bits(value: &Value) -> Option<u64> {
    let join = |items: &Vec<Value>| items.iter().try_fold(0, |all, item| Some(all | bits(item)?));
    match value {
        Value::Number(number) => number.as_u64(),
        Value::Array(items) => join(items),
        Value::Object(object) => object.get("|")?.as_array().and_then(join),
        _ => None,
    }
}

fn set_bits(right: &Value) -> Option<u64> {
    items(right)
        .into_iter()
        .try_fold(0, |all, item| Some(all | bits(item)?))
}

fn addresses(right: &Value) -> Option<Addresses> {
    let spans: Option<Vec<Span>> = items(right).into_iter().map(span).collect();
    spans.map(Addresses::new)
}

fn span(value: &Value) -> Option<Span> {
    let address = |value: &Value| value.as_str()?.parse::<IpAddr>().ok();
    if let Some([first, last]) = value.get("range").and_then(Value::as_array).map(Vec::as_slice) {
        return Some(Span::Range(address(first)?, address(last)?));
    }
    if let Some(prefix) = value.get("prefix") {
        let length = prefix.get("len")?.as_u64()?.try_into().ok()?;
        return Span::prefix(address(prefix.get("addr")?)?, length);
    }
    let address = address(value)?;
    Span::prefix(address, if address.is_ipv4() { 32 } else { 128 })
}

fn interface(right: &Value) -> Option<Interface> {
    let text = right.as_str()?;
    Some(match text.strip_suffix('*') {
        Some(name) => Interface {
            name: name.to_owned(),
            any_end: true,
        },
        None => Interface {
            name: text.to_owned(),
            any_end: false,
        },
    })
}

fn mac(right: &Value) -> Option<[u8; 6]> {
    let bytes: Option<Vec<u8>> = right
        .as_str()?
        .split(':')
        .map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect();
    bytes?.try_into().ok()
}

fn ports(right: &Value) -> Option<Ports> {
    let port = |value: &Value| value.as_u64().and_then(|port| u16::try_from(port).ok());
    let range = |value: &Value| match value.get("range").and_then(Value::as_array).map(Vec::as_slice) {
        Some([first, last]) => Some(PortRange {
            first: port(first)?,
            last: port(last)?,
        }),
        _ => port(value).map(|port| PortRange {
            first: port,
            last: port,
        }),
    };
    let ranges: Option<Vec<PortRange>> = items(right).into_iter().map(range).collect();
    ranges.map(Ports::new)
}

fn limit(value: &Value) -> Option<Limit> {
    let over = value.get("inv").and_then(Value::as_bool).unwrap_or(false);
    let packets = value
        .get("rate_unit")
        .and_then(Value::as_str)
        .unwrap_or("packets")
        == "packets";
    (packets && !over).then_some(())?;
    let unit = value.get("per")?.as_str()?;
    let (_, per) = names::UNITS.iter().find(|(name, _)| *name == unit)?;
    Some(Limit {
        rate: value.get("rate")?.as_u64()?.try_into().ok()?,
        per: *per,
        burst: value.get("burst")?.as_u64()?.try_into().ok()?,
    })
}

fn reject(value: &Value, version: IpVersion) -> Option<Reject> {
    let kind = value.get("type").and_then(Value::as_str)?;
    let code = || {
        value
            .get("expr")
            .and_then(Value::as_u64)
            .and_then(|code| u8::try_from(code).ok())
    };
    match (kind, version) {
        ("tcp reset" | "tcpreset", _) => Some(Reject::TcpReset),
        ("icmp", IpVersion::Ipv4) | ("icmpv6", IpVersion::Ipv6) => {
            let code = code()?;
            names::reject_names(code, version).map(|_| Reject::Icmp(code))
        }
        _ => None,
    }
}

fn log(value: &Value) -> Option<Log> {
    let known = |key: &str| matches!(key, "prefix" | "level");
    let fields = value.as_object().cloned().unwrap_or_default();
    fields.keys().all(|key| known(key)).then_some(())?;
    let level = fields.get("level").and_then(Value::as_str).unwrap_or("warn");
    Some(Log {
        prefix: fields.get("prefix").and_then(Value::as_str).map(str::to_owned),
        level: names::LEVELS
            .iter()
            .position(|name| *name == level)?
            .try_into()
            .ok()?,
    })
}
