# SPDX-License-Identifier: MIT
"""tidy.py BUILD PASSED CONFIG < FILES: runs clang-tidy over FILES, as BUILD's
compile_commands.json compiles them. FILES that passed are remembered in the
folder PASSED.

Nearly all of clang-tidy's time goes into the headers of the standard library,
so many files are looked at together, as one translation unit.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

TIDY = "clang-tidy-19"
# Bounds memory, about 0.5 GB a process.
MOST = 16


def compiled(build: pathlib.Path) -> dict[str, list[str]]:
    """File: its options, only for what is compiled; clang-tidy guesses others wrongly."""
    result = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        command = entry["command"].split(" -o ")[0].replace('\\"', '"').replace("-isystem ", "-isystem")
        result[entry["file"]] = command.split()[1:]
    return result


def own_names(text: str) -> set[str]:
    """What a file names for itself alone, in its unnamed namespace; two files of one unit must not share any."""
    names = {"main"} if re.search(r"^int main\(", text, re.M) else set()
    for region in re.findall(r"^namespace \{$(.*?)^\}  // namespace$", text, re.M | re.S):
        for line in region.splitlines():
            if re.match(r"[A-Za-z]", line) and not line.startswith(("template", "TEST", "namespace")):
                words = re.findall(r"\w+", re.split(r"[(={;\[]| : ", line)[0])
                names.update(words[-1:])
    return names


def batches(files: list[str]) -> list[list[str]]:
    """FILES in groups that have no own names in common."""
    result: list[tuple[list[str], set[str]]] = []
    for file in files:
        names = own_names(pathlib.Path(file).read_text())
        for members, taken in result:
            if len(members) < MOST and not taken & names:
                members.append(file)
                taken |= names
                break
        else:
            result.append(([file], names))
    return [members for members, _ in result]


def look(members: list[str], options: dict[str, list[str]], config: str, unit: pathlib.Path) -> str:
    """The findings in MEMBERS together; those that don't compile beside the others, alone."""
    includes = "".join(f'#include "{file}"\n' for file in members)
    unit.write_text(f"// NOLINTBEGIN(bugprone-suspicious-include)\n{includes}// NOLINTEND(bugprone-suspicious-include)\n")
    together = dict.fromkeys(option for file in members for option in options[file])
    run = subprocess.run(
        [TIDY, "--quiet", f"--config-file={config}", "--warnings-as-errors=*", str(unit), "--", *together],
        capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return ""
    wrong = [line for line in run.stdout.splitlines() if "[clang-diagnostic-error" in line]
    if wrong and len(members) > 1:
        alone = [file for file in members if any(line.startswith(file + ":") for line in wrong)] or members
        rest = [file for file in members if file not in alone]
        groups = [[file] for file in alone] + ([rest] if rest else [])
        return "".join(look(group, options, config, unit) for group in groups)
    findings = "".join(line + "\n" for line in run.stdout.splitlines() if "error:" in line)
    # One that is killed, for want of memory for instance, says nothing.
    return findings or f"{TIDY} ended with status {run.returncode}: {' '.join(members)}\n{run.stderr}"


def main() -> int:
    build, passed, config = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    listed = sys.stdin.read().split("\n")
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = hashlib.sha256(version + pathlib.Path(config).read_bytes())
    for header in (file for file in listed if file.endswith(".h")):
        common.update(header.encode() + pathlib.Path(header).read_bytes())

    options = compiled(build)
    marks = {}
    for name in listed:
        file = os.path.realpath(name)
        if name.endswith(".cpp") and file in options:
            key = common.copy()
            key.update("\0".join([name, *options[file]]).encode() + pathlib.Path(file).read_bytes())
            marks[file] = passed / key.hexdigest()
    waiting = [file for file, mark in marks.items() if not mark.exists()]

    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {}
        for number, members in enumerate(sorted(batches(waiting), key=len, reverse=True)):
            unit = build / f"tidy-{number}.cpp"
            running[pool.submit(look, members, options, config, unit)] = members
        for future in concurrent.futures.as_completed(running):
            findings = future.result()
            print(findings, end="")
            failed = failed or bool(findings)
            for file in running[future] if not findings else []:
                marks[file].touch()
    if not marks:
        print("nothing to look at: no file of the list is compiled")
    return failed or not marks


if __name__ == "__main__":
    sys.exit(main())
