# SPDX-License-Identifier: MIT
"""Writes initramfs archives (cpio "newc") without needing root for owners and devices."""

import stat


class Archive:
    def __init__(self):
        self._parts = []
        self._folders = set()
        self._inode = 0

    def _add(self, name, mode, data=b"", rdev=(0, 0)):
        self._inode += 1
        raw = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(raw), 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + raw
        self._parts += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]

    def folder(self, name):
        name = name.strip("/")
        if name and name not in self._folders:
            self.folder(name.rpartition("/")[0])
            self._folders.add(name)
            self._add(name, stat.S_IFDIR | 0o755)

    def file(self, name, data, mode=0o644):
        name = name.strip("/")
        self.folder(name.rpartition("/")[0])
        self._add(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        name = name.strip("/")
        self.folder(name.rpartition("/")[0])
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name, major, minor):
        self.folder(name.strip("/").rpartition("/")[0])
        self._add(name.strip("/"), stat.S_IFCHR | 0o600, rdev=(major, minor))

    def write(self, path):
        self._add("TRAILER!!!", 0)
        path.write_bytes(b"".join(self._parts))
