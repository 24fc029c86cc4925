# SPDX-License-Identifier: MIT
"""docs.py TREE: reads file names, prints where documents speak of what is not there:
files, module parameters, reasons of a dead board, messages of driver and tools."""

import re
import sys
from pathlib import Path

TREE = Path(sys.argv[1])
PARAMETERS = ("docs/abi/module-parameters.md", "modprobe.d/hailo_pci.conf")
REASONS = "docs/abi/sysfs-class-hailo_chardev"
MESSAGES = "docs/troubleshooting.md"
DOCTOR = "tools/fwtool/doctor.cpp"
# Said by others.
FOREIGN = re.compile(r"HailoRT\)|Debian's kernels|Secure Boot")
# What stands for a value in a quoted message, and what no message has.
VALUE = re.compile(r"…|/dev/hailo0|-?\b\d+\b|\b(?:NAME\[PID\]|WHAT: value, limit|[NXY])(?!\w)")
LEAST = 6  # characters that tell a message from another


def read(name):
    path = TREE / name
    return path.read_text(errors="replace") if path.is_file() else ""


def sources_of(files, folders):
    """The text of C and C++, with string literals that follow each other made one."""
    text = "\n".join(read(name) for name in files if re.match(rf"({folders})/.*\.(c|h|cpp)$", name))
    return re.sub(r'"\s*\n?\s*"', "", text)


def check_links(name, text):
    cells = 0
    for number, line in enumerate(text.split("\n"), 1):
        for target in re.findall(r"\]\(([^)#\s]+)", line):
            if "://" not in target and not (TREE / name).parent.joinpath(target).exists():
                yield number, f"a link to nothing: {target}"
        for path in re.findall(r"`((?:container|docs|driver|firmware|models|packaging|tests|tools|udev)/[\w./*-]+)`", line):
            if not re.search(r"[A-Z]{4}", path) and not list(TREE.glob(path.rstrip("/"))):
                yield number, f"no file {path}"
        count = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        if cells and count and count != cells:
            yield number, f"{count - 1} cells in a table of {cells - 1}"
        cells = cells if cells and count else count


def check_parameters(driver):
    known = set(re.findall(r"module_param_named\((\w+),", driver))
    for name in PARAMETERS:
        told = set(re.findall(r"^(?:\| `|#options hailo_pci )(\w+)(?:` \||=)", read(name), re.M))
        for parameter in sorted(known ^ told):
            yield name, f"parameter {parameter} is only {'there' if parameter in told else 'in the driver'}"


def check_reasons(files):
    told = " ".join(read(REASONS).split())
    for name in files:
        if re.match(r"driver/\w+\.c$", name):
            for reason in re.findall(r'(?:set_state\(hdev, HAILO_STATE_DEAD, |why = )"([^"]+)"', read(name)):
                if f'"{reason}"' not in told:
                    yield name, f"{REASONS} has nothing on the reason {reason}"


def check_messages(sources):
    quoted = []
    for row in re.findall(r"^\| (`.*)", read(MESSAGES), re.M):
        if not FOREIGN.search(row):
            quoted += [(MESSAGES, text) for text in re.findall(r"`([^`]+)`", re.split(r" \| |HailoRT:", row)[0])]
    quoted += [(DOCTOR, text) for text in re.findall(r'Known\{"([^"]+)"', read(DOCTOR))]
    for name, text in quoted:
        others = sources.replace(f'Known{{"{text}"', "")
        for part in VALUE.split(text):
            if len(part) >= LEAST and part.strip() not in others:
                yield name, f"nobody says: {part.strip()}"


def main():
    files = sys.stdin.read().splitlines()
    found = [(f"{name}:{line}", text) for name in files if name.endswith(".md") for line, text in check_links(name, read(name))]
    found += check_parameters(sources_of(files, "driver"))
    found += check_reasons(files)
    found += check_messages(sources_of(files, "driver|tools"))
    for where, text in found:
        print(f"{where}: {text}")
    sys.exit(1 if found else 0)


main()
