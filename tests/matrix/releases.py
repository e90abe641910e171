"""Measure which Pythons have wheels of which releases, and write `assets/knowledge/releases.toml`.

    python tests/matrix/releases.py            ask pip and write the table
    python tests/matrix/releases.py --dry      ask pip and print it

pip itself is asked, once for each library and Python: what it names when a release is wanted that does not exist is
what it could install from wheels. The answers hold for the platform of this machine; the table in the repository was
made on Linux on x86-64, where the most wheels are. Needs pip and the network.
"""

import argparse
import concurrent.futures
import datetime
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "assets" / "knowledge" / "releases.toml"
MINORS = range(6, 15)

# Older releases than these are in no file that anybody still has, and make the table long.
LIBRARIES = {
    "scikit-learn": "0.19", "numpy": "1.13", "scipy": "1.0", "pandas": "0.23", "joblib": "0.11", "xgboost": "0.80",
    "lightgbm": "2.1", "catboost": "0.12", "imbalanced-learn": "0.4", "category-encoders": "1.3", "skops": "0.1",
    "onnxruntime": "1.0", "torch": "1.4",
}

# Limits that a release's own metadata does not state and that installers therefore do not keep. Compiled releases need
# the numpy that they were built against or an older interface of it, which numpy 2 ended; those built for numpy 1.x
# before 1.20 and 1.24 use names (numpy.int and its kin) that these removed. Old scikit-learn imports names that scipy
# removed. Sources: https://numpy.org/doc/stable/release/2.0.0-notes.html (binary interface),
# https://numpy.org/doc/stable/release/1.24.0-notes.html (expired aliases),
# https://docs.scipy.org/doc/scipy/release/1.9.0-notes.html (scipy.linalg.pinv2),
# https://docs.scipy.org/doc/scipy/release/1.11.0-notes.html (sym_pos of scipy.linalg.solve), and
# https://docs.scipy.org/doc/scipy/release/1.3.0-notes.html (scipy.misc functions). LightGBM asked scikit-learn for
# force_all_finite, which 1.8 removed: https://scikit-learn.org/stable/whats_new/v1.6.html (its deprecation).
BEYOND_METADATA = [
    ("scikit-learn", "<0.21", {"numpy": "<1.20", "scipy": "<1.3"}),
    ("scikit-learn", ">=0.21,<0.22", {"numpy": "<1.20", "scipy": "<1.9"}),
    ("scikit-learn", ">=0.22,<0.24", {"numpy": "<1.24", "scipy": "<1.9"}),
    ("scikit-learn", ">=0.24,<1.0", {"numpy": "<1.24", "scipy": "<1.9"}),
    ("scikit-learn", ">=1.0,<1.1", {"numpy": "<2", "scipy": "<1.11"}),
    ("scikit-learn", ">=1.1,<1.4.2", {"numpy": "<2"}),
    ("scipy", "<1.13", {"numpy": "<2"}),
    ("pandas", "<2.2.2", {"numpy": "<2"}),
    ("xgboost", "<2.1", {"numpy": "<2"}),
    ("lightgbm", "<4.5", {"numpy": "<2", "scikit-learn": "<1.8"}),
    ("lightgbm", ">=4.5,<4.6", {"scikit-learn": "<1.8"}),
    ("catboost", "<1.2.8", {"numpy": "<2"}),
    ("onnxruntime", "<1.18", {"numpy": "<2"}),
    ("torch", "<2.3", {"numpy": "<2"}),
]


def installable(library, minor):
    """The releases of `library` that pip could install from wheels in Python 3.`minor`."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps", "--only-binary",
             ":all:", "--python-version", f"3.{minor}", "--target", folder, f"{library}==99999"],
            capture_output=True, text=True)
    found = re.search(r"\(from versions: ([^)]*)\)", done.stderr)
    if not found:
        sys.exit(f"pip did not answer for {library} in Python 3.{minor}: {done.stderr.strip()[-300:]}")
    names = [] if found[1] == "none" else found[1].split(", ")
    return [name for name in names if not re.search(r"(a|b|rc|dev)\d*$", name)]


def key(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def rows(library, since):
    """(Python range, releases) of neighbours with the same Pythons, the oldest first."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda minor: installable(library, minor), MINORS))
    pythons = {}
    for minor, releases in zip(MINORS, answers):
        for release in releases:
            if key(release) >= key(since):
                pythons.setdefault(release, []).append(minor)
    grouped = []
    for release in sorted(pythons, key=key):
        # A release without wheels for a Python between two others would not be a range; none is known.
        span = f">=3.{min(pythons[release])},<3.{max(pythons[release]) + 1}"
        if grouped and grouped[-1][0] == span:
            grouped[-1][1].append(release)
        else:
            grouped.append((span, [release]))
    return grouped


def text():
    today = datetime.date.today().isoformat()
    out = ["# Which Pythons have wheels of which releases, and what releases need beyond what their metadata says.",
           "#",
           f"# Written by tests/matrix/releases.py on {today}: pip's own answers for Linux on x86-64.",
           "# Neighbours with the same Pythons share a row. Pythons before 3.6 and after 3.14 were not asked for.",
           "# The limits at the end stand in the script, with their sources.", ""]
    for library, since in LIBRARIES.items():
        out.append(f'[[library]]\nname = "{library}"')
        out.append("rows = [")
        for span, releases in rows(library, since):
            names = ", ".join(f'"{release}"' for release in releases)
            out.append(f'    {{ python = "{span}", releases = [{names}] }},')
        out.append("]\n")
    for library, releases, limits in BEYOND_METADATA:
        needs = ", ".join(f'{name} = "{limit}"' for name, limit in limits.items())
        out.append(f'[[limit]]\nname = "{library}"\nreleases = "{releases}"\nneeds = {{ {needs} }}\n')
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry", action="store_true", help="print the table and write nothing")
    options = parser.parse_args()
    table = text()
    if options.dry:
        print(table)
    else:
        TABLE.write_text(table)
        print(f"{TABLE}: {len(table)} bytes")


if __name__ == "__main__":
    main()
