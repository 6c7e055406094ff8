"""Messages to users: whom they are for, who has read them, how they reach people, and the live board."""
import json
import re
import socket
import threading
import time
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

from desk import Client
from harness import KlarsynTest, both_backends, klarsyn
from mail_servers import SmtpSink
from server import PASSWORD, Server

ATOM = "{http://www.w3.org/2005/Atom}"
ORGS = """kind,code,name,parent,from,to,aliases
region,REG,Regionen,,2020-01-01,,
hospital,RH,Rigshospitalet,REG,2020-01-01,,
hospital,HGH,Herlev og Gentofte,REG,2020-01-01,,
department,RH1,Afsnit 3112,RH,2020-01-01,,
"""


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


class MessagesTest(KlarsynTest):
    people = {"lea": ("lead", ""), "anna": ("agent", ""), "ulla": ("user", "RH1"),
              "kim": ("user", "HGH"), "maskine": ("probe", ""), "eva": ("lead", ""),
              "ida": ("lead", "")}
    options = ()
    config = '[webhooks]\nprivate_hosts = ["127.0.0.1"]\n'

    def setUp(self):
        super().setUp()
        self.places()
        self.tokens = {}
        for name, (role, org) in self.people.items():
            options = ["--role", role] + (["--org", org] if org else [])
            if role != "probe":
                options += ["--mail", f"{name}@region.example"]
            done = klarsyn("user", self.data, "add", name, *options,
                           stdin=(PASSWORD + "\n").encode())
            self.assertEqual(done.code, 0, done)
            self.tokens[name] = self.ok("token", self.data, "add", name).out.split()[-1]
        self.server = Server(self.data, self.directory, "--config",
                             self.file("klarsyn.toml", self.config), *self.options).start()
        self.addCleanup(self.server.stop)
        self.lea, self.anna, self.ulla, self.kim, self.maskine, self.eva, self.ida = (
            Client(self.server, self.tokens[name]) for name in self.people)

    def places(self):
        self.ok("import", self.data, "org", self.file("org.csv", ORGS))

    def tell(self, **fields):
        fields = {"kind": "disturbance", "system": "FMK", "severity": "down",
                  "title": "FMK svarer ikke", "title_en": "FMK does not answer",
                  "text": "Ordinationer kan ikke hentes.", "advice": "Brug nødkortet.", **fields}
        return self.lea.post("/api/v1/notices", fields)["number"]

    def page(self, path, headers=None, status=200):
        found, head, body = self.server.request("GET", path, headers=headers or {})
        self.assertEqual(found, status, (path, body[:300]))
        return head, body.decode()

    def feed(self, query="", status=200):
        return json.loads(self.page("/api/v1/notices/feed" + query, status=status)[1])


@both_backends
class Reaching(MessagesTest):
    def test_a_message_is_for_a_system_a_place_and_a_role(self):
        everywhere = self.tell()
        self.tell(system="PACS", title="PACS er langsomt", severity="unstable", orgs=["RH"],
                  roles=["doctor", "imaging"])
        titles = lambda query: [one["title"] for one in self.feed(query)]
        self.assertEqual(titles(""), ["FMK svarer ikke", "PACS er langsomt"])
        self.assertEqual(titles("?place=HGH"), ["FMK svarer ikke"])
        self.assertEqual(len(titles("?place=RH1")), 2)  # a ward of the hospital
        self.assertEqual(len(titles("?place=REG")), 2)  # what the hospital belongs to
        self.assertEqual(titles("?place=RH&role=nurse"), ["FMK svarer ikke"])
        self.assertEqual(len(titles("?place=RH&role=doctor")), 2)
        self.assertEqual(titles("?system=PACS"), ["PACS er langsomt"])
        self.assertEqual(titles("?after=" + everywhere), ["PACS er langsomt"])
        self.assertEqual(titles("?after=" + urllib.parse.quote(utc(60))), [])
        self.assertEqual(self.server.request("GET", "/api/v1/notices/feed?after=i+g%C3%A5r")[0], 400)
        self.assertEqual(titles("?lang=en")[0], "FMK does not answer")
        status, _, answer = self.lea.ask("POST", "/api/v1/notices", {
            "kind": "message", "title": "x", "text": "x", "roles": ["gardener"]})
        self.assertEqual((status, answer["errors"][0]["pointer"]), (400, "/roles"))

    def test_the_feed_says_what_pop_ups_need_and_nothing_twice(self):
        number = self.tell(next_at=utc(1800), ack_required=True)
        head, text = self.page("/api/v1/notices/feed?place=RH")
        item = json.loads(text)[0]
        self.assertEqual(item["id"], number)
        self.assertEqual(item["version"], 1)
        self.assertEqual((item["severity"], item["state"], item["ack_required"]), ("down", "open", True))
        self.assertEqual(item["systems"], ["FMK"])
        self.assertIn("Brug nødkortet.", item["text"])
        self.assertRegex(item["next_message_at"], r"^\d{4}-.*Z$")
        same = self.server.request("GET", "/api/v1/notices/feed?place=RH",
                                   headers={"If-None-Match": head["ETag"]})
        self.assertEqual((same[0], same[2]), (304, b""))
        self.lea.post(f"/api/v1/notices/{number}/clear", {"text": "Alt kører."})
        item = self.feed("?place=RH")[0]
        self.assertEqual((item["version"], item["state"]), (2, "cleared"))
        self.assertEqual(item["title"], "Løst: FMK svarer ikke")
        self.assertIsNone(item["next_message_at"])

    def test_who_has_read_it_is_counted_by_place_and_listed(self):
        number = self.tell(ack_required=True)
        ack = f"/api/v1/notices/{number}/ack"
        for client in (self.ulla, self.kim, self.kim):  # a second time changes nothing
            self.assertEqual(client.ask("POST", ack, {})[0], 200)
        self.assertEqual(self.maskine.ask("POST", ack, {})[0], 400)  # for whom?
        for reader in ("PC-1/inge", "PC-2/bo"):
            self.assertEqual(self.maskine.ask("POST", ack, {"reader": reader, "place": "RH1"})[0], 200)
        self.assertEqual(self.server.request("POST", ack, "{}", {"Content-Type": "application/json"})[0], 401)
        acks = self.lea.get(f"/api/v1/notices/{number}/acks")
        self.assertEqual(acks["readers"], 4)
        self.assertEqual(acks["places"], [{"place": "RH1", "readers": 3}, {"place": "HGH", "readers": 1}])
        listed = self.lea.get(f"/api/v1/notices/{number}/acks?place=RH1")["items"]
        self.assertEqual({one["reader"] for one in listed}, {"ulla", "PC-1/inge", "PC-2/bo"})
        page = self.lea.ask("GET", f"/notices/{number}")[2]
        self.assertIn(f'/notices/{number}/acks?place=RH1">3</a>', page)
        self.assertIn("PC-1/inge", self.lea.ask("GET", f"/notices/{number}/acks?place=RH1")[2])
        self.assertEqual(self.ulla.ask("GET", f"/api/v1/notices/{number}/acks")[0], 403)
        # A correction is another wording: everybody is asked again, and the old answers stand.
        _, headers, _ = self.lea.ask("GET", f"/api/v1/notices/{number}")
        self.lea.ask("PATCH", f"/api/v1/notices/{number}", {"title": "FMK svarer langsomt"},
                     If_Match=headers["ETag"])
        self.assertEqual(self.lea.get(f"/api/v1/notices/{number}/acks")["readers"], 0)
        self.assertEqual(self.ulla.ask("POST", ack, {"version": 2})[0], 200)
        acks = self.lea.get(f"/api/v1/notices/{number}/acks")
        self.assertEqual((acks["readers"], len(acks["items"])), (1, 5))
        history = self.page(f"/notices/{number}/history")[1]
        self.assertIn("FMK svarer ikke", history)
        self.assertIn("FMK svarer langsomt", history)
        self.assertNotRegex(history, r"\blea\b")
        self.assertEqual(self.ulla.ask("POST", f"/api/v1/notices/{self.tell()}/ack", {})[0], 409)

    def test_feeds_are_valid_and_can_be_narrowed(self):
        self.tell(title="<b>&\"'")
        self.tell(system="PACS", title="PACS er nede", orgs=["HGH"])
        head, text = self.page("/status.atom")
        self.assertTrue(head["Content-Type"].startswith("application/atom+xml"))
        feed = ElementTree.fromstring(text)
        self.assertEqual([one.text for one in feed.iter(ATOM + "title")][1:], ["PACS er nede", "<b>&\"'"])
        for name in ("id", "updated", "title"):
            self.assertIsNotNone(feed.find(ATOM + name), name)
            for entry in feed.iter(ATOM + "entry"):
                self.assertTrue(entry.find(ATOM + name).text)
        ids = [one.find(ATOM + "id").text for one in feed.iter(ATOM + "entry")]
        self.assertEqual(len(ids), len(set(ids)))
        narrowed = ElementTree.fromstring(self.page("/status.atom?place=RH")[1])
        self.assertEqual(len(list(narrowed.iter(ATOM + "entry"))), 1)
        rss = ElementTree.fromstring(self.page("/status.rss?system=PACS")[1])
        self.assertEqual([one.find("title").text for one in rss.iter("item")], ["PACS er nede"])

    def test_new_cases_are_joined_and_their_callers_told(self):
        number = self.tell(orgs=["RH"], next_at=utc(3600))
        joined = self.anna.post("/api/v1/cases", {
            "title": "Kan ikke se medicin", "system": "FMK", "org": "RH1", "contact": "self_service",
            "caller": {"name": "Ulla", "account": "ulla"}})["number"]
        case = self.anna.get(f"/api/v1/cases/{joined}")
        links = [one["body"] for one in case["events"] if one["kind"] == "linked"]
        self.assertEqual([(one["to"], one["relation"]) for one in links], [(number, "notice")])
        words = [one for one in case["events"] if one["kind"] == "commented"]
        self.assertIn("Vi kender til problemet: FMK svarer ikke", words[0]["body"]["text"])
        self.assertIn("Vi kender til problemet", self.ulla.ask("GET", f"/my/{joined}")[2])
        # By phone the agent says it; another place, another system and no place are not about it.
        phone = self.anna.open(system="FMK", org="RH", contact="phone", caller={"name": "X"})
        kinds = [one["kind"] for one in self.anna.get(f"/api/v1/cases/{phone}")["events"]]
        self.assertIn("linked", kinds)
        self.assertNotIn("commented", kinds)
        for fields in ({"system": "FMK", "org": "HGH"}, {"system": "PACS", "org": "RH"}, {"system": "FMK"}):
            other = self.anna.open(**fields)
            self.assertNotIn("linked", [one["kind"] for one in self.anna.get(f"/api/v1/cases/{other}")["events"]])
        page = self.anna.ask("GET", f"/notices/{number}")[2]
        self.assertIn(f'/notices/{number}/cases">2</a>', page)
        listed = self.anna.ask("GET", f"/notices/{number}/cases")[2]
        self.assertIn(f"/cases/{joined}", listed)
        self.assertIn(f"/cases/{phone}", listed)
        self.lea.post(f"/api/v1/notices/{number}/clear", {})
        later = self.anna.open(system="FMK", org="RH1")
        self.assertNotIn("linked", [one["kind"] for one in self.anna.get(f"/api/v1/cases/{later}")["events"]])

    def test_an_approved_change_is_a_message_without_typing(self):
        change = self.lea.post("/api/v1/changes", {
            "title": "Intern titel på FMK-klient", "systems": ["FMK", "PACS"], "orgs": ["RH"],
            "impact": 3, "likelihood": 3, "planned_from": utc(86400 * 3),
            "planned_to": utc(86400 * 3 + 3600), "freeze_reason": "prøve",
            "collision_reason": "prøve"})["number"]
        self.assertEqual(self.feed(), [])  # asked for, not approved
        for member in (self.eva, self.ida):
            member.ask("POST", f"/api/v1/changes/{change}/approve", {})
        self.assertEqual(self.lea.get(f"/api/v1/changes/{change}")["state"], "approved")
        told = self.lea.get("/api/v1/notices")["items"]
        self.assertEqual({(one["kind"], one["system"], one["change"]) for one in told},
                         {("planned", "FMK", change), ("planned", "PACS", change)})
        status = self.page("/status")[1]
        self.assertIn("Planlagt arbejde på Fælles Medicinkort (FMK)", status)
        self.assertNotIn("Intern titel", status)
        self.assertEqual({one["state"] for one in self.feed()}, {"upcoming"})
        self.lea.post(f"/api/v1/changes/{change}/schedule", {
            "planned_from": utc(86400 * 4), "planned_to": utc(86400 * 4 + 3600),
            "freeze_reason": "prøve", "collision_reason": "prøve"})
        moved = self.lea.get("/api/v1/notices")["items"]
        self.assertEqual([one["number"] for one in moved], [one["number"] for one in told])
        self.assertNotEqual(moved[0]["starts_at"], told[0]["starts_at"])
        self.lea.post(f"/api/v1/changes/{change}/cancel", {"reason": "Leverandøren er syg"})
        self.assertEqual(self.lea.get("/api/v1/notices")["items"], [])
        self.assertIn("Arbejdet er taget af planen.", self.page("/status")[1])
        self.server.stop()
        self.assertEqual(self.ok("verify", self.data).code, 0)


class Mail(MessagesTest):
    options = ("--public-url", "https://klarsyn.example")

    def setUp(self):
        self.sink = SmtpSink()
        self.addCleanup(self.sink.stop)
        self.config = f"""
[mail]
address = "drift@region.example"
[mail.smtp]
url = "{self.sink.url}"
tls = "none"
"""
        super().setUp()

    def letters_to(self, name):
        return [message.get_body().get_content() for to, message, _ in self.sink.letters
                if to == f"{name}@region.example"]

    def test_people_subscribe_and_unsubscribe_by_the_link(self):
        subscription = self.ulla.post("/api/v1/notices/subscriptions", {"system": "FMK", "org": "RH"})
        again = self.ulla.post("/api/v1/notices/subscriptions", {"system": "FMK", "org": "Rigshospitalet"})
        self.assertEqual(subscription["id"], again["id"])
        self.kim.post("/api/v1/notices/subscriptions", {})
        self.assertEqual(self.ulla.ask("POST", "/api/v1/notices/subscriptions", {"system": "Nonsens"})[0], 400)
        self.tell(orgs=["HGH"], title="Kun i Herlev")  # another place than Ulla's
        number = self.tell(orgs=["RH1"])               # a ward of hers
        self.sink.wait(3)
        self.assertEqual(sorted(to for to, _, _ in self.sink.letters),
                         ["kim@region.example"] * 2 + ["ulla@region.example"])
        self.lea.post(f"/api/v1/notices/{number}/clear", {"text": "Alt kører."})
        self.sink.wait(5)
        first, last = self.letters_to("ulla")
        for words in ("FMK svarer ikke", "Ordinationer kan ikke hentes.", "Hvor: Afsnit 3112",
                      "Det kan du gøre: Brug nødkortet."):
            self.assertIn(words, first)
        self.assertIn("Alt kører.", last)
        self.assertIn("Det virker igen.", last)
        link = re.search(r"https://klarsyn.example(/unsubscribe/\S+)", last).group(1)
        for _ in range(2):  # opening it changes nothing; pressing the button does, once
            self.assertIn("Afmeld", self.page(link)[1])
        self.assertEqual(len(self.ulla.get("/api/v1/notices/subscriptions")["items"]), 1)
        for _ in range(2):
            self.assertEqual(self.server.request("POST", link)[0], 303)
        self.assertEqual(self.ulla.get("/api/v1/notices/subscriptions")["items"], [])
        subscription = self.ulla.post("/api/v1/notices/subscriptions", {"system": "FMK"})
        page = self.ulla.ask("GET", "/my/messages")[2]
        self.assertIn("Fælles Medicinkort (FMK)", page)
        self.assertEqual(self.kim.ask("DELETE", f"/api/v1/notices/subscriptions/{subscription['id']}")[0], 404)
        self.assertEqual(self.ulla.ask("DELETE", f"/api/v1/notices/subscriptions/{subscription['id']}")[0], 204)
        self.assertEqual(self.ulla.get("/api/v1/notices/subscriptions")["items"], [])
        self.assertEqual(self.server.request("POST", "/unsubscribe/1-falsk")[0], 404)

    def test_one_click_ends_a_subscription_without_a_page(self):
        """RFC 8058: what a mail program sends when somebody presses its own button."""
        self.kim.post("/api/v1/notices/subscriptions", {"system": "FMK"})
        self.ulla.post("/api/v1/notices/subscriptions", {"system": "FMK"})
        self.tell()
        self.sink.wait(2)
        to, letter, _ = next(one for one in self.sink.letters if one[0] == "kim@region.example")
        self.assertEqual(letter["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        link = re.fullmatch(r"<https://klarsyn\.example(/unsubscribe/\S+)>", letter["List-Unsubscribe"]).group(1)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for _ in range(2):  # programs try again
            status, head, body = self.server.request("POST", link, "List-Unsubscribe=One-Click", form)
            self.assertEqual((status, head["Location"], head["Set-Cookie"]), (200, None, None))
        self.assertEqual(self.kim.get("/api/v1/notices/subscriptions")["items"], [])
        self.assertEqual(len(self.ulla.get("/api/v1/notices/subscriptions")["items"]), 1)
        self.tell(title="Endnu en")
        self.sink.wait(3)
        self.assertEqual([one for one, _, _ in self.sink.letters[2:]], ["ulla@region.example"])

    def test_a_subscription_can_be_of_a_staff_group(self):
        nurse = {"system": "PACS", "role": "nurse"}
        self.assertEqual(self.ulla.post("/api/v1/notices/subscriptions", nurse)["role"], "nurse")
        self.assertIsNone(self.kim.post("/api/v1/notices/subscriptions", {"system": "PACS"})["role"])
        status, _, answer = self.ulla.ask("POST", "/api/v1/notices/subscriptions", {"role": "gardener"})
        self.assertEqual((status, answer["errors"][0]["pointer"]), (400, "/role"))
        self.assertIn("Plejepersonale", self.ulla.ask("GET", "/my/messages")[2])
        self.tell(system="PACS", title="Kun læger", roles=["doctor"])
        self.tell(system="PACS", title="Pleje og læger", roles=["doctor", "nurse"])
        self.tell(system="PACS", title="Alle")
        self.sink.wait(5)
        subjects = lambda name: [letter["Subject"].split(": ")[1] for to, letter, _ in self.sink.letters
                                 if to == f"{name}@region.example"]
        self.assertEqual(subjects("ulla"), ["Pleje og læger", "Alle"])
        self.assertEqual(subjects("kim"), ["Kun læger", "Pleje og læger", "Alle"])


class Board(MessagesTest):
    def events(self, client, query):
        """A stream's events, as they come."""
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        connection.request("GET", "/api/v1/events" + query,
                           headers={"Authorization": f"Bearer {client.token}"})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.addCleanup(connection.close)
        kind = ""
        while True:
            line = answer.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line[7:]
            if line.startswith("data: "):
                yield kind, json.loads(line[6:])

    def test_a_commit_is_told_to_who_looks_and_only_to_them(self):
        self.assertEqual(self.ulla.ask("GET", "/now")[0], 403)
        page = self.anna.ask("GET", "/now")[2]
        self.assertIn('http-equiv="refresh"', page)
        self.assertIn('<p class="k-big k-none">–</p>', page)  # no phone: unknown, not zero
        stream = self.events(self.anna, "?watch=board")
        first = next(data for kind, data in stream if kind == "board")
        self.assertEqual(first["from"], -1)
        self.assertEqual(len(first["parts"]), 7)
        plain = self.events(self.ulla, "?watch=board")
        next(plain)
        threading.Timer(0.3, lambda: self.anna.open("Ny sag")).start()
        change = next(data for kind, data in stream if kind == "board")
        self.assertEqual(change["from"], first["seq"])
        self.assertEqual([one["id"] for one in change["parts"]], ["now-cases"])
        self.assertIn('"1"', json.dumps(change["parts"][0]["tree"]))
        self.tell()
        heard = [kind for kind, _ in (next(plain), )]
        self.assertEqual(heard, ["notice"])  # and no board

    def test_numbers_open_their_records(self):
        self.anna.open("En sag")
        page = self.anna.ask("GET", "/now")[2]
        href = re.search(r'id="now-cases".*?href="([^"]+)">1</a>', page, re.S).group(1)
        status, _, records = self.anna.ask("GET", href.replace("&amp;", "&"))
        self.assertEqual(status, 200)
        self.assertIn("K1", records)
        wall = self.anna.ask("GET", "/now?wall=1")[2]
        self.assertIn('class="k-wall"', wall)
        self.assertNotIn("<nav", wall)


class Status(MessagesTest):
    def test_everybody_gets_the_same_prepared_bytes_and_news_at_once(self):
        head, before = self.page("/status", {"Accept-Language": "da"})
        self.assertIn("Vi kender ikke til driftsforstyrrelser", before)
        for _ in range(20):  # until it is prepared
            again = self.server.request("GET", "/status", headers={"Accept-Language": "da",
                                                                   "If-None-Match": head["ETag"]})
            if again[0] == 304:
                break
            head = again[1]
        self.assertEqual(again[0], 304)
        self.tell()
        self.assertIn("virker ikke", self.page("/status")[1])
        packed = self.server.request("GET", "/status", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(packed[1]["Content-Encoding"], "gzip")
        self.assertIn("does not work (everywhere)", self.page("/status", {"Accept-Language": "en"})[1])
        end = time.monotonic() + 10  # until it is prepared anew; readers answer meanwhile
        while "Accept-Language" not in self.page("/status")[0]["Vary"]:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)
        self.assertIn("virker ikke", self.page("/status")[1])

    def test_what_leaves_whole_is_what_the_usual_way_answers(self):
        def ask(*lines, target="/status", close=True):
            head = [f"GET {target} HTTP/1.1", "Host: klarsyn", "Accept-Language: da", *lines]
            if close:
                head.append("Connection: close")
            return ("\r\n".join(head) + "\r\n\r\n").encode()

        def parts(content):
            head, body = content.split(b"\r\n\r\n", 1)
            lines = head.split(b"\r\n")
            self.assertEqual(sum(line.startswith(b"Date: ") for line in lines), 1)
            return [line for line in lines if not line.startswith(b"Date: ")], body

        end = time.monotonic() + 20
        while "Accept-Language" not in self.page("/status")[0]["Vary"]:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)
        for packing in ("gzip, br", "identity"):
            # A cookie of nobody's session: the request is read the usual way.
            plain = parts(self.server.raw(ask(f"Accept-Encoding: {packing}")))
            usual = parts(self.server.raw(ask(f"Accept-Encoding: {packing}", "Cookie: other=1")))
            self.assertEqual(plain, usual)
            self.assertEqual(plain[0][0], b"HTTP/1.1 200 OK")
            self.assertIn(b"Content-Length: %d" % len(plain[1]), plain[0])
            (tag,) = [line[6:] for line in plain[0] if line.startswith(b"ETag: ")]
            known = [f"Accept-Encoding: {packing}", f"If-None-Match: {tag.decode()}"]
            kept = parts(self.server.raw(ask(*known)))
            self.assertEqual(kept[0][0], b"HTTP/1.1 304 Not Modified")
            self.assertEqual(kept, parts(self.server.raw(ask(*known, "Cookie: other=1"))))
        # Several in one packet are answered in order; the last one ends the connection.
        content = self.server.raw(ask(close=False) + ask(target="/readyz", close=False) + ask())
        self.assertEqual(content.count(b"HTTP/1.1 200 OK"), 3)
        self.assertEqual(content.count(b"Connection: close"), 1)
        # Piece by piece is the same request.
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as link:
            for piece in (b"GET /sta", b"tus HTTP/1.1\r\nHost: x\r\nConn", b"ection: close\r\n\r\n"):
                link.sendall(piece)
                time.sleep(0.05)
            self.assertTrue(link.recv(65536).startswith(b"HTTP/1.1 200 OK"))

    def test_ninety_days_by_the_worst_and_grey_where_nobody_measured(self):
        self.tell(starts_at=utc(-86400 * 2))
        page = self.page("/status")[1]
        strip = re.findall(r'<svg class="k-strip".*?</svg>', page, re.S)[1]  # FMK is the second
        shapes = re.findall(r'class="k-d-(\w+)"', strip)
        self.assertEqual(len(shapes), 90)
        self.assertEqual(shapes[-3:], ["red"] * 3)
        self.assertEqual(set(shapes[:-3]), {"none"})
        self.assertIn("3 med nedbrud, 87 ikke målt", page)
        own = self.page("/status/FMK")[1]
        self.assertEqual(own.count('<th scope="row">'), 90)
        self.assertIn('href="/notices/N1"', own)
        day = time.strftime("%Y-%m-%d", time.localtime())
        self.assertIn('#d', strip)
        self.assertIn('id="d', own)
        self.page("/status/Ukendt", status=404)


if __name__ == "__main__":
    unittest.main()
