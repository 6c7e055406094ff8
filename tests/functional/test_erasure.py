"""Erasing a person: nothing of them is left in the files, every figure and the chain stay."""
import os
import subprocess
import unittest

from desk_people import DeskTest
from harness import BACKEND, KLARSYN

NAME, MAIL, PHONE = "Bodil Flagermusen", "bodil.f@region.example", "+4598765432"


class ErasureTest(DeskTest):
    def accounts(self):
        self.add_account("anna", "agent")
        self.add_account("bodfla", "user")

    def figures(self):
        names = ("created", "resolved", "closed", "backlog", "solve_time_median")
        return {name: self.figure(f"servicedesk.{name}", "2026-11")["rows"] for name in names}

    def fill(self):
        caller = {"name": NAME, "account": "bodfla", "mail": MAIL, "phone": PHONE}
        own = self.agent.open(title=f"{NAME} kan ikke logge ind", text=f"Ring til {PHONE}", caller=caller,
                              system="FMK")
        self.agent.post(f"/api/v1/cases/{own}/comment",
                        {"text": f"Talte med bodil flagermusen, skriv til {MAIL}", "visibility": "public"})
        self.agent.send("POST", f"/api/v1/cases/{own}/attachments", None, b"bodils hemmelige fil",
                        Content_Disposition=f'attachment; filename="{NAME}.txt"',
                        Content_Type="application/octet-stream")
        self.agent.post(f"/api/v1/cases/{own}/resolve", {"resolution": f"{NAME} fik ny kode"},
                        Idempotency_Key="en-gang")
        other = self.agent.open(title="Printer", text="Flagermusens reol")
        self.agent.post(f"/api/v1/cases/{other}/affected", {"person": NAME})
        self.agent.send("PUT", "/api/v1/drafts/kladde-1-abc",
                        {"kind": "case", "case": None, "rev": 1, "body": {"text": f"{NAME} ringede"}})
        return own, other

    def test_nothing_is_left_and_figures_stay(self):
        own, other = self.fill()
        self.server.stop()
        before = self.figures()
        done = self.ok("erase", self.data, "--account", "bodfla", "--phrase", NAME, "--phrase", MAIL,
                       "--phrase", PHONE)
        self.assertIn("journal", done.out)
        self.assertEqual(self.figures(), before)
        self.verify()
        for phrase in ("Flagermusen", "flagermusen", MAIL, PHONE, "bodils hemmelige fil"):
            if BACKEND == "sqlite" and phrase.lower() != "flagermusen":
                self.assertEqual(self.stored(phrase), [], phrase)
        if BACKEND == "sqlite":
            self.assertEqual(self.stored(NAME), [])
            self.assertEqual(self.stored("bodil flagermusen"), [])
        self.server.start()
        case = self.agent.get(f"/api/v1/cases/{own}")
        self.assertEqual(case["caller"]["name"], "[slettet]")
        self.assertEqual(case["title"], "[slettet] kan ikke logge ind")
        self.assertEqual(case["state"], "resolved")
        self.assertEqual(self.agent.get("/api/v1/search?q=bodil")["items"], [])
        self.assertEqual([item["number"] for item in self.agent.get("/api/v1/search?q=flagermus")["items"]],
                         [other])
        self.assertEqual(self.agent.get(f"/api/v1/cases/{other}")["affected"][0]["person"], "[slettet]")
        self.assertEqual(self.agent.get("/api/v1/drafts")["items"], [])
        # Life goes on: the case can be worked on, and words that went can come again.
        self.agent.post(f"/api/v1/cases/{own}/reopen", {"reason": "Kom igen"})
        new = self.agent.open(title="Bodil ringede")
        self.assertEqual([item["number"] for item in self.agent.get("/api/v1/search?q=odil")["items"]], [new])
        self.server.stop()
        self.verify()
        again = self.ok("erase", self.data, "--phrase", NAME)
        self.assertIn(" 0 ", again.out)
        self.verify()

    def test_records_that_somebody_changed_are_found(self):
        import sqlite3
        if BACKEND != "sqlite":
            return
        self.fill()
        self.server.stop()
        self.ok("erase", self.data, "--phrase", NAME)
        self.verify()
        for sql in ("UPDATE servicedesk_record SET body = replace(body, 'Ring', 'Rang') WHERE id = 1",
                    "DELETE FROM servicedesk_record WHERE id = 2",
                    "UPDATE servicedesk_record SET digest = '0' WHERE id = 3"):
            database = sqlite3.connect(f"{self.data}/klarsyn.db")
            copy = sqlite3.connect(":memory:")
            database.backup(copy)
            database.execute(sql)
            database.commit()
            database.close()
            self.refused("verify", self.data)
            database = sqlite3.connect(f"{self.data}/klarsyn.db")
            copy.backup(database)
            database.close()
        self.verify()

    def test_wrong_use(self):
        self.server.stop()
        self.refused("erase", self.data)
        self.refused("erase", self.data, "--phrase", "abc")
        self.ok("erase", self.data, "--phrase", "Findes Slet Ikke")
        self.verify()

    def test_while_the_server_runs(self):
        if BACKEND != "sqlite":
            return
        own, _ = self.fill()
        self.ok("erase", self.data, "--account", "bodfla", "--phrase", NAME)
        self.assertEqual(self.agent.get(f"/api/v1/cases/{own}")["caller"]["name"], "[slettet]")
        new = self.agent.open(title="Flagermusen er tilbage", text="bodfla")
        found = self.agent.get("/api/v1/search?q=lagermusen")["items"]
        self.assertIn(new, [item["number"] for item in found])

    def test_retention_lets_go_of_old_cases_and_keeps_their_figures(self):
        own, _ = self.fill()
        open_case = self.agent.open(title=f"{NAME} igen", caller={"name": NAME, "account": "bodfla"})
        self.agent.post(f"/api/v1/cases/{own}/close", {})
        self.server.stop()
        before = self.figures()
        lines = self.ok("retention", self.data, "--lang", "en").out.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertTrue(all("0 cases are due" in line and "GDPR" in line for line in lines), lines)
        later = ("faketime", "-f", "+6y")
        self.assertIn("Persons on cases: 1825 days after closing; 1 cases are due",
                      self.in_time(later, "retention", self.data, "--lang", "en"))
        done = self.in_time(later, "retention", self.data, "--apply", "--lang", "en").splitlines()
        self.assertEqual([line.split(";")[1].split(" cases")[0].strip() for line in done], ["1", "1", "0"])
        self.verify()
        self.assertEqual(self.figures(), before)
        self.assertIn("; 0 cases were", self.in_time(later, "retention", self.data, "--apply", "--lang", "en"))
        self.server.start()
        case = self.agent.get(f"/api/v1/cases/{own}")
        self.assertEqual(case["caller"], {"name": "[slettet]", "account": None, "phone": None, "mail": None})
        self.assertIn(NAME, case["title"])  # texts are kept for ten years
        file = case["attachments"][0]["id"]
        self.assertEqual(self.agent.send("GET", f"/api/v1/cases/{own}/attachments/{file}")[0], 404)
        self.assertEqual(self.agent.get(f"/api/v1/cases/{open_case}")["caller"]["name"], NAME)
        self.server.stop()
        self.in_time(("faketime", "-f", "+11y"), "retention", self.data, "--apply")
        self.verify()
        self.server.start()
        case = self.agent.get(f"/api/v1/cases/{own}")
        self.assertEqual((case["title"], case["text"], case["resolution"]), ("[slettet]",) * 3)

    def in_time(self, faketime, *args):
        found = subprocess.run([*faketime, KLARSYN, *args], capture_output=True, timeout=60,
                               env=dict(os.environ, FAKETIME_DONT_FAKE_MONOTONIC="1"))
        self.assertEqual(found.returncode, 0, found.stderr)
        return found.stdout.decode()

    def test_raw_files_are_rewritten(self):
        self.server.stop()
        log = self.file("queue_log", "1795000000|c1|servicedesk|NONE|ENTERQUEUE||Bodil Flagermusen|1\n"
                                     "1795000010|c1|servicedesk|Agent/1|CONNECT|10|1795000005.1|3\n"
                                     "1795000100|c1|servicedesk|Agent/1|COMPLETECALLER|10|90|1\n"
                                     "sludder Bodil Flagermusen\n")
        self.imported("queue-log", log, "--max-rejects", "50")
        before = self.figure("telephony.answered", "2026-11")["rows"]
        done = self.ok("erase", self.data, "--phrase", NAME)
        self.assertIn(" 1 ", done.out)
        self.verify()
        self.assertEqual(self.figure("telephony.answered", "2026-11")["rows"], before)
        log.unlink()
        if BACKEND == "sqlite":
            self.assertEqual(self.stored(NAME), [])
        rejects = self.ok("rejects", self.data, "B" + str(self.ok("batches", self.data, "--json")
                                                         .json()["batches"][0]["batch"]).lstrip("B"))
        self.assertNotIn("Bodil", rejects.out)
        self.refused("erase", self.data, "--phrase", "servicedesk")


if __name__ == "__main__":
    unittest.main()
