"""Rules of the packet filter, in the words of iptables."""

from __future__ import annotations

from typing import List, Literal

from ._operations import Api, RuleData

Family = Literal["ipv4", "ipv6"]
Chain = Literal["INPUT", "FORWARD", "OUTPUT"]


class Firewall:
    """`firewall` of a server."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def version(self) -> str:
        """The version of the daemon."""
        return self._api.daemon.health()["version"]

    @property
    def rules(self) -> List[RuleData]:
        """The rules of IPv4."""
        return self._api.firewall.rules(family="ipv4")

    @property
    def rules6(self) -> List[RuleData]:
        """The rules of IPv6."""
        return self._api.firewall.rules(family="ipv6")

    def add_rule(self, chain: Chain, rule: str, persist: bool = False, ipv6: bool = False) -> int:
        """Adds a rule, with `persist` for the next boot too."""
        self._api.firewall.add_rule(chain, rule, family=_family(ipv6), persistent=persist)
        return 0

    def delete_rule(self, chain: Chain, rule: str, persist: bool = False, ipv6: bool = False) -> int:
        """Deletes a rule."""
        self._api.firewall.delete_rule(chain, rule, family=_family(ipv6), persistent=persist)
        return 0

    def restore(self, tables: str = "", ipv6: bool = False) -> int:
        """Puts the rules in force that are kept. All tables and both versions are restored as one."""
        self._api.firewall.restore()
        return 0


def _family(ipv6: bool) -> Family:
    return "ipv6" if ipv6 else "ipv4"
