#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What hailo-fwtool does when something is wrong, one row of a table each.

    faults.py --list                 names of all rows
    faults.py --tool PATH NAME...    run rows
    faults.py --write                write docs/faults.md from the table
    faults.py --check                it is what --write would write

A row is a function that prepares a tree; what it returns is compared after the
command: a function of the tree, or nothing where the tree must be as it was.
"""
import argparse
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
from run import KERNEL, SKIP, Skip, Tree, firmware

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
    """Registers a row. `command` may have {root} and {url}; `message` is a
    pattern for the standard error. `how`: server, tls, unprivileged, limit, mount."""
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


def tls_context(folder):
    """With a certificate that nobody trusts."""
    if not shutil.which("openssl"):
        raise Skip("no openssl to make a certificate with")
    pem = os.path.join(folder, "server.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", pem + ".key", "-out", pem], check=True, capture_output=True)
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


def run_row(tool, row):
    """Nothing, or what is not as the table says."""
    with tempfile.TemporaryDirectory(prefix="hailo-fault-") as folder:
        os.chmod(folder, 0o755)
        tree = Tree(os.path.join(folder, "root"))
        check = row.fill(tree)
        how = row.how
        if "server" not in how:
            return run_command(tool, row, tree, check, folder, None)
        tls = tls_context(folder) if how.get("tls") else None
        with lying.Server(how["server"], tls) as server:
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
               *row.command.format(root=tree.path, url=url).split()]
    if how.get("mount"):
        command = mounted(command, tree, row)
    if "limit" in how:
        who["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                       (how["limit"], how["limit"]))
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "no_proxy": "127.0.0.1"}
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
    if not re.search(row.message, done.stderr):
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
        wrong.append(f"standard error was:\n{done.stderr}")
    return wrong


def document():
    """docs/faults.md."""
    lines = ["# Faults", "",
             "What `hailo-fwtool` does when something is wrong. `tests/cli/faults.py` holds this "
             "table, runs each row, and writes this", "file (`--write`). Each failure but wrong "
             "usage is followed by the next step to take; the messages are patterns.", "",
             "| Command | What is wrong | Exit | Message | State afterwards |",
             "|---|---|---|---|---|"]
    for row in FAULTS.values():
        command = row.command.split()[0]
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
    if not options.tool or not options.rows:
        parser.error("give --tool and at least one row")

    status = 0
    for name in options.rows:
        try:
            wrong = run_row(options.tool, FAULTS[name])
        except Skip as why:
            print(f"SKIPPED {name}: {why}")
            return SKIP
        if wrong:
            print(f"{name}: " + "\n  ".join(wrong))
            print(f"again: {sys.argv[0]} --tool {options.tool} {name}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
