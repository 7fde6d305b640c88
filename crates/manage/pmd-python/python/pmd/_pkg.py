"""Packages."""

from __future__ import annotations

from typing import List, Literal, Optional, Sequence

from ._operations import Api, PackageData, PlanData, RepositoryInfoData

Filter = Literal["all", "installed", "available", "updates", "downgrades"]
Action = Literal["install", "erase", "reinstall", "update", "downgrade", "distro-sync", "autoremove"]


class Pkg:
    """`pkg` of a server. What changes packages waits until it is done."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def version(self) -> str:
        """The version of the daemon."""
        return self._api.daemon.health()["version"]

    def count(self) -> int:
        """How many packages are installed."""
        return self._api.packages.count()["count"]

    def repos(self) -> List[RepositoryInfoData]:
        """Configured repositories."""
        return self._api.packages.repositories()

    def packages(self, filter: Filter = "all", names: Optional[List[str]] = None) -> List[PackageData]:
        """Packages."""
        return self._api.packages.list(filter=filter, names=names)

    def install(self, packages: Sequence[str]) -> PlanData:
        """Installs packages."""
        return self._change("install", packages)

    def erase(self, packages: Sequence[str]) -> PlanData:
        """Removes packages."""
        return self._change("erase", packages)

    def reinstall(self, packages: Sequence[str]) -> PlanData:
        """Installs packages again."""
        return self._change("reinstall", packages)

    def update(self, packages: Sequence[str] = ()) -> PlanData:
        """To the newest version; all, if none is named."""
        return self._change("update", packages)

    def downgrade(self, packages: Sequence[str] = ()) -> PlanData:
        """To an older version."""
        return self._change("downgrade", packages)

    def distro_sync(self, packages: Sequence[str] = ()) -> PlanData:
        """To exactly what the repositories offer."""
        return self._change("distro-sync", packages)

    def resolve(self, action: Action, packages: Sequence[str] = ()) -> PlanData:
        """What a change would do."""
        return self._api.packages.plan(action, packages=list(packages))

    def check_update(self) -> List[PackageData]:
        """Newer versions of what is installed."""
        return self.packages("updates")

    def search(self, text: str) -> List[PackageData]:
        """Packages with a word in name, summary or description."""
        return self._api.packages.list(filter="all", search=text)

    def provides(self, what: str) -> List[PackageData]:
        """Packages that provide a capability or file."""
        return self._api.packages.list(filter="all", provides=what)

    def clean(self) -> int:
        """Removes cached packages and metadata."""
        self._api.packages.clean()
        return 0

    def _change(self, action: Action, packages: Sequence[str]) -> PlanData:
        return self._api.packages.change(action, packages=list(packages))
