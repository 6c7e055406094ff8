"""Files on cases: kept as they came, named harmlessly, fetched only to be saved, only by who may.
The corpus: path traversal, zero width, direction marks, polyglots, huge, empty."""
import json
import os
import unittest
from urllib.parse import quote

from desk_people import DeskTest

CPR = "010203-1234"
NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\system.ini": "system.ini",
    "C:\\fil.txt": "fil.txt",
    "/absolut/sti.txt": "sti.txt",
    "a\u200bb.png": "ab.png",                      # zero width (FreeScout CVE-2026-28289)
    "faktura\u202egnp.exe": "fakturagnp.exe",      # right-to-left override
    "linje\r\nSet-Cookie: x=1.txt": None,
    "citat\"; filename=evil.html": None,
    "con.txt": "_con.txt",
    ".htaccess": None,
    "a" * 400 + ".png": None,
    "skærmbillede æøå.png": "skærmbillede æøå.png",
    f"{CPR} journal.pdf": "xxxxxx-xxxx journal.pdf",
    "": None,
    "...": None,
    "<img src=x onerror=alert(1)>.png": None,
    "%2e%2e%2fetc": None,
}
CONTENTS = {
    "html": b"<!doctype html><script>alert(document.domain)</script>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "gif and script": b"GIF89a/*" + b"\0" * 40 + b"*/=1;alert(1)",
    "pdf and zip": b"%PDF-1.4\n" + b"PK\x03\x04" + b"\0" * 40,
    "zip that says it is big": b"PK\x03\x04" + b"\xff" * 60,
    "executable": b"MZ" + b"\0" * 100,
    "every byte": bytes(range(256)) * 3,
    "one byte": b"x",
    "three pieces": os.urandom(600_000),
}


class AttachmentTest(DeskTest):
    def accounts(self):
        self.add_account("anna", "agent")
        self.add_account("bo", "agent", "--org", "RH")
        self.add_account("rikke", "user")
        self.add_account("ulla", "user")

    def attach(self, number, content, name="fil.bin", visibility="internal", client=None, **headers):
        return (client or self.agent).send(
            "POST", f"/api/v1/cases/{number}/attachments", None, content, **{
                "Content_Type": "application/octet-stream", "X_Visibility": visibility,
                "Content_Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
                **headers})

    def files(self, number, client=None):
        return (client or self.agent).get(f"/api/v1/cases/{number}/attachments")["items"]

    def fetch(self, number, file, client=None):
        return (client or self.agent).send("GET", f"/api/v1/cases/{number}/attachments/{file}")

    def test_names_become_harmless(self):
        number = self.agent.open()
        for sent, wanted in NAMES.items():
            status, _, body = self.attach(number, b"x", sent)
            self.assertEqual(status, 200, (sent, body))
            name = body["attachments"][-1]["name"]
            if wanted is not None:
                self.assertEqual(name, wanted, sent)
            self.assertTrue(0 < len(name.encode()) <= 120, sent)
            self.assertFalse(set(name) & set("/\\\r\n\0\"<>|:*?") or name.startswith("."), (sent, name))
            status, headers, _ = self.fetch(number, body["attachments"][-1]["id"])
            self.assertEqual(status, 200)
            self.assertIsNone(headers.get("Set-Cookie"))
            self.assertTrue(headers["Content-Disposition"].startswith("attachment; filename=\""))
        self.server.stop()
        self.assertEqual(self.stored(CPR), [])
        self.assertEqual(self.stored("0102031234"), [])
        self.verify()

    def test_contents_come_back_as_they_were_and_only_to_be_saved(self):
        number = self.agent.open()
        for what, content in CONTENTS.items():
            status, _, body = self.attach(number, content, what)
            self.assertEqual(status, 200, (what, body))
            file = body["attachments"][-1]
            self.assertEqual((file["size"], file["visibility"]), (len(content), "internal"))
            status, headers, got = self.fetch(number, file["id"])
            self.assertEqual((status, got), (200, content), what)
            self.assertEqual(headers["Content-Type"], "application/octet-stream")
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertIn("sandbox", headers["Content-Security-Policy"])
        self.assertEqual(len(self.files(number)), len(CONTENTS))
        self.server.stop()
        self.verify()

    def test_forms_bring_several(self):
        number = self.agent.open()
        boundary = "grænse".encode().hex()
        parts = [b'Content-Disposition: form-data; name="visibility"\r\n\r\npublic']
        for name in ("a.txt", "b.txt"):
            parts.append(f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
                         f"Content-Type: text/html\r\n\r\nindhold af {name}".encode())
        parts.append(b'Content-Disposition: form-data; name="file"; filename=""\r\n\r\n')
        content = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
        content += b"--" + boundary.encode() + b"--\r\n"
        path = f"/api/v1/cases/{number}/attachments"
        kind = f"multipart/form-data; boundary={boundary}"
        status, _, body = self.agent.send("POST", path, None, content, Content_Type=kind)
        self.assertEqual(status, 200, body)
        self.assertEqual([(f["name"], f["visibility"]) for f in body["attachments"]],
                         [("a.txt", "public"), ("b.txt", "public")])
        for damaged in (content[:-20], content.replace(b"form-data; name=", b"form-data; n="), b"",
                        content.replace(b"public", b"hemmelig")):
            status, _, answer = self.agent.send("POST", path, None, damaged, Content_Type=kind)
            self.assertEqual(status, 400, answer)
        self.assertEqual(len(self.files(number)), 2)

    def test_limits(self):
        number = self.agent.open()
        self.assertEqual(self.attach(number, b"")[0], 400)
        self.assertEqual(self.attach(number, b"x", visibility="secret")[0], 400)
        self.assertEqual(self.attach(number, b"x" * ((25 << 20) + 1))[0], 400)
        self.assertEqual(self.attach(number, b"x" * (27 << 20))[0], 413)
        self.assertEqual(self.attach(number, b"y" * (25 << 20))[0], 200)
        for i in range(2):
            self.assertEqual(self.attach(number, bytes([i]) * (25 << 20))[0], 200)
        self.assertEqual(self.attach(number, os.urandom(100) * (250_000))[0], 200)
        status, _, body = self.attach(number, b"z" * (5 << 20))
        self.assertEqual(status, 409, body)
        self.assertEqual(len(self.files(number)), 4)
        self.agent.post(f"/api/v1/cases/{number}/close", {"reason": "withdrawn"})
        self.assertEqual(self.attach(number, b"x")[0], 409)

    def test_a_repeated_request_attaches_once(self):
        number = self.agent.open()
        for _ in range(2):
            self.assertEqual(self.attach(number, b"indhold", Idempotency_Key="en-gang")[0], 200)
        self.assertEqual(len(self.files(number)), 1)

    def test_who_may_have_a_file(self):
        number = self.agent.open(org="HGH", caller={"account": "rikke", "name": "Rikke"})
        internal = self.attach(number, b"intern")[2]["attachments"][0]["id"]
        public = self.attach(number, b"offentlig", visibility="public")[2]["attachments"][1]["id"]
        other = self.agent.open()
        bo, rikke, ulla = map(self.client, ("bo", "rikke", "ulla"))
        self.assertEqual(self.attach(number, b"x", client=bo)[0], 404)
        self.assertEqual(self.attach(number, b"x", client=rikke)[0], 403)
        self.assertEqual([f["id"] for f in self.files(number, rikke)], [public])
        for client, file, wanted in ((self.agent, internal, 200), (bo, internal, 404), (bo, public, 404),
                                     (rikke, public, 200), (rikke, internal, 404),
                                     (ulla, public, 404), (self.agent, "0" * 40, 404)):
            self.assertEqual(self.fetch(number, file, client)[0], wanted)
        self.assertEqual(self.fetch(other, internal)[0], 404)  # the right file of another case
        self.assertEqual(self.server.request("GET", f"/api/v1/cases/{number}/attachments/{public}")[0], 401)
        for client in (bo, ulla):
            self.assertEqual(client.send("GET", f"/api/v1/cases/{number}/attachments")[0], 404)

    def test_an_attachment_is_not_undone_and_is_found(self):
        number = self.agent.open()
        self.attach(number, b"x", "fejlrapport-flagermus.txt")
        self.assertEqual(self.agent.send("POST", f"/api/v1/cases/{number}/undo", {})[0], 409)
        found = self.agent.get("/api/v1/search?q=flagermus")["items"]
        self.assertEqual([item["number"] for item in found], [number])
        event = self.agent.get(f"/api/v1/cases/{number}")["events"][-1]
        self.assertEqual((event["kind"], event["body"]["size"]), ("attached", 1))
        self.assertNotIn("x", json.dumps(event["body"]["sha256"]))


if __name__ == "__main__":
    unittest.main()
