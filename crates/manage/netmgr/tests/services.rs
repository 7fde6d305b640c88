//! systemd-networkd and hostnamed on a bus, a link, and a router at the other end of it: what is set takes effect, and
//! what is live is shown. All in namespaces of this test's own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "sandbox/mod.rs"]
mod sandbox;

use std::path::Path;

use netmgr::live::services::Services;
use netmgr::live::{self, Operational};
use sandbox::{Sandbox, script};

/// A router on the far end of veth0: 10.9.0.1, a DHCP server, router advertisements for 2001:db8:9::/64.
const ROUTER: &str = "
ip link add veth0 address 02:00:00:00:00:01 type veth peer name veth1 address 02:00:00:00:00:02
cat > /run/router.network <<END
[Match]
Name=veth1
[Network]
Address=10.9.0.1/24
Address=2001:db8:9::1/64
DHCPServer=yes
IPv6SendRA=yes
IPv6AcceptRA=no
[DHCPServer]
PoolOffset=50
PoolSize=50
DNS=10.9.0.53
NTP=10.9.0.123
[IPv6Prefix]
Prefix=2001:db8:9::/64
END
router
";

#[test]
fn what_is_set_takes_effect() {
    let said = script(
        Sandbox::Services,
        &format!(
            "{ROUTER}
            $netmgr ip4_address --set --interface veth0 --mode dhcp
            $netmgr wait_for_ip --interface veth0 --timeout 30 --addrtype dhcp_ipv4
            $netmgr wait_for_ip --interface veth0 --timeout 30 --addrtype auto_ipv6
            inner a_link_with_a_lease
            $netmgr link_info --set --interface veth0 --mtu 1400
            $netmgr ip4_address --set --interface veth0 --mode static --addr 10.9.0.7/24 --gateway 10.9.0.1
            $netmgr wait_for_ip --interface veth0 --timeout 30 --addrtype static_ipv4
            $netmgr ip_route --add --interface veth0 --destination 10.77.0.0/16 --gateway 10.9.0.1 --metric 70
            inner a_link_with_a_static_address
            $netmgr undo
            inner the_route_is_gone"
        ),
    );
    assert_eq!(said, "");
}

#[test]
#[ignore = "run by what_is_set_takes_effect"]
fn a_link_with_a_lease() {
    let link = live::link("veth0").unwrap();
    assert_eq!(
        (link.kind.as_deref(), link.operational),
        (Some("veth"), Operational::Up)
    );
    assert!(
        link.up && link.carrier && link.mac == "02:00:00:00:00:01",
        "{link:?}"
    );
    let mut services = Services::connect().unwrap();
    assert!(services.has_networkd().unwrap());
    assert_eq!(services.link_state(link.index).unwrap().operational, "routable");
    services.renew(link.index).unwrap();

    let lease = live::lease(Path::new("/"), link.index).unwrap().unwrap();
    assert_eq!(
        (lease["ROUTER"].as_str(), lease["DNS"].as_str()),
        ("10.9.0.1", "10.9.0.53")
    );
    let routes = live::routes().unwrap();
    let default = routes
        .iter()
        .find(|route| route.prefix == 0 && route.destination.is_ipv4())
        .unwrap();
    assert_eq!(default.gateway.unwrap().to_string(), "10.9.0.1");
    // 16 is RTPROT_DHCP.
    assert_eq!(
        (default.protocol, default.link, default.table),
        (16, Some(link.index), 254)
    );

    let described = services.describe_link(link.index).unwrap();
    assert_eq!(described["Name"], "veth0");
    assert!(
        described["NTP"].to_string().contains("[10,9,0,123]"),
        "{}",
        described["NTP"]
    );
    let interfaces = &services.describe_network().unwrap()["Interfaces"];
    assert_eq!(interfaces.as_array().unwrap().len(), live::links().unwrap().len());
}

#[test]
#[ignore = "run by what_is_set_takes_effect"]
fn a_link_with_a_static_address() {
    eventually("the MTU and the static route", || {
        let link = live::link("veth0").unwrap();
        let routes = live::routes().unwrap();
        let route = routes
            .iter()
            .find(|route| route.destination.to_string() == "10.77.0.0");
        link.mtu == 1400 && route.is_some_and(|route| (route.prefix, route.metric) == (16, Some(70)))
    });
    let index = live::link("veth0").unwrap().index;
    let ours = |address: &&live::Address| address.link == index && address.ip.is_ipv4();
    let found: Vec<_> = live::addresses().unwrap();
    let found: Vec<_> = found
        .iter()
        .filter(ours)
        .map(|address| address.ip.to_string())
        .collect();
    assert_eq!(found, ["10.9.0.7"], "the lease is given back");
}

#[test]
#[ignore = "run by what_is_set_takes_effect"]
fn the_route_is_gone() {
    eventually("the static route to go", || {
        live::routes()
            .unwrap()
            .iter()
            .all(|route| route.destination.to_string() != "10.77.0.0")
    });
}

/// networkd answers before it has done what it was told. The links' and addresses' events do not tell of routes.
fn eventually(what: &str, done: impl Fn() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !done() {
        assert!(std::time::Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// The rule is RFC 5227's; what is refused is not written.
#[test]
fn an_address_that_somebody_has_is_refused() {
    let said = script(
        Sandbox::Services,
        &format!(
            "{ROUTER}
            $netmgr ip4_address --set --interface veth0 --mode dhcp
            $netmgr wait_for_ip --interface veth0 --timeout 30 --addrtype dhcp_ipv4
            $netmgr wait_for_ip --interface veth0 --timeout 30 --addrtype auto_ipv6
            cp /etc/systemd/network/00-veth0.network /run/before
            set +e
            $netmgr ip4_address --set --interface veth0 --mode static --addr 10.9.0.1/24 2>&1; echo $?
            $netmgr ip6_address --add --interface veth0 --addrlist 2001:db8:9::1/64 2>&1; echo $?
            cmp /etc/systemd/network/00-veth0.network /run/before && echo unchanged
            $netmgr ip4_address --set --interface veth0 --mode static --addr 10.9.0.8/24; echo $?
            $netmgr ip6_address --add --interface veth0 --addrlist 2001:db8:9::8/64; echo $?"
        ),
    );
    let refused = |ip: &str| {
        format!(
            "Error: 02:00:00:00:00:02 on veth0 has the address {ip} already; RFC 5227 allows one owner\n205\n"
        )
    };
    let expected = format!(
        "{}{}unchanged\n0\n0\n",
        refused("10.9.0.1"),
        refused("2001:db8:9::1")
    );
    assert_eq!(said, expected);
}

#[test]
fn the_host_name_is_announced() {
    let said = script(
        Sandbox::Services,
        "echo old-name > /etc/hostname
         $netmgr hostname --set --name web-1; uname -n
         busctl get-property org.freedesktop.hostname1 /org/freedesktop/hostname1 org.freedesktop.hostname1 Hostname",
    );
    assert_eq!(said, "web-1\ns \"web-1\"\n");
}

/// The bus is there and networkd is not; networkd is there and does not let us.
#[test]
fn a_service_that_is_not_there_and_one_that_refuses() {
    let said = script(
        Sandbox::Bus,
        "$netmgr link_info --set --interface lo --mtu 1500 2>&1; inner services_are_offline",
    );
    assert!(
        said.starts_with("Note: networkd was not told, for org.freedesktop.network1.Manager.Reload failed: ")
            && said.ends_with("; the change takes effect when it next starts\n"),
        "{said}"
    );
    let said = script(
        Sandbox::Refusing,
        "set +e; $netmgr link_info --set --interface lo --mtu 1500 2>&1; echo $?
         cat /etc/systemd/network/00-lo.network",
    );
    assert!(
        said.contains("AccessDenied") && said.contains("; run this as root\n210\n[Match]\nName=lo\n"),
        "{said}"
    );
}

#[test]
#[ignore = "run by a_service_that_is_not_there_and_one_that_refuses"]
fn services_are_offline() {
    let mut services = Services::connect().unwrap();
    assert!(!services.has_networkd().unwrap());
    let all = [
        services.link_state(1).map(|_| ()),
        services.dns_servers().map(|_| ()),
        services.time_servers().map(|_| ()),
        services.restart("systemd-networkd.service"),
    ];
    for result in all {
        let error = result.unwrap_err();
        assert!(matches!(error, netmgr::Error::Offline(_)), "{error:?}");
        assert!(
            error.to_string().contains("files can be edited without it"),
            "{error}"
        );
    }
}

/// What a container engine makes is not ours, and what is written for a link of ours catches nothing else.
#[test]
fn links_of_containers_are_left_alone() {
    let said = script(
        Sandbox::Services,
        "for bridge in docker0 br-0123456789ab cni0 podman0; do
             ip link add $bridge type bridge; ip link set $bridge up
         done
         ip address add 172.17.0.1/16 dev docker0
         ip link add vethab12cd3 type veth peer name eth0; ip link set vethab12cd3 master docker0 up
         ip link add veth0 type veth peer name veth1; ip link set veth1 up
         cp $policy /etc/systemd/network/
         $netmgr ip4_address --set --interface veth0 --mode static --addr 10.9.0.7/24
         $netmgr wait_for_ip --interface veth0 --timeout 30 --addrtype static_ipv4
         inner only_veth0_is_managed
         ip -o -4 address show dev docker0 | cut -d' ' -f7
         grep -A1 Match /etc/systemd/network/00-veth0.network",
    );
    assert_eq!(said, "172.17.0.1/16\n[Match]\nName=veth0\n");
}

#[test]
#[ignore = "run by links_of_containers_are_left_alone"]
fn only_veth0_is_managed() {
    let mut services = Services::connect().unwrap();
    for link in live::links().unwrap() {
        let state = services.link_state(link.index).unwrap().administrative;
        // eth0 is the end that a container would have; a real one would be managed.
        assert_eq!(
            state != "unmanaged",
            link.name == "veth0",
            "{}: {state}",
            link.name
        );
    }
}
