# SPDX-License-Identifier: MIT
"""text.py TREE: reads file names, prints what no text file of the project may have."""

import re
import sys
from pathlib import Path

# Formats without comments, prose, and the licences themselves.
NO_TAG = re.compile(r"(\.md|\.json|\.hex|\.txt|\.golden|^LICENSE|^LICENSES/.*|(^|/)\.gitignore|^docs/abi/(debug|sys)fs-.*)$")
# The project's own networks and test images; how they are made is beside them.
BINARY = re.compile(r"^(models/(\w+\.onnx|images/\w+\.jpg)|docs/\w+\.png)$")
TAG = re.compile(r"SPDX-License-Identifier: (.+?)\s*(\*/|-->)?$", re.M)
GPL = "GPL-2.0-only"
LICENCES = {
    "driver/include/uapi/": {"(GPL-2.0-only WITH Linux-syscall-note) OR MIT"},
    "driver/abi/": {"(GPL-2.0-only OR MIT)"},
    "driver/": {GPL},
    "dkms.conf": {GPL},
    "": {"MIT"},
}
MACHINE = re.compile(r"(?:^|[\s\"'=:(`])/(?:work|root|home)/[\w.]")


def licence_of(file):
    return next(allowed for prefix, allowed in LICENCES.items() if file.startswith(prefix))


def check(file, data):
    text = data.decode("utf-8", errors="replace")
    if not NO_TAG.search(file):
        tag = TAG.search("\n".join(text.split("\n")[:5]))
        if not tag:
            yield 1, "no SPDX-License-Identifier in the first lines"
        elif tag.group(1) not in licence_of(file):
            yield 1, f"{tag.group(1)}: files here are {' or '.join(sorted(licence_of(file)))}"
    if file.startswith("LICENSES/"):
        return
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no line end at the end"
    if text.endswith("\n\n"):
        yield text.count("\n"), "empty line at the end"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield number, "white space at the end of the line"
        if MACHINE.search(line):
            yield number, "path of one machine"


def main():
    tree = Path(sys.argv[1])
    found = 0
    for file in sys.stdin.read().splitlines():
        path = tree / file
        if path.is_symlink() or not path.is_file() or BINARY.search(file):
            continue
        data = path.read_bytes()
        if b"\0" in data:
            print(f"{file}: binary file")
            found += 1
            continue
        for line, text in check(file, data):
            print(f"{file}:{line}: {text}")
            found += 1
    sys.exit(1 if found else 0)


main()
