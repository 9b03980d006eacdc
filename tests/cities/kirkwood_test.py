"""Kirkwood: lunch and off hours for personal use, the prohibited at no hour, streaming only with the CAO's word."""
import json

import pack_case
from pack_case import NOT_SHARED, portal
from web import FILM


class Kirkwood(pack_case.PackCase):
    PACK = "kirkwood"
    SIGN_IN = ("lena.library",)
    SETTINGS = portal.SETTINGS + NOT_SHARED

    def reader(self, person):
        return {"break-room": "wes.works"}.get(person, self.READER)  # of a device: the head of its department

    # --- h: what is prohibited

    def test_S1_h_gambling_is_blocked_at_every_hour(self):
        self.assert_always_prohibited("carl.clerk", "gambling", "Sites that allow gambling", "S1(h)")

    def test_S1_h_pornography_is_blocked_at_every_hour(self):
        self.assert_always_prohibited("walt.works", "pornography", "Pornographic sites", "S1(h)")

    def test_S1_h_hate_and_violence_are_blocked_at_every_hour(self):
        self.assert_always_prohibited("pia.press", "hate", "violence, terrorism or hate", "S1(h)")
        self.assert_always_prohibited("pia.press", "violence", "violence, terrorism or hate", "S1(h)")

    def test_S1_h_the_police_are_not_exempt_by_being_police(self):
        self.assert_refused("dora.detective", "gambling.test", "S1(h)")
        self.assert_open("dora.detective", "drugs.test")  # which is not prohibited, and the department's work
        self.assertEqual(self.last("dora.detective", "drugs.test")["rule"], "police/investigations")

    def test_S1_h_an_attempt_is_recorded_with_rule_and_list_line(self):
        self.assert_refused("lena.library", "gambling.test", "gambling.txt", "line 1")
        row = self.last("lena.library")
        self.assertEqual((row["rule"], row["outcome"], row["evidence"]),
                         ("no-gambling", "refused", {"source": "starter/gambling.txt", "line": 1}))
        self.assertEqual(self.row("library", "gambling")["blocked_attempts"], 1)

    def test_S1_h_a_case_opens_it_to_named_officers_and_is_sealed(self):
        grant = self.ask_for("law-enforcement", "dora.detective", "--case", "2026-0417", "--for", "dora.detective",
                             "--categories", "gambling", "--until", self.date)
        self.assertEqual(self.steps(grant), [("supervisor", ["sgt.stone"]), ("police-chief", ["chief.hart"])])
        self.assert_not_done("grant", "approve", grant["name"], "--by", "chief.hart")  # the supervisor comes first
        self.assert_not_done("grant", "approve", grant["name"], "--by", "dora.detective")
        self.assert_refused("dora.detective", "gambling.test", "S1(h)")
        refused = self.records("dora.detective", "gambling.test")
        self.assertEqual(self.approve(grant, "sgt.stone", "chief.hart")["state"], "in-force")

        self.assert_open("dora.detective", "gambling.test")
        self.assert_refused("pat.patrol", "gambling.test", "S1(h)")
        self.assert_refused("dora.detective", "pornography.test", "S1(h)")  # not of the case
        self.assert_refused("dora.detective", "malware.test")
        self.assert_tunnel_refused("dora.detective", "vpn.test")
        self.assertEqual(self.records("dora.detective", "gambling.test"), refused, "what was sealed is not found")
        report = self.city.report("police", self.date)
        self.assertEqual(report["sealed_exchanges"], 1)
        gambling = self.row("police", "gambling")
        self.assertEqual((gambling["requests"], gambling["attended_ms"]), (2, 0), "the two refusals alone")

        self.fresh_day()
        self.assert_refused("dora.detective", "gambling.test", "S1(h)")  # nobody had to end it

    # --- i: personal use

    def test_S1_i_prohibited_stays_prohibited_at_lunch(self):
        self.at("12:15")
        self.assert_open("carl.clerk", "social.test")
        self.assert_refused("carl.clerk", "gambling.test", "S1(h)")

    def test_S1_i_personal_use_at_lunch_and_outside_work(self):
        for clock, opened in (("07:59:59", True), ("08:00", False), ("11:59:59", False), ("12:00", True), ("12:59:59", True),
                              ("13:00", False), ("16:59:59", False), ("17:00", True)):
            with self.subTest(clock):
                self.at(clock)
                if opened:
                    self.assert_open("carl.clerk", "news.test")
                else:
                    self.assert_refused("carl.clerk", "news.test", "lunch", "S1(i)")
                self.assert_open("carl.clerk", pack_case.UNLISTED)

    def test_S1_i_the_page_says_when_it_opens_again(self):
        self.at("09:00")
        page = self.assert_refused("carl.clerk", "shopping.test", "S1(i)")
        self.assertIn(f"{self.date} 12:00", page)

    def test_S1_i_personal_minutes_are_measured(self):
        self.at("12:00")
        self.assertEqual(self.spend("rosa.clerk", "news.test", 10).status, 200)
        self.city.advance("5min")
        self.assertEqual(self.row("clerk", "news")["attended_ms"], 11 * 60_000)  # ten, and a minute after the last page

    def test_S1_i_the_head_of_the_department_says_what_is_excessive(self):
        self.at("12:00")
        self.spend("pat.patrol", "news.test", 30)
        self.city.advance("5min")  # counts a minute after the last page
        self.assertEqual(self.city.report("police", self.date)["excessive"],
                         {"minutes_per_day": 30, "clause": "S1(i)", "people": 1, "days": 1})
        self.fresh_day("12:00")
        self.spend("carl.clerk", "news.test", 30)
        self.city.advance("5min")
        self.assertEqual(self.city.report("clerk", self.date)["excessive"],
                         {"minutes_per_day": 60, "clause": "S1(i)", "people": 0, "days": 0})

    # --- b: streaming, games

    def test_S1_b_streaming_is_refused_at_every_hour(self):
        for clock in ("10:00", "12:30", "19:00"):
            self.at(clock)
            self.assert_refused("walt.works", "audio.test", "CAO", "S1(b)")
            self.assert_refused("walt.works", "video.test", "CAO", "S1(b)")

    def test_S1_b_a_film_from_an_unlisted_host_is_streaming_by_its_type(self):
        answer = self.browse("walt.works", pack_case.UNLISTED, FILM)
        self.assertEqual(answer.status, 403)
        self.assertIn(b"S1(b)", answer.body)
        row = self.last("walt.works")
        self.assertEqual((row["reason"], row["decisive"], row["stage"], row["rule"]),
                         ("blocked", "streaming-media", "response", "no-streaming"))

    def test_S1_b_the_cao_permits_streaming_to_a_room_for_a_day(self):
        grant = self.ask_for("streaming-permit", "wes.works", "--for", "break-room", "--categories", "audio", "--until", self.date)
        self.assertEqual(self.steps(grant), [("cao", ["max.manager"])])
        self.assert_refused("break-room", "audio.test", "S1(b)")
        self.approve(grant, "max.manager")
        self.assert_open("break-room", "audio.test")
        self.assert_refused("break-room", "video.test", "S1(b)")
        self.assert_refused("walt.works", "audio.test", "S1(b)")
        self.assertEqual(self.last("break-room", "audio.test")["grant"], grant["name"])
        self.fresh_day()
        self.assert_refused("break-room", "audio.test", "S1(b)")

    def test_S1_b_the_caos_own_permit_is_the_mayors_to_give(self):
        grant = self.ask_for("streaming-permit", "max.manager", "--categories", "audio", "--until", self.date)
        self.assertEqual([approvers for _, approvers in self.steps(grant)], [["ann.mayor"]])

    def test_S1_b_games_are_refused(self):
        self.assert_refused("walt.works", "games.test", "Games", "S1(b)")

    def test_S1_b_the_page_says_that_use_is_recorded(self):
        self.assert_refused("walt.works", "games.test", "is recorded")

    def test_S1_b_software_is_refused_by_what_it_is_whatever_its_name(self):
        for path in ("/setup.exe", "/notes.txt"):
            answer = self.browse("walt.works", pack_case.UNLISTED, path)
            self.assertEqual(answer.status, 403, path)
            self.assertIn(b"No software", answer.body)
            self.assertIn(b"S1(b)", answer.body)
            self.assertNotIn(b"MZ", answer.body)
        row = self.last("walt.works", pack_case.UNLISTED)
        self.assertEqual((row["rule"], row["decisive"], row["attempt"]), ("no-software", "software", True))

    def test_S1_b_mis_excepts_a_screen_saver(self):
        grant = self.ask_for("exemption", "walt.works", "--categories", "software", "--host", "savers.test", "--until", self.date,
                             reason="screen saver with the city's arms")
        self.assertEqual(self.steps(grant), [("mis-director", ["ida.director"])])
        self.assertEqual(self.browse("walt.works", "savers.test", "/setup.exe").status, 403)
        self.approve(grant, "ida.director")
        self.assertTrue(self.browse("walt.works", "savers.test", "/setup.exe").body.startswith(b"MZ"))
        self.assertEqual(self.browse("walt.works", pack_case.UNLISTED, "/setup.exe").status, 403)

    def test_S1_b_a_personal_device_needs_the_permission_of_mis(self):
        self.assertEqual(self.from_own_device("lena.library", pack_case.UNLISTED).status, 403)
        row = self.last("lena.library", pack_case.UNLISTED)
        self.assertEqual((row["reason"], row["identity"]), ("personal-device", "basic"))
        self.assert_open("lena.library", "government.test")  # at her own desk
        grant = self.ask_for("personal-device", "lena.library", "--description", "own laptop", "--until", self.date)
        self.assertEqual(self.steps(grant), [("mis-director", ["ida.director"])])
        self.approve(grant, "ida.director")
        self.assertEqual(self.from_own_device("lena.library", pack_case.UNLISTED).status, 200)
        self.fresh_day()
        self.assertEqual(self.from_own_device("lena.library", pack_case.UNLISTED).status, 403)

    # --- e: solicitation and copies

    def test_S1_e_solicitation_is_warned_and_counted(self):
        self.assert_warned("hana.personnel", "political-advocacy.test", "political causes", "S1(e)")
        self.assert_warned("hana.personnel", "religion.test", "religious", "S1(e)")
        self.assertEqual(self.row("human-resources", "religion")["requests"], 3)
        self.assertEqual(self.row("human-resources", "religion")["blocked_attempts"], 0)

    def test_S1_e_copyright_violations_are_prohibited(self):
        self.assert_always_prohibited("ida.director", "warez", "copyright", "S1(e)")

    def test_S1_e_private_commerce_is_warned(self):
        self.assert_warned("hana.personnel", "auctions.test", "commercial ventures", "S1(e)")

    # --- who looks, who has read it

    def test_S1_b_supervisors_see_those_below_them_and_nobody_else(self):
        look = ("records", "search", "--user", "walt.works", "--reason", "performance review", "--by")
        self.city.ask(*look, "wes.works")
        self.city.ask(*look, "max.manager")  # above his supervisor
        for viewer in ("walt.works", "carl.clerk", "ida.director"):
            self.assert_not_done(*look, viewer, words=["S1(b)"])

    def test_S1_j_the_head_sees_who_of_the_department_has_not_acknowledged(self):
        said = self.city.ask("access", "acknowledged", "--department", "information-technology", "--json")
        states = {row["name"]: row["state"] for row in map(json.loads, said.splitlines())}
        self.assertEqual(states, {"ida.director": "current", "cora.county": "current", "colin.contractor": "never"})

    def test_S1_j_the_policy_is_handed_out_before_the_first_page(self):
        self.assert_asked_first("colin.contractor")

    def test_S1_a_a_third_party_has_an_approver_a_purpose_and_an_end(self):
        grant = self.ask_for("guest-account", "carl.clerk", "--for", "vera.vendor", "--full-name", "Vera Vend", "--sponsor",
                             "carl.clerk", "--department", "clerk", "--until", self.date, reason="installs the copier")
        self.assertEqual([approvers for _, approvers in self.steps(grant)], [["rosa.clerk"]])
        grant = self.approve(grant, "rosa.clerk")
        self.assertEqual((grant["state"], grant["purpose"], grant["sponsor"]), ("in-force", "installs the copier", "carl.clerk"))
        self.assertEqual(self.access("vera.vendor")["access"], "open")
        self.fresh_day()
        self.assertEqual(self.told(grant)["state"], "lapsed")
        self.assertEqual(self.access("vera.vendor")["access"], "ended")

    # --- shifts

    def test_S1_i_a_department_in_another_shift_has_its_own_hours(self):
        self.at("12:30")
        self.assert_open("dee.day", "news.test")
        self.at("18:00")
        self.assert_open("carl.clerk", "news.test")
        self.assert_refused("dee.day", "news.test", "S1(i)")
        self.at("19:00")
        self.assert_open("dee.day", "news.test")
        self.assert_refused("nell.night", "news.test", "S1(i)")


if __name__ == "__main__":
    pack_case.main()
