"""Signing in elsewhere: an identity provider (oidc-provider) and a directory (slapd), both real."""
import atexit
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from directory import SUFFIX, Directory, free_port
from harness import ROOT, KlarsynTest, klarsyn, run_sql
from server import PASSWORD, Browser, Server, add_user

IDENTITY = ROOT / "tests" / "identity"

GROUPS = """
[[group]]
group = "klarsyn-agenter"
role = "agent"
support_groups = ["Servicedesk"]

[[group]]
group = "klarsyn-ledere"
role = "lead"

[[group]]
group = "cn=servicedesk,ou=groups,dc=region,dc=example"
role = "agent"
"""


class GateTest(KlarsynTest):
    def serve(self, config, *options):
        path = self.file("klarsyn.toml", config + GROUPS)
        server = Server(self.data, self.directory, "--config", path, *options)
        if "--public-url" not in options:
            server.options += ("--public-url", f"http://127.0.0.1:{server.port}")
        self.addCleanup(server.stop)
        return server

    def role_of(self, browser):
        """What the desk says about who is signed in; None for nobody."""
        status, _, content = browser.get("/api/v1/desk")
        return json.loads(content) if status == 200 else None

    def accounts(self):
        return {row[0]: row[1:] for row in run_sql(
            self.data, "SELECT name, role, origin, display_name, mail, support_groups FROM core_user")}


class Directories(GateTest):
    def setUp(self):
        super().setUp()
        self.ldap = Directory(self.directory / "ldap").start()
        self.addCleanup(self.ldap.stop)

    def config(self, url=None, extra="", ca=True):
        secret = self.file("bind.secret", "opslag\n")
        return f"""
[ldap]
url = "{url or self.ldap.url}"
{f'ca_file = "{self.ldap.place}/ca.pem"' if ca else ""}
bind_name = "cn=klarsyn,{SUFFIX}"
bind_password_file = "{secret}"
base = "ou=people,{SUFFIX}"
group_base = "ou=groups,{SUFFIX}"
{extra}
"""

    def test_a_person_of_the_directory_signs_in_over_starttls_and_over_ldaps(self):
        add_user(self.data, "nødkonto".replace("ø", "o"), "admin")
        for url in (self.ldap.url, self.ldap.tls_url):
            server = self.serve(self.config(url)).start()
            browser = Browser(server)
            status, headers, _ = browser.login("karen", "sommer sol", next_page="/figures")
            self.assertEqual((status, headers["Location"]), (303, "/figures"), url)
            self.assertIsNotNone(self.role_of(browser))
            self.assertEqual(self.accounts()["karen"][:4],
                             ("agent", "ldap", "Karen Aagaard", "karen@region.example"))
            # In the directory, but in no group that has access.
            self.assertEqual(Browser(server).login("lars", "vinter")[0], 403)
            for name, password in (("karen", "forkert"), ("karen", ""), ("*", "sommer sol"),
                                   ("karen)(uid=*", "sommer sol"), ("ukendt", "x")):
                self.assertEqual(Browser(server).login(name, password)[0], 401, name)
            server.stop()
        self.verify()

    def test_the_emergency_account_works_while_the_directory_is_down(self):
        add_user(self.data, "noed", "admin")
        server = self.serve(self.config()).start()
        self.ldap.stop()
        started = time.monotonic()
        status, _, content = Browser(server).login("karen", "sommer sol")
        self.assertEqual(status, 503)
        self.assertIn("nødkonto", content.decode())
        self.assertLess(time.monotonic() - started, 10)
        self.assertEqual(Browser(server).login("noed")[0], 303)

    def test_a_local_name_is_never_the_directorys(self):
        add_user(self.data, "anna", "reader")
        server = self.serve(self.config()).start()
        self.assertEqual(Browser(server).login("anna", "katalogets")[0], 401)
        self.assertEqual(Browser(server).login("anna")[0], 303)
        self.assertEqual(self.accounts()["anna"][0], "reader")

    def test_a_directory_with_a_wrong_certificate_is_not_believed(self):
        for url in (self.ldap.url, self.ldap.tls_url):
            server = self.serve(self.config(url, ca=False)).start()
            self.assertEqual(Browser(server).login("karen", "sommer sol")[0], 503)
            server.stop()

    def test_who_is_removed_is_out_at_once_and_stays_out(self):
        server = self.serve(self.config()).start()
        browser = Browser(server)
        browser.login("karen", "sommer sol")
        token = self.ok("token", self.data, "add", "karen", "--label", "t").out.split()[-1]
        bearer = {"Authorization": f"Bearer {token}"}
        self.assertEqual(server.request("GET", "/api/v1/cases", headers=bearer)[0], 200)
        self.ok("user", self.data, "remove", "karen")
        self.assertIsNone(self.role_of(browser))
        self.assertEqual(server.request("GET", "/api/v1/cases", headers=bearer)[0], 401)
        self.assertEqual(Browser(server).login("karen", "sommer sol")[0], 403)

    def test_who_leaves_the_group_in_the_directory_is_out_at_the_next_look(self):
        server = self.serve(self.config()).start()
        browser = Browser(server)
        browser.login("karen", "sommer sol")
        self.ldap.change(f"dn: cn=Servicedesk,ou=groups,{SUFFIX}\nchangetype: modify\n"
                         f"delete: member\nmember: uid=karen,ou=people,{SUFFIX}\n")
        self.assertEqual(Browser(server).login("karen", "sommer sol")[0], 403)
        server.stop()  # the first look is at the start
        server.start()
        end = time.monotonic() + 20
        while self.role_of(browser) is not None and time.monotonic() < end:
            time.sleep(0.1)
        self.assertIsNone(self.role_of(browser))

    def test_a_config_that_would_send_passwords_in_clear_is_refused(self):
        for config, word in ((self.config("ldap://ldap.region.example", 'tls = "none"'), "url"),
                             (self.config().replace("bind_password_file", "bind_password"), "bind_password"),
                             (self.config(extra='filtre = "x"'), "filtre"),
                             (self.config(extra='filter = "(uid=x)"'), "filter")):
            path = self.file("bad.toml", config)
            done = self.refused("serve", self.data, "--listen", "127.0.0.1:0", "--config", path)
            self.assertIn(word, done.err)
            self.assertNotIn("opslag", done.err)


class Provider:
    """oidc-provider of npm in a process of its own; the packages are fetched once."""

    def __init__(self, place, klarsyn_url, algorithm="RS256", env=None):
        self.port = free_port()
        modules = pathlib.Path(os.environ.get("KLARSYN_IDENTITY", IDENTITY))
        if not (modules / "node_modules" / "oidc-provider").is_dir():
            home = tempfile.mkdtemp(prefix="klarsyn-identity-")
            atexit.register(shutil.rmtree, home, ignore_errors=True)
            modules = pathlib.Path(home) / "identity"
            shutil.copytree(IDENTITY, modules, ignore=shutil.ignore_patterns("node_modules"))
            subprocess.run(["npm", "ci", "--silent"], cwd=modules, check=True, capture_output=True)
            os.environ["KLARSYN_IDENTITY"] = str(modules)
        self.log = open(place / "provider.log", "ab")
        self.process = subprocess.Popen(
            ["node", modules / "provider.mjs", str(self.port), klarsyn_url, algorithm],
            stdout=self.log, stderr=self.log, env=dict(os.environ, **(env or {})))
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if self.request("GET", "/.well-known/openid-configuration")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the provider did not start")

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.port}"

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def sign_in(self, address, account, password="hemmelig"):
        """Goes where Klarsyn sent the browser, signs in, and returns where the provider sends it."""
        cookies = {}

        def go(method, where, body=None):
            path = where[len(self.issuer):] if where.startswith(self.issuer) else where
            headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
            if body:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            status, answered, content = self.request(method, path, body, headers)
            for cookie in answered.get_all("Set-Cookie") or []:
                name, _, value = cookie.split(";", 1)[0].partition("=")
                cookies[name] = value
            if status not in (302, 303):
                raise AssertionError((status, where, content[:400]))
            return answered["Location"]

        login = go("GET", address)
        back = go("POST", login, urllib.parse.urlencode({"account": account, "password": password}))
        return go("GET", back)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


class IdentityProvider(GateTest):
    def begin(self, algorithm="RS256", env=None, config=""):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        self.provider = Provider(self.directory, url, algorithm, env)
        self.addCleanup(self.provider.stop)
        secret = self.file("oidc.secret", "en hemmelighed: +%&=/")
        self.server = self.serve(f"""
[oidc]
issuer = "{self.provider.issuer}"
client_id = "klarsyn"
client_secret_file = "{secret}"
scopes = "openid profile email groups"
algorithm = "{algorithm}"
{config}
""")
        self.server.port = port
        self.server.options = (*self.server.options[:-1], url)
        self.server.start()
        return self.server

    def there(self, browser, next_page="/desk"):
        status, headers, _ = browser.get("/login/oidc", next=next_page)
        self.assertEqual(status, 303)
        return headers["Location"]

    def back(self, browser, address):
        parts = urllib.parse.urlsplit(address)
        return browser.request("GET", f"{parts.path}?{parts.query}")

    def sign_in(self, account, next_page="/desk"):
        browser = Browser(self.server)
        back = self.provider.sign_in(self.there(browser, next_page), account)
        return browser, self.back(browser, back)

    def test_a_person_signs_in_and_gets_the_role_of_their_group(self):
        self.begin()
        browser, (status, headers, content) = self.sign_in("anna", "/desk?view=mine")
        self.assertEqual((status, headers["Location"]), (303, "/desk?view=mine"), content)
        self.assertEqual(self.accounts()["anna"], ("agent", "oidc", "Anna Sørensen",
                                                   "anna@region.example", "Servicedesk"))
        self.assertIsNotNone(self.role_of(browser))
        self.assertEqual(self.sign_in("anna")[1][0], 303)  # again: the same account
        status, _, content = self.sign_in("bo")[1]
        self.assertEqual(status, 403)
        self.assertIn("ikke adgang", content.decode())
        self.assertNotIn("bo", self.accounts())
        self.verify()

    def test_es256_and_claims_inside_the_token(self):
        self.begin("ES256", {"CLAIMS_IN_TOKEN": "1"})
        self.assertEqual(self.sign_in("anna")[1][0], 303)

    def test_an_algorithm_that_was_not_agreed_is_refused(self):
        self.begin("ES256")
        self.server.stop()
        path = self.directory / "klarsyn.toml"
        path.write_text(path.read_text().replace('"ES256"', '"RS256"'))
        self.server.start()
        self.assertEqual(self.sign_in("anna")[1][0], 403)

    def test_the_way_back_must_be_the_browsers_own_and_is_good_once(self):
        self.begin()
        browser, other = Browser(self.server), Browser(self.server)
        back = self.provider.sign_in(self.there(browser), "anna")
        self.there(other)
        self.assertEqual(self.back(other, back)[0], 403)     # a foreign browser
        self.assertEqual(self.back(browser, back)[0], 403)   # and then it is used up
        browser = Browser(self.server)
        back = self.provider.sign_in(self.there(browser), "anna")
        for wrong in (back.replace("state=", "state=x"), back.replace("iss=", "iss=http%3A%2F%2Fevil"),
                      "/login/oidc/callback", "/login/oidc/callback?error=access_denied&state=x"):
            self.assertEqual(self.back(browser, wrong)[0], 403, wrong)
        self.assertIsNone(self.role_of(browser))

    def test_a_made_up_code_and_a_wrong_password_let_nobody_in(self):
        self.begin()
        browser = Browser(self.server)
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(self.there(browser)).query)["state"][0]
        status, _, _ = browser.get("/login/oidc/callback", state=state, code="opdigtet")
        self.assertEqual(status, 403)
        browser = Browser(self.server)
        back = self.provider.sign_in(self.there(browser), "anna", "forkert")
        self.assertEqual(self.back(browser, back)[0], 403)
        self.assertIsNone(self.role_of(browser))

    def test_nobody_is_led_away_from_klarsyn(self):
        self.begin()
        for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
                     "/%0d%0aSet-Cookie: x=y"):
            _, (status, headers, _) = self.sign_in("anna", evil)
            self.assertEqual(status, 303)
            where = headers["Location"]
            self.assertTrue(where.startswith("/") and not where.startswith(("//", "/\\")), where)
            self.assertIsNone(headers.get("x"))

    def test_a_local_account_is_not_taken_over_and_still_works(self):
        add_user(self.data, "admin", "admin")
        self.begin()
        self.assertEqual(self.sign_in("ida")[1][0], 409)  # calls herself admin there
        self.assertEqual(Browser(self.server).login("admin")[0], 303)
        self.assertEqual(self.accounts()["admin"][:2], ("admin", ""))
        self.provider.stop()
        self.assertEqual(Browser(self.server).login("admin")[0], 303)

    def test_the_provider_can_end_a_persons_sessions(self):
        self.begin()
        browser, _ = self.sign_in("anna")
        self.assertIsNotNone(self.role_of(browser))
        for forged in ("", "x.y.z", "eyJhbGciOiJub25lIn0.e30."):
            status, _, _ = self.server.request(
                "POST", "/login/oidc/logout", urllib.parse.urlencode({"logout_token": forged}),
                {"Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual(status, 400)
        self.assertIsNotNone(self.role_of(browser))
        told = self.provider.request("POST", "/tests/end?account=anna")
        self.assertEqual(told[0], 200, told[2])
        self.assertIsNone(self.role_of(browser))

    def test_who_is_removed_here_stays_out(self):
        self.begin()
        browser, _ = self.sign_in("anna")
        self.ok("user", self.data, "remove", "anna")
        self.assertIsNone(self.role_of(browser))
        self.assertEqual(self.sign_in("anna")[1][0], 403)

    def test_a_provider_that_is_down_is_told_and_harms_nobody_else(self):
        add_user(self.data, "noed", "admin")
        self.begin()
        browser = Browser(self.server)
        self.provider.process.kill()
        self.provider.process.wait()
        status, _, content = browser.get("/login/oidc")
        self.assertEqual(status, 503)
        self.assertIn("svarer ikke", content.decode())
        self.assertEqual(Browser(self.server).login("noed")[0], 303)


if __name__ == "__main__":
    unittest.main()
