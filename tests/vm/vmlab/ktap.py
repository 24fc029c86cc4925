# SPDX-License-Identifier: MIT
"""Reads the KTAP that KUnit writes to the kernel log, other lines between."""

import dataclasses
import re

_RESULT = re.compile(r"^( *)(not ok|ok) \d+(?: -)? ?(.*)$")
_PLAN = re.compile(r"^( *)1\.\.(\d+)$")


@dataclasses.dataclass
class Result:
    path: str
    verdict: str  # PASS, FAIL or SKIP


class _Level:
    def __init__(self):
        self.results = []
        self.leaves = []
        self.planned = None


def parse(text):
    """(results of the innermost tests, complaints about the output itself)"""
    levels = {}
    complaints = []

    def close(indent):
        """What lies deeper than indent belongs to the result that ends it."""
        inner = []
        for deeper in sorted(level for level in levels if level > indent):
            level = levels.pop(deeper)
            if level.planned is not None and level.planned != len(level.results):
                complaints.append(f"{len(level.results)} results where {level.planned} were planned")
            inner += level.leaves
        return inner

    for line in text.splitlines():
        if match := _PLAN.match(line):
            levels.setdefault(len(match[1]), _Level()).planned = int(match[2])
        elif match := _RESULT.match(line):
            indent, verdict = len(match[1]), "PASS" if match[2] == "ok" else "FAIL"
            name, _, directive = match[3].partition(" # ")
            if directive.upper().startswith("SKIP"):
                verdict = "SKIP"
            inner = close(indent)
            level = levels.setdefault(indent, _Level())
            level.results.append(verdict)
            if inner:
                level.leaves += [Result(f"{name}/{leaf.path}", leaf.verdict) for leaf in inner]
                if verdict == "FAIL" and all(leaf.verdict != "FAIL" for leaf in inner):
                    level.leaves.append(Result(name, "FAIL"))
            else:
                level.leaves.append(Result(name, verdict))
    if any(indent > 0 for indent in levels):
        complaints.append("the output ends inside a suite")
        close(0)
    return levels[0].leaves if 0 in levels else [], complaints
