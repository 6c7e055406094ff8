"""One history through every format: imported twice and in any order, the backlog of every past day is
the same, and it is the true one. Then rubbish, the shipped examples, and answers for lacking feeds."""
import csv
import datetime
import io
import json
import unittest

from harness import (GROUPS, ROOT, SEED, KlarsynTest, audit_file, audit_row, both_backends, local,
                     seeded)
from danish_calendar import COPENHAGEN, day_start, parse_period  # found by harness

PERIOD = "2018-03-19..2018-04-08"      # with the night when the clocks change
FIRST, LAST = parse_period(PERIOD)[:2]
LEVELS = {"Group 1": "1", "Group 2": "2", "Group 3": "3", "Group 9": "unknown"}
NEXT = {"New": ("Active", "Pending", "Resolved", "New"), "Active": ("Active", "Pending", "Resolved"),
        "Pending": ("Active", "Resolved"), "Resolved": ("Closed", "Closed", "Active"),
        "Closed": ("Active",)}
EXAMPLES = ROOT / "data" / "examples"


class Case:
    """What truly happened: (time, state, group), first its making."""

    def __init__(self, number, generator):
        self.number = number
        clock = local("2018-03-19") + generator.randrange(10 * 1440) * 60
        state, group = "New", generator.choice(list(LEVELS))
        self.events = [(clock, state, group)]
        for _ in range(generator.randrange(9)):
            clock += generator.choice((60, 3600, 20000 // 60 * 60, 86400, 2 * 86400 + 60))
            state = generator.choice(NEXT[state])
            if state not in ("Resolved", "Closed") and generator.random() < 0.5:
                group = generator.choice(list(LEVELS))
            self.events.append((clock, state, group))
        self.opened = self.events[0][0]

    def until(self, moment):
        return [event for event in self.events if event[0] < moment]

    def ends(self, events):
        """When it was last resolved and closed, where it still is; rejoined states are new ends."""
        resolved = closed = None
        before = "New"
        for at, state, _ in events:
            if state == "Resolved" and before != "Resolved":
                resolved = at
            if state == "Closed":
                closed = at
            if state not in ("Resolved", "Closed"):
                resolved = closed = None
            before = state
        return resolved, closed


def backlog(cases, over=("Closed",)):
    """{(level, day): how many were open when the day ended}."""
    found = {}
    for day in range(FIRST, LAST + 1):
        for case in cases:
            seen = case.until(day_start(day + 1))
            if not seen or seen[-1][1] in over:
                continue
            key = LEVELS[seen[-1][2]], str(datetime.date(1970, 1, 1) + datetime.timedelta(day))
            found[key] = found.get(key, 0) + 1
    return found


def stamp(utc, form):
    return datetime.datetime.fromtimestamp(utc, COPENHAGEN).strftime(form) if utc else ""


def table(columns, rows, delimiter):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerows([columns] + rows)
    return text.getvalue()


def nights():
    """The moments at which an export is made every night, and one behind the last event."""
    return [day_start(day + 1) for day in range(FIRST, LAST + 1)] + [day_start(LAST + 60)]


def audit(cases, generator):
    rows = []
    for case in cases:
        reopened, before = 0, "New"
        for mod, (at, state, group) in enumerate(case.events):
            over = ("Resolved", "Closed")
            reopened += before in over and state not in over
            rows.append(audit_row(f"INC{case.number:07}", state, mod, stamp(at, "%d-%m-%Y %H:%M"),
                                  stamp(case.opened, "%d-%m-%Y %H:%M"), group, reopened))
            before = state
    generator.shuffle(rows)
    third = len(rows) // 3
    return [audit_file(rows[:2 * third]), audit_file(rows[third:])]


GLPI_STATES = {"New": "Ny", "Active": "Behandler (tildelt)", "Pending": "Afventer",
               "Resolved": "Løst", "Closed": "Lukket"}


def glpi_lists(cases):
    files = []
    for moment in nights():
        rows = []
        for case in cases:
            seen = case.until(moment)
            if not seen:
                continue
            at, state, group = seen[-1]
            times = [stamp(t, "%d-%m-%Y %H:%M") for t in (case.opened, at, *case.ends(seen))]
            rows.append([f"{case.number:,}".replace(",", "\u00a0"), GLPI_STATES[state], *times, group])
        files.append("\ufeff" + table(["ID", "Status", "Åbnings dato", "Sidst opdateret",
                                       "Løsningsdato", "Lukke dato", "Teknikergruppe"], rows, ";"))
    return files


def changes(cases):
    """(case, time, field, old, new) of every change of state and group."""
    for case in cases:
        for before, (at, state, group) in zip(case.events, case.events[1:]):
            if state != before[1]:
                yield case, at, "state", before[1], state
            if group != before[2]:
                yield case, at, "group", before[2], group


def glpi_log(cases):
    numbers = {"New": 1, "Active": 2, "Pending": 4, "Resolved": 5, "Closed": 6}
    rows = []
    for case, at, field, old, new in changes(cases):
        values = [numbers[old], numbers[new]] if field == "state" else [f"{old} (7)", f"{new} (8)"]
        rows.append([len(rows) + 1, case.number, stamp(at, "%Y-%m-%d %H:%M:%S"),
                     12 if field == "state" else 8, *values])
    return table(["id", "items_id", "date_mod", "id_search_option", "old_value", "new_value"], rows, ",")


RT_STATES = {"New": "new", "Active": "open", "Pending": "stalled", "Resolved": "resolved",
             "Closed": "resolved"}


def rt_lists(cases):
    files = []
    for moment in nights():
        rows = []
        for case in cases:
            seen = case.until(moment)
            if not seen:
                continue
            at, state, group = seen[-1]
            resolved = case.ends(seen)[0]
            rows.append([case.number, RT_STATES[state], group] + [
                stamp(t, "%a %b %d %H:%M:%S %Y") or "Not set" for t in (case.opened, at, resolved)])
        files.append(table(["id", "Status", "QueueName", "Created", "LastUpdated", "Resolved"], rows,
                           "\t"))
    return files


def rt_transactions(cases):
    queues = {name: str(n) for n, name in enumerate(LEVELS, 1)}
    items = [{"Type": "Create", "Created": case.opened, "Object": case.number, "Field": None,
              "OldValue": None, "NewValue": None} for case in cases]
    for case, at, field, old, new in changes(cases):
        if field == "state" and RT_STATES[old] != RT_STATES[new]:
            items.append({"Type": "Status", "Field": "Status", "OldValue": RT_STATES[old],
                          "NewValue": RT_STATES[new], "Created": at, "Object": case.number})
        if field == "group":
            items.append({"Type": "Set", "Field": "Queue", "OldValue": queues[old],
                          "NewValue": queues[new], "Created": at, "Object": case.number})
    for number, item in enumerate(items):
        item["id"] = str(9000 + number)
        item["Object"] = {"type": "ticket", "id": str(item["Object"])}
        item["Created"] = datetime.datetime.fromtimestamp(
            item["Created"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    mapping = "[groups]\n" + "".join(f'{n} = "{name}"\n' for name, n in queues.items())
    return json.dumps({"count": len(items), "items": items}), mapping


def servicenow_tables(cases):
    """Every night the whole table, as JSON and as CSV in turn."""
    files = []
    columns = ["number", "sys_id", "opened_at", "resolved_at", "closed_at", "sys_updated_on",
               "assignment_group", "state"]
    for number, moment in enumerate(nights()):
        rows = []
        for case in cases:
            seen = case.until(moment)
            if seen:
                at, state, group = seen[-1]
                times = [stamp(t, "%Y-%m-%d %H:%M:%S") for t in (case.opened, *case.ends(seen), at)]
                rows.append([f"INC{case.number:07}", f"{case.number:x}", *times, group,
                             {"New": "1", "Pending": "3", "Resolved": "6", "Closed": "7"}.get(state, "2")])
        files.append(table(columns, rows, ",") if number % 2 else json.dumps(
            {"result": [{c: {"display_value": v, "value": "raw"} for c, v in zip(columns, row)}
                        for row in rows]}))
    return files


@both_backends
class LaterOpenings(KlarsynTest):
    def test_the_age_of_open_cases_is_known_in_months_without_any(self):
        """A case opens long after the one before it: the first is open in every month between."""
        head = "Number;Opened;Short description\n"
        told = ["case-csv", "--source", "sn", "--covers", "2016-01-01..2016-12-31"]
        self.imported(*told[:1], self.file("1.csv", head + "INC1;2016-01-06 08:00;A\n"), *told[1:])
        ages = [self.row("servicedesk.backlog_age_median", f"2016-{month:02}")["num"] for month in range(1, 9)]
        self.assertNotIn(None, ages)
        self.imported(*told[:1], self.file("2.csv", head + "INC2;2016-09-06 08:00;B\n"), *told[1:])
        self.assertEqual([self.row("servicedesk.backlog_age_median", f"2016-{month:02}")["num"]
                          for month in range(1, 9)], ages)
        self.ok("verify", self.data)


@both_backends
class OneHistory(KlarsynTest):
    def setUp(self):
        super().setUp()
        self.generator = seeded("history")
        self.cases = [Case(n, self.generator) for n in range(980, 1020)]
        self.groups = self.file("groups.csv", GROUPS)

    def replay(self, form, contents, expected, *options):
        """Twice, each time in another order and cut into other batches."""
        paths = [self.file(f"{form} {n}.txt", content) for n, content in enumerate(contents)]
        for turn, size in enumerate((max(1, len(paths) // 2), len(paths))):
            self.generator.shuffle(paths)
            for begin in range(0, len(paths), size):
                batch = self.imported(form, *paths[begin:begin + size], "--groups", self.groups,
                                      "--delimiter", options[0], *options[1:])
                self.assertEqual(batch["rejected"], 0, self.rejects(batch["batch"])[:3])
                if turn:  # the same rows in CSV and in JSON are the same, written otherwise
                    self.assertEqual(batch["new"], 0)
                    self.assertIn(batch["changed"], (0,) if form != "case-csv" else range(10**6))
            found = self.nums("servicedesk.backlog", PERIOD, "level,day")
            self.assertEqual(found, expected, f"{form}, seed {SEED}, turn {turn + 1}")
        self.balance_holds()
        self.verify()

    def balance_holds(self):
        """Opening + created + reopened + in - closed - out = closing, per level and day."""
        def flow(name, *where):
            return self.nums("servicedesk." + name, PERIOD, "level,day", where)
        flows = [(+1, flow("created")), (+1, flow("reopened", "from=closed")),
                 (+1, flow("moved_in")), (-1, flow("closed")), (-1, flow("moved_out"))]
        closing = flow("backlog")
        for level in set(LEVELS.values()):
            opening = 0
            for day in range(FIRST, LAST + 1):
                key = level, str(datetime.date(1970, 1, 1) + datetime.timedelta(day))
                opening += sum(sign * counts.get(key, 0) for sign, counts in flows)
                self.assertEqual(opening, closing.get(key, 0), (key, SEED))

    def test_case_audit(self):
        self.replay("case-audit", audit(self.cases, self.generator), backlog(self.cases), ",")

    def test_glpi_lists_of_every_night(self):
        self.replay("glpi-csv", glpi_lists(self.cases), backlog(self.cases), ";")

    def test_glpi_lists_and_log(self):
        lists = glpi_lists(self.cases)
        files = [lists[4], lists[-1], glpi_log(self.cases)]
        self.replay_mixed("glpi-csv", files, backlog(self.cases))

    def test_rt_lists_of_every_night(self):
        self.replay("rt-csv", rt_lists(self.cases), backlog(self.cases, ("Resolved", "Closed")),
                    "tab")

    def test_rt_transactions_alone_and_with_lists(self):
        transactions, mapping = rt_transactions(self.cases)
        options = "--mapping", self.file("mapping.toml", mapping)
        lists = rt_lists(self.cases)
        self.replay_mixed("rt-csv", [transactions, lists[7], lists[-1]],
                          backlog(self.cases, ("Resolved", "Closed")), *options)

    def test_servicenow_tables_of_every_night(self):
        for case in self.cases:  # a table knows one group, one end and no reopening
            final = case.events[-1]
            resolved, closed = case.ends(case.events)
            case.events = [(case.opened, "New", final[2])]
            case.events += [(resolved, "Resolved", final[2])] if resolved else []
            case.events += [(closed, "Closed", final[2])] if closed else []
        self.replay("case-csv", servicenow_tables(self.cases), backlog(self.cases), ",")

    def replay_mixed(self, form, contents, expected, *options):
        """The first file alone needs the others; then all, then all again from the back."""
        paths = [self.file(f"{form} {n}.txt", content) for n, content in enumerate(contents)]
        for order in (paths, paths[::-1], paths[1:] + paths[:1]):
            for path in order:
                self.imported(form, path, "--groups", self.groups, *options)
            found = self.nums("servicedesk.backlog", PERIOD, "level,day")
            self.assertEqual(found, expected, f"{form}, seed {SEED}")
        self.balance_holds()
        self.verify()


if __name__ == "__main__":
    unittest.main()
