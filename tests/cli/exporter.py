#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exporter.py TOOL: what "hailo-fwtool exporter --listen" serves, and how it ends."""
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from run import Tree, running

BOARDS = "hailo_boards {}\n"


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def code_of(url, **headers):
    try:
        get(url, **headers)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def start(tool, tree, listen):
    process = subprocess.Popen([tool, "--root", str(tree.path), "exporter", "--listen", listen],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert line.startswith("metrics at http://127.0.0.1:") and line.endswith("/metrics\n"), (
        line, process.stderr.read())
    return process, line.split()[-1]


def end(process, number):
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", ""), (process.returncode, out, err)


def main():
    tool = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        tree = Tree(folder)
        process, url = start(tool, tree, "0")
        kind, text = get(url)
        assert kind == "text/plain; version=0.0.4; charset=utf-8", kind
        assert BOARDS.format(0) in text, text
        running(tree)
        # Nobody makes it look more often than once a second.
        deadline = time.monotonic() + 20
        while BOARDS.format(1) not in (text := get(url)[1]):
            assert time.monotonic() < deadline, text
            time.sleep(0.1)
        assert 'hailo_board_running{board="hailo0",state="running"} 1\n' in text, text
        assert code_of(url.replace("/metrics", "/../etc/passwd")) == 404
        assert code_of(url, Host="evil.example") == 421
        assert "/metrics" in get(url.replace("/metrics", "/"))[1]

        second = subprocess.run([tool, "--root", folder, "exporter", "--listen", url.split("/")[2]],
                                capture_output=True, text=True, timeout=20)
        assert second.returncode == 1 and "another program has this port" in second.stderr, second
        assert "give another address or port with --listen" in second.stderr, second

        end(process, signal.SIGTERM)
        process, _ = start(tool, tree, "localhost:0")
        end(process, signal.SIGINT)


main()
