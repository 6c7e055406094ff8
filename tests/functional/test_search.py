"""Search: what is found, by whom, and that lists and counts agree."""
import json
import unittest
from urllib.parse import quote

from desk_people import DeskTest
from harness import both_backends

REGION = """kind,code,name,parent,from,to,aliases
region,R,Region H,,2007-01-01,,
hospital,RH,Rigshospitalet,R,2007-01-01,,
hospital,HGH,Herlev og Gentofte,R,2007-01-01,,
"""


class Searching(DeskTest):
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


class SearchTest(Searching):
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


GROUPS = "group,level,org\nNet,1,RH\nDrift,2,HGH\n"
HISTORY = """Number;Opened;Resolved;Closed;Assignment group;Category;cmdb_ci;Caller;Short description;Description
INC0000101;2016-01-04 08:00;2016-01-05 09:00;2016-01-06 09:00;Net;Netværk;Cosmic;Bodil Kjær;Printer på Rødovre;"Den
ryger (0101901111)"
INC0000102;2016-01-05 08:00;2016-01-05 09:00;2016-01-06 09:00;Drift;Platform;FMK;Torvald Helmer;Netværksproblem;
INC0000103;2016-01-06 08:00;;;Net;Netværk;FMK;;Printer langsom;
INC0000104;2016-01-07 08:00;;;;Netværk;FMK;;Printer uden gruppe;
"""


@both_backends
class ImportedSearchTest(Searching):
    """Cases of other systems: found like the desk's own, by those who may see them, and erased."""

    def setUp(self):
        super().setUp()
        self.server.stop()
        self.first = self.history(HISTORY)
        self.server.start()
        self.own = self.agent.open(title="Printer i kælderen")

    def history(self, text, name="h.csv"):
        return self.imported("case-csv", self.file(name, text), "--source", "sn",
                             "--groups", self.file("groups.csv", GROUPS))["batch"]

    def n(self, *last):
        return [f"sn:INC000010{one}" for one in last]

    def test_titles_are_shown_and_cases_found(self):
        for text, last in (("rodovre", 1), ("ryger", 1), ("cosmic", 1), ("bodil kjaer", 1), ("INC0000101", 1),
                           ("sn:inc0000102", 2), ("værks", 2), ("netvaerkspoblem", 2), ("helmer", 2),
                           ("drift", 2), ("hgh platform", 2)):
            self.assertEqual(self.found(text)[:1], self.n(last), text)
            self.assertEqual(self.listed(text, view="all")[:1], self.n(last), text)
        self.assertEqual(self.found("printer"), [self.own] + self.n(4, 3, 1))  # one's own first
        self.assertEqual(self.listed("printer"), [self.own] + self.n(4, 3))
        self.assertEqual(self.listed("printer", view="closed"), self.n(1))
        self.assertEqual(self.listed("printer", view="all", system="FMK"), self.n(4, 3))
        hit = self.agent.get("/api/v1/search?q=ryger")["items"][0]
        self.assertEqual((hit["kind"], hit["title"], hit["state"], hit["snippet"]),
                         ("case", "Printer på Rødovre", "closed", "ryger (010190****)"))
        case = self.agent.get("/api/v1/cases/sn:INC0000101")
        self.assertEqual((case["title"], case["text"], case["caller"]["name"]),
                         ("Printer på Rødovre", "Den\nryger (010190****)", "Bodil Kjær"))
        titles = {c["number"]: c["title"] for c in self.agent.get("/api/v1/cases?view=all")["items"]}
        self.assertEqual(titles["sn:INC0000102"], "Netværksproblem")
        page = self.agent.send("GET", "/cases/sn:INC0000101")[2].decode()
        for words in ("<h1>Printer på Rødovre</h1>", "ryger (010190****)", "Bodil Kjær"):
            self.assertIn(words, page)
        self.assertEqual(self.agent.get("/api/v1/search?q=0101901111")["items"], [])
        met, cursor = [], ""
        while True:
            page = self.agent.get(f"/api/v1/cases?q=printer&view=all&limit=1&count=1{cursor}")
            met += [item["number"] for item in page["items"]]
            self.assertEqual(page["total"], 4)
            if page["next"] is None:
                break
            cursor = f"&cursor={quote(page['next'])}"
        self.assertEqual(met, [self.own] + self.n(4, 3, 1))

    def test_nobody_finds_what_they_may_not_see(self):
        bo = self.client("bo")  # of RH
        self.assertEqual(self.found("printer", bo), [self.own] + self.n(4, 3, 1))
        self.assertEqual(self.found("inc0000102 netværksproblem", bo), [])
        for view in ("open", "closed", "all"):
            for text in ("fmk", "netværk", "inc00001"):
                everything = self.listed(text, view=view)
                mine = self.listed(text, bo, view=view)
                self.assertEqual(mine, [n for n in everything if n != self.n(2)[0]], (view, text))
        self.assertEqual(bo.send("GET", "/api/v1/cases/sn:INC0000102")[0], 404)
        self.assertEqual(self.found("rødovre", self.client("rikke")), [])  # not their own

    def test_corrections_withdrawals_and_reindex(self):
        self.server.stop()
        second = self.history("Number;Opened;Assignment group;Short description\n"
                              "INC0000103;2016-01-06 08:00;Net;Labradoodle\n", "two.csv")
        self.verify()
        self.server.start()
        self.assertEqual(self.found("labradood"), self.n(3))
        self.assertEqual(self.found("langsom"), [])
        self.server.stop()
        self.ok("withdraw", self.data, second, "--why", "test")
        self.verify()
        self.ok("reindex", self.data)
        self.verify()
        self.server.start()
        self.assertEqual(self.found("labradood"), [])
        self.assertEqual(self.listed("printer", view="all"), [self.own] + self.n(4, 3, 1))
        self.server.stop()
        self.ok("withdraw", self.data, self.first, "--why", "test")
        self.verify()
        self.server.start()
        self.assertEqual(self.found("printer"), [self.own])
        self.assertEqual(self.found("inc0000101"), [])

    def test_import_while_the_server_runs(self):
        if self.backend == "postgresql":  # where a running server keeps the writer's lock
            self.server.stop()
        self.history("Number;Opened;Short description\nINC0000201;2016-02-01 08:00;Flagermus\n", "more.csv")
        if self.backend == "postgresql":
            self.server.start()
        self.assertEqual(self.found("lagermus"), ["sn:INC0000201"])
        new = self.agent.open(title="Flagermus igen")
        self.assertEqual(self.found("flagermus"), [new, "sn:INC0000201"])
        self.server.stop()
        self.verify()

    def test_an_erased_person_is_not_found_and_figures_stay(self):
        self.server.stop()
        rows = [{"number": "INC0000301", "opened_at": "2016-03-01 08:00:00", "short_description": "Fra Bodil Kjær",
                 "caller_id": "Bodil Kjær", "description": "Ring til Bodil Kjær"}]
        self.imported("case-csv", self.file("j.json", json.dumps(rows)), "--source", "json")
        before = self.figure("servicedesk.created", "2016")["rows"]
        self.ok("erase", self.data, "--phrase", "Bodil Kjær")
        self.verify()
        self.assertEqual(self.figure("servicedesk.created", "2016")["rows"], before)
        self.server.start()
        for text in ("bodil", "kjaer"):
            self.assertEqual(self.found(text), [], text)
        self.assertEqual(self.found("rødovre"), self.n(1))
        case = self.agent.get("/api/v1/cases/sn:INC0000101")
        self.assertEqual(case["caller"]["name"], "*" * len("Bodil Kjær".encode()))
        case = self.agent.get("/api/v1/cases/json:INC0000301")
        for field in (case["title"], case["text"], case["caller"]["name"]):
            self.assertNotIn("Bodil", field)
            self.assertIn("****", field)
        self.server.stop()
        self.refused("erase", self.data, "--phrase", "INC0000101")  # it decides what is counted
        self.verify()


if __name__ == "__main__":
    unittest.main()
