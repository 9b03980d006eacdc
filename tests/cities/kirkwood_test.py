"""Kirkwood: lunch and off hours for personal use, the prohibited at no hour, streaming only with the CAO's word."""
import pack_case
from web import FILM


class Kirkwood(pack_case.PackCase):
    PACK = "kirkwood"

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

    def test_S1_b_games_are_refused(self):
        self.assert_refused("walt.works", "games.test", "Games", "S1(b)")

    def test_S1_b_the_page_says_that_use_is_recorded(self):
        self.assert_refused("walt.works", "games.test", "is recorded")

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
