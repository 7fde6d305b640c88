"""The network: the functions of Photon's first documentation, and those of its second.

Functions that set something return 0, and raise PmdError when they cannot.
"""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Sequence, Tuple, cast

from ._operations import Api, DnsData, LinkData, RouteData

AddressKind = Literal[
    "ipv4", "ipv6", "static-ipv4", "static-ipv6", "dhcp-ipv4", "dhcp-ipv6", "auto-ipv6", "link-local-ipv6"
]

ERRORS = {
    4097: "invalid parameter",
    4098: "not supported",
    4099: "out of memory",
    4100: "value not found",
    4101: "value already exists",
    4102: "invalid interface",
    4103: "invalid address",
    4104: "invalid mode",
    4105: "bad configuration file",
    4106: "write failed",
    4107: "timed out",
    4108: "timed out waiting for DHCP",
}


class Net:
    """`net` of a server."""

    def __init__(self, api: Api) -> None:
        self._api = api

    # Identifiers for DHCP.

    def get_dhcp_duid(self, ifname: Optional[str] = None) -> str:
        """The DUID of the host, or of an interface."""
        return self._api.network.get_dhcp_ids(interface=ifname)["duid"]

    def set_dhcp_duid(self, duid: str, ifname: Optional[str] = None) -> int:
        """Sets the DUID; an empty one resets it."""
        self._api.network.set_dhcp_ids(interface=ifname, duid=duid)
        return 0

    def get_link_iaid(self, ifname: str) -> Optional[int]:
        """The IAID of an interface."""
        return self._api.network.get_dhcp_ids(interface=ifname)["iaid"]

    def set_link_iaid(self, ifname: str, iaid: int) -> int:
        """Sets the IAID; 0 resets it."""
        self._api.network.set_dhcp_ids(interface=ifname, iaid=iaid)
        return 0

    # Links.

    def get_link_info(self, ifname: Optional[str] = None) -> List[LinkData]:
        """Links as they are."""
        return self._api.network.links() if ifname is None else [self._api.network.get_link(ifname)]

    def get_link_macaddr(self, ifname: str) -> str:
        """The hardware address."""
        return self._api.network.get_link(ifname)["mac"]

    def set_link_macaddr(self, ifname: str, macaddr: str) -> int:
        """Sets the hardware address."""
        self._api.network.set_link(ifname, mac=macaddr)
        return 0

    def get_link_mtu(self, ifname: str) -> int:
        """The MTU."""
        return self._api.network.get_link(ifname)["mtu"]

    def set_link_mtu(self, ifname: str, mtu: int) -> int:
        """Sets the MTU."""
        self._api.network.set_link(ifname, mtu=mtu)
        return 0

    def get_link_mode(self, ifname: str) -> str:
        """Whether networkd manages the link (auto) or not (manual)."""
        return self._api.network.get_link(ifname)["mode"]

    def set_link_mode(self, ifname: str, mode: Literal["auto", "manual"]) -> int:
        """Has networkd manage the link, or not."""
        self._api.network.set_link(ifname, mode=mode)
        return 0

    def get_link_state(self, ifname: str) -> str:
        """up or down."""
        return "up" if self._api.network.get_link(ifname)["up"] else "down"

    def set_link_state(self, ifname: str, state: Literal["up", "down"]) -> int:
        """Brings a link up or down."""
        self._api.network.set_link(ifname, up=state == "up")
        return 0

    def set_link_up(self, ifname: str) -> int:
        """Brings a link up."""
        return self.set_link_state(ifname, "up")

    def set_link_down(self, ifname: str) -> int:
        """Brings a link down."""
        return self.set_link_state(ifname, "down")

    # Addresses and routes.

    def get_ipv4_addr_gateway(self, ifname: str) -> Tuple[str, Optional[str], Optional[str]]:
        """Mode, address with prefix, and gateway."""
        found = self._api.network.get_ipv4(ifname)
        addresses = found["addresses"]
        return found["mode"], addresses[0] if addresses else None, found["gateway"]

    def set_ipv4_addr_gateway(
        self,
        ifname: str,
        addr_mode: Literal["none", "static", "dhcp"],
        addr_prefix: Optional[str] = None,
        gateway: Optional[str] = None,
    ) -> int:
        """Sets mode, address with prefix, and gateway."""
        self._api.network.set_ipv4(name=ifname, mode=addr_mode, address=addr_prefix, gateway=gateway)
        return 0

    def get_ipv6_addr(self, ifname: str) -> List[str]:
        """Configured addresses."""
        return self._api.network.get_ipv6(ifname)["addresses"]

    def add_static_ipv6_addr(self, ifname: str, addr_prefix: str) -> int:
        """Adds an address."""
        present = self.get_ipv6_addr(ifname)
        if addr_prefix not in present:
            self._api.network.set_ipv6(ifname, addresses=[*present, addr_prefix])
        return 0

    def del_static_ipv6_addr(self, ifname: str, addr_prefix: str) -> int:
        """Removes an address."""
        present = self.get_ipv6_addr(ifname)
        self._api.network.set_ipv6(ifname, addresses=[value for value in present if value != addr_prefix])
        return 0

    def get_ipv6_addr_mode(self, ifname: str) -> Tuple[bool, bool]:
        """Whether DHCPv6 and router advertisements are used."""
        found = self._api.network.get_ipv6(ifname)
        return found["dhcp"], found["autoconf"]

    def set_ipv6_addr_mode(self, ifname: str, dhcp: bool, autoconf: bool) -> int:
        """Uses DHCPv6 and router advertisements, or not."""
        self._api.network.set_ipv6(ifname, dhcp=dhcp, autoconf=autoconf)
        return 0

    def get_ipv6_gateway(self, ifname: str) -> Optional[str]:
        """The gateway."""
        return self._api.network.get_ipv6(ifname)["gateway"]

    def set_ipv6_gateway(self, ifname: str, gateway: str) -> int:
        """Sets the gateway."""
        self._api.network.set_ipv6(ifname, gateway=gateway)
        return 0

    def get_static_ip_routes(self, ifname: str) -> List[RouteData]:
        """Configured routes."""
        return self._api.network.routes(ifname)

    def add_static_ip_route(
        self, ifname: str, destination: str, gateway: Optional[str] = None, metric: Optional[int] = None
    ) -> int:
        """Adds a route."""
        self._api.network.add_route(name=ifname, destination=destination, gateway=gateway, metric=metric)
        return 0

    def delete_static_ip_route(self, ifname: str, destination: str, gateway: Optional[str] = None) -> int:
        """Removes a route."""
        self._api.network.delete_route(name=ifname, destination=destination, gateway=gateway)
        return 0

    # Names and time.

    def get_dns_servers(self, ifname: Optional[str] = None) -> DnsData:
        """Mode, servers and domains."""
        return self._api.network.get_dns(interface=ifname)

    def set_dns_servers(
        self, dns_mode: Literal["static", "dhcp"], servers: Sequence[str] = (), ifname: Optional[str] = None
    ) -> int:
        """Sets mode and servers."""
        self._api.network.set_dns(interface=ifname, mode=dns_mode, servers=list(servers))
        return 0

    def add_dns_server(self, server: str, ifname: Optional[str] = None) -> int:
        """Adds a server."""
        present = self._api.network.get_dns(interface=ifname)["servers"]
        if server not in present:
            self._api.network.set_dns(interface=ifname, servers=[*present, server])
        return 0

    def delete_dns_server(self, server: str, ifname: Optional[str] = None) -> int:
        """Removes a server."""
        present = self._api.network.get_dns(interface=ifname)["servers"]
        self._api.network.set_dns(interface=ifname, servers=[value for value in present if value != server])
        return 0

    def get_dns_domains(self, ifname: Optional[str] = None) -> List[str]:
        """Search domains."""
        return self._api.network.get_dns(interface=ifname)["domains"]

    def set_dns_domains(self, domains: Sequence[str], ifname: Optional[str] = None) -> int:
        """Sets the search domains."""
        self._api.network.set_dns(interface=ifname, domains=list(domains))
        return 0

    def get_ntp_servers(self) -> List[str]:
        """Time servers."""
        return self._api.network.get_ntp()["servers"]

    def set_ntp_servers(self, ntpservers: Sequence[str]) -> int:
        """Sets the time servers."""
        self._api.network.set_ntp(list(ntpservers))
        return 0

    def add_ntp_servers(self, ntpservers: Sequence[str]) -> int:
        """Adds time servers."""
        present = self.get_ntp_servers()
        return self.set_ntp_servers([*present, *(value for value in ntpservers if value not in present)])

    def del_ntp_servers(self, ntpservers: Sequence[str]) -> int:
        """Removes time servers."""
        return self.set_ntp_servers([value for value in self.get_ntp_servers() if value not in ntpservers])

    def get_hostname(self) -> str:
        """The name of the host."""
        return self._api.system.hostname()["name"]

    def set_hostname(self, hostname: str) -> int:
        """Sets the name of the host."""
        self._api.system.set_hostname(hostname)
        return 0

    # Waiting, and everything else.

    def wait_for_link_up(self, ifname: str, timeout: int = 300) -> int:
        """Waits for a carrier, at most 300 seconds."""
        self._api.network.wait(ifname, seconds=_seconds(timeout))
        return 0

    def wait_for_ip(self, ifname: str, timeout: int = 300, addrtypes: Sequence[str] = ("ipv4",)) -> int:
        """Waits for an address of one of these kinds, at most 300 seconds."""
        kinds = [kind.replace("_", "-") for kind in addrtypes]
        self._api.network.wait(ifname, kinds=cast(Any, kinds), seconds=_seconds(timeout))
        return 0

    def get_network_param(self, object: str, paramname: str) -> List[str]:
        """The values of a setting of an interface or file."""
        return self._api.network.get_parameter(object, paramname)["values"]

    def set_network_param(self, object: str, paramname: str, paramvalue: str) -> int:
        """Sets a setting of an interface or file."""
        self._api.network.set_parameter(object=object, parameter=paramname, value=paramvalue)
        return 0

    def get_system_network_info(self) -> Dict[str, Any]:
        """Everything at once."""
        return {
            "links": self._api.network.links(),
            "routes": self._api.network.live_routes(),
            "dns": self._api.network.get_dns(),
            "ntp": self.get_ntp_servers(),
            "hostname": self.get_hostname(),
        }

    def get_err_info(self, error: int) -> str:
        """What a number of netmgr's means."""
        return ERRORS.get(error, "unknown error")

    # The second documentation.

    def get_version(self) -> str:
        """The version of the daemon."""
        return self._api.daemon.health()["version"]

    def is_networkd_running(self) -> bool:
        """Whether systemd-networkd runs."""
        return self._api.services.get("systemd-networkd.service")["active"] == "active"

    def configure(self, argv: Sequence[str]) -> str:
        """Runs a command of nmctl; what it prints."""
        return self._api.network.nmctl(list(argv))["output"]


def _seconds(timeout: int) -> int:
    """0 is for ever, which is not over the API."""
    return 300 if timeout <= 0 else min(timeout, 300)
