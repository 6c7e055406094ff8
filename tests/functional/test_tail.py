"""tail: a queue log is followed while Asterisk writes it, through kills and rotation."""
import signal
import subprocess
import time
import unittest

from harness import KLARSYN, KlarsynTest, lines, random_log, seeded
from server import Server


class Tail(KlarsynTest):
    def setUp(self):
        super().setUp()
        self.log = self.directory / "queue_log"

    def follow(self, *options):
        return subprocess.Popen([KLARSYN, "tail", str(self.data), str(self.log), "--every", "1",
                                 *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def write(self, text):
        with open(self.log, "ab") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def rows(self, data=None):
        return self.figure("telephony.offered", "2013-04", "day,queue", data=data)["rows"]

    def read_lines(self):
        return sum(batch["read"] for batch in self.batches())

    def wait_for(self, count, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.read_lines() == count:
                return
            time.sleep(0.2)
        self.assertEqual(self.read_lines(), count)

    def expected(self, text):
        reference = self.new_data()
        self.import_log(text, data=reference)
        return self.rows(reference)

    def test_kills_at_any_time_lose_and_double_nothing(self):
        generator = seeded("killed tail")
        text = lines(*random_log(generator, 400))
        raw = text if isinstance(text, bytes) else text.encode()
        at = 0
        while at < len(raw):
            upto = min(len(raw), at + generator.randrange(1, len(raw) // 6))
            self.write(raw[at:upto])
            at = upto
            process = self.follow()
            time.sleep(generator.random() * 0.6)
            process.kill()
            process.wait()
            process.stdout.close()
        time.sleep(3.1)  # the last second of a log is left until the log is quiet
        self.ok("tail", self.data, self.log, "--once")
        self.assertEqual(self.read_lines(), raw.count(b"\n"))
        self.assertEqual(self.rows(), self.expected(text))
        self.verify()

    def test_through_a_running_server_with_rotation(self):
        generator = seeded("rotated tail")
        text = lines(*random_log(generator, 200))
        raw = text if isinstance(text, bytes) else text.encode()
        cuts = [raw.index(b"\n", len(raw) * part // 4) + 1 for part in (1, 2, 3)]
        server = Server(self.data, self.directory).start()
        self.addCleanup(server.stop)
        self.write(raw[:cuts[0]])
        process = self.follow()
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_for(raw[:cuts[0]].count(b"\n"))
        self.write(raw[cuts[0]:cuts[1]])
        self.log.rename(self.directory / "queue_log.1")
        self.write(raw[cuts[1]:cuts[2]])
        self.wait_for(raw[:cuts[2]].count(b"\n"))
        server.stop(signal.SIGKILL)
        self.write(raw[cuts[2]:])
        self.wait_for(raw.count(b"\n"))  # without a server it writes itself
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(10), 0)
        self.assertEqual(self.rows(), self.expected(text))
        self.verify()

    def test_the_server_follows_by_itself(self):
        text = lines(*random_log(seeded("served tail"), 50))
        raw = text if isinstance(text, bytes) else text.encode()
        self.write(raw)
        server = Server(self.data, self.directory, "--tail", str(self.log)).start()
        self.addCleanup(server.stop)
        self.wait_for(raw.count(b"\n"))
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.rows(), self.expected(text))

    def test_a_wrong_file_is_told_at_once(self):
        done = self.run_klarsyn("tail", self.data, self.directory / "nothing")
        self.assertEqual(done.code, 1)
        self.assertIn("nothing", done.err)
        self.write("x")
        done = self.run_klarsyn("tail", self.data, self.log, "--source", "calls", "--once")
        self.assertEqual(done.code, 0)  # half a line waits
        self.write("\n")
        time.sleep(3.1)  # the last second of a log is left until the log is quiet
        done = self.run_klarsyn("tail", self.data, self.log, "--source", "calls", "--once")
        self.assertEqual(done.code, 1)
        self.assertIn("calls", done.err)


if __name__ == "__main__":
    unittest.main()
