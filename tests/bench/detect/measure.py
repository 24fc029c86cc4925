#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""measure.py [--seconds N] [--soak SECONDS] [--write]: what a frame and a viewer cost hailo-detect, and what they cost a loop in
Python and Flask (flask_loop.py), in one run.

Both get the same film of 640x480 at 30 pictures a second, decode, letterbox it to 640x640, have a stand-in find the
same six objects, draw them, and send JPEGs of quality 80 to the same viewers. Each runs alone on one core; the viewers
are this process, on another. What is counted is the user and system time of the server's process alone, without the
camera's program that Python has as a child. --soak watches hailo-detect's memory while viewers come and go. --write
puts the figures into docs/performance.md. Fails if a budget is not kept."""

import argparse
import contextlib
import json
import os
import pathlib
import re
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
BUILD = TOP / "build/bench"
PAGE = TOP / "docs/performance.md"
HEADING = "## hailo-detect\n"
PYTHON = "/usr/bin/python3"  # the one that Debian's packages are for
RATE = 30
VIEWERS = (1, 10, 100)
LIMIT = 1 / 20  # of what Python takes for a frame of a viewer, with the most viewers
GROWTH = 2048  # KiB from the first minute to the last: two pictures that happen to be on their way
PATIENCE = 60  # seconds without what a measurement waits for
TICKS = os.sysconf("SC_CLK_TCK")
BLOCK = memoryview(bytearray(1 << 20))


class Client:
    """One who looks at a stream."""

    def __init__(self, port, path):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self.socket.setblocking(False)

    def took(self, count):
        if count == 0:
            sys.exit("measure.py: the server has closed a stream")


class Viewer(Client):
    """Counts the pictures of a stream, whole ones, without a copy of them."""

    def __init__(self, port):
        super().__init__(port, "/stream")
        self.head = b""
        self.left = 0
        self.pictures = 0

    def read(self):
        with contextlib.suppress(BlockingIOError):
            for _ in range(8):
                if self.left:
                    got = self.socket.recv_into(BLOCK, min(self.left, len(BLOCK)), socket.MSG_TRUNC)
                    self.left -= got
                    self.pictures += self.left == 0
                else:
                    data = self.socket.recv(256)
                    got = len(data)
                    self.head += data
                    self.begin()
                self.took(got)

    def begin(self):
        length = re.search(rb"Content-Length: (\d+)\r\n", self.head)
        end = self.head.find(b"\r\n\r\n", length.end() - 2) if length else -1
        if end < 0:
            return
        self.left = int(length.group(1)) - (len(self.head) - end - 4)
        self.head = b""


class Events(Client):
    """Latencies of hailo-detect's events, in ms."""

    def __init__(self, port):
        super().__init__(port, "/events")
        self.text = b""
        self.stages = {}

    def read(self):
        data = self.socket.recv(65536)
        now = time.time() * 1000
        self.took(len(data))
        self.text += data
        *whole, self.text = self.text.split(b"\n\n")
        for event in whole:
            if not event.startswith(b"event: detections\ndata: "):
                continue
            frame = json.loads(event.split(b"data: ", 1)[1])
            for stage, ms in (*frame["stages"].items(), ("event", now - frame["time"])):
                self.stages.setdefault(stage, []).append(ms)

    def percentiles(self):
        return {
            stage: {"p50": statistics.median(values), "p95": sorted(values)[int(0.95 * (len(values) - 1))]}
            for stage, values in self.stages.items()
        }


class Clients:
    def __init__(self):
        self.selector = selectors.DefaultSelector()

    def add(self, client):
        self.selector.register(client.socket, selectors.EVENT_READ, client)
        return client

    def drop(self, client):
        self.selector.unregister(client.socket)
        client.socket.close()

    def serve(self, until, pause=0.0):
        """Until a time, or something is true. With a pause between looks nobody waits for bytes: whoever sends them
        would have to wake this process, which it has not to do for a viewer behind a network."""
        patience = time.monotonic() + PATIENCE
        while not (until() if callable(until) else time.monotonic() >= until):
            if callable(until) and time.monotonic() > patience:
                sys.exit(f"measure.py: the server sends nothing for {PATIENCE} s")
            time.sleep(pause)
            for key, _ in self.selector.select(0 if pause else 0.05):
                key.data.read()


class Server:
    """A process under test, on a core of its own."""

    def __init__(self, command, core, port=None):
        log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if port is None else subprocess.DEVNULL,
            stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        line = "" if port else self.process.stdout.readline().decode()
        self.port = port or int(line.rpartition(":")[2] or 0)
        for _ in range(200):
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.1)
        self.process.kill()
        log.seek(0)
        said = log.read()[-2000:].decode(errors="replace")
        sys.exit(f"measure.py: {command[0]} does not listen (is it all there? tests/lab/bootstrap bench):\n{said}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1)
            return
        self.process.terminate()
        self.process.wait()

    def cpu(self):
        """Seconds, user and system."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss(self):
        """KiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return answer.read().decode()


class Detect(Server):
    name = "hailo-detect"

    def __init__(self, film, core):
        super().__init__([BUILD / "tests/bench/detect/bench_detect", film, RATE], core)

    def counts(self):
        """Frames and JPEGs, at a moment when none is on its way."""
        seen = []
        while len(seen) < 3 or seen[-1] != seen[-3]:
            text = self.get("/metrics")
            value = lambda name: int(re.search(rf"^{re.escape(name)} (\d+)$", text, re.M).group(1))
            seen.append((value("hailo_detect_frames_total"), value('hailo_detect_jpegs_total{kind="boxes"}')))
            time.sleep(0.007)
        return seen[-1]


class Flask(Server):
    """The other side; "blocks" or "bytes" is how it reads its camera."""

    def __init__(self, film, core, how):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        super().__init__([PYTHON, HERE / "flask_loop.py", film, RATE, port, how], core, port)
        self.name = f"Python, {how}"

    def counts(self):
        return int(self.get("/number")), None


def measure(server, viewers, seconds):
    clients = Clients()
    watching = [clients.add(Viewer(server.port)) for _ in range(viewers)]
    clients.serve(lambda: all(viewer.pictures > 2 for viewer in watching))
    frames, jpegs = server.counts()
    seen = [viewer.pictures for viewer in watching]
    started = server.cpu()
    clients.serve(time.monotonic() + seconds, pause=0.005)
    cpu = server.cpu() - started
    seen = [viewer.pictures - before for viewer, before in zip(watching, seen)]
    frames_now, jpegs_now = server.counts()
    result = {
        "server": server.name,
        "viewers": viewers,
        "cpu": cpu / seconds,
        "frames": frames_now - frames,
        "least": min(seen),
        "most": max(seen),
        "per_picture_us": cpu / sum(seen) * 1e6,
    }
    if isinstance(server, Detect):
        result["jpegs"] = jpegs_now - jpegs
        events = clients.add(Events(server.port))
        # What comes at once is a frame that has been there for a while.
        clients.serve(lambda: events.stages)
        events.stages.clear()
        clients.serve(time.monotonic() + seconds / 2)
        result["latency_ms"] = events.percentiles()
    for key in list(clients.selector.get_map().values()):
        clients.drop(key.data)
    return result


def soak(server, seconds, viewers=20):
    """Most memory in KiB of the first minute, or tenth, and of the last; each second a viewer goes and one comes."""
    clients = Clients()
    watching = [clients.add(Viewer(server.port)) for _ in range(viewers)]
    seen = []
    while len(seen) < seconds:
        clients.serve(time.monotonic() + 1)
        clients.drop(watching.pop(0))
        watching.append(clients.add(Viewer(server.port)))
        seen.append(server.rss())
    part = max(min(60, len(seen) // 10), 1)
    return {"seconds": seconds, "first_kib": max(seen[:part]), "last_kib": max(seen[-part:])}


def build():
    for step in (
        ["cmake", "-S", TOP, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release"],
        ["cmake", "--build", BUILD, "--target", "bench_detect"],
    ):
        subprocess.run(step, stdout=subprocess.DEVNULL, check=True)


def run(seconds, soak_seconds):
    build()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("measure.py: needs two cores, one for the server and one for its viewers")
    os.sched_setaffinity(0, {cores[-1]})
    rows, soaked = [], None
    with tempfile.TemporaryDirectory() as folder:
        film = pathlib.Path(folder) / "film.mjpeg"
        subprocess.run([BUILD / "tests/bench/detect/bench_detect", "--film", film], check=True)
        sides = {
            "detect": lambda: Detect(film, cores[0]),
            "blocks": lambda: Flask(film, cores[0], "blocks"),
            "bytes": lambda: Flask(film, cores[0], "bytes"),
        }
        for count in VIEWERS:
            row = {}
            for name, start in sides.items():
                with start() as server:
                    row[name] = measure(server, count, seconds)
            rows.append(row)
            print(json.dumps(row), file=sys.stderr)
        if soak_seconds:
            with sides["detect"]() as server:
                soaked = soak(server, soak_seconds)
    return rows, soaked


def part(ours, theirs):
    return f"1/{theirs / ours:.1f}"


def further(first, last):
    """CPU time of a picture to one viewer more, in us."""
    return (last["cpu"] - first["cpu"]) / (last["viewers"] - first["viewers"]) / RATE * 1e6


def report(rows, soaked):
    few, some, many = rows[0], rows[1], rows[-1]
    lines = [
        "| Viewers | Frames | JPEGs made | Each viewer got | CPU | Python: each viewer got | CPU | CPU per picture of a viewer: part of Python's | if it reads bytes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    spread = lambda side: f"{side['least']} to {side['most']}"
    for row in rows:
        ours, blocks, slow = row["detect"], row["blocks"], row["bytes"]
        lines.append(
            f"| {ours['viewers']} | {ours['frames']} | {ours['jpegs']} | {spread(ours)} | {ours['cpu']:.0%} "
            f"| {spread(blocks)} | {blocks['cpu']:.0%} "
            f"| {part(ours['per_picture_us'], blocks['per_picture_us'])} | {part(ours['per_picture_us'], slow['per_picture_us'])} |"
        )
    # With a hundred viewers Python has no time left, so what one more costs is told by ten.
    ours, theirs = further(few["detect"], many["detect"]), further(few["blocks"], some["blocks"])
    lines += [
        "",
        f"One viewer more costs {part(ours, theirs)} of what it costs Python. With {many['detect']['viewers']} viewers a picture to",
        f"one of them took {many['detect']['per_picture_us']:.0f} us of CPU time, Python's {many['blocks']['per_picture_us']:.0f} us.",
        "",
        "| Latency in ms, median (95 %) | " + " | ".join(few["detect"]["latency_ms"]) + " |",
        "|---|" + "---|" * len(few["detect"]["latency_ms"]),
    ]
    for row in (few, many):
        times = row["detect"]["latency_ms"].values()
        lines.append(
            f"| {row['detect']['viewers']} viewer{'s' * (row['detect']['viewers'] > 1)} | "
            + " | ".join(f"{t['p50']:.2f} ({t['p95']:.2f})" for t in times)
            + " |"
        )
    if soaked:
        lines += [
            "",
            f"Memory, 20 viewers of which one goes and another comes each second: at most {soaked['first_kib']} KiB in the first",
            f"minute, {soaked['last_kib']} KiB in the last of {soaked['seconds'] / 60:.0f}.",
        ]
    return "\n".join(lines) + "\n"


def broken(rows, soaked):
    """The budgets that are not kept."""
    for row in rows:
        ours = row["detect"]
        if ours["jpegs"] != ours["frames"]:
            yield f"{ours['jpegs']} JPEGs of {ours['frames']} frames with {ours['viewers']} viewers"
        if ours["least"] < ours["frames"] - 1:
            yield f"a viewer of {ours['viewers']} got {ours['least']} of {ours['frames']} pictures"
    ours, theirs = rows[-1]["detect"], rows[-1]["blocks"]
    if ours["per_picture_us"] > LIMIT * theirs["per_picture_us"]:
        yield f"a picture to a viewer takes {part(ours['per_picture_us'], theirs['per_picture_us'])} of Python's CPU time, not 1/20"
    if soaked and soaked["last_kib"] > soaked["first_kib"] + GROWTH:
        yield f"memory grows from {soaked['first_kib']} to {soaked['last_kib']} KiB"


def write(text):
    page = PAGE.read_text().partition(HEADING)[0].rstrip("\n")
    PAGE.write_text(
        f"{page}\n\n{HEADING}\n"
        "CPU time beside that of a loop in Python (`tests/bench/detect/flask_loop.py`: OpenCV, Flask, a JPEG encoded per\n"
        "viewer), measured in one run by `make bench`, `SOAK=600` for the memory. Both get one film of 640x480 at 30 pictures\n"
        "a second, decode, letterbox to 640x640, have a stand-in for the chip find the same six objects, draw them and send\n"
        "JPEGs of quality 80; each has one core, its viewers the other. hailo-detect has its own runtime on a driver in\n"
        "memory. Python reads its camera's pipe in blocks; byte by byte, as the demo did, is the last column. Counts and\n"
        "parts mean something on another machine, times do not. A film's picture counts as captured once it is decoded;\n"
        "total is from there until it is published, event until a client of `/events` has it.\n\n" + text
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--soak", type=float, default=0, help="seconds for which memory is watched")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    rows, soaked = run(options.seconds, options.soak)
    text = report(rows, soaked)
    print(f"{text}\nThe machine's load was {load:.1f} before.")
    if options.write:
        write(text)
    failures = list(broken(rows, soaked))
    for failure in failures:
        print(f"measure.py: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
