"""Kirkwood's lunch to the second on the Sundays when the clocks change, for who works on Sundays: the dispatchers.

Tests of a class run in the order of their names, and their times go forward in that order.
"""
import datetime

import pack_case
from pack_case import gateway

# In 2026 the clocks of Missouri go forward on 8 March and back on 1 November, at two in the morning.
FORWARD, BACK = datetime.date(2026, 3, 8), datetime.date(2026, 11, 1)
ONE_DAY = datetime.timedelta(days=1)


class KirkwoodClock(pack_case.PackCase):
    """Times are given to the gateway in UTC: what they are on the wall of City Hall is written here by hand."""
    PACK = "kirkwood"
    CHANGE = None

    @classmethod
    def setUpClass(cls):
        if cls.CHANGE:
            cls.FIRST = cls.CHANGE - 2 * ONE_DAY
            super().setUpClass()

    def setUp(self):
        self.gateway = self.city

    def utc(self, day, clock):
        self.city.set_clock(f"{day}T{clock}Z")

    def assert_personal(self, person, day, *times):
        """At each of these times of UTC personal use is open, or it is refused for the hour; work is open all the while, and
        what is prohibited never."""
        for clock, opened in times:
            with self.subTest(day=day, utc=clock):
                self.utc(day, clock)
                answer = self.browse(person, "news.test")
                self.assertEqual(answer.status, 200 if opened else 403, answer.body)
                self.assertEqual(b"S1(i)" in answer.body, not opened)
                self.assert_open(person, pack_case.UNLISTED)
                self.assert_refused(person, "gambling.test", "S1(h)")

    def assert_cut_at(self, person, day, before, edge):
        """A tunnel that is opened a second before a window's edge is ended at it, and the record says so."""
        self.utc(day, before)
        made = self.open_tunnel(person, "news.test")
        self.assertEqual(made.send(b"more").stream.exactly(4), b"more")
        self.city.advance("1s")
        self.assertEqual(made.rest(), b"")
        cut = gateway.wait_until(lambda: self.search(person, "--outcome", "cut"), "the record of the tunnel")[-1]
        self.assertEqual((cut["host"], cut["reason"], cut["stage"], cut["rule"]),
                         ("news.test", "outside-window", "tick", "personal-use"))
        self.assertEqual(cut["end"][:19], f"{day}T{edge}")
        _, answer = self.tunnel(person, "news.test")
        self.assertEqual(answer.status, 403)


class Forward(KirkwoodClock):
    """Noon is 18:00 of UTC up to Saturday, 17:00 from Sunday on."""
    CHANGE = FORWARD

    def test_S1_i_1_saturdays_lunch(self):
        self.assert_personal("dee.day", FORWARD - ONE_DAY, ("17:59:59", False), ("18:00:00", True), ("18:59:59", True),
                             ("19:00:00", False))

    def test_S1_i_2_the_night_shifts_meal_ends_when_the_clock_jumps(self):
        """Two o'clock does not come: it is three at once, and the meal from one to two is over."""
        self.assert_personal("nell.night", FORWARD, ("06:59:59", False), ("07:00:00", True), ("07:59:59", True),
                             ("08:00:00", False))

    def test_S1_i_3_the_day_shift_begins_an_hour_sooner(self):
        self.assert_personal("dee.day", FORWARD, ("11:59:59", True), ("12:00:00", False))

    def test_S1_i_4_lunch_on_the_sunday_itself(self):
        self.assert_personal("dee.day", FORWARD, ("16:59:59", False), ("17:00:00", True), ("17:59:59", True),
                             ("18:00:00", False))

    def test_S1_i_5_city_hall_has_its_sunday_off(self):
        self.assert_personal("carl.clerk", FORWARD, ("18:00:01", True))

    def test_S1_i_6_city_halls_lunch_on_monday(self):
        self.assert_personal("carl.clerk", FORWARD + ONE_DAY, ("16:59:59", False), ("17:00:00", True), ("17:59:59", True),
                             ("18:00:00", False))


class ForwardTunnels(KirkwoodClock):
    CHANGE = FORWARD

    def test_S1_i_1_a_tunnel_is_cut_when_the_clock_jumps(self):
        self.assert_cut_at("nell.night", FORWARD, "07:59:59", "08:00:00")

    def test_S1_i_2_a_tunnel_is_cut_at_the_end_of_lunch(self):
        self.assert_cut_at("dee.day", FORWARD, "17:59:59", "18:00:00")

    def test_S1_i_3_a_tunnel_of_work_goes_on_over_the_edge(self):
        self.utc(FORWARD + ONE_DAY, "17:59:59")
        made = self.open_tunnel("dee.day", pack_case.UNLISTED)
        self.city.advance("1min")
        self.assertEqual(made.send(b"more").stream.exactly(4), b"more")


class Back(KirkwoodClock):
    """Noon is 17:00 of UTC up to Saturday, 18:00 from Sunday on."""
    CHANGE = BACK

    def test_S1_i_1_saturdays_lunch(self):
        self.assert_personal("dee.day", BACK - ONE_DAY, ("16:59:59", False), ("17:00:00", True), ("17:59:59", True),
                             ("18:00:00", False))

    def test_S1_i_2_the_night_shifts_meal_comes_twice(self):
        """From one to two by daylight time, and from one to two by standard time: the clock on the wall says so both times."""
        self.assert_personal("nell.night", BACK, ("05:59:59", False), ("06:00:00", True), ("06:59:59", True),
                             ("07:00:00", True), ("07:59:59", True), ("08:00:00", False))

    def test_S1_i_3_lunch_on_the_sunday_itself(self):
        self.assert_personal("dee.day", BACK, ("17:59:59", False), ("18:00:00", True), ("18:59:59", True),
                             ("19:00:00", False))

    def test_S1_i_4_a_tunnel_is_cut_at_the_end_of_lunch(self):
        self.assert_cut_at("dee.day", BACK + ONE_DAY, "18:59:59", "19:00:00")


if __name__ == "__main__":
    pack_case.main()
