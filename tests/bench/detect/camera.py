#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""camera.py FILM RATE: a camera's program: JPEGs to standard output, over and over, RATE a second."""

import itertools
import pathlib
import sys
import time

START = b"\xff\xd8\xff"


def main():
    film = pathlib.Path(sys.argv[1]).read_bytes()
    period = 1 / float(sys.argv[2])
    pictures = [START + rest for rest in film.split(START)[1:]]
    due = time.monotonic()
    for picture in itertools.cycle(pictures):
        time.sleep(max(due - time.monotonic(), 0))
        due = max(due, time.monotonic() - period) + period
        sys.stdout.buffer.write(picture)
        sys.stdout.buffer.flush()


try:
    main()
except (BrokenPipeError, KeyboardInterrupt):
    sys.exit(0)
