"""The proxy auto-configuration file: served by the gateway itself, and what browsers make of it."""
import json
import subprocess

import browser
import case
import client
import origin

HOST = "site.testville.example"
PAC = '''[pac]
proxies = ["gate.city.example:3128", "gate2.city.example:3129 tls"]
direct = ["intranet.city.example", "*.local.example", "198.51.100.0/24", "2001:db8:5::/48"]
'''
TYPE = "application/x-ns-proxy-autoconfig"
PROXIES = "PROXY gate.city.example:3128; HTTPS gate2.city.example:3129"


def answers(pac, hosts):
    """What FindProxyForURL says of each host; run in a context that has nothing but the language."""
    script = ("const vm = require('vm'); const box = vm.createContext({}); vm.runInContext(process.argv[1], box);"
              "const hosts = JSON.parse(process.argv[2]); console.log(JSON.stringify(hosts.map("
              "h => vm.runInContext(`FindProxyForURL('http://x/', ${JSON.stringify(h)})`, box))));")
    result = subprocess.run([case.tool("node"), "-e", script, pac, json.dumps(hosts)], capture_output=True, text=True,
                            timeout=60, check=True)
    return dict(zip(hosts, json.loads(result.stdout)))


def ask(port, target, *, method="GET", host="wpad.city.example", fields=""):
    with client.Client(port) as made:
        return made.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n").read(method)


class Pac(case.Case):
    def test_who_goes_direct(self):
        self.make(settings=PAC)
        pac = self.gateway.run("pac")
        self.assertEqual(pac.returncode, 0, pac.stderr)
        direct = ["intranet.city.example", "deep.intranet.city.example", "a.local.example", "INTRANET.city.example.",
                  "printer", "localhost", "10.1.2.3", "127.0.0.1", "172.31.255.255", "192.168.0.1", "169.254.9.9",
                  "198.51.100.7", "::1", "[::1]", "fd00::1", "fe80::1:2", "2001:db8:5:1::9"]
        through = ["www.example.com", "notintranet.city.example", "city.example", "example", "172.32.0.1", "11.0.0.1",
                   "198.51.101.7", "2001:db8:6::1", "2001:db8::1", "__proto__.example", "constructor.example", "999.1.1.1"]
        through.remove("example")  # a plain name
        found = answers(pac.stdout, direct + through)
        self.assertEqual({host: found[host] for host in direct}, {host: "DIRECT" for host in direct})
        self.assertEqual({host: found[host] for host in through}, {host: PROXIES for host in through})

    def test_what_can_be_switched(self):
        self.make(settings=PAC + "plain_names_direct = false\nprivate_direct = false\nfallback_direct = true\n")
        found = answers(self.gateway.run("pac").stdout, ["printer", "10.1.2.3", "intranet.city.example"])
        self.assertEqual(found, {"printer": PROXIES + "; DIRECT", "10.1.2.3": PROXIES + "; DIRECT",
                                 "intranet.city.example": "DIRECT"})

    def test_it_is_served_without_a_name_and_leaves_no_record(self):
        self.start(settings=PAC)
        for target in ("/proxy.pac", "/wpad.dat", "/wpad.dat?x"):
            answer = ask(self.gateway.port, target)
            self.assertEqual((answer.status, answer.value("content-type")), (200, TYPE))
            self.assertEqual(answer.value("cache-control"), "max-age=3600")
            self.assertIn(PROXIES.encode(), answer.body)
        head = ask(self.gateway.port, "/proxy.pac", method="HEAD")
        self.assertEqual((head.status, head.value("content-length"), head.body), (200, str(len(answer.body)), b""))
        self.assertEqual(ask(self.gateway.port, "/proxy.pac", method="POST", fields="Content-Length: 0\r\n").status, 405)
        with client.Client(self.gateway.port) as kept:
            for _ in range(3):
                kept.send("GET /proxy.pac HTTP/1.1\r\nHost: gate\r\n\r\n")
                self.assertEqual(kept.read().status, 200)
        self.assertEqual(self.gateway.search(), [])

    def test_anything_else_says_that_this_is_a_proxy(self):
        self.start()
        answer = ask(self.gateway.port, "/index.html")
        self.assertEqual(answer.status, 400)
        self.assertIn(b"/proxy.pac", answer.body)
        self.assertIn(b"not a web site", answer.body)

    def test_without_proxies_it_names_where_it_was_fetched(self):
        self.start()
        found = answers(ask(self.gateway.port, "/proxy.pac").body.decode(), ["www.example.com"])
        self.assertEqual(found, {"www.example.com": f"PROXY 127.0.0.1:{self.gateway.port}"})

    def test_entries_that_cannot_be_used(self):
        self.make(settings='[pac]\nproxies = ["gate", "gate:1 ssl"]\ndirect = ["a b"]\n')
        result = self.gateway.run("check")
        self.assertEqual(result.returncode, 1)
        for words in ("entry 'gate' is no name or address with a port", "behind the port comes tls", "entry 'a b' is no name"):
            self.assertIn(words, result.stderr)

    def test_a_browser_finds_its_way_by_it(self):
        web = self.keep(origin.HttpOrigin({"/": origin.reply(browser.PAGE)}))
        self.start(hosts={HOST: "127.0.0.1", **{name: "127.0.0.1" for name in browser.HOME}})
        page = browser.dom(f"http://{HOST}:{web.port}/", f"--proxy-pac-url=http://127.0.0.1:{self.gateway.port}/proxy.pac")
        self.assertIn("Minutes of the council", page)
        self.assertGreater(len(self.gateway.search("--host", HOST)), 0)


if __name__ == "__main__":
    case.main()
