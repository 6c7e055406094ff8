"""What people type never becomes markup, script or a formula: a corpus in every text of a case, read
back from every page and every table that is exported."""
import csv
import io
import json
import unittest
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

from desk_people import DeskTest
from harness import TEST_DATA
from server import Browser

XSS = json.loads((TEST_DATA / "hostile" / "xss.json").read_text("utf-8"))
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "\t=1+1", "=HYPERLINK(\"//evil.example\")",
            "-2+3+cmd|' /C calc'!A0", "＝1+1")
PAYLOAD_TAGS = {"script", "img", "svg", "iframe", "base", "meta", "style", "form", "math", "body", "a"}


class Page(HTMLParser):
    """The elements of a page with their attributes; texts joined."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.text, self.inline_scripts, self._inside = [], "", [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        self.text += data
        if self._inside == "script" and data.strip():
            self.inline_scripts.append(data)


class HostileTest(DeskTest):
    def accounts(self):
        self.add_account("anna", "agent")
        self.add_account("adam", "admin")

    def check_page(self, html, path):
        page = Page(html)
        self.assertEqual(page.inline_scripts, [], path)
        for tag, attributes in page.elements:
            for name, value in attributes.items():
                self.assertFalse(name.startswith("on"), (path, tag, attributes))
                address = (value or "").strip().lower()
                if name in ("href", "src", "action", "formaction"):
                    self.assertFalse(address.startswith(("javascript:", "data:text")), (path, attributes))
                    self.assertEqual(urlsplit(address).netloc, "", (path, attributes))
            if tag in ("iframe", "base", "math", "object", "embed"):
                self.fail((path, tag, attributes))
            if tag == "script":
                self.assertTrue(attributes.get("src", "").startswith("/assets/"), (path, attributes))
        return page

    def test_no_text_of_a_case_becomes_markup(self):
        browser = Browser(self.server)
        browser.login("anna")
        for payload in XSS:
            self.hostile_case(payload)
        numbers = [item["number"] for item in self.agent.get("/api/v1/cases?view=all&limit=500")["items"]]
        self.assertGreaterEqual(len(numbers), len(XSS))
        for path in ("/desk", "/", "/status", *(f"/desk?case={n}" for n in numbers[:2]),
                     *(f"/cases/{n}" for n in numbers), *(f"/cases/{n}/clock" for n in numbers),
                     *(f"/desk?q={quote(p)}" for p in XSS)):
            status, headers, content = browser.request("GET", path)
            if status == 404 and path == "/status":
                continue
            self.assertIn(status, (200, 303), path)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            self.check_page(content.decode(), path)
        page = Page(browser.request("GET", f"/cases/{numbers[-1]}")[2].decode())
        self.assertIn(XSS[0], page.text)  # shown as it was typed

    def hostile_case(self, payload):
        number = self.agent.open(title=payload, text=payload, place=payload, equipment=payload,
                                 category=payload, system=payload, group=payload,
                                 caller={"name": payload, "account": payload, "phone": payload})
        path = f"/api/v1/cases/{number}/"
        for verb, body in (("comment", {"text": payload, "visibility": "public"}),
                           ("affected", {"person": payload}),
                           ("hold", {"reason": "awaiting_user", "note": payload}), ("resume", {}),
                           ("move", {"group": payload + "2", "reason": payload}),
                           ("resolve", {"resolution": payload, "code": payload[:100]})):
            self.agent.post(path + verb, body)
        self.agent.send("POST", path + "attachments", None, payload.encode(),
                        Content_Type="text/html",
                        Content_Disposition=f"attachment; filename*=UTF-8''{quote(payload, safe='')}")
        return number

    def test_answers_of_the_api_are_never_pages(self):
        number = self.hostile_case(XSS[0])
        for path in ("/api/v1/cases", f"/api/v1/cases/{number}", f"/api/v1/search?q={quote(XSS[0])}",
                     f"/api/v1/cases/{quote(XSS[1], safe='')}", "/api/v1/cases?view=%3Cscript%3E"):
            _, headers, body = self.agent.send("GET", path)
            self.assertIn(headers["Content-Type"], ("application/json", "application/problem+json"))
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            json.dumps(body)

    def test_no_cell_of_an_export_is_a_formula(self):
        for payload in FORMULAS:
            text = payload.strip()
            number = self.agent.open(title=text, system=text, category=text, group=text,
                                     caller={"name": text})
            self.agent.post(f"/api/v1/cases/{number}/resolve", {"resolution": text})
        month = self.agent.get("/api/v1/cases/K1")["opened_at"][:7]
        paths = [f"/api/v1/figures/servicedesk.{figure}/records?period={month}&format=csv{dialect}"
                 for figure in ("created", "resolved", "backlog") for dialect in ("", "&dialect=excel-da")]
        rows = 0
        for path in paths:
            status, _, content = self.client("adam").send("GET", path)
            self.assertEqual(status, 200, (path, content))
            text = content.decode("utf-8-sig")
            delimiter = ";" if "excel-da" in path else ","
            for row in csv.reader(io.StringIO(text), delimiter=delimiter):
                rows += 1
                for cell in row:
                    self.check_cell(cell, path)
        self.assertGreater(rows, 3 * len(FORMULAS))

    def check_cell(self, cell, path):
        if not cell or cell[0] not in "=+-@\t\r\n\0":
            return
        try:
            float(cell.replace(",", "."))
        except ValueError:
            self.fail((path, cell))


if __name__ == "__main__":
    unittest.main()
