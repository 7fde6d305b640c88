//! The cases of `effects/*.txt`: what commands do to a system that runs. `services.rs`'s namespaces and the booted image
//! (tests/e2e) run the same format.
//!
//! A case starts with `== COMMAND`, or `== OBJECT --VERB` of netmgr. `| TEXT` is a line of the file of the interface
//! live0, which is one end of a pair (live1 is the other) and made for each case; `$ WORDS` prepares something; `> WORDS`
//! must succeed; `? WORDS` must become true, which may take networkd a while.
#![allow(unreachable_pub, dead_code, reason = "two programs include this file")]

/// A case: what it is about, and the script that tries it.
#[derive(Debug)]
pub struct Case {
    /// The command, or the object and the verb.
    pub name: String,
    /// A script for a shell in which [`HEAD`] was read.
    pub script: String,
}

/// What the scripts call. `index` is live0's number, `state` a line of networkd's file about it, `lease` one of its lease.
pub const HEAD: &str = r#"
links=/run/systemd/netif
index() { ip -o link show live0 | cut -d: -f1; }
state() { sed -n "s/^$1=//p" $links/links/$(index) 2>/dev/null; }
lease() { sed -n "s/^$1=//p" $links/leases/$(index) 2>/dev/null; }
holds() {
    read -r began _ < /proc/uptime
    until eval "$1"; do
        read -r now _ < /proc/uptime
        [ $((${now%.*} - ${began%.*})) -lt ${limit:-60} ] || { echo "waited in vain for: $1"; look; return 1; }
        sleep 0.05
    done 2>/dev/null
}
look() { cat /etc/systemd/network/*live0*; ip -d address show live0; ip rule; ip route show table all dev live0
    cat $links/links/$(index); tail -n 30 /run/networkd.log || journalctl -n 30 -u systemd-networkd; }
pair() {
    mkdir -p /etc/systemd/network
    { printf '[Match]\nName=live0\n'; cat; } > /etc/systemd/network/10-live0.network
    ip link add live0 address 02:00:00:00:0a:01 numtxqueues 4 numrxqueues 4 \
        type veth peer name live1 address 02:00:00:00:0a:02
    # A router that the kernel has learnt of before networkd has live1 would stay for ever.
    echo 0 > /proc/sys/net/ipv6/conf/live1/accept_ra
    nmctl reload
    far
    holds 'state ADMIN_STATE | grep -qx configured'
}
away() {
    for link in made0 made1 live0 live7; do ip link delete $link 2>/dev/null || true; done
    rm -f /etc/systemd/network/*live* /etc/systemd/network/*made*
    nmctl reload
}
# live1 asks by DHCP, with its address as identifier, and heeds router advertisements.
client() {
    printf '[Match]\nName=live1\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=yes\n[DHCPv4]\nClientIdentifier=mac\n' \
        > /etc/systemd/network/10-live1.network
    nmctl reload
}
"#;

/// Reads cases.
pub fn read(text: &str) -> Vec<Case> {
    let sections = text.split("== ").skip(1);
    sections.map(one).collect()
}

fn one(section: &str) -> Case {
    let (name, rest) = section.split_once('\n').unwrap_or((section, ""));
    let lines = || rest.lines().filter(|line| !line.is_empty());
    let given: Vec<&str> = lines().filter_map(|line| line.strip_prefix("| ")).collect();
    let more = given.strip_prefix(&["[Network]"]).unwrap_or(&given);
    // Without an address of its own a link is up at once.
    let link_local = match more.iter().any(|line| line.starts_with("LinkLocalAddressing=")) {
        true => "",
        false => "LinkLocalAddressing=no\n",
    };
    let mut script = format!(
        "pair <<'END' || exit 1\n[Network]\n{link_local}IPv6AcceptRA=no\n{}\nEND\n",
        more.join("\n")
    );
    // Each line ends it when it fails: set -e overlooks what is negated, and what runs in a condition.
    for line in lines() {
        script += &match line.split_at_checked(2) {
            Some(("$ ", words)) if words.ends_with('&') => format!("{words}\n"),
            Some(("$ " | "> ", words)) => format!("{words} || exit 1\n"),
            Some(("? ", condition)) => format!("holds {} || exit 1\n", quoted(condition)),
            _ => String::new(),
        };
    }
    Case {
        name: name.to_owned(),
        script,
    }
}

/// One word for the shell.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
