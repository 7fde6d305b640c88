"""Every function of the module: on a tree, and what of it is about a running system in a namespace of its own."""

import ast
import inspect
import os
import pathlib
import tempfile
import unittest
import warnings

import netmgr

LIVE = os.environ.get("NETMGR_LIVE") == "1"


class OnATree(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.assertEqual(netmgr.set_root(self.directory.name), 0)

    def tearDown(self):
        netmgr.set_root("/")
        self.directory.cleanup()

    def fails(self, code, function, *arguments):
        with self.assertRaises(netmgr.NetmgrError) as raised:
            function(*arguments)
        self.assertEqual(raised.exception.code, code, str(raised.exception))

    def file(self):
        path = pathlib.Path(self.directory.name, "etc/systemd/network/00-eth0.network")
        return path.read_text()

    def test_errors(self):
        self.assertEqual(netmgr.get_err_info(4100), "value not found")
        self.assertEqual(netmgr.get_err_info(4108), "timed out waiting for DHCP")
        self.assertIn("Permission denied", netmgr.get_err_info(13))
        self.fails(4097, netmgr.set_root, "/nonexistent")
        self.assertRaises(TypeError, netmgr.set_link_mtu, "eth0")
        self.assertRaises(OverflowError, netmgr.set_link_mtu, "eth0", -1)

    def test_links(self):
        self.assertEqual(netmgr.set_link_macaddr("eth0", "00:11:22:33:44:55"), 0)
        self.assertEqual(netmgr.get_link_macaddr("eth0"), "00:11:22:33:44:55")
        self.fails(4103, netmgr.set_link_macaddr, "eth0", "zz")
        self.assertEqual(netmgr.set_link_mtu("eth0", 1400), 0)
        self.assertEqual(netmgr.get_link_mtu("eth0"), 1400)
        self.fails(4097, netmgr.set_link_mtu, "eth0", 4294967295)
        self.assertEqual(netmgr.set_link_mode("eth0", netmgr.LINK_MANUAL), 0)
        self.assertEqual(netmgr.get_link_mode("eth0"), netmgr.LINK_MANUAL)
        self.assertEqual(netmgr.set_link_mode("eth0", netmgr.LINK_AUTO), 0)
        self.assertEqual(netmgr.get_link_mode("eth0"), netmgr.LINK_AUTO)
        self.fails(4097, netmgr.set_link_mode, "eth0", 9)
        self.assertIn("[Match]\nName=eth0\n", self.file())

    def test_what_needs_a_running_system(self):
        self.fails(4098, netmgr.get_link_info)
        self.fails(4098, netmgr.get_link_state, "eth0")
        self.fails(4098, netmgr.set_link_state, "eth0", netmgr.LINK_UP)
        self.fails(4097, netmgr.set_link_state, "eth0", 7)
        self.fails(4098, netmgr.set_link_up, "eth0")
        self.fails(4098, netmgr.set_link_down, "eth0")
        self.fails(4098, netmgr.get_ip_addr, "eth0")
        self.fails(4098, netmgr.wait_for_link_up, "eth0", 1)
        self.fails(4098, netmgr.wait_for_ip, "eth0", 1, netmgr.STATIC_IPV4)

    def test_dhcp_identifiers(self):
        self.fails(4100, netmgr.get_link_iaid, "eth0")
        self.assertEqual(netmgr.set_link_iaid("eth0", 7), 0)
        self.assertEqual(netmgr.get_link_iaid("eth0"), 7)
        duid = "00:03:00:01:02:11:22:33:44:55"
        for interface in ["eth0", None]:
            self.fails(4100, netmgr.get_dhcp_duid, interface)
            self.assertEqual(netmgr.set_dhcp_duid(duid, interface), 0)
            self.assertEqual(netmgr.get_dhcp_duid(interface), duid)
        self.fails(4097, netmgr.set_dhcp_duid, "nonsense")

    def test_ipv4(self):
        mode = netmgr.IPV4_ADDR_MODE_STATIC
        self.assertEqual(netmgr.set_ipv4_addr_gateway("eth0", mode, "10.0.0.5/24", gateway="10.0.0.1"), 0)
        self.assertEqual(netmgr.get_ipv4_addr_gateway("eth0"), (mode, "10.0.0.5/24", "10.0.0.1"))
        self.assertEqual(netmgr.set_ipv4_addr_gateway("eth0", netmgr.IPV4_ADDR_MODE_DHCP), 0)
        self.assertEqual(netmgr.get_ipv4_addr_gateway("eth0"), (netmgr.IPV4_ADDR_MODE_DHCP, None, None))
        self.assertEqual(netmgr.set_ipv4_addr_gateway("eth0", netmgr.IPV4_ADDR_MODE_NONE), 0)
        self.fails(4103, netmgr.set_ipv4_addr_gateway, "eth0", mode, "10.0.0.5/33")
        self.fails(4104, netmgr.set_ipv4_addr_gateway, "eth0", 5)

    def test_ipv6(self):
        self.assertEqual(netmgr.add_static_ipv6_addr("eth0", "2001:db8::5/64"), 0)
        self.fails(4101, netmgr.add_static_ipv6_addr, "eth0", "2001:db8::5/64")
        self.assertEqual(netmgr.get_ipv6_addr("eth0"), ["2001:db8::5/64"])
        self.assertEqual(netmgr.del_static_ipv6_addr("eth0", "2001:db8::5/64"), 0)
        self.fails(4100, netmgr.del_static_ipv6_addr, "eth0", "2001:db8::5/64")
        self.assertEqual(netmgr.set_ipv6_addr_mode("eth0", True, False), 0)
        self.assertEqual(netmgr.get_ipv6_addr_mode("eth0"), (True, False))
        self.fails(4100, netmgr.get_ipv6_gateway, "eth0")
        self.assertEqual(netmgr.set_ipv6_gateway("eth0", "2001:db8::1"), 0)
        self.assertEqual(netmgr.get_ipv6_gateway("eth0"), "2001:db8::1")
        self.assertEqual(netmgr.set_ipv6_gateway("eth0"), 0)
        self.fails(4100, netmgr.set_ipv6_gateway, "eth0")

    def test_routes(self):
        self.assertEqual(netmgr.add_static_ip_route("eth0", "10.7.0.0/16", "10.0.0.2", metric=70, table="9"), 0)
        self.fails(4101, netmgr.add_static_ip_route, "eth0", "10.7.0.0/16", "10.0.0.2", None, None, 70, "9")
        expected = {
            "interface": "eth0", "destination": "10.7.0.0/16", "source": None, "gateway": "10.0.0.2",
            "scope": None, "metric": 70, "table": "9",
        }
        self.assertEqual(netmgr.get_static_ip_routes("eth0"), [expected])
        self.assertEqual(netmgr.delete_static_ip_route("eth0", "10.7.0.0/16"), 0)
        self.fails(4100, netmgr.delete_static_ip_route, "eth0", "10.7.0.0/16")

    def test_dns(self):
        for interface in ["eth0", None]:
            self.assertEqual(netmgr.set_dns_servers(netmgr.STATIC_DNS, ["1.1.1.1", "9.9.9.9"], interface), 0)
            self.assertEqual(netmgr.add_dns_server("8.8.8.8", interface), 0)
            self.assertEqual(netmgr.delete_dns_server("9.9.9.9", interface), 0)
            expected = {"mode": netmgr.STATIC_DNS, "servers": ["1.1.1.1", "8.8.8.8"]}
            self.assertEqual(netmgr.get_dns_servers(interface), expected)
            self.assertEqual(netmgr.set_dns_servers(netmgr.DHCP_DNS, ifname=interface), 0)
            self.assertEqual(netmgr.get_dns_servers(interface), {"mode": netmgr.DHCP_DNS, "servers": []})
            self.assertEqual(netmgr.set_dns_domains(["a.example", "b.example"], interface), 0)
            self.assertEqual(netmgr.add_dns_domain("c.example", interface), 0)
            self.assertEqual(netmgr.delete_dns_domain("a.example", interface), 0)
            self.assertEqual(netmgr.get_dns_domains(interface), ["b.example", "c.example"])
        self.fails(4104, netmgr.set_dns_servers, netmgr.STATIC_DNS)
        self.fails(4104, netmgr.set_dns_servers, 0, ["1.1.1.1"])
        self.fails(4103, netmgr.set_dns_servers, netmgr.STATIC_DNS, ["nonsense"])

    def test_ntp(self):
        self.assertEqual(netmgr.set_ntp_servers(["a.example"]), 0)
        self.assertEqual(netmgr.add_ntp_servers(["b.example"]), 0)
        self.assertEqual(netmgr.del_ntp_servers(["a.example"]), 0)
        self.assertEqual(netmgr.get_ntp_servers(), ["b.example"])
        self.fails(4097, netmgr.set_ntp_servers, ["$(id)"])

    def test_system(self):
        self.fails(4100, netmgr.get_hostname)
        self.assertEqual(netmgr.set_hostname("web-1"), 0)
        self.assertEqual(netmgr.get_hostname(), "web-1")
        self.assertEqual(netmgr.set_network_param("eth0", "Network_LLDP", "yes"), 0)
        self.assertEqual(netmgr.get_network_param("eth0", "Network_LLDP"), "yes")
        self.assertEqual(netmgr.set_network_param("eth0", "Network_LLDP"), 0)
        self.fails(4100, netmgr.get_network_param, "eth0", "Network_LLDP")
        info = netmgr.get_system_network_info()
        self.assertEqual(info["hostname"], "web-1")
        self.assertEqual((info["duid"], info["links"], info["ntp_servers"]), (None, [], []))


@unittest.skipUnless(LIVE, "run in a namespace by the test of the crate")
class Live(unittest.TestCase):
    def test_the_loopback_device(self):
        (link,) = netmgr.get_link_info()
        expected = {"name": "lo", "mac_address": "00:00:00:00:00:00", "mtu": 65536, "mode": "auto", "state": "down"}
        self.assertEqual(link, expected)
        self.assertEqual(netmgr.get_link_info("lo"), [expected])
        self.assertEqual(netmgr.set_link_up("lo"), 0)
        self.assertEqual(netmgr.get_link_state("lo"), netmgr.LINK_UP)
        self.assertEqual(netmgr.wait_for_link_up("lo", 20), 0)
        self.assertEqual(netmgr.wait_for_ip("lo", 20, netmgr.STATIC_IPV4), 0)
        address = {"interface": "lo", "type": netmgr.STATIC_IPV4, "address": "127.0.0.1/8"}
        self.assertIn(address, netmgr.get_ip_addr())
        self.assertEqual(netmgr.set_link_down("lo"), 0)
        self.assertEqual(netmgr.get_link_state("lo"), netmgr.LINK_DOWN)
        with self.assertRaises(netmgr.NetmgrError) as raised:
            netmgr.wait_for_link_up("lo", 1)
        self.assertEqual(raised.exception.code, 4107)

    def test_a_service_that_does_not_run_is_a_warning(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.assertEqual(netmgr.set_link_mtu("lo", 1400), 0)
        self.assertIn("networkd was not told", str(caught[0].message))


class Stubs(unittest.TestCase):
    """What type checkers read is what there is."""

    def setUp(self):
        package = pathlib.Path(inspect.getfile(netmgr)).parent
        self.assertTrue((package / "py.typed").exists())
        self.tree = ast.parse((package / "__init__.pyi").read_text())

    def test_names(self):
        functions = {node.name for node in self.tree.body if isinstance(node, ast.FunctionDef)}
        constants = {node.target.id for node in self.tree.body if isinstance(node, ast.AnnAssign)}
        self.assertEqual(functions | constants | {"NetmgrError"}, set(netmgr.__all__))

    def test_arguments(self):
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.args]
                real = inspect.signature(getattr(netmgr, node.name)).parameters
                self.assertEqual(names, list(real), node.name)
                optional = [name for name, it in real.items() if it.default is not inspect.Parameter.empty]
                self.assertEqual(len(node.args.defaults), len(optional), node.name)

    def test_everything_is_documented(self):
        for name in netmgr.__all__:
            it = getattr(netmgr, name)
            self.assertTrue(isinstance(it, int) or it.__doc__, name)


class Coverage(unittest.TestCase):
    def test_every_function_is_called_here(self):
        text = pathlib.Path(__file__).read_text()
        missing = [name for name in netmgr.__all__ if f"netmgr.{name}" not in text]
        self.assertEqual(set(missing) - {"AUTO_IPV6", "DHCP_IPV4", "DHCP_IPV6", "STATIC_IPV6", "LINK_LOCAL_IPV6"}, set())


if __name__ == "__main__":
    unittest.main()
