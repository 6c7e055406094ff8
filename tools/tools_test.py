"""Tests of the tools that guard the tree: tools_test.py PATH-OF-EMBED."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent
EMBED = pathlib.Path("build/release/tools/klarsyn_embed").resolve()


class TreeTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


class TidyTest(TreeTest):
    def faults(self) -> list[str]:
        run = subprocess.run([sys.executable, str(TOOLS / "tidy.py"), str(self.root)],
                             capture_output=True, text=True, check=False)
        lines = run.stdout.splitlines()
        self.assertEqual(run.returncode, 1 if len(lines) > 1 else 0)
        return lines[:-1]

    def expect(self, *parts: str) -> None:
        faults = self.faults()
        self.assertEqual(len(faults), 1, faults)
        for part in parts:
            self.assertIn(part, faults[0])

    def test_clean_tree(self) -> None:
        self.write("src/core/CMakeLists.txt", "x(SOURCES a.cc)\n")
        self.write("src/core/a.h", "// What it is.\n#pragma once\n")
        self.write("src/core/a.cc", '#include "core/a.h"\n')
        self.assertEqual(self.faults(), [])

    def test_include_against_the_order(self) -> None:
        self.write("src/core/CMakeLists.txt", "a.cc")
        self.write("src/core/a.cc", '#include "store/store.h"\n')
        self.expect("src/core/a.cc:1:", "core must not include store")

    def test_modules_never_include_each_other(self) -> None:
        self.write("src/modules/lpr/CMakeLists.txt", "a.cc")
        self.write("src/modules/lpr/a.cc", '#include "modules/org/org.h"\n')
        self.expect("modules never include each other: org")

    def test_table_of_another_module(self) -> None:
        self.write("src/modules/org/schema/001_x.sql", "CREATE TABLE org_place (id BIGINT);\n")
        self.write("src/modules/lpr/schema/001_x.sql", "SELECT 1 FROM org_place\n")
        self.expect("src/modules/lpr/schema/001_x.sql:1:", "table org_place belongs to module org")

    def test_indicator_without_test(self) -> None:
        self.write("src/modules/lpr/indicators/x.sql", "SELECT 1\n")
        self.expect("without .test")

    def test_source_that_nobody_builds(self) -> None:
        self.write("src/core/b_a.cc", "int b;\n")
        self.write("src/core/CMakeLists.txt", "b_a.cc\n")
        self.write("src/core/a.cc", "int a;\n")
        self.expect("not listed in src/core/CMakeLists.txt")

    def test_source_that_does_not_exist(self) -> None:
        self.write("src/core/CMakeLists.txt", "x(SOURCES a.cc)\n")
        self.expect("src/core/CMakeLists.txt:1:", "a.cc does not exist")

    def test_long_function(self) -> None:
        self.write("src/core/CMakeLists.txt", "a.cc")
        self.write("src/core/a.cc", "int a() {\n" + "    b();\n" * 68 + "}\n")
        self.assertEqual(self.faults(), [])
        self.write("src/core/a.cc", "int a() {\n" + "    b();\n" * 69 + "}\n")
        self.expect("src/core/a.cc:1:", "function of 71 lines")

    def test_long_file(self) -> None:
        self.write("src/core/CMakeLists.txt", "a.cc")
        self.write("src/core/a.cc", "int a;\n" * 501)
        self.expect("501 lines, at most 500")

    def test_the_length_of_a_test_file(self):
        self.write("tests/functional/test_a.py", "x = 1\n" * 501)
        self.expect("501 lines, at most 500")

    def test_data_that_a_program_left_behind(self) -> None:
        self.write("klarsyn_test_1/klarsyn.db", "SQLite format 3")
        self.expect("klarsyn_test_1/klarsyn.db", "left behind")

    def test_header_without_comment(self) -> None:
        self.write("src/core/a.h", "#pragma once\n")
        self.expect("begins with a comment")

    def test_leftover_and_machine_path(self) -> None:
        self.write("docs/a.md", "TO" + "DO: write\n")
        self.expect("docs/a.md:1:", "leftover")
        self.write("docs/a.md", "see /ro" + "ot/x\n")
        self.expect("path of one machine")


class UnityTest(TreeTest):
    """Files in one unit mean what they mean alone: the program of all prints what each one prints."""

    def units(self, **files: str) -> list[str]:
        paths = []
        for name, text in files.items():
            self.write(f"{name}.cc", "#include <string>\n" + text +
                       f"std::string {name}() {{ return called(); }}\n")
            paths.append(str(self.root / f"{name}.cc"))
        run = subprocess.run([sys.executable, str(TOOLS / "unity.py"), str(self.root / "units"),
                              "100000", *paths], capture_output=True, text=True, check=True)
        return run.stdout.split()

    def prints(self, units: list[str], *names: str) -> str:
        body = "".join(f'    std::puts({name}().c_str());\n' for name in names)
        declared = "".join(f"std::string {name}();\n" for name in names)
        self.write("main.cc", f"#include <cstdio>\n#include <string>\n{declared}int main() {{\n{body}}}\n")
        program = self.root / "program"
        subprocess.run(["g++", "-std=c++20", "-Wall", "-Werror", "-I", str(self.root), *units,
                        str(self.root / "main.cc"), "-o", str(program)], check=True)
        return subprocess.run([program], capture_output=True, text=True, check=True).stdout

    def test_hidden_names_of_two_files_may_be_the_same(self) -> None:
        text = ('namespace {{\nconstexpr char kWord[] = "kWord {0}"; // kWord\nstruct Part {{ int n = {0}; }};\n'
                "std::string called() {{ return kWord + std::to_string(Part().n); }}\n}}\n")
        units = self.units(one=text.format(1), two=text.format(2))
        self.assertEqual(len(units), 1)
        self.assertEqual(self.prints(units, "one", "two"), "kWord 11\nkWord 22\n")

    def test_what_is_also_a_member_keeps_files_apart(self) -> None:
        text = ("namespace {{\nstruct Word {{ std::string called = \"{0}\"; }};\n"
                "std::string called() {{ return Word().called; }}\n}}\n")
        units = self.units(one=text.format(1), two=text.format(2))
        self.assertEqual(len(units), 2)
        self.assertEqual(self.prints(units, "one", "two"), "1\n2\n")

    def test_a_macro_of_one_file_is_none_of_the_other(self) -> None:
        macro = '#define kWord "macro"\nstatic std::string called() { return kWord; }\n'
        text = "namespace {{\nstd::string kWord() {{ return \"x\"; }}\nstd::string called() {{ return {}kWord(); }}\n}}\n"
        for prefix, number in (("", 1), ("::", 2)):  # the second cannot be called otherwise
            units = self.units(one=macro, two=text.format(prefix))
            self.assertEqual(len(units), number)
            self.assertEqual(self.prints(units, "one", "two"), "macro\nx\n")

    def test_an_alias_is_shared_only_where_it_is_the_same(self) -> None:
        text = ("namespace a {{ inline std::string x() {{ return \"a\"; }} }}\n"
                "namespace b {{ inline std::string x() {{ return \"b\"; }} }}\n"
                "namespace {{\nnamespace it = {0};\nstd::string called() {{ return it::x(); }}\n}}\n")
        self.assertEqual(len(self.units(one=text.format("a"), two=text.format("b"))), 2)
        text = "namespace {\nusing std::string;\nstring called() { return \"x\"; }\n}\n"
        units = self.units(one=text, two=text)
        self.assertEqual(len(units), 1)
        self.assertEqual(self.prints(units, "one", "two"), "x\nx\n")

    def test_an_error_is_told_at_the_line_of_the_file(self) -> None:
        fine = "namespace {\nstd::string called() { return {}; }\n}\n"
        units = self.units(one=fine, two=fine.replace("{}", "wrong"))
        self.assertEqual(len(units), 1)
        run = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", *units], capture_output=True,
                             text=True, check=False)
        self.assertIn("two.cc:3:", run.stderr)


class EmbedTest(TreeTest):
    def embed(self, mode: str, *files: str) -> subprocess.CompletedProcess:
        self.write("list", "".join(file + "\n" for file in files))
        return subprocess.run([EMBED, mode, self.root, self.root / "list", self.root / "out.cc"],
                              capture_output=True, text=True, check=False)

    def texts(self, danish: str, english: str) -> subprocess.CompletedProcess:
        self.write("src/core/text/da.toml", danish)
        self.write("src/core/text/en.toml", english)
        return self.embed("texts", "src/core/text/da.toml", "src/core/text/en.toml")

    def refuses(self, danish: str, english: str, *parts: str) -> None:
        run = self.texts(danish, english)
        self.assertEqual(run.returncode, 1, run.stdout)
        for part in parts:
            self.assertIn(part, run.stderr)

    def test_complete_catalogue(self) -> None:
        run = self.texts('[a]\nb = "{x} er ø"\n', '[a]\nb = "ø is {x}"\n')
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn('"a.b"', (self.root / "out.cc").read_text(encoding="utf-8"))

    def test_key_missing_in_one_language(self) -> None:
        self.refuses('[a]\nb = "x"\n', "", "src/core/text/en.toml: a.b: missing")
        self.refuses("", '[a]\nb = "x"\n', "src/core/text/da.toml: a.b: missing")

    def test_placeholders_differ(self) -> None:
        self.refuses('[a]\nb = "{x}"\n', '[a]\nb = "{y}"\n', "a.b: the {placeholders} differ")

    def test_braces_that_are_no_placeholder(self) -> None:
        self.refuses('[a]\nb = "{x"\n', '[a]\nb = "{x"\n', "a.b: a brace")

    def test_duplicate_key(self) -> None:
        self.refuses('[a]\nb = "x"\nb = "y"\n', '[a]\nb = "x"\n', "src/core/text/da.toml:3:")
        self.write("src/web/text/da.toml", '[a]\nb = "x"\n')
        self.texts('[a]\nb = "x"\n', '[a]\nb = "x"\n')
        run = self.embed("texts", "src/core/text/da.toml", "src/core/text/en.toml",
                         "src/web/text/da.toml")
        self.assertIn("src/web/text/da.toml: a.b: duplicate key, also in src/core/text/da.toml",
                      run.stderr)

    def test_value_that_is_no_text(self) -> None:
        self.refuses("[a]\nb = 1\n", '[a]\nb = "1"\n', "a.b: is not a string")

    def test_plural_needs_other(self) -> None:
        self.refuses('[a]\none = "én"\n', '[a]\none = "one"\n', "a.one: without a.other")
        run = self.texts('[a]\none = "én"\nother = "{count}"\n',
                         '[a]\none = "{count}"\nother = "{count}"\n')
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_assets_keep_every_byte(self) -> None:
        content = bytes(range(256)) * 2 + b'??/"\\\r\n0'
        (self.root / "data").write_bytes(content)
        self.assertEqual(self.embed("assets", "data").returncode, 0)
        main = self.root / "main.cc"
        main.write_text('#include <cstdio>\n#include "core/embedded.h"\nint main() {\n'
                        '    for (auto f : klarsyn::embedded_files("da"))\n'
                        "        std::fwrite(f.text.data(), 1, f.text.size(), stdout);\n}\n",
                        encoding="utf-8")
        program = self.root / "program"
        subprocess.run(["g++", "-std=c++20", "-I", str(TOOLS.parent / "src"), str(main),
                        str(self.root / "out.cc"), "-o", str(program)], check=True)
        self.assertEqual(subprocess.run([program], capture_output=True, check=True).stdout, content)


def main() -> int:
    global EMBED
    if len(sys.argv) > 1:
        EMBED = pathlib.Path(sys.argv.pop(1)).resolve()
    result = unittest.main(exit=False, verbosity=1).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
