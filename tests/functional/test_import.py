"""Import: idempotent, late, grown, rotated, cut anywhere, held, withdrawn."""
import gzip
import unittest

from harness import (GROUPS, KlarsynTest, abandoned_call, answered_call, audit_file, audit_row,
                     both_backends, enter, lines, local, random_log, seeded)

NOON = local("2013-04-15 12:00:00")


@both_backends
class Idempotent(KlarsynTest):
    def test_again_changes_nothing_and_says_so(self):
        content = lines(*answered_call(NOON), *abandoned_call(NOON, "c2"))
        first = self.import_log(content, name="queue_log")
        before = self.figure("telephony.offered", "2013-04", "queue,day")["rows"]
        again = self.import_log(content, name="another name")
        self.assertNotEqual(first["batch"], again["batch"])
        self.assertEqual((again["new"], again["changed"], again["unchanged"]),
                         (0, 0, first["new"]))
        self.assertEqual(self.figure("telephony.offered", "2013-04", "queue,day")["rows"], before)
        self.verify()

    def test_grown_file(self):
        whole = lines(*answered_call(NOON), *abandoned_call(NOON + 100, "c2"),
                      *answered_call(NOON + 200, "c3"))
        self.import_log(whole[:len(whole) // 2])
        self.import_log(whole)
        self.assertEqual(self.num("telephony.offered", "2013-04"), 3)
        self.assertEqual(self.row("telephony.talk_mean", "2013-04")["den"], 2)
        self.verify()

    def test_rotated_files_overlap(self):
        events = sorted(answered_call(NOON, "c1", wait=5) + answered_call(NOON + 1, "c2", wait=9) +
                        abandoned_call(NOON + 2, "c3"), key=lambda e: int(e.split("|")[0]))
        self.import_log(lines(*events[:5]), name="queue_log.1")
        self.import_log(lines(*events[3:]), name="queue_log")
        self.assertEqual(self.num("telephony.offered", "2013-04"), 3)
        self.assertEqual(self.num("telephony.answered", "2013-04"), 2)
        self.assertEqual(self.num("telephony.open", "2013-04"), 0)

    def test_two_equal_lines_in_one_file_are_two_events(self):
        twice = enter(NOON, "c1")
        self.import_log(lines(twice, twice))
        self.assertEqual(self.num("telephony.offered", "2013-04"), 2)
        self.import_log(lines(twice))
        self.assertEqual(self.num("telephony.offered", "2013-04"), 2)

    def test_same_call_in_two_sources_is_two_calls(self):
        self.import_log(lines(*answered_call(NOON)), "--source", "north")
        self.import_log(lines(*answered_call(NOON)), "--source", "south")
        self.assertEqual(self.num("telephony.offered", "2013-04"), 2)


@both_backends
class LateAndCut(KlarsynTest):
    def test_half_line_waits_for_its_end(self):
        whole = lines(*answered_call(NOON))
        batch = self.import_log(whole[:-4])
        self.assertEqual((batch["read"], batch["rejected"]), (2, 0))
        self.assertEqual(self.row("telephony.talk_mean", "2013-04")["den"], 0)
        batch = self.import_log(whole)
        self.assertEqual(batch["rejected"], 0)
        self.assertEqual(self.row("telephony.talk_mean", "2013-04")["num"], 60)

    def test_end_before_beginning(self):
        call = answered_call(NOON)
        batch = self.import_log(lines(*call[1:]))
        self.assertEqual((batch["rejected"], self.num("telephony.offered", "2013-04") or 0), (0, 0))
        self.import_log(lines(call[0]))
        self.assertEqual(self.num("telephony.answered", "2013-04"), 1)
        self.assertEqual(self.row("telephony.talk_mean", "2013-04")["num"], 60)

    def test_beginning_in_an_earlier_file(self):
        call = answered_call(local("2013-04-30 23:59:50"), wait=20, talk=600)
        self.import_log(lines(call[0]))
        self.assertEqual(self.num("telephony.open", "2013-04"), 1)
        self.import_log(lines(*call[1:]))
        self.assertEqual(self.num("telephony.open", "2013-04"), 0)
        self.assertEqual(self.num("telephony.answered", "2013-04"), 1)
        self.assertEqual(self.num("telephony.offered", "2013-05") or 0, 0)

    def test_cut_at_every_byte(self):
        whole = lines(*answered_call(NOON), *abandoned_call(NOON + 5, "c2")).encode()
        self.file("whole", whole)
        step = 1 if self.backend == "sqlite" else 7
        cuts = range(0, len(whole) + 1, step)
        for first in range(0, len(cuts), 50):
            some, data = cuts[first:first + 50], self.new_data()
            for cut in some:
                self.file(f"cut{cut}", whole[:cut])
            manifest = self.file("manifest.tsv", "".join(
                f"queue-log\ts{cut}\t\tcut{cut}\nqueue-log\ts{cut}\t\twhole\n" for cut in some))
            batches = self.ok("import", data, "--manifest", manifest, "--json").json()["batches"]
            self.assertEqual([b["rejected"] for b in batches], [0, 0] * len(some), some)
            records = self.records("telephony.offered", "2013-04", data=data)
            for cut in some:
                outcomes = sorted(r["outcome"] for r in records if r["source"] == f"s{cut}")
                self.assertEqual(outcomes, ["abandoned", "answered"], cut)

    def test_files_in_any_order(self):
        generator = seeded("any order")
        events = random_log(generator, 60)
        pieces = [lines(*events[i::3]) for i in range(3)]
        answers = []
        for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
            data = self.new_data()
            for index in order:
                self.import_log(pieces[index], data=data)
            answers.append([self.figure(f"telephony.{name}", "2013-04", "queue,day", data=data)
                            ["rows"] for name in ("offered", "answered", "wait_mean", "left")])
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], answers[2])
        data = self.new_data()
        files = [self.file(f"one command {i}", piece) for i, piece in enumerate(pieces)]
        batch = self.imported("queue-log", *files, data=data)
        self.assertEqual(len(batch["files"]), 3)
        self.assertEqual(self.figure("telephony.offered", "2013-04", "queue,day", data=data)
                         ["rows"], answers[0][0])


@both_backends
class DryRunAndHeld(KlarsynTest):
    def test_dry_run_changes_nothing(self):
        path = self.file("q", lines(*answered_call(NOON)))
        before = self.figure("telephony.offered", "2013-04")
        done = self.ok("import", self.data, "queue-log", path, "--dry-run", "--json")
        batch = done.json()["batches"][0]
        self.assertEqual((batch["read"], batch["rejected"]), (3, 0))
        self.assertGreater(batch["new"], 0)
        self.assertEqual(self.batches(), [])
        self.assertEqual(self.figure("telephony.offered", "2013-04"), before)

    def bad_share(self, bad, good):
        return lines(*[f"nonsense {n}" for n in range(bad)],
                     *[enter(NOON + n, f"c{n}") for n in range(good)])

    def test_a_batch_above_its_limit_is_held(self):
        path = self.file("q", self.bad_share(2, 98))
        done = self.refused("import", self.data, "queue-log", path)
        self.assertIn("q", done.err)
        self.assertEqual(self.num("telephony.offered", "2013-04") or 0, 0)
        self.verify()

    def test_the_limit_itself_is_not_above(self):
        batch = self.import_log(self.bad_share(1, 99))
        self.assertEqual((batch["read"], batch["rejected"]), (100, 1))
        self.assertEqual(self.num("telephony.offered", "2013-04"), 99)

    def test_max_rejects(self):
        batch = self.import_log(self.bad_share(50, 50), "--max-rejects", "50")
        self.assertEqual(batch["rejected"], 50)
        rejects = self.rejects(batch["batch"])
        self.assertEqual(len(rejects), 50)
        for key in ("reject", "file", "line"):
            self.assertIn(key, rejects[0])
        self.assertEqual(sorted(r["line"] for r in rejects), list(range(1, 51)))
        done = self.ok("rejects", self.data, batch["batch"], "--format", "csv")
        self.assertGreater(len(done.out.splitlines()), 50)
        self.refused("import", self.data, "queue-log", self.file("r", self.bad_share(51, 49)),
                     "--max-rejects", "50")
        self.refused("import", self.data, "queue-log", self.file("r0", self.bad_share(1, 999)),
                     "--max-rejects", "0", "--source", "zero")

    def test_an_empty_file(self):
        batch = self.import_log("")
        self.assertEqual((batch["read"], batch["new"], batch["rejected"]), (0, 0, 0))


@both_backends
class Coverage(KlarsynTest):
    def test_missing_days(self):
        self.import_log(lines(enter(NOON, "c1"), enter(NOON + 3 * 86400, "c2")))
        row = self.row("telephony.offered", "2013-04")
        self.assertEqual(sorted(row["gap"]), ["2013-04-16", "2013-04-17"])
        self.assertEqual((row["value"], row["records"]), (2, 2))
        row = self.row("telephony.offered", "2013-04-15")
        self.assertIsNone(row["gap"])

    def test_covers_states_the_days(self):
        self.import_log(lines(enter(NOON, "c1")), "--covers", "2013-04-14..2013-04-16")
        row = self.row("telephony.offered", "2013-04")
        self.assertEqual(sorted(row["gap"]), ["2013-04-14", "2013-04-16"])

    def test_a_line_of_any_kind_covers_its_day(self):
        self.import_log(lines(enter(NOON), f"{NOON + 86400}|NONE|NONE|NONE|QUEUESTART|",
                              enter(NOON + 2 * 86400, "c2")))
        row = self.row("telephony.offered", "2013-04")
        self.assertIsNone(row["gap"])
        row = self.row("telephony.offered", "2013-04-16")
        self.assertEqual((row["value"], row["num"], row["records"]), (0, 0, 0))

    def test_bad_covers(self):
        path = self.file("q", lines(enter(NOON)))
        for covers in ("2013-04-16..2013-04-14", "soon", "2013-04-15.."):
            done = self.run_klarsyn("import", self.data, "queue-log", path, "--covers", covers)
            self.assertIn(done.code, (1, 2), done)
        self.assertEqual(self.batches(), [])


@both_backends
class Withdraw(KlarsynTest):
    def all_rows(self, data):
        names = ("offered", "answered", "abandoned", "left", "open", "wait_mean", "wait_p90",
                 "talk_mean")
        return {n: self.figure(f"telephony.{n}", "2013-04", "day,queue", data=data)["rows"]
                for n in names}

    def test_without_b_equals_a_and_c(self):
        generator = seeded("withdraw")
        events = random_log(generator, 120)
        # Calls are spread over the files, so that most drew on more than one batch.
        a, b, c = (lines(*(e for e in events if generator.random() < 0.6)) for _ in range(3))
        with_b, without_b = self.new_data(), self.new_data()
        self.import_log(a, data=with_b)
        batch = self.import_log(b, data=with_b)
        self.import_log(c, data=with_b)
        self.import_log(a, data=without_b)
        self.import_log(c, data=without_b)
        with_all = self.all_rows(with_b)
        self.ok("withdraw", with_b, batch["batch"], "--why", "forkert fil")
        self.assertEqual(self.all_rows(with_b), self.all_rows(without_b))
        listed = {x["batch"]: x["withdrawn"] for x in self.batches(with_b)}
        self.assertTrue(listed[batch["batch"]])
        self.verify(with_b)
        again = self.import_log(b, data=with_b)
        self.assertGreater(again["new"] + again["changed"], 0)
        self.assertEqual(self.all_rows(with_b), with_all)
        self.verify(with_b)

    def test_needs_a_reason_and_a_batch_that_stands(self):
        batch = self.import_log(lines(enter(NOON)))
        for nothing in ("", "  "):
            self.usage("withdraw", self.data, batch["batch"], "--why", nothing)
        self.ok("withdraw", self.data, batch["batch"], "--why", "x")
        self.refused("withdraw", self.data, batch["batch"], "--why", "x")
        row = self.row("telephony.offered", "2013-04")
        self.assertIsNone(row["value"], "nothing covers the month any more")

    def test_withdrawing_the_copy_keeps_the_original(self):
        content = lines(*answered_call(NOON))
        self.import_log(content)
        copy = self.import_log(content)
        self.ok("withdraw", self.data, copy["batch"], "--why", "dublet")
        self.assertEqual(self.num("telephony.answered", "2013-04"), 1)

    def test_withdrawing_the_original_keeps_the_copy(self):
        content = lines(*answered_call(NOON))
        original = self.import_log(content)
        self.import_log(content)
        self.ok("withdraw", self.data, original["batch"], "--why", "dublet")
        self.assertEqual(self.num("telephony.answered", "2013-04"), 1)
        self.verify()

    def test_a_correction_withdrawn(self):
        groups = self.file("groups.csv", GROUPS)
        self.imported("case-audit", self.file("a.csv", audit_file([audit_row()])),
                      "--groups", groups)
        batch = self.imported("case-audit", self.file("b.csv", audit_file(
            [audit_row(category="Category 7")])))
        self.assertEqual(batch["changed"] > 0, True, batch)
        self.assertEqual(self.nums("servicedesk.created", "2016-03", "category"),
                         {"Category 7": 1})
        self.ok("withdraw", self.data, batch["batch"], "--why", "x")
        self.assertEqual(self.nums("servicedesk.created", "2016-03", "category"),
                         {"Category 1": 1})
        self.verify()


class RawFiles(KlarsynTest):
    def test_gzip_is_told_apart_from_text(self):
        path = self.file("queue_log.gz", gzip.compress(lines(*answered_call(NOON)).encode()))
        done = self.run_klarsyn("import", self.data, "queue-log", path)
        if done.code == 0:
            self.assertEqual(self.num("telephony.offered", "2013-04"), 1)
        else:
            self.assertEqual(done.code, 1, done)
            self.assertIn("queue_log.gz", done.err)

    def test_the_source_file_may_disappear(self):
        content = lines(*answered_call(NOON))
        batch = self.import_log(content, name="gone")
        (self.directory / "gone").unlink()
        other = self.import_log(lines(*abandoned_call(NOON, "c2")))
        self.ok("withdraw", self.data, other["batch"], "--why", "x")
        self.assertEqual(self.num("telephony.offered", "2013-04"), 1)
        self.assertFalse(batch["withdrawn"])
        self.verify()


if __name__ == "__main__":
    unittest.main()
