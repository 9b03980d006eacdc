"""The Debian package: what is in it, and that it installs, upgrades under a connection, and removes.

It is installed over this machine's own files in a layer that vanishes with the test: an overlay in a mount namespace.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import case
import gateway

BUILD = gateway.BINARY.resolve().parent
CONFFILES = {"/etc/citygate/citygate.toml", "/etc/citygate/people.toml", "/etc/citygate/policy.toml",
             "/etc/citygate/protected_sites.txt", "/etc/citygate/sources.toml", "/etc/citygate/taxonomy.toml"}
# What is tried inside the layer; every line that begins with "ok" is one thing found right.
SCRIPT = pathlib.Path(__file__).with_name("package_steps.sh")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300,
                          check=False, **options)


class Package(case.Case):
    package = None

    @classmethod
    def setUpClass(cls):
        for name in ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file"):
            case.tool(name)
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="citygate-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        made = run("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", cls.directory)
        if made.returncode != 0:
            raise AssertionError(made.stdout + made.stderr)
        cls.package = next(cls.directory.glob("citygate_*.deb"))

    def test_what_is_in_it(self):
        listed = run("dpkg-deb", "-c", self.package).stdout
        modes = {line.split()[5].lstrip("."): (line.split()[0], line.split()[1]) for line in listed.splitlines()}
        self.assertEqual({name for name, (mode, _) in modes.items() if name.startswith("/etc/") and mode[0] == "-"},
                         CONFFILES)
        for name, mode in {"/usr/bin/citygate": "-rwxr-xr-x", "/usr/lib/systemd/system/citygate.service": "-rw-r--r--",
                           "/usr/share/man/man1/citygate.1.gz": "-rw-r--r--",
                           "/usr/share/man/man5/citygate.toml.5.gz": "-rw-r--r--",
                           "/usr/share/doc/citygate/copyright": "-rw-r--r--",
                           "/usr/share/citygate/lists/gambling.txt": "-rw-r--r--"}.items():
            self.assertEqual(modes.get(name), (mode, "root/root"), name)
        self.assertFalse([name for name in modes if not name.startswith(("/etc/citygate", "/usr/")) and name not in
                          ("/", "/etc/")])

    def test_what_it_says_of_itself(self):
        control = run("dpkg-deb", "-f", self.package).stdout
        self.assertRegex(control, r"(?m)^Package: citygate$")
        depends = re.search(r"(?m)^Depends: (.*)$", control).group(1)
        for name in ("libc6 (>=", "libssl3", "librocksdb", "libc-ares2", "adduser", "publicsuffix", "tzdata"):
            self.assertIn(name, depends)
        self.assertNotIn("-dev", depends)
        conffiles = run("dpkg-deb", "-I", self.package, "conffiles").stdout.split()
        self.assertEqual(set(conffiles), CONFFILES)
        for name in ("postinst", "prerm", "postrm"):
            script = run("dpkg-deb", "-I", self.package, name).stdout
            self.assertEqual(run("sh", "-n", input=script).returncode, 0, name)

    def test_lintian_finds_no_error(self):
        found = run(case.tool("lintian"), "--fail-on", "error", "--allow-root", self.package)
        self.assertEqual(found.returncode, 0, found.stdout)

    def test_it_installs_upgrades_and_removes(self):
        if os.geteuid() != 0:
            self.skipTest("only root can install a package")
        unshare = [case.tool("unshare"), "--mount", "--pid", "--fork", "--mount-proc", "--net", "--propagation", "private"]
        if run(*unshare, "true").returncode != 0:
            self.skipTest("no namespaces can be made here")
        done = run(*unshare, "bash", SCRIPT, self.directory, self.package)
        if done.returncode == 77:
            self.skipTest(done.stdout.strip().splitlines()[-1])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("ok all", done.stdout)


if __name__ == "__main__":
    case.main()
