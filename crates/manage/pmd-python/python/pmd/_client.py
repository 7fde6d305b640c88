"""Requests and answers: HTTP over the daemon's socket, or over TLS."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
import ssl
from typing import Any, Dict, Optional, Tuple
from urllib.parse import quote, urlencode

BASE = "/api/v2"
PORT = 2081
# A little more than the longest that an operation waits.
TIMEOUT = 330.0


class PmdError(Exception):
    """What went wrong: the status of the answer (0 when there was none), and why."""

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self._path)


def _address(name: str) -> Tuple[str, int]:
    """HOST, HOST:PORT, [ADDRESS]:PORT or an address of IPv6."""
    found = re.fullmatch(r"\[(?P<six>[0-9a-fA-F:.]+)\](?::(?P<sixport>\d+))?|(?P<host>[^:]+)(?::(?P<port>\d+))?", name)
    if found is None:
        return name, PORT
    port = found["sixport"] or found["port"]
    return found["six"] or found["host"], int(port) if port else PORT


def _context(cafile: Optional[str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=cafile)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


class Client:
    """Sends requests, each over a connection of its own."""

    def __init__(
        self,
        name: Optional[str],
        user: Optional[str],
        pwd: Optional[str],
        domain: Optional[str],
        token: Optional[str],
        cafile: Optional[str],
        path: str,
    ) -> None:
        self._local = name in (None, "", "localhost") and user is None and token is None
        self._path = path
        self._host, self._port = _address(name or "localhost")
        self._headers: Dict[str, str] = {"Accept": "application/json"}
        self._context = None if self._local else _context(cafile)
        if token is not None:
            self._headers["Authorization"] = "Bearer " + token
        elif user is not None:
            if pwd is None:
                raise PmdError(0, "a user needs a password: pwd=...")
            whole = user if domain is None else f"{user}@{domain}"
            if ":" in whole:
                raise PmdError(0, "the name of a user has no colon")
            pair = f"{whole}:{pwd}".encode()
            self._headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        elif not self._local:
            raise PmdError(0, "another host wants to know who you are: user= and pwd=, or token=")

    def _connection(self) -> http.client.HTTPConnection:
        if self._local:
            return _UnixConnection(self._path)
        return http.client.HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=self._context)

    def call(self, method: str, path: str, arguments: Dict[str, Any]) -> Any:
        """Calls an operation; of a job the result, when it has ended."""
        rest = dict(arguments)
        for name in re.findall(r"{(\w+)}", path):
            path = path.replace("{" + name + "}", quote(str(rest.pop(name)), safe=""))
        if method in ("GET", "DELETE"):
            body = None
            query = urlencode({key: _text(value) for key, value in rest.items()}, doseq=True)
            path = f"{path}?{query}" if query else path
        else:
            body = json.dumps(rest).encode()
        status, value = self._request(method, BASE + path, body)
        return self._follow(value) if status == 202 else value

    def _request(self, method: str, path: str, body: Optional[bytes]) -> Tuple[int, Any]:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = self._connection()
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            data, media = answer.read(), answer.headers.get_content_type()
            return answer.status, _value(answer.status, media, data)
        except (OSError, http.client.HTTPException) as error:
            raise PmdError(0, f"cannot speak with {self._where()}: {error}") from error
        finally:
            connection.close()

    def _where(self) -> str:
        return self._path if self._local else f"{self._host} port {self._port}"

    def _follow(self, job: Dict[str, Any]) -> Any:
        connection = self._connection()
        try:
            connection.request("GET", f"{BASE}/jobs/{quote(job['id'], safe='')}/events", headers=self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                _value(answer.status, answer.headers.get_content_type(), answer.read())
            event, data = "", ""
            for raw in answer:
                line = raw.decode().rstrip("\r\n")
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:"):
                    data += line[5:].lstrip(" ")
                elif line == "":
                    if event == "end":
                        return _outcome(json.loads(data))
                    event, data = "", ""
        except (OSError, http.client.HTTPException) as error:
            raise PmdError(0, f"the job {job['id']} goes on, but the connection has ended: {error}") from error
        finally:
            connection.close()
        raise PmdError(0, f"the job {job['id']} goes on, but nothing more is said")


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _value(status: int, media: str, data: bytes) -> Any:
    is_json = media in ("application/json", "application/problem+json")
    try:
        value = json.loads(data) if is_json else data.decode()
    except ValueError as error:
        raise PmdError(status, f"the answer cannot be read: {error}") from error
    if 200 <= status < 300:
        return value
    if isinstance(value, dict):
        raise PmdError(status, str(value.get("detail", "no reason is given")), str(value.get("type", "")))
    raise PmdError(status, f"the server answers with status {status}")


def _outcome(job: Dict[str, Any]) -> Any:
    if job.get("state") == "done":
        return job.get("result")
    problem = job.get("problem") or {}
    raise PmdError(int(problem.get("status", 0)), str(problem.get("detail", job.get("state"))), str(problem.get("type", "")))
