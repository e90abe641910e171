#!/usr/bin/env python3
"""Hold an atlas against installed releases: every module that can be imported there, and every name that it then has.

    python3 tests/atlas/verify.py DISTRIBUTION PYTHON [PYTHON ...]

Prints, for each interpreter whose release is held, the modules and names that the release has and the atlas denies (these
would be wrong verdicts), and those that the atlas has and the release lacks. Modules that cannot be imported, and names
of modules that are imported by others alone, are left out.
"""

import json
import subprocess
import sys
import zlib
from pathlib import Path

from make import ASSETS, DISTRIBUTIONS, MODULE_KINDS

LIVE = """
import importlib, json, pkgutil, sys, types, warnings
warnings.simplefilter("ignore")
package, distribution = sys.argv[1:3]
import importlib.metadata as metadata
top = importlib.import_module(package)
found = {}
skip = ("tests", "conftest", "setup", "__main__", "testing", "distutils", "f2py", "benchmarks", "doc")
def walk(name):
    if any(part in skip for part in name.split(".")):
        return
    try:
        module = importlib.import_module(name)
    except BaseException:
        return
    own = lambda key, value: not isinstance(value, types.ModuleType) or value.__name__ == name + "." + key
    found[name] = sorted(k for k, v in vars(module).items() if own(k, v) and not k.startswith("__"))
    for info in pkgutil.iter_modules(getattr(module, "__path__", [])):
        walk(name + "." + info.name)
walk(package)
print("\\n" + json.dumps([metadata.version(distribution), found]))
"""


def main():
    distribution, *pythons = sys.argv[1:]
    package, _ = DISTRIBUTIONS[distribution]
    versions, modules = read(ASSETS / f"{distribution}.atlas")
    wrong = 0
    for python in pythons:
        command = [python, "-W", "ignore", "-c", LIVE, package, distribution]
        answer = subprocess.run(command, capture_output=True, text=True)
        if answer.returncode:
            print(f"{python}: {answer.stderr.strip().splitlines()[-1]}")
            continue
        version, live = json.loads(answer.stdout.splitlines()[-1])
        if version not in versions:
            print(f"{python}: {distribution} {version} is not held")
            continue
        wrong += compare(distribution, versions.index(version), version, modules, live)
    return 1 if wrong else 0


def compare(distribution, place, version, modules, live):
    denied, extra, names, unsure = [], [], 0, 0
    for module, has in live.items():
        facts = modules.get(module, {})
        if not any(facts.get((kind, ""), 0) >> place & 1 for kind in ("source", "package", "compiled")):
            denied.append(module)
            continue
        held = {name for (kind, name), bits in facts.items() if kind == "name" and bits >> place & 1}
        parts = {name for name in has if f"{module}.{name}" in modules}
        lazy = facts.get(("lazy", ""), 0) >> place & 1
        names += len(has)
        lacking = set(has) - held - parts
        unsure += len(lacking) if lazy else 0
        denied += [] if lazy else [f"{module}:{name}" for name in sorted(lacking)]
        extra += [f"{module}:{name}" for name in sorted(held - set(has)) if not name.startswith("__")]
    print(f"{distribution} {version}: {len(live)} modules, {names} names; {unsure} names not told; "
          f"{len(denied)} denied: {denied[:12]}; {len(extra)} not there: {extra[:12]}")
    return len(denied)


def read(path):
    """Versions, and module -> (kind, name) -> releases as a bit set."""
    data, at = path.read_bytes(), 7

    def number(data, at):
        value = shift = 0
        while True:
            byte = data[at]
            value |= (byte & 127) << shift
            shift, at = shift + 7, at + 1
            if byte < 128:
                return value, at

    def text(data, at):
        length, at = number(data, at)
        return data[at : at + length].decode(), at + length

    count, at = number(data, at)
    versions, lengths = [], []
    for _ in range(count):
        version, at = text(data, at)
        versions.append(version)
    for _ in range(3):
        raw, at = number(data, at)
        packed, at = number(data, at)
        lengths.append((raw, packed))
    parts = []
    for raw, packed in lengths:
        part, at = data[at : at + packed], at + packed
        parts.append(part if raw == packed else zlib.decompress(part))
    shared, own, _ = parts
    strings, ranges, at = [], [], 0
    count, at = number(shared, at)
    for _ in range(count):
        string, at = text(shared, at)
        strings.append(string)
    count, at = number(shared, at)
    for _ in range(count):
        runs, at = number(shared, at)
        bits = 0
        for _ in range(runs):
            start, at = number(shared, at)
            length, at = number(shared, at)
            bits |= ((1 << length) - 1) << start
        ranges.append(bits)
    modules, at = {}, 0
    count, at = number(own, at)
    for _ in range(count):
        module, at = number(own, at)
        facts = modules.setdefault(strings[module], {})
        groups, at = number(own, at)
        for _ in range(groups):
            kind, at = number(own, at)
            members, at = number(own, at)
            argument = 0
            for _ in range(members):
                if MODULE_KINDS[kind] == "name":
                    step, at = number(own, at)
                    argument += step
                span, at = number(own, at)
                name = strings[argument] if MODULE_KINDS[kind] == "name" else ""
                facts[MODULE_KINDS[kind], name] = ranges[span]
    return versions, modules


if __name__ == "__main__":
    sys.exit(main())
