#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""manual.py --tool PROGRAM PAGE: a manual page names the options of each command that
the program's help names, their defaults and ranges, and its exit codes; no others."""
import argparse
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"^ +(?:-\w, *)?(--[a-z0-9-]+)(.*)$", re.M)
# Of every command, and explained nowhere.
USUAL = {"--help", "--version", "--tool-version"}


class Help:
    """What a program, or one command of it, says of itself."""

    def __init__(self, *command):
        text = subprocess.run([*command, "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.options = dict(OPTION.findall(text))
        commands = text.partition("Subcommands:\n")[2].partition("\n\n")[0]
        self.commands = [line.split()[0] for line in commands.split("\n") if re.match(r" +[a-z]", line)]
        codes = text.partition("Exit codes:")[2]
        self.exit_codes = {int(code) for code in re.findall(r"(?:^|[ \n])(\d+) +(?=[A-Za-z])", codes)}

    def names(self):
        return set(self.options) - USUAL

    def default(self, option):
        # "--interval MS:UINT in [10 - 60000]=500"; from CLI11 2.4 on " [500]" at its end.
        match = re.match(r"\S*(?: in \[[^]]*\])?(?:=| \[)([^\]\s]+)", self.options[option].lstrip())
        return match.group(1) if match else None

    def range(self, option):
        match = re.search(r"in \[([\d.]+) - ([\d.]+)\]", self.options[option])
        return match.groups() if match else None


def flags(line):
    return ["-" + name for name in re.findall(r"(?:\bFl|,) (-[a-z0-9-]+)", line)]


class Page:
    """The mdoc source of a page: sections by name, and the options that a list explains."""

    def __init__(self, path):
        self.parts = {}
        part = None
        for line in path.read_text().split("\n"):
            if line.startswith((".Sh ", ".Ss ")):
                part = self.parts.setdefault(line[4:], [])
            elif part is not None:
                part.append(line)

    def options(self, *sections):
        """The text of each option's entry, with the lists in it."""
        found = {}
        entry, depth = [], 0
        for line in (line for section in sections for line in self.parts[section]):
            depth += line.startswith(".Bl") - line.startswith(".El")
            if depth == 0 or (depth == 1 and line.startswith(".It ")):
                entry = []
                found.update((name, entry) for name in flags(line) if depth)
            entry.append(line)
        return {name: " ".join(lines) for name, lines in found.items()}

    def mentioned(self, section):
        return {name for line in self.parts[section] for name in flags(line)}

    def synopsis(self):
        """Command, and the options in its line."""
        for block in "\n".join(self.parts["SYNOPSIS"]).split(".Nm")[1:]:
            command = re.search(r"^\.Cm (\w+)$", block, re.M)
            yield command.group(1) if command else None, set(flags(block)) - USUAL

    def exit_codes(self):
        return {int(line.split()[1]) for line in self.parts["EXIT STATUS"] if re.match(r"\.It \d+$", line)}


def differences(what, page, program):
    for name in sorted(page - program):
        yield f"{what}: {name} is in the page, not in the help"
    for name in sorted(program - page):
        yield f"{what}: {name} is in the help, not in the page"


def entries(what, explained, told):
    """What a page says of options that it explains."""
    for name, text in explained.items():
        if name not in told.options or "as of" in text:
            continue
        default = told.default(name)
        said = re.search(r"[Dd]efault(?: is)?:? (\d[\w.]*\w|\d)", text)
        word = rf"(?<![\w.]){re.escape(default or '')}(?!\w)"
        if default and (said.group(1) != default if said else not re.search(word, text)):
            yield f"{what}: the default of {name} is {default}, which the page does not say"
        limits = re.search(r"\b([\d.]+) to ([\d.]*\d)\b", text)
        if limits and told.range(name) and limits.groups() != told.range(name):
            yield f"{what}: {name} takes {' to '.join(told.range(name))}, the page says {limits.group()}"


def compare(page, tool):
    whole = Help(tool)
    commands = {None: whole, **{name: Help(tool, name) for name in whole.commands}}
    common = page.mentioned("DESCRIPTION") if whole.commands else set()
    for name in whole.commands:
        if name not in page.parts:
            yield f"no section on {name}"
            continue
        explained = page.options(name)
        yield from differences(name, set(explained), commands[name].names() - common)
        yield from entries(name, explained, commands[name])
    if not whole.commands:
        explained = page.options(*(set(page.parts) - {"SYNOPSIS"}))
        # Where there is no list, the page leaves it to the help.
        if explained:
            yield from differences("options", set(explained), whole.names())
        yield from entries("options", explained, whole)
    for command, names in page.synopsis():
        known = commands[command].names() if command in commands else set()
        for name in sorted(names - known):
            yield f"synopsis of {command or 'the program'}: there is no {name}"
    yield from differences("exit codes", page.exit_codes(), whole.exit_codes)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True)
    parser.add_argument("page", type=pathlib.Path)
    options = parser.parse_args()
    found = list(compare(Page(options.page), options.tool))
    for text in found:
        print(f"{options.page.name}: {text}")
    sys.exit(1 if found else 0)


main()
