# SPDX-License-Identifier: MIT
"""One boot: emulators, QEMU, and the verdicts that come out of it."""

import dataclasses
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import time

from . import artifacts
from . import cases as casefiles
from .usb_camera import UsbCamera

START_SECONDS = 20  # of an emulator, on an idle machine
BOOT_SECONDS = 60  # to the first case, on an idle machine and a stock kernel
# A boot that ends before init's first word is tried again: nothing of ours has run.
BOOT_TRIES = 3

# Reports of the kernel's checkers on the console; the guest looks for them in
# each case, this finds those it did not live to see.
COMPLAINTS = re.compile(
    r"WARNING:|BUG:|Oops|Kernel panic|general protection|KASAN:|UBSAN:|INFO: (task|rcu)|"
    r"possible (circular|recursive) locking|inconsistent lock state|suspicious RCU|invalid wait context|"
    r"sleeping function called|DMA-API: \S+ \S+: |ODEBUG:|unable to handle|refcount_t:|scheduling while atomic"
)


class EmulatorError(Exception):
    pass


def slowness():
    """How much longer things take because others use this machine: factor on timeouts."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


class Emulator:
    """A hailo8-emu process with its two sockets."""

    def __init__(self, folder, index, options):
        self.socket = folder / f"vfu{index}"
        self.control = folder / f"ctl{index}"
        self.log = folder / f"emulator{index}.log"
        binary = artifacts.RELEASE / "tools/emulator/hailo8-emu"
        with open(self.log, "w") as log:
            self._process = subprocess.Popen(
                [binary, "--socket", self.socket, "--control", self.control, *options],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        answers, _, _ = select.select([self._process.stdout], [], [], START_SECONDS * slowness())
        if not answers or self._process.stdout.readline().strip() != "ready":
            self.stop()
            raise EmulatorError(f"emulator {index} did not start: {self.log.read_text().strip()}")

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.control))
            connection.sendall(command.encode() + b"\n")
            return json.loads(connection.makefile().readline())

    def alive(self):
        return self._process.poll() is None

    def stop(self):
        """The exit status; it ends itself when told so."""
        if self.alive():
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class Verdict:
    def __init__(self, result, reason, seconds=0.0):
        self.result = result  # PASS, FAIL or SKIP
        self.reason = reason
        self.seconds = seconds


@dataclasses.dataclass(frozen=True)
class Disk:
    path: pathlib.Path
    keeps: bool = False  # what the guest writes


class Boot:
    """Runs a list of cases in one boot.  After run(), verdicts holds those that ended;
    the others did not get their turn, because the machine went away."""

    def __init__(
        self, kernel, cases, folder, initramfs, environment, stop, disk=None, containers=None, volume=None, forward=()
    ):
        self.kernel = kernel
        self.cases = cases
        self.folder = folder
        self.verdicts = {}
        self.metrics = []
        self.broken = None  # why the boot ended early
        self._stop = stop  # event: end now, leave nothing running
        self._running = None
        self._since = time.monotonic()
        self._initramfs = initramfs
        self._environment = environment
        self._partial = ""
        # By the name of the variable that tells the guest which disk it is.
        self._disks = {"ROOT": Disk(disk)} if disk else {}  # the installed system, if the cases want one
        self._disks |= {f"CONTAINER_{name}": Disk(path) for name, path in (containers or {}).items()}
        self._disks |= {"VOLUME": Disk(volume, keeps=True)} if volume else {}
        self._forward = forward  # ports of this host
        self.said = False

    def run(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        # Socket paths must be short.
        sockets = pathlib.Path(f"/tmp/hailo-vm-{id(self):x}-{time.monotonic_ns():x}")
        sockets.mkdir(mode=0o700)
        emulators = []
        camera = None
        try:
            if self.cases[0].usb_camera:
                pictures = sorted((artifacts.MODELS / "images").glob("*.jpg"))
                camera = UsbCamera(sockets / "usb", sockets / "camera", [path.read_bytes() for path in pictures])
            for index, options in enumerate(self.cases[0].emulators):
                emulator = Emulator(sockets, index, options)
                emulators.append(emulator)
            self._boot(sockets, emulators)
        except EmulatorError as error:
            self.broken = str(error)
        finally:
            if camera:
                camera.stop()
            self._collect(emulators)
            for log in sockets.glob("*.log"):
                shutil.copy(log, self.folder)
            shutil.rmtree(sockets)

    def _boot(self, sockets, emulators):
        overlay = self.folder / "plan.cpio"
        environment = {
            **self._environment,
            "BOARDS": str(len(emulators)),
            "PORTS": str(3 + len(emulators) + self.cases[0].count_insns + self.cases[0].usb_camera),
            "SLOWNESS": str(self.kernel.slowness),
            "KERNEL": casefiles.kind(self.kernel.name),
            "ROOT": "",
            **{name: f"/dev/vd{letter}" for name, letter in zip(self._disks, "abcd")},
        }
        artifacts.plan([case.name for case in self.cases], environment, overlay)
        image = self.folder / "initramfs.cpio"
        with open(image, "wb") as out:
            for part in (self._initramfs, overlay):
                out.write(part.read_bytes())
        try:
            with open(self.folder / "qemu.log", "w") as log:
                process = subprocess.Popen(
                    self._command(sockets, emulators, image),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, "QEMU_MODULE_DIR": str(artifacts.qemu_modules(self.kernel.arch))},
                )
            try:
                self._watch(process, emulators)
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
        finally:
            image.unlink()
            overlay.unlink()
        self._read_verdicts()
        # Not if it was ended here.
        if process.returncode and not self.broken:
            said = (self.folder / "qemu.log").read_text(errors="replace").strip()[-500:]
            self.broken = f"QEMU ended with status {process.returncode}: {said}"

    def _command(self, sockets, emulators, image):
        amd64 = self.kernel.arch == "amd64"
        console = "ttyS0" if amd64 else "ttyAMA0"
        # The timer check of x86 fails on a busy host.
        quirks = " no_timer_check" if amd64 else ""
        if self.cases[0].iommu:
            quirks += " intel_iommu=on iommu.strict=1"
        command = [
            artifacts.qemu(self.kernel.arch),
            *("-accel", "tcg,thread=multi", "-smp", "2", "-nodefaults", "-display", "none", "-no-reboot"),
            *("-cpu", "max" if amd64 else "cortex-a76"),
            *("-machine", ("q35" if amd64 else "virt,gic-version=3") + ",memory-backend=mem"),
            *("-m", self.kernel.memory),
            *("-object", f"memory-backend-memfd,id=mem,size={self.kernel.memory},share=on"),
            *("-kernel", self.kernel.image, "-initrd", image),
            *("-append", f"console={console} loglevel=5 panic=-1 panic_on_warn=1 oops=panic{quirks}"),
            *("-serial", f"file:{self.folder / 'console.log'}"),
            *("-device", "virtio-serial-pci,max_ports=16"),
            # The guest speaks QMP through a port: QEMU is both ends of this socket.
            *("-chardev", f"socket,id=monitor,path={sockets / 'qmp'},server=on,wait=off"),
            *("-mon", "chardev=monitor,mode=control"),
        ]
        ports = [
            ("verdict", f"file,path={self.folder / 'verdict.log'}"),
            ("output", f"file,path={self.folder / 'output.log'}"),
            ("qmp", f"socket,path={sockets / 'qmp'}"),
        ]
        ports += [(f"emu{index}", f"socket,path={emulator.control}") for index, emulator in enumerate(emulators)]
        if self.cases[0].count_insns:
            ports.append(("insns", f"socket,path={sockets / 'insns'},server=on,wait=off"))
            command += ["-plugin", f"{artifacts.plugin()},port={sockets / 'insns'}"]
        if self.cases[0].usb_camera:
            ports.append(("camera", f"socket,path={sockets / 'camera'}"))
            command += ["-device", "qemu-xhci", "-chardev", f"socket,id=usb,path={sockets / 'usb'}"]
            command += ["-device", "usb-redir,chardev=usb"]
        for name, backend in ports:
            kind, _, rest = backend.partition(",")
            command += ["-chardev", f"{kind},id={name},{rest}", "-device", f"virtserialport,chardev={name},name={name}"]
        if self.cases[0].iommu:
            # Before what it translates for; with caching mode it tells QEMU what it maps.
            command += ["-device", "intel-iommu,caching-mode=on"]
        for index, emulator in enumerate(emulators):
            device = {
                "driver": "vfio-user-pci",
                "id": f"board{index}",
                "bus": f"slot{index}",
                "socket": {"type": "unix", "path": str(emulator.socket)},
                "rombar": 0,
            }
            command += [
                *("-device", f"pcie-root-port,id=slot{index},chassis={index + 1},slot={index + 1}"),
                *("-device", json.dumps(device)),
            ]
        for name, disk in self._disks.items():
            snapshot = "off" if disk.keeps else "on"
            command += ["-drive", f"file={disk.path},if=none,id={name},format=raw,snapshot={snapshot}"]
            command += ["-device", f"virtio-blk-pci,drive={name}"]
        if self._forward:
            hosts = "".join(f",hostfwd=tcp:127.0.0.1:{port}-:{8080 + i}" for i, port in enumerate(self._forward))
            command += ["-netdev", f"user,id=net,restrict=on{hosts}", "-device", "virtio-net-pci,netdev=net,romfile="]
        return [str(word) for word in [*command, *self.cases[0].machine]]

    def _watch(self, process, emulators):
        start = time.monotonic()
        limit = BOOT_SECONDS * self.kernel.slowness
        while process.poll() is None:
            time.sleep(0.05)
            if self._read_verdicts():
                start = time.monotonic()
                case = next((case for case in self.cases if case.name == self._running), None)
                limit = (case.timeout if case else BOOT_SECONDS) * self.kernel.slowness
            if self._stop.is_set():
                self.broken = "interrupted"
                return
            dead = [index for index, emulator in enumerate(emulators) if not emulator.alive()]
            if dead:
                self.broken = f"emulator {dead[0]} died"
                return
            if time.monotonic() - start > limit * slowness():
                self.broken = f"timeout of {limit * slowness():.0f} s"
                return

    def _read_verdicts(self):
        """True if something came."""
        path = self.folder / "verdict.log"
        if not path.exists():
            return False
        data = path.read_text(errors="replace")
        new = data[len(self._partial) :]
        end = new.rfind("\n") + 1
        if not end:
            return False
        self._partial = data[: len(self._partial) + end]
        for line in new[:end].splitlines():
            self._take(line)
        return True

    def _take(self, line):
        word, _, rest = line.partition(" ")
        name, _, reason = rest.partition(" ")
        if word == "START":
            self._running = name
            self._since = time.monotonic()
        elif word in ("PASS", "FAIL", "SKIP"):
            old = self.verdicts.get(name)
            if old is None or word == "FAIL":
                seconds = old.seconds if old else time.monotonic() - self._since
                self.verdicts[name] = Verdict(word, reason.strip(), seconds)
            self._running = None
        elif word == "SAY":
            self.said = True
            print(rest, flush=True)
        elif word == "METRIC":
            self.metrics.append(tuple(rest.split(" ")))
        elif word == "DONE":
            self._running = None
            self.done = True

    done = False

    @property
    def started(self):
        """The guest's init has said something."""
        return bool(self._partial)

    def _collect(self, emulators):
        """What the guest did not live to report."""
        console = self.folder / "console.log"
        text = console.read_text(errors="replace") if console.exists() else ""
        complaint = next((line.strip() for line in text.splitlines() if COMPLAINTS.search(line)), None)
        if self.broken is None and not self.done:
            self.broken = "the guest ended without its last word"
        if self.broken is None and not self.verdicts:
            self.broken = "the guest ran no case"
        if complaint:
            self.broken = f"{self.broken or 'complaint on the console'}: {complaint}"
        for index, emulator in enumerate(emulators):
            if emulator.alive():
                try:
                    (self.folder / f"emulator{index}.events").write_text(
                        "".join(f"{event}\n" for event in emulator.ask("ub").get("events", []))
                    )
                except (OSError, ValueError) as error:
                    self.broken = self.broken or f"emulator {index} does not answer: {error}"
            status = emulator.stop()
            if status != 0:
                self.broken = f"{self.broken or 'all cases ended'}; emulator {index} ended with status {status}"
        if self.broken:
            self._blame()

    def _blame(self):
        name = self._running
        if name is None and self.verdicts:
            name = list(self.verdicts)[-1]
        if name is None:
            name = self.cases[0].name
        if name in self.verdicts and self.verdicts[name].result == "FAIL":
            self.broken = f"{self.verdicts[name].reason} {self.broken}"
        self.verdicts[name] = Verdict("FAIL", self.broken, time.monotonic() - self._since)
