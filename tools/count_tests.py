"""Adds up what GoogleTest wrote: count_tests.py FOLDER STATUS-OF-CTEST."""
import json
import pathlib
import sys


def main() -> int:
    folder, status = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    passed = failed = 0
    for file in sorted(folder.glob("*.json")):
        result = json.loads(file.read_text(encoding="utf-8"))
        failures = result["failures"] + result["errors"]
        passed += result["tests"] - failures
        failed += failures
    if status != 0 and failed == 0:
        failed = 1  # a program that crashed wrote no result
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
