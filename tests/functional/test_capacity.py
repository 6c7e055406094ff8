"""Readings of power and storage: figures, corrections, bad input, as known earlier."""
import csv
import io
import unittest

from harness import KlarsynTest, both_backends

import capacity_readings

HEADER = "time,kind,place,unit_name,used,total,unit\n"
FIGURES = ("power_used_share", "power_used", "power_free", "storage_used", "storage_total",
           "storage_free", "storage_used_share")


@both_backends
class Readings(KlarsynTest):
    def readings(self, rows, *options, name="r.csv"):
        return self.imported("reading-csv", self.file(name, HEADER + rows), *options)

    def test_the_last_reading_by_place(self):
        self.readings("2013-03-31 12:00,power,HVH,A,280,300,kW\n"
                      "2013-04-30 12:00,power,HVH,A,270,300,kW\n"
                      "2013-04-30 12:00,power,HVH,B,0.27,0.3,MW\n"
                      "2013-04-30 12:00,power,RH,A,450001,500000,W\n"
                      "2013-04-30 12:00,storage,RH,lager 1,3.25,4,TB\n"
                      "2013-04-30 12:00,storage,RH,lager 2,1,1,TiB\n")
        rows = {row["place"]: row for row in
                self.figure("capacity.power_used_share", "2013-04", "place")["rows"]}
        self.assertEqual((rows["HVH"]["num"], rows["HVH"]["den"], rows["HVH"]["status"]),
                         (540000, 600000, "green"))
        self.assertEqual((rows["RH"]["num"], rows["RH"]["status"]), (450001, "red"))
        self.assertEqual(self.num("capacity.power_used_share", "2013-03"), 280000)
        self.assertEqual(self.num("capacity.storage_used", "2013-04"), 3250000000000 + 1024 ** 4)
        self.assertEqual(self.num("capacity.storage_total", "2013-04"), 4000000000000 + 1024 ** 4)
        records = self.records("capacity.power_used_share", "2013-04", ["place=HVH"])
        self.assertEqual(sorted(r["used"] for r in records), [270000, 270000])
        self.verify()

    def test_again_corrected_withdrawn_and_as_of(self):
        row = "2013-04-30 12:00,power,HVH,A,{},300,kW\n"
        first = self.readings(row.format(270))
        again = self.readings(row.format(270))
        self.assertEqual((again["new"], again["unchanged"]), (0, 1))
        other = self.readings(row.format(200))
        self.assertEqual((other["new"], other["changed"]), (0, 1))
        self.assertEqual(self.num("capacity.power_used", "2013-04"), 200000)
        self.assertEqual(self.num("capacity.power_used", "2013-04", as_of=first["batch"][1:]), 270000)
        self.ok("withdraw", self.data, other["batch"], "--why", "wrong meter")
        self.assertEqual(self.num("capacity.power_used", "2013-04"), 270000)
        self.verify()

    def test_bad_rows_are_named_and_the_rest_counts(self):
        batch = self.readings("2013-04-30 12:00,power,HVH,A,270,300,kW\n"
                              "2013-04-30 12:00,power,RH,A,2,3,TB\n"
                              "2013-02-30 12:00,power,RH,A,2,3,kW\n"
                              "2013-04-30 12:00,power,RH,A,two,3,kW\n", "--max-rejects", "80")
        self.assertEqual((batch["read"], batch["new"], batch["rejected"]), (4, 1, 3))
        rejects = self.rejects(batch["batch"])
        self.assertEqual([(r["line"], r["field"]) for r in rejects],
                         [(3, "unit"), (4, "time"), (5, "used")])
        self.assertEqual(self.num("capacity.power_used", "2013-04"), 270000)
        held = self.run_klarsyn("import", self.data, "reading-csv",
                                self.file("bad.csv", HEADER + "soon,power,RH,A,2,3,kW\n"),
                                "--source", "other", env={"KLARSYN_LANG": "da"})
        self.assertEqual(held.code, 1, held)
        for word in ("bad.csv", "linje 2", "time", "soon"):
            self.assertIn(word, held.err)
        refused = self.refused("import", self.data, "reading-csv", self.file("no.csv", "time\n"),
                               env={"KLARSYN_LANG": "en"})
        self.assertIn("kind, place, used, total, unit", refused.err)

    def test_a_reading_that_lacks_something_is_missing_not_zero(self):
        self.readings("2013-04-29 12:00,storage,RH,s,2,4,TB\n2013-04-30 12:00,storage,RH,s,,4,TB\n")
        row = self.row("capacity.storage_used", "2013-04")
        self.assertEqual((row["num"], row["records"], row["gap_records"]), (0, 0, 1))
        self.assertEqual(self.num("capacity.storage_total", "2013-04"), 4000000000000)

    def test_danish_files_with_a_mapping(self):
        mapping = self.file("m.toml", "[columns]\ntime = 'Aflæst'\n[constants]\nkind = 'power'\n"
                                      "unit = 'kW'\n[values.place]\n'Hvidovre' = 'HVH'\n")
        path = self.file("d.csv", "Aflæst;Sted;Enhed;Forbrugt;Kapacitet\n"
                                  "30.04.2013 kl. 12.00;Hvidovre;A;1.270,5;1.500\n".encode("latin-1"))
        self.imported("reading-csv", path, "--mapping", mapping)
        self.assertEqual(self.nums("capacity.power_used", "2013-04", "place"), {"HVH": 1270500})

    def test_the_decimal_mark_is_told_by_the_numbers(self):
        rows = "2013-04-30 12:00,power,HVH,A,270.125,300,kW\n2013-04-30 12:00,power,RH,A,270.5,300,kW\n"
        table = HEADER + rows
        for name, text in (("points", table.replace(",", ";")),
                           ("tabs", table.replace(",", "\t").replace(".", ","))):
            batch = self.imported("reading-csv", self.file(f"{name}.csv", text), "--source", name)
            self.assertEqual(self.nums("capacity.power_used", "2013-04", "place"),
                             {"HVH": 270125, "RH": 270500}, name)
            self.ok("withdraw", self.data, batch["batch"], "--why", "next")
        self.verify()

    def test_the_oracle_agrees_on_made_up_readings(self):
        text = capacity_readings.make(seed=20130401, days=40)
        self.imported("reading-csv", self.file("made.csv", text))
        rows = list(csv.DictReader(io.StringIO(text)))
        for figure in FIGURES:
            for period in ("2013-02", "2013-03", "2013-04", "2013-W12"):
                expected = capacity_readings.answer(rows, figure, period)
                got = {row["place"]: (row["num"], row["den"], row["records"]) for row in
                       self.figure(f"capacity.{figure}", period, "place")["rows"]
                       if row["records"]}
                self.assertEqual(got, expected, (figure, period))


if __name__ == "__main__":
    unittest.main()
