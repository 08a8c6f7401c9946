"""`python -m tests.attacks --list`: which finding is attacked by which test.

A test says it by `@pytest.mark.finding("S1")`; ids are those of the security reviews, `held` is an
attack that failed in a review and shall go on failing.
"""

from __future__ import annotations

import argparse
import ast
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def attacks() -> dict[str, list[str]]:
    """Finding -> tests, in the order of their numbers."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for test in ast.walk(tree):
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                for finding in (*_findings(test.decorator_list), *_findings(_of_module(tree))):
                    found[finding].append(f"{path.relative_to(TESTS.parent)}::{test.name}")
    return dict(sorted(found.items(), key=lambda pair: (len(pair[0]), pair[0])))


def _of_module(tree: ast.Module) -> list[ast.expr]:
    """Marks of a whole file: `pytestmark`, one or several."""
    found: list[ast.expr] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            found += node.value.elts if isinstance(node.value, ast.List) else [node.value]
    return found


def _findings(marks: Iterable[ast.expr]) -> Iterator[str]:
    for mark in marks:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.finding":
            yield from (str(ast.literal_eval(argument)) for argument in mark.args)


def main() -> None:
    """Print the list."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--list", action="store_true", help="what this always does")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    chosen = parser.parse_args()
    found = attacks()
    if chosen.json:
        print(json.dumps(found))
        return
    for finding, tests in found.items():
        for test in tests:
            print(f"{finding:<6} {test}")
    print(f"{len(found)} findings attacked")


if __name__ == "__main__":
    main()
