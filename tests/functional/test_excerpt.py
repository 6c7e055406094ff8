"""The real ServiceNow excerpt: imports as it is, equals the oracle, its identities hold."""
import unittest

import harness  # noqa: F401  (first: it finds the oracle's modules)
import case_audit
import compare
import figures
from danish_calendar import label, parse_period
from harness import TEST_DATA, KlarsynTest, both_backends

EXCERPT = TEST_DATA / "servicenow" / "incident_event_log_600.csv"
PERIOD = "2016-02..2017-03"
# Group 24 changes level in the middle; most groups stay unmapped.
GROUPS = ("group,level,org,from,to\nGroup 70,1,A,,\nGroup 24,2,A,,2016-03-05\n"
          "Group 24,3,B,2016-03-06,\nGroup 25,2,B,,\nGroup 23,3,B,,\n")


@both_backends
class Excerpt(KlarsynTest):
    groups = GROUPS

    def setUp(self):
        super().setUp()
        self.assertTrue(EXCERPT.exists(), f"{EXCERPT} is missing")
        options = ["--groups", self.file("groups.csv", self.groups)] if self.groups else []
        self.batch = self.imported("case-audit", EXCERPT, *options)

    def test_nothing_is_rejected_and_again_changes_nothing(self):
        self.assertEqual((self.batch["read"], self.batch["rejected"]), (4137, 0))
        again = self.imported("case-audit", EXCERPT)
        self.assertEqual((again["new"], again["changed"], again["unchanged"]),
                         (0, 0, self.batch["new"]))
        self.verify()

    def test_every_figure_equals_the_oracle(self):
        rows = case_audit.read_rows(EXCERPT.read_bytes())
        expected = figures.servicedesk(*case_audit.replay([rows], case_audit.Groups(self.groups)))
        period = parse_period(PERIOD)
        for name, indicator in expected.items():
            for by in ((), ("level",), ("group",), ("category",), ("priority",), ("contact",),
                       ("org",), ("week",), ("level", "day"), ("level", "category", "month")):
                got = self.figure(name, PERIOD, ",".join(by))
                found = compare.differences(figures.answer(indicator, period, by), got, by,
                                            indicator.kind)
                self.assertEqual(found[:10], [], (name, by, len(found)))

    def test_identity_per_level_and_week_and_day(self):
        for bucket in ("week", "day"):
            by = f"level,{bucket}"
            parts = {name: self.nums("servicedesk." + name, PERIOD, by)
                     for name in ("created", "moved_in", "moved_out", "closed", "backlog")}
            parts["reopened"] = self.nums("servicedesk.reopened", PERIOD, by, ["from=closed"])
            first, last = parse_period(PERIOD)
            buckets = list(dict.fromkeys(label(bucket, d) for d in range(first, last + 1)))
            levels = {key[0] for part in parts.values() for key in part}
            self.assertIn("unknown", levels)
            for level in levels:
                opening = 0
                for b in buckets:
                    def get(name):
                        return parts[name].get((level, b), 0)
                    closing = (opening + get("created") + get("reopened") + get("moved_in")
                               - get("closed") - get("moved_out"))
                    self.assertEqual(closing, get("backlog"), (level, b))
                    opening = closing
                self.assertEqual(opening, 0, f"closing backlog of {level}")

    def test_counts_by_hand(self):
        # Counted with other tools: 600 cases, each closed once; 607 entries into Resolved; 7 rows
        # in which the reopening count rises.
        for name, count in (("created", 600), ("closed", 600), ("resolved", 607), ("reopened", 7)):
            self.assertEqual(self.num("servicedesk." + name, PERIOD), count, name)
        self.assertEqual(self.num("servicedesk.moved_in", PERIOD),
                         self.num("servicedesk.moved_out", PERIOD))
        self.assertEqual(self.num("servicedesk.backlog", "2017-03-31") or 0, 0)

    def test_records_are_those_counted(self):
        for name in ("created", "resolved", "reopened", "closed", "moved_in", "moved_out",
                     "backlog", "backlog_age_median", "solve_time_median", "solve_time_p90",
                     "moves_mean"):
            for period, where in (("2016-03", ()), ("2016-03-10", ("level=1",)),
                                  ("2016-W10", ("group=Group 24", "group=Group 70"))):
                row = self.row("servicedesk." + name, period, where)
                found = self.records("servicedesk." + name, period, where)
                self.assertEqual(len(found), row["records"], (name, period, where))


class ExcerptWithoutGroups(Excerpt):
    groups = ""

    def test_identity_per_level_and_week_and_day(self):
        self.assertEqual(set(self.nums("servicedesk.created", PERIOD, "level")), {"unknown"})
        self.assertEqual(self.num("servicedesk.moved_in", PERIOD) or 0, 0)


if __name__ == "__main__":
    unittest.main()
