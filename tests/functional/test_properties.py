"""Random sequences of import, re-import, correction, withdrawal, late and shuffled files.

After every step the figures equal the oracle's recomputation from the files that stand; at the end
`verify` agrees with the cells and every earlier answer is still given as of its time. A failure
prints its seed: KLARSYN_TEST_SEED=... repeats it.
"""
import csv
import io
import os
import unittest
import urllib.parse

import harness  # noqa: F401  (first: it finds the oracle's modules)
import case_audit
import compare
import figures
import queue_log
from danish_calendar import parse_period
from harness import (GROUPS, SEED, KlarsynTest, audit_file, both_backends, lines, random_cases,
                     random_log, seeded)
from desk import Client
from server import Server, with_accounts

SEQUENCES = int(os.environ.get("KLARSYN_TEST_SEQUENCES", "4"))
STEPS = 9

TELEPHONY = [(name, by) for name, by in (
    ("offered", "day,queue"), ("answered", "hour"), ("abandoned", "week,queue"), ("left", "way"),
    ("open", "day"), ("abandoned_share", "queue"), ("wait_mean", "day"), ("wait_mean_all", ""),
    ("wait_median", "queue"), ("wait_p90", "week"), ("wait_p95", ""), ("wait_max", "queue"),
    ("in_time_offered", "weekday"), ("in_time_net", "queue"), ("in_time_answered", ""),
    ("talk_mean", "queue"))]
SERVICEDESK = [(name, by) for name, by in (
    ("created", "level,day"), ("resolved", "group"), ("reopened", "from"), ("closed", "level,week"),
    ("moved_in", "level,day"), ("moved_out", "level,day"), ("backlog", "level,day"),
    ("backlog_age_median", "day"), ("solve_time_median", "category"), ("solve_time_p90", ""),
    ("moves_mean", "level"), ("backlog", "category,day"), ("created", "priority"))]


class Model:
    """The files that stand, and what they mean."""

    def __init__(self, form):
        self.form = form
        self.batches = []          # (id, file contents) in the order of their imports

    def expected(self):
        if self.form == "queue-log":
            files = [content.encode() for _, contents in self.batches for content in contents]
            return figures.telephony(queue_log.visits_of(files))
        files = [case_audit.read_rows(content.encode())
                 for _, contents in self.batches for content in contents]
        groups = case_audit.Groups(GROUPS) if self.batches else None
        return figures.servicedesk(*case_audit.replay(files, groups))


class RandomSequences(KlarsynTest):
    form, questions, period = "queue-log", TELEPHONY, "2013-04"

    def pieces(self, generator):
        events = random_log(generator, 60)
        cuts = sorted(generator.randrange(len(events)) for _ in range(4))
        found = [events[a:b] for a, b in zip([0] + cuts, cuts + [len(events)])]
        found.append(events[: len(events) // 2])                   # grows over several pieces
        found.append([e for e in events if generator.random() < 0.4])  # a shuffled copy
        return [lines(*piece) for piece in found]

    def options(self):
        return []

    def corrected(self, generator, content):
        return content

    @property
    def prefix(self):
        return "telephony." if self.form == "queue-log" else "servicedesk."

    def answers(self, name, by, **options):
        return self.figure(self.prefix + name, self.period, by, **options)

    def served_answers(self):
        """Every question's answer, from a server that runs for as long as that takes."""
        server = Server(self.data, self.directory).start()
        try:
            client = Client(server, self.token)
            return {(name, by): client.get(f"/api/v1/figures/{self.prefix}{name}?" + urllib.parse.urlencode(
                {"period": self.period, **({"by": by} if by else {})})) for name, by in self.questions}
        finally:
            server.stop()

    def compare_all(self, model, trace):
        expected, answers = model.expected(), self.served_answers()
        for name, by in self.questions:
            words = tuple(by.split(",")) if by else ()
            indicator = expected[self.prefix + name]
            wanted = figures.answer(indicator, parse_period(self.period), words)
            found = compare.differences(wanted, answers[name, by], words, indicator.kind)
            self.assertEqual(found, [], f"seed {SEED}, {name} by {by}, after {trace}")

    def step(self, generator, model, pieces, trace):
        kind = generator.choice(("import", "import", "several", "again", "correct", "withdraw"))
        if kind in ("again", "correct", "withdraw") and not model.batches:
            kind = "import"
        if kind == "withdraw":
            batch, _ = model.batches.pop(generator.randrange(len(model.batches)))
            trace.append(f"withdraw {batch}")
            self.ok("withdraw", self.data, batch, "--why", "tilfældig")
            return
        if kind == "again":
            contents = generator.choice(model.batches)[1]
        elif kind == "correct":
            contents = [self.corrected(generator, c) for c in generator.choice(model.batches)[1]]
        else:
            contents = generator.sample(pieces, 1 if kind == "import" else 2)
        trace.append(f"{kind} {[pieces.index(c) if c in pieces else '*' for c in contents]}")
        paths = [self.file(f"{len(trace)}.{n}", c) for n, c in enumerate(contents)]
        batch = self.imported(self.form, *paths, *self.options())
        if kind == "again" and contents == model.batches[-1][1]:
            self.assertEqual((batch["new"], batch["changed"]), (0, 0), trace)
        model.batches.append((batch["batch"], contents))

    def test_sequences(self):
        for number in range(SEQUENCES):
            with self.subTest(sequence=number):
                self._data, tokens = self.prepared(with_accounts(("rita", "reader")))
                self.token = tokens["rita"]
                generator = seeded(f"{self.form} {number}")
                model, trace, remembered = Model(self.form), [], []
                pieces = self.pieces(generator)
                for _ in range(STEPS):
                    self.step(generator, model, pieces, trace)
                    self.compare_all(model, trace)
                    # The command line answers as well, now and later as of this time.
                    name, by = generator.choice(self.questions)
                    remembered.append((name, by, self.answers(name, by)))
                done = self.run_klarsyn("verify", self.data)
                self.assertEqual(done.code, 0, (SEED, trace, str(done)))
                for name, by, then in remembered:
                    again = self.answers(name, by, as_of=then["as_of"])
                    self.assertEqual(again["rows"], then["rows"], (SEED, name, by, trace))


class RandomCaseSequences(RandomSequences):
    form, questions, period = "case-audit", SERVICEDESK, "2016-03"

    def pieces(self, generator):
        rows = random_cases(generator, 25)
        cuts = sorted(generator.randrange(len(rows)) for _ in range(3))
        found = [rows[a:b] for a, b in zip([0] + cuts, cuts + [len(rows)])]
        shuffled = [row for row in rows if generator.random() < 0.5]
        generator.shuffle(shuffled)
        return [audit_file(piece) for piece in found + [shuffled]]

    def options(self):
        return ["--groups", self.file("groups.csv", GROUPS)]

    def corrected(self, generator, content):
        rows = list(csv.DictReader(io.StringIO(content)))
        for row in generator.sample(rows, min(3, len(rows))):
            row["category"] = f"Rettet {generator.randrange(9)}"
            row["assignment_group"] = generator.choice(("Group 1", "Group 2", "?"))
        return audit_file(rows)


both_backends(RandomSequences)
both_backends(RandomCaseSequences)


if __name__ == "__main__":
    unittest.main()
