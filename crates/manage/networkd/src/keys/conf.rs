//! networkd.conf(5), resolved.conf(5) and timesyncd.conf(5).

use super::{Key, Section, once, one, words};
use crate::value::Kind::*;

pub(super) const NETWORKD: &[Section] = &[
    one("Network", NETWORK),
    one("DHCPv4", DUID),
    one("DHCPv6", DUID),
    one("DHCP", DUID),
];

const NETWORK: &[Key] = &[
    once("SpeedMeter", Bool),
    once("SpeedMeterIntervalSec", Seconds),
    once("ManageForeignRoutingPolicyRules", Bool),
    once("ManageForeignRoutes", Bool),
    words("RouteTable", NamedTable),
];

const DUID: &[Key] = &[once("DUIDType", DuidType), once("DUIDRawData", DuidData)];

pub(super) const RESOLVED: &[Section] = &[one("Resolve", RESOLVE)];

const RESOLVE: &[Key] = &[
    words("DNS", DnsServer),
    words("FallbackDNS", DnsServer),
    words("Domains", Domain),
    once("DNSSEC", BoolOr(&["allow-downgrade"])),
    once("DNSOverTLS", BoolOr(&["opportunistic"])),
    once("MulticastDNS", BoolOr(&["resolve"])),
    once("LLMNR", BoolOr(&["resolve"])),
    once("Cache", BoolOr(&["no-negative"])),
    once("DNSStubListener", BoolOr(&["udp", "tcp"])),
    once("ReadEtcHosts", Bool),
    once("ResolveUnicastSingleLabel", Bool),
];

pub(super) const TIMESYNCD: &[Section] = &[one("Time", TIME)];

const TIME: &[Key] = &[
    words("NTP", NtpServer),
    words("FallbackNTP", NtpServer),
    once("RootDistanceMaxSec", Seconds),
    once("PollIntervalMinSec", Seconds),
    once("PollIntervalMaxSec", Seconds),
    once("ConnectionRetrySec", Seconds),
    once("SaveIntervalSec", Seconds),
];
