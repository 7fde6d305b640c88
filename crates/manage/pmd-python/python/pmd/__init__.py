"""Manage a host through its management daemon.

    import pmd
    host = pmd.server()                                   # this host, as who you are
    host = pmd.server("web1", "ada", password, cafile="web1.pem")
    host.pkg.install(packages=["nginx"])
    host.firewall.add_rule("INPUT", "-p tcp --dport 443 -j ACCEPT", persist=True)

`server(...)` has `net`, `pkg`, `firewall`, `rolemgmt` and `user` with Photon's functions, and `api` with every
operation of the API. What fails raises `PmdError`. Only Python's standard library is needed.
"""

from __future__ import annotations

from typing import Optional

from ._client import Client, PmdError
from ._firewall import Firewall
from ._net import Net
from ._operations import Api
from ._pkg import Pkg
from ._roles import RoleMgmt
from ._user import User

__all__ = ["Api", "Firewall", "Net", "Pkg", "PmdError", "RoleMgmt", "Server", "User", "server"]


class Server:
    """A host."""

    def __init__(self, client: Client) -> None:
        self.api = Api(client)
        self.firewall = Firewall(self.api)
        self.net = Net(self.api)
        self.pkg = Pkg(self.api)
        self.rolemgmt = RoleMgmt(self.api)
        self.user = User(self.api)


def server(
    name: Optional[str] = None,
    user: Optional[str] = None,
    pwd: Optional[str] = None,
    domain: Optional[str] = None,
    spn: Optional[str] = None,
    *,
    token: Optional[str] = None,
    cafile: Optional[str] = None,
    socket: str = "/run/pmd/pmd.sock",
) -> Server:
    """A host: this one over its socket, or another over TLS 1.3 with a password or a token.

    `cafile` is the certificate of the host, or of who has signed it; without it, those count that the system trusts.
    """
    if spn is not None:
        raise PmdError(0, "Kerberos is not in this client: give a token, or user and password")
    return Server(Client(name, user, pwd, domain, token, cafile, socket))
