"""The Kentucky ordinance: personal use without hours, counted; software by the supervisor's word and the contractor's."""
import pack_case
from pack_case import NOT_SHARED
from software_case import SoftwareCase


class Kentucky(pack_case.PackCase):
    PACK = "kentucky-2023"
    SETTINGS = NOT_SHARED
    SIGN_IN = ("lena.library",)

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
        self.assertEqual(self.city.report("public-works", self.date)["excessive"],
                         {"minutes_per_day": 60, "clause": "S0(H)", "people": 1, "days": 1})
        self.assert_open("walt.works", "sports.test")  # nobody is cut off: it may be grounds for discipline, that is all

    def test_S0_D_an_exemption_opens_what_the_duties_require(self):
        self.assert_refused("walt.works", "weapons.test", "S0(A)")
        grant = self.ask_for("exemption", "walt.works", "--categories", "weapons", "--until", self.date,
                             reason="clearing a shooting range")
        self.assertEqual(self.steps(grant), [("supervisor", ["wes.works"])])
        self.approve(grant, "wes.works")
        self.assert_open("walt.works", "weapons.test")
        self.assertEqual(self.last("walt.works", "weapons.test")["reason"], "granted")
        self.assert_refused("lena.library", "weapons.test", "S0(A)")

    def test_S0_D_an_exemption_does_not_open_what_is_prohibited(self):
        self.assert_not_done("grant", "request", "exemption", "--by", "walt.works", "--reason", "curious", "--categories",
                             "pornography", "--until", self.date, words=["pornography"])

    def test_S0_D_one_name_on_two_machines_is_an_event(self):
        self.assert_two_machines_show("lena.library")

    def test_S0_C_hardware_that_is_not_the_citys_is_refused_until_the_contractor_approves_it(self):
        self.assertEqual(self.from_own_device("lena.library", pack_case.UNLISTED).status, 403)
        self.assertEqual(self.last("lena.library", pack_case.UNLISTED)["reason"], "personal-device")
        grant = self.ask_for("personal-device", "lena.library", "--description", "own laptop", "--until", self.date)
        self.assertEqual(self.steps(grant), [("it-contractor", ["colin.contractor"])])
        self.approve(grant, "colin.contractor")
        self.assertEqual(self.from_own_device("lena.library", pack_case.UNLISTED).status, 200)

    def test_S0_B_the_page_says_that_use_is_recorded(self):
        self.assert_refused("carl.clerk", "violence.test", "is recorded")

    def test_S0_K_every_exchange_leaves_a_record(self):
        self.assert_open("lena.library", pack_case.UNLISTED, "/minutes")
        row = self.last("lena.library", pack_case.UNLISTED)
        self.assertEqual((row["path"], row["person"], row["department"], row["outcome"]),
                         ("/minutes", "lena.library", "library", "completed"))


class KentuckySoftware(SoftwareCase):
    PACK = "kentucky-2023"
    CLAUSE = "S0(H)"

    def test_S0_H_the_supervisor_approves_then_the_contractor(self):
        grant = self.assert_released_by("walt.works", "wes.works", "colin.contractor")
        self.assertEqual(self.steps(grant), [("supervisor", ["wes.works"]), ("it-contractor", ["colin.contractor"])])

    def test_S0_H_the_contractor_is_not_asked_before_the_supervisor_is_for_it(self):
        grant = self.ask_for_program("pia.press")
        self.assert_not_done("grant", "approve", grant["name"], "--by", "colin.contractor")

    def test_S0_C_nothing_is_loaded_without_the_contractor(self):
        self.to = self.city.directory / "alone.exe"
        grant = self.approve(self.ask_for_program("carl.clerk"), "rosa.clerk")
        self.assertEqual(grant["state"], "waiting")
        self.assertEqual(self.save(grant, "carl.clerk").returncode, 1)


if __name__ == "__main__":
    pack_case.main()
