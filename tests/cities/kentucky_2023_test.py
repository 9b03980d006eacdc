"""The Kentucky ordinance: personal use without hours, counted; software by the supervisor's word and the contractor's."""
import pack_case


class Kentucky(pack_case.PackCase):
    PACK = "kentucky-2023"

    def test_S0_M_sexually_explicit_content_is_prohibited(self):
        self.assert_always_prohibited("carl.clerk", "pornography", "Sexually explicit", "S0(M)")

    def test_S0_M_slurs_and_harassment_are_prohibited(self):
        self.assert_always_prohibited("carl.clerk", "hate", "disparages", "S0(M)")

    def test_S0_L_what_offends_others_is_refused(self):
        self.assert_refused("carl.clerk", "violence.test", "offends", "S0(L)")

    def test_S0_I_personal_use_is_open_at_any_hour_and_measured(self):
        for clock in ("08:00", "11:00", "12:30", "16:59"):
            self.at(clock)
            self.assert_open("walt.works", "social.test")
        self.assertEqual(self.last("walt.works", "social.test")["reason"], "no-quota")

    def test_S0_H_personal_minutes_in_working_hours_are_measured(self):
        self.at("09:00")
        self.spend("walt.works", "sports.test", 60)
        self.city.advance("5min")
        self.assertEqual(self.row("public-works", "sports")["attended_ms"], 61 * 60_000)
        self.assert_open("walt.works", "sports.test")  # nobody is cut off: it may be grounds for discipline, that is all

    def test_S0_B_the_page_says_that_use_is_recorded(self):
        self.assert_refused("carl.clerk", "violence.test", "is recorded")

    def test_S0_K_every_exchange_leaves_a_record(self):
        self.assert_open("lena.library", pack_case.UNLISTED, "/minutes")
        row = self.last("lena.library", pack_case.UNLISTED)
        self.assertEqual((row["path"], row["person"], row["department"], row["outcome"]),
                         ("/minutes", "lena.library", "library", "completed"))


if __name__ == "__main__":
    pack_case.main()
