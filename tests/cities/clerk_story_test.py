"""A clerk's story in Farmer City, from the first day to the last, by commands alone; and what of it can be shown afterwards."""
import json
import re
import subprocess
import sys

import pack_case
from pack_case import gateway, portal

NORA = "nora.new"


class ClerkStory(pack_case.PackCase):
    PACK = "farmer-city"
    READER = "rosa.clerk"
    SETTINGS = portal.SETTINGS

    def test_from_the_first_day_to_the_last(self):
        self.at("08:00")
        self.hired()
        self.acknowledges()
        self.exceeds_the_quota()
        self.disputes_it()
        self.is_permitted()
        self.leaves_with_a_live_tunnel()
        self.tries_again()
        receipt = self.receipt_for_the_personnel_file()
        self.acts_can_be_shown(receipt)
        self.all_of_it_outlives_the_process()

    def hired(self):
        self.city.ask("people", "add", NORA, "--by", "hana.personnel", "--reason", "hired as records assistant", "--title",
                      "Nora Novak, records assistant", "--department", "clerk", "--supervisor", "rosa.clerk", "--addresses",
                      "127.0.0.50")
        type(self).desks = {**self.desks, NORA: "127.0.0.50"}

    def acknowledges(self):
        self.assert_asked_first(NORA)
        self.sign(NORA)
        self.assert_open(NORA, pack_case.UNLISTED)
        self.assertEqual(self.last(NORA, pack_case.UNLISTED)["department"], "clerk")

    def exceeds_the_quota(self):
        self.at("09:00")
        self.assertEqual(self.spend(NORA, "social.test", 18).status, 200)
        self.city.advance("2min")
        self.browse(NORA, "social.test", "/19")
        self.city.advance("1min")
        page = self.assert_refused(NORA, "social.test", "20.0 of 20.0 minutes", "S2(R)(8)(d)", path="/20")
        self.refused = self.last(NORA, "social.test")
        self.assertEqual((self.refused["reason"], self.refused["attempt"]), ("minutes-used-up", True))
        self.assertIn(self.refused["id"], page)

    def disputes_it(self):
        self.city.ask("dispute", "open", "--by", NORA, "--record", self.refused["id"], "--claim", "work", "--reason",
                      "answered questions about the council meeting on the city's page")
        open_one = json.loads(self.city.ask("dispute", "list", "--user", NORA, "--json").splitlines()[0])
        number = str(open_one["number"])
        self.assert_not_done("dispute", "decide", number, "--by", NORA, "--verdict", "work", "--reason", "it was")
        self.city.ask("dispute", "decide", number, "--by", "rosa.clerk", "--verdict", "work", "--reason", "seen the answers")

    def is_permitted(self):
        self.assert_refused(NORA, "social.test", "S2(R)(8)(d)", path="/21")  # the word about the past opens nothing by itself
        grant = self.ask_for("business-use", NORA, "--categories", "social", "--until", self.date,
                             reason="answers for the city on its pages")
        self.assertEqual(self.steps(grant), [("city-manager", ["max.manager"])])
        self.assert_not_done("grant", "approve", grant["name"], "--by", "rosa.clerk")
        self.assertEqual(self.approve(grant, "max.manager")["state"], "in-force")
        self.assert_open(NORA, "social.test", "/22")
        self.grant = grant["name"]

    def leaves_with_a_live_tunnel(self):
        self.at("16:59")
        made = self.open_tunnel(NORA, pack_case.UNLISTED)
        self.order("separate", NORA, reason="last day of employment", by="hana.personnel")
        self.assert_cut(made)
        cut = gateway.wait_until(lambda: self.search(NORA, "--outcome", "cut"), "the tunnel's record")
        self.assertEqual((cut[-1]["reason"], cut[-1]["stage"]), ("revoked", "tick"))

    def tries_again(self):
        self.at("17:30")
        self.assert_refused(NORA, pack_case.UNLISTED, path="/after-hours")
        shown = self.access(NORA, by=self.reader(NORA))
        order = shown["orders"][-1]
        self.assertEqual((shown["access"], order["exchanges_ended"], order["attempts_after"]), ("ended", 1, 1))
        self.assertLessEqual(order["last_byte"], order["ordered"])

    def receipt_for_the_personnel_file(self):
        receipt = self.assert_receipt(NORA, "Farmer City's technology resources")
        text = self.city.ask("access", "receipt", NORA)
        for word in (receipt["sha256"], receipt["chain"], "signed on paper", "Nora Novak"):
            self.assertIn(word, text)
        return receipt

    def acts_can_be_shown(self, receipt):
        mine = [(act["kind"], act["author"]) for act in self.acts("--subject", NORA)]
        for act in (("person-add", "hana.personnel"), ("acknowledge", "hana.personnel"), ("grant-request", NORA),
                    ("grant-approve", "max.manager"), ("dispute-open", NORA), ("dispute-decide", "rosa.clerk"),
                    ("separate", "hana.personnel")):
            self.assertIn(act, mine)
        # What the clerk writes down that day: everything up to here stays as it is.
        self.head = re.search(r"\d+:[0-9a-f]{64}", self.city.ask("acts", "verify")).group()
        for name, only in (("all.jsonl", ()), ("nora.jsonl", ("--subject", NORA))):
            export = self.city.directory / name
            self.city.ask("acts", "export", "--to", str(export), *only)
            self.city.ask("acts", "verify", "--file", str(export))
            self.assertEqual(self.verified(export), 0)
            self.assertIn(receipt["chain"], export.read_text(encoding="utf-8"))
        text = export.read_text(encoding="utf-8")
        export.write_text(text.replace("last day of employment", "last day of employmemt"), encoding="utf-8")
        self.assertNotEqual(self.verified(export), 0)

    @staticmethod
    def verified(export):
        return subprocess.run([sys.executable, str(pack_case.ROOT / "scripts/verify_acts.py"), str(export)],
                              capture_output=True, check=False).returncode

    def all_of_it_outlives_the_process(self):
        count = len(self.acts())
        self.city.kill()
        self.city.start()
        self.assertEqual(len(self.acts()), count)
        self.city.ask("acts", "verify", "--head", self.head)
        self.assertEqual(self.access(NORA)["access"], "ended")
        self.assert_refused(NORA, pack_case.UNLISTED, path="/next-day")


if __name__ == "__main__":
    pack_case.main()
