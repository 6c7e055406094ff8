#!/usr/bin/env python3
"""Groups C++ files into translation units that include several of them, for optimised builds.

unity.py OUT_DIR BYTES FILE...   writes OUT_DIR/unity_N.cc and prints their paths, one a line

Half of the time a file takes is its headers; files that share a unit share that half. Two files
share a unit only where neither mentions a name that the other keeps to itself (an anonymous
namespace, a namespace alias, a macro), so that no file means anything else than it does alone.
A unit holds files of at most BYTES together; files are taken in the order given.
"""
import os
import pathlib
import re
import sys

COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
WORD = re.compile(r"[A-Za-z_]\w*")
# What another file's hidden name could be taken for: a call, a type, a constant; no member of a thing.
MENTION = re.compile(r"(?<![\w.:>])(?:[A-Z]\w*|k[A-Z]\w*|\w+(?=\s*[(<]|::|[,)]))")
TYPE = re.compile(r"(?:template\s*<[^>]*>\s*)?(?:struct|class|union|enum(?:\s+class)?)\s+(\w+)")
ALIAS = re.compile(r"^(?:using|namespace)\s+(\w+)\s*=\s*([^;]+);", re.M)
MACRO = re.compile(r"^#\s*define\s+(\w+)", re.M)
ENUM_BODY = re.compile(r"^enum\s+\w*[^{;]*\{(.*?)\}", re.M | re.S)
TEST_NAME = re.compile(r"^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\((\w+),\s*(\w+)", re.M)


def hidden_parts(text):
    """The insides of anonymous namespaces."""
    parts = []
    for start in re.finditer(r"^namespace \{", text, re.M):
        depth, at = 1, start.end()
        for brace in re.finditer(r"[{}]", text[start.end():]):
            depth += 1 if brace.group(0) == "{" else -1
            if depth == 0:
                at = start.end() + brace.start()
                break
        parts.append(text[start.end():at])
    return parts


def declared(part):
    """Names that the lines at the first column declare."""
    names = set()
    for line in part.split("\n"):
        if not line or not (line[0].isalpha() or line[0] == "_") or ALIAS.match(line):
            continue
        kind = TYPE.match(line)
        if kind:
            names.add(kind.group(1))
        head = re.split(r"[({=;\[]", re.sub(r"<[^()]*>", "", line), maxsplit=1)[0]
        words = WORD.findall(head)
        if words:
            names.add(words[-1])
        called = re.search(r"(\w+)\(", line)
        if called:
            names.add(called.group(1))
    for body in ENUM_BODY.findall(part):
        names.update(re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", body.strip()))
    return names


class Source:
    def __init__(self, path):
        self.path = path
        raw = path.read_text(encoding="utf-8")
        text = COMMENT_OR_STRING.sub(lambda m: '""' if m.group(0)[0] in "\"R'" else " ", raw)
        self.bytes = len(raw)
        self.words = set(MENTION.findall(text))
        self.aliases = dict(ALIAS.findall(text))
        self.own = set(MACRO.findall(text))
        self.own |= {"TEST " + " ".join(pair) for pair in TEST_NAME.findall(text)}
        self.words |= {name for name in self.own if name.startswith("TEST ")}
        for part in hidden_parts(text):
            self.own |= declared(part)
        self.own -= {"const", "constexpr", "static", "inline", "template", "struct", "class",
                     "enum", "using", "namespace", "public", "private", "size_t", "TEST", "TEST_F",
                     "TEST_P", "RC_GTEST_PROP", "INSTANTIATE_TEST_SUITE_P"}


def clash(one, other):
    for name in one.aliases.keys() & other.aliases.keys():
        if one.aliases[name] != other.aliases[name]:
            return True
    if one.aliases.keys() & other.own or other.aliases.keys() & one.own:
        return True
    return one.own & (other.words | other.own) or other.own & one.words


def pack(sources, most):
    units = []
    for source in sources:
        for unit in units:
            if sum(s.bytes for s in unit) + source.bytes <= most \
                    and not any(clash(source, other) for other in unit):
                unit.append(source)
                break
        else:
            units.append([source])
    return units


def main():
    folder, most = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    units = pack([Source(pathlib.Path(name)) for name in sys.argv[3:]], most)
    paths = []
    for number, unit in enumerate(units):
        path = folder / f"unity_{number}.cc"
        # Relative, so that checkouts beside each other share a compiler cache.
        names = [os.path.relpath(source.path, folder) for source in unit]
        text = "".join(f'#include "{name}"\n' for name in names)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        paths.append(path)
    for path in folder.glob("unity_*.cc"):
        if path not in paths:
            path.unlink()
    print("\n".join(str(path) for path in paths))


if __name__ == "__main__":
    main()
