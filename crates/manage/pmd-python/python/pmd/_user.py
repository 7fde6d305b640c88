"""Users and groups."""

from __future__ import annotations

from typing import List, Optional

from ._operations import Api, GroupData, UserData


class User:
    """`user` of a server."""

    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def version(self) -> str:
        """The version of the daemon."""
        return self._api.daemon.health()["version"]

    def users(self) -> List[UserData]:
        """All users of the host."""
        return self._api.users.list()

    def groups(self) -> List[GroupData]:
        """All groups of the host."""
        return self._api.users.groups()

    def userid(self, name: str) -> int:
        """The number of a user."""
        return self._api.users.get(name)["uid"]

    def groupid(self, name: str) -> int:
        """The number of a group."""
        return self._api.users.get_group(name)["gid"]

    def add_user(
        self,
        name: str,
        *,
        password: Optional[str] = None,
        groups: Optional[List[str]] = None,
        comment: Optional[str] = None,
        shell: Optional[str] = None,
    ) -> int:
        """Adds a user."""
        self._api.users.add(name, password=password, groups=groups, comment=comment, shell=shell)
        return 0

    def delete_user(self, name: str, remove_home: bool = False) -> int:
        """Removes a user."""
        self._api.users.delete(name, remove_home=remove_home)
        return 0

    def add_group(self, name: str) -> int:
        """Adds a group."""
        self._api.users.add_group(name)
        return 0

    def delete_group(self, name: str) -> int:
        """Removes a group."""
        self._api.users.delete_group(name)
        return 0

    def groups_for_user(self, name: str) -> List[str]:
        """The groups that a user is in, apart from the first."""
        return self._api.users.get(name)["groups"]

    def users_for_group(self, name: str) -> List[str]:
        """Who is in a group."""
        return self._api.users.get_group(name)["members"]

    def add_user_to_group(self, user: str, group: str) -> int:
        """Puts a user into a group."""
        members = self.users_for_group(group)
        if user not in members:
            self._api.users.set_group(group, members=[*members, user])
        return 0

    def remove_user_from_group(self, user: str, group: str) -> int:
        """Takes a user out of a group."""
        members = self.users_for_group(group)
        if user in members:
            self._api.users.set_group(group, members=[name for name in members if name != user])
        return 0
