"""The client against a server of its own that writes down what it is asked and answers what it was told to."""

import base64
import inspect
import json
import os
import re
import socketserver
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler

import pmd
from pmd import _operations


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.asked.append((self.command, self.path, body, dict(self.headers)))
        status, media, text = self.server.answers.pop(0) if self.server.answers else (200, "application/json", "{}")
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def address_string(self):
        return "client"

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Client(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        path = os.path.join(self.directory.name, "pmd.sock")
        self.server = Server(path, Handler)
        self.server.asked, self.server.answers = [], []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.host = pmd.server(socket=path)

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        self.directory.cleanup()

    def say(self, value, status=200, media="application/json"):
        self.server.answers.append((status, media, value if isinstance(value, str) else json.dumps(value)))

    def asked(self):
        method, path, body, _ = self.server.asked[-1]
        return method, path, body

    def test_rules(self):
        self.say([])
        self.assertEqual(self.host.firewall.add_rule("INPUT", "-p tcp -j ACCEPT", persist=True), 0)
        rule = {"chain": "INPUT", "rule": "-p tcp -j ACCEPT", "family": "ipv4", "persistent": True}
        self.assertEqual(self.asked(), ("POST", "/api/v2/firewall/rules", rule))
        self.say([])
        self.host.firewall.delete_rule("INPUT", "-s ::1 -j DROP", ipv6=True)
        method, path, body = self.asked()
        self.assertEqual((method, body), ("DELETE", None))
        self.assertIn("family=ipv6", path)
        self.assertIn("rule=-s+%3A%3A1+-j+DROP", path)
        self.assertIn("persistent=false", path)

    def test_a_name_stays_in_its_place(self):
        self.say({"uid": 5})
        self.assertEqual(self.host.user.userid("../../backup?x=1"), 5)
        self.assertEqual(self.asked()[1], "/api/v2/users/..%2F..%2Fbackup%3Fx%3D1")

    def test_packages_are_waited_for(self):
        self.say({"id": "a1"}, status=202)
        plan = {"install": [{"name": "vim"}]}
        events = "event: progress\ndata: {}\n\n: alive\n\nevent: end\ndata: %s\n\n"
        self.say(events % json.dumps({"state": "done", "result": plan}), media="text/event-stream")
        self.assertEqual(self.host.pkg.install(packages=["vim"]), plan)
        self.assertEqual(self.server.asked[0][:3], ("POST", "/api/v2/packages/transactions", {"action": "install", "packages": ["vim"]}))
        self.assertEqual(self.server.asked[1][1], "/api/v2/jobs/a1/events")

    def test_a_job_that_fails_or_is_not_heard_of_again(self):
        problem = {"type": "urn:pmd:problem:conflict", "status": 409, "detail": "no room"}
        for text, detail in [
            ("event: end\ndata: %s\n\n" % json.dumps({"state": "failed", "problem": problem}), "no room"),
            ("event: progress\ndata: {}\n\n", "nothing more is said"),
        ]:
            self.say({"id": "a1"}, status=202)
            self.say(text, media="text/event-stream")
            with self.assertRaisesRegex(pmd.PmdError, detail):
                self.host.pkg.erase(["vim"])

    def test_problems_are_exceptions(self):
        self.say({"type": "urn:pmd:problem:forbidden", "status": 403, "detail": "not you"}, 403, "application/problem+json")
        with self.assertRaises(pmd.PmdError) as caught:
            self.host.net.get_hostname()
        self.assertEqual((caught.exception.status, str(caught.exception)), (403, "not you"))
        self.say("<html>", 502, "text/html")
        with self.assertRaisesRegex(pmd.PmdError, "502"):
            self.host.net.get_hostname()
        self.say("{", 200)
        with self.assertRaisesRegex(pmd.PmdError, "cannot be read"):
            self.host.net.get_hostname()

    def test_adding_keeps_what_is_there(self):
        self.say({"mode": "static", "servers": ["1.1.1.1"], "domains": []})
        self.say({})
        self.host.net.add_dns_server("9.9.9.9")
        self.assertEqual(self.asked(), ("PATCH", "/api/v2/network/dns", {"servers": ["1.1.1.1", "9.9.9.9"]}))
        self.say({"servers": ["a", "b"]})
        self.say({})
        self.host.net.del_ntp_servers(["a"])
        self.assertEqual(self.asked(), ("PUT", "/api/v2/network/ntp", {"servers": ["b"]}))
        self.say({"name": "web", "gid": 5, "members": ["a"]})
        self.host.user.add_user_to_group("a", "web")
        self.assertEqual(len(self.server.asked), 5, "nothing to change")

    def test_every_operation_of_the_api_can_be_called(self):
        for domain, operations in vars(self.host.api).items():
            for name, method in inspect.getmembers(operations, inspect.ismethod):
                if name.startswith("_"):
                    continue
                parameters = inspect.signature(method).parameters.values()
                needed = [parameter for parameter in parameters if parameter.default is parameter.empty]
                before = len(self.server.asked)
                method(*["x" for _ in needed])
                self.assertEqual(len(self.server.asked), before + 1, f"{domain}.{name}")
                self.assertNotRegex(self.server.asked[-1][1], "[{}]")

    def test_the_documented_functions_are_there(self):
        documented = {
            "firewall": "rules add_rule delete_rule restore",
            "pkg": "version count repos packages install erase update downgrade distro_sync reinstall resolve check_update "
            "search provides clean",
            "rolemgmt": "version roles role_version prereqs status alter logs",
            "net": "get_dhcp_duid set_dhcp_duid get_link_iaid set_link_iaid get_link_macaddr set_link_macaddr get_link_mtu "
            "set_link_mtu get_link_mode set_link_mode get_link_state set_link_state set_link_up set_link_down get_link_info "
            "get_ipv4_addr_gateway set_ipv4_addr_gateway add_static_ipv6_addr del_static_ipv6_addr get_ipv6_addr "
            "get_ipv6_addr_mode set_ipv6_addr_mode get_ipv6_gateway set_ipv6_gateway add_dns_server delete_dns_server "
            "get_dns_servers set_dns_servers get_dns_domains set_dns_domains get_ntp_servers set_ntp_servers add_ntp_servers "
            "del_ntp_servers add_static_ip_route delete_static_ip_route get_hostname set_hostname wait_for_link_up wait_for_ip "
            "get_network_param set_network_param get_system_network_info get_err_info get_version is_networkd_running configure",
            "user": "users groups userid groupid add_user delete_user add_group delete_group",
        }
        for component, names in documented.items():
            for name in names.split():
                self.assertTrue(hasattr(type(getattr(self.host, component)), name), f"{component}.{name}")


class Credentials(unittest.TestCase):
    def test_who_says_nothing_is_not_heard(self):
        with self.assertRaisesRegex(pmd.PmdError, "who you are"):
            pmd.server("host.example")
        with self.assertRaisesRegex(pmd.PmdError, "password"):
            pmd.server("host.example", "ada")
        with self.assertRaisesRegex(pmd.PmdError, "colon"):
            pmd.server("host.example", "a:b", "x")
        with self.assertRaisesRegex(pmd.PmdError, "Kerberos"):
            pmd.server(spn="host/x")

    def test_a_domain_is_a_part_of_the_name(self):
        client = pmd._client.Client("h", "ada", "p:w", "corp.example", None, None, "")
        text = base64.b64decode(client._headers["Authorization"].split()[1]).decode()
        self.assertEqual(text, "ada@corp.example:p:w")

    def test_hosts_and_ports(self):
        for text, wanted in [("h", ("h", 2081)), ("h:1", ("h", 1)), ("[::1]:1", ("::1", 1)), ("fe80::1", ("fe80::1", 2081))]:
            self.assertEqual(pmd._client._address(text), wanted)

    def test_a_host_that_is_not_there_is_told(self):
        with self.assertRaisesRegex(pmd.PmdError, "/nonexistent/socket"):
            pmd.server(socket="/nonexistent/socket").user.users()


class Generated(unittest.TestCase):
    def test_nothing_secret_is_in_a_path(self):
        paths = re.findall(r'call\("\w+", "([^"]+)"', inspect.getsource(_operations))
        self.assertGreater(len(paths), 50)
        for path in paths:
            self.assertNotRegex(path, "password|secret|token")


if __name__ == "__main__":
    unittest.main()
