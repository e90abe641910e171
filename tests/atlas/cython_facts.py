"""The facts of one Cython source, read block by block: what it defines and which words each block holds.

Cython has no parser in Python's library, and needs none here: a block is a `def`, `cdef`, `cpdef` or `class` line with
what is indented below it, its digest is over its words, and every word that names another block leads to it.
"""

import re
from dataclasses import dataclass, field

from digest import digest_of

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9][0-9A-Za-z_.]*|\S")
CLASS = re.compile(r"^\s*(?:cdef\s+)?(?:public\s+|api\s+)?class\s+((?:\w|\{\{\w+\}\})+)")
RECORD = re.compile(r"^\s*(?:cdef|ctypedef)\s+packed\s+struct\s+(\w+)\s*:")
INCLUDED = re.compile(r"(?m)^\s*include\s+[\"']([^\"']+)[\"']")
DEFINED = re.compile(r"^\s*(?:def|cpdef|cdef|async def)\b[^=]*?\b(\w+)\s*\(")
IMPORTED = re.compile(r"^\s*from\s+([.\w]+)\s+(c?import)\s+(.*)$")
WHOLE = re.compile(r"^\s*c?import\s+([.\w]+)(?:\s+as\s+(\w+))?")
ASSIGNED = re.compile(r"^(\w+)\s*=[^=]")
# What binds a name at the left margin, whatever brackets in texts and comments may hide it from the blocks.
LOOSE = re.compile(
    r"(?m)^(?:(?:async )?def\s+(\w+)|cpdef\b[^=(\n]*?(\w+)\s*\(|(?:cdef\s+)?(?:public\s+|api\s+)?class\s+(\w+)"
    r"|(\w+)\s*(?::[^=\n]*)?=(?!=)|global\s+(\w+))"
)
EXTERN = re.compile(r"cdef\s+extern\s+from\s+[\"']([^\"'<>]+)[\"']")


@dataclass
class Block:
    digest: str
    words: set


@dataclass
class Module:
    # Names that Python can import from it.
    names: set = field(default_factory=set)
    # `name` or `Class.name` -> Block; "" is all that stands outside of blocks.
    blocks: dict = field(default_factory=dict)
    classes: dict = field(default_factory=dict)
    # Local name -> (module as written, name there), cimports too.
    imports: dict = field(default_factory=dict)
    externs: set = field(default_factory=set)
    # Names that may be among those: what stands at the left margin like a definition.
    loose: set = field(default_factory=set)
    # Blocks that lay out records.
    records: set = field(default_factory=set)


def read(texts):
    """A module from its `.pyx`, `.pxd` and included texts."""
    module = Module()
    found = {}
    for text in texts:
        module.loose |= {name for parts in LOOSE.findall(text) for name in parts if name}
        _read(module, found, _logical(_clean(text)))
    for name, lines in found.items():
        # The words of an error matter to nobody who gets a prediction.
        lines = [re.sub(r"^(raise \w+).*", r"\1", line) for line in lines if line != "pass"]
        words = [word for line in lines for word in WORD.findall(line)]
        module.blocks[name] = Block(digest_of(" ".join(words)), {w for w in words if w[0].isalpha() or w[0] == "_"})
    # What a template is filled with stands first in the tuples that it walks.
    literals = {literal for text in texts for literal in re.findall(r"\(\s*[\"'](\w*)[\"']\s*,", text)}
    _fill_in(module, literals)
    return module


def _fill_in(module, literals):
    """The classes that a template makes: `class {{name}}` or `class KDTree{{suffix}}` with the texts that it lists."""
    for template in [name for name in module.classes if "{{" in name]:
        whole = template.startswith("{{")
        for literal in literals:
            if whole and not literal[:1].isupper() or not whole and literal not in ("", "32", "64"):
                continue
            name = re.sub(r"\{\{\w+\}\}", literal, template)
            module.names.add(name)
            module.classes[name] = module.classes[template]
            for key, block in list(module.blocks.items()):
                if key == template or key.startswith(template + "."):
                    module.blocks[name + key[len(template) :]] = block
        module.names.discard(template)


def included(text):
    return INCLUDED.findall(text)


def _clean(text):
    """Without comments and docstrings; strings that are values stay."""
    text = re.sub(r'(?ms)^([ \t]*)[rub]*("""|\'\'\').*?\2[ \t]*$', r"\1pass", text)
    return re.sub(r"(?m)(^|[^\"'&])#[^\"'\n]*$", r"\1", text)


def _logical(text):
    """Lines, with those that continue joined."""
    lines, depth, whole = [], 0, ""
    for line in text.split("\n"):
        whole = f"{whole} {line.strip()}" if whole else line.rstrip()
        depth += sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
        if line.rstrip().endswith("\\"):
            whole = whole.rstrip().rstrip("\\")
            continue
        if depth <= 0:
            depth = 0
            if whole.strip():
                lines.append(whole.expandtabs(4))
            whole = ""
    if whole.strip():
        lines.append(whole)
    return lines


def _read(module, found, lines):
    inside = []  # (indent, kind, name) of the blocks that are open
    for line in lines:
        indent = len(line) - len(line.lstrip())
        while inside and indent <= inside[-1][0]:
            inside.pop()
        stripped = line.strip()
        owner = next((name for _, kind, name in reversed(inside) if kind == "class"), None)
        in_function = next((name for _, kind, name in reversed(inside) if kind == "def"), None)
        extern = EXTERN.search(stripped)
        if extern:
            module.externs.add(extern.group(1))
        imported, whole = IMPORTED.match(line), WHOLE.match(line)
        if imported:
            for part in imported.group(3).strip("() ").split(","):
                words = part.split()
                if words:
                    local = words[-1]
                    module.imports[local] = (imported.group(1), words[0])
                    if imported.group(2) == "import" and indent == 0:
                        module.names.add(local)
            continue
        if whole and not in_function:
            local = whole.group(2) or whole.group(1).split(".")[0]
            module.imports[local] = (whole.group(1), None)
            if stripped.startswith("import"):
                module.names.add(local)
            continue
        record = RECORD.match(line)
        if record and not in_function:
            inside.append((indent, "def", record.group(1)))
            module.records.add(record.group(1))
            found.setdefault(record.group(1), []).append(stripped)
            continue
        made = CLASS.match(line)
        if made and not in_function:
            name = made.group(1)
            inside.append((indent, "class", name))
            bases = re.findall(r"[\w.]+", stripped.split("(", 1)[1]) if "(" in stripped else []
            known = module.classes.setdefault(name, {"bases": [], "members": set()})
            known["bases"] = known["bases"] or bases
            module.names.add(name)
            found.setdefault(name, []).append(stripped)
            continue
        defined = DEFINED.match(line)
        if defined and not in_function and not stripped.startswith("cdef extern"):
            name = defined.group(1)
            is_body = stripped.rstrip().endswith(":")
            if owner:
                module.classes[owner]["members"].add(name)
                name = f"{owner}.{name}"
            elif stripped.startswith(("def", "cpdef", "async")):
                module.names.add(name)
            if is_body:
                inside.append((indent, "def", name))
            found.setdefault(name, []).append(stripped)
            continue
        assigned = ASSIGNED.match(line)
        if assigned and not in_function and not owner:
            module.names.add(assigned.group(1))
        found.setdefault(in_function or owner or "", []).append(stripped)
