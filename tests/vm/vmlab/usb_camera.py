# SPDX-License-Identifier: MIT
"""A USB camera: a video class device of our own, for QEMU's usb-redir.  It gives eight
coloured bars as YUYV and as NV12, and pictures of models/ as MJPEG.  The guest unplugs
and plugs it over a second socket: a line "unplug" or "plug", answered by "ok"."""

import collections
import contextlib
import select
import socket
import struct
import threading
import time

WIDTH, HEIGHT = 320, 240
PICTURE = 320  # side of those of models/
PERIOD = 0.1  # seconds from picture to picture
PAYLOAD = 16384  # bytes of the largest transfer, its header included
PAUSE = 1.0  # seconds from unplugging to plugging, for QEMU to forget the former device
BARS = ("bfbfbf", "bfbf00", "00bfbf", "00bf00", "bf00bf", "bf0000", "0000bf", "000000")
BULK_IN = 0x81

# Messages of the usbredir protocol.
HELLO, CONNECT, DISCONNECT, INTERFACES, ENDPOINTS = 0, 1, 2, 4, 5
SET_CONFIGURATION, GET_CONFIGURATION, CONFIGURATION, SET_ALTERNATE, GET_ALTERNATE, ALTERNATE = 6, 7, 8, 9, 10, 11
CANCEL, CONTROL, BULK = 21, 100, 101
SUCCESS, CANCELLED, STALL = 0, 1, 4
# What xHCI asks for: endpoints with the size of their packets, numbers of 64 bits,
# lengths of 32.
CAPABILITIES = 1 << 4 | 1 << 5 | 1 << 6
HIGH_SPEED = 2


def _yuv(colour):
    """BT.601, limited range."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return round(16 + 219 * luma), round(128 + 224 * (blue - luma) / 1.772), round(128 + 224 * (red - luma) / 1.402)


def _bars():
    """As YUYV and as NV12."""
    yuv = [_yuv(colour) for colour in BARS]
    pairs = WIDTH // len(BARS) // 2
    packed = b"".join(bytes((y, u, y, v)) * pairs for y, u, v in yuv)
    luma = b"".join(bytes((y,)) * 2 * pairs for y, _, _ in yuv)
    chroma = b"".join(bytes((u, v)) * pairs for _, u, v in yuv)
    return packed * HEIGHT, luma * HEIGHT + chroma * (HEIGHT // 2)


def _frame(kind, width, height, size):
    interval = round(PERIOD * 1e7)  # of 100 ns
    bits = int(size * 8 / PERIOD)
    return struct.pack("<BBBBBHHIIIIBI", 30, 0x24, kind, 1, 0, width, height, bits, bits, size, interval, 1, interval)


class _Format:
    def __init__(self, index, pictures, guid=None, bits=0):
        self.pictures = pictures
        self.size = max(map(len, pictures))
        colours = bytes((6, 0x24, 0x0D, 1, 1, 4))
        if guid:
            name = guid + bytes.fromhex("00001000800000aa00389b71")
            self.descriptor = bytes((27, 0x24, 4, index, 1)) + name + bytes((bits, 1, 0, 0, 0, 0))
            self.descriptor += _frame(5, WIDTH, HEIGHT, self.size) + colours
        else:
            self.descriptor = bytes((11, 0x24, 6, index, 1, 1, 1, 0, 0, 0, 0))
            self.descriptor += _frame(7, PICTURE, PICTURE, self.size) + colours


def _configuration(formats):
    entry = bytes((18, 0x24, 2, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0))  # a camera
    exit_ = bytes((9, 0x24, 3, 2, 1, 1, 0, 1, 0))  # to USB
    control = struct.pack("<BBBHHIBB", 13, 0x24, 1, 0x0110, 13 + len(entry + exit_), 1000000, 1, 1) + entry + exit_
    described = b"".join(one.descriptor for one in formats)
    size = 13 + len(formats)
    stream = struct.pack("<BBBBHBBBBBBB", size, 0x24, 1, len(formats), size + len(described), BULK_IN, 0, 2, 0, 0, 0, 1)
    stream += bytes(len(formats)) + described
    interfaces = bytes((8, 11, 0, 2, 0x0E, 3, 0, 2))  # the two are one function
    interfaces += bytes((9, 4, 0, 0, 0, 0x0E, 1, 0, 2)) + control
    interfaces += bytes((9, 4, 1, 0, 1, 0x0E, 2, 0, 0)) + stream + struct.pack("<BBBBHB", 7, 5, BULK_IN, 2, 512, 0)
    return struct.pack("<BBHBBBBB", 9, 2, 9 + len(interfaces), 2, 1, 0, 0x80, 50) + interfaces


class UsbCamera(threading.Thread):
    """Listens on two sockets until stop()."""

    def __init__(self, device, control, pictures):
        super().__init__(daemon=True)
        packed, planar = _bars()
        self._formats = [
            _Format(1, [packed], b"YUY2", 16),
            _Format(2, [planar], b"NV12", 12),
            _Format(3, pictures),
        ]
        self._device = self._listen(device)
        self._control = self._listen(control)
        self._end, self._ended = socket.socketpair()
        self._qemu = None
        self._plugged = False
        self._unplugged = 0.0
        self.start()

    @staticmethod
    def _listen(path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        return listener

    def stop(self):
        self._ended.close()
        self.join()

    def run(self):
        with self._device, self._control, self._end:
            self._qemu, guest = self._accept(self._device), self._accept(self._control)
            if self._qemu and guest:
                # QEMU may end at any time.
                with self._qemu, guest, contextlib.suppress(ConnectionError):
                    self._serve(guest)

    def _accept(self, listener):
        """None at the end."""
        ready = select.select([listener, self._end], [], [])[0]
        return None if self._end in ready else listener.accept()[0]

    def _serve(self, guest):
        self._idle()
        received = b""
        while True:
            wait = max(0.0, self._due - time.monotonic()) if self._wanted else None
            ready = select.select([self._qemu, guest, self._end], [], [], wait)[0]
            if self._end in ready:
                return
            if guest in ready and not self._order(guest):
                return
            if self._qemu in ready:
                data = self._qemu.recv(1 << 16)
                if not data:
                    return
                received = self._take(received + data)
            self._stream()

    def _order(self, guest):
        """False: there is no guest any more."""
        order = guest.recv(64).decode().strip()
        if not order:
            return False
        if order == "plug" and not self._plugged:
            self._plugged = True
            time.sleep(max(0.0, self._unplugged + PAUSE - time.monotonic()))
            self._connect()
        elif order == "unplug" and self._plugged:
            self._plugged = False
            self._unplugged = time.monotonic()
            self._idle()
            self._send(DISCONNECT, 0, b"")
        guest.sendall(b"ok\n")
        return True

    def _idle(self):
        """No picture is under way."""
        self._wanted = collections.deque()  # transfers that the host waits for: (id, bytes)
        self._left = b""  # of the picture
        self._due = 0.0
        self._count = 0
        self._setting = [0, 1, 1]  # hint, format, frame

    def _send(self, kind, id_, body):
        self._qemu.sendall(struct.pack("<III" if kind == HELLO else "<IIQ", kind, len(body), id_) + body)

    def _take(self, received):
        """What is left of it."""
        while len(received) >= 8:
            kind, size = struct.unpack_from("<II", received)
            begin = 12 if kind == HELLO else 16
            if len(received) < begin + size:
                break
            id_ = int.from_bytes(received[8:begin], "little")
            self._message(kind, id_, received[begin : begin + size])
            received = received[begin + size :]
        return received

    def _message(self, kind, id_, body):
        if kind == HELLO:
            self._send(HELLO, 0, b"hailo-pci test camera".ljust(64, b"\0") + struct.pack("<I", CAPABILITIES))
        elif kind in (SET_CONFIGURATION, GET_CONFIGURATION):
            self._send(CONFIGURATION, id_, bytes((SUCCESS, 1)))
        elif kind in (SET_ALTERNATE, GET_ALTERNATE):
            self._send(ALTERNATE, id_, bytes((SUCCESS, body[0], 0)))
        elif kind == CONTROL:
            self._request(id_, body)
        elif kind == BULK:
            self._wanted.append((id_, struct.unpack_from("<H", body, 2)[0]))
        elif kind == CANCEL:
            self._wanted = collections.deque(one for one in self._wanted if one[0] != id_)
            self._send(BULK, id_, struct.pack("<BBHIH", BULK_IN, CANCELLED, 0, 0, 0))

    def _connect(self):
        def table(values, empty):
            return bytes(values.get(index, empty) for index in range(32))

        class_ = {0: 0x0E, 1: 0x0E}
        self._send(INTERFACES, 0, struct.pack("<I", 2) + table({1: 1}, 0) + table(class_, 0) + table({0: 1, 1: 2}, 0) + bytes(32))
        # 16 and on are those to the host.
        packets = struct.pack("<32H", *({0: 64, 16: 64, 17: 512}.get(index, 0) for index in range(32)))
        self._send(ENDPOINTS, 0, table({0: 0, 16: 0, 17: 2}, 255) + bytes(32) + table({17: 1}, 0) + packets)
        self._send(CONNECT, 0, struct.pack("<BBBBHH", HIGH_SPEED, 0xEF, 2, 1, 0x1209, 1))

    def _request(self, id_, body):
        endpoint, request, kind, _, value, index, length = struct.unpack_from("<BBBBHHH", body)
        answer = self._answer(request, kind, value, index, body[10:])
        status = STALL if answer is None else SUCCESS
        answer = (answer or b"")[:length] if kind & 0x80 else b""
        done = len(answer) if kind & 0x80 else length
        self._send(CONTROL, id_, struct.pack("<BBBBHHH", endpoint, request, kind, status, value, index, done) + answer)

    def _answer(self, request, kind, value, index, data):
        """None: not understood."""
        if (kind, request) == (0x80, 6):
            return self._descriptor(value >> 8, value & 0xFF)
        if kind & 0x60 == 0:
            self._left = b""  # the host begins anew
            return bytes(2)
        if index & 0xFF != 1 or value >> 8 not in (1, 2):
            return None
        if (kind, request) == (0x21, 1):
            hint, format_, frame = struct.unpack_from("<HBB", data)
            self._setting = [hint, min(max(format_, 1), len(self._formats)), frame and 1]
            self._left = b""
            return b""
        if request in (0x81, 0x82, 0x83, 0x87):
            hint, format_, frame = self._setting
            size, interval = self._formats[format_ - 1].size, round(PERIOD * 1e7)
            return struct.pack("<HBBIHHHHHIIIBBBB", hint, format_, frame, interval, 0, 0, 0, 0, 0, size, PAYLOAD, 1000000, 0, 0, 0, 0)
        return {0x84: bytes(34), 0x85: b"\x22\0", 0x86: b"\x03"}.get(request)

    def _descriptor(self, kind, number):
        if kind == 1:
            return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0xEF, 2, 1, 64, 0x1209, 1, 0x0100, 1, 2, 0, 1)
        if kind == 2:
            return _configuration(self._formats)
        if kind == 3 and number < 3:
            text = b"\x09\x04" if number == 0 else ("hailo-pci", "Test camera")[number - 1].encode("utf-16-le")
            return bytes((2 + len(text), 3)) + text
        return None

    def _stream(self):
        while self._wanted:
            if not self._left:
                if time.monotonic() < self._due:
                    return
                self._due = time.monotonic() + PERIOD
                pictures = self._formats[self._setting[1] - 1].pictures
                self._left = pictures[self._count % len(pictures)]
                self._count += 1
            id_, room = self._wanted.popleft()
            part = self._left[: min(room, PAYLOAD) - 2]
            self._left = self._left[len(part) :]
            flags = 0x80 | self._count & 1 | (0 if self._left else 2)
            data = bytes((2, flags)) + part
            self._send(BULK, id_, struct.pack("<BBHIH", BULK_IN, SUCCESS, len(data), 0, 0) + data)
