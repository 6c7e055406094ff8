"""A person who is everywhere is erased over the API: nothing of them is left, nothing counts otherwise."""
import json
import subprocess
import time
import unittest

from desk_people import DeskTest
from harness import both_backends, run_sql
from mail_servers import SmtpSink
from server import PASSWORD, Browser, Server

NAME, MAIL, PHONE, ACCOUNT = "Bodil Flagermusen", "bodil.f@region.example", "+4598765432", "bodfla"
CPR = "010203-1234"
DESK = "servicedesk@region.example"
NOW = int(time.time())
# No other word of the test holds one of these.
TRACES = ("Flagermusen", "flagermusen", "bodil.f", "98765432", "98 76 54 32", ACCOUNT, "bodils hemmelige")


def letter(subject, text, **headers):
    head = {"From": f"{NAME} <{MAIL}>", "To": DESK, "Subject": subject, "Message-ID": f"<{subject.split()[0]}.{MAIL}>",
            **{k.replace("_", "-"): v for k, v in headers.items()}}
    return ("".join(f"{k}: {v}\r\n" for k, v in head.items()) +
            "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n").encode()


@both_backends
class ErasedEverywhere(DeskTest):
    def accounts(self):
        self.add_account("anna", "agent")
        self.add_account("lotte", "lead")
        self.add_account("chef", "admin")
        self.add_account(ACCOUNT, "user", "--display-name", NAME, "--mail", MAIL, "--phone", PHONE)
        log = self.file("queue_log", f"{NOW - 900}|c1|servicedesk|NONE|ENTERQUEUE||{PHONE}|1\n"
                                     f"{NOW - 890}|c1|servicedesk|Agent/1|CONNECT|10|1795000005.1|3\n"
                                     f"{NOW - 800}|c1|servicedesk|Agent/1|COMPLETECALLER|10|90|1\n")
        self.imported("queue-log", log)
        log.unlink()

    def setUp(self):
        self.sink = SmtpSink()
        self.addCleanup(self.sink.stop)
        super().setUp()
        self.server.stop()
        config = self.file("klarsyn.toml", f"""
[mail]
address = "{DESK}"
sender = "Servicedesk"
[mail.smtp]
url = "{self.sink.url}"
tls = "none"
""")
        self.server = Server(self.data, self.directory, "--access-log", str(self.log), "--config", config).start()
        self.addCleanup(self.server.stop)
        self.agent, self.lead, self.chief, self.bodil = (
            self.client(name) for name in ("anna", "lotte", "chef", ACCOUNT))

    def fill(self):
        """Everywhere a person can come to stand."""
        for event, second, more in (("enter", -60, {"caller": PHONE}), ("connect", -50, {"agent": "Agent/12"}),
                                    ("end", -5, {})):
            self.agent.send("POST", "/api/v1/calls", {"callid": "9.1", "queue": "servicedesk", "time": NOW + second,
                                                      "event": event, **more})
        caller = {"name": NAME, "account": ACCOUNT, "mail": MAIL, "phone": PHONE}
        called = self.agent.open(title=f"{NAME} ringede", text=f"Ring til 98 76 54 32, {MAIL}", caller=caller,
                                 call="9.1", contact="phone", system="FMK")
        self.agent.send("POST", f"/api/v1/cases/{called}/attachments", None, b"bodils hemmelige fil",
                        Content_Disposition=f'attachment; filename="{NAME}.txt"',
                        Content_Type="application/octet-stream")
        other = self.agent.open(title="Printer", text=f"{NAME} har set det, konto {ACCOUNT}, {CPR}")
        self.agent.send("POST", f"/api/v1/cases/{other}/attachments", None, f"log: {ACCOUNT} {MAIL}".encode(),
                        Content_Disposition='attachment; filename="log.txt"', Content_Type="text/plain")
        self.agent.post(f"/api/v1/cases/{other}/affected", {"person": NAME})
        self.pipe(letter("Tastatur", f"Hilsen {NAME}"),
                  letter("Ferie", f"Jeg er her ikke. {NAME}", Auto_Submitted="auto-replied"))
        self.assertEqual([one["from"] for one in self.lead.get("/api/v1/letters")["items"]], [MAIL])
        own = self.bodil.post("/api/v1/my/cases", {"what": f"Skærmen er sort, ring {PHONE}", "system": "FMK",
                                                   "affected": "me"})["number"]
        self.agent.post(f"/api/v1/cases/{own}/resolve", {"resolution": f"Ny skærm til {NAME}"},
                        Idempotency_Key="en-gang")
        self.bodil.post(f"/api/v1/my/cases/{own}/survey", {"score": 4, "text": f"Tak! {NAME}"})
        self.lead.post("/api/v1/notices", {"kind": "message", "title": f"{NAME} holder kursus",
                                           "text": f"Meld dig til {MAIL}"})
        self.agent.send("PUT", "/api/v1/drafts/kladde-1-abc",
                        {"kind": "case", "case": None, "rev": 1, "body": {"text": f"{NAME} ringede"}})
        status, _, answer = self.agent.send("PUT", "/api/v1/filters/bodil",
                                            {"title": f"Sager fra {NAME}", "query": {"q": "Flagermusen"}})
        self.assertIn(status, (200, 201), answer)
        browser = Browser(self.server)
        self.assertEqual(browser.login(ACCOUNT, PASSWORD)[0], 303)
        self.sink.wait(1)
        return called, other, own

    def pipe(self, *letters):
        """On PostgreSQL a server that runs is the only writer."""
        if self.backend != "sqlite":
            self.server.stop()
        for content in letters:
            self.ok("mail", self.data, stdin=content)
        if self.backend != "sqlite":
            self.server.start()

    def figures(self):
        names = [one["figure"] for one in self.ok("figures", self.data, "--json").json()["figures"]]
        self.assertGreater(len(names), 30)
        period = time.strftime("%Y-%m", time.gmtime(NOW))
        return {name: self.figure(name, period)["rows"] for name in names}

    def traces(self):
        """Where in the database or in a file beside it something of the person stands."""
        if self.backend == "sqlite":
            return {(trace, path) for trace in TRACES for path in self.stored(trace)}
        dump = subprocess.run(["pg_dump", "--data-only", self.data], capture_output=True, check=True).stdout.decode()
        found = {(trace, "dump") for trace in TRACES if trace in dump or trace.encode().hex() in dump}
        return found | {(trace, path) for trace in TRACES for path in self.stored(trace)}

    def order(self, **more):
        return {"accounts": [ACCOUNT], "phrases": [NAME, MAIL, PHONE, CPR],
                "reason": f"Anmodning fra {NAME}, artikel 17", **more}

    def raw_files(self):
        return {row[0] for row in run_sql(self.data, "SELECT sha256 FROM core_raw")}

    def test_nothing_is_left(self):
        called, other, own = self.fill()
        self.server.stop()
        before, raw = self.figures(), self.raw_files()
        self.assertEqual(int(run_sql(self.data, "SELECT COUNT(*) FROM core_cpr")[0][0]), 1)
        self.assertGreaterEqual({trace for trace, _ in self.traces()}, {"Flagermusen", "bodil.f", "98765432", ACCOUNT})
        self.server.start()
        status, _, would = self.chief.send("POST", "/api/v1/erasures", self.order(dry_run=True))
        self.assertEqual((status, would["dry_run"], would["journal"]), (200, True, None), would)
        self.assertEqual(self.agent.get(f"/api/v1/cases/{called}")["caller"]["name"], NAME)
        status, _, done = self.chief.send("POST", "/api/v1/erasures", self.order())
        self.assertEqual((status, done["dry_run"]), (201, False), done)
        for name in ("records", "files", "journal_entries"):
            self.assertEqual(done[name], would[name], name)
            self.assertGreater(done[name], 0, name)
        self.assertEqual(self.bodil.send("GET", "/api/v1/my/cases")[0], 401)
        self.assertEqual(self.agent.get("/api/v1/search?q=flagermus")["items"], [])
        self.assertNotIn(NAME, json.dumps(self.agent.get("/api/v1/notices"), ensure_ascii=False))
        self.assertEqual(self.agent.get(f"/api/v1/cases/{own}")["state"], "resolved")
        self.assertEqual(self.lead.get("/api/v1/letters")["items"], [])
        self.assertEqual(self.agent.get(f"/api/v1/cases/{other}")["affected"][0]["person"], "[slettet]")
        self.assertEqual(self.server.stop(), 0)
        self.verify()
        self.assertEqual(self.figures(), before)
        self.assertEqual(int(run_sql(self.data, "SELECT COUNT(*) FROM core_cpr")[0][0]), 0)
        self.assertEqual(len(raw - self.raw_files()), 1)  # packed: its digest tells
        self.assertEqual(self.traces(), set())
        again = self.ok("erase", self.data, "--account", ACCOUNT, "--phrase", NAME, "--phrase", MAIL,
                        "--phrase", PHONE, "--lang", "en")
        self.assertIn("0 records, 0 raw files, 0 journal entries and 0 other rows", again.out)
        self.verify()
        self.server.start()
        new = self.agent.open(title="Livet går videre")  # and so does everything else
        self.assertEqual(self.agent.get(f"/api/v1/cases/{new}")["state"], "new")

    def test_who_may_and_what_is_refused(self):
        for who in (self.agent, self.lead, self.bodil):
            self.assertEqual(who.send("POST", "/api/v1/erasures", self.order())[0], 403)
        for body, pointer in (({"reason": "x"}, "/phrases"), ({"phrases": [NAME]}, "/reason"),
                              ({"phrases": ["abc"], "reason": "x"}, "/phrases"),
                              ({"accounts": ["chef"], "reason": "x"}, "/accounts"),
                              ({"phrases": NAME, "reason": "x"}, "/phrases"),
                              ({"phrases": [NAME], "reason": "x", "force": True}, "/force")):
            status, _, problem = self.chief.send("POST", "/api/v1/erasures", body)
            self.assertEqual(status, 400, problem)
            self.assertIn(pointer, [error["pointer"] for error in problem["errors"]], problem)
        status, _, problem = self.chief.send("POST", "/api/v1/erasures",
                                             {"phrases": ["servicedesk"], "reason": "x"})
        self.assertEqual(status, 409, problem)
        self.server.stop()
        would = self.ok("erase", self.data, "--phrase", NAME, "--dry-run", "--lang", "en").out
        self.assertIn("Would erase", would)
        self.verify()


if __name__ == "__main__":
    unittest.main()
