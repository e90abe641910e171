#!/usr/bin/env python3
"""Make the atlas: which release of a library defines which names, and what the code that restores and asks a model
reads. From source archives alone; nothing of them is run.

    python3 tests/atlas/fetch.py target/atlas [DISTRIBUTION ...]     the archives, once (2 GB; 900 MB stay)
    python3 tests/atlas/make.py  target/atlas [DISTRIBUTION ...]     assets/atlas/DISTRIBUTION.atlas

Only facts are kept: names of modules, classes, functions and attributes, who leads to whom, and numbers that stand for
digests: the same number is the same code. `src/atlas/book.rs` says how they are written.
"""

import argparse
import collections
import concurrent.futures
import pickle
import sys
import zlib
from pathlib import Path

import link

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "atlas"

# Import name of each distribution, and whether its code is followed or only its names are kept. What is added here
# must be in `fetch.py` and in `src/atlas/mod.rs`, too.
DISTRIBUTIONS = {
    "scikit-learn": ("sklearn", True),
    "imbalanced-learn": ("imblearn", True),
    "joblib": ("joblib", True),
    "xgboost": ("xgboost", True),
    "lightgbm": ("lightgbm", True),
    "category-encoders": ("category_encoders", True),
    "numpy": ("numpy", False),
    "scipy": ("scipy", False),
    "pandas": ("pandas", False),
}

MODULE_KINDS = ["source", "package", "compiled", "lazy", "name"]
KINDS = [
    "class", "native", "dynamic", "record",                         # no argument
    "digest",                                                       # a number
    "same", "base", "leads", "whole",                               # another thing
    "outside", "member", "parameter", "sets",                       # names, of classes
    "sure", "perhaps", "guarded", "writes", "asks",                 # names, of code
]
LINKS, PLAIN = {"same", "base", "leads", "whole"}, {"class", "native", "dynamic", "record"}

# What refits is not asked of a fitted model.
FITS = {"fit", "fit_transform", "partial_fit", "fit_predict", "score", "fit_resample"}
# What neither restoring nor asking calls.
UNASKED = set(
    "__init__ __new__ __repr__ __str__ __getstate__ __reduce__ __reduce_ex__ __del__ __dealloc__ __cinit__ __dir__ "
    "__init_subclass__ __sklearn_clone__".split()
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("distributions", nargs="*", default=list(DISTRIBUTIONS))
    arguments = parser.parse_args()
    ASSETS.mkdir(parents=True, exist_ok=True)
    for distribution in arguments.distributions:
        make(arguments.folder, distribution)


def make(folder, distribution):
    from pip._vendor.packaging.version import Version

    package, deep = DISTRIBUTIONS[distribution]
    versions = sorted((path.name for path in (folder / distribution).iterdir() if path.suffix != ".part"), key=Version)
    chunks = [versions[: len(versions) // 2], versions[len(versions) // 2 :]]
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(releases, folder, distribution, package, deep, chunk) for chunk in chunks]
        linked = [release for job in jobs for release in job.result()]
    modules, things = gather(linked)
    data = write(versions, modules, things)
    target = ASSETS / f"{distribution}.atlas"
    target.write_bytes(data)
    print(f"{target}: {len(versions)} releases, {len(modules)} modules, {len(things)} things, {len(data)} bytes")


def releases(folder, distribution, package, deep, versions):
    """The graph of each release, kept in a file beside the archives until the maker changes."""
    maker = "".join(p.read_text() for p in sorted(Path(__file__).parent.glob("*.py")) if p.name != "fetch.py")
    stamp = link.digest.digest_of(maker + str(deep))
    cache, linked = {}, []
    for version in versions:
        kept = folder / "graphs" / f"{distribution}-{version}-{stamp}.pickle"
        if kept.exists():
            linked.append(pickle.loads(kept.read_bytes()))
            continue
        if deep:
            release = link.Release(folder / distribution / version, package, cache)
            modules, things = release.graph()
            things = reached(things)
        else:
            modules, things = shallow(folder / distribution, version, package, cache), {}
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(pickle.dumps((modules, things)))
        linked.append((modules, things))
        print(f"{distribution} {version}: {len(modules)} modules, {len(things)} things", file=sys.stderr, flush=True)
    return linked


def shallow(folder, version, package, cache):
    """The modules of a release, with the names that the newest patch release of its minor has in them."""
    minor = version.split(".")[:2]
    sources = [path for path in folder.iterdir() if path.name.split(".")[:2] == minor and (path / package).is_dir()]
    listed = (folder / version / "modules.txt").read_text()
    key = (sources[0], listed)
    if key not in cache:
        cache[key] = link.Release(sources[0], package, cache, listed.splitlines()).shallow()
    return cache[key]


def reached(things):
    """Classes, and the code that restoring and asking any of them leads to."""
    by_kind = {key: collections.defaultdict(set) for key in things}
    for key, facts in things.items():
        for kind, argument in facts:
            by_kind[key][kind].add(argument)
    classes = {key for key, facts in by_kind.items() if facts["class"] or facts["same"]}
    named = collections.defaultdict(set)
    for key in classes:
        for member in by_kind[key]["member"]:
            named[member].add(f"{key}.{member}")
    seen, work, asked = set(classes), list(classes), set()

    def push(keys):
        for key in keys:
            if key in things and key not in seen:
                seen.add(key)
                work.append(key)

    def ask(name):
        if name not in asked:
            asked.add(name)
            push(named[name])

    # What files name to make an empty object.
    push([key for key in things if key.endswith(":newObj")])
    for name in list(named):
        if name in link.ENTRIES or name.startswith("__") and name not in UNASKED:
            ask(name)
    while work:
        facts = by_kind[work.pop()]
        push(facts["leads"])
        for whole in facts["whole"]:
            push(f"{whole}.{name}" for name in ("__init__", "__new__", "__cinit__", "__post_init__"))
        for kind in ("sure", "perhaps", "guarded", "asks"):
            for name in facts[kind]:
                ask(name)
    known = set(named) | {name for key in classes for name in by_kind[key]["sets"]}
    kept = {}
    for key in seen:
        facts = {(kind, a) for kind, a in things[key] if kind != "asks" or a in known}
        # A release's own number is not code.
        kept[key] = {(kind, a) for kind, a in facts if kind not in LINKS or a in seen and not a.endswith(":__version__")}
    return {key: facts for key, facts in kept.items() if not key.endswith(":__version__")}


def gather(linked):
    """Facts with the releases in which they hold, as a bit set."""
    modules, things = collections.defaultdict(dict), collections.defaultdict(dict)
    for index, (its_modules, its_things) in enumerate(linked):
        for into, facts_by_key in ((modules, its_modules), (things, its_things)):
            for key, facts in facts_by_key.items():
                known = into[key]
                for fact in facts:
                    known[fact] = known.get(fact, 0) | 1 << index
    return modules, things


# ---- writing ----


def write(versions, modules, things):
    strings, ranges, digests = Table(), Table(), Table()
    places = {key: place for place, key in enumerate(sorted(things))}
    # The most frequent numbers are the shortest.
    for table, counted in ((strings, count_strings(modules, things)), (ranges, count_ranges(modules, things))):
        for item, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
            table.place(item)
    own = bytearray(number(len(modules)))
    for module in sorted(modules):
        own += number(strings.place(module))
        own += facts(modules[module], MODULE_KINDS, lambda kind, a: strings.place(a) if kind == "name" else None, ranges)
    deep = bytearray(number(len(things)))

    for key in sorted(things):
        module, qualified = key.split(":", 1)

        def argument(kind, a, qualified=qualified):
            if kind in PLAIN:
                return None
            if kind == "digest":
                return digests.place((qualified, a))
            return places[a] if kind in LINKS else strings.place(a)

        deep += number(strings.place(module)) + number(strings.place(qualified))
        deep += facts(things[key], KINDS, argument, ranges)
    shared = bytearray(number(len(strings.items)))
    for text in strings.items:
        shared += number(len(text.encode())) + text.encode()
    shared += number(len(ranges.items))
    for bits in ranges.items:
        runs = list(intervals(bits))
        shared += number(len(runs)) + b"".join(number(start) + number(length) for start, length in runs)
    head = bytearray(b"ATLAS1\n") + number(len(versions))
    for version in versions:
        head += number(len(version)) + version.encode()
    # Nearly every model file asks for the libraries without code, and unpacking takes longer than the answer.
    stored = len(deep) == 1
    packed = [bytes(part) if stored else zlib.compress(bytes(part), 9) for part in (shared, own, deep)]
    for part, raw in zip(packed, (shared, own, deep)):
        head += number(len(raw)) + number(len(part))
    return bytes(head) + b"".join(packed)


def facts(known, kinds, argument, ranges):
    groups = collections.defaultdict(list)
    for (kind, a), bits in sorted(known.items()):
        groups[kind].append((argument(kind, a), ranges.place(bits)))
    out = bytearray(number(len(groups)))
    for kind in kinds:
        if kind not in groups:
            continue
        members = sorted(groups[kind], key=lambda pair: (pair[0] or 0, pair[1]))
        out += number(kinds.index(kind)) + number(len(members))
        before = 0
        for a, span in members:
            if a is not None:
                out += number(a - before)
                before = a
            out += number(span)
    return out


def count_strings(modules, things):
    counted = collections.Counter()
    for module, known in modules.items():
        counted[module] += 1
        counted.update(a for kind, a in known if kind == "name")
    for key, known in things.items():
        counted.update(key.split(":", 1))
        counted.update(a for kind, a in known if kind not in PLAIN and kind not in LINKS and kind != "digest")
    return counted


def count_ranges(modules, things):
    return collections.Counter(b for part in (modules, things) for known in part.values() for b in known.values())


def intervals(bits):
    start = None
    for index in range(bits.bit_length() + 1):
        if bits >> index & 1:
            start = index if start is None else start
        elif start is not None:
            yield start, index - start
            start = None


class Table:
    """Items by number."""

    def __init__(self):
        self.items, self.places = [], {}

    def place(self, item):
        if item not in self.places:
            self.places[item] = len(self.items)
            self.items.append(item)
        return self.places[item]


def number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return out


if __name__ == "__main__":
    main()
