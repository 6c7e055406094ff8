"""The project's own rules, checked over the tree: tidy.py [ROOT].

Prints one line per fault, "file:line: what", and ends with exit code 1 when there is one. The rules
and their reasons stand in CONTRIBUTING.md.
"""
import pathlib
import re
import subprocess
import sys

# A folder includes itself and the folders before it.
LAYERS = ["core", "protocols", "store", "indicators", "reports", "ingest", "web", "modules", "apps"]
AGENT_LAYERS = {"core", "protocols", "apps"}
FILE_LINES_MAX = 500
HEADER_LINES_MAX = 200
FUNCTION_LINES_MAX = 70
TEXT_SUFFIXES = {".cc", ".h", ".py", ".sql", ".sh", ".toml", ".md", ".txt", ".css", ".ts", ".js",
                 ".mjs", ".json", ".yml", ".test", ".csv"}

INCLUDE = re.compile(r'^#include "([^"]+)"')
SQL_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(?:IF\s+NOT\s+EXISTS\s+)?"
                       r"(?:main\.|public\.)?([a-z][a-z0-9_]*)")
LEFTOVER = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/[a-z]{2,})/|/tmp/wt")
FUNCTION = re.compile(r"^(?: {4})?[A-Za-z_~\[].*[)\w>]\s*\{$")
NO_FUNCTION = re.compile(r"^\s*(?:if|for|while|switch|do|else|namespace|struct|class|enum|union|"
                         r"extern|constexpr|const|static const|typedef|using|return|try|catch)\b")


class Tree:
    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self.faults: list[str] = []
        self.files = self._files()
        self.modules = {path.parts[2] for path in self.files
                        if path.parts[:2] == ("src", "modules") and len(path.parts) > 3}

    def _files(self) -> list[pathlib.Path]:
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=self.root,
                                capture_output=True, text=True, check=False)
        if listed.returncode == 0:
            paths = [pathlib.Path(line) for line in listed.stdout.splitlines()]
        else:  # an unpacked source release
            paths = [path.relative_to(self.root) for path in self.root.rglob("*")
                     if not {"build", "node_modules", "demo"} & set(path.parts)]
        return sorted(path for path in paths if (self.root / path).is_file())

    def text(self, path: pathlib.Path) -> str:
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def fault(self, path: pathlib.Path, line: int, what: str) -> None:
        self.faults.append(f"{path}:{line}: {what}" if line else f"{path}: {what}")


def module_of(path: pathlib.Path) -> str:
    """"telephony" for a file of that module, else an empty text."""
    parts = path.parts
    return parts[2] if parts[:2] == ("src", "modules") and len(parts) > 3 else ""


def check_includes(tree: Tree, path: pathlib.Path, lines: list[str]) -> None:
    layer = path.parts[1]
    agent = path.parts[:3] == ("src", "apps", "agent")
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = pathlib.PurePosixPath(match[1])
        if target.parts[0] not in LAYERS or len(target.parts) < 2:
            tree.fault(path, number, f"include path {match[1]} does not start at src/")
            continue
        test = path.stem.endswith(("_test", "_fixture"))  # a test may look down from above
        if LAYERS.index(target.parts[0]) > LAYERS.index(layer) and not test:
            tree.fault(path, number, f"{layer} must not include {target.parts[0]}")
        if agent and target.parts[0] not in AGENT_LAYERS:
            tree.fault(path, number, "the agent includes only core and protocols")
        other = target.parts[1] if target.parts[0] == "modules" and len(target.parts) > 2 else ""
        if not test and other and module_of(path) and other != module_of(path):
            tree.fault(path, number, f"modules never include each other: {other}")


def check_sql_owner(tree: Tree, path: pathlib.Path, lines: list[str]) -> None:
    own = module_of(path)
    for number, line in enumerate(lines, 1):
        for table in SQL_TABLE.findall(line):
            owner = table.split("_")[0]
            if owner in tree.modules and owner != own and "_" in table:
                tree.fault(path, number, f"table {table} belongs to module {owner}")


def check_listed(tree: Tree, path: pathlib.Path) -> None:
    folder = path.parent
    while not (tree.root / folder / "CMakeLists.txt").exists():
        folder = folder.parent
    names = set(re.findall(r"[\w./]+\.cc", tree.text(folder / "CMakeLists.txt")))
    if str(path.relative_to(folder)) not in names:
        tree.fault(path, 0, f"not listed in {folder}/CMakeLists.txt")


def check_listed_exist(tree: Tree, path: pathlib.Path, lines: list[str]) -> None:
    for number, line in enumerate(lines, 1):
        for name in re.findall(r"(?<![\w./}])[\w/]+\.cc\b", line.split("#")[0]):
            if not (tree.root / path.parent / name).exists():
                tree.fault(path, number, f"{name} does not exist")


def check_length(tree: Tree, path: pathlib.Path, lines: list[str]) -> None:
    limit = HEADER_LINES_MAX if path.suffix == ".h" else FILE_LINES_MAX
    if len(lines) > limit:
        tree.fault(path, 0, f"{len(lines)} lines, at most {limit}")


def check_sizes(tree: Tree, path: pathlib.Path, lines: list[str]) -> None:
    check_length(tree, path, lines)
    begin = None
    for number, line in enumerate(lines, 1):
        if begin is None:
            if FUNCTION.match(line) and not NO_FUNCTION.match(line):
                begin, close = number, re.match(r" *", line)[0] + "}"
        elif line.rstrip(";") == close or line.startswith(close + ")"):
            if number - begin + 1 > FUNCTION_LINES_MAX:
                tree.fault(path, begin, f"function of {number - begin + 1} lines, "
                                        f"at most {FUNCTION_LINES_MAX}")
            begin = None


def check_header(tree: Tree, path: pathlib.Path, lines: list[str]) -> None:
    if not lines or not lines[0].startswith("//"):
        tree.fault(path, 1, "a header begins with a comment that says what it is")
    if "#pragma once" not in lines:
        tree.fault(path, 1, "#pragma once is missing")


def check_words(tree: Tree, path: pathlib.Path, lines: list[str]) -> None:
    if path.parts[0] == "tools" and path.name == "tidy.py":
        return  # the words themselves
    for number, line in enumerate(lines, 1):
        if LEFTOVER.search(line):
            tree.fault(path, number, "a leftover: finish it or take it out")
        if MACHINE_PATH.search(line):
            tree.fault(path, number, "the path of one machine")


def check_no_data(tree: Tree, path: pathlib.Path) -> None:
    if path.suffix in {".db", ".key"} or path.name == "writer.lock":
        tree.fault(path, 0, "what a program left behind")


def check_file(tree: Tree, path: pathlib.Path) -> None:
    check_no_data(tree, path)
    if path.suffix not in TEXT_SUFFIXES and path.name != "CMakeLists.txt":
        return
    lines = tree.text(path).splitlines()
    check_words(tree, path, lines)
    if path.suffix in {".py", ".sh", ".mjs", ".ts"}:
        check_length(tree, path, lines)
    if path.parts[0] != "src":
        return
    if path.name == "CMakeLists.txt":
        check_listed_exist(tree, path, lines)
    if path.suffix in {".cc", ".h"}:
        check_includes(tree, path, lines)
        check_sizes(tree, path, lines)
    if path.suffix == ".h":
        check_header(tree, path, lines)
    if path.suffix == ".cc":
        check_listed(tree, path)
    test = path.stem.endswith("_test") or path.suffix == ".test"
    if path.suffix == ".sql" or (path.suffix == ".cc" and not test):
        check_sql_owner(tree, path, lines)
    if path.suffix == ".sql" and path.parent.name == "indicators":
        if not (tree.root / path.with_suffix(".test")).exists():
            tree.fault(path, 0, "an indicator without .test beside it")


def main() -> int:
    tree = Tree(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
    for path in tree.files:
        check_file(tree, path)
    for fault in tree.faults:
        print(fault)
    print(f"{1 if not tree.faults else 0} passed, {len(tree.faults)} failed")
    return 1 if tree.faults else 0


if __name__ == "__main__":
    sys.exit(main())
