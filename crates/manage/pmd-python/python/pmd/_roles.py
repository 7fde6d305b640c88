"""Roles and their plugins."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional

from ._operations import Api, JobData, PrerequisiteData, RoleData

Operation = Literal["enable", "update", "remove"]


class RoleMgmt:
    """`rolemgmt` of a server."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def version(self) -> str:
        """The version of the daemon."""
        return self._api.daemon.health()["version"]

    @property
    def roles(self) -> List[RoleData]:
        """All roles."""
        return self._api.roles.list()

    def role_version(self, name: str) -> str:
        """The version of a role's plugin."""
        return self._api.roles.get(name)["version"]

    def prereqs(self, name: str) -> List[PrerequisiteData]:
        """What a role needs first."""
        return self._api.roles.prerequisites(name)

    def status(self, name: str, taskid: str) -> JobData:
        """How a task is."""
        return self._api.daemon.job(taskid)

    def alter(self, name: str, operation: Operation, config: Optional[Dict[str, Any]] = None) -> List[str]:
        """Gives a role to the host, changes it or takes it away; what the plugin has said."""
        return self._api.roles.alter(name, operation, config=config or {})["log"]

    def logs(self, taskid: str, startat: int = 0, count: Optional[int] = None) -> List[str]:
        """What a task has said."""
        job = self._api.daemon.job(taskid)
        result = job.get("result") or {}
        lines: List[str] = list(result.get("log", []))
        return lines[startat:] if count is None else lines[startat : startat + count]
