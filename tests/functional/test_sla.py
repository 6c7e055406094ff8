"""Targets of cases: the clock against a second reckoning, gaps, settings loaded, refused and dated."""
import datetime
import json
import unittest

from harness import ROOT, KlarsynTest, audit_file, audit_row, both_backends, local, seeded
from danish_calendar import COPENHAGEN  # found by harness
from server import Server, add_user

# Cases opened in Copenhagen's winter time. P1 runs round the clock, 2 h; P3 on workdays, 12 h.
CASES = """number,opened,resolved,closed,priority,state,group
K1,2016-03-01 22:00,2016-03-02 00:00,,1 - Critical,Resolved,Desk
K2,2016-03-01 22:00,2016-03-02 00:01,,1 - Critical,Resolved,Desk
K3,2016-03-03 15:00,2016-03-07 11:00,,3 - Moderate,Resolved,Desk
K4,2016-03-03 15:00,2016-03-08 12:00,,3 - Moderate,Resolved,Desk
K5,2016-03-03 15:00,2016-03-03 16:00,,5 - Planning,Resolved,Desk
K6,2016-03-03 15:00,,2016-03-03 16:00,3 - Moderate,Closed,Desk
K7,2016-03-04 15:00,,,1 - Critical,New,Desk
"""
RULES = """pauses = []
[[rule]]
calendar = "always"
resolution = "90 min"
"""


@both_backends
class Targets(KlarsynTest):
    def setUp(self):
        super().setUp()
        self.imported("case-csv", self.file("cases.csv", CASES), "--source", "desk")

    def kept(self, period, **more):
        row = self.row("servicedesk.sla_kept", period, ["target=resolution"], **more)
        return row["num"], row["den"], row["gap_records"]

    def test_a_target_counts_once_where_it_was_kept_or_broken(self):
        # K1 K3 kept; K2 K4 K7 broken; K5 has no target, K6 was never solved.
        self.assertEqual(self.kept("2016-03"), (2, 5, 2))
        self.assertEqual(self.kept("2016-03-02"), (1, 2, 0))  # two hours to the second, and more
        self.assertEqual(self.kept("2016-03-07"), (1, 2, 0))  # K4 broke on the day K3 was kept
        self.assertEqual(self.kept("2016-03-04"), (0, 1, 0))
        first = self.row("servicedesk.sla_kept", "2016-03", ["target=first_response"])
        self.assertEqual((first["den"], first["gap_records"]), (0, 6))  # no file tells of replies
        self.assertEqual(self.row("servicedesk.hop_time_median", "2016-03")["num"], 7200)
        self.verify()

    def test_settings_hold_from_their_date_and_leave_earlier_cases_alone(self):
        file = self.file("sla.toml", RULES)
        self.ok("settings", self.data, "sla", file)
        self.assertEqual(self.kept("2016-03"), (2, 5, 2))  # from now on
        self.ok("settings", self.data, "sla", file, "--from", "2016-03-03")
        self.assertEqual(self.kept("2016-03-02"), (1, 2, 0))
        # K5 is solved in an hour; K6 closed unsolved; K3, K4 and K7 take longer than 90 minutes
        self.assertEqual(self.kept("2016-03"), (2, 6, 1))
        self.verify()
        self.ok("derive", self.data)
        self.assertEqual(self.kept("2016-03"), (2, 6, 1))
        self.verify()


GROUPS = "group,level,org,from,to\nHotline,1,,,\nBagvagt,2,,,\n"
BAD = (
    ("sla", RULES.replace("90 min", "soon"), "resolution", ("bad.toml", "4", "soon")),
    ("sla", RULES.replace("always", "never"), "calendar", ("bad.toml", "2", "never")),
    ("sla", "[[rule]\n", "", ("bad.toml", "1")),
    ("business_hours", "[calendar.work]\nmonday = '8-16'\n", "monday", ("bad.toml", "2", "8-16")),
    ("business_hours", "[calendar.work]\nweekdays = '08:00-16:00'\n", "calendar", ("always",)),
    ("priority", "[table]\nimpact1 = [1, 2]\n", "impact1", ("bad.toml", "2")),
    ("groups", GROUPS + "Hotline,2,,,\n", "from", ("bad.toml", "4", "Hotline")),
    ("groups", GROUPS + "Nat,3,,2016-02-31,\n", "from",
     ("bad.toml", "4", "2016-02-31")),
    ("groups", "group,org\nHotline,\n", "level", ("bad.toml", "1")),
    ("groups", GROUPS.replace(",2,", ",to,"), "level", ("bad.toml", "Bagvagt", "to")),
    ("groups", "group,level\n", "group", ("bad.toml",)),
    ("templates", "[[template]]\nid = 'a'\nkind = 'poem'\n", "kind", ("bad.toml", "3", "comment")),
    ("templates", "[[template]]\nid = 'a'\nkind = 'case'\n", "da", ("bad.toml", "1")),
    ("systems", "[[system]]\nid = 'PAS'\n", "da", ("bad.toml", "1")),
    ("systems", "[[system]]\nid = 'PAS'\nda = 'P'\n" * 2, "id", ("bad.toml", "4", "PAS")),
    ("systems", "[[system]\n", "", ("bad.toml", "1")),
    ("criticality", "[[level]]\nid = 'high'\n", "da", ("bad.toml", "1")),
    ("freeze", "[[window]]\nid='a'\nda='A'\nen='A'\nfrom='12-20'\nto='13-45'\n", "to",
     ("bad.toml", "6", "13-45")),
    ("changes", "[risk]\nimpact1 = ['low', 'low', 'huge']\n", "impact1", ("bad.toml", "2")),
    ("retention", "[[policy]]\nwhat = 'cats'\ndays = 1\nbasis = 'x'\n", "what", ("bad.toml", "2")),
    ("catalogue", "[[form]]\n", "", ("bad.toml", "1")),
    ("nonsense", "", "", ("nonsense", "sla", "groups", "templates", "systems")),
)


@both_backends
class Settings(KlarsynTest):
    def test_a_bad_file_is_refused_naming_file_line_and_field_in_both_languages(self):
        for name, content, field, words in BAD:
            told = set()
            for language in ("da", "en"):
                with self.subTest(name=name, content=content, language=language):
                    done = self.refused("settings", self.data, name, self.file("bad.toml", content),
                                        env={"KLARSYN_LANG": language})
                    for word in (*words, field):
                        self.assertIn(word, done.err)
                    told.add(done.err)
            self.assertEqual(len(told), 2, told)
        self.verify()

    def test_groups_bring_their_own_dates(self):
        file = self.file("groups.csv", GROUPS)
        done = self.refused("settings", self.data, "groups", file, "--from", "2016-01-01")
        self.assertIn("--from", done.err)
        self.ok("settings", self.data, "groups", file)
        self.verify()

    def test_each_default_can_be_loaded_as_it_is_shipped(self):
        shipped = sorted((ROOT / "src").glob("**/settings/*.*"))
        self.assertGreaterEqual({file.stem for file in shipped}, {
            "sla", "business_hours", "priority", "groups", "templates", "systems", "criticality",
            "freeze", "changes", "catalogue", "retention"})
        for file in shipped:
            if file.suffix in (".toml", ".csv"):
                self.ok("settings", self.data, file.stem, file)
        self.refused("settings", self.data, "sla", self.directory / "no such file")
        self.verify()


@both_backends
class LiveCases(KlarsynTest):
    def test_cases_of_the_desk_follow_a_file_that_holds_from_before_them(self):
        add_user(self.data, "agent", "agent")
        token = self.ok("token", self.data, "add", "agent").out.strip()
        server = Server(self.data, self.directory).start()
        self.addCleanup(server.stop)

        def ask(method, path, body=None):
            status, _, content = server.request(
                method, "/api/v1/cases" + path, json.dumps(body) if body is not None else None,
                {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
            self.assertLess(status, 300, content)
            return json.loads(content)

        made = ask("POST", "", {"title": "Printer svarer ikke", "impact": 3, "urgency": 3})
        ask("POST", f"/{made['number']}/resolve", {"resolution": "Genstartet"})
        made = ask("POST", "", {"title": "Skærmen er sort", "impact": 1, "urgency": 1})
        server.stop()
        self.verify()
        opened = utc_of(made["opened_at"])
        self.assertEqual(utc_of(made["due_at"]), opened + 3600)  # P1: first response in an hour
        file = self.file("sla.toml", RULES.replace("90 min", "90 min\"\nfirst_response = \"5 min"))
        self.ok("settings", self.data, "sla", file, "--from", "2020-01-01")
        self.verify()
        server.start()
        self.assertEqual(utc_of(ask("GET", "/" + made["number"])["due_at"]), opened + 300)
        server.stop()
        self.ok("settings", self.data, "groups", self.file("groups.csv", GROUPS))
        self.verify()


# ----------------------------------------------------------------------------------------------
# The second reckoning: minute by minute, by wall clock, without spans, sums or look-ahead.

LIMITS = {"1 - Critical": (120, "always"), "2 - High": (180, "always"),
          "3 - Moderate": (720, "workdays"), "4 - Low": (2880, "workdays"), "5 - Planning": None}
EASTER = {(2016, 3, 24), (2016, 3, 25), (2016, 3, 28)}
PAUSED, WAITING = "Awaiting User Info", "Awaiting Vendor"  # the second one does not stop the clock
NEXT = {"New": ("Active", PAUSED, WAITING, "Resolved"),
        "Active": (PAUSED, WAITING, "Resolved", "Active"),
        PAUSED: ("Active", WAITING, "Resolved"), WAITING: ("Active", PAUSED, "Closed"),
        "Resolved": ("Closed", "Active"), "Closed": ("Active",)}


def is_open(calendar, utc):
    if calendar == "always":
        return True
    time = datetime.datetime.fromtimestamp(utc, COPENHAGEN)
    return (time.weekday() < 5 and 8 <= time.hour < 16
            and (time.year, time.month, time.day) not in EASTER)


def reckon(events, gross):
    """events: (utc, state, priority) -> (kept, at, limit in minutes), "lacks" or None (still open)."""
    spent = 0          # minutes that count
    end = events[-1][0] + 40 * 86400
    broken = fulfilled = None
    state = "New"
    at = events[0][0]
    coming = list(events)
    while at < end:
        ended_by = None
        while coming and coming[0][0] == at:
            before = state
            _, state, priority = coming.pop(0)
            limit = LIMITS[priority]
            if before in ("Resolved", "Closed") and state not in ("Resolved", "Closed"):
                fulfilled = None
            if state == "Resolved" and before != "Resolved":
                fulfilled = (at, limit)
                ended_by = limit
            if state == "Closed" and before not in ("Resolved", "Closed"):
                fulfilled = (at, "closed" if limit else None)
        if ended_by and not broken and spent > ended_by[0]:
            broken = (at, ended_by[0])
        if state not in ("Resolved", "Closed") and limit:
            counts = is_open(limit[1], at) and (gross or state != PAUSED)
            if not broken and (spent > limit[0] or (counts and spent == limit[0])):
                broken = (at, limit[0])
            spent += counts
        elif not coming:
            break
        at += 60
    if broken:
        return False, *broken
    if fulfilled and fulfilled[1] in (None, "closed"):
        return "lacks"
    return (True, fulfilled[0], fulfilled[1][0]) if fulfilled else None


def history(generator):
    """One case around Easter, when the clocks change too: (utc, state, priority), first its making."""
    at = local("2016-03-21 00:00") + generator.randrange(7 * 1440) * 60
    state, priority = "New", generator.choice(list(LIMITS))
    events = [(at, state, priority)]
    for _ in range(generator.randrange(1, 8)):
        at += generator.choice((60, 1800, 3600, 7200, 8 * 3600, 30 * 3600, 70 * 3600))
        state = generator.choice(NEXT[state])
        if generator.random() < 0.35:
            priority = generator.choice(list(LIMITS))
        events.append((at, state, priority))
    return events


def rows_of(number, events):
    def stamp(utc):
        return datetime.datetime.fromtimestamp(utc, COPENHAGEN).strftime("%d-%m-%Y %H:%M")
    reopened, before = 0, "New"
    for mod, (at, state, priority) in enumerate(events):
        reopened += before in ("Resolved", "Closed") and state not in ("Resolved", "Closed")
        before = state
        yield audit_row(number, state, mod, stamp(at), stamp(events[0][0]), reopen=reopened,
                        priority=priority)


class SecondReckoning(KlarsynTest):
    def test_every_target_is_what_counting_minute_by_minute_gives(self):
        generator = seeded("sla")
        cases = {f"INC{n:07}": history(generator) for n in range(120)}
        rows = [row for number, events in cases.items() for row in rows_of(number, events)]
        self.imported("case-audit", self.file("a.csv", audit_file(rows)), "--source", "sn")
        seen = set()
        for figure, gross in (("servicedesk.sla_kept", False), ("servicedesk.sla_kept_gross", True)):
            records = self.records(figure, "2016", ["target=resolution"], limit=1000)
            got = {r["case_no"]: r for r in records if r["kept"] is not None}
            expected = {number: reckon(events, gross) for number, events in cases.items()}
            lacking = 0
            for number, events in cases.items():
                want = expected[number]
                lacking += want == "lacks"
                seen.add(want if want in ("lacks", None) else want[0])
                with self.subTest(figure=figure, number=number, events=events):
                    if want in ("lacks", None):
                        self.assertNotIn(number, got)
                        continue
                    kept, at, limit = want
                    row = got[number]
                    self.assertEqual((row["kept"], utc_of(row["at"]), row["limit_s"]),
                                     (int(kept), at, limit * 60))
            row = self.row(figure, "2016", ["target=resolution"])
            self.assertEqual((row["den"], row["gap_records"]), (len(got), lacking))
        self.assertEqual(seen, {True, False, "lacks", None})  # the histories held all of them
        self.verify()


def utc_of(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


if __name__ == "__main__":
    unittest.main()
