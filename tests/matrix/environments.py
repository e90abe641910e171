"""Build the Python environments that the matrix, the fixtures and the demo shelf are made in.

    python tests/matrix/environments.py              build whatever is missing
    python tests/matrix/environments.py NAME...      build only these
    python tests/matrix/environments.py --list       name, interpreter and state of each

`environments.toml` says what goes into them. They are kept under `target/envs/` of the repository, or in the folder
that SHELFLIFE_ENVS names. A Python is found by its version: PYTHON_3_9=/path/to/python first, then `uv python find`,
then `python3.9` on PATH, then the versions that pyenv manages. Needs Python 3.11 or newer, and `uv`.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("environments.toml")

# xgboost pulls 300 MB of GPU libraries that nothing here uses.
OVERRIDES = "nvidia-nccl-cu12; sys_platform == 'never'\nnvidia-nccl-cu13; sys_platform == 'never'\n"


def root():
    """The folder that holds the built environments."""
    return Path(os.environ.get("SHELFLIFE_ENVS") or REPOSITORY / "target" / "envs")


def table():
    """Every environment of the table by name, in the table's order."""
    with open(TABLE, "rb") as file:
        return {entry["name"]: entry for entry in tomllib.load(file)["environment"]}


def matrix_names():
    """The environments that take part in the matrix."""
    return [name for name, entry in table().items() if entry.get("matrix", True)]


def python_of(name):
    """The interpreter of a built environment; for `installer = "none"`, the plain Python of that version."""
    entry = table()[name]
    if entry.get("installer") == "none":
        return find_python(entry["python"])
    return root() / name / "bin" / "python"


def is_ready(name):
    return (root() / name / ".complete").exists() or table()[name].get("installer") == "none"


def require(*names):
    """Build the missing ones among `names`."""
    for name in names:
        if not is_ready(name):
            build(name)


def find_python(version):
    """Path of an interpreter of this minor version that really starts."""
    override = os.environ.get("PYTHON_" + version.replace(".", "_"))
    if override:
        return override
    candidates = [
        output("uv", "python", "find", "--no-python-downloads", "--no-project", version),
        shutil.which("python" + version),
        output("pyenv", "prefix", output("pyenv", "latest", version) or version) + "/bin/python",
    ]
    for candidate in candidates:
        if candidate and starts_as(candidate, version):
            return candidate
    sys.exit(f"no Python {version} found; set PYTHON_{version.replace('.', '_')} to one")


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def starts_as(python, version):
    return output(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])") == version


def build(name):
    """Create one environment from nothing; the marker file is written last."""
    entry = table()[name]
    folder = root() / name
    base = find_python(entry["python"])
    print(f"building {name} with Python {entry['python']}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    root().mkdir(parents=True, exist_ok=True)
    if entry.get("installer") == "pip":
        install_with_pip(base, folder, entry["packages"])
    else:
        install_with_uv(base, folder, entry["packages"])
    (folder / ".complete").write_text("\n".join(entry["packages"]) + "\n")
    with open(root() / "READY", "a") as log:
        log.write(name + "\n")


def install_with_pip(base, folder, packages):
    subprocess.run([base, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", "pip", "wheel", "setuptools"], check=True)
    subprocess.run([*pip, "--prefer-binary", *packages], check=True)


def install_with_uv(base, folder, packages):
    subprocess.run(["uv", "venv", "--quiet", "--python", base, folder], check=True)
    overrides = folder / "overrides.txt"
    overrides.write_text(OVERRIDES)
    install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", folder / "bin" / "python"]
    subprocess.run([*install, "--override", overrides, *packages], check=True)


def main():
    arguments = sys.argv[1:]
    if arguments == ["--list"]:
        for name, entry in table().items():
            print(f"{name:20} Python {entry['python']:5} {'ready' if is_ready(name) else 'missing'}")
        return
    failed = []
    for name in arguments or table():
        if is_ready(name) and not arguments:
            continue
        try:
            build(name)
        except subprocess.CalledProcessError as error:
            failed.append(f"{name}: {error}")
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
