"""Orders about access: what runs is cut, what is tried later is refused and counted, and an order outlives any process."""
import hashlib
import json
import socket
import subprocess
import threading

import case
import city
import client
import gateway
import origin

HOST = "site.test"
CROWD = 500


class Echo(origin.Origin):
    """Sends back what it gets, then finishes."""

    def serve(self, stream):
        while data := stream.sock.recv(65536):
            stream.sock.sendall(data)
        stream.sock.shutdown(socket.SHUT_WR)


class Access(case.Case):
    people, policy = city.PEOPLE, city.POLICY

    def setUp(self):
        self.web = self.keep(origin.HttpOrigin())
        self.echo = self.keep(Echo())
        self.start(hosts={HOST: "127.0.0.1"}, people=self.people, policy=self.policy)

    def order(self, verb, name, *more, by="ann.mayor"):
        return self.gateway.ask("access", verb, name, "--by", by, "--reason", "Case 12", *more)

    def show(self, name):
        return json.loads(self.gateway.ask("access", "show", name, "--json"))

    def fetch(self, source=city.CLERK):
        return client.get(self.gateway.port, f"http://{HOST}:{self.web.port}/page", source=source)

    def tunnel(self, source=city.CLERK):
        made = client.Client(self.gateway.port, source)
        self.addCleanup(made.sock.close)
        self.assertEqual(made.connect(f"{HOST}:{self.echo.port}").status, 200)
        self.pass_through(made)
        return made

    def pass_through(self, tunnel):
        tunnel.send(b"x" * 1000)
        self.assertEqual(len(tunnel.stream.exactly(1000)), 1000)


    def number(self, kind, name):
        """Of the last such act about somebody; others have numbers too: the policy that was loaded, looks at records."""
        acts = self.gateway.ask("acts", "list", "--kind", kind, "--subject", name, "--json").splitlines()
        return json.loads(acts[-1])["number"]

    def order_name(self, kind, name):
        return f"{kind}/{self.number(kind, name)}"


class Orders(Access):
    def test_a_live_tunnel_is_cut_and_the_records_say_by_which_order(self):
        tunnel, other = self.tunnel(), self.tunnel(city.MAYOR)
        said = self.order("suspend", "carl.clerk")
        number, name = self.number("suspend", "carl.clerk"), self.order_name("suspend", "carl.clerk")
        self.assertEqual(said, "'carl.clerk' is suspended from 2026-11-23 12:00:00 CST until somebody reinstates "
                               f"(act {number})\n")
        self.assertTrue(tunnel.closed())
        self.pass_through(other)  # nobody else's
        self.gateway.advance("30s")
        refused = client.browse(self.gateway.port, f"http://{HOST}:{self.web.port}/page", source=city.CLERK)
        self.assertEqual(refused.status, 403)
        with client.Client(self.gateway.port, city.CLERK) as again:
            self.assertEqual(again.connect(f"{HOST}:{self.echo.port}").status, 403)

        records = self.gateway.search("--user", "carl.clerk")
        cut, *later = records
        self.assertEqual([(each["outcome"], each["reason"], each["grant"]) for each in records],
                         [("cut", "suspended", name)] + [("refused", "suspended", name)] * 2)
        self.assertTrue(all(each["attempt"] for each in later), later)

        shown = self.show("carl.clerk")
        self.assertEqual((shown["access"], shown["suspended_until"]), ("suspended", None))
        only, = shown["orders"]
        self.assertEqual((only["act"], only["kind"], only["by"], only["reason"]), (number, "suspend", "ann.mayor", "Case 12"))
        self.assertTrue(only["via"].startswith("control socket, user "), only)
        self.assertEqual(only["ordered"], "2026-11-23T18:00:00.000000Z")
        self.assertEqual((only["exchanges_ended"], only["last_byte"]), (1, cut["end"]))
        self.assertEqual((only["refused_after"], only["attempts_after"]), (2, 2))
        self.assertEqual(only["first_refused"], later[0]["end"])
        text = self.gateway.ask("access", "show", "carl.clerk")
        self.assertIn(f"access: suspended since 2026-11-23 12:00:00 CST until somebody reinstates, by {name}\n", text)
        self.assertIn("ended by it: 1 exchange, the last byte at 2026-11-23 12:00:00 CST\n", text)
        self.assertIn("tried after it: 2 requests, 2 attempts by a person; the first at 2026-11-23 12:00:30 CST", text)

    def test_separation_ends_access_for_good(self):
        tunnel = self.tunnel()
        self.order("separate", "carl.clerk", "--at", "2026-11-23T12:00:10")
        self.pass_through(tunnel)
        self.assertEqual(self.fetch().status, 200)
        self.gateway.advance("10s")
        self.assertTrue(tunnel.closed())
        self.assertEqual(self.fetch().status, 403)
        record = self.gateway.search("--user", "carl.clerk")[-1]
        self.assertEqual((record["reason"], record["grant"]), ("revoked", self.order_name("separate", "carl.clerk")))
        shown = self.show("carl.clerk")
        self.assertEqual((shown["access"], shown["orders"][0]["exchanges_ended"]), ("ended", 1))
        told = self.gateway.run("access", "suspend", "carl.clerk", "--by", "ann.mayor", "--reason", "late")
        self.assertEqual(told.returncode, 1)
        self.assertIn("there is nothing left to suspend", told.stderr)

    def test_reinstatement_lifts_it_at_once(self):
        self.order("suspend", "carl.clerk")
        self.assertEqual(self.fetch().status, 403)
        self.order("reinstate", "carl.clerk")
        self.assertEqual(self.fetch().status, 200)
        self.assertEqual([each["kind"] for each in self.show("carl.clerk")["orders"]], ["suspend", "reinstate"])

    def test_suspension_begins_and_ends_by_itself(self):
        tunnel = self.tunnel()
        self.order("suspend", "carl.clerk", "--from", "2026-11-23T12:10:00", "--until", "2026-11-23T12:20:00")
        self.pass_through(tunnel)
        self.gateway.set_clock("2026-11-23T12:09:59-06:00")
        self.pass_through(tunnel)
        self.gateway.set_clock("2026-11-23T12:10:00-06:00")
        self.assertTrue(tunnel.closed())
        self.assertEqual(self.fetch().status, 403)
        self.gateway.set_clock("2026-11-23T12:19:59-06:00")
        self.assertEqual(self.fetch().status, 403)
        self.gateway.set_clock("2026-11-23T12:20:00-06:00")
        self.assertEqual(self.fetch().status, 200)
        self.assertEqual(self.show("carl.clerk")["access"], "open")

    def test_suspension_outlives_a_kill_and_a_start(self):
        self.order("suspend", "carl.clerk", "--until", "2026-11-24")
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(self.fetch().status, 403)
        self.assertEqual(self.fetch(city.MAYOR).status, 200)
        self.gateway.stop()
        # The same orders where no gateway runs.
        self.assertEqual(self.show("carl.clerk")["orders"][0]["until"], "2026-11-25T06:00:00.000000Z")
        self.order("separate", "pat.patrol")
        self.gateway.clock = "2099-01-01T12:00:00-06:00"  # a command without a gateway goes by the real time
        self.gateway.start()
        self.assertEqual(self.fetch(city.PATROL).status, 403)

    def test_a_tunnel_of_the_process_before_an_upgrade_is_cut_too(self):
        clerk, patrol = self.tunnel(), self.tunnel(city.PATROL)
        self.order("suspend", "library-kiosk")  # which both processes know
        before = self.gateway.upgrade()
        self.pass_through(clerk)
        self.order("suspend", "carl.clerk")
        self.assertTrue(clerk.closed())
        self.pass_through(patrol)
        self.order("separate", "pat.patrol")
        self.assertTrue(patrol.closed())
        before.wait(gateway.PATIENCE)
        self.assertEqual(self.fetch().status, 403)
        self.assertEqual(self.fetch(city.KIOSK).status, 403)
        cut = [each for each in self.gateway.search("--outcome", "cut") if each["last"]]
        # Act 1 is the policy that was loaded.
        self.assertEqual(sorted(each["grant"] for each in cut), [self.order_name("separate", "pat.patrol"), self.order_name("suspend", "carl.clerk")])

    def test_reload_leaves_orders_in_force(self):
        self.order("suspend", "carl.clerk")
        self.gateway.ask("reload")
        self.assertEqual(self.fetch().status, 403)
        # A person who leaves the file and comes back is still suspended.
        self.gateway.write("people.toml", city.PEOPLE.replace('name = "carl.clerk"', 'name = "carl.the.clerk"'))
        self.gateway.ask("reload")
        self.assertEqual(self.fetch().status, 200)
        self.gateway.write("people.toml", city.PEOPLE)
        self.gateway.ask("reload")
        self.assertEqual(self.fetch().status, 403)

    def test_what_is_wrong_with_an_order_is_said(self):
        def said(*arguments):
            result = self.gateway.run("access", *arguments, "--reason", "Case 12")
            self.assertIn(result.returncode, (1, 2), result)
            return result.stderr.strip()

        self.assertEqual(said("suspend", "karl.clerk", "--by", "ann.mayor"),
                         "the directory knows nobody by the name 'karl.clerk'; did you mean 'carl.clerk'?")
        self.assertIn("the author of an act is a person", said("suspend", "carl.clerk", "--by", "root"))
        self.assertIn("nobody orders about the own access", said("suspend", "ann.mayor", "--by", "ann.mayor"))
        self.assertIn("neither suspended nor separated", said("reinstate", "carl.clerk", "--by", "ann.mayor"))
        self.order("suspend", "ann.mayor", by="carl.clerk")
        self.assertIn("somebody else has to do this", said("suspend", "carl.clerk", "--by", "ann.mayor"))
        self.assertEqual(self.fetch().status, 200)


TEXT = "The internet is for the city's work."


class Receipts(Access):
    policy = city.POLICY + f'''
[acknowledgement]
title = "Use of the internet"
text = "{TEXT}"
clause = "S1(j)"
renew_days = 365

[acknowledgement.access]
title = "Records of others"
text = "What I see stays here."
'''

    def states(self, *arguments):
        lines = self.gateway.ask("access", "acknowledged", "--json", *arguments).splitlines()
        return {each["name"]: each["state"] for each in map(json.loads, lines)}

    def acknowledge(self, name, *more):
        return self.gateway.ask("access", "acknowledge", name, "--by", "ann.mayor", "--method", "signed on paper", *more)

    def test_a_signature_on_paper_opens_the_web_and_makes_a_receipt(self):
        sha256 = hashlib.sha256(TEXT.encode()).hexdigest()
        self.assertNotEqual(self.fetch().status, 200)
        self.assertEqual(self.acknowledge("carl.clerk", "--reason", "binder 7"),
                         f"'carl.clerk' has acknowledged the text {sha256}, signed on paper (act 2)\n")
        self.assertEqual(self.fetch().status, 200)
        self.assertNotEqual(self.fetch(city.MAYOR).status, 200)
        self.assertEqual(self.states("--department", "clerk"), {"ann.mayor": "never", "carl.clerk": "current"})
        self.assertIn("1 of 4 have acknowledged the text as it is now: 3 never did", self.gateway.ask("access", "acknowledged"))

        receipt = json.loads(self.gateway.ask("access", "receipt", "carl.clerk", "--json"))
        self.assertEqual(receipt | {"via": "", "chain": ""}, {
            "act": 2, "kind": "acknowledge", "person": "carl.clerk", "at": "2026-11-23T18:00:00.000000Z",
            "method": "signed on paper", "address": "", "by": "ann.mayor", "via": "", "reason": "binder 7", "sha256": sha256,
            "chain": "", "text": TEXT})
        self.assertEqual(len(receipt["chain"]), 64)
        printed = self.gateway.ask("access", "receipt", "carl.clerk")
        self.assertIn(f"----\n{TEXT}\n----\n", printed)
        self.assertIn(f"act       2, in the chain {receipt['chain']}", printed)

    def test_a_new_text_is_asked_for_again_and_the_old_receipt_keeps_its_own(self):
        self.acknowledge("carl.clerk")
        self.gateway.write("policy.toml", self.policy.replace(TEXT, "Another text."))
        self.gateway.ask("reload")
        self.assertNotEqual(self.fetch().status, 200)
        self.assertEqual(self.states()["carl.clerk"], "earlier-text")
        told = self.gateway.run("access", "acknowledge", "carl.clerk", "--by", "ann.mayor", "--method", "signed on paper",
                                "--text", hashlib.sha256(TEXT.encode()).hexdigest())
        self.assertEqual(told.returncode, 1)
        self.assertIn("the text has changed since it was shown", told.stderr)
        self.acknowledge("carl.clerk")
        self.assertEqual(self.fetch().status, 200)
        lines = self.gateway.ask("access", "receipt", "carl.clerk", "--json").splitlines()
        self.assertEqual([json.loads(line)["text"] for line in lines], [TEXT, "Another text."])

    def test_an_acknowledgement_runs_out(self):
        self.acknowledge("carl.clerk")
        self.gateway.set_clock("2027-11-23T11:59:59-06:00")
        self.assertEqual(self.fetch().status, 200)
        self.gateway.set_clock("2027-11-23T12:00:00-06:00")
        self.assertNotEqual(self.fetch().status, 200)
        self.assertEqual(self.states()["carl.clerk"], "run-out")

    def test_the_agreement_about_records_is_another_one(self):
        self.acknowledge("carl.clerk", "--access")
        self.assertEqual(self.states()["carl.clerk"], "never")
        self.assertNotEqual(self.fetch().status, 200)
        self.assertIn("agreement about records acknowledged: text", self.gateway.ask("access", "show", "carl.clerk"))
        told = self.gateway.run("access", "receipt", "pat.patrol")
        self.assertEqual((told.returncode, told.stderr), (2, "'pat.patrol' has acknowledged nothing so far\n"))


class Looks(Access):
    people = city.PEOPLE.replace('title = "Ann Mayor"', 'title = "Ann Mayor"\nroles = ["mayor"]')
    policy = city.POLICY + '[records]\npersons = "designated"\ndesignated = ["mayor"]\nclause = "S2(E)"\n'

    def views(self):
        lines = self.gateway.ask("acts", "list", "--kind", "view", "--json").splitlines()
        return [(act["author"], act["subject"], act["fields"]["what"]) for act in map(json.loads, lines)]

    def test_what_a_person_did_is_told_to_whom_the_policy_designates_and_the_look_is_kept(self):
        self.order("suspend", "carl.clerk")
        self.assertEqual(self.fetch().status, 403)
        orders = self.show("carl.clerk")["orders"]
        self.assertEqual([each["kind"] for each in orders], ["suspend"])
        self.assertNotIn("attempts_after", orders[0])
        explain = ("explain", f"http://{HOST}/", "--user", "carl.clerk")
        for command in (("access", "show", "carl.clerk", "--by", "pat.patrol"), (*explain, "--by", "pat.patrol"), explain):
            refused = self.gateway.run(*command)
            self.assertNotEqual(refused.returncode, 0, refused.stdout)
            self.assertIn("S2(E)", refused.stderr)
        self.assertEqual(self.views(), [])
        shown = json.loads(self.gateway.ask("access", "show", "carl.clerk", "--json", "--by", "ann.mayor"))
        self.assertEqual(shown["orders"][0]["refused_after"], 1)
        self.assertIn("suspended", self.gateway.ask(*explain, "--by", "ann.mayor"))
        self.gateway.ask("explain", f"http://{HOST}/")  # about nobody
        self.assertEqual(self.views(), [("ann.mayor", "carl.clerk", "access show"), ("ann.mayor", "carl.clerk", "explain")])


    def test_who_follows_sees_nothing_once_the_right_has_ended(self):
        words = ("records", "follow", "--user", "carl.clerk", "--by", "ann.mayor", "--config", str(self.gateway.config), "--state",
                 str(self.gateway.state))
        follow = subprocess.Popen([str(gateway.BINARY), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(follow.wait)
        self.addCleanup(follow.kill)
        gateway.wait_until(self.views, "the look to be kept")
        self.order("suspend", "ann.mayor", by="carl.clerk")
        shown, told = follow.communicate(timeout=gateway.PATIENCE)
        self.assertEqual((follow.returncode, shown), (1, ""))
        self.assertIn("the access of ann.mayor was ended by an order", told)


class Crowd(Access):
    people = city.PEOPLE + "".join(
        f'[[person]]\nname = "worker{number}"\ndepartment = "clerk"\naddresses = ["127.1.{number // 250}.{number % 250 + 1}"]\n'
        for number in range(CROWD))

    def command(self, verb, **arguments):
        """One command straight over the control socket: 500 processes would take longer than their orders."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(gateway.PATIENCE)
            sock.connect(str(self.gateway.state / "control.sock"))
            sock.sendall(json.dumps({"command": verb, "args": arguments}).encode() + b"\n")
            lines = [json.loads(line) for line in sock.makefile().read().splitlines()]
        self.assertEqual(lines[-1], {"exit": 0}, lines)

    def test_five_hundred_suspensions_while_traffic_runs(self):
        desks = [f"127.1.{number // 250}.{number % 250 + 1}" for number in range(CROWD)]
        tunnels = [self.tunnel(desk) for desk in desks[:100]]
        done, served, wrong = threading.Event(), [], []

        def browse():
            while not done.is_set():
                status = self.fetch(city.MAYOR).status
                (served if status == 200 else wrong).append(status)

        threads = [threading.Thread(target=browse) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for number in range(CROWD):
                self.command("access suspend", name=f"worker{number}", by="ann.mayor", reason="strike")
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.assertTrue(served)
        for tunnel in tunnels:
            self.assertTrue(tunnel.closed())
        for desk in desks[::25]:
            self.assertEqual(self.fetch(desk).status, 403)
        cut = [each for each in self.gateway.search("--outcome", "cut") if each["last"]]
        # Act 1 is the policy that was loaded.
        self.assertEqual(sorted(each["grant"] for each in cut), sorted(f"suspend/{number + 2}" for number in range(100)))


if __name__ == "__main__":
    case.main()
