"""One release of a distribution as a graph: which code leads to which, across its modules."""

import re
import sys
from pathlib import Path

import cython_facts
import digest
import numpy_facts
import python_facts

# Methods that restoring and predicting call; what a class needs beyond them follows from its code.
ENTRIES = (
    "__setstate__ predict predict_proba predict_log_proba decision_function transform inverse_transform score_samples "
    "predict_quantile staged_predict kneighbors apply get_feature_names_out __call__"
).split()

# Builtin bases that add no attribute that a model has.
PLAIN = {"object", "ABC", "abc.ABC", "Generic", "Protocol", "typing.Generic", "typing.Protocol"}

CYTHON = (".pyx", ".pyx.tp", ".pyx.in", ".pxd", ".pxd.tp", ".pxd.in")
C_SOURCES = (".c", ".cpp", ".h", ".hpp")


class Release:
    """Modules of one unpacked archive by dotted name."""

    def __init__(self, folder, package, cache, listed=None):
        self.root = Path(folder)
        self.deep = listed is None
        self.package = package
        self.cache = cache
        self.python, self.cython, self.packages, self.open = {}, {}, set(), set()
        base = next((p for p in (self.root / package, self.root / "src" / package, self.root / "python-package" / package)
                     if p.is_dir()), None)
        if base is None:
            raise SystemExit(f"{folder} holds no {package}")
        self.base = base
        texts, self.templates = {}, set()
        for path in sorted(base.rglob("*")):
            relative = path.relative_to(base.parent)
            ending = next((e for e in CYTHON + (".py", ".py.in") if path.name.endswith(e)), None)
            if ending is None or not path.is_file():
                continue
            parts = list(relative.parts[:-1]) + [relative.name[: -len(ending)]]
            if parts[-1] == "setup" or parts[-1] == "conftest":
                continue
            if ending.startswith(".py") and not ending.startswith(".pyx"):
                self.read_python(path, parts)
            else:
                texts.setdefault(".".join(parts), []).append(path)
        for dotted, paths in texts.items():
            if any(path.name.endswith((".in", ".tp")) for path in self.with_included(paths)):
                self.templates.add(dotted)
            if any(".pyx" in path.name for path in paths) or dotted not in self.python:
                self.cython[dotted] = cached(cache, cython_facts, "c", self.with_included(paths))
                self.python.pop(dotted, None)
        for dotted in {d for d in self.python if d.rsplit(".", 1)[-1] == "__init__"}:
            name = dotted.rsplit(".", 1)[0]
            self.python[name] = self.python.pop(dotted)
            self.packages.add(name)
        # Package folders of declarations alone are no modules of Python.
        self.cython = {d: m for d, m in self.cython.items() if not d.endswith("__init__")}
        self.memory = {}
        self.externs = {}
        # Modules some of whose names are not told by the sources.
        self.partial = set()
        self.more = numpy_facts.names(self.base) if package == "numpy" else {}
        if listed is not None:
            self.keep(listed)

    def keep(self, listed):
        """Only the modules that a wheel holds, with those that only building makes."""
        found = {}
        for file in listed:
            path = Path(file)
            is_package = path.name == "__init__.py"
            dotted = ".".join(path.parts[:-1] if is_package else path.with_suffix("").parts)
            if dotted.split(".")[0] == self.package and not dotted.endswith((".setup", ".conftest")):
                found[dotted] = "package" if is_package else path.suffix
        self.python = {d: m for d, m in self.python.items() if d in found}
        self.cython = {d: m for d, m in self.cython.items() if d in found}
        self.packages = {d for d in found if found[d] == "package"}
        self.bare = {d: kind for d, kind in found.items() if not self.has(d)}
        self.partial = set(self.bare) | self.templates & set(self.cython) | {d for d, m in self.python.items() if m.open or m.lazy and not m.mirrors}
        known = -1
        while known != len(self.partial):
            known = len(self.partial)
            for dotted, facts in self.python.items():
                stars = {self.absolute(dotted, star) for star in facts.stars}
                if any(star in self.partial or star.split(".")[0] != self.package for star in stars):
                    self.partial.add(dotted)

    def shallow(self):
        """Modules with the names in them, and no code."""
        modules = {}
        for module, facts in self.python.items():
            names = self.names(module)
            if module in self.partial:
                # What it promises to those who take everything.
                names |= set(facts.all or [])
            modules[module] = {("package" if module in self.packages else "source", "")} | {("name", n) for n in names}
        for module, facts in self.cython.items():
            modules[module] = {("compiled", "")} | {("name", name) for name in facts.names | facts.loose}
        for module, kind in self.bare.items():
            kind = {"package": "package", ".py": "source"}.get(kind, "compiled")
            modules[module] = {(kind, "")}
        for module, names in self.more.items():
            if module in modules:
                modules[module] |= {("name", name) for name in names}
        for module in self.partial:
            modules[module].add(("lazy", ""))
        return modules

    def read_python(self, path, parts):
        dotted = ".".join(parts)
        try:
            self.python[dotted] = cached(self.cache, python_facts, "p" if self.deep else "n", [path])
        except SyntaxError:
            print(f"{path}: not the syntax of this Python", file=sys.stderr)
            self.python[dotted] = python_facts.Module(lazy=True)

    def with_included(self, paths):
        """Sources with those that they include, beside them or as templates."""
        found = list(paths)
        for path in found:
            for name in cython_facts.included(path.read_text("utf-8", "replace")):
                places = (path.parent, self.base.parent)
                beside = [place / (name + ending) for place in places for ending in ("", ".tp", ".in")]
                found += [p for p in beside if p.is_file() and p not in found][:1]
        return found

    def has(self, dotted):
        return dotted in self.python or dotted in self.cython

    # ---- what a name stands for ----

    def absolute(self, module, written):
        rest = written.lstrip(".")
        dots = len(written) - len(rest)
        if not dots:
            return rest
        parts = module.split(".")
        up = dots - 1 if module in self.packages else dots
        parts = parts[: len(parts) - up] if up else parts
        return ".".join(parts + ([rest] if rest else []))

    def resolve(self, module, name, depth=0):
        """What a name in a module stands for: a set of (kind, key)."""
        key = (module, name)
        if key in self.memory:
            return self.memory[key]
        if depth > 24:
            return set()
        self.memory[key] = set()
        found = self.look(module, name, depth)
        self.memory[key] = found
        return found

    def look(self, module, name, depth):
        found = set()
        if module in self.cython:
            facts = self.cython[module]
            if name in facts.classes:
                return {("class", f"{module}:{name}")}
            if name in facts.blocks:
                return {("code", f"{module}:{name}")}
            if name in facts.imports:
                return self.imported(module, *facts.imports[name], depth)
            return {("code", f"{module}:")} if name in facts.names else set()
        facts = self.python.get(module)
        if facts is None:
            return found
        for binding in facts.bound.get(name, []):
            if binding[0] == "def" or binding[0] == "value":
                found.add(("code", f"{module}:{name}"))
            elif binding[0] == "class":
                found.add(("class", f"{module}:{name}"))
            elif binding[0] == "module":
                found |= self.imported(module, binding[1], None, depth)
            else:
                found |= self.imported(module, binding[1], binding[2], depth)
        if not found:
            for star in facts.stars:
                found |= self.resolve(self.absolute(module, star), name, depth + 1)
        for mirror in facts.mirrors if not found and name not in facts.mirrors else ():
            for kind, other in self.resolve(module, mirror, depth + 1):
                if kind == "module":
                    found |= self.resolve(other, name, depth + 1)
        if not found and module in self.packages and self.has(f"{module}.{name}"):
            found.add(("module", f"{module}.{name}"))
        return found

    def imported(self, module, written, name, depth):
        source = self.absolute(module, written)
        if source.split(".")[0] != self.package:
            return set()
        if name is None:
            return {("module", source)} if self.has(source) else set()
        found = self.resolve(source, name, depth + 1)
        if not found and self.has(f"{source}.{name}"):
            return {("module", f"{source}.{name}")}
        return found

    def follow(self, module, dotted, imports):
        """What a dotted name in the code of a module stands for, and the attributes that are left."""
        first, *rest = dotted.split(".")
        if first in imports:
            found = self.imported(module, *imports[first], 0)
        else:
            found = self.resolve(module, first)
        while rest and found and all(kind == "module" for kind, _ in found):
            part = rest.pop(0)
            found = set().union(*(self.part(dotted, part) for _, dotted in found))
        return found, rest

    def part(self, module, name):
        found = self.resolve(module, name)
        if not found and self.has(f"{module}.{name}"):
            return {("module", f"{module}.{name}")}
        return found

    # ---- names that Python can import ----

    def names(self, module, seen=()):
        if module in self.cython:
            return set(self.cython[module].names)
        facts = self.python[module]
        names = set(facts.bound)
        for star in facts.stars:
            source = self.absolute(module, star)
            if source in seen or not self.has(source):
                continue
            inner = self.names(source, (*seen, module))
            listed = self.python[source].all if source in self.python else None
            names |= {n for n in inner if (n in listed if listed is not None else not n.startswith("_"))}
        for mirror in facts.mirrors:
            for kind, other in self.resolve(module, mirror):
                if kind == "module" and other not in seen:
                    names |= self.names(other, (*seen, module))
        return names

    # ---- the graph ----

    def graph(self):
        """(modules, things): facts by key, a fact being (kind, argument)."""
        modules, things = {}, {}
        for module, facts in self.python.items():
            kind = "package" if module in self.packages else "source"
            lazy = {("lazy", "")} if facts.lazy and not facts.mirrors else set()
            names = self.names(module)
            modules[module] = {(kind, "")} | lazy | {("name", name) for name in names}
            for name in names:
                classes = {key for kind, key in self.resolve(module, name) if kind == "class"}
                for key in classes - {f"{module}:{name}"}:
                    things.setdefault(f"{module}:{name}", set()).add(("same", key))
            for name, made in facts.classes.items():
                things.setdefault(f"{module}:{name}", set()).update(self.class_facts(module, facts, made))
            for name, code in facts.code.items():
                things.setdefault(f"{module}:{name}", set()).update(self.code_facts(module, code))
        for module, facts in self.cython.items():
            modules[module] = {("compiled", "")} | {("name", name) for name in facts.names}
            self.compiled(module, facts, things)
        return modules, things

    def class_facts(self, module, facts, made):
        found = {("class", "")}
        for base in made.bases:
            classes = {key for kind, key in self.follow(module, base, {})[0] if kind == "class"}
            found |= {("base", key) for key in classes}
            if not classes and base not in PLAIN:
                found.add(("outside", base))
        found |= {("member", name) for name in made.members}
        if made.parameters is not None:
            found |= {("parameter", name) for name in made.parameters}
        for member in made.members:
            code = facts.code.get(f"{made.name}.{member}")
            if code:
                found |= {("sets", name) for name in code.sets}
        return found

    def code_facts(self, module, code):
        found = {("digest", code.digest)}
        hows = ("sure", "perhaps", "guarded")
        found |= {(hows[how], name) for name, how in code.reads.items()}
        found |= {("writes", name) for name in code.sets}
        found |= {("asks", name) for name in code.asks}
        if code.dynamic:
            found.add(("dynamic", ""))
        for dotted in code.names:
            targets, rest = self.follow(module, dotted, code.imports)
            found |= {("whole" if kind == "class" else "leads", key) for kind, key in targets if kind != "module"}
            found |= {("asks", name) for name in rest}
        return found

    def compiled(self, module, facts, things):
        members = {}
        for name, made in facts.classes.items():
            for member in made["members"]:
                members.setdefault(member, set()).add(f"{module}:{name}.{member}")
        for name, block in facts.blocks.items():
            found = {("digest", block.digest)}
            if name:
                found.add(("leads", f"{module}:"))
            if name in facts.records:
                found.add(("record", ""))
            for word in block.words:
                found |= {("leads", key) for key in members.get(word, ()) if key != f"{module}:{name}"}
                if word in facts.blocks and word not in facts.classes and word != name:
                    found.add(("leads", f"{module}:{word}"))
                elif word in facts.imports:
                    found |= self.through(module, facts, word, block.words)
            things.setdefault(f"{module}:{name}", set()).update(found)
        for name, made in facts.classes.items():
            found = things.setdefault(f"{module}:{name}", set())
            found |= {("class", ""), ("native", "")} | {("member", member) for member in made["members"]}
            for base in made["bases"]:
                found |= {("base", key) for kind, key in self.follow(module, base, {})[0] if kind == "class"}
        extern = self.extern(module, facts)
        if extern:
            things.setdefault(f"{module}:", {("digest", "")}).add(("leads", f"{module}:<C>"))
            things[f"{module}:<C>"] = {("digest", extern)}

    def through(self, module, facts, word, words):
        found = set()
        for kind, key in self.imported(module, *facts.imports[word], 0):
            if kind == "code":
                found.add(("leads", key))
            elif kind == "class":
                home, name = key.split(":")
                inner = self.cython.get(home)
                used = inner.classes[name]["members"] & words if inner else set()
                found |= {("leads", f"{home}:{name}.{member}") for member in used}
                found.add(("leads" if inner else "whole", key))
            elif kind == "module" and key in self.cython:
                inner = self.cython[key]
                found |= {("leads", f"{key}:{name}") for name in inner.blocks if name in words}
        source = self.absolute(module, facts.imports[word][0])
        if not found and source in self.cython:
            found.add(("leads", f"{source}:"))
        return found

    def extern(self, module, facts):
        """The C sources beside those that a module is compiled with."""
        folder = self.base.parent.joinpath(*module.split(".")[:-1])
        texts = []
        for written in sorted(facts.externs):
            path = folder / written
            if not path.is_file():
                continue
            beside = sorted(path.parent.iterdir()) if "/" in written else [path]
            texts += [str(p) for p in beside if p.suffix in C_SOURCES and p.with_suffix(".pyx") not in beside]
        if not texts:
            return None
        key = tuple(sorted(set(texts)))
        if key not in self.externs:
            whole = "".join(Path(text).read_text("utf-8", "replace") for text in key)
            whole = re.sub(r"/\*.*?\*/|//[^\n]*", "", whole, flags=re.S)
            self.externs[key] = digest.digest_of(" ".join(whole.split()))
        return self.externs[key]


def cached(cache, reader, kind, paths):
    texts = [path.read_text("utf-8-sig", "replace") for path in paths]
    key = kind + digest.digest_of("\0".join(texts))
    if key not in cache:
        cache[key] = reader.read(texts) if kind == "c" else reader.read(texts[0], kind == "p")
    return cache[key]
