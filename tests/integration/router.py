"""A client's network, a router and the outside, as network namespaces of this machine; gone when closed.

    client ── lan0 ─ router ─ wan0 ── outside
    10.77.1.2                         11.22.33.2, .3        IPv4
    fd77:1::2                         2001:1234:5::2, ::3   IPv6

Addresses of the outside are public ones, as policy sees them; nothing leaves the machine, for no namespace has a way out.
"""
import contextlib
import ctypes
import os
import shutil
import subprocess
import threading
import unittest

CLIENT, CLIENT6 = "10.77.1.2", "fd77:1::2"
ROUTER, ROUTER6 = "10.77.1.1", "fd77:1::1"
SECOND = "11.22.33.9"  # a further address of the router, which it reaches from the first of that network
OUTSIDE, OTHER = "11.22.33.2", "11.22.33.3"
OUTSIDE6, OTHER6 = "2001:1234:5::2", "2001:1234:5::3"

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_NET = 0x40000000

# All that the gateway's rules ask of the kernel.
PROBE = """
table inet probe {
  chain nat {
    type nat hook prerouting priority dstnat; policy accept;
    tcp dport 80 redirect to :1
  }
  chain mangle {
    type filter hook prerouting priority mangle; policy accept;
    meta l4proto tcp socket transparent 1 socket wildcard 0 meta mark set 0x1 accept
    meta nfproto ipv4 tcp dport 80 tproxy ip to :1 meta mark set 0x1 accept
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    fib daddr type local return
    udp dport 443 reject with icmpx port-unreachable
  }
}
"""


def command(*words, text=None):
    return subprocess.run(words, input=text, capture_output=True, text=True, check=False)


def must(*words, text=None):
    result = command(*words, text=text)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {result.stderr.strip()}")
    return result.stdout


def probe():
    """Skips, with the reason, where the machine cannot do this."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("network namespaces need root")
    for tool in ("ip", "nft"):
        if not shutil.which(tool):
            raise unittest.SkipTest(f"{tool} is not installed")
    name = f"cg-probe-{os.getpid()}"
    made = command("ip", "netns", "add", name)
    if made.returncode != 0:
        raise unittest.SkipTest(f"no network namespaces here: {made.stderr.strip()}")
    try:
        loaded = command("ip", "netns", "exec", name, "nft", "-f", "-", text=PROBE)
        # A mistake in the rules is no lack of the kernel's.
        if loaded.returncode != 0 and "syntax error" not in loaded.stderr:
            raise unittest.SkipTest(f"this kernel's nftables cannot capture: {loaded.stderr.strip().splitlines()[0]}")
        if loaded.returncode != 0:
            raise AssertionError(loaded.stderr)
    finally:
        command("ip", "netns", "del", name)


class Router:
    def __init__(self):
        tag = f"cg{os.getpid()}"
        self.client, self.router, self.outside = f"{tag}-c", f"{tag}-r", f"{tag}-o"
        self.made, self.routes = [], set()
        try:
            self._build(tag)
        except BaseException:
            self.close()
            raise

    def _build(self, tag):
        for name in (self.client, self.router, self.outside):
            must("ip", "netns", "add", name)
            self.made.append(name)
            # No address waits for the answer of a neighbour that is not there.
            self.within(name, "sysctl", "-q", "-w", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
                        "net.ipv6.conf.all.disable_ipv6=0", "net.ipv6.conf.default.disable_ipv6=0")
            self.within(name, "ip", "link", "set", "lo", "up")
        self._join(tag, (self.client, "eth0", (f"{CLIENT}/24", f"{CLIENT6}/64")),
                   (self.router, "lan0", (f"{ROUTER}/24", f"{ROUTER6}/64")))
        self._join(tag, (self.router, "wan0", ("11.22.33.1/24", f"{SECOND}/24", "2001:1234:5::1/64")),
                   (self.outside, "eth0", (f"{OUTSIDE}/24", f"{OTHER}/24", f"{OUTSIDE6}/64", f"{OTHER6}/64")))
        self.within(self.router, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        for name, four, six in ((self.client, ROUTER, ROUTER6), (self.outside, "11.22.33.1", "2001:1234:5::1")):
            self.within(name, "ip", "route", "add", "default", "via", four)
            self.within(name, "ip", "-6", "route", "add", "default", "via", six)

    def _join(self, tag, one, other):
        names = (f"{tag}a", f"{tag}b")
        must("ip", "link", "add", names[0], "type", "veth", "peer", "name", names[1])
        for name, (namespace, interface, addresses) in zip(names, (one, other)):
            must("ip", "link", "set", name, "netns", namespace)
            self.within(namespace, "ip", "link", "set", name, "name", interface, "up")
            for address in addresses:
                extra = ["nodad"] if ":" in address else []
                self.within(namespace, "ip", "address", "add", address, "dev", interface, *extra)

    def close(self):
        for name in self.made:
            command("ip", "netns", "del", name)
        self.made = []

    @staticmethod
    def within(namespace, *words, text=None):
        return must("ip", "netns", "exec", namespace, *words, text=text)

    def load(self, rules):
        """Rules as `gateway-rules` prints them, and the routes that it names beside them."""
        self.within(self.router, "nft", "-f", "-", text=rules)
        for line in rules.splitlines():
            if line.startswith(("#   ip rule ", "#   ip route ", "#   ip -6 ")) and line not in self.routes:
                self.routes.add(line)  # they stay when the rules are loaded anew
                self.within(self.router, *line[1:].split())

    @staticmethod
    @contextlib.contextmanager
    def inside(namespace):
        """What this thread opens meanwhile belongs to the namespace, and stays there."""
        def enter(path):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                if LIBC.setns(descriptor, NEW_NET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {path}")
            finally:
                os.close(descriptor)

        home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
        try:
            enter(f"/run/netns/{namespace}")
            yield
        finally:
            if LIBC.setns(home, NEW_NET) != 0:
                os._exit(3)  # this thread would go on in the wrong network
            os.close(home)
