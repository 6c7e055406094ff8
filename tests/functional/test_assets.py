"""Registers of equipment and devices: figures by day, two registers merged, findings, relations."""
import datetime
import unittest

from harness import KlarsynTest, both_backends
from server import Browser, Server, add_user

import registers

ASSETS = "id,kind,model,place,owner,base_date,status,from,to\n"
RELATIONS = "from,relation,to,from_day,to_day\n"


class Pages(KlarsynTest):
    def browser(self):
        """A reader's browser; the server stops with `self.stop()`."""
        add_user(self.data, "lise", "reader")
        server = Server(self.data, self.directory).start()
        self.stop = server.stop
        self.addCleanup(server.stop)
        browser = Browser(server)
        browser.login("lise")
        return browser


@both_backends
class Assets(KlarsynTest):
    def assets(self, rows, *options, name="a.csv"):
        return self.imported("asset-csv", self.file(name, ASSETS + rows), *options)

    def test_a_pc_is_over_age_from_its_base_date_plus_four_years(self):
        self.assets("PC1,pc,X,HVH,IT,2009-04-15,in_use,2009-04-20,\n"
                    "PC2,pc,X,RH,IT,,in_use,2010-01-01,\n"
                    "PC3,pc,X,RH,IT,2008-02-29,in_use,2008-03-01,2013-04-14\n"
                    "SRV1,server,Y,HVH,IT,2005-01-01,konsolideret,2012-01-01,\n")
        over = {day: self.num("assets.pcs_over_age", day) for day in
                ("2012-02-28", "2012-02-29", "2013-04-14", "2013-04-15", "2013-04")}
        self.assertEqual(over, {"2012-02-28": 0, "2012-02-29": 1, "2013-04-14": 1,
                                "2013-04-15": 1, "2013-04": 1})
        self.assertEqual(self.records("assets.pcs_over_age", "2013-04")[0]["asset"], "PC1")
        self.assertEqual(self.nums("assets.pcs", "2013-04", "age"), {"4": 1, "unknown": 1})
        self.assertEqual(self.num("assets.pcs_age_unknown", "2013-04"), 1)
        self.assertEqual(self.nums("assets.servers", "2013-04", "state"), {"consolidated": 1})
        # Before the day comes: what will be if nothing changes.
        self.assertEqual(self.nums("assets.pcs", "2014-04-15", "age"), {"5+": 1, "unknown": 1})
        row = self.row("assets.pcs", "2013-04")
        self.assertFalse(row["gap"])
        self.verify()

    def test_again_corrected_withdrawn_and_as_of(self):
        row = "PC1,pc,X,{},IT,2012-01-01,in_use,2012-01-01,\n"
        first = self.assets(row.format("HVH"))
        again = self.assets(row.format("HVH"))
        self.assertEqual((again["new"], again["unchanged"]), (0, 1))
        moved = self.assets(row.format("RH"))
        self.assertEqual(moved["changed"], 1)
        self.assertEqual(self.nums("assets.pcs", "2013-04", "place"), {"RH": 1})
        gone = self.assets("PC1,pc,,,,,kasseret,2013-02-01,\n")
        self.assertEqual(self.num("assets.pcs", "2013-01"), 1)
        self.assertEqual(self.num("assets.pcs", "2013-02"), 0)
        rows = self.figure("assets.pcs", "2013-02", "place", as_of=first["batch"][1:])["rows"]
        self.assertEqual([(r["place"], r["num"]) for r in rows], [("HVH", 1)])
        self.ok("withdraw", self.data, gone["batch"], "--why", "it is still there")
        self.assertEqual(self.num("assets.pcs", "2013-02"), 1)
        self.verify()

    def test_bad_rows_are_named_and_the_rest_counts(self):
        batch = self.assets("PC1,pc,,HVH,,2012-01-01,,,\n"
                            ",pc,,HVH,,2012-01-01,,,\n"
                            "PC2,printer,,HVH,,2012-01-01,,,\n"
                            "PC3,pc,,HVH,,soon,,,\n"
                            "PC4,pc,,HVH,,31-02-2012,,2012-01-01,\n"
                            "PC5,pc,,HVH,,,lost,,\n", "--max-rejects", "80")
        self.assertEqual([(r["line"], r["field"]) for r in self.rejects(batch["batch"])],
                         [(3, "id"), (4, "kind"), (5, "base_date"), (7, "status")])
        self.assertEqual(self.nums("assets.pcs", "2012-12", "age"), {"0": 1, "unknown": 1})
        done = self.run_klarsyn("import", self.data, "asset-csv",
                                self.file("bad.csv", ASSETS + "PC9,printer,,,,,,,\n"), "--source",
                                "other", env={"KLARSYN_LANG": "da"})
        self.assertEqual(done.code, 1)
        for word in ("bad.csv", "linje 2", "kind", "printer", "[values.kind]"):
            self.assertIn(word, done.err)

    def test_without_a_register_nothing_is_found(self):
        self.assertIn("ikke fundet noget", self.ok("registers", self.data, "--lang", "da").out)

    def test_the_oracle_agrees_day_by_day(self):
        text = registers.make_assets(20130401, 300)
        self.imported("asset-csv", self.file("made.csv", text))
        for day in ("2009-02-28", "2009-03-01", "2011-06-30", "2012-02-29", "2013-04-30",
                    "2014-12-31"):
            for by in ("age", "place"):
                expected, over = registers.pcs(text, datetime.date.fromisoformat(day), by)
                self.assertEqual(self.nums("assets.pcs", day, by), expected, (day, by))
                self.assertEqual(self.nums("assets.pcs_over_age", day, by), over, (day, by))


@both_backends
class Devices(Pages):
    def test_overdue_from_the_day_after_until_it_is_done(self):
        header = "udi,serial,model,manufacturer,kind,place,owner,purchased,price," \
                 "maintenance_every,last_maintained,next_due,status\n"
        self.imported("device-csv", self.file("jan.csv", header +
                      ",SN-1,CT 1,GE,ct,HGH,Radiologi,2010-01-01,\"1000000.50\",12,,2013-04-10,\n"
                      ",SN-2,CT 1,GE,ct,RH,Radiologi,2010-01-01,,,,,\n"))
        self.assertEqual(self.num("assets.devices_overdue", "2013-04-10"), 0)
        self.assertEqual(self.num("assets.devices_overdue", "2013-04-11"), 1)
        self.assertEqual(self.nums("assets.devices", "2013-04", "maintenance"),
                         {"overdue": 1, "unknown": 1})
        self.imported("device-csv", self.file("may.csv", header +
                      ",sn1,CT 1,GE Healthcare,ct,HGH,Radiologi,,,,2013-04-20,2014-04-20,\n"))
        self.assertEqual(self.num("assets.devices_overdue", "2013-04-19"), 1)
        self.assertEqual(self.num("assets.devices_overdue", "2013-04-20"), 0)
        self.assertEqual(self.num("assets.maintenance_done", "2013-04"), 1)
        row = self.row("assets.maintenance_in_time", "2013-04")
        self.assertEqual((row["num"], row["den"]), (0, 1))
        self.assertEqual(self.num("assets.devices", "2013-04"), 2)
        self.verify()

    def test_two_registers_become_one_with_a_report(self):
        capital = self.file("h.toml", "[constants]\nregister = 'Region Hovedstaden'\n")
        zealand = self.file("s.toml", "[columns]\nserial = 'Apparatnr'\nmanufacturer = 'Fabrikat'\n"
                                      "model = 'Type'\nplace = 'Afsnit'\nnext_due = 'Næste eftersyn'\n"
                                      "kind = 'Art'\n"
                                      "[constants]\nregister = 'Region Sjælland'\n"
                                      "[known]\nmodel = ['CT 1', 'CR 9']\n")
        self.imported("device-csv", self.file("h.csv",
                      "serial,manufacturer,model,place,next_due\nSN-1,GE,CT 1,HGH,2013-04-10\n"
                      "SN-9,Agfa,CR 9,RH,2013-05-10\nSN-9,Agfa,CR 9,RH,2013-05-10\n"),
                      "--source", "medico", "--mapping", capital)
        self.imported("device-csv", self.file("s.csv",
                      "Apparatnr;Fabrikat;Type;Afsnit;Næste eftersyn;Art\n"
                      "SN1;GE Healthcare;CT 1;SUH;;x\nSN2;Agfa;CX;SUH;31-02-2013;x\n"
                      "SN9;Philips;CR 9;SUH;;x\n".encode("cp1252")),
                      "--source", "medico", "--mapping", zealand)
        self.assertEqual(self.num("assets.devices", "2013-04"), 4)
        browser = self.browser()
        answer = browser.json("/api/v1/registers/findings", limit=100)
        found = {(f["what"], f["thing"], f["field"]) for f in answer["findings"]}
        for expected in (("merged", "SN1", "serial"), ("differs", "SN1", "place"),
                         ("duplicate", "SN-9", "serial"), ("unknown_model", "SN2", "model"),
                         ("impossible_date", "SN2", "next_due"), ("same_serial", "SN9", "serial")):
            self.assertIn(expected, found)
        for count in answer["counts"]:  # each number opens as many
            of = {name: count[name] for name in ("what", "field", "source")}
            self.assertEqual(len(browser.json("/api/v1/registers/findings", limit=100,
                                                     **of)["findings"]), count["count"], of)
        told = self.ok("registers", self.data, "--json").json()
        self.assertEqual({(f["what"], f["thing"], f["field"]) for f in told["findings"]}, found)
        self.assertEqual(told["counts"], answer["counts"])
        merged = self.ok("registers", self.data, "--what", "merged", "--lang", "da").out
        self.assertIn("Samlet fra to registre", merged)
        self.assertIn("SN1: Ét apparat i ", merged)
        self.assertNotIn("SN2", merged)
        self.stop()
        self.verify()

    def test_the_oracle_agrees_day_by_day(self):
        text = registers.make_devices(20130401, 200)
        self.imported("device-csv", self.file("made.csv", text))
        for day in ("2011-03-31", "2012-02-29", "2012-12-31", "2013-04-30", "2014-06-30"):
            expected = registers.devices(text, datetime.date.fromisoformat(day))
            self.assertEqual(self.nums("assets.devices", day, "maintenance"), expected, day)
            self.assertEqual(self.num("assets.devices_overdue", day), expected.get("overdue", 0))


@both_backends
class Empty(Pages):
    def test_registers_without_anything_are_shown_as_of_now(self):
        browser = self.browser()
        for page in ("/assets", "/devices", "/capacity"):
            status, _, content = browser.get(page)
            self.assertEqual(status, 200)
            self.assertNotIn(b"1970-01", content, page)


class Relations(Pages):
    def test_who_is_affected_on_a_day(self):
        self.imported("relation-csv", self.file("r.csv", RELATIONS +
                      "EPM,runs_on,SRV1,2012-01-01,2013-03-31\nEPM,runs_on,SRV2,2013-04-01,\n"
                      "SRV1,located_in,HVH,,\nSRV2,located_in,HVH,,\nEPM,used_at,Herlev,,\n"
                      "HVH,depends_on,EPM,2013-06-01,\n"))
        self.imported("asset-csv", self.file("a.csv", ASSETS +
                      "SRV2,server,DL380,HVH,IMT,2013-01-01,in_use,2013-01-01,\n"))
        browser = self.browser()

        def affected(of, day):
            answer = browser.json("/api/v1/affected", of=of, day=day)
            return {a["thing"]: a["steps"] for a in answer["affected"]}
        self.assertEqual(affected("SRV1", "2013-03-31"), {"EPM": 1, "Herlev": 2})
        self.assertEqual(affected("SRV1", "2013-04-01"), {})
        self.assertEqual(affected("hvh", "2013-04-01"),
                         {"SRV1": 1, "SRV2": 1, "EPM": 2, "Herlev": 3})
        self.assertEqual(affected("SRV2", "2013-06-01"),
                         {"EPM": 1, "HVH": 2, "Herlev": 2, "SRV1": 3})
        self.assertEqual(browser.get("/api/v1/affected")[0], 400)
        self.assertEqual(browser.get("/api/v1/affected?of=x&day=soon")[0], 400)
        status, _, page = browser.get("/equipment/SRV2")
        self.assertEqual(status, 200)
        self.assertIn(b"Herlev", page)
        for address in ("/assets?period=2013-04&q=srv-2", "/devices?period=2013-04&place=RH",
                        "/registers/quality", "/capacity?period=2013-04"):
            self.assertEqual(browser.get(address)[0], 200, address)
        self.assertEqual(browser.get("/equipment/none")[0], 404)
        self.stop()
        self.verify()

    def test_bad_rows_are_named(self):
        batch = self.imported("relation-csv", self.file("r.csv", RELATIONS +
                              "A,runs_on,B,,\nA,,B,,\nA,runs_on,a,,\nA,runs_on,C,2013-02-30,\n"),
                              "--max-rejects", "80")
        self.assertEqual([(r["line"], r["field"]) for r in self.rejects(batch["batch"])],
                         [(3, "relation"), (4, "to"), (5, "from_day")])


if __name__ == "__main__":
    unittest.main()
