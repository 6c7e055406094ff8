"""Reads a manifest.tsv and the raw files it names: format, source, options, file."""
import collections
import dataclasses
import pathlib
import shlex

import case_audit
import queue_log


@dataclasses.dataclass
class Entry:
    format: str
    source: str
    options: dict
    path: pathlib.Path


def read(path):
    path = pathlib.Path(path)
    entries = []
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if fields[:2] == ["format", "source"]:
            continue
        name, source, options, *files = fields
        words = [] if options.strip() in ("", "-") else shlex.split(options)
        parsed = {}
        while words:
            option = words.pop(0)
            option, equals, value = option.partition("=")
            parsed[option] = value if equals else words.pop(0)
        for file in files:
            entries.append(Entry(name, source if source not in ("", "-") else name, parsed,
                                 path.parent / file))
    return entries


def load(paths):
    """(visits, events, spans, days covered by source) of all manifests together."""
    logs = collections.defaultdict(list)
    cases = collections.defaultdict(list)
    groups, zones = {}, {}
    for path in paths:
        root = pathlib.Path(path).parent
        for entry in read(path):
            if entry.format == "queue-log":
                logs[entry.source].append(entry.path.read_bytes())
            elif entry.format == "case-audit":
                options = entry.options
                cases[entry.source].append(case_audit.read_rows(
                    entry.path.read_bytes(), options.get("--encoding"),
                    options.get("--delimiter")))
                if "--groups" in options:
                    groups[entry.source] = (root / options["--groups"]).read_text("utf-8-sig")
                zones[entry.source] = options.get("--zone", "Europe/Copenhagen")
    visits, events, spans = [], [], []
    for source, files in sorted(logs.items()):
        visits += queue_log.visits_of(files, source)
    for source, files in sorted(cases.items()):
        found = case_audit.replay(files, case_audit.Groups(groups.get(source)), zones[source])
        events += found[0]
        spans += found[1]
    return visits, events, spans
