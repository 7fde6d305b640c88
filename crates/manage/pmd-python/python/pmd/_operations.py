"""The operations of the API, by domain. Made from the API's table: cargo run -p pmd-python."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Protocol, TypedDict, Union, cast


class Caller(Protocol):
    """What sends a request and returns its answer."""

    def call(self, method: str, path: str, arguments: Dict[str, Any]) -> Any: ...


ActionData = Literal["install", "erase", "reinstall", "update", "downgrade", "distro-sync", "autoremove"]

AddressKindData = Literal["ipv4", "ipv6", "static-ipv4", "static-ipv6", "dhcp-ipv4", "dhcp-ipv6", "auto-ipv6", "link-local-ipv6"]

AdvisoryData = TypedDict(
    "AdvisoryData",
    {
        "description": "str",
        "id": "str",
        "issued": "str",
        "kind": "str",
        "packages": "List[str]",
        "reboot": "bool",
        "references": "List[str]",
        "severity": "SeverityData",
        "title": "str",
    },
    total=False,
)

AlteredData = TypedDict(
    "AlteredData",
    {
        "log": "List[str]",
    },
    total=False,
)

ArchiveData = TypedDict(
    "ArchiveData",
    {
        "created": "str",
        "files": "List[FileData]",
        "format": "int",
        "hostname": "str",
    },
    total=False,
)

AuditEntryData = TypedDict(
    "AuditEntryData",
    {
        "arguments": "Any",
        "difference": "List[DifferenceData]",
        "hash": "str",
        "method": "str",
        "number": "int",
        "operation": "str",
        "previous": "str",
        "reason": "Union[str, None]",
        "result": "str",
        "source": "str",
        "time": "str",
        "user": "str",
    },
    total=False,
)

BuiltInData = Literal["INPUT", "FORWARD", "OUTPUT"]

ChainData = TypedDict(
    "ChainData",
    {
        "device": "Union[str, None]",
        "hook": "Union[HookData, None]",
        "kind": "Union[ChainKindData, None]",
        "name": "str",
        "policy": "Union[PolicyData, None]",
        "priority": "Union[int, None]",
        "rules": "List[str]",
    },
    total=False,
)

ChainKindData = Literal["filter", "nat", "route"]

CheckData = TypedDict(
    "CheckData",
    {
        "detail": "str",
        "name": "str",
        "works": "bool",
    },
    total=False,
)

CommandOutputData = TypedDict(
    "CommandOutputData",
    {
        "output": "str",
    },
    total=False,
)

CountData = TypedDict(
    "CountData",
    {
        "count": "int",
    },
    total=False,
)

DhcpIdsData = TypedDict(
    "DhcpIdsData",
    {
        "duid": "str",
        "iaid": "Union[int, None]",
    },
    total=False,
)

DifferenceData = TypedDict(
    "DifferenceData",
    {
        "after": "Any",
        "before": "Any",
        "pointer": "str",
    },
    total=False,
)

DnsData = TypedDict(
    "DnsData",
    {
        "domains": "List[str]",
        "mode": "DnsModeData",
        "servers": "List[str]",
    },
    total=False,
)

DnsModeData = Literal["static", "dhcp"]

EmptyData = Dict[str, Any]

FamilyData = Literal["ipv4", "ipv6"]

FileData = TypedDict(
    "FileData",
    {
        "content": "str",
        "gid": "int",
        "mode": "int",
        "path": "str",
        "uid": "int",
    },
    total=False,
)

FilterData = Literal["all", "installed", "available", "updates", "downgrades"]

GroupData = TypedDict(
    "GroupData",
    {
        "gid": "int",
        "members": "List[str]",
        "name": "str",
    },
    total=False,
)

HealthData = TypedDict(
    "HealthData",
    {
        "status": "str",
        "version": "str",
    },
    total=False,
)

HistoryEntryData = TypedDict(
    "HistoryEntryData",
    {
        "added": "List[str]",
        "command": "str",
        "id": "int",
        "removed": "List[str]",
        "time": "str",
    },
    total=False,
)

HookData = Literal["prerouting", "input", "forward", "output", "postrouting", "ingress", "egress"]

InfoData = TypedDict(
    "InfoData",
    {
        "boot_id": "str",
        "hostname": "str",
        "kernel": "str",
        "kernel_version": "str",
        "load": "List[float]",
        "machine": "str",
        "machine_id": "str",
        "memory_available": "int",
        "memory_free": "int",
        "memory_total": "int",
        "os": "str",
        "os_id": "str",
        "os_version": "str",
        "processes": "int",
        "processors": "int",
        "uptime_seconds": "int",
    },
    total=False,
)

Ipv4Data = TypedDict(
    "Ipv4Data",
    {
        "addresses": "List[str]",
        "gateway": "Union[str, None]",
        "mode": "Ipv4ModeData",
    },
    total=False,
)

Ipv4ModeData = Literal["none", "static", "dhcp"]

Ipv6Data = TypedDict(
    "Ipv6Data",
    {
        "addresses": "List[str]",
        "autoconf": "bool",
        "dhcp": "bool",
        "gateway": "Union[str, None]",
    },
    total=False,
)

JobData = TypedDict(
    "JobData",
    {
        "ended": "Union[str, None]",
        "id": "str",
        "operation": "str",
        "owner": "str",
        "problem": "Union[ProblemData, None]",
        "progress": "Union[ProgressData, None]",
        "result": "Any",
        "started": "str",
        "state": "JobStateData",
    },
    total=False,
)

JobEventData = TypedDict(
    "JobEventData",
    {
        "data": "str",
        "event": "JobEventKindData",
    },
    total=False,
)

JobEventKindData = Literal["begin", "progress", "end"]

JobStateData = Literal["running", "done", "failed", "cancelled"]

KindData = Literal["ad", "ldap"]

LinkData = TypedDict(
    "LinkData",
    {
        "addresses": "List[str]",
        "carrier": "bool",
        "index": "int",
        "kind": "Union[str, None]",
        "mac": "str",
        "mode": "LinkModeData",
        "mtu": "int",
        "name": "str",
        "operational": "str",
        "up": "bool",
    },
    total=False,
)

LinkModeData = Literal["auto", "manual"]

LiveRouteData = TypedDict(
    "LiveRouteData",
    {
        "destination": "str",
        "gateway": "Union[str, None]",
        "interface": "Union[str, None]",
        "metric": "Union[int, None]",
        "source": "Union[str, None]",
        "table": "int",
    },
    total=False,
)

LogEntryData = TypedDict(
    "LogEntryData",
    {
        "cursor": "str",
        "identifier": "str",
        "message": "str",
        "pid": "Union[int, None]",
        "priority": "int",
        "time": "str",
        "unit": "Union[str, None]",
    },
    total=False,
)

LoginSessionData = TypedDict(
    "LoginSessionData",
    {
        "id": "str",
        "seat": "str",
        "uid": "int",
        "user": "str",
    },
    total=False,
)

MembershipData = TypedDict(
    "MembershipData",
    {
        "domain": "Union[str, None]",
        "joined": "bool",
        "kind": "Union[KindData, None]",
        "roles": "Dict[str, List[str]]",
        "servers": "List[str]",
        "ssh": "List[str]",
        "sudo": "List[str]",
    },
    total=False,
)

NameNowData = TypedDict(
    "NameNowData",
    {
        "name": "str",
    },
    total=False,
)

NtpData = TypedDict(
    "NtpData",
    {
        "servers": "List[str]",
    },
    total=False,
)

PackageData = TypedDict(
    "PackageData",
    {
        "arch": "str",
        "description": "Union[str, None]",
        "epoch": "int",
        "install_size": "int",
        "installed": "bool",
        "license": "str",
        "name": "str",
        "release": "str",
        "repository": "str",
        "summary": "str",
        "url": "str",
        "version": "str",
    },
    total=False,
)

ParameterData = TypedDict(
    "ParameterData",
    {
        "values": "List[str]",
    },
    total=False,
)

PastActionData = Literal["undo", "redo", "rollback"]

PlanData = TypedDict(
    "PlanData",
    {
        "downgrade": "List[PlannedData]",
        "download_size": "int",
        "erase": "List[PlannedData]",
        "install": "List[PlannedData]",
        "reinstall": "List[PlannedData]",
        "skipped": "List[str]",
        "update": "List[PlannedData]",
    },
    total=False,
)

PlannedData = TypedDict(
    "PlannedData",
    {
        "arch": "str",
        "evr": "str",
        "install_size": "int",
        "name": "str",
        "repository": "str",
    },
    total=False,
)

PolicyData = Literal["accept", "drop"]

PrerequisiteData = TypedDict(
    "PrerequisiteData",
    {
        "advice": "str",
        "met": "bool",
        "name": "str",
    },
    total=False,
)

ProblemData = TypedDict(
    "ProblemData",
    {
        "detail": "str",
        "instance": "Union[str, None]",
        "status": "int",
        "title": "str",
        "type": "str",
    },
    total=False,
)

ProgressData = TypedDict(
    "ProgressData",
    {
        "done": "int",
        "message": "str",
        "total": "int",
    },
    total=False,
)

PropertiesData = TypedDict(
    "PropertiesData",
    {
        "properties": "Dict[str, Any]",
    },
    total=False,
)

RepositoryInfoData = TypedDict(
    "RepositoryInfoData",
    {
        "baseurl": "str",
        "enabled": "bool",
        "gpgcheck": "bool",
        "gpgkey": "List[str]",
        "id": "str",
        "metadata_expire": "Union[int, None]",
        "name": "str",
        "repo_gpgcheck": "bool",
        "skip_if_unavailable": "bool",
    },
    total=False,
)

RestoredData = TypedDict(
    "RestoredData",
    {
        "added": "List[str]",
        "changed": "List[str]",
        "same": "int",
    },
    total=False,
)

RoleData = TypedDict(
    "RoleData",
    {
        "description": "str",
        "enabled": "bool",
        "id": "str",
        "name": "str",
        "parent": "Union[str, None]",
        "version": "str",
    },
    total=False,
)

RoleActionData = Literal["enable", "update", "remove"]

RouteData = TypedDict(
    "RouteData",
    {
        "destination": "Union[str, None]",
        "gateway": "Union[str, None]",
        "metric": "Union[str, None]",
        "scope": "Union[str, None]",
        "source": "Union[str, None]",
        "table": "Union[str, None]",
    },
    total=False,
)

RuleData = TypedDict(
    "RuleData",
    {
        "chain": "BuiltInData",
        "family": "FamilyData",
        "persistent": "bool",
        "rule": "str",
    },
    total=False,
)

SeverityData = Literal["unknown", "low", "moderate", "important", "critical"]

StatusData = TypedDict(
    "StatusData",
    {
        "plan": "PlanData",
        "restart_needed": "bool",
        "security": "int",
    },
    total=False,
)

SysctlData = TypedDict(
    "SysctlData",
    {
        "key": "str",
        "persistent": "Union[str, None]",
        "value": "str",
    },
    total=False,
)

TableData = TypedDict(
    "TableData",
    {
        "chains": "List[ChainData]",
        "family": "TableFamilyData",
        "name": "str",
        "protected": "Union[str, None]",
    },
    total=False,
)

TableFamilyData = Literal["inet", "ip", "ip6", "arp", "bridge", "netdev"]

TimeData = TypedDict(
    "TimeData",
    {
        "now": "str",
        "ntp": "bool",
        "synchronized": "bool",
        "timezone": "str",
    },
    total=False,
)

UndoneData = TypedDict(
    "UndoneData",
    {
        "files": "List[str]",
    },
    total=False,
)

UnitData = TypedDict(
    "UnitData",
    {
        "active": "str",
        "description": "str",
        "enabled": "Union[str, None]",
        "load": "str",
        "main_pid": "Union[int, None]",
        "name": "str",
        "sub": "str",
    },
    total=False,
)

UserData = TypedDict(
    "UserData",
    {
        "comment": "str",
        "gid": "int",
        "groups": "List[str]",
        "home": "str",
        "locked": "bool",
        "name": "str",
        "shell": "str",
        "uid": "int",
    },
    total=False,
)

VerbData = Literal["start", "stop", "restart", "try-restart", "reload", "reload-or-restart", "kill"]

WhoAmIData = TypedDict(
    "WhoAmIData",
    {
        "groups": "List[str]",
        "method": "str",
        "operations": "List[str]",
        "roles": "List[str]",
        "user": "str",
    },
    total=False,
)


class DaemonOperations:
    """Operations of the domain daemon."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def health(self) -> HealthData:
        """Whether the daemon lives."""
        arguments: Dict[str, Any] = {}
        return cast("HealthData", self._caller.call("GET", "/health", arguments))

    def openapi(self) -> Any:
        """This document: OpenAPI 3.1."""
        arguments: Dict[str, Any] = {}
        return self._caller.call("GET", "/openapi.json", arguments)

    def whoami(self) -> WhoAmIData:
        """Who I am and what I may do."""
        arguments: Dict[str, Any] = {}
        return cast("WhoAmIData", self._caller.call("GET", "/whoami", arguments))

    def jobs(self) -> List[JobData]:
        """Jobs of the caller; of everybody, for administrators."""
        arguments: Dict[str, Any] = {}
        return cast("List[JobData]", self._caller.call("GET", "/jobs", arguments))

    def job(self, id: str) -> JobData:
        """One job."""
        arguments: Dict[str, Any] = {}
        arguments["id"] = id
        return cast("JobData", self._caller.call("GET", "/jobs/{id}", arguments))

    def cancel_job(self, id: str) -> JobData:
        """Cancel a job. What has begun to change the host is finished."""
        arguments: Dict[str, Any] = {}
        arguments["id"] = id
        return cast("JobData", self._caller.call("DELETE", "/jobs/{id}", arguments))

    def job_events(self, id: str) -> str:
        """Follow a job."""
        arguments: Dict[str, Any] = {}
        arguments["id"] = id
        return cast("str", self._caller.call("GET", "/jobs/{id}/events", arguments))

    def audit(self, *, lines: Optional[int] = None, user: Optional[str] = None) -> List[AuditEntryData]:
        """The newest lines of the audit log."""
        arguments: Dict[str, Any] = {}
        if lines is not None:
            arguments["lines"] = lines
        if user is not None:
            arguments["user"] = user
        return cast("List[AuditEntryData]", self._caller.call("GET", "/audit", arguments))


class SystemOperations:
    """Operations of the domain system."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def info(self) -> InfoData:
        """What the host is and how it is."""
        arguments: Dict[str, Any] = {}
        return cast("InfoData", self._caller.call("GET", "/system/info", arguments))

    def hostname(self) -> NameNowData:
        """The host's name."""
        arguments: Dict[str, Any] = {}
        return cast("NameNowData", self._caller.call("GET", "/system/hostname", arguments))

    def set_hostname(self, name: str) -> NameNowData:
        """Set the host's name."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("NameNowData", self._caller.call("PUT", "/system/hostname", arguments))

    def time(self) -> TimeData:
        """The clock."""
        arguments: Dict[str, Any] = {}
        return cast("TimeData", self._caller.call("GET", "/system/time", arguments))

    def set_time(self, *, ntp: Optional[bool] = None, timezone: Optional[str] = None) -> TimeData:
        """Set the time zone; follow time servers or not."""
        arguments: Dict[str, Any] = {}
        if ntp is not None:
            arguments["ntp"] = ntp
        if timezone is not None:
            arguments["timezone"] = timezone
        return cast("TimeData", self._caller.call("PATCH", "/system/time", arguments))

    def sysctls(self, *, prefix: Optional[str] = None) -> List[SysctlData]:
        """Settings of the kernel."""
        arguments: Dict[str, Any] = {}
        if prefix is not None:
            arguments["prefix"] = prefix
        return cast("List[SysctlData]", self._caller.call("GET", "/system/sysctl", arguments))

    def sysctl(self, key: str) -> SysctlData:
        """One setting of the kernel."""
        arguments: Dict[str, Any] = {}
        arguments["key"] = key
        return cast("SysctlData", self._caller.call("GET", "/system/sysctl/{key}", arguments))

    def set_sysctl(self, key: str, value: str, *, persistent: Optional[bool] = None) -> SysctlData:
        """Set a setting of the kernel, now and, if wanted, at each boot."""
        arguments: Dict[str, Any] = {}
        arguments["key"] = key
        arguments["value"] = value
        if persistent is not None:
            arguments["persistent"] = persistent
        return cast("SysctlData", self._caller.call("PUT", "/system/sysctl/{key}", arguments))

    def unset_sysctl(self, key: str) -> SysctlData:
        """Do not set it at boot any more; its value stays until then."""
        arguments: Dict[str, Any] = {}
        arguments["key"] = key
        return cast("SysctlData", self._caller.call("DELETE", "/system/sysctl/{key}", arguments))

    def sessions(self) -> List[LoginSessionData]:
        """Who is logged in."""
        arguments: Dict[str, Any] = {}
        return cast("List[LoginSessionData]", self._caller.call("GET", "/system/sessions", arguments))

    def metrics(self) -> str:
        """Metrics for Prometheus and the like."""
        arguments: Dict[str, Any] = {}
        return cast("str", self._caller.call("GET", "/system/metrics", arguments))

    def reboot(self, *, reason: Optional[str] = None) -> EmptyData:
        """Restart the host."""
        arguments: Dict[str, Any] = {}
        if reason is not None:
            arguments["reason"] = reason
        return cast("EmptyData", self._caller.call("POST", "/system/reboot", arguments))

    def poweroff(self, *, reason: Optional[str] = None) -> EmptyData:
        """Turn the host off."""
        arguments: Dict[str, Any] = {}
        if reason is not None:
            arguments["reason"] = reason
        return cast("EmptyData", self._caller.call("POST", "/system/poweroff", arguments))


class NetworkOperations:
    """Operations of the domain network."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def links(self) -> List[LinkData]:
        """All interfaces."""
        arguments: Dict[str, Any] = {}
        return cast("List[LinkData]", self._caller.call("GET", "/network/links", arguments))

    def get_link(self, name: str) -> LinkData:
        """One interface."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("LinkData", self._caller.call("GET", "/network/links/{name}", arguments))

    def set_link(self, name: str, *, mac: Optional[str] = None, mode: Optional[Literal["auto", "manual"]] = None, mtu: Optional[int] = None, up: Optional[bool] = None) -> LinkData:
        """Change an interface: hardware address, MTU, mode, state."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        if mac is not None:
            arguments["mac"] = mac
        if mode is not None:
            arguments["mode"] = mode
        if mtu is not None:
            arguments["mtu"] = mtu
        if up is not None:
            arguments["up"] = up
        return cast("LinkData", self._caller.call("PATCH", "/network/links/{name}", arguments))

    def get_ipv4(self, name: str) -> Ipv4Data:
        """IPv4 of an interface."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("Ipv4Data", self._caller.call("GET", "/network/links/{name}/ipv4", arguments))

    def set_ipv4(self, name: str, mode: Literal["none", "static", "dhcp"], *, address: Optional[str] = None, gateway: Optional[str] = None) -> Ipv4Data:
        """Set IPv4 of an interface."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        arguments["mode"] = mode
        if address is not None:
            arguments["address"] = address
        if gateway is not None:
            arguments["gateway"] = gateway
        return cast("Ipv4Data", self._caller.call("PUT", "/network/links/{name}/ipv4", arguments))

    def get_ipv6(self, name: str) -> Ipv6Data:
        """IPv6 of an interface."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("Ipv6Data", self._caller.call("GET", "/network/links/{name}/ipv6", arguments))

    def set_ipv6(self, name: str, *, addresses: Optional[List[str]] = None, autoconf: Optional[bool] = None, dhcp: Optional[bool] = None, gateway: Optional[str] = None) -> Ipv6Data:
        """Change IPv6 of an interface."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        if addresses is not None:
            arguments["addresses"] = addresses
        if autoconf is not None:
            arguments["autoconf"] = autoconf
        if dhcp is not None:
            arguments["dhcp"] = dhcp
        if gateway is not None:
            arguments["gateway"] = gateway
        return cast("Ipv6Data", self._caller.call("PATCH", "/network/links/{name}/ipv6", arguments))

    def routes(self, name: str) -> List[RouteData]:
        """Configured routes of an interface."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("List[RouteData]", self._caller.call("GET", "/network/links/{name}/routes", arguments))

    def add_route(self, name: str, destination: str, *, gateway: Optional[str] = None, metric: Optional[int] = None, scope: Optional[str] = None, source: Optional[str] = None, table: Optional[int] = None) -> List[RouteData]:
        """Add a route."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        arguments["destination"] = destination
        if gateway is not None:
            arguments["gateway"] = gateway
        if metric is not None:
            arguments["metric"] = metric
        if scope is not None:
            arguments["scope"] = scope
        if source is not None:
            arguments["source"] = source
        if table is not None:
            arguments["table"] = table
        return cast("List[RouteData]", self._caller.call("POST", "/network/links/{name}/routes", arguments))

    def delete_route(self, name: str, destination: str, *, gateway: Optional[str] = None, metric: Optional[int] = None, scope: Optional[str] = None, source: Optional[str] = None, table: Optional[int] = None) -> List[RouteData]:
        """Remove a route."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        arguments["destination"] = destination
        if gateway is not None:
            arguments["gateway"] = gateway
        if metric is not None:
            arguments["metric"] = metric
        if scope is not None:
            arguments["scope"] = scope
        if source is not None:
            arguments["source"] = source
        if table is not None:
            arguments["table"] = table
        return cast("List[RouteData]", self._caller.call("DELETE", "/network/links/{name}/routes", arguments))

    def wait(self, name: str, *, kinds: Optional[List[str]] = None, seconds: Optional[int] = None) -> EmptyData:
        """Wait for a carrier or an address."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        if kinds is not None:
            arguments["kinds"] = kinds
        if seconds is not None:
            arguments["seconds"] = seconds
        return cast("EmptyData", self._caller.call("POST", "/network/links/{name}/wait", arguments))

    def live_routes(self) -> List[LiveRouteData]:
        """All routes the kernel has."""
        arguments: Dict[str, Any] = {}
        return cast("List[LiveRouteData]", self._caller.call("GET", "/network/routes", arguments))

    def get_dns(self, *, interface: Optional[str] = None) -> DnsData:
        """Name servers and search domains."""
        arguments: Dict[str, Any] = {}
        if interface is not None:
            arguments["interface"] = interface
        return cast("DnsData", self._caller.call("GET", "/network/dns", arguments))

    def set_dns(self, *, domains: Optional[List[str]] = None, interface: Optional[str] = None, mode: Optional[Literal["static", "dhcp"]] = None, servers: Optional[List[str]] = None) -> DnsData:
        """Change name servers and search domains."""
        arguments: Dict[str, Any] = {}
        if domains is not None:
            arguments["domains"] = domains
        if interface is not None:
            arguments["interface"] = interface
        if mode is not None:
            arguments["mode"] = mode
        if servers is not None:
            arguments["servers"] = servers
        return cast("DnsData", self._caller.call("PATCH", "/network/dns", arguments))

    def get_ntp(self) -> NtpData:
        """Time servers."""
        arguments: Dict[str, Any] = {}
        return cast("NtpData", self._caller.call("GET", "/network/ntp", arguments))

    def set_ntp(self, servers: List[str]) -> NtpData:
        """Set time servers."""
        arguments: Dict[str, Any] = {}
        arguments["servers"] = servers
        return cast("NtpData", self._caller.call("PUT", "/network/ntp", arguments))

    def get_dhcp_ids(self, *, interface: Optional[str] = None) -> DhcpIdsData:
        """Identifiers for DHCP."""
        arguments: Dict[str, Any] = {}
        if interface is not None:
            arguments["interface"] = interface
        return cast("DhcpIdsData", self._caller.call("GET", "/network/dhcp-ids", arguments))

    def set_dhcp_ids(self, *, duid: Optional[str] = None, iaid: Optional[int] = None, interface: Optional[str] = None) -> DhcpIdsData:
        """Change identifiers for DHCP."""
        arguments: Dict[str, Any] = {}
        if duid is not None:
            arguments["duid"] = duid
        if iaid is not None:
            arguments["iaid"] = iaid
        if interface is not None:
            arguments["interface"] = interface
        return cast("DhcpIdsData", self._caller.call("PATCH", "/network/dhcp-ids", arguments))

    def get_parameter(self, object: str, parameter: str) -> ParameterData:
        """A setting of a file of networkd."""
        arguments: Dict[str, Any] = {}
        arguments["object"] = object
        arguments["parameter"] = parameter
        return cast("ParameterData", self._caller.call("GET", "/network/parameters/{object}/{parameter}", arguments))

    def set_parameter(self, object: str, parameter: str, value: str) -> ParameterData:
        """Set a setting of a file of networkd; it is checked by networkd's rules."""
        arguments: Dict[str, Any] = {}
        arguments["object"] = object
        arguments["parameter"] = parameter
        arguments["value"] = value
        return cast("ParameterData", self._caller.call("PUT", "/network/parameters/{object}/{parameter}", arguments))

    def nmctl(self, words: List[str]) -> CommandOutputData:
        """Run a command of nmctl."""
        arguments: Dict[str, Any] = {}
        arguments["words"] = words
        return cast("CommandOutputData", self._caller.call("POST", "/network/nmctl", arguments))

    def undo(self) -> UndoneData:
        """Undo the last change of the configuration."""
        arguments: Dict[str, Any] = {}
        return cast("UndoneData", self._caller.call("POST", "/network/undo", arguments))


class PackagesOperations:
    """Operations of the domain packages."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, *, filter: Optional[Literal["all", "installed", "available", "updates", "downgrades"]] = None, names: Optional[List[str]] = None, provides: Optional[str] = None, search: Optional[str] = None) -> List[PackageData]:
        """List packages."""
        arguments: Dict[str, Any] = {}
        if filter is not None:
            arguments["filter"] = filter
        if names is not None:
            arguments["names"] = names
        if provides is not None:
            arguments["provides"] = provides
        if search is not None:
            arguments["search"] = search
        return cast("List[PackageData]", self._caller.call("GET", "/packages", arguments))

    def count(self) -> CountData:
        """How many packages are installed."""
        arguments: Dict[str, Any] = {}
        return cast("CountData", self._caller.call("GET", "/packages/count", arguments))

    def repositories(self) -> List[RepositoryInfoData]:
        """Configured repositories."""
        arguments: Dict[str, Any] = {}
        return cast("List[RepositoryInfoData]", self._caller.call("GET", "/packages/repositories", arguments))

    def plan(self, action: Literal["install", "erase", "reinstall", "update", "downgrade", "distro-sync", "autoremove"], *, allow_erasing: Optional[bool] = None, best: Optional[bool] = None, download_only: Optional[bool] = None, exclude: Optional[List[str]] = None, packages: Optional[List[str]] = None, security: Optional[bool] = None) -> PlanData:
        """What a change would do."""
        arguments: Dict[str, Any] = {}
        arguments["action"] = action
        if allow_erasing is not None:
            arguments["allow_erasing"] = allow_erasing
        if best is not None:
            arguments["best"] = best
        if download_only is not None:
            arguments["download_only"] = download_only
        if exclude is not None:
            arguments["exclude"] = exclude
        if packages is not None:
            arguments["packages"] = packages
        if security is not None:
            arguments["security"] = security
        return cast("PlanData", self._caller.call("POST", "/packages/plan", arguments))

    def change(self, action: Literal["install", "erase", "reinstall", "update", "downgrade", "distro-sync", "autoremove"], *, allow_erasing: Optional[bool] = None, best: Optional[bool] = None, download_only: Optional[bool] = None, exclude: Optional[List[str]] = None, packages: Optional[List[str]] = None, security: Optional[bool] = None) -> PlanData:
        """Install, remove or update packages, all or nothing."""
        arguments: Dict[str, Any] = {}
        arguments["action"] = action
        if allow_erasing is not None:
            arguments["allow_erasing"] = allow_erasing
        if best is not None:
            arguments["best"] = best
        if download_only is not None:
            arguments["download_only"] = download_only
        if exclude is not None:
            arguments["exclude"] = exclude
        if packages is not None:
            arguments["packages"] = packages
        if security is not None:
            arguments["security"] = security
        return cast("PlanData", self._caller.call("POST", "/packages/transactions", arguments))

    def history(self) -> List[HistoryEntryData]:
        """Transactions of the past."""
        arguments: Dict[str, Any] = {}
        return cast("List[HistoryEntryData]", self._caller.call("GET", "/packages/transactions", arguments))

    def past(self, action: Literal["undo", "redo", "rollback"], id: int) -> PlanData:
        """Undo or redo a transaction, or go back to it."""
        arguments: Dict[str, Any] = {}
        arguments["action"] = action
        arguments["id"] = id
        return cast("PlanData", self._caller.call("POST", "/packages/past", arguments))

    def mark(self, auto: bool, packages: List[str]) -> EmptyData:
        """Mark packages as wanted, or as there for others' sake."""
        arguments: Dict[str, Any] = {}
        arguments["auto"] = auto
        arguments["packages"] = packages
        return cast("EmptyData", self._caller.call("PUT", "/packages/marks", arguments))

    def refresh(self) -> EmptyData:
        """Ask the repositories for their metadata."""
        arguments: Dict[str, Any] = {}
        return cast("EmptyData", self._caller.call("POST", "/packages/refresh", arguments))

    def clean(self) -> EmptyData:
        """Remove cached packages and metadata."""
        arguments: Dict[str, Any] = {}
        return cast("EmptyData", self._caller.call("POST", "/packages/clean", arguments))

    def info(self, name: str) -> List[PackageData]:
        """One package: installed and available versions."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("List[PackageData]", self._caller.call("GET", "/packages/{name}", arguments))


class UpdatesOperations:
    """Operations of the domain updates."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def status(self) -> StatusData:
        """What an update of everything would do."""
        arguments: Dict[str, Any] = {}
        return cast("StatusData", self._caller.call("GET", "/updates", arguments))

    def advisories(self, *, security: Optional[bool] = None, severity: Optional[Literal["unknown", "low", "moderate", "important", "critical"]] = None) -> List[AdvisoryData]:
        """Advisories that concern installed packages."""
        arguments: Dict[str, Any] = {}
        if security is not None:
            arguments["security"] = security
        if severity is not None:
            arguments["severity"] = severity
        return cast("List[AdvisoryData]", self._caller.call("GET", "/updates/advisories", arguments))


class FirewallOperations:
    """Operations of the domain firewall."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def rules(self, *, family: Optional[Literal["ipv4", "ipv6"]] = None) -> List[RuleData]:
        """Rules that were added through the API."""
        arguments: Dict[str, Any] = {}
        if family is not None:
            arguments["family"] = family
        return cast("List[RuleData]", self._caller.call("GET", "/firewall/rules", arguments))

    def add_rule(self, chain: Literal["INPUT", "FORWARD", "OUTPUT"], rule: str, *, family: Optional[Literal["ipv4", "ipv6"]] = None, persistent: Optional[bool] = None) -> List[RuleData]:
        """Add a rule."""
        arguments: Dict[str, Any] = {}
        arguments["chain"] = chain
        arguments["rule"] = rule
        if family is not None:
            arguments["family"] = family
        if persistent is not None:
            arguments["persistent"] = persistent
        return cast("List[RuleData]", self._caller.call("POST", "/firewall/rules", arguments))

    def delete_rule(self, chain: Literal["INPUT", "FORWARD", "OUTPUT"], rule: str, *, family: Optional[Literal["ipv4", "ipv6"]] = None, persistent: Optional[bool] = None) -> List[RuleData]:
        """Remove a rule."""
        arguments: Dict[str, Any] = {}
        arguments["chain"] = chain
        arguments["rule"] = rule
        if family is not None:
            arguments["family"] = family
        if persistent is not None:
            arguments["persistent"] = persistent
        return cast("List[RuleData]", self._caller.call("DELETE", "/firewall/rules", arguments))

    def restore(self) -> List[RuleData]:
        """Put back the rules that are kept for the next boot."""
        arguments: Dict[str, Any] = {}
        return cast("List[RuleData]", self._caller.call("POST", "/firewall/restore", arguments))

    def save(self) -> EmptyData:
        """Keep the rules of the kernel for the next boot."""
        arguments: Dict[str, Any] = {}
        return cast("EmptyData", self._caller.call("POST", "/firewall/save", arguments))

    def tables(self) -> List[TableData]:
        """Tables, chains and rules of the kernel."""
        arguments: Dict[str, Any] = {}
        return cast("List[TableData]", self._caller.call("GET", "/firewall/tables", arguments))

    def set_tables(self, tables: Any) -> List[TableData]:
        """Make the tables what is given, all at once."""
        arguments: Dict[str, Any] = {}
        arguments["tables"] = tables
        return cast("List[TableData]", self._caller.call("PUT", "/firewall/tables", arguments))

    def add_table(self, family: Literal["inet", "ip", "ip6", "arp", "bridge", "netdev"], table: str) -> List[TableData]:
        """Add a table."""
        arguments: Dict[str, Any] = {}
        arguments["family"] = family
        arguments["table"] = table
        return cast("List[TableData]", self._caller.call("POST", "/firewall/tables", arguments))

    def delete_table(self, family: Literal["inet", "ip", "ip6", "arp", "bridge", "netdev"], table: str) -> List[TableData]:
        """Remove a table."""
        arguments: Dict[str, Any] = {}
        arguments["family"] = family
        arguments["table"] = table
        return cast("List[TableData]", self._caller.call("DELETE", "/firewall/tables", arguments))

    def add_chain(self, chain: str, family: Literal["inet", "ip", "ip6", "arp", "bridge", "netdev"], table: str, *, device: Optional[str] = None, hook: Optional[Literal["prerouting", "input", "forward", "output", "postrouting", "ingress", "egress"]] = None, kind: Optional[Literal["filter", "nat", "route"]] = None, policy: Optional[Literal["accept", "drop"]] = None, priority: Optional[int] = None) -> List[TableData]:
        """Add a chain."""
        arguments: Dict[str, Any] = {}
        arguments["chain"] = chain
        arguments["family"] = family
        arguments["table"] = table
        if device is not None:
            arguments["device"] = device
        if hook is not None:
            arguments["hook"] = hook
        if kind is not None:
            arguments["kind"] = kind
        if policy is not None:
            arguments["policy"] = policy
        if priority is not None:
            arguments["priority"] = priority
        return cast("List[TableData]", self._caller.call("POST", "/firewall/chains", arguments))

    def delete_chain(self, chain: str, family: Literal["inet", "ip", "ip6", "arp", "bridge", "netdev"], table: str) -> List[TableData]:
        """Remove a chain."""
        arguments: Dict[str, Any] = {}
        arguments["chain"] = chain
        arguments["family"] = family
        arguments["table"] = table
        return cast("List[TableData]", self._caller.call("DELETE", "/firewall/chains", arguments))


class UsersOperations:
    """Operations of the domain users."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self) -> List[UserData]:
        """Local users."""
        arguments: Dict[str, Any] = {}
        return cast("List[UserData]", self._caller.call("GET", "/users", arguments))

    def get(self, name: str) -> UserData:
        """One user, of any name service."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("UserData", self._caller.call("GET", "/users/{name}", arguments))

    def add(self, name: str, *, comment: Optional[str] = None, group: Optional[str] = None, groups: Optional[List[str]] = None, home: Optional[str] = None, password: Optional[str] = None, shell: Optional[str] = None, system: Optional[bool] = None, uid: Optional[int] = None) -> UserData:
        """Add a user."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        if comment is not None:
            arguments["comment"] = comment
        if group is not None:
            arguments["group"] = group
        if groups is not None:
            arguments["groups"] = groups
        if home is not None:
            arguments["home"] = home
        if password is not None:
            arguments["password"] = password
        if shell is not None:
            arguments["shell"] = shell
        if system is not None:
            arguments["system"] = system
        if uid is not None:
            arguments["uid"] = uid
        return cast("UserData", self._caller.call("POST", "/users", arguments))

    def set(self, name: str, *, comment: Optional[str] = None, group: Optional[str] = None, groups: Optional[List[str]] = None, home: Optional[str] = None, locked: Optional[bool] = None, password: Optional[str] = None, shell: Optional[str] = None) -> UserData:
        """Change a user."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        if comment is not None:
            arguments["comment"] = comment
        if group is not None:
            arguments["group"] = group
        if groups is not None:
            arguments["groups"] = groups
        if home is not None:
            arguments["home"] = home
        if locked is not None:
            arguments["locked"] = locked
        if password is not None:
            arguments["password"] = password
        if shell is not None:
            arguments["shell"] = shell
        return cast("UserData", self._caller.call("PATCH", "/users/{name}", arguments))

    def delete(self, name: str, *, remove_home: Optional[bool] = None) -> EmptyData:
        """Remove a user."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        if remove_home is not None:
            arguments["remove_home"] = remove_home
        return cast("EmptyData", self._caller.call("DELETE", "/users/{name}", arguments))

    def groups(self) -> List[GroupData]:
        """Local groups."""
        arguments: Dict[str, Any] = {}
        return cast("List[GroupData]", self._caller.call("GET", "/groups", arguments))

    def get_group(self, name: str) -> GroupData:
        """One group, of any name service."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("GroupData", self._caller.call("GET", "/groups/{name}", arguments))

    def add_group(self, name: str, *, gid: Optional[int] = None, members: Optional[List[str]] = None, system: Optional[bool] = None) -> GroupData:
        """Add a group."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        if gid is not None:
            arguments["gid"] = gid
        if members is not None:
            arguments["members"] = members
        if system is not None:
            arguments["system"] = system
        return cast("GroupData", self._caller.call("POST", "/groups", arguments))

    def set_group(self, name: str, *, members: Optional[List[str]] = None, new_name: Optional[str] = None) -> GroupData:
        """Change a group."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        if members is not None:
            arguments["members"] = members
        if new_name is not None:
            arguments["new_name"] = new_name
        return cast("GroupData", self._caller.call("PATCH", "/groups/{name}", arguments))

    def delete_group(self, name: str) -> EmptyData:
        """Remove a group."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("EmptyData", self._caller.call("DELETE", "/groups/{name}", arguments))


class ServicesOperations:
    """Operations of the domain services."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, *, kind: Optional[str] = None, state: Optional[str] = None) -> List[UnitData]:
        """Units that systemd has loaded."""
        arguments: Dict[str, Any] = {}
        if kind is not None:
            arguments["kind"] = kind
        if state is not None:
            arguments["state"] = state
        return cast("List[UnitData]", self._caller.call("GET", "/services", arguments))

    def get(self, unit: str) -> UnitData:
        """One unit."""
        arguments: Dict[str, Any] = {}
        arguments["unit"] = unit
        return cast("UnitData", self._caller.call("GET", "/services/{unit}", arguments))

    def properties(self, unit: str) -> PropertiesData:
        """All properties of a unit."""
        arguments: Dict[str, Any] = {}
        arguments["unit"] = unit
        return cast("PropertiesData", self._caller.call("GET", "/services/{unit}/properties", arguments))

    def set(self, unit: str, *, active: Optional[bool] = None, enabled: Optional[bool] = None, masked: Optional[bool] = None) -> UnitData:
        """Run a unit or not, at boot or not, never or again."""
        arguments: Dict[str, Any] = {}
        arguments["unit"] = unit
        if active is not None:
            arguments["active"] = active
        if enabled is not None:
            arguments["enabled"] = enabled
        if masked is not None:
            arguments["masked"] = masked
        return cast("UnitData", self._caller.call("PATCH", "/services/{unit}", arguments))

    def act(self, unit: str, verb: Literal["start", "stop", "restart", "try-restart", "reload", "reload-or-restart", "kill"]) -> UnitData:
        """Start, stop, restart or reload a unit."""
        arguments: Dict[str, Any] = {}
        arguments["unit"] = unit
        arguments["verb"] = verb
        return cast("UnitData", self._caller.call("POST", "/services/{unit}/actions", arguments))

    def manager(self) -> PropertiesData:
        """Properties of systemd itself."""
        arguments: Dict[str, Any] = {}
        return cast("PropertiesData", self._caller.call("GET", "/services-manager", arguments))


class LogsOperations:
    """Operations of the domain logs."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, *, after: Optional[str] = None, boot: Optional[int] = None, identifier: Optional[str] = None, lines: Optional[int] = None, priority: Optional[int] = None, since: Optional[str] = None, unit: Optional[str] = None, until: Optional[str] = None) -> List[LogEntryData]:
        """Entries of the journal, oldest first."""
        arguments: Dict[str, Any] = {}
        if after is not None:
            arguments["after"] = after
        if boot is not None:
            arguments["boot"] = boot
        if identifier is not None:
            arguments["identifier"] = identifier
        if lines is not None:
            arguments["lines"] = lines
        if priority is not None:
            arguments["priority"] = priority
        if since is not None:
            arguments["since"] = since
        if unit is not None:
            arguments["unit"] = unit
        if until is not None:
            arguments["until"] = until
        return cast("List[LogEntryData]", self._caller.call("GET", "/logs", arguments))


class RolesOperations:
    """Operations of the domain roles."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self) -> List[RoleData]:
        """Roles that plugins offer."""
        arguments: Dict[str, Any] = {}
        return cast("List[RoleData]", self._caller.call("GET", "/roles", arguments))

    def get(self, name: str) -> RoleData:
        """One role."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("RoleData", self._caller.call("GET", "/roles/{name}", arguments))

    def prerequisites(self, name: str) -> List[PrerequisiteData]:
        """What a role needs first."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        return cast("List[PrerequisiteData]", self._caller.call("GET", "/roles/{name}/prerequisites", arguments))

    def alter(self, name: str, action: Literal["enable", "update", "remove"], *, config: Optional[Any] = None) -> AlteredData:
        """Enable, update or remove a role."""
        arguments: Dict[str, Any] = {}
        arguments["name"] = name
        arguments["action"] = action
        if config is not None:
            arguments["config"] = config
        return cast("AlteredData", self._caller.call("POST", "/roles/{name}/actions", arguments))


class BackupOperations:
    """Operations of the domain backup."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def get(self) -> ArchiveData:
        """The configuration as one document."""
        arguments: Dict[str, Any] = {}
        return cast("ArchiveData", self._caller.call("GET", "/backup", arguments))

    def restore(self, archive: Any, *, dry_run: Optional[bool] = None) -> RestoredData:
        """Put a configuration back: all of it or nothing."""
        arguments: Dict[str, Any] = {}
        arguments["archive"] = archive
        if dry_run is not None:
            arguments["dry_run"] = dry_run
        return cast("RestoredData", self._caller.call("POST", "/backup/restore", arguments))


class DirectoryOperations:
    """Operations of the domain directory."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def info(self) -> MembershipData:
        """Which directory the host is in."""
        arguments: Dict[str, Any] = {}
        return cast("MembershipData", self._caller.call("GET", "/directory", arguments))

    def join(self, domain: str, kind: Literal["ad", "ldap"], *, base: Optional[str] = None, ca: Optional[str] = None, offline_days: Optional[int] = None, organizational_unit: Optional[str] = None, password: Optional[str] = None, qualified: Optional[bool] = None, roles: Optional[Any] = None, servers: Optional[List[str]] = None, ssh: Optional[List[str]] = None, sudo: Optional[List[str]] = None, user: Optional[str] = None) -> MembershipData:
        """Join a directory."""
        arguments: Dict[str, Any] = {}
        arguments["domain"] = domain
        arguments["kind"] = kind
        if base is not None:
            arguments["base"] = base
        if ca is not None:
            arguments["ca"] = ca
        if offline_days is not None:
            arguments["offline_days"] = offline_days
        if organizational_unit is not None:
            arguments["organizational_unit"] = organizational_unit
        if password is not None:
            arguments["password"] = password
        if qualified is not None:
            arguments["qualified"] = qualified
        if roles is not None:
            arguments["roles"] = roles
        if servers is not None:
            arguments["servers"] = servers
        if ssh is not None:
            arguments["ssh"] = ssh
        if sudo is not None:
            arguments["sudo"] = sudo
        if user is not None:
            arguments["user"] = user
        return cast("MembershipData", self._caller.call("POST", "/directory", arguments))

    def leave(self, *, password: Optional[str] = None, user: Optional[str] = None) -> MembershipData:
        """Leave it; what was before comes back."""
        arguments: Dict[str, Any] = {}
        if password is not None:
            arguments["password"] = password
        if user is not None:
            arguments["user"] = user
        return cast("MembershipData", self._caller.call("POST", "/directory/leave", arguments))

    def test(self, *, user: Optional[str] = None) -> List[CheckData]:
        """Try whether it works."""
        arguments: Dict[str, Any] = {}
        if user is not None:
            arguments["user"] = user
        return cast("List[CheckData]", self._caller.call("POST", "/directory/test", arguments))


class Api:
    """All operations."""

    def __init__(self, caller: Caller) -> None:
        self.daemon = DaemonOperations(caller)
        self.system = SystemOperations(caller)
        self.network = NetworkOperations(caller)
        self.packages = PackagesOperations(caller)
        self.updates = UpdatesOperations(caller)
        self.firewall = FirewallOperations(caller)
        self.users = UsersOperations(caller)
        self.services = ServicesOperations(caller)
        self.logs = LogsOperations(caller)
        self.roles = RolesOperations(caller)
        self.backup = BackupOperations(caller)
        self.directory = DirectoryOperations(caller)
