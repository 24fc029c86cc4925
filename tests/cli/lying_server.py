# SPDX-License-Identifier: MIT
"""An HTTP server on the loopback device that does what it is told, also wrongly.

A behaviour is a function of the request and of the number of requests before it.
"""
import http.server
import socket
import threading
import time

TAG = '"of-the-image"'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # the name that the library wants
        before = len(self.server.requests)
        self.server.requests.append(dict(self.headers))
        try:
            self.server.behaviour(self, before)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.close_connection = True

    def do_CONNECT(self):  # the name that the library wants
        """A tunnel, as a proxy makes it; to the server behind, whatever the name."""
        self.server.requests.append({"Connect": self.path, **dict(self.headers)})
        self.close_connection = True
        if not self.server.behind:
            self.send_error(502)
            return
        with socket.create_connection(self.server.behind) as far:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=relay, args=(far, self.connection), daemon=True)
            back.start()
            relay(self.connection, far)
            back.join()

    def log_message(self, *_arguments):
        pass

    def answer(self, status, body, tag=TAG, **headers):
        """Headers first, so that a body may be shorter than they say."""
        self.send_response(status)
        fields = {"Content-Length": str(len(body)), "Connection": "close"}
        if tag:
            fields["ETag"] = tag
        fields.update({name.replace("_", "-"): value for name, value in headers.items()})
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def relay(source, target):
    """Until the source ends."""
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Server:
    """Serves until the end of its block; a proxy if there is a server `behind`."""

    def __init__(self, behaviour, tls=None, behind=None):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.behaviour = behaviour
        self.server.requests = []
        self.server.behind = behind.server.server_address if behind else None
        self.scheme = "http"
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={
            "poll_interval": 0.05}, daemon=True)

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}"

    @property
    def requests(self):
        return self.server.requests

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_what):
        self.server.shutdown()
        self.server.server_close()


def good(image, tag=TAG):
    """An honest server, which knows ranges."""
    def behaviour(request, _before):
        wanted = request.headers.get("Range", "")
        if wanted.startswith("bytes=") and request.headers.get("If-Range") == tag:
            first = int(wanted[6:].split("-")[0])
            if first >= len(image):
                request.answer(416, b"", tag)
                return
            request.answer(206, image[first:], tag, Content_Range=
                           f"bytes {first}-{len(image) - 1}/{len(image)}")
            return
        request.answer(200, image, tag)
    return behaviour


def proxied(behaviour):
    """For a proxy: refuses what is not meant for one."""
    def forward(request, before):
        if request.path.startswith("http://mirror.test/"):
            behaviour(request, before)
        else:
            request.answer(400, b"", None)
    return forward


def answers(status, body=b"no"):
    return lambda request, _before: request.answer(status, body, None)


def redirects(target):
    return lambda request, _before: request.answer(302, b"", None, Location=target)


def cut_short(image):
    """Ends in the middle of what it has promised."""
    return lambda request, _before: request.answer(200, image[:len(image) // 2],
                                                   Content_Length=str(len(image)))


def stalls(image):
    """Sends a half and then nothing."""
    def behaviour(request, _before):
        request.answer(200, image[:len(image) // 2], Content_Length=str(len(image)))
        time.sleep(20)
    return behaviour


def endless(request, _before):
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    while True:
        request.wfile.write(b"1000\r\n" + bytes(0x1000) + b"\r\n")


def wrong_range(image):
    """Answers with a range that nobody has asked for."""
    return lambda request, _before: request.answer(
        206, image[:50], Content_Range=f"bytes 0-49/{len(image)}")


def first(*behaviours):
    """The n-th request gets the n-th behaviour, later ones the last."""
    return lambda request, before: behaviours[min(before, len(behaviours) - 1)](request, before)
