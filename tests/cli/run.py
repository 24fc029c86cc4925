#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a program on stand-in system trees and compares with golden files.

    run.py --list                            names of all cases, each with its program
    run.py --tool PATH CASE                  run one case
    run.py --tool PATH --update CASE...      write the golden files anew

A golden file holds the command, both outputs and the exit code.  A case fails
with a unified diff.
"""
import argparse
import difflib
import os
import pathlib
import pwd
import grp
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile

GOLDEN = pathlib.Path(__file__).parent / "golden"
VECTORS = pathlib.Path(__file__).parent.parent / "vectors"
KERNEL = "6.1.0-test"
SKIP = 77


class Skip(Exception):
    """This machine cannot run the case."""


class Tree:
    """A folder that looks like a machine."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.file("/proc/sys/kernel/osrelease", KERNEL + "\n")
        (self.path / "sys/bus/pci/devices").mkdir(parents=True)

    def file(self, inside, content):
        where = self.path / inside.lstrip("/")
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(content if isinstance(content, bytes) else content.encode())
        return where

    def link(self, inside, target):
        where = self.path / inside.lstrip("/")
        where.parent.mkdir(parents=True, exist_ok=True)
        where.symlink_to(target)

    def function(self, address, driver=None):
        folder = f"/sys/bus/pci/devices/{address}"
        self.file(folder + "/vendor", "0x1e60\n")
        self.file(folder + "/device", "0x2864\n")
        if driver:
            self.link(folder + "/driver", f"../../../../bus/pci/drivers/{driver}")

    def loaded(self, srcversion="0123456789ABCDEF", **parameters):
        self.file("/sys/module/hailo_pci/version", "0.1.0\n")
        self.file("/sys/module/hailo_pci/srcversion", srcversion + "\n")
        for name, value in parameters.items():
            self.file(f"/sys/module/hailo_pci/parameters/{name}", value + "\n")

    def installed(self, srcversion="0123456789ABCDEF"):
        folder = f"/lib/modules/{KERNEL}"
        self.file(folder + "/updates/dkms/hailo_pci.ko", module_file(srcversion))
        depmod = shutil.which("depmod", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        subprocess.run([depmod, "-b", str(self.path), KERNEL], check=True,
                       stderr=subprocess.DEVNULL)

    def board(self, name="hailo0", address="0000:01:00.0", node="/dev/null", number="1:3",
              vendor_driver=False, **attributes):
        self.function(address, "hailo")
        folder = f"/sys/class/hailo_chardev/{name}/"
        self.file(folder + "board_location", address)
        self.file(folder + "device_id", "1e60:2864")
        self.file(folder + "accelerator_type", "0")
        self.file(folder + "dev", number + "\n")
        if not vendor_driver:
            values = {"release": "4.20.0", "compat_version": "auto", "firmware_version": "4.20.0",
                      "device_architecture": "HAILO8L", "desc_max_page_size": "4096",
                      "state": "running", "state_reason": "none", **attributes}
            for key, value in values.items():
                self.file(folder + key, value + "\n")
        if node:
            self.link(f"/dev/{name}", node)

    def holder(self, pid, comm, node="/dev/hailo0"):
        self.link(f"/proc/{pid}/fd/3", node)
        self.file(f"/proc/{pid}/comm", comm + "\n")


def module_file(srcversion="0123456789ABCDEF", **more):
    """The smallest ELF object that modinfo can read: one .modinfo section."""
    entries = {"version": "0.1.0", "srcversion": srcversion, "license": "GPL v2",
               "name": "hailo_pci", **more}
    info = "".join(f"{key}={value}\0" for key, value in entries.items()).encode()
    names = b"\0.modinfo\0.shstrtab\0"
    info_at = 64
    names_at = info_at + len(info)
    sections_at = (names_at + len(names) + 7) & ~7
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01" + bytes(9), 1, 62, 1, 0, 0,
                         sections_at, 0, 64, 0, 0, 64, 3, 2)

    def section(name, kind, offset, size):
        return struct.pack("<IIQQQQIIQQ", name, kind, 0, 0, offset, size, 0, 0, 1, 0)

    body = (header + info + names).ljust(sections_at, b"\0")
    return (body + bytes(64) + section(1, 1, info_at, len(info)) +
            section(10, 3, names_at, len(names)))


def firmware(minor=20, revision=0x20000000, key_size=0):
    """The smallest valid image (specification, chapter 1, 5.4)."""
    def part(word, code):
        return struct.pack("<6I", 0x1DD89DE0, 0, 4, minor, word, len(code)) + code

    return (part(revision, b"\xa0" * 80) + struct.pack("<2I", key_size, 0) + b"\x11" * key_size +
            part(revision | 0x08000000, b"\xc0" * 80))


def vector(name):
    """The bytes of tests/vectors/NAME.hex."""
    lines = (VECTORS / (name + ".hex")).read_text().splitlines()
    return bytes.fromhex("".join(line for line in lines if not line.startswith("#")))


CASES = {}


def case(*arguments, program="hailo-fwtool", environment=False, unprivileged=False):
    """Registers a function that fills a tree; its name names the case."""
    def register(fill):
        CASES[fill.__name__.replace("_", "-")] = (program, fill, arguments, environment,
                                                  unprivileged)
        return fill
    return register


def hailo_run(*arguments):
    """A case of hailo-run; its files are in the folder it runs in."""
    return case(*arguments, program="hailo-run")


def hailo_detect(*arguments):
    """A case of hailo-detect; its files are in the folder it runs in."""
    return case(*arguments, program="hailo-detect")


@case("--help")
def help_text(_tree):
    pass


@case("identify", "--help")
def help_identify(_tree):
    pass


@case()
def usage_no_command(_tree):
    pass


@case("explode")
def usage_unknown_command(_tree):
    pass


@case("identify", "--loud")
def usage_unknown_option(_tree):
    pass


@case("identify", "--timeout", "0")
def usage_timeout_zero(_tree):
    pass


@case("identify", "--timeout", "1s")
def usage_timeout_no_number(_tree):
    pass


@case("identify", "hailo0", "hailo1")
def usage_two_devices(_tree):
    pass


@case("identify")
def identify_empty_bus(_tree):
    pass


@case("identify", environment=True)
def identify_root_from_environment(tree):
    tree.function("0000:01:00.0")


@case("identify")
def identify_module_not_installed(tree):
    tree.function("0000:01:00.0")


@case("identify")
def identify_module_not_loaded(tree):
    tree.function("0000:01:00.0")
    tree.installed()


@case("identify")
def identify_not_taken(tree):
    tree.function("0000:01:00.0")
    tree.loaded()


@case("identify")
def identify_taken_by_another_driver(tree):
    tree.function("0000:01:00.0", "vfio-pci")
    tree.loaded()


@case("identify")
def identify_no_class_device(tree):
    tree.function("0000:01:00.0", "hailo")
    tree.loaded()


@case("identify", "hailo7")
def identify_unknown_board(tree):
    tree.board()
    tree.board("hailo1", "0000:02:00.0")


@case("identify", "hailo7")
def identify_unknown_board_of_none(_tree):
    pass


@case("identify")
def identify_node_missing(tree):
    tree.board(node=None, number="240:0")


@case("identify")
def identify_node_stale(tree):
    tree.board(number="240:0")


@case("identify")
def identify_node_is_a_file(tree):
    tree.board(node=None)
    tree.file("/dev/hailo0", "")


@case("identify")
def identify_node_of_another_driver(tree):
    tree.board()


@case("identify", unprivileged=True)
def identify_no_permission(tree):
    node = root_only_node()
    number = os.stat(node).st_rdev
    tree.board(node=node, number=f"{os.major(number)}:{os.minor(number)}")


def running(tree):
    tree.installed()
    tree.loaded()
    tree.file("/lib/firmware/hailo/hailo8_fw.bin", firmware())
    tree.board()


@case("status")
def status_running(tree):
    running(tree)


@case("status", "--json")
def status_running_json(tree):
    running(tree)
    tree.holder(4711, "detector")


@case("status")
def status_empty_bus(_tree):
    pass


@case("status", "--json")
def status_empty_bus_json(_tree):
    pass


@case("status")
def status_firmware_refused(tree):
    tree.installed()
    tree.loaded(firmware_name="(null)", compat_version="4.21.0")
    tree.file("/lib/firmware/hailo/hailo8_fw.4.21.0.bin", firmware(21, key_size=0x349))
    tree.function("0000:01:00.0")


@case("reload", "--help")
def help_reload(_tree):
    pass


@case("reload", "--dry-run")
def reload_not_installed(_tree):
    pass


@case("reload", "--dry-run")
def reload_running(tree):
    running(tree)


@case("reload", "--dry-run", "force_desc_page_size=4096")
def reload_parameter(tree):
    running(tree)
    tree.loaded(force_desc_page_size="2048")


@case("reload", "--dry-run", "--json")
def reload_other_module_json(tree):
    running(tree)
    tree.loaded("FEDCBA9876543210")
    tree.file("/etc/modprobe.d/hailo_pci.conf", "options hailo_pci no_power_mode=Y\n")


@case("reload", "no_power_mode")
def reload_no_value(tree):
    running(tree)


@case("reload")
def reload_no_firmware(tree):
    running(tree)
    (tree.path / "lib/firmware/hailo/hailo8_fw.bin").unlink()


@case("reload", "no_power_mode=Y")
def reload_in_use(tree):
    running(tree)
    tree.holder(4711, "detector")


@case("down")
def down_not_loaded(_tree):
    pass


@case("down", "--json")
def down_not_loaded_json(_tree):
    pass


@case("down", "--dry-run")
def down_dry_run(tree):
    running(tree)


@case("down")
def down_in_use(tree):
    running(tree)
    tree.holder(4711, "detector")


def ill(tree):
    """A machine on which much is wrong."""
    running(tree)
    tree.loaded("FEDCBA9876543210", force_desc_page_size="16384")
    tree.file("/proc/self/smaps", "KernelPageSize:       16 kB\n")
    tree.file("/sys/class/hailo_chardev/hailo0/desc_max_page_size", "16384\n")
    tree.file("/etc/modprobe.d/hailo_pci.conf", "options hailo_pci force_desc_page_size=16384\n")
    tree.file("/sys/module/firmware_class/parameters/path", "/extra-firmware\n\n")
    tree.file("/usr/lib/libhailort.so.4.23.0", "")
    tree.file(f"/lib/modules/{KERNEL}/kernel/drivers/misc/hailo_pci.ko", "in-tree")
    tree.file("/dev/kmsg", "3,1,1,-;hailo 0000:01:00.0: Interrupt lost, 2 found by polling\n")
    for name, value in (("current_link_speed", "5.0 GT/s PCIe"), ("current_link_width", "1"),
                        ("max_link_speed", "8.0 GT/s PCIe"), ("max_link_width", "4")):
        tree.file(f"/sys/bus/pci/devices/0000:01:00.0/{name}", value + "\n")
    tree.file("/proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0")
    tree.holder(4711, "detector")


@case("doctor")
def doctor_ill(tree):
    ill(tree)


@case("doctor")
def doctor_unsigned_under_secure_boot(tree):
    running(tree)
    shutil.rmtree(tree.path / "sys/module/hailo_pci")
    tree.file("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", b"\6\0\0\0\1")


@case("doctor", "--json")
def doctor_ill_json(tree):
    ill(tree)


@case("doctor", "--fix")
def doctor_fix(tree):
    ill(tree)


@case("doctor", "--fix", "--dry-run")
def doctor_fix_dry_run(tree):
    ill(tree)


@case("doctor")
def doctor_empty_bus(_tree):
    pass


@case("doctor", "--dry-run")
def doctor_dry_run_alone(_tree):
    pass


@case("doctor")
def doctor_healthy(tree):
    running(tree)
    tree.file("/proc/self/smaps", "KernelPageSize:        4 kB\n")
    tree.file("/sys/bus/pci/devices/0000:01:00.0/msi_irqs/24", "msi\n")
    tree.file("/dev/kmsg", "")


@case("logs", "--json", "--raw")
def logs_two_formats(tree):
    running(tree)


@case("logs")
def logs_no_board(_tree):
    pass


@case("reset", "--dry-run")
def reset_dry_run(tree):
    running(tree)


@case("reset")
def reset_in_use(tree):
    running(tree)
    tree.holder(4711, "detector")


@case("reset")
def reset_not_possible(tree):
    running(tree)


@case("bundle", "--dry-run", "--json")
def bundle_dry_run_json(tree):
    running(tree)


@case("monitor", "--count", "1")
def monitor_once(tree):
    running(tree)
    tree.holder(4711, "detector")


@case("monitor", "--count", "1", "--table")
def monitor_table(tree):
    running(tree)
    folder = "/sys/kernel/debug/hailo_pci/0000:01:00.0"
    tree.file(folder + "/counters", "controls 12\ncontrols_failed 1\ninterrupts 345\n")
    tree.file(folder + "/channels", "channel direction enabled in_flight transfers bytes\n"
              "1 h2d 1 2 100 19200\n16 d2h 0 0 98 784\n")
    tree.file("/tmp/hmon_files/29610abcdef", vector("monitor_file"))
    tree.file("/tmp/hmon_files/30000abcdef", "no client has written this")


@case("monitor")
def monitor_empty_bus(_tree):
    pass


@case("exporter")
def exporter_running(tree):
    running(tree)


@case("exporter")
def exporter_empty_bus(_tree):
    pass


@case("exporter", "--listen", "here:9745")
def exporter_listen_nowhere(_tree):
    pass


@case("exporter", "--listen", "192.0.2.1:9745")
def exporter_listen_elsewhere(_tree):
    pass


@case("exporter", "--listen", "9745", "--textfile", "x.prom")
def exporter_listen_and_textfile(_tree):
    pass


def two_boards(tree):
    tree.installed("FEDCBA9876543210")
    tree.loaded()
    tree.file("/sys/module/firmware_class/parameters/path", "/extra-firmware\n")
    tree.file("/lib/firmware/hailo/hailo8_fw.bin", firmware(23))
    tree.file("/extra-firmware/hailo/hailo8_fw.bin", firmware(20))
    tree.file(f"/lib/firmware/updates/{KERNEL}/hailo/hailo8_fw.4.23.0.bin",
              firmware(23, 0x60000001))
    tree.board(node=None, number="240:0", desc_max_page_size="256")
    tree.board("hailo1", "0000:02:00.0", release="4.23.0", compat_version="4.23.0",
               firmware_version="4.23.0", device_architecture="HAILO8")
    tree.holder(20, "python3", "/dev/hailo1")
    tree.holder(4711, "detector", "/dev/hailo1")


@case("status")
def status_two_boards(tree):
    two_boards(tree)


@case("status", "/dev/hailo1")
def status_one_of_two_boards(tree):
    two_boards(tree)


@case("status", "hailo7")
def status_unknown_board(tree):
    two_boards(tree)


@case("status")
def status_path_with_newline(tree):
    running(tree)
    tree.file("/sys/module/firmware_class/parameters/path", "/extra-firmware\n\n")
    tree.file("/extra-firmware/hailo/hailo8_fw.bin", firmware(23))


@case("status")
def status_firmware_compressed(tree):
    running(tree)
    (tree.path / "lib/firmware/hailo/hailo8_fw.bin").unlink()
    tree.file("/lib/firmware/hailo/hailo8_fw.bin.zst", "packed")


@case("status")
def status_firmware_name_parameter(tree):
    running(tree)
    tree.loaded(firmware_name="test/other.bin")
    tree.file("/lib/firmware/test/other.bin", firmware(22))


@case("status")
def status_dead(tree):
    running(tree)
    tree.file("/sys/class/hailo_chardev/hailo0/state", "dead\n")
    tree.file("/sys/class/hailo_chardev/hailo0/state_reason", "firmware boot timed out\n")
    tree.file("/sys/class/hailo_chardev/hailo0/firmware_version", "none\n")


@case("status")
def status_removed(tree):
    running(tree)
    tree.file("/sys/class/hailo_chardev/hailo0/state", "removed\n")


@case("status")
def status_other_driver(tree):
    tree.board(vendor_driver=True)
    tree.file("/sys/module/hailo_pci/version", "4.23.0\n")


@case("status", unprivileged=True)
def status_unprivileged(tree):
    running(tree)
    tree.holder(4711, "detector")
    tree.holder(1, "init")
    (tree.path / "proc/1/fd").chmod(0)


def firmware_folders(tree):
    tree.file("/sys/module/firmware_class/parameters/path", "/extra\n")
    tree.file("/extra/hailo/hailo8_fw.bin", firmware(23))
    tree.file("/extra/hailo/hailo8_fw.4.23.0.bin", firmware(23))
    tree.file("/extra/hailo/hailo8_fw.previous.bin", firmware(20))
    tree.file("/extra/hailo/hailo8_fw_cfg.bin", "no image")
    tree.file("/lib/firmware/hailo/hailo8_fw.bin", firmware(21))
    tree.file("/lib/firmware/hailo/hailo8_fw.4.20.0.bin", firmware(20, key_size=0x349))
    tree.file("/lib/firmware/hailo/hailo8_fw.4.22.0.bin.zst", "packed")
    tree.file("/var/lib/hailo-pci/firmware/hailo8_fw.4.23.0.bin", firmware(23))
    tree.file("/images/hailo8_fw.4.20.0.bin", firmware(20))


@case("list")
def list_folders(tree):
    firmware_folders(tree)


@case("list", "--json")
def list_folders_json(tree):
    firmware_folders(tree)


@case("list")
def list_nothing(_tree):
    pass


@case("select")
def select_newest(_tree):
    pass


@case("select", "--json")
def select_library_json(tree):
    running(tree)
    tree.file("/usr/lib/aarch64-linux-gnu/libhailort.so.4.21.0", "")


@case("stage", "--from", "images", "4.20.0")
def stage_over_another(tree):
    firmware_folders(tree)


@case("stage", "--from", "images", "4.20.0", "--dry-run", "--json")
def stage_dry_run_json(tree):
    firmware_folders(tree)


@case("stage", "--from", "images", "4.20.0", "--to", "/srv")
def stage_sets_the_path(tree):
    firmware_folders(tree)
    (tree.path / "srv").mkdir()


@case("stage", "4.23.0")
def stage_nothing_to_do(tree):
    firmware_folders(tree)


@case("rollback")
def rollback_to_previous(tree):
    firmware_folders(tree)


@case("fetch", "4.20.0", "--from", "images", "--accept-unverified")
def fetch_from_folder(tree):
    firmware_folders(tree)


@case("fetch", "4.20.0", "--mirror", "http://user:secret@mirror.example/", "--dry-run")
def fetch_dry_run(tree):
    firmware_folders(tree)


@hailo_run("--help")
def run_help(_tree):
    pass


@hailo_run("model.hef")
def run_without_input(_tree):
    pass


@hailo_run("model.hef", "--input", "synthetic", "--streams", "64")
def run_too_many_streams(_tree):
    pass


@hailo_run("model.hef", "--input", "synthetic", "--frames", "0")
def run_no_frames(_tree):
    pass


@hailo_run("model.hef", "--input", "synthetic")
def run_hef_missing(_tree):
    pass


@hailo_run("model.hef", "--input", "synthetic")
def run_hef_is_none(tree):
    tree.file("model.hef", "There is no network in this file.")


@hailo_run("model.hef", "--input", "synthetic")
def run_hef_truncated(tree):
    tree.file("model.hef", vector("hef_smallest_hailo8")[:-1])


@hailo_run("model.hef", "--input", "synthetic")
def run_hef_damaged(tree):
    good = vector("hef_smallest_hailo8")
    tree.file("model.hef", good[:100] + bytes([good[100] ^ 1]) + good[101:])


def with_model(tree):
    tree.file("model.hef", vector("hef_smallest_hailo8"))


@hailo_run("model.hef", "--input", "none.png")
def run_picture_missing(tree):
    with_model(tree)


@hailo_run("model.hef", "--input", "text.png")
def run_picture_is_none(tree):
    with_model(tree)
    tree.file("text.png", "There is no picture in this file.")


@hailo_run("model.hef", "--input", "cut.ppm")
def run_picture_truncated(tree):
    with_model(tree)
    tree.file("cut.ppm", "P6 8 8 255 and too few bytes")


@hailo_run("model.hef", "--input", "pictures")
def run_folder_without_pictures(tree):
    with_model(tree)
    tree.file("pictures/notes.txt", "")


@hailo_run("model.hef", "--input", "frames.raw")
def run_raw_of_another_size(tree):
    with_model(tree)
    tree.file("frames.raw", bytes(191))


@hailo_run("model.hef", "--input", "synthetic", "--labels", "none.txt")
def run_labels_missing(tree):
    with_model(tree)


@hailo_run("model.hef", "--input", "synthetic")
def run_no_board(tree):
    with_model(tree)


@hailo_run("model.hef", "--input", "synthetic", "--device", "hailo7")
def run_unknown_board(tree):
    with_model(tree)
    tree.board()


@hailo_run("model.hef", "--input", "synthetic")
def run_node_missing(tree):
    with_model(tree)
    tree.board(node=None)


@hailo_run("model.hef", "--input", "synthetic")
def run_node_of_another_driver(tree):
    with_model(tree)
    tree.board()


@hailo_run("model.hef", "--input", "synthetic")
def run_board_removed(tree):
    with_model(tree)
    tree.board(node=None, state="removed")


@hailo_run("model.hef", "--input", "synthetic")
def run_board_dead(tree):
    with_model(tree)
    tree.board(state="dead", state_reason="firmware boot timed out")


@hailo_detect("--help")
def detect_help(_tree):
    pass


@hailo_detect("--source", "synthetic")
def detect_without_model(_tree):
    pass


@hailo_detect("--hef", "model.hef", "--expect", "cat")
def detect_expects_without_frames(_tree):
    pass


@hailo_detect("--hef", "model.hef", "--size", "640x480x3")
def detect_size_is_none(_tree):
    pass


@hailo_detect("--hef", "model.hef", "--size=-640x480")
def detect_size_is_negative(_tree):
    pass


@hailo_detect("--hef", "model.hef", "--threshold", "nan")
def detect_threshold_is_no_number(_tree):
    pass


@hailo_detect("--hef", "model.hef", "--format", "H264")
def detect_format_is_none(_tree):
    pass


@hailo_detect("--hef", "model.hef")
def detect_hef_missing(_tree):
    pass


@hailo_detect("--post-process", "yolo.json")
def detect_post_process_is_none(tree):
    tree.file("yolo.json", '{"object_detect_draw_cv": {}}')


@hailo_detect("--post-process", "yolo.json")
def detect_post_process_names_no_file(tree):
    tree.file("yolo.json", '{"yolo": {"hef_file_8": "8.hef", "hef_file_8L": "8l.hef"}}')


@hailo_detect("--post-process", "yolo.json", "--describe")
def detect_describe(tree):
    tree.file("yolo.json", '{"yolo": {"hef_file_8L": "model.hef"}}')
    with_model(tree)
    tree.board()


@hailo_detect("--hef", "model.hef", "--describe")
def detect_describe_without_board(tree):
    with_model(tree)


@hailo_detect("--hef", "model.hef", "--labels", "labels.txt")
def detect_labels_are_none(tree):
    with_model(tree)
    tree.file("labels.txt", b"person\n\x1b[2J\n")


@hailo_detect("--hef", "model.hef", "--labels", "labels.txt", "--frames", "1", "--expect", "dog")
def detect_unknown_class(tree):
    with_model(tree)
    tree.file("labels.txt", "person\ncat\n")


@hailo_detect("--hef", "model.hef", "--source", "film.mjpeg")
def detect_source_missing(tree):
    with_model(tree)


@hailo_detect("--hef", "model.hef", "--source", "film.mjpeg")
def detect_source_is_none(tree):
    with_model(tree)
    tree.file("film.mjpeg", "There is no film in this file.")


@hailo_detect("--hef", "model.hef", "--source", "synthetic", "--frames", "1")
def detect_no_board(tree):
    with_model(tree)


@hailo_detect("--hef", "model.hef", "--source", "synthetic", "--frames", "1")
def detect_node_of_another_driver(tree):
    with_model(tree)
    tree.board()


@hailo_detect("--hef", "model.hef", "--source", "synthetic", "--listen", "nowhere")
def detect_listens_nowhere(tree):
    with_model(tree)


@hailo_detect("--list-cameras")
def detect_no_camera(_tree):
    pass


def root_only_node():
    """A character device that others may not write, to stand for a board."""
    for node in ("/dev/kmsg", "/dev/console", "/dev/mem"):
        if not os.path.exists(node):
            continue
        st = os.stat(node)
        if stat.S_ISCHR(st.st_mode) and not st.st_mode & 0o002 and st.st_gid == 0:
            return node
    raise Skip("no character device here is for root alone")


def normalise(text, tree):
    """Replaces what differs between machines."""
    user = pwd.getpwuid(65534 if os.geteuid() == 0 else os.geteuid()).pw_name
    text = text.replace(f"; you are {user}\n", "; you are @USER@\n")
    node = tree.path / "dev/hailo0"
    if node.exists():
        st = node.stat()
        owner = pwd.getpwuid(st.st_uid).pw_name
        group = grp.getgrgid(st.st_gid).gr_name
        text = text.replace(f"mode {stat.S_IMODE(st.st_mode):04o}, owner {owner}, group {group};",
                            "mode @MODE@, owner @OWNER@, group @GROUP@;")
    return as_older_cli11(text).replace(str(tree.path), "@ROOT@")


def as_older_cli11(text):
    """What CLI11 says from 2.4 on, in the words of 2.3."""
    def option(match):
        name, default, rest = match.groups()
        rest = rest.lstrip()
        name = f"{name}={default}"
        if not rest or rest.startswith("Needs:"):
            return f"{name} {rest}".rstrip()
        return name.ljust(30) + rest

    text = re.sub(r"^(  --[a-z-]+ \S+(?: in \[[^\]]*\])?) \[([^\]]*)\](.*)$", option, text, flags=re.M)
    return re.sub(r"not in range \[(\S+) - (\S+)\]$", r"not in range \1 to \2", text, flags=re.M)


def run_case(tool, name):
    """The text that the golden file of the case should hold."""
    program, fill, arguments, environment, unprivileged = CASES[name]
    with tempfile.TemporaryDirectory(prefix="hailo-cli-") as folder:
        os.chmod(folder, 0o755)
        tree = Tree(os.path.join(folder, "root"))
        fill(tree)
        command = [os.path.abspath(tool), *arguments]
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        if environment:
            env["HAILO_ROOT"] = str(tree.path)
        else:
            command[1:1] = ["--root", str(tree.path)]
        who = {}
        if unprivileged and os.geteuid() == 0:
            # The build folder may be closed to the user that the case runs as.
            command[0] = shutil.copy(tool, folder)
            who = {"user": 65534, "group": 65534, "extra_groups": []}
        done = subprocess.run(command, env=env, cwd=tree.path, capture_output=True, text=True,
                              timeout=60, check=False, **who)
        shown = " ".join([program, *arguments])
        return normalise(f"$ {shown}\n--- stdout\n{done.stdout}--- stderr\n{done.stderr}"
                         f"--- exit {done.returncode}\n", tree)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--tool")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("cases", nargs="*")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{name}:{values[0]}" for name, values in CASES.items()))
        return 0
    if not options.tool or not options.cases:
        parser.error("give --tool and at least one case")

    status = 0
    for name in options.cases:
        golden = GOLDEN / (name + ".txt")
        try:
            actual = run_case(options.tool, name)
        except Skip as why:
            print(f"SKIPPED {name}: {why}")
            return SKIP
        if options.update:
            golden.write_text(actual)
            continue
        expected = golden.read_text()
        if actual == expected:
            continue
        sys.stdout.writelines(difflib.unified_diff(
            expected.splitlines(True), actual.splitlines(True), str(golden), "actual"))
        print(f"again: {sys.argv[0]} --tool {options.tool} {name}")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
