"""Writes a manual page for a program and one for each of its commands.

What the pages say is what ArgumentParser knows (`PROGRAM --experimental-dump-help`), so that page and help never differ.

usage: manual_pages.py PROGRAM FOLDER
"""

import json
import pathlib
import re
import subprocess
import sys


def escaped(text):
    """Text as roff reads it; hyphens stay hyphens, so that options can be copied from the page."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)


def bold(text):
    return f"\\fB{escaped(text)}\\fR"


def italic(text):
    return f"\\fI{escaped(text)}\\fR"


def spelling(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def usage_of(argument):
    """How an argument stands in the synopsis."""
    if argument["kind"] == "positional":
        text = italic(argument["valueName"]) + (" ..." if argument["isRepeating"] else "")
    else:
        text = bold(spelling(argument["preferredName"]))
        if argument["kind"] == "option":
            text += " " + italic(argument["valueName"])
    return f"[{text}]" if argument["isOptional"] else text


def heading_of(argument):
    if argument["kind"] == "positional":
        return italic(argument["valueName"])
    names = ", ".join(bold(spelling(name)) for name in argument["names"])
    return names + (" " + italic(argument["valueName"]) if argument["kind"] == "option" else "")


def explanation_of(argument):
    text = argument.get("abstract", "")
    values = argument.get("allValues")
    if values and not all(value in text for value in values):
        text += f" One of {', '.join(values)}."
    if "defaultValue" in argument and argument["kind"] != "flag":
        text += f" Default: {argument['defaultValue']}."
    return escaped(text)


def shown(command):
    return [argument for argument in command.get("arguments", []) if argument["shouldDisplay"]]


def options(command, title):
    lines = [f".SH {title}"]
    for argument in shown(command):
        lines += [".TP", heading_of(argument), explanation_of(argument)]
    return lines


def page(program, version, command, parents):
    """The page of a command; `parents` are the names that stand before its own."""
    names = [*parents, command["commandName"]]
    name = "-".join(names)
    commands = [part for part in command.get("subcommands", []) if part["shouldDisplay"]]
    usual = next((part for part in commands if part["commandName"] == command.get("defaultSubcommand")), None)
    lines = [
        f'.TH "{escaped(name.upper())}" 1 "" "{escaped(version)}" "User Commands"',
        ".SH NAME",
        f"{escaped(name)} \\- {escaped(command['abstract'].rstrip('.'))}",
        ".SH SYNOPSIS",
        " ".join([bold(" ".join(names)), *([italic("command")] if commands else []), *map(usage_of, shown(command))]),
    ]
    if usual:
        lines += [".br", " ".join([bold(" ".join(names)), *map(usage_of, shown(usual))])]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION"]
        lines += escaped(command["discussion"]).replace("\n\n", "\n.PP\n").splitlines()
    if commands:
        lines += [".SH COMMANDS"]
        for part in commands:
            mark = " (where no command is given)" if part is usual else ""
            lines += [".TP", f"{bold(part['commandName'])}{mark}", escaped(part["abstract"])]
    lines += options(command, "OPTIONS")
    if usual:
        lines += options(usual, f"OPTIONS OF {escaped(usual['commandName'].upper())}")
    others = [f"{program}-{part['commandName']}" for part in commands] if commands else parents
    lines += [".SH SEE ALSO", ",\n".join(f"\\fB{escaped(other)}\\fR(1)" for other in others)]
    return name, "\n".join(lines) + "\n"


def pages(program, version, command, parents=()):
    """Every page of a command, by name; what `help` does, each page says."""
    yield page(program, version, command, list(parents))
    for part in command.get("subcommands", []):
        if part["shouldDisplay"] and part["commandName"] != "help":
            yield from pages(program, version, part, [*parents, command["commandName"]])


def main():
    program, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    description = json.loads(subprocess.check_output([program, "--experimental-dump-help"]))
    version = subprocess.check_output([program, "--version"], text=True).strip()
    folder.mkdir(parents=True, exist_ok=True)
    command = description["command"]
    command["subcommands"] = [part for part in command["subcommands"] if part["commandName"] != "help"]
    for name, text in pages(program.name, version, command):
        (folder / f"{name}.1").write_text(text)


if __name__ == "__main__":
    main()
