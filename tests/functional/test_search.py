"""Search: what is found, by whom, and that lists and counts agree."""
import unittest
from urllib.parse import quote

from desk_people import DeskTest

REGION = """kind,code,name,parent,from,to,aliases
region,R,Region H,,2007-01-01,,
hospital,RH,Rigshospitalet,R,2007-01-01,,
hospital,HGH,Herlev og Gentofte,R,2007-01-01,,
"""


class SearchTest(DeskTest):
    def accounts(self):
        self.add_account("anna", "agent")
        self.add_account("bo", "agent", "--org", "RH")
        self.add_account("rikke", "user")
        self.add_account("lea", "lead")

    def found(self, text, client=None):
        items = (client or self.agent).get(f"/api/v1/search?q={quote(text)}")["items"]
        return [item["number"] for item in items]

    def listed(self, text, client=None, **query):
        more = "".join(f"&{name}={quote(str(value))}" for name, value in query.items())
        page = (client or self.agent).get(f"/api/v1/cases?q={quote(text)}&count=1{more}")
        if page["next"] is None and "cursor" not in query:
            self.assertEqual(page["total"], len(page["items"]), text)
        return [item["number"] for item in page["items"]]

    def test_accents_and_parts(self):
        k1 = self.agent.open(title="Rødovre svarer ikke")
        k2 = self.agent.open(title="Et netværksproblem", text="Ingen forbindelse")
        for text in ("rodovre", "Rødovre", "RØDOVRE", "rødov", "roedovre"):
            self.assertEqual(self.found(text), [k1], text)
            self.assertEqual(self.listed(text), [k1], text)
        for text in ("værks", "netvaerk", "forbindelse problem", "netværkspoblem"):
            self.assertEqual(self.found(text), [k2], text)
        self.assertEqual(self.found("findesikke"), [])
        self.assertEqual(self.listed("!!!"), [])

    def test_everything_that_a_case_says(self):
        k1 = self.agent.open(title="Titel", text="Brødtekst", system="Cosmic", org="BFH",
                             place="Afsnit Nord", caller={"name": "Bodil Kjær", "account": "bokj",
                                                          "phone": "+4535451234"})
        self.agent.open(title="Noget andet")
        self.agent.post(f"/api/v1/cases/{k1}/comment", {"text": "Flagermus", "visibility": "public"})
        self.agent.post(f"/api/v1/cases/{k1}/comment", {"text": "Pindsvin", "visibility": "internal"})
        self.agent.post(f"/api/v1/cases/{k1}/affected", {"person": "Torvald Helmer"})
        self.agent.post(f"/api/v1/cases/{k1}/resolve", {"resolution": "Genstartet hjortetak"})
        for text in ("brødtekst", "cosmic", "bfh", "nord", "bodil", "kjaer", "bokj", "4535451234",
                     "flagermus", "pindsvin", "helmer", "hjortetak", "titel cosmic flagermus"):
            self.assertEqual(self.found(text), [k1], text)

    def test_the_number_typed_comes_first(self):
        numbers = [self.agent.open(title="Printer") for _ in range(3)]
        mention = self.agent.open(title=f"Samme som {numbers[1]}")
        self.assertEqual(self.found(numbers[1])[0], numbers[1])
        self.assertEqual(self.listed(numbers[1].lower())[0], numbers[1])
        self.assertIn(mention, self.found(numbers[1]))

    def test_commands_and_undo_change_what_is_found(self):
        k1, k2 = self.agent.open(title="Skærm"), self.agent.open(title="Tastatur")
        self.agent.post(f"/api/v1/cases/{k1}/comment", {"text": "giraf", "visibility": "internal"})
        self.assertEqual(self.found("giraf"), [k1])
        self.agent.post(f"/api/v1/cases/{k1}/undo", {})
        self.assertEqual(self.found("giraf"), [])
        version = self.agent.get(f"/api/v1/cases/{k2}")["version"]
        self.agent.send("PATCH", f"/api/v1/cases/{k2}", {"title": "Mus"}, If_Match=f'"{version}"')
        self.assertEqual((self.found("tastatur"), self.listed("mus")), ([], [k2]))
        self.agent.post(f"/api/v1/cases/{k2}/merge", {"into": k1})
        self.assertEqual(self.listed("mus"), [])  # the open ones
        self.assertEqual(self.listed("mus", view="closed"), [k2])
        self.assertEqual(self.listed("mus", view="all"), [k2])
        self.agent.post(f"/api/v1/cases/{k1}/undo", {})
        self.assertEqual(self.listed("mus"), [k2])
        self.server.stop()
        self.verify()

    def test_lists_narrow_page_and_count_alike(self):
        numbers = [self.agent.open(title=f"Printer {i}", system="FMK" if i % 3 else "SP")
                   for i in range(40)]
        self.assertEqual(self.listed("printer", limit=100), numbers[::-1])
        fmk = [n for i, n in enumerate(numbers) if i % 3]
        self.assertEqual(self.listed("printer", limit=100, system="FMK"), fmk[::-1])
        self.assertEqual(self.listed("printer", limit=100, sort="number"), numbers)
        met, cursor = [], ""
        while True:
            page = self.agent.get(f"/api/v1/cases?q=printer&system=FMK&limit=7&count=1{cursor}")
            met += [item["number"] for item in page["items"]]
            self.assertEqual(page["total"], len(fmk))
            self.assertLessEqual(len(page["items"]), 7)
            if page["next"] is None:
                break
            cursor = f"&cursor={quote(page['next'])}"
        self.assertEqual(met, fmk[::-1])
        self.assertEqual(self.agent.send("GET", "/api/v1/cases?q=printer&cursor=x")[0], 400)

    def test_only_what_the_person_may_see(self):
        own = self.agent.open(title="Printer", org="RH")
        self.agent.open(title="Printer", org="HGH")
        none = self.agent.open(title="Printer")
        bo = self.client("bo")
        self.assertEqual(self.found("printer", bo), [none, own])
        self.assertEqual(self.listed("printer", bo), [none, own])
        self.assertEqual(len(self.found("printer")), 3)

    def test_organisations_are_found_by_their_names(self):
        self.server.stop()
        self.imported("org", self.file("org.csv", REGION))
        self.server.start()
        rh = self.agent.open(title="Printer", org="RH")
        self.agent.open(title="Printer", org="HGH")
        self.assertEqual(self.found("rigshospital printer"), [rh])
        self.assertEqual(self.listed("rigshospitalet"), [rh])

    def test_a_user_finds_own_cases_without_internal_notes(self):
        mine = self.agent.open(title="Telefonen er død", caller={"account": "rikke", "name": "Rikke"})
        self.agent.open(title="Telefonen er død", caller={"account": "en-anden"})
        path = f"/api/v1/cases/{mine}/comment"
        self.agent.post(path, {"text": "hun er umulig", "visibility": "internal"})
        self.agent.post(path, {"text": "vi kommer forbi", "visibility": "public"})
        rikke = self.client("rikke")
        self.assertEqual(self.found("telefon", rikke), [mine])
        self.assertEqual(self.found("forbi", rikke), [mine])
        self.assertEqual(self.found("umulig", rikke), [])
        self.assertEqual(self.found("umulig"), [mine])
        self.assertEqual(rikke.send("GET", "/api/v1/cases?q=telefon")[0], 403)

    def test_problems_changes_and_major_incidents_are_found(self):
        lea = self.client("lea")
        numbers = [lea.post("/api/v1/problems", {"title": "Labradoodle i serverrummet"})["number"],
                   lea.post("/api/v1/majors", {"title": "Labradoodle", "criteria": ["security"]})["number"]]
        case = self.agent.open(title="Labradoodle set ved printer")
        found = self.agent.get("/api/v1/search?q=labradood")["items"]
        self.assertEqual([(item["kind"], item["number"]) for item in found],
                         [("case", case), ("major", numbers[1]), ("problem", numbers[0])])
        self.assertEqual(self.listed("labradoodle"), [case])
        self.assertEqual(self.found(numbers[0])[0], numbers[0])
        self.server.stop()
        self.verify()
        self.ok("reindex", self.data)
        self.verify()

    def test_messages_are_found_by_everybody(self):
        lea = self.client("lea")
        told = {"kind": "disturbance", "system": "FMK", "title": "Ordinationer forsvinder",
                "title_en": "Prescriptions vanish", "text": "Brug nødproceduren på papir"}
        number = lea.post("/api/v1/notices", told)["number"]
        for who in ("anna", "bo", "rikke"):
            for text in ("ordination", "nødprocedure", "prescriptions", "fmk", "Ordinationr"):
                self.assertEqual(self.found(text, self.client(who)), [number], (who, text))
        item = self.client("rikke").get("/api/v1/search?q=papir")["items"][0]
        self.assertEqual((item["kind"], item["title"], item["state"], item["snippet"]),
                         ("notice", told["title"], "open", told["text"]))
        lea.post(f"/api/v1/notices/{number}/clear", {"text": "Pengekassen er fundet"})
        self.assertEqual(self.found("pengekassen", self.client("rikke")), [number])
        self.assertEqual(self.agent.send("GET", "/api/v1/search?q=papir", None,
                                         Authorization="Bearer of-nobody")[0], 401)
        self.server.stop()
        self.ok("reindex", self.data)
        self.ok("verify", self.data)
        self.server.start()
        self.assertEqual(self.found("papir", self.client("rikke")), [number])

    def test_many_documents_and_a_restart(self):
        numbers = [self.agent.open(title=f"Vare{i:03d} kiosk") for i in range(300)]
        self.assertEqual(self.found("vare123"), [numbers[123]])
        self.assertEqual(len(self.listed("kiosk", limit=500)), 300)
        self.restart()
        self.assertEqual(self.found("vare299"), [numbers[299]])
        self.server.stop()
        self.verify()
        self.ok("reindex", self.data)
        self.verify()
        self.server.start()
        self.assertEqual(len(self.listed("kiosk", limit=500)), 300)


if __name__ == "__main__":
    unittest.main()
