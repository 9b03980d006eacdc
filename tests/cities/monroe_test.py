"""Monroe: nobody without a signature, nobody's records without seven days' leave, VPN and proxies named as circumvention."""
import pack_case
from pack_case import client
from web import FILM


class Monroe(pack_case.PackCase):
    PACK = "monroe"

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

    def test_S4_3_1_a_department_has_its_own_rules(self):
        self.assert_refused("dee.day", "social.test", "dispatch desk", "Dispatch supplement 1")
        self.assert_open("carl.clerk", "social.test")
        self.assert_open("walt.works", "auctions.test")

    def test_S4_3_5_12_streaming_is_measured_and_limited(self):
        with client.Client(self.city.port, self.desks["rosa.clerk"]) as player:
            self.assertEqual(len(player.get(f"http://video.test{FILM}").body), 2_000_000)
        row = self.last("rosa.clerk", "video.test")
        self.assertEqual((row["quota"], row["streaming_bytes"]), ("streaming", 2_000_000))

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
        result = self.city.run("access", "reinstate", "pat.patrol", "--by", "max.manager", "--reason", "changed my mind")
        self.assertEqual(result.returncode, 1, "who has been separated does not come back by a word")

    # --- records

    def test_S4_3_4_the_page_says_that_use_is_recorded(self):
        self.assert_refused("carl.clerk", "games.test", "is recorded")


if __name__ == "__main__":
    pack_case.main()
