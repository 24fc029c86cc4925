#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What hailo-fwtool does when something is wrong, one row of a table each.

    faults.py --list                 names of all rows
    faults.py --tool PATH --scripted PATH NAME...    run rows
    faults.py --write                write docs/faults.md from the table
    faults.py --check                it is what --write would write

A row is a function that prepares a tree; what it returns is compared after the
command: a function of the tree, or nothing where the tree must be as it was. A
row with a script has a scripted kernel and driver below the program (scripted.cpp).
"""
import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time

import lying_server as lying
from run import KERNEL, SKIP, Skip, Tree, firmware, ill, module_file, running

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "faults.md"
STORE = "/var/lib/hailo-pci/firmware"
FIRMWARE = "/lib/firmware/hailo"
PATH = "/sys/module/firmware_class/parameters/path"
OLD = firmware(20)
NEW = firmware(23)
# Another content of the same version.
OTHER = NEW[:-1] + b"\xc1"
FAULTS = {}


class Fault:
    def __init__(self, fill, command, wrong, code, message, state, how):
        self.fill = fill
        self.name = fill.__name__.replace("_", "-")
        self.command = command
        self.wrong = wrong
        self.code = code
        self.message = message
        self.state = state
        self.how = how


def fault(command, wrong, code, message, state="as it was", **how):
    """Registers a row. `command` may have {root}, {url} and {ca}; `message` is a
    pattern for the standard error, with `findings` for the standard output. `how`: server,
    tls, proxy, unprivileged, limit, mount, script."""
    def register(fill):
        row = Fault(fill, command, wrong, code, message, state, how)
        FAULTS[row.name] = row
        return fill
    return register


def digest(image):
    return hashlib.sha256(image).hexdigest()


def contents(tree):
    """Every file with its bytes."""
    found = {}
    for folder, _, names in os.walk(tree.path):
        for name in names:
            path = pathlib.Path(folder) / name
            if path.is_symlink():
                found[str(path)] = os.readlink(path)
            elif path.is_file():
                found[str(path)] = path.read_bytes()
    return found


def read(tree, inside):
    return (tree.path / inside.lstrip("/")).read_bytes()


def exists(tree, inside):
    return (tree.path / inside.lstrip("/")).exists()


def machine(tree, old=True, path="\n"):
    """A machine with firmware in /lib/firmware, new images and a manifest with their digests."""
    tree.file(PATH, path)
    (tree.path / "lib/firmware").mkdir(parents=True, exist_ok=True)
    (tree.path / "extra").mkdir()
    if old:
        tree.file(FIRMWARE + "/hailo8_fw.bin", OLD)
        tree.file(FIRMWARE + "/hailo8_fw.4.20.0.bin", OLD)
    tree.file("/images/hailo8_fw.4.23.0.bin", NEW)
    tree.file("/manifest.json", json.dumps({"chip": "hailo8", "firmware": [
        {"version": version, "file": f"hailo8_fw.{version}.bin",
         "url": f"https://nowhere.invalid/{version}/hailo8_fw.{version}.bin",
         "size": "unknown", "sha256": known}
        for version, known in (("4.22.0", "unknown"), ("4.23.0", digest(NEW)))]}))


STAGE = "stage 4.23.0 --from {root}/images"
FETCH = ("fetch 4.23.0 --manifest {root}/manifest.json --mirror {url} --attempts 3 --pause 10 "
         "--timeout 1")


def old_still_staged(tree):
    assert read(tree, FIRMWARE + "/hailo8_fw.bin") == OLD, "the old firmware is gone"
    temporary = [name for name in os.listdir(tree.path / FIRMWARE.lstrip("/")) if ".tmp-" in name]
    assert not temporary, temporary


def nothing_fetched(tree):
    """No image, and no part of one."""
    left = os.listdir(tree.path / STORE.lstrip("/"))
    assert not left, left


def half_kept(tree):
    assert not exists(tree, STORE + "/hailo8_fw.4.23.0.bin"), "an image"
    half = read(tree, STORE + "/hailo8_fw.4.23.0.bin.part")
    assert half == NEW[:len(NEW) // 2], f"a part of {len(half)} bytes"


def fetched(image):
    def check(tree):
        assert read(tree, STORE + "/hailo8_fw.4.23.0.bin") == image, "another image"
        assert not exists(tree, STORE + "/hailo8_fw.4.23.0.bin.part"), "a part is left"
    return check


# stage

@fault("stage 4.23", "no version", 2, "'4.23' is not a version like 4.23.0")
def stage_no_version(tree):
    machine(tree)


@fault("stage 4.23.0 --to extra", "relative folder", 2, "does not begin with a slash")
def stage_relative_folder(tree):
    machine(tree)


@fault("stage 4.23.0", "image not fetched", 18, "firmware 4.23.0 has not been fetched")
def stage_not_fetched(tree):
    machine(tree)


@fault("stage 4.21.0 --from {root}/images", "no such image in the folder", 18,
       "cannot open .*/images/hailo8_fw.4.21.0.bin: No such file")
def stage_absent(tree):
    machine(tree)


@fault("stage --from {root}/page.html", "a web page instead of an image", 12,
       "app magic is 0x[0-9a-f]*, not 0x1dd89de0")
def stage_web_page(tree):
    machine(tree)
    tree.file("/page.html", "<html>" + "Sign in to the network. " * 20)


@fault("stage --from {root}/other.bin", "image of a Hailo-15", 12,
       "an image for Hailo-15 or Hailo-10H")
def stage_hailo15(tree):
    machine(tree)
    tree.file("/other.bin", b"\xab\xda\x05\xe9" + NEW[4:])


@fault("stage --from {root}/cut.bin", "truncated image", 12,
       "core code needs 80 bytes at offset 0x88, the file has 79 left")
def stage_truncated(tree):
    machine(tree)
    tree.file("/cut.bin", NEW[:-1])


@fault("stage --from {root}/bad.bin", "image with several defects", 12,
       "key certificate size is 0x349, .*; 1 bytes follow the core code")
def stage_two_defects(tree):
    machine(tree)
    tree.file("/bad.bin", firmware(23, key_size=0x349) + b"\0")


@fault("stage 4.22.0 --from {root}/images/hailo8_fw.4.23.0.bin", "image of another version", 12,
       "is firmware 4.23.0, not 4.22.0")
def stage_other_version(tree):
    machine(tree)


@fault(STAGE + " --manifest {root}/manifest.json", "image with another digest", 14,
       "has SHA-256 [0-9a-f]{64}, expected is [0-9a-f]{64}")
def stage_wrong_digest(tree):
    machine(tree)
    tree.file("/images/hailo8_fw.4.23.0.bin", OTHER)


@fault("stage --from {root}/pipe", "a pipe instead of an image", 18, "is not a regular file")
def stage_pipe(tree):
    machine(tree)
    os.mkfifo(tree.path / "pipe")


@fault(STAGE + " --to /absent", "folder missing", 17, "/absent is no folder here")
def stage_no_folder(tree):
    machine(tree)


@fault(STAGE, "the kernel's path is not visible, as in a container", 17,
       "/extra-firmware is no folder here.*\n.*name the volume that is mounted there")
def stage_container(tree):
    machine(tree, path="/extra-firmware\n")


@fault(STAGE + " --to /lib/firmware", "another folder comes first", 19,
       f"the kernel takes /lib/firmware/updates/{KERNEL}/hailo/hailo8_fw.bin")
def stage_shadowed(tree):
    machine(tree)
    tree.file(f"/lib/firmware/updates/{KERNEL}/hailo/hailo8_fw.bin", OLD)


@fault(STAGE + " --to /" + "x" * 255, "path too long for the kernel", 17,
       "the path has 256 bytes, the kernel takes 255")
def stage_long_path(tree):
    machine(tree)
    (tree.path / ("x" * 255)).mkdir()


@fault(STAGE + " --to /extra", "the kernel's path cannot be set", 17,
       "the firmware is staged, but the kernel does not look there",
       "staged; the kernel looks where it did")
def stage_path_attribute_missing(tree):
    machine(tree)
    (tree.path / PATH.lstrip("/")).unlink()

    def check(after):
        assert read(after, "/extra/hailo/hailo8_fw.bin") == NEW
    return check


@fault(STAGE, "no permission", 4, "Permission denied\n.*run as root", unprivileged=True)
def stage_no_permission(tree):
    machine(tree)


@fault(STAGE, "file size limit (RLIMIT_FSIZE)", 16, "File too large\n.*make room",
       "the old firmware", limit=100)
def stage_file_limit(tree):
    machine(tree)
    return old_still_staged


@fault(STAGE, "disk full", 16, "No space left on device\n.*make room", "the old firmware",
       mount="size=16k,nr_inodes=100", fill_disk=True)
def stage_disk_full(tree):
    machine(tree)


@fault(STAGE, "read-only file system", 17, "Read-only file system", mount="ro")
def stage_read_only(tree):
    machine(tree)


@fault(STAGE, "another run at work for more than 10 s", 5, "another run has locked folder")
def stage_locked(tree):
    machine(tree)
    folder = os.open(tree.path / FIRMWARE.lstrip("/"), os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)


@fault(STAGE + " --manifest {root}/manifest.json", "manifest is no JSON", 1,
       "the firmware manifest is malformed: it is no JSON")
def stage_bad_manifest(tree):
    machine(tree)
    tree.file("/manifest.json", "{")


# rollback

@fault("rollback", "nothing to go back to", 18, "holds no previous firmware")
def rollback_nothing(tree):
    machine(tree)


@fault("rollback", "previous image damaged", 18,
       "hailo8_fw.previous.bin is no firmware image that the driver would load")
def rollback_damaged(tree):
    machine(tree)
    tree.file(FIRMWARE + "/hailo8_fw.previous.bin", NEW[:100])


@fault("rollback", "previous image is the staged one", 18, "is the one that is staged")
def rollback_same(tree):
    machine(tree)
    tree.file(FIRMWARE + "/hailo8_fw.previous.bin", OLD)


@fault("rollback", "read-only file system", 17, "Read-only file system", mount="ro")
def rollback_read_only(tree):
    machine(tree)
    tree.file(FIRMWARE + "/hailo8_fw.previous.bin", NEW)


# select, list

@fault("up --for 4.22.0 --manifest {root}/manifest.json", "nobody has published the digest", 13,
       "no digest of firmware 4.22.0 has been published")
def up_unverified(tree):
    machine(tree)
    tree.function("0000:01:00.0")


@fault("up --for 4.23.0 --manifest {root}/manifest.json --from {root}/images", "module not installed", 21,
       "install hailo-pci for this kernel", "fetched, the old one staged")
def up_without_module(tree):
    machine(tree)
    tree.function("0000:01:00.0")
    return old_still_staged


@fault("select --for 4.99.0", "unknown release", 18, "no firmware 4.99.0 is known")
def select_unknown(tree):
    machine(tree)


@fault("select", "library of an unknown release", 18,
       "no firmware 4.99.0 is known .HailoRT library /usr/lib/libhailort.so.4.99.0 is installed")
def select_new_library(tree):
    machine(tree)
    tree.file("/usr/lib/libhailort.so.4.99.0", "")


@fault("list --manifest {root}/absent.json", "manifest missing", 1,
       "cannot open .*/absent.json: No such file")
def list_no_manifest(tree):
    machine(tree)


# fetch

@fault("fetch 4.99.0", "unknown version", 18, "no firmware 4.99.0 is known")
def fetch_unknown(tree):
    machine(tree)


@fault(FETCH.replace("4.23.0", "4.22.0", 1), "nobody has published the digest", 13,
       "no digest of firmware 4.22.0 has been published", "nothing fetched",
       server=lying.good(firmware(22)))
def fetch_unverified(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH, "the server has it not", 15, "the server answers 404", "nothing fetched",
       server=lying.answers(404))
def fetch_404(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH, "the server fails, every time", 15,
       "(.*the server answers 500; again in .*\n){2}.*the server answers 500", "nothing fetched",
       server=lying.answers(500), requests=3)
def fetch_500(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH, "the server fails once", 0, "the server answers 500; again in 10 ms", "fetched",
       server=lying.first(lying.answers(500), lying.good(NEW)), requests=2)
def fetch_500_then_good(tree):
    machine(tree)
    return fetched(NEW)


@fault(FETCH, "the connection breaks, every time", 15, "what has come so far is kept",
       "the half is kept", server=lying.first(lying.cut_short(NEW), lying.answers(500)),
       requests=3)
def fetch_cut_short(tree):
    machine(tree)
    return half_kept


@fault(FETCH, "the connection breaks once", 0, "again in 10 ms", "fetched, the rest alone again",
       server=lying.first(lying.cut_short(NEW), lying.good(NEW)), requests=2, ranges=1)
def fetch_resumes(tree):
    machine(tree)
    return fetched(NEW)


@fault(FETCH, "the connection breaks, and the server knows no ranges", 0, "again in 10 ms",
       "fetched", server=lying.first(lying.cut_short(NEW),
                                     lambda request, _: request.answer(200, NEW)), requests=2)
def fetch_range_ignored(tree):
    machine(tree)
    return fetched(NEW)


@fault(FETCH, "the connection breaks, and the server sends another range", 0,
       "another range than the one asked for; again", "fetched",
       server=lying.first(lying.cut_short(NEW), lying.wrong_range(NEW), lying.good(NEW)),
       requests=3)
def fetch_wrong_range(tree):
    machine(tree)
    return fetched(NEW)


@fault(FETCH, "the file changes on the server between two attempts", 0, "again in 10 ms",
       "fetched, all of the new one",
       server=lying.first(lying.cut_short(OTHER), lying.good(NEW, '"another"')), requests=2)
def fetch_changed(tree):
    machine(tree)
    return fetched(NEW)


@fault(FETCH, "the server sends a half as if it were the whole", 12,
       "bytes at offset .*; it came from http://127.0.0.1", "nothing fetched",
       server=lying.good(NEW[:len(NEW) // 2]))
def fetch_wrong_length(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH, "the server sends another image", 14, "expected is [0-9a-f]{64}; it came from",
       "nothing fetched", server=lying.good(OTHER))
def fetch_wrong_digest(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH, "the server sends without end", 15, "the server sends more than 327680 bytes",
       "nothing fetched", server=lying.endless, requests=1)
def fetch_endless(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH.replace("--attempts 3", "--attempts 1"), "the transfer stalls", 15,
       "(?i)operation too slow|timed out", "the half is kept", server=lying.stalls(NEW))
def fetch_stalls(tree):
    machine(tree)
    return half_kept


@fault(FETCH, "redirects in a circle", 15, "(?i)maximum .*redirects", "nothing fetched",
       server=lying.redirects("/again"))
def fetch_redirects(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH, "redirect to a file", 15, "(?i)protocol .*file.* (not supported|disabled)",
       "nothing fetched", server=lying.redirects("file:///etc/hostname"))
def fetch_redirect_to_file(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH.replace("{url}", "http://127.0.0.1:1"), "nobody answers", 15,
       "(?i)(failed|couldn't|could not) .*connect", "nothing fetched")
def fetch_refused(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH, "the server's certificate is not trusted", 15, "(?i)certificate", "nothing fetched",
       server=lying.good(NEW), tls=True)
def fetch_untrusted(tree):
    machine(tree)
    return nothing_fetched


@fault(FETCH + " --ca-file {ca}", "the server's certificate is of an authority of one's own", 0,
       "^$", "fetched", server=lying.good(NEW), tls=True)
def fetch_own_authority(tree):
    machine(tree)
    return fetched(NEW)


@fault(FETCH + " --ca-file {root}/other.pem", "the server's certificate is of another authority", 15,
       "(?i)certificate.*\n.*--ca-file", "nothing fetched", server=lying.good(NEW), tls=True)
def fetch_other_authority(tree):
    machine(tree)
    make_certificate(tree.path / "other.pem", "another authority")
    return nothing_fetched


@fault(FETCH + " --ca-file /absent", "no file of certificates", 15, "(?i)/absent", "nothing fetched",
       server=lying.good(NEW), tls=True, requests=0)
def fetch_no_authority(tree):
    machine(tree)
    return nothing_fetched


PROXY = FETCH.replace("{url}", "http://mirror.test") + " --proxy {url}"


@fault(PROXY, "only a proxy reaches the server", 0, "^$", "fetched",
       server=lying.proxied(lying.good(NEW)), requests=1)
def fetch_proxy(tree):
    machine(tree)
    return fetched(NEW)


@fault(PROXY.replace("http:", "https:") + " --ca-file {ca}",
       "only a proxy reaches the server, which has a certificate", 0, "^$", "fetched",
       server=lying.good(NEW), tls=True, proxy=True, requests=1)
def fetch_proxy_tunnel(tree):
    machine(tree)
    return fetched(NEW)


@fault(PROXY, "the proxy refuses", 15, "the server answers 403", "nothing fetched",
       server=lying.answers(403))
def fetch_proxy_refuses(tree):
    machine(tree)
    return nothing_fetched


@fault(PROXY.replace("{url}", "http://me:secret@127.0.0.1:1"), "nobody answers at the proxy", 15,
       "(?is)^(?!.*secret).*(failed|couldn't|could not) .*connect.*--proxy", "nothing fetched")
def fetch_proxy_absent(tree):
    machine(tree)
    return nothing_fetched


@fault("fetch 4.22.0 --manifest {root}/manifest.json --from {url}/image --accept-unverified",
       "another image than the one recorded at the first fetch", 14, "expected is " + "1" * 64,
       "the record", server=lying.good(firmware(22)))
def fetch_other_than_recorded(tree):
    machine(tree)
    record = "1" * 64 + "  hailo8_fw.4.22.0.bin\n"
    tree.file(STORE + "/hailo8_fw.4.22.0.bin.sha256", record)

    def check(after):
        assert os.listdir(after.path / STORE.lstrip("/")) == ["hailo8_fw.4.22.0.bin.sha256"]
    return check


@fault(FETCH, "a run before was killed (kill -9) half way", 0, "^$",
       "fetched, the rest alone again",
       server=lying.first(lying.stalls(NEW), lying.good(NEW)), killed=True, requests=2, ranges=1)
def fetch_killed(tree):
    machine(tree)
    return fetched(NEW)


@fault(FETCH, "file size limit (RLIMIT_FSIZE)", 16, "File too large\n.*make room",
       "nothing fetched", server=lying.good(NEW), limit=100)
def fetch_file_limit(tree):
    machine(tree)
    return nothing_fetched


@fault("fetch 4.23.0 --manifest {root}/manifest.json --from {root}/images",
       "damaged image in a local folder", 12, "is not a firmware image", "nothing fetched")
def fetch_local_damaged(tree):
    machine(tree)
    tree.file("/images/hailo8_fw.4.23.0.bin", NEW[:60])
    return nothing_fetched


# the module and the boards

DEVICE = "/sys/class/hailo_chardev/hailo0"
MODULE = "/sys/module/hailo_pci"
OTHER_BUILD = "FEDCBA9876543210"
RELOAD = "reload --module /lab/hailo_pci.ko"
KMSG = "/dev/kmsg"


def lab(tree, loaded=True, **module):
    """A board, firmware, a module in /lab, and another build of it loaded."""
    running(tree)
    tree.file("/run/udev/control", "")
    tree.file("/lab/hailo_pci.ko", module_file(**module))
    tree.loaded(OTHER_BUILD)
    if not loaded:
        shutil.rmtree(tree.path / MODULE.lstrip("/"))
        shutil.rmtree(tree.path / "sys/class/hailo_chardev")
        (tree.path / "dev/hailo0").unlink()
        (tree.path / "sys/bus/pci/devices/0000:01:00.0/driver").unlink()


def after(tree, what, srcversion=None, **board):
    """What the scripted kernel lays over the tree."""
    folder = Tree(tree.path / f"after-{what}")
    if srcversion:
        folder.loaded(srcversion)
    if board:
        folder.board(**board)
    return folder


def no_module(tree):
    assert not exists(tree, MODULE), "a module is loaded"


def module_is(srcversion):
    def check(tree):
        assert read(tree, MODULE + "/srcversion").decode().strip() == srcversion
    return check


def board_is_gone(tree):
    assert not exists(tree, DEVICE), "the board is there"


def state_is(state):
    def check(tree):
        assert read(tree, DEVICE + "/state").decode().strip() == state
    return check


def in_use(tree):
    lab(tree)
    tree.holder(4711, "detector")


# reload

@fault("reload no_power_mode", "no PARAM=VALUE", 2, "no_power_mode is no PARAM=VALUE")
def reload_no_value(tree):
    lab(tree)


@fault("reload", "module not installed", 21, f"no module hailo_pci in /lib/modules/{KERNEL}")
def reload_not_installed(tree):
    machine(tree)


@fault("reload --module /page.ko", "no module in the file", 21, "/page.ko is no kernel module")
def reload_no_module(tree):
    lab(tree)
    tree.file("/page.ko", "<html>")


@fault(RELOAD, "another module in the file", 21, "/lab/hailo_pci.ko is module other, not hailo_pci")
def reload_other_module(tree):
    lab(tree, name="other")


@fault(RELOAD, "module of another kernel (version magic)", 23,
       f"hailo_pci.ko was built for kernel 6.2.0 SMP, this one is {KERNEL}\n.*dkms install")
def reload_version_magic(tree):
    lab(tree, vermagic="6.2.0 SMP")


@fault(RELOAD, "unsigned module, Secure Boot", 22,
       "the kernel takes signed modules only .Secure Boot., and .* is not signed\n.*mokutil")
def reload_unsigned(tree):
    lab(tree)
    tree.file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n")


@fault(RELOAD, "module signed by somebody else, Secure Boot: \"Key was rejected by service\"", 22,
       "the kernel takes signed modules only .Secure Boot., .*, and no module is loaded now",
       "no module is loaded",
       script="insert=EKEYREJECTED")
def reload_key_rejected(tree):
    lab(tree)
    return no_module


@fault(RELOAD, "the kernel lacks a symbol", 23,
       "needs a symbol that this kernel does not have, and no module is loaded now; "
       "the kernel log says: hailo_pci: Unknown symbol x", "no module is loaded",
       script="insert=ENOENT")
def reload_unknown_symbol(tree):
    lab(tree)
    after(tree, "insert").file(KMSG, "3,9,1000,-;hailo_pci: Unknown symbol x (err -2)\n")
    return no_module


@fault(RELOAD, "the kernel has another version of a symbol", 23,
       "needs a symbol of which this kernel has another version, and no module is loaded now; "
       "the kernel log says: hailo_pci: Unknown symbol x .err -22.", "no module is loaded",
       script="insert=EINVAL")
def reload_symbol_version(tree):
    lab(tree)
    after(tree, "insert").file(KMSG, "3,9,1000,-;hailo_pci: Unknown symbol x (err -22)\n")
    return no_module


@fault(RELOAD, "the kernel refuses the module's format", 23,
       "does not fit this kernel, and no module is loaded now", "no module is loaded",
       script="insert=ENOEXEC")
def reload_format(tree):
    lab(tree)
    return no_module


@fault(RELOAD, "somebody loads another build meanwhile (EEXIST)", 20,
       "another hailo_pci was loaded meanwhile", "the other build is loaded",
       script="insert=EEXIST")
def reload_overtaken(tree):
    lab(tree, loaded=False)
    after(tree, "insert", "BBBB")
    return module_is("BBBB")


@fault(RELOAD, "somebody loads the same build meanwhile (EEXIST)", 0, "^$", "it is loaded",
       script="insert=EEXIST")
def reload_overtaken_by_the_same(tree):
    lab(tree, loaded=False)
    after(tree, "insert", "0123456789ABCDEF", name="hailo0")
    return module_is("0123456789ABCDEF")


@fault(RELOAD, "no firmware", 25, "no firmware: none of hailo/hailo8_fw.bin is in /lib/firmware")
def reload_no_firmware(tree):
    lab(tree)
    (tree.path / "lib/firmware/hailo/hailo8_fw.bin").unlink()


@fault(RELOAD, "firmware that the driver would refuse", 25,
       "the driver would refuse /lib/firmware/hailo/hailo8_fw.bin: ")
def reload_bad_firmware(tree):
    lab(tree)
    tree.file("/lib/firmware/hailo/hailo8_fw.bin", OLD[:-1])


@fault(RELOAD, "module in use by a process", 20,
       "hailo_pci is in use: 4711 .detector. holds hailo0\n.*stop it", script="")
def reload_in_use(tree):
    in_use(tree)


@fault(RELOAD, "module in use by another module", 20,
       "hailo_pci is in use by module other\n.*modprobe -r other", script="")
def reload_in_use_by_a_module(tree):
    lab(tree)
    tree.file(MODULE + "/holders/other/refcnt", "0\n")


@fault(RELOAD, "module in use by a process that cannot be seen, as in a container", 20,
       "in use by 1 users whom this process does not see", script="remove=EAGAIN")
def reload_hidden_user(tree):
    lab(tree)
    tree.file(MODULE + "/refcnt", "1\n")


@fault(RELOAD, "no permission to remove the module", 4,
       "removing hailo_pci: the kernel does not permit it\n.*SYS_MODULE", script="remove=EPERM")
def reload_may_not_remove(tree):
    lab(tree)


@fault(RELOAD, "no permission to load the module", 4,
       "loading /lab/hailo_pci.ko: the kernel does not permit it", script="insert=EPERM")
def reload_may_not_load(tree):
    lab(tree, loaded=False)


@fault(RELOAD + " page_size=1", "no such parameter", 24, "the module has no parameter page_size")
def reload_no_parameter(tree):
    lab(tree, parmtype="no_power_mode:invbool")


@fault(RELOAD + " compat_version=1", "a parameter's value is refused", 24,
       "the module refuses its parameters .compat_version=1., and no module is loaded now",
       "no module is loaded", script="insert=EINVAL")
def reload_bad_value(tree):
    lab(tree)
    return no_module


@fault(RELOAD, "no board", 3, "no Hailo-8 on the PCI bus", "the module is loaded", script="")
def reload_no_board(tree):
    lab(tree, loaded=False)
    shutil.rmtree(tree.path / "sys/bus/pci/devices/0000:01:00.0")
    after(tree, "insert", "0123456789ABCDEF")
    return module_is("0123456789ABCDEF")


@fault(RELOAD, "the board does not boot", 3,
       "the driver has not taken it; the kernel log says: hailo 0000:01:00.0: Timeout",
       "the module is loaded", script="")
def reload_no_boot(tree):
    lab(tree)
    after(tree, "insert", "0123456789ABCDEF").file(
        KMSG, "3,9,1000,-;hailo 0000:01:00.0: Timeout waiting for NNC firmware\n")
    return module_is("0123456789ABCDEF")


@fault(RELOAD, "the board dies after the load", 6,
       "hailo0: the driver calls the board dead: firmware does not answer",
       "the module is loaded", script="")
def reload_dead(tree):
    lab(tree)
    after(tree, "insert", "0123456789ABCDEF", state="dead",
          state_reason="firmware does not answer")
    return module_is("0123456789ABCDEF")


@fault(RELOAD, "nobody makes the node", 26,
       "/dev/hailo0 does not exist, although the driver has registered it as 1:3",
       "the module is loaded", script="")
def reload_no_node(tree):
    lab(tree)
    after(tree, "insert", "0123456789ABCDEF", node=None)
    return module_is("0123456789ABCDEF")


@fault(RELOAD, "the node cannot be made, as in a container without MKNOD", 26,
       "cannot make .*/dev/hailo0: Operation not permitted\n.*MKNOD", "the module is loaded",
       script="node=EPERM")
def reload_may_not_make_the_node(tree):
    lab(tree)
    (tree.path / "run/udev/control").unlink()
    after(tree, "insert", "0123456789ABCDEF", node=None)
    return module_is("0123456789ABCDEF")


@fault(RELOAD, "the board is removed while its node is waited for", 3,
       "no Hailo-8 on the PCI bus", "the board is gone", script="unplug=2")
def reload_removed(tree):
    lab(tree)
    after(tree, "insert", "0123456789ABCDEF", node=None)
    return board_is_gone


# down

@fault("down", "module in use by a process", 20, "in use: 4711 .detector. holds hailo0", script="")
def down_in_use(tree):
    in_use(tree)


@fault("down", "module in use by a process that cannot be seen", 20,
       "in use by 1 users whom this process does not see", script="remove=EAGAIN")
def down_hidden_user(tree):
    lab(tree)
    tree.file(MODULE + "/refcnt", "1\n")


@fault("down", "no permission", 4, "removing hailo_pci: the kernel does not permit it",
       script="remove=EPERM")
def down_no_permission(tree):
    lab(tree)


# reset

@fault("reset", "no board", 3, "no Hailo-8 on the PCI bus", script="")
def reset_no_board(_tree):
    pass


@fault("reset", "board in use", 5, "hailo0 is in use: 4711 .detector.\n.*--force", script="")
def reset_in_use(tree):
    in_use(tree)


@fault("reset", "no permission", 4, "no permission to reset hailo0", script="write=EACCES")
def reset_no_permission(tree):
    lab(tree)


@fault("reset", "a function that cannot be reset", 1, "the function does not reset",
       script="write=ENOTTY")
def reset_impossible(tree):
    lab(tree)


@fault("reset", "the board is dead after it", 6,
       "hailo0: the driver calls the board dead: firmware does not start", "the board is dead",
       script="")
def reset_dead(tree):
    lab(tree)
    dead = after(tree, "write")
    dead.file(DEVICE + "/state", "dead\n")
    dead.file(DEVICE + "/state_reason", "firmware does not start\n")
    return state_is("dead")


@fault("reset --timeout 500", "the board does not come back in time", 6,
       "hailo0: the driver calls the board booting", "the board boots", script="")
def reset_late(tree):
    lab(tree)
    after(tree, "write").file(DEVICE + "/state", "booting\n")
    return state_is("booting")


@fault("reset", "the board is removed by it", 8, "the driver calls the board removed",
       "the board is gone", script="")
def reset_removed(tree):
    lab(tree)
    after(tree, "write").file(DEVICE + "/state", "removed\n")
    return state_is("removed")


@fault("reset", "the board is gone while it is waited for", 3, "no Hailo-8 on the PCI bus",
       "the board is gone", script="unplug=2")
def reset_gone(tree):
    lab(tree)
    after(tree, "write").file(DEVICE + "/state", "booting\n")
    return board_is_gone


@fault("reset --core", "no permission", 4, "no permission to open /dev/hailo0",
       script="open=EACCES")
def reset_core_no_permission(tree):
    lab(tree)


@fault("reset --core", "the board is removed meanwhile", 8, "/dev/hailo0: the board has been removed",
       script="control=ENODEV info=ENODEV")
def reset_core_removed(tree):
    lab(tree)


@fault("reset --core", "the firmware does not answer", 6,
       "/dev/hailo0: the firmware has not answered within 10000 ms", script="control=ETIMEDOUT")
def reset_core_no_answer(tree):
    lab(tree)


@fault("reset --core", "the firmware answers something else", 7, "/dev/hailo0: .*answer",
       script="answer=opcode")
def reset_core_lying(tree):
    lab(tree)


# identify

@fault("identify", "no board", 3, "no Hailo-8 on the PCI bus.*\n.*rescan", script="")
def identify_no_board(_tree):
    pass


@fault("identify hailo7", "no such board", 3, "no board is called hailo7\n.*name one of: hailo0",
       script="")
def identify_unknown_board(tree):
    lab(tree)


@fault("identify", "module not loaded", 3, "module hailo_pci is not loaded\n.*modprobe hailo_pci",
       script="")
def identify_not_loaded(tree):
    lab(tree, loaded=False)


@fault("identify", "another driver has the board", 3, "driver vfio-pci holds it\n.*unbind", script="")
def identify_other_driver(tree):
    lab(tree, loaded=False)
    tree.loaded()
    tree.link("/sys/bus/pci/devices/0000:01:00.0/driver", "../../../../bus/pci/drivers/vfio-pci")


@fault("identify", "no node", 3, "/dev/hailo0 does not exist, although.*\n.*udevadm trigger",
       script="")
def identify_no_node(tree):
    lab(tree)
    (tree.path / "dev/hailo0").unlink()


@fault("identify", "a node with another number", 3,
       "/dev/hailo0 is not the board: .*240:0, the node is 1:3\n.*mknod", script="")
def identify_stale_node(tree):
    lab(tree)
    tree.file(DEVICE + "/dev", "240:0\n")


@fault("identify", "no permission", 4, "no permission to open /dev/hailo0: mode ",
       script="open=EACCES")
def identify_no_permission(tree):
    lab(tree)


@fault("identify", "the container may not open the device", 4,
       "no permission to open /dev/hailo0.*\n.*--device /dev/hailo0", script="open=EPERM")
def identify_container(tree):
    lab(tree)


@fault("identify", "busy", 5, "/dev/hailo0 is busy.*\n.*held by 4711 .detector.",
       script="control=EBUSY")
def identify_busy(tree):
    in_use(tree)


@fault("identify", "the board does not wake up", 6, "/dev/hailo0: open: Input/output error",
       script="open=EIO")
def identify_asleep(tree):
    lab(tree)
    tree.file(DEVICE + "/state", "dead\n")


@fault("identify", "the firmware does not answer", 6,
       "/dev/hailo0: the firmware has not answered within 1000 ms .*\n.*--timeout",
       script="control=ETIMEDOUT")
def identify_no_answer(tree):
    lab(tree)


@fault("identify", "no firmware runs", 6, "/dev/hailo0: no firmware is running on the board",
       script="control=ENODEV")
def identify_no_firmware(tree):
    lab(tree)


@fault("identify", "the driver has given the board up", 6,
       "has not answered.* .the driver calls the board dead: link down.",
       script="control=ETIMEDOUT")
def identify_dead(tree):
    lab(tree)
    tree.file(DEVICE + "/state", "dead\n")
    tree.file(DEVICE + "/state_reason", "link down\n")


@fault("identify", "an answer that is cut off", 7, "/dev/hailo0: malformed answer",
       script="answer=short")
def identify_short(tree):
    lab(tree)


@fault("identify", "an answer with another digest", 7, "/dev/hailo0: damaged answer: its MD5 is",
       script="answer=digest")
def identify_digest(tree):
    lab(tree)


@fault("identify", "an answer to another question", 7, "/dev/hailo0: .*opcode", script="answer=opcode")
def identify_other_answer(tree):
    lab(tree)


@fault("identify", "the board is removed meanwhile", 8,
       "/dev/hailo0: the board has been removed\n.*rescan", script="control=ENODEV info=ENODEV")
def identify_removed(tree):
    lab(tree)


# logs

@fault("logs", "no board", 3, "no Hailo-8 on the PCI bus", script="")
def logs_no_board(_tree):
    pass


@fault("logs", "no node", 3, "/dev/hailo0 does not exist", script="")
def logs_no_node(tree):
    lab(tree)
    (tree.path / "dev/hailo0").unlink()


@fault("logs", "no permission", 4, "no permission to open /dev/hailo0", script="open=EACCES")
def logs_no_permission(tree):
    lab(tree)


@fault("logs", "busy", 5, "/dev/hailo0 is busy.*\n.*held by 4711 .detector.", script="log=EBUSY")
def logs_busy(tree):
    in_use(tree)


@fault("logs", "the board does not wake up", 6, "/dev/hailo0: open: Input/output error",
       script="open=EIO")
def logs_asleep(tree):
    lab(tree)
    tree.file(DEVICE + "/state", "dead\n")


@fault("logs", "more log than there can be", 7, "the driver claims 513 bytes of log",
       script="log=long")
def logs_lying(tree):
    lab(tree)


@fault("logs", "the board is removed meanwhile", 8, "/dev/hailo0: reading the firmware's log: ",
       script="log=ENODEV")
def logs_removed(tree):
    lab(tree)


# monitor, doctor, bundle

@fault("monitor", "no board", 3, "no Hailo-8 on the PCI bus")
def monitor_no_board(_tree):
    pass


@fault("monitor", "module not loaded", 3, "module hailo_pci is not loaded")
def monitor_not_loaded(tree):
    lab(tree, loaded=False)


@fault("monitor", "no module for this kernel", 3,
       f"module hailo_pci is neither loaded nor installed for kernel {KERNEL}")
def monitor_not_installed(tree):
    tree.function("0000:01:00.0")


@fault("monitor --count 3", "the board is removed meanwhile", 3, "no Hailo-8 on the PCI bus",
       "the board is gone", script="unplug=1")
def monitor_removed(tree):
    lab(tree)
    return board_is_gone


def healthy(tree):
    """Nothing that doctor would call an error."""
    lab(tree)
    tree.loaded()
    tree.file("/proc/self/smaps", "KernelPageSize:        4 kB\n")
    tree.file("/sys/bus/pci/devices/0000:01:00.0/msi_irqs/24", "msi\n")
    tree.file(KMSG, "")


@fault("doctor", "no board", 27, "^error +driver +no Hailo-8 on the PCI bus\n.*rescan",
       findings=True)
def doctor_no_board(tree):
    healthy(tree)
    shutil.rmtree(tree.path / "sys/bus/pci/devices/0000:01:00.0")
    shutil.rmtree(tree.path / "sys/class/hailo_chardev")


@fault("doctor", "module not loaded", 27,
       "^error +module +.*hailo_pci.ko is installed, but not loaded\n.*hailo-fwtool reload",
       findings=True)
def doctor_not_loaded(tree):
    lab(tree, loaded=False)


@fault("doctor", "no firmware", 27,
       "^error +firmware +hailo0: none of hailo/hailo8_fw.bin is in .*\n.*hailo-fwtool stage",
       findings=True)
def doctor_no_firmware(tree):
    healthy(tree)
    (tree.path / "lib/firmware/hailo/hailo8_fw.bin").unlink()


@fault("doctor", "a dead board", 27, "^error +state +hailo0 is dead: link down\n.*reset hailo0",
       findings=True)
def doctor_dead(tree):
    healthy(tree)
    tree.file(DEVICE + "/state", "dead\n")
    tree.file(DEVICE + "/state_reason", "link down\n")


@fault("doctor", "no node", 27, "^error +node +/dev/hailo0 does not exist.*\n.*mknod", findings=True)
def doctor_no_node(tree):
    healthy(tree)
    (tree.path / "dev/hailo0").unlink()


@fault("doctor", "board in use, which is no fault", 0, "^note +holders +4711 .detector. holds hailo0",
       findings=True)
def doctor_in_use(tree):
    healthy(tree)
    tree.holder(4711, "detector")


@fault("doctor --fix", "no permission to cure it", 4,
       "cannot .*: Permission denied\n.*run as root", unprivileged=True)
def doctor_no_permission(tree):
    ill(tree)


@fault("bundle --output /absent/bundle.tar", "folder missing", 17, "/absent/bundle.tar.*No such file")
def bundle_no_folder(tree):
    lab(tree)


@fault("bundle --output {root}/bundle.tar", "no permission", 4, "Permission denied",
       unprivileged=True)
def bundle_no_permission(tree):
    lab(tree)


@fault("bundle --output {root}/bundle.tar", "file size limit (RLIMIT_FSIZE)", 16, "File too large",
       limit=100)
def bundle_file_limit(tree):
    lab(tree)


def make_certificate(path, name, extension=None, issuer=None):
    """Into `path`, the key beside it; its own issuer if there is none."""
    if not shutil.which("openssl"):
        raise Skip("no openssl to make a certificate with")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
               "-subj", f"/CN={name}", "-keyout", f"{path}.key", "-out", path]
    if issuer:
        command += ["-CA", issuer, "-CAkey", f"{issuer}.key", "-addext", extension,
                    "-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run(command, check=True, capture_output=True)


def tls_context(folder):
    """With a certificate of an authority that nobody else knows."""
    authority = os.path.join(folder, "ca.pem")
    pem = os.path.join(folder, "server.pem")
    make_certificate(authority, "authority of a test")
    make_certificate(pem, "server of a test", "subjectAltName=IP:127.0.0.1,DNS:mirror.test",
                     authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, pem + ".key")
    return context


def mounted(command, tree, row):
    """The command in a mount name space in which /lib/firmware is a file system of its own."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        raise Skip("needs root to mount")
    folder = tree.path / "lib/firmware"
    script = ["set -e", f"cp -a {folder} {folder}.before",
              f"mount -t tmpfs -o {row.how['mount'].replace('ro', 'rw')} none {folder}",
              f"cp -a {folder}.before/. {folder}"]
    if row.how.get("fill_disk"):
        script.append(f"cat /dev/zero >{folder}/fill 2>/dev/null || true")
    if row.how["mount"] == "ro":
        script.append(f"mount -o remount,ro {folder}")
    # The state is looked at inside: outside there is no such file system.
    script += ['code=0; "$@" || code=$?', f"cmp {folder}/hailo/hailo8_fw.bin "
               f"{folder}.before/hailo/hailo8_fw.bin || exit 99", f"rm -r {folder}.before",
               "exit $code"]
    return ["unshare", "-m", "sh", "-c", "\n".join(script), "sh", *command]


def run_row(programs, row):
    """Nothing, or what is not as the table says."""
    with tempfile.TemporaryDirectory(prefix="hailo-fault-") as folder:
        os.chmod(folder, 0o755)
        tree = Tree(os.path.join(folder, "root"))
        check = row.fill(tree)
        how = row.how
        tool = programs.scripted if "script" in how else programs.tool
        if "server" not in how:
            return run_command(tool, row, tree, check, folder, None)
        tls = tls_context(folder) if how.get("tls") else None
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(lying.Server(how["server"], tls))
            if how.get("proxy"):
                server = stack.enter_context(lying.Server(None, behind=server))
            return run_command(tool, row, tree, check, folder, server)


def run_command(tool, row, tree, check, folder, server):
    how = row.how
    url = server.url if server else ""
    program = os.path.abspath(tool)
    who = {}
    if how.get("unprivileged") and os.geteuid() == 0:
        program = shutil.copy(tool, folder)
        who = {"user": 65534, "group": 65534, "extra_groups": []}
    command = [program, "--root", str(tree.path),
               *row.command.format(root=tree.path, url=url, ca=folder + "/ca.pem").split()]
    if how.get("mount"):
        command = mounted(command, tree, row)
    if "limit" in how:
        who["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                       (how["limit"], how["limit"]))
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "no_proxy": "127.0.0.1",
           "HAILO_SCRIPT": how.get("script", "")}
    if how.get("killed"):
        part = tree.path / STORE.lstrip("/") / "hailo8_fw.4.23.0.bin.part"
        victim = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        while victim.poll() is None and not (part.exists() and part.stat().st_size):
            time.sleep(0.01)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    before = contents(tree)
    done = subprocess.run(command, env=env, cwd=tree.path, capture_output=True, text=True,
                          timeout=120, check=False, **who)
    wrong = []
    if done.returncode != row.code:
        wrong.append(f"exit code {done.returncode}, not {row.code}")
    told = done.stdout if how.get("findings") else done.stderr
    if not re.search(row.message, told, re.MULTILINE if how.get("findings") else 0):
        wrong.append(f"no message like: {row.message}")
    if row.code > 2 or row.code == 1:
        if "\nhailo-fwtool: next: " not in done.stderr:
            wrong.append("no next step")
    if server and len(server.requests) != how.get("requests", len(server.requests)):
        wrong.append(f"{len(server.requests)} requests, not {how['requests']}")
    ranges = [request for request in (server.requests if server else []) if "Range" in request]
    if len(ranges) != how.get("ranges", len(ranges)):
        wrong.append(f"{len(ranges)} requests for a range, not {how['ranges']}")
    try:
        if check:
            check(tree)
        elif contents(tree) != before:
            wrong.append("files have changed")
    except (AssertionError, OSError) as error:
        wrong.append(f"state: {error}")
    if wrong:
        wrong.append(f"outputs were:\n{done.stdout}{done.stderr}")
    return wrong


def document():
    """docs/faults.md."""
    lines = ["# Faults", "",
             "What `hailo-fwtool` does when something is wrong. `tests/cli/faults.py` holds this "
             "table, runs each row, and writes this", "file (`--write`). Each failure but wrong "
             "usage is followed by the next step to take; the messages are patterns. Scripted "
             "rows ran", "with a kernel and a driver that fail on demand (`tests/cli/scripted.cpp`) "
             "below the program.", "",
             "| Command | What is wrong | Exit | Message | State afterwards |",
             "|---|---|---|---|---|"]
    for row in FAULTS.values():
        command = row.command.split()[0] + (" (scripted)" if "script" in row.how else "")
        message = row.message.replace("\n", " ").replace("|", "\\|")
        shown = "none" if message == "^$" else f"`{message}`"
        lines.append(f"| {command} | {row.wrong} | {row.code} | {shown} | {row.state} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--list", "--write", "--check"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("--tool")
    parser.add_argument("--scripted")
    parser.add_argument("rows", nargs="*")
    options = parser.parse_args()
    if options.list:
        print("\n".join(FAULTS))
        return 0
    if options.write:
        DOCUMENT.write_text(document())
        return 0
    if options.check:
        if DOCUMENT.read_text() == document():
            return 0
        print(f"docs/faults.md is not current; write it anew: {sys.argv[0]} --write")
        return 1
    if not options.tool or not options.scripted or not options.rows:
        parser.error("give --tool, --scripted and at least one row")

    status = 0
    for name in options.rows:
        try:
            wrong = run_row(options, FAULTS[name])
        except Skip as why:
            print(f"SKIPPED {name}: {why}")
            return SKIP
        if wrong:
            print(f"{name}: " + "\n  ".join(wrong))
            print(f"again: {sys.argv[0]} --tool {options.tool} "
                  f"--scripted {options.scripted} {name}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
