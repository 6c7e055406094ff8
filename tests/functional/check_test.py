"""What the tests of the probe's protocols share: one check by the real binary."""
import json
import pathlib
import shutil
import tempfile
import time

from harness import KlarsynTest, klarsyn


class CheckTest(KlarsynTest):
    """`protocol` and `settings` are those that work; tests say what differs."""

    protocol, settings, secrets = "", {}, {}

    @classmethod
    def place(cls, name):
        if "_folder" not in cls.__dict__:
            cls._folder = pathlib.Path(tempfile.mkdtemp(prefix="klarsyn-peers-"))
            cls._folder.chmod(0o755)
            cls.addClassCleanup(shutil.rmtree, cls._folder, ignore_errors=True)
        return cls._folder / name

    @classmethod
    def peer(cls, peer, *args, **kwargs):
        cls.addClassCleanup(peer.stop)
        if hasattr(peer, "start"):
            peer.start(*args, **kwargs)
        return peer

    def command(self, limit_ms, protocol=None, secrets=None, **settings):
        task = {"protocol": protocol or self.protocol,
                "settings": {k: v for k, v in {**self.settings, **settings}.items() if v is not None},
                "secrets": {**self.secrets, **(secrets or {})}, "time_limit_ms": limit_ms}
        return klarsyn("probe", "check", stdin=json.dumps(task).encode(), timeout=limit_ms / 1000 + 10)

    def check(self, limit_ms=10_000, **settings):
        done = self.command(limit_ms, **settings)
        self.assertEqual(done.code, 0, done)
        for secret in {**self.secrets, **(settings.get("secrets") or {})}.values():
            if len(secret) > 4:
                self.assertNotIn(secret, done.out + done.err)
        return done.json()

    def steps(self, answer):
        return [step["name"] for step in answer["steps"]]

    def readings(self, answer):
        return {one["name"]: one["value"] for one in answer["readings"]}

    def good(self, **settings):
        answer = self.check(**settings)
        self.assertEqual(answer["outcome"], "ok", answer)
        self.assertGreaterEqual(answer["ms"], 1)
        self.assertLessEqual(sum(step["ms"] for step in answer["steps"]), answer["ms"] + 1)
        return answer

    def bad(self, outcome, reason=".", limit_ms=10_000, **settings):
        answer = self.check(limit_ms, **settings)
        self.assertEqual(answer["outcome"], outcome, answer)
        self.assertRegex(answer["reason"], reason)
        self.assertLessEqual(len(answer["reason"].encode()), 300)
        return answer

    def refuses(self, field, **settings):
        protocol = settings.pop("protocol", self.protocol)
        settings = {k: v for k, v in {**self.settings, **settings}.items() if v is not None}
        done = self.refused("probe", "try", protocol, "--settings", json.dumps(settings))
        self.assertIn(field, done.err)

    def in_time(self, limit_ms, outcome, **settings):
        """A peer that keeps us waiting costs the time limit and little more."""
        began = time.monotonic()
        answer = self.bad(outcome, limit_ms=limit_ms, **settings)
        self.assertLess(time.monotonic() - began, limit_ms / 1000 + 2, answer)
        return answer
