//! The words of `pmctl`, as its own document has them, and what they become.

/// One command.
#[derive(Debug)]
pub struct Row {
    /// What was typed. A word in capitals is any one word, `a|b` is one of them, `...` is the rest: pairs of a key and its
    /// value, or what the other command has after these words.
    pub given: &'static str,
    /// The same in the words of `pmd-cli`; after `|` the keys of the rest that have another name there. After `!`, why
    /// there is no such thing, and what to do instead.
    pub becomes: &'static str,
}

const fn row(given: &'static str, becomes: &'static str) -> Row {
    Row { given, becomes }
}

const STATISTICS: &str = "! statistics of the host are metrics here: pmd-cli system metrics";
const CARD: &str = "! what a card can do is told on the host, by ethtool(8); what networkd knows of it: pmd-cli net status LINK";
const SYSCTL: &str = "! settings below /proc/sys are sysctls: pmd-cli system sysctl --key net.ipv6.conf.eth0.mtu, and set-sysctl";

/// Of two that fit, the first is meant.
pub const TABLE: &[Row] = &[
    row("service status UNIT", "services get --unit UNIT"),
    row("service mask UNIT", "services set --unit UNIT --masked true"),
    row("service unmask UNIT", "services set --unit UNIT --masked false"),
    row("service enable UNIT", "services set --unit UNIT --enabled true"),
    row("service disable UNIT", "services set --unit UNIT --enabled false"),
    row(
        "service start|stop|restart|try-restart|reload|reload-or-restart|kill UNIT",
        "services act --verb WORD --unit UNIT",
    ),
    row("status system", "system info"),
    row("status network -i|--interface LINK", "net status LINK"),
    row("status network dns", "net show-dns"),
    row("status network interfaces", "network links"),
    row("status network iostat", STATISTICS),
    row("status network", "net status"),
    row("status login session", "system sessions"),
    row(
        "status login ...",
        "! who is logged in is in the list of sessions: pmd-cli system sessions",
    ),
    row("status ethtool ...", CARD),
    row("status group NAME", "users get-group --name NAME"),
    row("status group", "users groups"),
    row("status user", "users list"),
    row("status sysctl k|key|-k KEY", "system sysctl --key KEY"),
    row(
        "status sysctl p|pattern|-p PREFIX",
        "system sysctls --prefix PREFIX",
    ),
    row("status sysctl", "system sysctls"),
    row("status proc net|vm ...", SYSCTL),
    row(
        "status proc arp",
        "! neighbours are told on the host, by ip-neighbour(8)",
    ),
    row("status proc ...", STATISTICS),
    row("proc ...", SYSCTL),
    row(
        "system set-hostname static NAME",
        "system set-hostname --name NAME",
    ),
    row(
        "system set-hostname ...",
        "! there is the static name only, for one host has one name: pmctl system set-hostname static NAME",
    ),
    row(
        "sysctl update|u ...",
        "system set-sysctl --persistent true ... | key:--key -k:--key value:--value -v:--value filename:! -f:!",
    ),
    row(
        "sysctl remove|r ...",
        "system unset-sysctl ... | key:--key -k:--key filename:! -f:!",
    ),
    row(
        "sysctl load|l ...",
        "! sysctl.d(5) is read at each boot; to set something now: pmd-cli system set-sysctl",
    ),
    row(
        "user add|a NAME ...",
        "users add --name NAME ... | home-dir:--home -d:--home groups:--groups -grp:--groups uid:--uid -u:--uid \
         gid:--group -g:--group shell:--shell -s:--shell comment:--comment password:! -p:!",
    ),
    row("user remove|r NAME", "users delete --name NAME"),
    row("group add|a NAME GID", "users add-group --name NAME --gid GID"),
    row("group add|a NAME", "users add-group --name NAME"),
    row("group remove|r NAME", "users delete-group --name NAME"),
    row(
        "pkg mark install NAME",
        "packages mark --packages NAME --auto false",
    ),
    row(
        "pkg mark remove NAME",
        "packages mark --packages NAME --auto true",
    ),
    row("pkg ...", "pkg ..."),
    row(
        "network add-nft-table name NAME family FAMILY",
        "firewall add-table --table NAME --family FAMILY",
    ),
    row(
        "network delete-nft-table name NAME family FAMILY",
        "firewall delete-table --table NAME --family FAMILY",
    ),
    row("network show-nft-table|show-nft-chain ...", "firewall tables"),
    row(
        "network add-nft-chain name NAME table TABLE family FAMILY ...",
        "firewall add-chain --chain NAME --table TABLE --family FAMILY ... | hook:--hook priority:--priority type:--kind \
         policy:--policy",
    ),
    row(
        "network delete-nft-chain name NAME table TABLE family FAMILY",
        "firewall delete-chain --chain NAME --table TABLE --family FAMILY",
    ),
    row("network nft-save", "firewall save"),
    row(
        "network nft-run ...",
        "! a line of nft is not over the API, a whole ruleset is, all or nothing: pmd-cli firewall set-tables",
    ),
    row("network set-dhcp LINK MODE", "net set-dhcp dev LINK dhcp MODE"),
    row(
        "network set-link-local-addr LINK MODE",
        "net set-lla dev LINK MODE",
    ),
    row(
        "network set-multicast-dns LINK MODE",
        "net set-mcast-dns dev LINK MODE",
    ),
    row("network add-link-address LINK ...", "net add-addr dev LINK ..."),
    row("network add-sriov ...", "net add-sr-iov ... | macsfc:macspoofck"),
    row(
        "network add-route ...",
        "net add-route ... | gwonlink:onlink prefsrc:pref-src",
    ),
    row("network add-dns ...", "net add-dns ..."),
    row(
        "network remove-dns ...",
        "! give the servers that are left: pmctl network add-dns, or pmd-cli net set-dns",
    ),
    row("network add-domain ...", "net add-domain ..."),
    row(
        "network remove-domain ...",
        "! give the domains that are left: pmd-cli net set-dns-domains",
    ),
    row("network add-ntp ...", "net set-ntp ... keep yes"),
    row("network remove-ntp ...", "net remove-ntp ..."),
    row(
        "network set-ipv6-accept-ra LINK YES",
        "net set-ipv6acceptra dev LINK YES",
    ),
    row(
        "network set-link-mode ...",
        "net set-link-option ... | mode:! rfo:!",
    ),
    row("network set-mtu LINK MTU", "net set-mtu dev LINK mtu MTU"),
    row("network set-mac LINK MAC", "net set-mac dev LINK mac MAC"),
    row(
        "network set-group LINK GROUP",
        "net set-link-group dev LINK group GROUP",
    ),
    row(
        "network set-rf-online LINK FAMILY",
        "net set-link-rfo dev LINK family FAMILY",
    ),
    row(
        "network set-active-policy LINK POLICY",
        "net set-link-ap dev LINK ap POLICY",
    ),
    row(
        "network add-rule ...",
        "net add-rule ... | prio:priority srcport:sport destport:dport ipproto:proto invertrule:invert fwmark:! family:! usr:! \
         suppressprefixlen:! suppressifgrp:! type:!",
    ),
    row("network delete-rule ...", "net remove-rule ..."),
    row(
        "network set-dhcpv4-id dev LINK clientid ID",
        "net set-dhcp4-cid dev LINK id ID",
    ),
    row(
        "network set-dhcpv4-id dev LINK iaid IAID",
        "net set-dhcp-iaid dev LINK f 4 iaid IAID",
    ),
    row(
        "network set-dhcpv4-id ...",
        "! one at a time: pmctl network set-dhcpv4-id dev LINK clientid ID, and then ... iaid NUMBER",
    ),
    row(
        "network set-dhcpv4-duid dev LINK ...",
        "net set-dhcp-duid dev LINK f 4 ... | duidtype:type duidrawdata:data",
    ),
    row(
        "network set-dhcpv4-use ...",
        "net set-dhcp4 ... | usedns:use-dns usentp:use-ntp usemtu:use-mtu usehostname:use-hostname usedomains:use-domains \
         useroutes:use-routes usegateway:use-gw usetimezone:use-tz usesip:!",
    ),
    row(
        "network set-dhcpv6-id dev LINK iaid IAID",
        "net set-dhcp-iaid dev LINK f 6 iaid IAID",
    ),
    row(
        "network set-dhcpv6-id dev LINK ...",
        "net set-dhcp-duid dev LINK f 6 ... | duidtype:type duidrawdata:data iaid:!",
    ),
    row(
        "network set-dhcpv6-use ...",
        "net set-dhcp6 ... | useaddr:use-addr useprefix:use-delegated-prefix usedns:use-dns usentp:use-ntp \
         usehostname:use-hostname usedomains:use-domains",
    ),
    row(
        "network set-dhcpv6 dev LINK withoutra HOW",
        "net set-dhcp6 dev LINK without-ra HOW",
    ),
    row(
        "network set-dhcpv6|set-dhcpv6-option ...",
        "! each setting of networkd can be set by its name: pmd-cli network set-parameter",
    ),
    row(
        "network add-dhcpv4-server ...",
        "net add-dhcpv4-server ... | default-lease-time-sec:default-lease-time max-lease-time-sec:max-lease-time",
    ),
    row(
        "network remove-dhcpv4-server LINK",
        "net remove-dhcpv4-server dev LINK",
    ),
    row(
        "network add-ipv6ra ...",
        "net add-ipv6ra ... | rt-pref:router-pref emit-domains:emit-domain domains:domain pref-lifetime-sec:pref-lifetime \
         valid-lifetime-sec:valid-lifetime lifetime-sec:route-lifetime dns-lifetime-sec:!",
    ),
    row("network remove-ipv6ra LINK", "net remove-ipv6ra dev LINK"),
    row("network create-vlan NAME ...", "net create-vlan NAME ..."),
    row(
        "network create-bond NAME ...",
        "net create-bond NAME ... | thp:xmit-hash-policy mms:miimon ltr:!",
    ),
    row("network create-bridge NAME ...", "net create-bridge NAME ..."),
    row("network create-macvlan NAME ...", "net create-macvlan NAME ..."),
    row(
        "network create-ipvlan NAME ...",
        "net create-ipvlan NAME ... | flags:!",
    ),
    row(
        "network create-vxlan NAME ...",
        "net create-vxlan NAME ... | destport:dport",
    ),
    row(
        "network create-wg NAME dev LINK ...",
        "net create-wg NAME ... | skey:! pkey:public-key port:listen-port ips:allowed-ips",
    ),
    row(
        "network create-tun NAME dev LINK ...",
        "net create-tun NAME ... | pktinfo:pkt-info usr:user grp:group",
    ),
    row(
        "network create-tap NAME dev LINK ...",
        "net create-tap NAME ... | pktinfo:pkt-info usr:user grp:group",
    ),
    row(
        "network remove-netdev NAME dev LINK kind KIND",
        "net remove-netdev NAME kind KIND",
    ),
    row("network remove-netdev NAME ...", "net remove-netdev NAME ..."),
    row("link set-mac ...", "net set-link-mac ..."),
    row("link set-name ...", "net set-link-name ..."),
    row(
        "link set-alt-name ...",
        "net set-link-altname ... | altnamespolicy:altnamepolicy",
    ),
    row(
        "link set-csum-offload ...",
        "net set-link-feature ... | rxco:rxcsumo txco:txcsumo rco:rxcsumo tco:txcsumo",
    ),
    row(
        "link set-tcp-offload ...",
        "net set-link-feature ... | tcpso:tso tcp6so:tso6",
    ),
    row(
        "link set-generic-offload dev LINK gsomaxbytes BYTES gsomaxseg SEGMENTS",
        "net set-link-gso dev LINK gsob BYTES gsos SEGMENTS",
    ),
    row(
        "link set-generic-offload ...",
        "net set-link-feature ... | gro:grxo grohw:grxoh gsomaxbytes:! gsomaxseg:!",
    ),
    row(
        "link set-vlan-tags ...",
        "net set-link-feature ... | rxvlanctaghwacl:rxvtha txvlanctaghwacl:txvtha rxvlanctagfilter:rxvtf txvlanstaghwacl:txvstha",
    ),
    row(
        "link set-channel ...",
        "net set-link-channel ... | och:otrch oth:otrch coch:combch",
    ),
    row(
        "link set-buffer ...",
        "net set-link-buf ... | rxbufsz:rxbuf rxmbufsz:rxminbuf rxjbufsz:rxjumbobuf txbufsz:txbuf",
    ),
    row("link set-queue ...", "net set-link-queue ..."),
    row(
        "link set-flow-ctrl ...",
        "net set-link-flow-control ... | rxfctrl:rxflowctrl txfctrl:txflowctrl anfctrl:autoflowctrl",
    ),
    row("link set-adpt-coalesce ...", "net set-link-feature ..."),
    row(
        "link set-rx-coalesce|set-tx-coalesce ...",
        "net set-link-coalesce ...",
    ),
    row(
        "link set-rx-coald-frames|set-tx-coald-frames ...",
        "net set-link-coald-frames ...",
    ),
    row("link set-coalesce-pkt ...", "net set-link-coal-pkt ..."),
    row(
        "link set-link dev LINK ...",
        "net set-link LINK ... | mtub:mtu bits:bps wolpassd:! auton:! lrxo:! ntf:! ssbcs:!",
    ),
];
