#!/usr/bin/env python3
"""Groups C++ files into translation units that hold several of them, for optimised builds.

unity.py OUT_DIR BYTES FILE...   writes OUT_DIR/unity_N.cc and prints their paths, one a line

Half of the time a file takes is its headers; files that share a unit share that half. A name that a
file keeps to itself (in an anonymous namespace) may be another file's too: where the two meet in a
unit, the second is written into it with that name changed, the others are included as they are. What
cannot be changed safely (a macro, a namespace alias, a name that is also a member of something) keeps
two files apart, so that no file means anything else than it does alone.
A unit holds files of at most BYTES together; files are taken in the order given.
"""
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
WORD = re.compile(r"[A-Za-z_]\w*")
# What another file's hidden name could be taken for: a call, a type, a constant; no member of a thing.
MENTION = re.compile(r"(?<![\w.:>])(?:[A-Z]\w*|k[A-Z]\w*|\w+(?=\s*[(<]|::|[,)]))")
MEMBER = re.compile(r"(?:\.|->|::)\s*(\w+)")
TYPE = re.compile(r"(?:template\s*<[^>]*>\s*)?(?:struct|class|union|enum(?:\s+class)?)\s+(\w+)")
CONSTANT = re.compile(r"(?:constexpr|const|static|inline|std::\w+)\b[^({=;]*?\b(\w+)(?:\[\w*\])?(?=\s*[={;])")
FUNCTION = re.compile(r"[\w:<>,&* ]+[ &*>](\w+)\(")
ALIAS = re.compile(r"^(?:using|namespace)\s+(\w+)\s*=\s*([^;]+);|^using\s+([\w:]+::(\w+));", re.M)
MACRO = re.compile(r"^#\s*define\s+(\w+)", re.M)
ENUM_BODY = re.compile(r"^enum\s+\w*[^{;]*\{(.*?)\}", re.M | re.S)
TEST_NAME = re.compile(r"^(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP|RC_GTEST_FIXTURE_PROP)\((\w+),\s*(\w+)", re.M)
KEYWORDS = {"const", "constexpr", "static", "inline", "template", "struct", "class", "enum", "using",
            "namespace", "operator", "public", "private", "size_t", "TEST", "TEST_F", "TEST_P",
            "RC_GTEST_PROP", "INSTANTIATE_TEST_SUITE_P"}


def blank(match):
    """The same length without words, so that places stay what they are."""
    text = re.sub(r"[^\n]", " ", match.group(0))
    return '"' + text[1:-1] + '"' if match.group(0)[0] in "\"R'" else text


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
    """Names that the lines at the first column declare; those of them that are that for sure."""
    names, sure = set(), set()
    for line in part.split("\n"):
        if not re.match(r"[A-Za-z_](?!\w*:$)", line) or line.startswith(("using ", "namespace ")):
            continue
        kind = TYPE.match(line)
        certain = kind or FUNCTION.match(line) or CONSTANT.match(line)
        if certain:
            sure.add(certain.group(1))
        words = WORD.findall(re.split(r"[({=;\[]", re.sub(r"<[^()]*>", "", line), maxsplit=1)[0])
        if words and not kind:
            names.add(words[-1])
    for body in ENUM_BODY.findall(part):
        names.update(re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", body.strip()))
    return (names | sure) - KEYWORDS, sure - KEYWORDS


class Source:
    def __init__(self, path):
        self.path = path
        self.raw = path.read_text(encoding="utf-8")
        self.text = COMMENT_OR_STRING.sub(blank, self.raw)
        self.bytes = len(self.raw)
        self.words = set(MENTION.findall(self.text))
        self.aliases = {name or last: target or whole
                        for name, target, whole, last in ALIAS.findall(self.text)}
        fixed = set(MACRO.findall(self.text)) | set(self.aliases)
        tests = TEST_NAME.findall(self.text)
        self.own = set(MACRO.findall(self.text)) | {"TEST " + " ".join(pair) for pair in tests}
        fixed |= {word for pair in tests for word in pair} | set(MEMBER.findall(self.text))
        self.words |= {name for name in self.own if name.startswith("TEST ")}
        self.changeable = set()
        for part in hidden_parts(self.text):
            names, sure = declared(part)
            self.own |= names
            self.changeable |= sure
        self.changeable -= fixed
        self.changed = set()

    def hides(self):
        return self.own - self.changed

    def mentions(self):
        return (self.words | self.own | self.aliases.keys()) - self.changed

    def written(self, suffix):
        """The text with its changed names; what is wrong in it is told at the file's own line."""
        names = re.compile(r"\b(?:" + "|".join(sorted(self.changed)) + r")\b")
        lines = []
        for raw, text in zip(self.raw.split("\n"), self.text.split("\n")):
            if not raw.startswith("#"):
                for found in reversed(list(names.finditer(text))):
                    raw = raw[:found.end()] + suffix + raw[found.end():]
            lines.append(raw)
        return "\n".join(lines)


def changes(one, other):
    """The names to change in the one and in the other so that neither mentions what the other hides;
    None where that cannot be."""
    if any(one.aliases[name] != other.aliases[name] for name in one.aliases.keys() & other.aliases.keys()):
        return None
    in_one, in_other = set(), set()
    for name in (one.hides() & other.mentions()) | (other.hides() & one.mentions()):
        if name in one.changeable:
            in_one.add(name)
        elif name in other.changeable:
            in_other.add(name)
        else:
            return None
    return in_one, in_other


def joins(source, unit):
    """Whether the file fits into the unit; if so, the names that must be changed are noted."""
    found = [changes(source, other) for other in unit]
    if None in found:
        return False
    for other, (in_source, in_other) in zip(unit, found):
        source.changed |= in_source
        other.changed |= in_other
    return True


def pack(sources, most):
    units = []
    for source in sources:
        for unit in units:
            if sum(s.bytes for s in unit) + source.bytes <= most and joins(source, unit):
                unit.append(source)
                break
        else:
            units.append([source])
    return units


def unit_text(unit, folder):
    text = ""
    for number, source in enumerate(unit):
        # Relative paths, so that checkouts beside each other share a compiler cache.
        if source.changed:
            text += f'#line 1 "{os.path.relpath(source.path, ROOT)}"\n{source.written(f"_in{number}")}'
        else:
            text += f'#include "{os.path.relpath(source.path, folder)}"\n'
    return text


def main():
    folder, most = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    units = pack([Source(pathlib.Path(name)) for name in sys.argv[3:]], most)
    paths = []
    for number, unit in enumerate(units):
        path = folder / f"unity_{number}.cc"
        text = unit_text(unit, folder)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        paths.append(path)
    for path in folder.glob("unity_*.cc"):
        if path not in paths:
            path.unlink()
    print("\n".join(str(path) for path in paths))


if __name__ == "__main__":
    main()
