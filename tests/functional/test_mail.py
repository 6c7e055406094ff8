"""Mail out and in, against real servers: a mailbox of dovecot, and a sink that takes letters."""
import base64
import json
import re
import time
import unittest

from harness import TEST_DATA, KlarsynTest, run_sql
from mail_servers import Dovecot, SmtpSink
from server import Browser, Server, add_user

DESK = "servicedesk@region.example"


def message(sender="Anna Berg <anna@region.example>", subject="Printeren virker ikke", text="Hej",
            to=DESK, **headers):
    head = {"From": sender, "To": to, "Subject": subject, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return ("".join(f"{k}: {v}\r\n" for k, v in head.items()) +
            "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n").encode()


class MailTest(KlarsynTest):
    def setUp(self):
        super().setUp()
        self.sink = SmtpSink()
        self.addCleanup(self.sink.stop)

    def serve(self, extra="", imap="", options=()):
        config = self.file("klarsyn.toml", f"""
[mail]
address = "{DESK}"
sender = "Servicedesk Øst"
subaddress = true
{extra}
[mail.smtp]
url = "{self.sink.url}"
tls = "none"
{imap}
""")
        self.server = Server(self.data, self.directory, "--config", config, *options)
        self.addCleanup(lambda: self.server.stop())
        for name, role in (("agent", "agent"), ("lead", "lead"), ("chef", "admin")):
            add_user(self.data, name, role)
        self.server.start()
        self.token = {name: self.ok("token", self.data, "add", name, "--label", "t").out.split()[-1]
                      for name in ("agent", "lead", "chef")}
        return self.server

    def api(self, method, path, body=None, who="agent", expect=None):
        status, headers, content = self.server.request(
            method, "/api/v1" + path, json.dumps(body) if body is not None else None,
            {"Authorization": "Bearer " + self.token[who], "Content-Type": "application/json"})
        if expect:
            self.assertEqual(status, expect, content[:500])
        return json.loads(content) if content else None

    def open_case(self, **fields):
        fields = {"title": "Printeren virker ikke", "contact": "phone",
                  "caller": {"name": "Anna", "mail": "anna@region.example"}, **fields}
        return self.api("POST", "/cases", fields, expect=201)["number"]

    def case(self, number):
        return self.api("GET", f"/cases/{number}", expect=200)

    def pipe(self, content):
        return self.ok("mail", self.data, stdin=content)

    def skip_the_wait(self):
        """What waits until it can no longer be undone is due now."""
        self.server.stop()
        run_sql(self.data, "UPDATE core_outbox SET next_attempt_at = next_attempt_at - 61")
        self.server.start()

    def cases(self):
        return self.api("GET", "/cases?view=all&sort=number")["items"]

    def kept(self):
        return [(k["reason"], k["from"]) for k in self.api("GET", "/letters", who="lead")["items"]]


class Out(MailTest):
    def test_a_receipt_leaves_at_once_and_what_can_be_undone_waits(self):
        self.serve()
        number = self.open_case(title="Blæk på 3112, patient 010203-1234")
        to, letter, raw = self.sink.wait(1)[0]
        self.assertEqual(to, "anna@region.example")
        self.assertEqual(letter["Subject"], f"[{number}] Blæk på 3112, patient ******-****")
        self.assertIn("Servicedesk Øst", letter["From"])
        self.assertEqual(letter["Auto-Submitted"], "auto-generated")
        self.assertIn(number, letter.get_content())
        self.assertNotIn(b"010203", raw)
        self.api("POST", f"/cases/{number}/comment", {"text": "Intern note", "visibility": "internal"}, expect=200)
        self.api("POST", f"/cases/{number}/comment", {"text": "Vi ser på det", "visibility": "public"}, expect=200)
        self.api("POST", f"/cases/{number}/undo", {}, expect=200)
        self.api("POST", f"/cases/{number}/comment", {"text": "Prøv nu, æøå", "visibility": "public"}, expect=200)
        self.api("POST", f"/cases/{number}/resolve", {"resolution": "Ny patron"}, expect=200)
        time.sleep(3)
        self.assertEqual(len(self.sink.letters), 1)
        self.skip_the_wait()
        letters = [letter for _, letter, _ in self.sink.wait(3)[1:]]
        texts = "\n".join(letter.get_content() for letter in letters)
        self.assertEqual(len(letters), 2, texts)
        self.assertIn("Prøv nu, æøå", texts)
        self.assertIn("Ny patron", texts)
        self.assertNotIn("Vi ser på det", texts)  # undone
        self.assertNotIn("Intern note", texts)
        self.assertEqual(len({letter["Message-ID"] for letter in letters}), 2)
        time.sleep(3)
        self.assertEqual(len(self.sink.letters), 3)  # none twice
        self.verify()

    def test_who_has_no_account_answers_the_survey_by_a_link(self):
        """One question, no login, one answer; the response rate counts those who were asked."""
        self.serve(options=("--public-url", "http://klarsyn.region.example"))
        numbers = [self.open_case(), self.open_case(), self.open_case(caller={"name": "Uden adresse"})]
        for number in numbers:
            self.api("POST", f"/cases/{number}/resolve", {"resolution": "Ny patron"}, expect=200)
        self.skip_the_wait()
        letters = {}
        for _, letter, _ in self.sink.wait(4):
            found = re.search(r"http://klarsyn\.region\.example(/survey/\S+)", letter.get_content())
            if found:
                letters[re.search(r"K\d+", letter["Subject"]).group()] = found.group(1)
        self.assertEqual(sorted(letters), numbers[:2])
        path = letters[numbers[0]]
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _, page = self.server.request("GET", path)
        self.assertEqual(status, 200, page)
        self.assertIn("Hvad syntes du om hjælpen?", page.decode())
        self.assertNotIn("Printeren", page.decode())  # a letter may be passed on
        self.assertEqual(self.server.request("POST", path, "score=9", form)[0], 400)
        self.assertIn("Vælg et svar", self.server.request("POST", path, "", form)[2].decode())
        self.assertEqual(self.server.request("POST", path, "score=4", form)[0], 303)
        self.assertIn("Tak for dit svar", self.server.request("GET", path)[2].decode())
        self.assertEqual(self.server.request("POST", path, "score=1", form)[0], 200)  # once
        case = self.case(numbers[0])
        self.assertEqual([e["kind"] for e in case["events"]].count("survey"), 1)
        for wrong in (path[:-1] + ("b" if path[-1] != "b" else "c"), path.replace("-", "-9", 1), "/survey/k1",
                      "/survey/x", path.replace("/survey/k", "/survey/k9")):
            self.assertEqual(self.server.request("GET", wrong)[0], 404, wrong)
            self.assertEqual(self.server.request("POST", wrong, "score=1", form)[0], 404, wrong)
        month = time.strftime("%Y-%m")
        share = self.api("GET", f"/figures/servicedesk.survey_response_share?period={month}", expect=200)
        self.assertEqual((share["rows"][0]["num"], share["rows"][0]["den"]), (1, 2))
        score = self.api("GET", f"/figures/servicedesk.survey_score?period={month}", expect=200)
        self.assertEqual(score["rows"][0]["value"], 4)
        self.api("POST", f"/cases/{numbers[1]}/reopen", {"reason": "Den virker ikke"}, expect=200)
        other = letters[numbers[1]]
        self.assertIn("ikke længere", self.server.request("GET", other)[2].decode())
        self.assertEqual(self.server.request("POST", other, "score=1", form)[0], 200)
        self.api("POST", f"/cases/{numbers[1]}/resolve", {"resolution": "Ny printer"}, expect=200)
        self.assertIn("ikke længere", self.server.request("GET", other)[2].decode())  # about the first solution
        self.assertNotIn("survey", [e["kind"] for e in self.case(numbers[1])["events"]])
        self.server.stop()
        self.verify()

    def test_a_server_that_is_down_is_tried_again_and_one_that_refuses_is_shown(self):
        self.serve()
        self.sink.down = True
        number = self.open_case()
        end = time.monotonic() + 15
        while time.monotonic() < end:
            items = self.api("GET", "/outbox", who="chef")["items"]
            if items:
                break
            time.sleep(0.1)
        self.assertEqual([(i["state"], i["cause"]) for i in items], [("waiting", number + "/1")])
        self.sink.down = False
        self.skip_the_wait()
        self.sink.wait(1)
        self.assertEqual(self.sink.letters[0][0], "anna@region.example")
        self.sink.refuse["ukendt@region.example"] = "550 5.1.1 unknown"
        self.open_case(caller={"name": "X", "mail": "ukendt@region.example"})
        end = time.monotonic() + 15
        failed = []
        while not failed and time.monotonic() < end:
            failed = [i for i in self.api("GET", "/outbox", who="chef")["items"] if i["state"] == "failed"]
            time.sleep(0.1)
        self.assertEqual(len(failed), 1)
        browser = Browser(self.server)
        browser.login("chef")
        page = browser.get("/outbox")[2].decode()
        self.assertIn("Opgivet", page)
        self.assertIn("ukendt@region.example", page)
        self.sink.refuse.clear()
        self.api("POST", f"/outbox/{failed[0]['id']}/retry", {}, who="chef", expect=200)
        self.sink.wait(2)
        self.assertEqual(self.sink.letters[1][0], "ukendt@region.example")
        self.assertEqual(self.server.request("GET", "/api/v1/outbox", headers={
            "Authorization": "Bearer " + self.token["agent"]})[0], 403)

    def test_without_mail_nothing_is_written(self):
        self.serve()
        self.server.stop()
        path = self.directory / "klarsyn.toml"
        path.write_text("")
        self.server.start()
        self.open_case()
        self.assertEqual(run_sql(self.data, "SELECT COUNT(*) FROM core_outbox")[0][0], 0)
        self.assertEqual(self.run_klarsyn("mail", self.data, stdin=message()).code, 75)


class In(MailTest):
    def reply(self, letter, text, **headers):
        return message(subject="SV: " + letter["Subject"].replace("\n", ""), text=text,
                       In_Reply_To=letter["Message-ID"], **headers)

    def test_a_letter_opens_a_case_and_the_answer_goes_to_it(self):
        self.serve()
        self.assertIn("K1", self.pipe(message(text="Den brummer.\r\n\r\nHilsen Anna")).out)
        case = self.case("K1")
        self.assertEqual((case["title"], case["contact"], case["caller"]["mail"]),
                         ("Printeren virker ikke", "mail", "anna@region.example"))
        self.assertIn("Den brummer.", case["text"])
        letter = self.sink.wait(1)[0][1]
        self.pipe(self.reply(letter, "Nu ryger den"))
        case = self.case("K1")
        self.assertEqual(len(self.cases()), 1)
        self.assertIn("Nu ryger den", json.dumps(case["events"], ensure_ascii=False))
        # By the address alone, whatever its case, and followed to the case that it was merged into.
        other = self.open_case(title="Samme fejl")
        self.api("POST", "/cases/K1/merge", {"into": other}, expect=200)
        self.pipe(message(to=letter["Reply-To"].upper(), text="Stadig røg", subject="noget andet"))
        self.assertIn("Stadig røg", json.dumps(self.case(other)["events"], ensure_ascii=False))
        self.verify()

    def test_an_answer_wakes_and_reopens(self):
        self.serve()
        self.pipe(message())
        letter = self.sink.wait(1)[0][1]
        self.api("POST", "/cases/K1/hold", {"reason": "awaiting_user"}, expect=200)
        self.pipe(self.reply(letter, "Her er svaret"))
        self.assertEqual(self.case("K1")["state"], "active")
        self.api("POST", "/cases/K1/resolve", {"resolution": "Løst"}, expect=200)
        self.pipe(self.reply(letter, "Nej, det virker ikke"))
        self.assertNotIn(self.case("K1")["state"], ("resolved", "closed"))
        self.api("POST", "/cases/K1/close", {"reason": "withdrawn"}, expect=200)
        self.pipe(self.reply(letter, "Efter lukning"))
        self.assertEqual(len(self.cases()), 2)  # a closed case gets a new one beside it
        self.assertIn("K1", json.dumps(self.case("K2")))

    def test_a_forged_token_opens_a_case_of_its_own(self):
        self.serve()
        self.pipe(message())
        token = re.search(r"k1-[0-9a-f]{32}", self.sink.wait(1)[0][1]["Message-ID"]).group()
        for forged in (token[:-1] + ("0" if token[-1] != "0" else "1"), token.replace("k1-", "k2-"),
                       "k1-" + "0" * 32, "[K1]"):
            before = len(self.cases())
            self.pipe(message(text=forged, subject=f"SV: [K1] {forged}", In_Reply_To=f"<{forged}-1@x>"))
            self.assertEqual(len(self.cases()), before + 1, forged)
        self.assertEqual(self.case("K1")["version"], 1)

    def test_the_same_letter_twice_counts_once(self):
        self.serve()
        first = self.pipe(message())
        self.assertIn("allerede", self.pipe(message()).out)
        self.assertEqual(len(self.cases()), 1, first)

    def test_loops_and_floods_open_nothing_and_nothing_is_lost(self):
        self.serve("per_sender_hour = 3")
        for content in (message(sender=DESK), message(sender=DESK.replace("@", "+k1-00@"), subject="2"),
                        (TEST_DATA / "mail" / "bounce.eml").read_bytes(),
                        (TEST_DATA / "mail" / "away-notice.eml").read_bytes(), b"ikke et brev"):
            self.pipe(content)
        self.assertEqual(self.cases(), [])
        self.assertEqual(sorted(reason for reason, _ in self.kept()),
                         ["automatic", "automatic", "own", "own", "unreadable"])
        for n in range(5):
            self.pipe(message(sender="spam@evil.example", subject=str(n)))
        self.assertEqual(len(self.cases()), 3)
        self.assertEqual([reason for reason, _ in self.kept()][:2], ["too_many"] * 2)
        # Two programs that answer each other stop at the first letter.
        count = len(self.sink.wait(3))
        self.pipe(message(sender="robot@region.example", subject="alarm", Auto_Submitted="auto-generated"))
        self.assertEqual(len(self.cases()), 4)
        time.sleep(3)
        self.assertEqual(len(self.sink.letters), count)  # no receipt to a program
        self.verify()

    def test_a_person_decides_about_what_was_put_aside(self):
        self.serve()
        self.pipe((TEST_DATA / "mail" / "away-notice.eml").read_bytes())
        self.pipe(message(sender=DESK, text="fra os selv, 010203-1234"))
        letters = self.api("GET", "/letters", who="lead")["items"]
        self.assertEqual(self.server.request("GET", "/api/v1/letters", headers={
            "Authorization": "Bearer " + self.token["agent"]})[0], 403)
        self.api("POST", f"/letters/{letters[1]['id']}/discard", {}, who="lead", expect=200)
        told = self.api("POST", f"/letters/{letters[0]['id']}/open", {}, who="lead", expect=200)
        self.assertIn("******-****", self.case(told["number"])["text"])
        self.assertEqual(self.kept(), [])
        self.api("POST", f"/letters/{letters[0]['id']}/open", {}, who="lead", expect=404)
        self.api("POST", f"/letters/{letters[0]['id']}/eat", {}, who="lead", expect=404)

    def test_no_cpr_number_stays_anywhere(self):
        self.serve()
        self.pipe((TEST_DATA / "mail" / "cpr.eml").read_bytes())
        self.pipe(message(sender=DESK, subject="010203-1234", text="150678-4321"))  # kept
        case = self.case("K1")
        self.assertIn("******-****", case["title"])
        self.assertIn("******-****", case["text"])
        self.server.stop()
        import sqlite3
        for number in ("010203-1234", "0102031234", "150678-4321", "1506784321"):
            store = sqlite3.connect(self.data + "/klarsyn.db")
            for (table,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in store.execute(f'SELECT * FROM "{table}"'):
                    for value in row:
                        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                        self.assertNotIn(number, text, table)
                        self.assertNotIn(base64.b64encode(number.encode()).decode()[:-2], text, table)
            store.close()

    def test_the_corpus_is_taken_whole_and_harms_nothing(self):
        self.serve()
        for path in sorted((TEST_DATA / "mail").glob("*.eml")):
            self.pipe(path.read_bytes())
        count = run_sql(self.data, "SELECT COUNT(*) FROM servicedesk_letter")[0][0]
        self.assertEqual(count, len(list((TEST_DATA / "mail").glob("*.eml"))))
        browser = Browser(self.server)
        browser.login("lead")
        for page in ["/letters"] + ["/cases/" + case["number"] for case in self.cases()]:
            status, _, content = browser.get(page)
            self.assertEqual(status, 200, page)
            for evil in (b"<script>alert", b"<img src=x", b"<svg onload", b"onerror=alert(4)>"):
                self.assertNotIn(evil, content, page)
        names = json.dumps([self.case(case["number"])["attachments"] for case in self.cases()], ensure_ascii=False)
        for evil in ("../", "\u202e", "/etc/"):
            self.assertNotIn(evil, names)
        self.verify()

    def test_a_letter_that_is_too_large_goes_back(self):
        self.serve("message_bytes_max = 20000")
        done = self.run_klarsyn("mail", self.data, stdin=message(text="x" * 30000))
        self.assertEqual(done.code, 65)
        self.assertEqual(self.cases(), [])
        large = message(text="y" * 15000)
        self.pipe(large)
        self.assertEqual(len(self.cases()), 1)


class Fetched(MailTest):
    def setUp(self):
        super().setUp()
        self.box = Dovecot(self.directory / "dovecot").start()
        self.addCleanup(self.box.stop)

    def imap(self, extra=""):
        secret = self.file("imap.secret", "hemmelig\n")
        return f"""
[mail.imap]
url = "{self.box.url}"
user = "desk"
password_file = "{secret}"
ca_file = "{self.box.place}/ca.pem"
{extra}
"""

    def wait_for(self, ready, seconds=40):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if ready():
                return True
            time.sleep(0.2)
        return False

    def test_letters_leave_the_mailbox_once_they_are_stored(self):
        for n in range(5):
            self.box.deliver(message(subject=f"Nr. {n}"))
        self.box.deliver(b"ikke et brev\r\n")
        self.box.deliver(message(subject="Stort", text="z" * 60_000))
        self.serve("message_bytes_max = 50000", self.imap())
        self.assertTrue(self.wait_for(lambda: len(self.box.waiting()) == 1), self.box.waiting())
        self.assertEqual([c["title"] for c in sorted(self.cases(), key=lambda c: int(c["number"][1:]))],
                         [f"Nr. {n}" for n in range(5)])
        self.assertEqual(sorted(reason for reason, _ in self.kept()), ["too_large", "unreadable"])
        self.assertIn("Flagged", self.box.waiting()[0])  # the large one is still there, once
        self.verify()

    def test_a_mailbox_with_a_wrong_certificate_is_left_alone(self):
        self.box.deliver(message())
        self.serve("", self.imap().replace("ca_file", "# ca_file"))
        time.sleep(4)
        self.assertEqual(len(self.box.waiting()), 1)
        self.assertEqual(self.cases(), [])

    def test_killed_while_fetching_nothing_is_lost_and_nothing_doubled(self):
        import signal
        for n in range(30):
            self.box.deliver(message(subject=f"Nr. {n:02}"))
        self.serve("per_sender_hour = 100", self.imap())
        for _ in range(3):
            time.sleep(0.4)
            self.server.stop(signal.SIGKILL)
            self.server.start()
        self.assertTrue(self.wait_for(lambda: not self.box.waiting()), self.box.waiting())
        self.assertEqual(sorted(c["title"] for c in self.cases()), [f"Nr. {n:02}" for n in range(30)])
        self.verify()


if __name__ == "__main__":
    unittest.main()
