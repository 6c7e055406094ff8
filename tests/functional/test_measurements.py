"""What comes of measurements whatever their order: scheduled slots that stay empty, batches of agents
that overtake each other, files that say a thing twice or end without a line end."""
import time

import test_intake
from harness import KlarsynTest, both_backends
from server import Browser, Server, add_user

HEADER = "time,system,action,site,seat,ms,outcome\n"
SCHEDULE = ("system,action,site,seat,every_s,from,to\n"
            "A,a,HER,,300,2013-04-01,2013-04-01\n"
            "B,a,HER,,300,2013-04-01T00:00:00+02:00,2013-04-02T00:00:00+02:00\n"
            "C,a,HER,,300,2013-04-01,\n")


def slot(number):
    """The time of a slot of the day."""
    return f"2013-04-01T{number // 12:02}:{number % 12 * 5:02}:00+02:00"


@both_backends
class ScheduledSlots(KlarsynTest):
    def missing(self, period="2013-04-01"):
        return self.nums("probes.missing", period, "system")

    def test_every_slot_of_the_schedule_without_a_result_is_missing(self):
        self.imported("probe-schedule-csv", self.file("s.csv", SCHEDULE))
        # A schedule that is over expects its slots although nobody measured; one that goes on is
        # known up to the last measurement.
        self.assertEqual(self.missing(), {"A": 288, "B": 288})
        self.verify()
        rows = [f"{slot(n)},A,a,HER,,10,ok\n" for n in range(2, 279) if n not in (5, 6, 7)]
        rows += [f"{slot(n)},B,a,HER,,,timeout\n" for n in range(2, 279)]
        rows += [f"{slot(279)},D,a,HER,,10,ok\n"]
        self.imported("probe-csv", self.file("m.csv", HEADER + "".join(rows)))
        # Before the first, after the last, and the one that D alone measured.
        self.assertEqual(self.missing(), {"A": 14, "B": 11, "C": 280})
        self.assertEqual(self.nums("probes.measured", "2013-04-01", "system")["A"], 288 - 14)
        self.assertEqual(sum(r["slots"] for r in self.records("probes.missing", "2013-04-01")), 305)
        self.assertEqual(self.missing("2013-04"), self.missing())
        self.verify()


class FilesThatRepeatThemselves(KlarsynTest):
    def test_the_last_row_of_a_moment_holds_and_the_file_again_changes_nothing(self):
        path = self.file("m.csv", HEADER + "2013-04-01T08:00:00Z,A,a,HER,,,failed\n"
                         "2013-04-01T08:01:00Z,A,a,HER,,1,ok\n"
                         "2013-04-01T08:00:00Z,A,a,HER,,7,ok\n")
        for expected in ([2, 1, 0], [0, 0, 3]):
            batch = self.imported("probe-csv", path)
            self.assertEqual([batch[c] for c in ("new", "changed", "unchanged")], expected)
        self.assertEqual([r["ms"] for r in self.records("probes.measured", "2013-04-01")], [7, 1])
        self.verify()

    def test_an_unknown_format_names_those_that_are(self):
        done = self.refused("import", self.data, "probe-cvs", "x.csv")
        for known in ("queue-log", "probe-csv", "hl7-log", "device-csv"):
            self.assertIn(known, done.err)


class WindowsThatBeginTogether(KlarsynTest):
    HEAD = "system,site,from,to,announced\n"

    def net(self):
        row = self.row("probes.within_limit_net", "2013-04-01")
        return row["num"], row["den"]

    def test_all_of_a_file_hold_and_a_later_file_corrects_them(self):
        self.imported("probe-actions-csv", self.file(
            "a.csv", "system,action,kind,limit_ms,from,to\nA,a,standard,,,\n"))
        self.imported("probe-csv", self.file("m.csv", HEADER + "".join(
            f"{slot(n)},A,a,HER,,{3000 + n % 2},ok\n" for n in range(288))))
        at = "2013-04-01T10:00:00+02:00"
        short = f"A,HER,{at},2013-04-01T11:00:00+02:00,2013-03-01\n"
        long = f"A,HER,{at},2013-04-01T12:00:00+02:00,2013-03-01\n"
        late = f"A,HER,{at},2013-04-01T20:00:00+02:00,{at}\n"
        everywhere = f",,{at},2013-04-01T10:30:00+02:00,2013-03-01\n"
        first = self.imported("window-csv", self.file("w.csv", self.HEAD + late + short + long +
                                                      everywhere + short))
        self.assertEqual((first["new"], first["rejected"]), (5, 0))
        self.assertEqual(self.net(), (132, 264))
        self.imported("window-csv", self.file("v.csv", self.HEAD + short))
        self.assertEqual(self.net(), (138, 276))  # instead of all that began then
        self.ok("withdraw", self.data, self.batches()[-1]["batch"], "--why", "test")
        self.assertEqual(self.net(), (132, 264))
        self.verify()


class LogsWithoutTheirLastLineEnd(KlarsynTest):
    HEAD = "MSH|^~\\&|GS|HER|LABKA|RH|20130401||ORU^R01|{}|P|2.5\\r"

    def test_a_whole_last_line_counts_and_half_a_one_is_told(self):
        def log(*numbers, end):
            lines = [f"2013-04-01T08:00:0{n}Z\tGS\t{self.HEAD.format(n)}PID|1" for n in numbers]
            return "\n".join(lines) + end
        self.imported("hl7-log", self.file("a.log", log(1, 2, end="")))
        self.assertEqual(self.num("probes.flow_messages", "2013-04-01"), 2)
        done = self.ok("import", self.data, "hl7-log", "--lang", "en",
                       self.file("b.log", log(3, end="\n2013-04-01T08:00:04Z\tGS\tMSH|^~")))
        self.assertIn("The last line of the file has no end", done.err)
        self.assertEqual(self.num("probes.flow_messages", "2013-04-01"), 3)
        self.verify()


@both_backends
class BatchesOutOfOrder(test_intake.IntakeTest):
    def test_what_was_passed_over_is_kept_once_when_it_comes(self):
        def deliver(number):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(test_intake.NOW + number))
            status, answer = self.batch(number, [
                {"time": at, "system": "EPM3", "action": "login", "site": "HER", "seat": "ward",
                 "ms": 2000, "outcome": "ok"}])
            self.assertEqual(answer["known"], status == 200)
            return status, answer["next"]
        self.assertEqual(deliver(4), (202, 5))
        self.assertEqual([deliver(n) for n in (2, 2, 3, 1, 4, 3)],
                         [(202, 5), (200, 5), (202, 5), (202, 5), (200, 5), (200, 5)])
        self.assertEqual([deliver(n) for n in (9, 7, 7, 5, 8, 6, 6)],
                         [(202, 10), (202, 10), (200, 10)] + [(202, 10)] * 3 + [(200, 10)])
        self.assertEqual(self.measured(), 9)
        agents = test_intake.json.loads(self.get("/api/v1/intake")[1])["agents"]
        self.assertEqual([(a["last_batch"], a["missed"]) for a in agents], [(9, 0)])
        self.server.stop()
        self.verify()


class RequestsCutAnywhere(test_intake.IntakeTest):
    def test_a_success_in_the_next_request_still_says_that_it_failed(self):
        now = test_intake.NOW

        def success(value, second, **labels):
            return test_intake.series("login_ok", value, second, **{
                "system": "EPM3", "site": "HER", "instance": "pc1", **labels})
        for message in (test_intake.login(1, now), success(1, now),
                        test_intake.login(1, now + 60), success(0, now + 60),
                        success(0, now + 120), success(0, now, instance="never measured")):
            self.assertEqual(self.write(message)[0], 204)
        self.assertEqual(self.measured(), 3)
        self.assertEqual(self.figure("failed")[0]["num"], 2)
        self.server.stop()
        self.verify()


class ShareWithItsInterval(KlarsynTest):
    def test_the_page_of_a_share_says_how_sure_its_colour_is(self):
        self.imported("probe-actions-csv", self.file(
            "a.csv", "system,action,kind,limit_ms,from,to\nA,a,standard,,,\n"))
        self.imported("probe-csv", self.file("m.csv", HEADER + "".join(
            f"{slot(n)},A,a,HER,,{3000 if n >= 14 else 3001},ok\n" for n in range(280))))
        add_user(self.data, "rita", "reader")
        server = Server(self.data, self.directory).start()
        self.addCleanup(server.stop)
        rita = Browser(server)
        rita.login("rita")
        path = "/f/current/probes.{}?period=2013-04&lang={}"
        for language, told in (("en", "280 measurements, 91.8–97.0%; the colour is not certain"),
                               ("da", "280 målinger, 91,8–97,0 %; farven er ikke sikker")):
            page = rita.get(path.format("within_limit", language))[2].decode().replace("\xa0", " ")
            self.assertIn(told, page)
        self.assertNotIn("Wilson", rita.get(path.format("measured", "en"))[2].decode())


class WithoutAMapping(test_intake.IntakeTest):
    def ok(self, *args, **options):
        return None if args[0] == "settings" else super().ok(*args, **options)

    def test_labels_that_are_called_as_ours_are_taken(self):
        def sample(name, value, second, **labels):
            return test_intake.series(name, value, second, system="EPM3", action="login",
                                      site="HER", **labels)
        now = test_intake.NOW
        self.assertEqual(self.write(sample("probe_duration_seconds", 3, now),
                                    sample("probe_duration_seconds", 3, now, seat="ward PC"),
                                    sample("probe_success", 0, now, seat="ward PC"),
                                    sample("go_threads", 3, now))[0], 204)
        self.assertEqual(self.measured(), 2)
        self.assertEqual(self.figure("failed")[0]["num"], 1)
        self.assertEqual(self.unmapped(), {("go_threads", "no_rule"): 1})
