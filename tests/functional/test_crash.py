"""kill -9 at random points: nothing acknowledged is lost, nothing is half there."""
import os
import subprocess
import time
import unittest

from harness import (KLARSYN, KlarsynTest, both_backends, lines, random_log, run_sql, seeded)

ROUNDS = int(os.environ.get("KLARSYN_TEST_KILLS", "12"))


def seconds(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


@both_backends
class KilledImport(KlarsynTest):
    def test_nothing_or_a_batch_that_resumes(self):
        generator = seeded("killed import")
        small = lines(*random_log(generator, 30))
        large = lines(*random_log(generator, 6000))
        path = self.file("large", large)
        reference = self.new_data()
        self.import_log(small, data=reference)
        duration = seconds(lambda: self.imported("queue-log", path, data=reference))
        expected = self.figure("telephony.offered", "2013-04", "day,queue", data=reference)["rows"]
        self.import_log(small)
        before = self.figure("telephony.offered", "2013-04", "day,queue")["rows"]
        finished = 0
        for round_number in range(ROUNDS):
            process = subprocess.Popen([KLARSYN, "import", self.data, "queue-log", path],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(generator.random() * duration * 1.1)
            process.kill()
            finished += process.wait() == 0
            done = self.run_klarsyn("verify", self.data)
            self.assertEqual(done.code, 0, (round_number, str(done)))
            rows = self.figure("telephony.offered", "2013-04", "day,queue")["rows"]
            if finished:
                self.assertEqual(rows, expected, round_number)
            else:
                self.assertIn(rows, (before, expected), round_number)
        batch = self.imported("queue-log", path)
        self.assertEqual(batch["rejected"], 0)
        self.assertEqual(self.figure("telephony.offered", "2013-04", "day,queue")["rows"], expected)
        self.verify()

    def test_killed_withdrawal(self):
        generator = seeded("killed withdrawal")
        batch = self.import_log(lines(*random_log(generator, 3000)))
        for _ in range(ROUNDS // 3):
            process = subprocess.Popen([KLARSYN, "withdraw", self.data, batch["batch"], "--why",
                                        "x"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(generator.random() * 0.3)
            process.kill()
            done = process.wait()
            self.verify()
            listed = {b["batch"]: b for b in self.batches()}[batch["batch"]]
            if done == 0:
                self.assertTrue(listed["withdrawn"])
            count = self.num("telephony.offered", "2013-04") or 0
            self.assertEqual(count == 0, listed["withdrawn"])
            if listed["withdrawn"]:
                batch = self.import_log(lines(*random_log(seeded("killed withdrawal"), 3000)))


@both_backends
class Tampering(KlarsynTest):
    """What verify must notice when somebody reaches around it."""

    def setUp(self):
        super().setUp()
        self.import_log(lines(*random_log(seeded("tampering"), 40)))
        self.import_log(lines(*random_log(seeded("tampering more"), 40)))
        self.verify()

    def tables(self):
        if self.backend == "sqlite":
            found = run_sql(self.data, "select name from sqlite_master where type = 'table'")
        else:
            found = run_sql(self.data, "select table_name from information_schema.tables "
                                       "where table_schema = 'public'")
        return [row[0] for row in found]

    def journal(self):
        names = [t for t in self.tables() if "journal" in t]
        self.assertTrue(names, self.tables())
        return next((n for n in names if n.endswith("journal")), names[0])

    def noticed(self):
        done = self.run_klarsyn("verify", self.data)
        self.assertEqual(done.code, 1, done)
        self.assertTrue(done.err.strip() or done.out.strip())

    def test_a_fact_changed(self):
        run_sql(self.data, "update telephony_visit set wait_s = wait_s + 1 where id = "
                           "(select min(id) from telephony_visit where wait_s is not null)")
        self.noticed()

    def test_a_fact_deleted(self):
        run_sql(self.data, "delete from telephony_visit where id = "
                           "(select min(id) from telephony_visit)")
        self.noticed()

    def test_a_fact_retracted_by_nobody(self):
        run_sql(self.data, "update telephony_visit set retracted_seq = seq + 1 where id = "
                           "(select min(id) from telephony_visit)")
        self.noticed()

    def test_a_fact_added(self):
        source = "telephony_visit"
        if self.backend == "sqlite":
            columns = [row[1] for row in run_sql(self.data, f"pragma table_info({source})")]
        else:
            columns = [row[0] for row in run_sql(
                self.data, "select column_name from information_schema.columns "
                           f"where table_name = '{source}'")]
        values = {"id": "(select max(id) + 1 from telephony_visit)", "source_key": "'forged'"}
        run_sql(self.data, f"insert into {source} ({', '.join(columns)}) select "
                f"{', '.join(values.get(c, c) for c in columns)} from {source} "
                f"where id = (select min(id) from {source})")
        self.noticed()

    def test_the_last_journal_entry_deleted(self):
        journal = self.journal()
        run_sql(self.data, f"delete from {journal} where seq = (select max(seq) from {journal})")
        self.noticed()

    def test_a_journal_entry_in_the_middle_deleted(self):
        journal = self.journal()
        run_sql(self.data, f"delete from {journal} where seq = "
                           f"(select min(seq) + 1 from {journal})")
        self.noticed()

    def test_a_journal_entry_changed(self):
        journal = self.journal()
        if self.backend == "sqlite":
            columns = [row[1] for row in run_sql(self.data, f"pragma table_info({journal})")]
        else:
            columns = [row[0] for row in run_sql(
                self.data, "select column_name from information_schema.columns "
                           f"where table_name = '{journal}'")]
        column = next(c for c in columns if c in ("actor", "who", "summary", "payload", "kind"))
        run_sql(self.data, f"update {journal} set {column} = 'somebody else' where seq = "
                           f"(select max(seq) from {journal})")
        self.noticed()


if __name__ == "__main__":
    unittest.main()
