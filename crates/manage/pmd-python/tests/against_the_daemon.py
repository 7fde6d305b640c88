"""The client against the real daemon and its helpers, below a directory of the test's own. PMD is where they are."""

import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

import pmd

PROGRAMS = pathlib.Path(os.environ["PMD"])
PASSWORD = "correct horse"
FILES = {
    "etc/passwd": f"tester:x:{os.getuid()}:5000::/:/bin/sh\nvera:x:5001:5001::/:/bin/sh\n",
    "etc/group": "tester:x:5000:\npmd-admin:x:100:tester\npmd-viewer:x:101:vera\n",
    "etc/pmd/passwords": f"vera:{PASSWORD}\n",
    "etc/hostname": "first\n",
    "etc/os-release": 'ID=lumen\nPRETTY_NAME="Lumen OS"\n',
    "proc/sys/vm/swappiness": "60\n",
    "proc/meminfo": "MemTotal: 1000 kB\n",
    "run/helper/.keep": "",
    "state/.keep": "",
}


class Daemon(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        root = cls.root = pathlib.Path(cls.directory.name)
        config = f'[listen]\ntls = ["127.0.0.1:0"]\nunix = "{root}/run/pmd.sock"\nrelay = "{root}/run/relay.sock"\n'
        config += f'[paths]\nhelpers = "{root}/run/helper"\nstate = "{root}/state"\naudit = "{root}/audit.jsonl"\n'
        for path, text in {**FILES, "etc/pmd/pmd.toml": config}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        cls.processes = []
        for domain in ["auth", "system", "network", "users"]:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(root / f"run/helper/{domain}.sock"))
                listener.listen(16)
                command = [PROGRAMS / "pmd-helper", domain, "--idle", "600", "--daemon", str(os.getuid()), "--root", root]
                cls.processes.append(subprocess.Popen(command, stdin=listener))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(str(root / "run/notify.sock"))
            ready.settimeout(60)
            command = [PROGRAMS / "pmd", "--config", root / "etc/pmd/pmd.toml", "serve"]
            environment = {**os.environ, "NOTIFY_SOCKET": str(root / "run/notify.sock")}
            log = open(root / "daemon.log", "w")
            cls.processes.append(subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=log))
            log.close()
            cls.port = ready.recv(4096).decode().rsplit(":", 1)[1].strip()

    @classmethod
    def tearDownClass(cls):
        for process in cls.processes:
            process.kill()
            process.wait()
        cls.directory.cleanup()

    def local(self):
        return pmd.server(socket=str(self.root / "run/pmd.sock"))

    def remote(self, password=PASSWORD):
        return pmd.server(f"localhost:{self.port}", "vera", password, cafile=str(self.root / "state/server.crt"))

    def test_an_administrator_changes_the_host(self):
        host = self.local()
        self.assertEqual(host.net.set_hostname("second"), 0)
        self.assertEqual(host.net.get_hostname(), "second")
        host.net.add_ntp_servers(["a.example"])
        host.net.add_ntp_servers(["b.example", "a.example"])
        self.assertEqual(host.net.get_ntp_servers(), ["a.example", "b.example"])
        names = [user["name"] for user in host.user.users()]
        self.assertEqual(names, ["tester", "vera"])
        with self.assertRaises(pmd.PmdError) as caught:
            host.user.add_user("-o")
        self.assertEqual(caught.exception.status, 422)

    def test_over_tls_who_may_look_may_not_change(self):
        host = self.remote()
        self.assertEqual(host.api.system.info()["os"], "Lumen OS")
        with self.assertRaises(pmd.PmdError) as caught:
            host.net.set_hostname("third")
        self.assertEqual(caught.exception.status, 403)

    def test_who_is_not_known_is_refused(self):
        with self.assertRaises(pmd.PmdError) as caught:
            self.remote("wrong").net.get_hostname()
        self.assertEqual(caught.exception.status, 401)

    def test_a_certificate_that_is_not_trusted_is_refused(self):
        host = pmd.server(f"localhost:{self.port}", "vera", PASSWORD)
        with self.assertRaisesRegex(pmd.PmdError, "certificate"):
            host.net.get_hostname()


if __name__ == "__main__":
    unittest.main()
