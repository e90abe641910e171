"""Names that numpy's compiled modules define: its sources list them for its own generators, documentation and stubs."""

import ast
import re

# Scalar types that loops over C types make, under their documented sized names.
SCALARS = (
    "generic number inexact floating complexfloating integer signedinteger unsignedinteger flexible character bool_ "
    "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128 "
    "bytes_ str_ object_ void datetime64 timedelta64 intc uintc byte ubyte short ushort half single double longdouble"
).split()


def names(base):
    """Module -> names."""
    found = {}
    for core in ("core", "_core"):
        folder = base / core
        if not (folder / "code_generators").is_dir():
            continue
        whole = f"numpy.{core}"
        ufuncs = set(_ufuncs(folder / "code_generators" / "generate_umath.py"))
        found[f"{whole}._multiarray_umath"] = ufuncs
        found[f"{whole}.umath"] = set(ufuncs)
        found[whole] = ufuncs | set(SCALARS)
        found[f"{whole}.numerictypes"] = set(SCALARS)
        # Where it documents an object, it has it.
        for file in (base / "add_newdocs.py", folder / "_add_newdocs.py"):
            for place, name in _documented(file):
                for module in {place, place.replace("numpy.core.", f"{whole}.")}:
                    found.setdefault(module, set()).add(name)
        for name in ("_reconstruct", "scalar", "ndarray", "dtype"):
            found.setdefault(f"{whole}.multiarray", set()).add(name)
        found["numpy"] = ufuncs | set(SCALARS) | {"ndarray", "dtype", "ufunc"}
    # 1.26 has the modules of 2.0 as copies of its own.
    if (base / "_core").is_dir() and "numpy._core" not in found:
        for part in ("multiarray", "_multiarray_umath", "umath"):
            found[f"numpy._core.{part}"] = found[f"numpy.core.{part}"]
    found.setdefault("numpy", set()).update(_stubs(base / "__init__.pyi"))
    return found


def _ufuncs(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        is_table = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "defdict"
        if is_table and isinstance(node.value, ast.Dict):
            yield from (key.value for key in node.value.keys if isinstance(key, ast.Constant))


def _documented(file):
    if not file.is_file():
        return
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("add_newdoc", "add_docstring"):
            words = [part.value for part in node.args[:2] if isinstance(part, ast.Constant)]
            if len(words) == 2 and all(isinstance(word, str) and word.strip() for word in words):
                yield words


def _stubs(file):
    """What stubs declare at the left margin. Newer ones are written for newer Pythons than this one may be."""
    if file.is_file():
        for found in re.finditer(r"^(?:class|def)\s+(\w+)|^(\w+)\s*:", file.read_text("utf-8"), re.M):
            name = found[1] or found[2]
            # What starts with an underscore may be there for type checkers alone.
            if not name.startswith("_") and name not in ("else", "try", "finally"):
                yield name
