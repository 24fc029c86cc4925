# SPDX-License-Identifier: MIT
"""layers.py TREE: reads file names, prints what stands where it must not."""

import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)

# The driver's files and the headers of other files that each may include;
# every file may include its own. Tests and tracepoints may include all.
# A name that is missing here is a new file: decide where it stands.
BOARD = ["hailo_dev", "hailo_hw", "hailo_irq", "hailo_ctrl", "hailo_release", "hailo_variant", "hailo_trace"]
DRIVER = {
    # pure: no device, tested by KUnit
    "hailo_fw": ["hailo_release", "hailo_variant"],
    "hailo_release": [],
    "hailo_desc": [],
    "hailo_variant": [],
    # registers
    "hailo_hw": ["hailo_variant"],
    # the board and what serves it
    "hailo_dev": BOARD + ["hailo_cdev", "hailo_vdma"],
    "hailo_irq": BOARD + ["hailo_vdma"],
    "hailo_ctrl": BOARD + ["hailo_cdev"],
    "hailo_mem": BOARD + ["hailo_desc"],
    "hailo_queue": ["hailo_desc", "hailo_mem"],
    "hailo_vdma": BOARD + ["hailo_desc", "hailo_mem", "hailo_queue", "hailo_cdev"],
    "hailo_boot": BOARD + ["hailo_fw", "hailo_vdma"],
    # what the rest of the kernel calls
    "hailo_cdev": BOARD + ["hailo_sysfs", "hailo_vdma", "hailo_mem"],
    "hailo_cdev_vdma": BOARD + ["hailo_cdev", "hailo_vdma", "hailo_mem", "hailo_queue", "hailo_launch", "hailo_wait"],
    "hailo_launch": BOARD + ["hailo_cdev", "hailo_vdma", "hailo_mem", "hailo_queue"],
    "hailo_wait": BOARD + ["hailo_cdev", "hailo_vdma", "hailo_mem", "hailo_queue"],
    "hailo_sysfs": BOARD + ["hailo_boot"],
    "hailo_hwmon": BOARD,
    "hailo_debugfs": BOARD + ["hailo_queue"],
    "hailo_pm": BOARD + ["hailo_boot", "hailo_probe", "hailo_vdma", "hailo_mem", "hailo_cdev"],
    "hailo_probe": None,
    "hailo_main": ["hailo_boot", "hailo_cdev", "hailo_debugfs", "hailo_dev", "hailo_probe", "hailo_release"],
    "hailo_trace": None,
}
PURE = {"hailo_fw", "hailo_release", "hailo_desc", "hailo_variant"}
# The kernel's interfaces that a pure file has no use for.
IMPURE = re.compile(r"linux/(pci|io|interrupt|cdev|delay|wait|kthread|workqueue|mutex|spinlock|dma-mapping)\.h")

# A folder of tools/ and what it may include of ours: folders, and "abi" and
# "uapi" for the driver's two header folders. The longest matching name counts.
TOOLS = {
    "lib/base": [],
    "lib/sys": ["lib/base"],
    "lib/hailo": ["lib/base", "lib/sys", "abi", "uapi"],
    "lib/hef": ["lib/base"],
    "lib/http": ["lib/base"],
    "lib/image": ["lib/base", "lib/hef"],
    "lib/runtime": ["lib/base", "lib/hailo", "lib/hef", "abi"],
    "fwtool": ["lib", "abi", "uapi"],
    "detect": ["lib", "abi", "uapi"],
    "emulator": ["lib/base", "lib/hef", "abi"],
    "emulator/model": ["lib/base", "lib/hef", "abi", "emulator/scenario"],
    "emulator/scenario": ["lib/base"],
    "gen": ["lib/base", "lib/hef", "abi"],
    "run": ["lib"],
}
# The model has no sockets, no threads and no clock of its own.
MODEL = re.compile(r"^(sys/.*|netinet/.*|poll\.h|unistd\.h|thread|mutex|condition_variable|future|atomic|ctime|time\.h)$")

LINKED = {
    "hailo_abi": "abi",
    "hailo_uapi": "uapi",
    "hailo_sys": "lib/sys",
    "hailo_lib": "lib/hailo",
    "hailo_hef": "lib/hef",
    "hailo_http": "lib/http",
    "hailo_image": "lib/image",
    "hailo_runtime": "lib/runtime",
}

found = 0


def finding(file, text, position=None):
    global found
    found += 1
    line = "" if position is None else f":{position}"
    print(f"{file}{line}: {text}")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def without_comments(text):
    """Comments become spaces, so that line numbers stay."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())
    return re.sub(r"/\*.*?\*/|//[^\n]*", blank, text, flags=re.S)


def includes(text):
    for match in INCLUDE.finditer(without_comments(text)):
        yield match.group(1), match.group(2), line_of(text, match.start())


def check_driver(tree, file, text):
    code = without_comments(text)
    for match in re.finditer(r"\b(LINUX_VERSION_CODE|KERNEL_VERSION|RHEL_RELEASE_CODE)\b", code):
        finding(file, f"{match.group()}: ask for the feature (compat/), not for the version", line_of(text, match.start()))
    if not file.startswith("driver/compat/"):
        for match in re.finditer(r"\bHAILO_HAVE_\w+", code):
            finding(file, f"{match.group()}: only compat/ knows that kernels differ", line_of(text, match.start()))
    if not file.endswith((".c", ".h")):
        return

    name = Path(file).stem
    folder = str(Path(file).parent)
    if file not in ("driver/hailo_hw.c", "driver/hailo_hw.h"):
        for match in re.finditer(r"\b(readl|writel|readb|writeb|readw|writew|ioread\w+|iowrite\w+|memcpy_(to|from)io)(_relaxed)?\(", code):
            finding(file, f"{match.group(1)}: registers are accessed in hailo_hw only", line_of(text, match.start()))

    if folder == "driver/abi":
        allowed = {"linux/types.h", "linux/build_bug.h", "assert.h", "linux/bits.h"}
        for _, target, line in includes(text):
            if target not in allowed and not (tree / "driver/abi" / target).exists():
                finding(file, f"{target}: abi/ needs <linux/types.h> alone", line)
        return
    if folder.startswith("driver/include/uapi"):
        for _, target, line in includes(text):
            if target not in {"linux/types.h", "linux/ioctl.h"}:
                finding(file, f"{target}: the user ABI needs <linux/types.h> and <linux/ioctl.h> alone", line)
        return

    for kind, target, line in includes(text):
        if kind == "<":
            if not re.match(r"(linux|asm|kunit|trace|uapi/linux)/|hailo/hailo_\w+\.h$", target):
                finding(file, f"{target}: neither the kernel's nor ours", line)
            if name in PURE and folder == "driver" and IMPURE.match(target):
                finding(file, f"{target}: {name} is pure, it knows no device", line)
            continue
        homes = [tree / "driver" / target, (tree / file).parent / target]
        if ".." in target or not any(home.exists() for home in homes):
            finding(file, f"{target}: not in driver/", line)
            continue
        if target.startswith(("abi/", "compat/")) or folder != "driver":
            continue
        other = Path(target).stem
        if name not in DRIVER:
            finding(file, "unknown file: give it a place in tests/lint/layers.py")
            break
        if DRIVER[name] is not None and other != name and other not in DRIVER[name]:
            finding(file, f"{target}: {name} may not know it", line)


def room_of(folder):
    rooms = [room for room in TOOLS if folder == room or folder.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def check_tools(tree, file, text):
    folder = str(Path(file).parent.relative_to("tools"))
    room = room_of(folder)
    if room is None:
        if folder != ".":
            finding(file, "unknown folder: give it a place in tests/lint/layers.py")
        return
    allowed = TOOLS[room]
    whole = room.split("/")[0] if room.startswith("emulator") else room
    may = lambda target: any(target == a or target.startswith(a + "/") for a in allowed) or (
        room_of(target) == room) or (room == "emulator" and target.startswith("emulator"))

    if file.endswith("CMakeLists.txt"):
        for match in re.finditer(r"\b(hailo_\w+)\b", re.sub(r"#.*", "", text)):
            target = LINKED.get(match.group(1))
            if target and not may(target):
                finding(file, f"{match.group(1)}: {room} may not use {target}", line_of(text, match.start()))
        return

    for kind, target, line in includes(text):
        if room == "emulator/model" and kind == "<" and MODEL.match(target):
            finding(file, f"{target}: the model has no sockets, threads or clock", line)
        if ".." in target or target.startswith(("tests/", "driver/")):
            finding(file, f"{target}: outside of what tools may see", line)
        elif (tree / "driver/abi" / target).exists():
            if not may("abi"):
                finding(file, f"{target}: {room} may not include driver/abi", line)
        elif target.startswith("hailo/hailo_"):
            if not may("uapi"):
                finding(file, f"{target}: {room} may not include the user ABI", line)
        elif target.endswith(".pb.h") and (tree / file).with_name(target[: -len(".pb.h")] + ".proto").exists():
            pass  # generated from the schema beside it
        elif kind == '"' and not may(str(Path(target).parent)):
            finding(file, f"{target}: {whole} may not include it", line)


def hardware_numbers(tree):
    """Numbers of driver/abi that nobody writes by chance: no bit, no mask."""
    common = re.compile("0b1+|0b10*|0b1111+0*")
    numbers = {}
    for header in sorted((tree / "driver/abi").glob("*.h")):
        code = without_comments(header.read_text())
        for match in re.finditer(r"#define\s+(\w+)[^\n]*?\b(0x[0-9a-fA-F]+)u?l*\b", code):
            value = int(match.group(2), 16)
            if value >= 0x1000 and not common.fullmatch(bin(value)):
                numbers.setdefault(value, match.group(1))
    return numbers


def check_numbers(file, text, numbers):
    for match in re.finditer(r"\b0x[0-9a-fA-F']+(?=[uUlL]*\b)", without_comments(text)):
        value = int(match.group().replace("'", ""), 16)
        if value in numbers:
            finding(file, f"{match.group()}: has a name, {numbers[value]}", line_of(text, match.start()))


def main():
    tree = Path(sys.argv[1])
    numbers = hardware_numbers(tree)
    for file in sys.stdin.read().splitlines():
        if not (tree / file).is_file():
            continue
        text = (tree / file).read_text(errors="replace")
        if file.startswith("driver/"):
            check_driver(tree, file, text)
        elif file.startswith("tools/") and file.endswith((".h", ".cpp", "CMakeLists.txt")):
            check_tools(tree, file, text)
        tests = file.startswith(("tests/", "driver/tests/", "driver/abi/"))
        if file.endswith((".c", ".h", ".cpp")) and not tests:
            check_numbers(file, text, numbers)
    sys.exit(1 if found else 0)


main()
