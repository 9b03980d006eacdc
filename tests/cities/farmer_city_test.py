"""Farmer City: a reminder outside of breaks, time limits for social networks and dating, the City Manager in the middle."""
import pack_case
from pack_case import NOT_SHARED, portal
from software_case import SoftwareCase
from web import FILM


class FarmerCity(pack_case.PackCase):
    PACK = "farmer-city"
    READER = "rosa.clerk"  # the records officer
    SETTINGS = portal.SETTINGS + NOT_SHARED
    SIGN_IN = ("lena.library",)

    # --- what may be visited

    def test_S2_B_2_a_obscene_sites_are_prohibited(self):
        self.assert_always_prohibited("carl.clerk", "pornography", "Obscene", "S2(B)(2)(a)")

    def test_S2_F_harassment_is_prohibited(self):
        self.assert_always_prohibited("carl.clerk", "hate", "S2(F)")

    def test_S2_B_2_c_dating_is_open_and_metered(self):
        self.at("10:30")
        self.assert_open("walt.works", "dating.test")
        row = self.last("walt.works", "dating.test")
        self.assertEqual((row["reason"], row["quota"], row["attempt"]), ("within-quota", "dating-time", False))

    def test_S2_B_2_c_an_inordinate_time_at_dating_sites_ends(self):
        self.at("10:30")
        self.assertEqual(self.spend("walt.works", "dating.test", 14).status, 200)
        self.city.advance("1min")
        self.assert_refused("walt.works", "dating.test", "15.0 of 15.0 minutes", "S2(B)(2)(c)", path="/once-more")
        self.assertEqual(self.last("walt.works", "dating.test")["reason"], "minutes-used-up")
        self.assertEqual(self.row("public-works", "dating")["attended_ms"], 15 * 60_000)
        self.assert_open("walt.works", "social.test")
        self.fresh_day("08:30")
        self.assert_open("walt.works", "dating.test")

    def test_S2_B_2_d_fundraising_and_politics_are_warned_and_counted(self):
        self.assert_warned("pia.press", "crowdfunding.test", "fund-raising", "S2(B)(2)(d)")
        self.assert_warned("pia.press", "political-advocacy.test", "political", "S2(B)(2)(d)")
        self.assertEqual(self.row("administration", "crowdfunding")["requests"], 3)

    def test_S2_B_2_e_private_business_is_refused(self):
        for category in ("auctions", "brokerage", "cryptocurrency"):
            self.assert_refused("pia.press", f"{category}.test", "private business", "S2(B)(2)(e)")

    def test_S2_G_job_search_is_refused(self):
        self.assert_refused("pia.press", "jobsearch.test", "outside of the city", "S2(G)")
        self.assertEqual(self.row("administration", "jobsearch")["blocked_attempts"], 1)

    def test_S2_B_2_f_media_that_the_job_does_not_need_is_measured(self):
        answer = self.get("pia.press", pack_case.UNLISTED, FILM)
        self.assertEqual((answer.status, len(answer.body)), (200, 2_000_000))
        row = self.last("pia.press", pack_case.UNLISTED)
        self.assertEqual((row["quota"], row["streaming_bytes"], row["rule"]), ("media", 2_000_000, "multimedia"))
        self.assertEqual(self.row("administration", "streaming-media")["streaming_bytes"], 2_000_000)

    def test_S2_O_games_are_refused(self):
        self.assert_refused("walt.works", "games.test", "Games", "S2(O)")

    def test_S2_I_unlicensed_software_is_prohibited(self):
        self.assert_always_prohibited("walt.works", "warez", "Unlicensed", "S2(I)")

    def test_S2_M_sites_that_spread_viruses_are_refused(self):
        self.assert_refused("walt.works", "malware.test", "S2(M)")
        self.assertEqual(self.last("walt.works", "malware.test")["reason"], "malware")

    # --- personal use

    def test_S2_B_outside_of_breaks_personal_use_is_warned_and_goes_on(self):
        self.at("11:00")
        self.assert_warned("carl.clerk", "news.test", "meals and breaks", "S2(B)")

    def test_S2_B_at_meals_and_breaks_nobody_is_warned(self):
        for clock in ("10:05", "12:30", "15:14:59", "17:00", "07:30"):
            self.fresh_day(clock)
            self.assert_open("carl.clerk", "news.test")

    def test_S2_B_personal_minutes_are_measured(self):
        self.at("12:00")
        self.spend("rosa.clerk", "news.test", 10)
        self.city.advance("5min")
        self.assertEqual(self.row("clerk", "news")["attended_ms"], 11 * 60_000)

    def test_S2_R_8_d_social_networks_have_a_daily_limit(self):
        self.at("09:00")
        self.assertEqual(self.spend("lena.library", "social.test", 18).status, 200)
        self.city.advance("1min")
        self.assert_open("lena.library", "social.test", "/next")
        self.city.advance("1min")
        self.assert_refused("lena.library", "social.test", "20.0 of 20.0 minutes", "S2(R)(8)(d)", path="/once-more")
        self.assertEqual(self.row("library", "social")["blocked_attempts"], 1)
        self.assert_open("pia.press", "social.test")  # the limit is each person's own

    def test_S2_R_5_who_posts_for_the_city_is_not_limited_and_counted_apart(self):
        self.at("09:00")
        grant = self.ask_for("business-use", "pia.press", "--categories", "social", "--until", self.date)
        self.assertEqual(self.steps(grant), [("city-manager", ["max.manager"])])
        self.approve(grant, "max.manager")
        self.assertEqual(self.spend("pia.press", "social.test", 30).status, 200)
        row = self.last("pia.press", "social.test")
        self.assertEqual((row["reason"], row["grant"], row["quota"]), ("business-use", grant["name"], ""))
        self.assert_refused("pia.press", "games.test", "S2(O)")
        self.fresh_day("09:00")  # the grant has lapsed, and the minutes of her own are all there
        self.assert_open("pia.press", "social.test")
        self.assertEqual(self.last("pia.press", "social.test")["reason"], "within-quota")

    def test_S2_R_5_nobody_agrees_to_the_own_request(self):
        grant = self.ask_for("business-use", "pia.press", "--categories", "social", "--until", self.date)
        self.assert_not_done("grant", "approve", grant["name"], "--by", "pia.press")
        own = self.ask_for("business-use", "max.manager", "--categories", "social", "--until", self.date)
        self.assertEqual([approvers for _, approvers in self.steps(own)], [["ann.mayor"]])

    # --- the end of access

    def test_S2_Q_separation_cuts_what_is_open_and_says_when_the_last_byte_passed(self):
        self.at("16:00")
        made = self.open_tunnel("wes.works", pack_case.UNLISTED)
        self.order("separate", "wes.works", reason="last day of employment")
        self.assert_cut(made)
        self.assert_refused("wes.works", pack_case.UNLISTED)
        self.assertEqual(self.last("wes.works", pack_case.UNLISTED)["reason"], "revoked")
        self.assertNotIn("exchanges_ended", self.access("wes.works")["orders"][-1], "nobody has looked")
        shown = self.access("wes.works", by=self.reader("wes.works"))
        order = shown["orders"][-1]
        self.assertEqual((shown["access"], order["kind"], order["exchanges_ended"], order["attempts_after"]),
                         ("ended", "separate", 1, 1))
        self.assertEqual(order["last_byte"], order["ordered"], "the clock stood still between the two")

    def test_S2_R_9_access_is_denied_as_a_sanction_for_a_term(self):
        self.at("10:00")
        until = self.moment(self.day, "11:00").isoformat()
        self.order("suspend", "dora.detective", "--until", until, reason="S2(R)(9), first warning disregarded")
        self.assert_refused("dora.detective", pack_case.UNLISTED)
        self.at("10:59:59")
        self.assert_refused("dora.detective", pack_case.UNLISTED)
        self.at("11:00")
        self.assert_open("dora.detective", pack_case.UNLISTED)
        self.assertEqual(self.access("dora.detective")["orders"][-1]["reason"], "S2(R)(9), first warning disregarded")

    # --- who is a user

    def test_S2_P_the_statement_is_agreed_to_on_the_portal_and_kept(self):
        self.assert_asked_first("colin.contractor")
        browser = self.portal_of("colin.contractor")
        form = browser.get("/acknowledge").page.form("/acknowledge")
        self.assertEqual(browser.send(form).status, 303)
        self.assert_open("colin.contractor", pack_case.UNLISTED)
        receipt = self.assert_receipt("colin.contractor", "Farmer City's technology resources", method="portal")
        self.assertEqual((receipt["by"], receipt["address"]), ("colin.contractor", self.desks["colin.contractor"]))
        self.assertEqual(receipt["at"][:10], self.date)

    def test_S2_N_one_name_on_two_machines_is_an_event(self):
        self.assert_two_machines_show("lena.library")

    # --- confidential information

    def test_S2_J_large_uploads_do_not_go_to_outside_services(self):
        page = self.assert_refused("carl.clerk", "personal-storage.test", "Confidential city information", "S2(J)")
        self.go_on("carl.clerk", page)
        self.assertEqual(self.post("carl.clerk", "personal-storage.test", 1_000_000).status, 200)
        answer = self.post("carl.clerk", "personal-storage.test", 5_000_001)
        self.assertEqual(answer.status, 403)
        self.assertIn(b"S2(J)", answer.body)
        self.assertEqual(self.post("carl.clerk", pack_case.UNLISTED, 5_000_001).status, 200)

    def test_S2_J_what_is_sent_is_measured_by_kind_of_site(self):
        page = self.assert_refused("rosa.clerk", "filehosting.test", "S2(J)")
        self.go_on("rosa.clerk", page)
        self.assertEqual(self.post("rosa.clerk", "filehosting.test", 1_000_000).status, 200)
        self.assertEqual(self.row("clerk", "filehosting")["from_client_bytes"], 1_000_000)

    # --- records

    def test_S2_E_nobody_looks_without_being_designated_and_each_look_is_kept(self):
        look = ("records", "search", "--user", "walt.works", "--reason", "complaint of 3 June", "--by")
        self.assert_not_done(*look, "ida.director", words=["S2(E)"])  # who runs the systems is not designated
        for viewer in ("rosa.clerk", "max.manager", "ann.mayor"):
            self.city.ask(*look, viewer)
        views = self.acts("--kind", "view", "--subject", "walt.works")[-3:]
        self.assertEqual([(view["author"], view["reason"]) for view in views],
                         [(name, "complaint of 3 June") for name in ("rosa.clerk", "max.manager", "ann.mayor")])

    def test_S2_E_the_city_manager_lets_somebody_else_look_for_a_term(self):
        look = ("records", "search", "--user", "walt.works", "--by", "ida.director", "--reason", "breach of 3 June")
        grant = self.ask_for("record-access", "ida.director", "--about", "walt.works", "--until", self.date)
        self.assertEqual((self.steps(grant), grant["clause"]), ([("city-manager", ["max.manager"])], "S2(E)"))
        self.assert_not_done(*look, words=["S2(E)"])
        self.approve(grant, "max.manager")
        self.city.ask(*look)
        self.assertEqual(self.acts("--kind", "view", "--subject", "walt.works")[-1]["fields"]["right"], grant["name"])
        self.fresh_day()
        self.assert_not_done(*look)

    def test_S2_E_the_page_says_that_use_is_recorded(self):
        self.assert_refused("walt.works", "games.test", "is recorded")

    def test_S2_O_each_record_names_the_policy_it_was_decided_under(self):
        self.assert_open("carl.clerk", pack_case.UNLISTED)
        before = self.last("carl.clerk", pack_case.UNLISTED)["policy"]
        path = self.city.directory / "policy.toml"
        amended = self.policy.replace("minutes_per_day = 20", "minutes_per_day = 21")
        self.assertNotEqual(amended, self.policy)
        self.addCleanup(self.city.ask, "reload")
        self.addCleanup(path.write_text, self.policy, encoding="utf-8")
        path.write_text(amended, encoding="utf-8")
        self.city.ask("reload")
        self.assert_open("carl.clerk", "government.test")
        self.assertNotEqual(self.last("carl.clerk", "government.test")["policy"], before)
        self.assertEqual(self.last("carl.clerk", pack_case.UNLISTED)["policy"], before)


class FarmerCitySoftware(SoftwareCase):
    PACK = "farmer-city"
    READER = "rosa.clerk"  # the records officer
    SETTINGS = portal.SETTINGS + NOT_SHARED
    SIGN_IN = ("lena.library",)
    CLAUSE = "S2(I)"

    def test_S2_I_the_city_manager_approves_software_before_it_is_downloaded(self):
        grant = self.assert_released_by("carl.clerk", "max.manager")
        self.assertEqual(self.steps(grant), [("city-manager", ["max.manager"])])


if __name__ == "__main__":
    pack_case.main()
