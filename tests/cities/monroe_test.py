"""Monroe: nobody without a signature, nobody's records without seven days' leave, VPN and proxies named as circumvention."""
import datetime

import pack_case
from pack_case import NOT_SHARED, client, portal
from software_case import SoftwareCase
from web import FILM


class WithGrants:
    """Nobody reads without a grant: the county's IT director asks for one when a test wants to see what was recorded."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.sign("cora.county", "--access")

    def reader(self, person):
        live = self.__dict__.setdefault("granted", {})
        if (person, self.date) not in live:
            grant = self.ask_for("record-access", "cora.county", "--about", person, "--until", self.date)
            live[person, self.date] = self.approve(grant, "max.manager" if person != "max.manager" else "ann.mayor")
        return "cora.county"


class Monroe(WithGrants, pack_case.PackCase):
    PACK = "monroe"
    SETTINGS = portal.SETTINGS + NOT_SHARED
    SIGN_IN = ("lena.library",)
    NEWCOMERS = ("colin.contractor", "stella.standin")

    # --- who is a user

    def test_S4_3_05_nobody_is_a_user_before_the_policy_is_signed(self):
        self.assert_asked_first("colin.contractor")
        self.assert_open("library-kiosk", pack_case.UNLISTED)  # stands for nobody, and signs nothing
        self.sign("colin.contractor")
        self.assert_open("colin.contractor", pack_case.UNLISTED)
        self.open_tunnel("colin.contractor", pack_case.UNLISTED)

    def test_S4_3_05_a_stand_in_signs_further_terms_and_leaves_when_the_term_ends(self):
        self.assert_asked_first("stella.standin")
        self.sign("stella.standin")
        self.assert_receipt("stella.standin", "place of an employee", "City of Monroe's systems")
        self.city.set_clock("2026-06-30T23:59:59-04:00")
        made = self.open_tunnel("stella.standin", pack_case.UNLISTED)
        self.city.advance("1s")
        self.assert_cut(made)
        type(self).day = datetime.date(2026, 7, 1)
        self.assert_refused("stella.standin", pack_case.UNLISTED)
        self.assertEqual(self.last("stella.standin", pack_case.UNLISTED)["reason"], "revoked")

    def test_S4_3_05_a_stand_in_is_approved_by_the_countys_it_director(self):
        grant = self.ask_for("guest-account", "rosa.clerk", "--for", "theo.temp", "--full-name", "Theo Temp", "--department",
                             "clerk", "--until", self.date, reason="stands in for Carl Cole")
        self.assertEqual((self.steps(grant), grant["clause"]), ([("county-it-director", ["cora.county"])], "S4(3.05)"))
        self.assertEqual(self.approve(grant, "cora.county")["state"], "in-force")

    def test_S4_3_7_the_acknowledgment_goes_into_the_personnel_file(self):
        receipt = self.assert_receipt("carl.clerk", "City of Monroe's systems")
        self.assertEqual(receipt["by"], "hana.personnel")
        desk = self.assert_receipt("dee.day", "dispatch desk")  # what the own department adds
        self.assertNotEqual(desk["sha256"], receipt["sha256"])

    def test_S4_3_7_who_runs_the_systems_signs_a_second_agreement_first(self):
        grant = self.ask_for("record-access", "ida.director", "--about", "pia.press", "--until", self.date)
        self.approve(grant, "max.manager")
        look = ("records", "search", "--user", "pia.press", "--by", "ida.director", "--reason", "outage")
        self.assert_not_done(*look, words=["has first to agree", "S4(3.7)"])
        self.sign("ida.director", "--access")
        self.city.ask(*look)
        self.assertIn("confidential", self.receipts("ida.director")[-1]["text"])

    def test_S4_Acknowledgment_the_rules_that_really_apply_are_shown_by_department(self):
        """In the text that was signed, on the page that refuses, and by the command that tells all of them."""
        page = self.assert_refused("dee.day", "social.test", "Dispatch supplement 1")
        self.assertIn("no personal use at the dispatch desk", page)
        self.assertIn("no personal use while calls may come in", self.receipts("dee.day")[-1]["text"])
        self.assertNotIn("calls", self.receipts("carl.clerk")[-1]["text"])
        self.assert_open("carl.clerk", "social.test")
        self.assertIn("Dispatch supplement 1", self.city.ask("effective-policy", "dee.day"))
        told = self.city.ask("effective-policy", "carl.clerk")
        self.assertNotIn("Dispatch supplement 1", told)
        self.assertIn("S4(3.1)", told)

    def test_S4_3_5_2_one_name_on_two_machines_is_an_event(self):
        self.assert_two_machines_show("lena.library")

    # --- what may be visited

    def test_S4_3_5_5_offensive_content_is_prohibited(self):
        for category in ("pornography", "hate", "violence"):
            self.assert_refused("carl.clerk", f"{category}.test", "prohibited at all times", "S4(3.5-5)")

    def test_S4_3_5_8_gambling_is_prohibited_at_every_hour(self):
        self.assert_always_prohibited("carl.clerk", "gambling", "betting pools", "S4(3.5-8)")

    def test_S4_3_5_8_betting_pools_on_sports_are_prohibited(self):
        self.assert_refused("carl.clerk", "fantasy-sports.test", "S4(3.5-8)")

    def test_S4_3_5_8_investment_clubs_and_distractions_are_refused(self):
        for category in ("brokerage", "games"):
            self.assert_refused("carl.clerk", f"{category}.test", "distract", "S4(3.5-8)")

    def test_S4_3_5_4_private_commerce_is_refused(self):
        self.assert_refused("carl.clerk", "auctions.test", "commerce", "S4(3.5-4)")

    def test_S4_3_5_13_vpn_and_proxy_services_are_refused_as_circumvention(self):
        for category in ("vpn", "proxy"):
            self.assert_tunnel_refused("walt.works", f"{category}.test", "get around", "S4(3.5-13)")
            row = self.last("walt.works", f"{category}.test")
            self.assertEqual((row["reason"], row["attempt"]), ("circumvention", True))

    def test_S4_3_5_6_unapproved_password_keepers_are_refused(self):
        self.assert_refused("carl.clerk", "password-managers.test", "vetted", "S4(3.5-6)")

    def test_S4_3_5_6_the_vetted_password_keeper_is_opened_by_name(self):
        self.city.ask("lists", "override", "vetted.password-managers.test", "allow", "--reason",
                      "vetted by the County's IT director")
        self.assert_open("carl.clerk", "vetted.password-managers.test")
        self.assert_refused("carl.clerk", "password-managers.test", "S4(3.5-6)")

    def test_S4_3_5_10_unscanned_cloud_storage_is_refused(self):
        self.assert_refused("carl.clerk", "personal-storage.test", "scanned", "S4(3.5-10)")

    def test_S4_3_5_3_internal_addresses_do_not_leave(self):
        answer = self.get("carl.clerk", pack_case.UNLISTED, "/", "X-Forwarded-For: 10.1.2.3", "Forwarded: for=10.1.2.3",
                          "X-Real-IP: 10.1.2.3")
        self.assertEqual(answer.status, 200)
        asked = self.web.asked(pack_case.UNLISTED)[-1]
        self.assertNotIn(b"10.1.2.3", asked.head)
        self.assertNotIn(self.desks["carl.clerk"].encode(), asked.head)

    # --- personal use

    def test_S4_3_1_personal_use_is_open_and_measured(self):
        self.at("09:00")
        self.spend("rosa.clerk", "news.test", 10)
        self.city.advance("5min")
        self.assertEqual(self.row("clerk", "news")["attended_ms"], 11 * 60_000)

    def test_S4_3_5_7_the_report_counts_whose_personal_use_was_excessive(self):
        self.at("09:00")
        self.spend("walt.works", "news.test", 60)
        self.city.advance("5min")
        self.assertEqual(self.city.report("public-works", self.date)["excessive"],
                         {"minutes_per_day": 60, "clause": "S4(3.5-7)", "people": 1, "days": 1})

    def test_S4_3_1_a_department_has_its_own_rules(self):
        self.assert_refused("dee.day", "social.test", "dispatch desk", "Dispatch supplement 1")
        self.assert_open("carl.clerk", "social.test")
        self.assert_open("walt.works", "auctions.test")

    def test_S4_3_5_12_streaming_is_measured_and_limited(self):
        with client.Client(self.city.port, self.desks["rosa.clerk"]) as player:
            self.assertEqual(len(player.get(f"http://video.test{FILM}").body), 2_000_000)
        row = self.last("rosa.clerk", "video.test")
        self.assertEqual((row["quota"], row["streaming_bytes"]), ("streaming", 2_000_000))

    # --- who may look

    def test_S4_3_2_reading_a_persons_records_needs_the_city_manager_for_seven_days_at_most(self):
        last = (self.day + datetime.timedelta(days=6)).isoformat()
        grant = self.ask_for("record-access", "cora.county", "--about", "carl.clerk", "--until", last)
        self.assertEqual((self.steps(grant), grant["clause"]), ([("city-manager", ["max.manager"])], "S4(3.2)"))
        look = ("records", "search", "--user", "carl.clerk", "--by", "cora.county", "--reason", "breach of 3 June")
        self.assert_not_done(*look, words=["carl.clerk", "S4(3.2)"])
        self.assertEqual(self.approve(grant, "max.manager")["state"], "in-force")
        self.city.ask(*look)
        view = self.acts("--kind", "view")[-1]
        self.assertEqual((view["author"], view["subject"], view["reason"], view["fields"]["right"]),
                         ("cora.county", "carl.clerk", "breach of 3 June", grant["name"]))
        self.assert_not_done(*look[:3], "max.manager", *look[4:])  # of one person, and nobody else
        self.day_after(7)
        self.assertEqual(self.told(grant)["state"], "lapsed")
        self.assert_not_done(*look)

    def test_S4_3_2_a_longer_time_is_a_new_approval(self):
        late = (self.day + datetime.timedelta(days=9)).isoformat()
        self.assert_not_done("grant", "request", "record-access", "--by", "cora.county", "--reason", "audit", "--about",
                             "carl.clerk", "--until", late, words=["7 days"])

    def test_S4_Agreement_2_1_the_city_managers_own_records_need_the_mayor(self):
        grant = self.ask_for("record-access", "cora.county", "--about", "max.manager", "--until", self.date)
        self.assertEqual([approvers for _, approvers in self.steps(grant)], [["ann.mayor"]])
        self.assert_not_done("grant", "approve", grant["name"], "--by", "max.manager")
        self.assertEqual(self.approve(grant, "ann.mayor")["state"], "in-force")

    def test_S4_3_5_law_enforcement_is_excepted_for_a_case(self):
        grant = self.ask_for("law-enforcement", "dora.detective", "--case", "2026-0417", "--for", "dora.detective",
                             "--categories", "gambling", "--until", self.date)
        self.approve(grant, "sgt.stone", "chief.hart")
        self.assert_open("dora.detective", "gambling.test")
        self.assertEqual(self.records("dora.detective", "gambling.test"), [])
        self.assertEqual(self.city.report("police", self.date)["sealed_exchanges"], 1)

    # --- the end of access

    def test_S4_3_1_abuse_suspends_access_until_it_is_lifted(self):
        made = self.open_tunnel("wes.works", pack_case.UNLISTED)
        self.order("suspend", "wes.works", reason="abuse of personal use")
        self.assert_cut(made)
        self.assert_refused("wes.works", pack_case.UNLISTED)
        self.order("reinstate", "wes.works", reason="talked to")
        self.assert_open("wes.works", pack_case.UNLISTED)
        kinds = [(each["kind"], each["by"]) for each in self.access("wes.works")["orders"]]
        self.assertEqual(kinds, [("suspend", "max.manager"), ("reinstate", "max.manager")])

    def test_S4_3_6_access_is_terminated(self):
        made = self.open_tunnel("pat.patrol", pack_case.UNLISTED)
        self.order("separate", "pat.patrol", reason="misuse")
        self.assert_cut(made)
        self.assert_refused("pat.patrol", pack_case.UNLISTED)
        self.assertEqual(self.access("pat.patrol")["access"], "ended")

    # --- records

    def test_S4_3_4_the_page_says_that_use_is_recorded(self):
        self.assert_refused("carl.clerk", "games.test", "is recorded")


class MonroeSanctioned(WithGrants, pack_case.PackCase):
    """The county's own VPN, which lists know as one, on the last day that it is sanctioned and on the next."""
    PACK = "monroe"
    FIRST = datetime.date(2027, 12, 28)
    LISTED = {"vpn": ["vpn.co.monroe.example"]}

    def test_S4_3_5_13_the_countys_own_vpn_is_sanctioned_until_its_end(self):
        self.open_tunnel("walt.works", "vpn.co.monroe.example")
        self.assert_tunnel_refused("walt.works", "vpn.test", "S4(3.5-13)")
        self.day_after(2)
        self.assert_tunnel_refused("walt.works", "other.vpn.co.monroe.example", "S4(3.5-13)")


class MonroeSoftware(WithGrants, SoftwareCase):
    PACK = "monroe"
    CLAUSE = "S4(3.5-9)"

    def test_S4_3_5_9_the_supervisor_and_the_countys_it_approve_software(self):
        grant = self.assert_released_by("walt.works", "cora.county", "wes.works")
        self.assertEqual(self.steps(grant), [("supervisor", ["wes.works"]), ("county-it-director", ["cora.county"])])


if __name__ == "__main__":
    pack_case.main()
