#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""flask_loop.py FILM RATE PORT bytes|blocks: detection on a web page as a short Python program does it, to compare
hailo-detect with.

A camera's program is a child whose JPEGs come through a pipe, read byte by byte, or in blocks. Each is decoded,
letterboxed and handed to a stand-in for inference that finds the same six objects each time; their boxes are drawn by
OpenCV. Flask serves it as multipart; each viewer's generator encodes the newest picture for itself."""

import pathlib
import subprocess
import sys
import threading

import cv2
import flask
import numpy

SIDE = 640
QUALITY = 80
CLASSES = 80
HERE = pathlib.Path(__file__).resolve().parent

app = flask.Flask(__name__)
changed = threading.Condition()
newest = None
number = 0


def answer():
    """What a chip gives "by class": a count, then so many boxes, as float32."""
    values = []
    for index in range(CLASSES):
        if index % 10 == 0 and index < 60:
            at = 0.14 + 0.01 * index
            values += [1, at, at, at + 0.2, at + 0.2, 0.9]
        else:
            values.append(0)
    return numpy.array(values, numpy.float32)


def read_bytes(pipe):
    picture = bytearray()
    while byte := pipe.read(1):
        picture += byte
        if byte == b"\xd9" and picture.endswith(b"\xff\xd9"):
            yield picture
            picture = bytearray()


def read_blocks(pipe):
    picture = bytearray()
    while block := pipe.read1(65536):
        picture += block
        while (end := picture.find(b"\xff\xd9")) >= 0:
            yield picture[: end + 2]
            del picture[: end + 2]


class Inference:
    def __init__(self):
        self.input = numpy.empty((SIDE, SIDE, 3), numpy.uint8)
        self.output = answer()

    def run(self, canvas):
        numpy.copyto(self.input, canvas)
        return self.output.copy()


def letterbox(picture):
    height, width = picture.shape[:2]
    scale = min(SIDE / width, SIDE / height)
    size = (round(width * scale), round(height * scale))
    scaled = picture if size == (width, height) else cv2.resize(picture, size)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    right, bottom = SIDE - size[0] - left, SIDE - size[1] - top
    canvas = cv2.copyMakeBorder(scaled, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(114, 114, 114))
    return cv2.cvtColor(canvas, cv2.COLOR_BGR2RGB), scale, left, top


def boxes_of(output, threshold=0.4):
    at = 0
    for index in range(CLASSES):
        count = int(output[at])
        at += 1
        for y_min, x_min, y_max, x_max, score in output[at : at + 5 * count].reshape(-1, 5):
            if score >= threshold:
                yield index, x_min, y_min, x_max, y_max, score
        at += 5 * count


def capture(film, rate, read):
    global newest, number
    cv2.setNumThreads(1)
    camera = subprocess.Popen([sys.executable, HERE / "camera.py", film, rate], stdout=subprocess.PIPE)
    inference = Inference()
    for jpeg in read(camera.stdout):
        picture = cv2.imdecode(numpy.frombuffer(jpeg, numpy.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            continue
        canvas, scale, left, top = letterbox(picture)
        for index, x_min, y_min, x_max, y_max, score in boxes_of(inference.run(canvas)):
            first = (int((x_min * SIDE - left) / scale), int((y_min * SIDE - top) / scale))
            second = (int((x_max * SIDE - left) / scale), int((y_max * SIDE - top) / scale))
            cv2.rectangle(picture, first, second, (0, 255, 0), 2)
            cv2.putText(picture, f"{index} {score:.0%}", first, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 255, 0), 1)
        with changed:
            newest = picture
            number += 1
            changed.notify_all()


def pictures():
    seen = 0
    while True:
        with changed:
            changed.wait_for(lambda: number != seen)
            picture, seen = newest, number
        jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        yield head.encode() + jpeg + b"\r\n"


@app.route("/stream")
def stream():
    return flask.Response(pictures(), mimetype="multipart/x-mixed-replace; boundary=frame")


@app.route("/number")
def frames():
    return str(number)


def main():
    film, rate, port, how = sys.argv[1:]
    read = {"bytes": read_bytes, "blocks": read_blocks}[how]
    threading.Thread(target=capture, args=(film, rate, read), daemon=True).start()
    app.run("127.0.0.1", int(port), threaded=True)


main()
