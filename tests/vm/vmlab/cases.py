# SPDX-License-Identifier: MIT
"""Case files: shell scripts whose first comment block says where they run."""

import dataclasses
import pathlib
import shlex

KERNELS = ("stock", "debug", "arm64", "arm64-16k")


def kind(kernel):
    """What of KERNELS a kernel of the matrix stands for: 7.3-arm64-16k for arm64-16k."""
    for suffix, name in (("-amd64", "stock"), ("-arm64", "arm64"), ("-arm64-16k", "arm64-16k")):
        if kernel.endswith(suffix):
            return name
    return kernel


KEYS = {
    "kernels",
    "boards",
    "emulator",
    "emulator1",
    "timeout",
    "machine",
    "ub",
    "log",
    "boot",
    "count",
    "root",
    "containers",
    "modules",
    "usb",
    "iommu",
}
MAX_BOARDS = 2


class HeaderError(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    path: pathlib.Path
    kernels: tuple
    emulators: tuple  # one tuple of options per board
    timeout: int  # seconds on an idle machine and a stock kernel
    machine: tuple  # further QEMU options
    own_boot: bool
    count_insns: bool
    debian: bool = False  # runs in an installed system instead of the initramfs
    containers: tuple = ()  # images of container/, on disks
    modules: tuple = ()  # of the kernel, for insert_modules
    usb_camera: bool = False
    iommu: bool = False  # the boards are behind one

    def boot_key(self):
        """Cases with equal keys may share a boot."""
        return (
            self.emulators,
            self.machine,
            self.count_insns,
            self.debian,
            self.containers,
            self.usb_camera,
            self.iommu,
            self.name if self.own_boot else "",
        )


def _header(path):
    values = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.startswith("#"):
            break
        key, colon, value = line[1:].strip().partition(":")
        if not colon or " " in key or key.startswith(("SPDX", "shellcheck")):
            continue
        if key not in KEYS and not values:
            continue  # prose comes first
        if key not in KEYS:
            raise HeaderError(f"{path}:{number}: unknown key '{key}', there are {sorted(KEYS)}")
        values[key] = value.strip()
    return values


def load(path):
    values = _header(path)
    kernels = tuple(values.get("kernels", "").split())
    if not kernels or set(kernels) - set(KERNELS):
        raise HeaderError(f"{path}: '# kernels:' must name some of {KERNELS}")
    boards = int(values.get("boards", 1))
    if not 1 <= boards <= MAX_BOARDS:
        raise HeaderError(f"{path}: '# boards:' is 1 to {MAX_BOARDS}")
    names = ("emulator", "emulator1")[:boards]
    if values.get("boot", "own") != "own":
        raise HeaderError(f"{path}: '# boot:' can only be 'own'")
    if values.get("count", "insns") != "insns":
        raise HeaderError(f"{path}: '# count:' can only be 'insns'")
    if values.get("root", "debian") != "debian":
        raise HeaderError(f"{path}: '# root:' can only be 'debian'")
    if values.get("usb", "camera") != "camera":
        raise HeaderError(f"{path}: '# usb:' can only be 'camera'")
    if values.get("iommu", "strict") != "strict":
        raise HeaderError(f"{path}: '# iommu:' can only be 'strict'")
    containers = tuple(values.get("containers", "").split())
    if set(containers) - {"kmod", "kmm", "detector"}:
        raise HeaderError(f"{path}: '# containers:' can only name 'kmod', 'kmm' and 'detector'")
    return Case(
        name=path.stem,
        path=path,
        kernels=kernels,
        emulators=tuple(tuple(shlex.split(values.get(name, ""))) for name in names),
        timeout=int(values.get("timeout", 60)),
        machine=tuple(shlex.split(values.get("machine", ""))),
        own_boot="boot" in values,
        count_insns="count" in values,
        debian="root" in values,
        containers=containers,
        modules=tuple(values.get("modules", "").split()),
        usb_camera="usb" in values,
        iommu="iommu" in values,
    )


def load_all(folder):
    return {path.stem: load(path) for path in sorted(folder.glob("*.sh"))}


def boots(cases, jobs):
    """Splits cases into lists that share a boot, none much longer than its share of a job."""
    groups = {}
    for case in cases:
        groups.setdefault(case.boot_key(), []).append(case)
    limit = max(4, -(-len(cases) // jobs))
    parts = []
    for group in groups.values():
        parts += [group[i : i + limit] for i in range(0, len(group), limit)]
    return sorted(parts, key=len, reverse=True)


def with_emulator(case, options):
    """The case with other options for its first emulator."""
    return dataclasses.replace(case, emulators=(tuple(shlex.split(options)), *case.emulators[1:]))
