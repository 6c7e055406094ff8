"""The oracle itself, on logs and cases small enough to count by hand."""
import unittest

import case_audit
import figures
import queue_log
from danish_calendar import day_start, label, local_day_and_hour, parse_period, utc_of_local

NOON = utc_of_local(2013, 4, 15, 12, 0, 0)


def log(*events):
    return "".join(f"{NOON + at}|{rest}\n" for at, rest in events).encode()


class QueueLog(unittest.TestCase):
    def one(self, *events):
        visits = queue_log.visits_of([log(*events)])
        self.assertEqual(len(visits), 1)
        return visits[0]

    def test_answered_and_completed(self):
        visit = self.one((0, "c1|sd|NONE|ENTERQUEUE||12345678|3"),
                         (9, "c1|sd|SIP/7|RINGNOANSWER|15000"),
                         (20, "c1|sd|SIP/7|CONNECT|20|c2|4"),
                         (95, "c1|sd|SIP/7|COMPLETEAGENT|20|75|3"))
        self.assertEqual((visit.outcome, visit.wait, visit.ring, visit.talk, visit.position,
                          visit.hour, visit.weekday), ("answered", 20, 4, 75, 3, 12, 1))

    def test_each_way_out(self):
        for event, outcome, wait, way in (
                ("ABANDON|1|3|44", "abandoned", 44, None), ("SYSCOMPAT|", "abandoned", 50, None),
                ("EXITWITHTIMEOUT|1|3|49", "left", 49, "EXITWITHTIMEOUT"),
                ("EXITEMPTY|1|3|48", "left", 48, "EXITEMPTY"),
                ("EXITWITHKEY|5|1|3|47", "left", 47, "EXITWITHKEY"),
                ("WITHDRAW|1|3|46|moved", "left", 46, "WITHDRAW"),
                ("AGENTDUMP|", "open", None, None), ("DID|1234", "open", None, None)):
            visit = self.one((0, "c|q|NONE|ENTERQUEUE||1|1"), (50, "c|q|NONE|" + event))
            self.assertEqual((visit.outcome, visit.wait, visit.way), (outcome, wait, way), event)

    def test_wait_that_differs_is_flagged(self):
        for stated, flagged in ((50, False), (48, False), (52, False), (47, True), (53, True)):
            visit = self.one((0, "c|q|NONE|ENTERQUEUE||1|1"), (50, f"c|q|A|CONNECT|{stated}|x|1"))
            self.assertEqual((visit.wait, visit.wait_differs), (stated, flagged))

    def test_transfers_from_the_right(self):
        for event in ("ATTENDEDTRANSFER|BRIDGE|id|20|75|1", "ATTENDEDTRANSFER|APP|x|20|75|1",
                      "ATTENDEDTRANSFER|LINK|c1|c2|20|75|1", "BLINDTRANSFER|9|ctx|20|75|1",
                      "TRANSFER|9|ctx|20|75|1"):
            visit = self.one((0, "c|q|NONE|ENTERQUEUE||1|1"), (20, "c|q|A|CONNECT|20|x|1"),
                             (95, "c|q|A|" + event))
            self.assertEqual(visit.talk, 75, event)

    def test_one_call_in_several_queues_and_twice_in_one_second(self):
        visits = queue_log.visits_of([log(
            (0, "c|a|NONE|ENTERQUEUE||1|1"), (5, "c|a|NONE|EXITWITHTIMEOUT|1|1|5"),
            (5, "c|b|NONE|ENTERQUEUE||1|1"), (5, "c|b|NONE|EXITEMPTY|1|1|0"),
            (5, "c|b|NONE|ENTERQUEUE||1|1"), (9, "c|b|A|CONNECT|4|x|1"))])
        self.assertEqual([(v.queue, v.ordinal, v.outcome) for v in visits],
                         [("a", 1, "left"), ("b", 1, "left"), ("b", 2, "answered")])

    def test_files_in_any_order_and_grown(self):
        whole = log((0, "c|q|NONE|ENTERQUEUE||1|1"), (20, "c|q|A|CONNECT|20|x|1"),
                    (30, "c|q|A|COMPLETECALLER|20|10|1"))
        for cut in range(len(whole) + 1):
            for files in ([whole[:cut], whole], [whole, whole[:cut]]):
                visits = queue_log.visits_of(files)
                self.assertEqual([(v.outcome, v.talk) for v in visits], [("answered", 10)])
        first, rest = whole.split(b"\n", 1)
        self.assertEqual(queue_log.visits_of([rest, first + b"\n"]), queue_log.visits_of([whole]))
        self.assertEqual(queue_log.visits_of([rest]), [])
        self.assertEqual(queue_log.visits_of([whole[:-1]])[0].talk, None)

    def test_shares_means_and_percentiles(self):
        events = []
        for n, end in enumerate(("A|CONNECT|300|x|1", "A|CONNECT|301|x|1", "NONE|ABANDON|1|1|10",
                                 "NONE|ABANDON|1|1|11", "NONE|EXITEMPTY|1|1|900")):
            events += [(n, f"c{n}|q|NONE|ENTERQUEUE||1|1"), (n + 1000, f"c{n}|q|{end}")]
        answers = figures.telephony(queue_log.visits_of([log(*events)]))
        expected = {"offered": (5, None, 5), "answered": (2, None, 2), "abandoned": (2, None, 2),
                    "left": (1, None, 1), "open": (0, None, 0), "abandoned_share": (2, 5, 5),
                    "wait_mean": (601, 2, 2), "wait_mean_all": (1522, 5, 5),
                    "wait_median": (300, None, 2), "wait_p90": (301, None, 2),
                    "wait_max": (900, None, 5), "in_time_offered": (1, 5, 5),
                    "in_time_net": (1, 4, 4), "in_time_answered": (1, 2, 2),
                    "talk_mean": (0, 0, 0)}
        for name, (num, den, records) in expected.items():
            row = figures.answer(answers["telephony." + name], parse_period("2013-04"))[()]
            self.assertEqual((row.num, row.den, row.records), (num, den, records), name)


HEADER = ("number,incident_state,reopen_count,sys_mod_count,opened_at,sys_updated_at,contact_type,"
          "category,priority,assignment_group,resolved_at,closed_at\n")
GROUPS = case_audit.Groups("group,level,org,from,to\nA,1,X,,\n"
                           "B,2,X,,2016-03-04\nB,3,Y,2016-03-05,\n")


def cases(*rows):
    """Rows 'state reopen mod day hour group [closed-day]' of one case opened on 1 March 00:00."""
    lines = []
    for row in rows:
        state, reopen, mod, day, group = row[:5]
        closed = f"{row[5]:02}-03-2016 12:00" if len(row) > 5 else "?"
        lines.append(f"INC1,{state},{reopen},{mod},01-03-2016 00:00,{day:02}-03-2016 12:00,Phone,"
                     f"C,P,{group},?,{closed}\n")
    return case_audit.replay([case_audit.read_rows((HEADER + "".join(lines)).encode())], GROUPS)


def flow(events):
    return [(e.kind, int(label("day", e.day)[8:]), e.dims["level"]) for e in events]


class CaseAudit(unittest.TestCase):
    def test_first_group_comes_out_of_unknown_and_missing_keeps_it(self):
        events, spans = cases(("New", 0, 0, 1, "?"), ("Active", 0, 1, 2, "A"),
                              ("Active", 0, 2, 3, "?"), ("Closed", 0, 3, 4, "?", 4))
        self.assertEqual(flow(events), [("created", 1, "unknown"), ("moved_out", 2, "unknown"),
                                        ("moved_in", 2, "1"), ("closed", 4, "1")])
        self.assertEqual([(s.to_day - s.from_day, s.dims["level"]) for s in spans],
                         [(1, "unknown"), (2, "1")])
        self.assertEqual(events[-1].moves, 0)

    def test_moves_while_closed_count_when_the_case_reopens(self):
        events, _ = cases(("New", 0, 0, 1, "A"), ("Closed", 0, 1, 2, "A"),
                          ("Closed", 0, 2, 3, "B"), ("Active", 1, 3, 4, "B"),
                          ("Closed", 1, 4, 4, "B", 4))
        self.assertEqual(flow(events), [("created", 1, "1"), ("closed", 2, "1"),
                                        ("reopened", 4, "1"), ("moved_out", 4, "1"),
                                        ("moved_in", 4, "2"), ("closed", 4, "2")])
        self.assertEqual(events[2].origin, "closed")
        self.assertEqual([e.moves for e in events if e.kind == "closed"], [None, 1])

    def test_reopened_from_resolved_is_still_open(self):
        events, spans = cases(("New", 0, 0, 1, "A"), ("Resolved", 0, 1, 2, "A"),
                              ("Active", 1, 2, 3, "A"), ("Resolved", 1, 3, 4, "A"))
        self.assertEqual([(e.kind, e.origin) for e in events],
                         [("created", None), ("resolved", None), ("reopened", "resolved"),
                          ("resolved", None)])
        self.assertEqual([(s.from_day == spans[0].from_day, s.to_day) for s in spans],
                         [(True, None)])
        self.assertEqual([e.solve_time for e in events if e.kind == "resolved"],
                         [None, 3 * 86400 + 12 * 3600])

    def test_a_group_that_changes_level_by_date_splits_its_open_cases(self):
        events, spans = cases(("New", 0, 0, 1, "B"), ("Closed", 0, 1, 7, "B", 8))
        self.assertEqual(sorted(flow(events)), [("closed", 8, "3"), ("created", 1, "2"),
                                                ("moved_in", 5, "3"), ("moved_out", 5, "2")])
        self.assertEqual([s.to_day - s.from_day for s in spans], [4, 3])

    def test_backlog_and_its_age(self):
        answers = figures.servicedesk(*cases(("New", 0, 0, 1, "A"), ("Closed", 0, 1, 3, "A", 3)))
        def at(name, day):
            return figures.answer(answers["servicedesk." + name], parse_period(day))[()].num
        self.assertEqual([at("backlog", f"2016-03-0{d}") for d in range(1, 5)], [1, 1, 0, 0])
        self.assertEqual([at("backlog", "2016-02-29"), at("backlog", "2016-03")], [0, 0])
        self.assertEqual(at("backlog_age_median", "2016-03-02"), 2 * 86400)


class Calendar(unittest.TestCase):
    def test_summer_time(self):
        day = parse_period("2013-03-31")[0]
        self.assertEqual(day_start(day + 1) - day_start(day), 23 * 3600)
        day = parse_period("2013-10-27")[0]
        self.assertEqual(day_start(day + 1) - day_start(day), 25 * 3600)
        self.assertEqual(local_day_and_hour(1364691599)[1], 1)
        self.assertEqual(local_day_and_hour(1364691600)[1], 3)

    def test_periods(self):
        self.assertEqual(label("week", parse_period("2018-W13")[1]), "2018-W13")
        self.assertEqual(label("day", parse_period("2018-W13")[0]), "2018-03-26")
        self.assertEqual(label("day", parse_period("2012-Q4")[1]), "2012-12-31")
        first, last = parse_period("2012-09..2013-04")
        self.assertEqual(last - first + 1, 242)


if __name__ == "__main__":
    unittest.main()
