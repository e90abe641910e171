"""Makes the first corpora of the targets from the fixtures and the demo shelf.

    python3 tests/fuzz/seeds.py <folder>

A folder per target appears below the one named. Standard library only; nothing is unpickled.
"""

import bz2
import gzip
import hashlib
import io
import lzma
import sys
import zipfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
DEMO = ROOT / "assets" / "demo"

# Mutating more than this in one input is slow and finds little.
LARGEST = 96 * 1024

# As in `tests/support/fuzzed.rs`.
ENDINGS = ["pkl", "joblib", "skops", "onnx", "json", "ubj", "txt", "cbm", "pmml", "pt", "safetensors", "npy"]
BOOSTERS = ("catboost", "lightgbm", "xgboost", "pmml", "onnx")
TENSORS = ("gguf", "hdf5", "keras", "npy", "npz", "safetensors", "torch")

MODULE = """from __future__ import annotations
import sys, typing as t
from .sub import Part, make as build
from numpy.core.multiarray import _reconstruct
try:
    import cPickle as pickle
except ImportError:
    import pickle
if sys.version_info >= (3, 8) and not t.TYPE_CHECKING:
    from other import *
__all__ = ["Model", "make"] + ["Base"]
globals().update({name: 1 for name in ("x", "y")})
class Base:
    limit = None
    kind: str = "plain"
    def __setstate__(self, state):
        for key, value in state.items():
            setattr(self, key, value)
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"{name!r} is {self!r}")
        return self.__dict__.get(name)
    @property
    def parts_(self):
        return [part.n * 2 for part in self.parts if part is not None and part.n > 1]
class Model(Base):
    inner = type("inner", (), {})
    def __init__(self, *, kind="plain", limit=None, **more):
        self.kind, self.limit = kind, limit
    def predict(self, X, /, y=None, *args):
        with open("x") as f:
            pass
        while self.fitted_ < 3:
            try:
                self.fitted_ += 1
            except (KeyError, ValueError) as e:
                continue
            finally:
                break
        else:
            return self.extra
        check = lambda a, b=self.limit: a if b is None else super().predict(a)
        return hasattr(self, "kind") and check(X) or {**self.state, "a": (yield)}
def make(name):
    match name:
        case {"a": [x, *rest]} if rest: return x
        case _: return Model
for _name in ["p", "q"]:
    exec(_name)
"""

REQUIREMENTS = """# a list
scikit-learn[alldeps]==1.5.2 ; python_version >= "3.9" and sys_platform != 'win32'  --hash=sha256:00
numpy>=1.21,<2.0,!=1.24.*
-r more.txt
-c constraints.txt
joblib @ https://example.org/joblib-1.3.2-py3-none-any.whl#sha256=00
git+https://example.org/x.git@v1.0#egg=pack
xgboost~=2.0.3 \\
1!2.0rc1.post3.dev4+local.5
conda-forge::pandas=2.1.4=py311_0
"""


def small(path):
    return path.is_file() and 0 < path.stat().st_size <= LARGEST


def files(*folders):
    return [path for folder in folders for path in sorted(folder.rglob("*")) if small(path)]


def record(name, content):
    name = name.encode()[:255]
    return bytes([len(name)]) + name + len(content).to_bytes(3, "little") + content


def ending(path):
    return ENDINGS.index(path.suffix[1:]) if path.suffix[1:] in ENDINGS else 0


def unpacked(content):
    """Content without its compression, when it has one that the standard library undoes."""
    for undo in (zlib.decompress, gzip.decompress, bz2.decompress, lzma.decompress):
        try:
            return undo(content)[:LARGEST]
        except Exception:
            pass
    return None


def pickles():
    for path in files(FIXTURES, DEMO):
        if path.suffix in (".pkl", ".joblib", ".sav") or path.name.endswith(".joblib.xz"):
            content = path.read_bytes()
            yield path, content
            plain = unpacked(content)
            if plain:
                yield path, plain


def seeds():
    python = sorted((ROOT / "tests").rglob("*.py")) + files(DEMO / "credit")
    for path, content in pickles():
        for way in (0, 1, 2):
            yield "pickle", bytes([way]) + content
        yield "artifact", bytes([ending(path)]) + content
        yield "native", content
    for path in files(FIXTURES / "formats", FIXTURES / "folders", DEMO):
        content = path.read_bytes()
        text = str(path)
        kind = "artifact"
        if path.suffix == ".py" or path.suffix == ".pkl":
            continue
        if any(f"/{word}" in text or path.suffix[1:] == word for word in BOOSTERS):
            kind = "booster"
        elif any(f"/{word}" in text for word in TENSORS):
            kind = "tensors"
        yield kind, bytes([ending(path)]) + content
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                members = [record(name, archive.read(name)) for name in archive.namelist()]
            # The description comes last in some archives and decides in all.
            yield "archive", b"".join(members)[: 4 * LARGEST]
    for dump in files(FIXTURES / "joblib_beside", FIXTURES / "joblib"):
        beside = sorted(dump.parent.glob(dump.name + "_*"))
        if beside:
            each = [record(path.name, path.read_bytes()) for path in beside[:8]]
            yield "beside", record("", dump.read_bytes()) + b"".join(each)
    text = b"scikit-learn 1.5.2\n" * 40
    codecs = [zlib.compress(text), gzip.compress(text), bz2.compress(text), lzma.compress(text)]
    codecs.append(lzma.compress(text, format=lzma.FORMAT_ALONE))
    # An LZ4 frame: version 1 with independent blocks, 64 KiB at most, and one block as it is.
    codecs.append(bytes.fromhex("04224d186040820e0000806c") + text[:13] + bytes(5))
    for number, content in enumerate(codecs):
        yield "packed", bytes([number]) + content
    yield "packed", b"\x00ZF0x2f8             " + zlib.compress(text)
    yield from folders()
    yield from environments()
    for path in python:
        yield "python", path.read_bytes()[:8192]
    yield "python", MODULE.encode()
    compiled = [path for path in Path("/usr/lib").rglob("*.so*") if small(path) and not path.is_symlink()]
    for path in sorted(compiled, key=lambda path: path.stat().st_size)[:12]:
        yield "compiled", path.read_bytes()
    for line in REQUIREMENTS.splitlines():
        yield "package", line.encode()
    yield "package", REQUIREMENTS.encode()
    yield "package", b"1.5.2\n>=1.4,<2,!=1.5.*,~=1.5,===1.5.2\n(python_version in '3.8 3.9' or extra == \"x\") and os_name=='nt'"
    for path in files(FIXTURES / "formats" / "npy", DEMO / "churn", DEMO / "price"):
        if path.suffix in (".npy", ".csv", ".json"):
            yield "sample", path.read_bytes()
    yield "sample", b'{"columns": ["a", "b"], "index": [0], "data": [[1, "x"], [2.5e3, null]]}'
    yield "sample", b'{"dataframe_records": [{"a": 1, "b": true}]}'
    yield "sample", b'{"inputs": {"a": [1, 2], "b": ["x", null]}}'
    yield "sample", b'[[1, 2.5], [NaN, -Infinity]]\n'
    yield "sample", b'["one text", "another"]'
    yield "sample", b'{"a": 1, "b": "x"}\n{"a": 2, "b": ""}\n'
    yield "sample", b'a;b;c\n1,5;"x ""y""";\n2;NA;true\n'


def folders():
    for folder in (*sorted((FIXTURES / "folders").iterdir()), DEMO / "price" / "price_mlflow"):
        inside = [path for path in files(folder) if len(path.read_bytes()) < 20_000]
        yield "folder", b"".join(record(str(p.relative_to(folder)), p.read_bytes()) for p in inside)
    model = record("model.pkl", (DEMO / "credit" / "credit_scoring.pkl").read_bytes()[:20_000])
    declared = {
        "requirements.txt": REQUIREMENTS,
        "pyproject.toml": '[project]\ndependencies = ["numpy>=1.2", "x; extra == \'a\'"]\nrequires-python = ">=3.9"\n[project.optional-dependencies]\na = ["pandas==2"]\n[tool.poetry.dependencies]\npython = "^3.9"\nscikit-learn = {version = "~1.2", optional = true}\n',
        "uv.lock": 'version = 1\n[[package]]\nname = "numpy"\nversion = "2.1.0"\nsource = { registry = "x" }\n',
        "pylock.toml": '[[packages]]\nname = "numpy"\nversion = "2.1.0"\n',
        "Pipfile": '[packages]\nnumpy = "*"\nscipy = {version = ">=1.2", markers = "x"}\n[requires]\npython_version = "3.9"\n',
        "Pipfile.lock": '{"default": {"numpy": {"version": "==1.2"}}, "_meta": {"requires": {"python_version": "3.9"}}}',
        "conda.yaml": 'name: x\nchannels: &c [conda-forge]\ndependencies:\n- python=3.9.1\n- numpy=1.2=py39_0\n- pip:\n  - scikit-learn==1.2\n',
        "python_env.yaml": 'python: 3.9.1\nbuild_dependencies:\n- pip==22\ndependencies:\n- -r requirements.txt\n',
        "Dockerfile": 'FROM python:3.9-slim AS a\nRUN pip install \\\n  numpy==1.2 "scipy>=1" && conda install -y pandas=2.0\n',
        ".python-version": "3.9.1\n",
        ".tool-versions": "python 3.9.1\n",
        "config.json": '{"sklearn": {"environment": ["scikit-learn=1.2", "numpy"], "model": {"file": "model.pkl"}, "columns": ["a"], "example_input": {"a": [1]}}}',
        "README.md": "---\nlibrary_name: sklearn\nmodel_file: model.pkl\n---\n",
        "sample.csv": "a,b\n1,2\n",
    }
    for name, text in declared.items():
        yield "folder", record(name, text.encode()) + model
    yield "folder", b"".join(record(name, text.encode()) for name, text in declared.items())[:60_000]


def environments():
    pack = record("pack/__init__.py", MODULE.encode())
    part = record("pack/sub.py", b"from . import Base\nclass Part(Base):\n    pass\n")
    yield "environment", pack + part + record("pyvenv.cfg", b"home = /usr/bin\nversion = 3.12.1\ninclude-system-site-packages = false\n")
    metadata = b"Metadata-Version: 2.1\nName: pack\nVersion: 1.0\nRequires-Dist: numpy>=1.2\nRequires-Python: >=3.8\n\ntext\n"
    yield "environment", b"".join([
        pack,
        record("pack-1.0.dist-info/METADATA", metadata),
        record("pack-1.0.dist-info/RECORD", b"pack/__init__.py,sha256=x,10\npack/sub.py,,\n"),
        record("pack-1.0.dist-info/top_level.txt", b"pack\n"),
    ])
    finder = b"MAPPING: dict[str, str] = {'pack': '/x/pack'}\nNAMESPACES: dict = {}\n"
    yield "environment", b"".join([
        record("__editable__.pack-1.0.pth", b"import __editable___pack_finder; __editable___pack_finder.install()\n./src\n"),
        record("__editable___pack_finder.py", finder),
        record("src/pack.py", MODULE.encode()),
        record("old-1.0.egg-info/PKG-INFO", metadata),
        record("easy-install.pth", b"import sys, types, os; p = os.path.join(sys._getframe(1).f_locals['sitedir'], *('ns',))\n"),
    ])


def main():
    target = Path(sys.argv[1])
    count = {}
    for name, content in seeds():
        folder = target / name
        folder.mkdir(parents=True, exist_ok=True)
        if content:
            (folder / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)
            count[name] = count.get(name, 0) + 1
    print(*(f"{name}: {number}" for name, number in sorted(count.items())), sep="\n")


if __name__ == "__main__":
    main()
