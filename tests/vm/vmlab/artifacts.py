# SPDX-License-Identifier: MIT
"""What a boot needs: QEMU, kernel, module, tools, firmware images, initramfs."""

import dataclasses
import fcntl
import json
import lzma
import os
import pathlib
import random
import re
import shlex
import subprocess

from . import cpio

TOP = pathlib.Path(__file__).resolve().parents[3]
LAB = TOP / "tests/lab"
BUILD = TOP / "build/vm"
GUEST = TOP / "tests/vm/guest"
RELEASE = TOP / "build/release"
MODELS = TOP / "models"

# Firmware images: version -> size; those named here are as long as a real one.
IMAGES = {"4.20.0": 167936, "4.20.1": 20480, "4.21.0": 20480, "4.22.0": 20480, "4.23.0": 167936}
DEFECT_VERSION = "4.20.0"
# Side of the committed pictures, pixels.
PICTURE = 320
# Below tools/ of a build.
PROGRAMS = ("fwtool/hailo-fwtool", "run/hailo-run", "detect/hailo-detect")
# What hailo-detect loads by itself, and what that loads; only where it is built.
PLUGIN = "detect/hailo-detect-libcamera.so"
LIBCAMERA = pathlib.Path("/usr/lib/x86_64-linux-gnu/libcamera")
# Drivers of the lab's own devices, modular in Debian's kernels.
GUEST_MODULES = ("virtio_pci", "virtio_console")
DISK_MODULES = ("virtio_blk", "crc32c_generic", "ext4")


@dataclasses.dataclass(frozen=True)
class Guest:
    suite: str  # of the build root that has its busybox
    preset: str  # that builds PROGRAMS
    triplet: str  # Debian's name for its folder of libraries


GUESTS = {
    "amd64": Guest("bookworm", "release", "x86_64-linux-gnu"),
    "arm64": Guest("trixie", "arm64", "aarch64-linux-gnu"),
}


@dataclasses.dataclass(frozen=True)
class Network:
    onnx: str
    inputs: tuple  # bytes of a frame of each, on the wire
    outputs: int
    frames: int


# Of models/; the sizes are those that hailo-hefgen shows.
NETWORKS = {
    "tiny": Network("tiny.onnx", (32 * 32 * 3,), 1, 200),
    "odd": Network("odd.onnx", (19 * 40 * 5, 32), 2, 200),
    "shapes": Network("shapes.onnx", (PICTURE * PICTURE * 3,), 1, 12),
    "shapes_raw": Network("shapes.onnx", (PICTURE * PICTURE * 3,), 4, 12),
}


@dataclasses.dataclass(frozen=True)
class Kernel:
    name: str
    arch: str  # Debian's word
    image: pathlib.Path
    modules: pathlib.Path | None  # lib/modules/RELEASE, None if nothing is modular
    suite: str  # of Debian
    memory: str
    slowness: int  # factor on every timeout


def _run(*command):
    """Standard output, stripped; progress goes to our standard error."""
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True)
    if result.returncode:
        raise SystemExit(f"{shlex.join(str(word) for word in command)}: failed")
    return result.stdout.strip()


def kernel(name):
    if name == "debug":
        folder = pathlib.Path(_run(LAB / "kernel-debug"))
        return Kernel(name, "amd64", folder / "image", None, "bookworm", "1G", 4)
    if name in ("stock", "arm64", "arm64-16k"):
        suite = "bookworm" if name == "stock" else "trixie"
        folder = pathlib.Path(_run(LAB / "build-root", suite)) / "root/images" / name
        arch = "amd64" if name == "stock" else "arm64"
    else:
        folder = pathlib.Path(_run(LAB / "kernel", name))
        arch = (folder / "arch").read_text().strip()
        suite = (folder / "compiler").read_text().strip()
    release = (folder / "release").read_text().strip()
    modules = folder / "lib/modules" / release
    return Kernel(name, arch, folder / "image", modules, suite, "512M", 1 if arch == "amd64" else 2)


def qemu(arch):
    return pathlib.Path(_run(LAB / "qemu")) / ("run-x86_64" if arch == "amd64" else "run-aarch64")


def qemu_modules(arch):
    """Parts of QEMU that it loads by itself; it is not where it was built for."""
    return qemu(arch).parent / "root/usr/lib/x86_64-linux-gnu/qemu"


def tools(arch):
    """Builds the release preset and what guests of that architecture run; parallel
    runs wait for each other."""
    _run(LAB / "tools")
    if arch != "amd64":
        _run(LAB / "tools", arch)


def module(kernel_name, *variant):
    return pathlib.Path(_run(LAB / "module", kernel_name, *variant))


def firmware():
    """Makes the images; {name: path}."""
    folder = BUILD / "fw"
    folder.mkdir(parents=True, exist_ok=True)
    fwgen = RELEASE / "tools/gen/hailo-fwgen"
    with open(BUILD / ".fw.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        defects = [line.split()[0] for line in _run(fwgen, "--list-defects").splitlines()]
        images = {f"{version}": ("--version", version, "--size", str(size)) for version, size in IMAGES.items()}
        for defect in defects:
            images[f"{DEFECT_VERSION}-{defect}"] = ("--version", DEFECT_VERSION, "--size", "20480", "--defect", defect)
        for name, options in images.items():
            path = folder / f"{name}.bin"
            if not path.exists() or path.stat().st_mtime < fwgen.stat().st_mtime:
                _run(fwgen, *options, "-o", path)
    return {name: folder / f"{name}.bin" for name in images}


def _publish(path, text):
    """Another run may be reading what is there; the path."""
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(text)
    return new.rename(path)


def networks():
    """HEFs of models/, frames for them, and what must come back: found on the host by
    tests/tools/onnx-reference, for pictures by models/reference.py; {name in the guest: path}."""
    folder = BUILD / "net"
    folder.mkdir(parents=True, exist_ok=True)
    reference = RELEASE / "tests/tools/onnx-reference"
    files = {}
    with open(BUILD / ".net.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, network in NETWORKS.items():
            own = folder / name
            ins = [own / f"in{index}.raw" for index in range(len(network.inputs))]
            outs = [own / f"expected{index}.raw" for index in range(network.outputs)]
            made = [reference, *(MODELS / file for file in (network.onnx, f"{name}.json"))]
            if any(not path.exists() or any(path.stat().st_mtime < old.stat().st_mtime for old in made) for path in outs):
                own.mkdir(exist_ok=True)
                noise = random.Random(name)
                for path, size in zip(ins, network.inputs):
                    path.write_bytes(noise.randbytes(size * network.frames))
                _run(reference, "--onnx", made[1], "--spec", made[2], "--in", *ins, "--out", *outs)
            files.update({f"{name}/{path.name}": path for path in (*ins, *outs)})
            for arch in ("", "_hailo8l"):
                files[f"{name}{arch}.hef"] = RELEASE / f"models/{name}{arch}.hef"
    found = json.loads((MODELS / "images/expected.json").read_text())
    files["shapes.txt"] = _publish(folder / "shapes.txt", "".join(f"{name}\n" for name in found["classes"]))
    lines = []
    for number, image in enumerate(found["images"]):
        files[f"images/{image['file']}"] = MODELS / "images" / image["file"]
        lines.append(f"frame {number}: /lab/net/images/{image['file']} {PICTURE}x{PICTURE}")
        lines.append(f"  shapes/detections: {len(image['detections'])} detections")
        for hit in image["detections"]:
            top, left, bottom, right = (f"{level * PICTURE / found['levels']:.1f}" for level in hit["box"])
            lines.append(
                f"    class {found['classes'].index(hit['class'])} {hit['class']}"
                f" score {hit['score'] / found['levels']:.3f} box {left},{top} {right},{bottom}"
            )
    files["images.expected"] = _publish(folder / "images.expected", "".join(f"{line}\n" for line in lines))
    return files


def disk(kernel_):
    """An installed system of the kernel's suite, whose DKMS has built the module for that kernel."""
    path = pathlib.Path(_run(TOP / "tests/install/image", kernel_.suite))
    release = path.with_name(path.name + ".release").read_text().strip()
    if kernel_.modules is None or kernel_.modules.name != release:
        raise SystemExit(f"{path} has a module for {release}, not for kernel {kernel_.name}")
    return path


def container(name):
    """The root file system of an image of container/, as a disk."""
    return pathlib.Path(_run(TOP / "tests/container/image", name))


def plugin():
    """QEMU's instruction counter."""
    source = TOP / "tests/vm/plugin/insns.c"
    path = BUILD / "insns.so"
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        BUILD.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        _run("cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-fvisibility=hidden", "-o", new, source)
        new.rename(path)
    return path


def _module_closure(modules, names):
    """Files of the modules and what they need, in the order to insert them."""
    needs = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
    by_name = {re.sub(r"\.ko.*", "", path.rpartition("/")[2]).replace("-", "_"): path for path in needs}
    order = []
    for name in names:
        path = by_name.get(name)
        if path is None:
            continue  # built in
        # modules.dep lists the nearest dependency first.
        for item in [*reversed(needs[path]), path]:
            if item not in order:
                order.append(item)
    return [modules / path for path in order]


def _libraries(programs, root, triplet):
    """Shared objects that programs need, of whatever architecture: {path in the guest: path here}."""
    found = {}
    left = list(programs)
    while left:
        file = left.pop()
        text = _run("readelf", "--wide", "--dynamic", "--program-headers", file)
        # The loader has a place of its own; the libraries have one that it knows.
        names = re.findall(r"interpreter: /(\S+)\]", text)
        names += [f"usr/lib/{triplet}/{name}" for name in re.findall(r"\(NEEDED\).*\[(\S+)\]", text)]
        for name in names:
            if name not in found:
                found[name] = root / name
                left.append(root / name)
    return found


def initramfs(kernel_, module, cases, images, output):
    archive = cpio.Archive()
    for folder in ("proc", "sys", "dev", "tmp", "run", "bin"):
        archive.folder(folder)
    # Before devtmpfs is there, the first process needs these.
    archive.device("dev/console", 5, 1)
    archive.device("dev/null", 1, 3)

    guest = GUESTS[kernel_.arch]
    root = pathlib.Path(_run(LAB / "build-root", guest.suite)) / "root"
    unpacked = root / "images/busybox"
    busybox = next(path for path in (unpacked / "bin/busybox", unpacked / "usr/bin/busybox") if path.exists())
    archive.file("bin/busybox", busybox.read_bytes(), 0o755)
    archive.link("bin/sh", "busybox")

    archive.file("init", (GUEST / "init").read_bytes(), 0o755)
    for name in ("plan.sh", "lib.sh", "containers.sh", "engine"):
        archive.file(f"lab/{name}", (GUEST / name).read_bytes())
    archive.file("lab/hailo_pci.ko", module.read_bytes())
    client = pathlib.Path(_run(LAB / "guest-client", kernel_.arch))
    archive.file("lab/bin/hailo-guest", client.read_bytes(), 0o755)
    programs = [TOP / f"build/{guest.preset}/tools/{path}" for path in PROGRAMS]
    plugin = RELEASE / f"tools/{PLUGIN}"
    if plugin.exists() and any("vimc" in case.modules or case.usb_camera for case in cases):
        programs.append(plugin)
        for path in (*LIBCAMERA.glob("ipa_vimc.so*"), pathlib.Path("/usr/share/libcamera/ipa/vimc/vimc.conf")):
            archive.file(str(path), path.read_bytes(), 0o755)
    for program in programs:
        archive.file(f"lab/bin/{program.name}", program.read_bytes(), 0o755)
    # Those of amd64 are linked with this machine's.
    libraries = _libraries(programs, pathlib.Path("/") if kernel_.arch == "amd64" else root, guest.triplet)
    for name, path in sorted(libraries.items()):
        archive.file(name, path.read_bytes(), 0o755)
    for name, path in networks().items():
        archive.file(f"lab/net/{name}", path.read_bytes())

    files = {}

    def insertable(wanted):
        """Adds the modules and what they need; their names in the guest, in order."""
        closure = _module_closure(kernel_.modules, wanted) if kernel_.modules else []
        if "vimc" in wanted and kernel_.name == "stock":
            own = pathlib.Path(_run(LAB / "vimc"))
            needs = _run("modinfo", "-F", "depends", own).replace("-", "_").split(",")
            closure = [*_module_closure(kernel_.modules, needs), own]
        listed = [(path, "/lab/modules/" + re.sub(r"\.ko.*", ".ko", path.name)) for path in closure]
        files.update({name: path for path, name in listed})
        return [name for _, name in listed]

    depends = _run("modinfo", "-F", "depends", module).replace(",", " ").split()
    disk = DISK_MODULES if any(case.debian or case.containers for case in cases) else ()
    lists = {"modules.list": insertable([*GUEST_MODULES, *disk, *depends])}
    for name in sorted({name for case in cases for name in case.modules}):
        lists[f"modules.{name}"] = insertable([name])
    for name, path in files.items():
        data = path.read_bytes()
        archive.file(name, lzma.decompress(data) if path.suffix == ".xz" else data)
    for name, modules in lists.items():
        archive.file(f"lab/{name}", "".join(f"{path}\n" for path in modules).encode())

    for name, path in images.items():
        archive.file(f"lab/fw/{name}.bin", path.read_bytes())
    for case in cases:
        archive.file(f"lab/cases/{case.path.name}", case.path.read_bytes())
    archive.write(output)


def plan(names, environment, output):
    """What one boot is to do; appended to the initramfs, it adds two files."""
    archive = cpio.Archive()
    archive.file("lab/plan", "".join(f"{name}\n" for name in names).encode())
    lines = "".join(f"export {key}={shlex.quote(value)}\n" for key, value in environment.items())
    archive.file("lab/environment", lines.encode())
    archive.write(output)
