#!/usr/bin/env python3
"""Fetch the published source archives that the atlas is made from, and unpack them.

    python3 tests/atlas/fetch.py target/atlas [DISTRIBUTION ...]

Of large libraries, of which only names are kept, the sources of the newest patch release of each minor are enough, with
the list of modules of every patch release. pip finds and downloads them (`PIP_INDEX_URL` and its kin are heard), but is not asked to prepare
them: nothing in an archive is built, imported or run. Only sources are unpacked, below
`target/atlas/DISTRIBUTION/VERSION/`; a folder that is there is kept. Which modules there are, those that are
made or compiled by building included, is read from the list of files at the end of a wheel, which is all of it that is
fetched, and written to `modules.txt` beside the sources.
"""

import os
import re
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

# The oldest release of each distribution that is looked at.
OLDEST = {
    "scikit-learn": "0.18",
    "imbalanced-learn": "0.4",
    "joblib": "0.9",
    "xgboost": "0.80",
    "lightgbm": "2.1",
    "category-encoders": "2.0",
    "numpy": "1.13",
    "scipy": "1.0",
    "pandas": "0.23",
}

# Large libraries whose sources do not say which modules building makes: the newest patch release of each minor tells the
# names in modules for all of its patch releases, and each patch release which modules it has.
LARGE = {"numpy", "scipy", "pandas"}

# What facts are read from; headers and C sources stand for the libraries that Cython wraps.
KEPT = (".py", ".pyi", ".pyx", ".pxd", ".pxi", ".tp", ".in", ".h", ".hpp", ".c", ".cpp")

# Folders whose code no model runs.
LEFT_OUT = {"tests", "test", "benchmarks", "doc", "docs", "examples", "build_tools", "vendored"}

LARGEST = 2_000_000


def main():
    folder = Path(sys.argv[1])
    names = sys.argv[2:] or list(OLDEST)
    with Client() as client:
        fetch(client, folder, names)


def fetch(client, folder, names):
    for name in names:
        releases = client.releases(name)
        newest = {minor(version): version for version, _ in releases}
        for version, links in releases:
            target = folder / name / version
            if target.exists():
                continue
            scratch = target.with_name(target.name + ".part")
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            if name in LARGE:
                modules = client.modules(name, version)
                if modules is None:
                    print(f"{name} {version}: no wheel", file=sys.stderr)
                    continue
                (scratch / "modules.txt").write_text("\n".join(modules))
            if name not in LARGE or newest[minor(version)] == version:
                archive = client.download(links, folder / "archives" / name)
                if archive is None:
                    print(f"{name} {version}: no archive", file=sys.stderr)
                    continue
                unpack(archive, scratch)
                archive.unlink()
            scratch.rename(target)
            print(f"{name} {version}", flush=True)


def minor(version):
    """The first two numbers of a version."""
    return tuple(version.split(".")[:2])


class Client:
    """The parts of pip that find and download, without those that prepare."""

    def __init__(self):
        from pip._internal.commands import create_command
        from pip._internal.models.target_python import TargetPython

        self.command = create_command("download")
        self.context = self.command.main_context()
        self.context.__enter__()
        self.listed = {}
        self.options, _ = self.command.parse_args(["--no-deps", "--quiet", "none"])
        self.session = self.command.get_default_session(self.options)
        # Releases that want another Python are wanted as well.
        self.finder = self.command._build_package_finder(
            self.options, self.session, TargetPython(), ignore_requires_python=True
        )

    def __enter__(self):
        return self

    def __exit__(self, *trouble):
        self.context.__exit__(*trouble)

    def releases(self, name):
        from pip._vendor.packaging.version import Version

        found = {}
        for candidate in self.all_candidates(name):
            version = candidate.version
            oldest = Version(OLDEST.get(name, "0"))
            if version.is_prerelease or version < oldest:
                continue
            if not candidate.link.is_wheel:
                found.setdefault(version, []).append(candidate.link)
        return [(str(version), found[version]) for version in sorted(found)]

    def modules(self, name, version):
        """The files of modules in a wheel of a release, without the ends that name a platform."""
        from pip._internal.network.lazy_wheel import LazyZipOverHTTP

        wheels = [link for link in self.wheels(name) if link.filename.split("-")[1] == version]
        wheels.sort(key=lambda link: ("linux" not in link.filename, "x86_64" not in link.filename, link.filename))
        if not wheels:
            return None
        with zipfile.ZipFile(LazyZipOverHTTP(wheels[0].url_without_fragment, self.session)) as listed:
            files = [Path(file) for file in listed.namelist()]
        kept = [file for file in files if file.suffix in (".py", ".so", ".pyd") and not LEFT_OUT & set(file.parts[:-1])]
        kept = [file for file in kept if not file.parts[0].endswith((".libs", ".data"))]
        return sorted(str(file.with_name(file.name.split(".")[0] + file.suffix)) for file in kept)

    def wheels(self, name):
        """The wheels of every release, for whatever Python and machine."""
        from pip._internal.index.collector import parse_links

        if name not in self.listed:
            collector = self.finder._link_collector

            def links(page):
                answer = collector.fetch_response(page)
                return list(parse_links(answer)) if answer else []

            pages = collector.collect_sources(name, links).index_urls
            found = [link for page in pages if page is not None for link in page.page_candidates()]
            self.listed[name] = [link for link in found if link.is_wheel]
        return self.listed[name]

    def all_candidates(self, name):
        from pip._internal.models.format_control import FormatControl

        # Wheels fit one Python; source archives fit all.
        self.finder._candidate_prefs.allow_all_prereleases = False
        self.finder.format_control = FormatControl({":all:"}, set())
        return self.finder.find_all_candidates(name)

    def download(self, links, folder):
        from pip._internal.network.download import Downloader

        folder.mkdir(parents=True, exist_ok=True)
        # One link is enough; gzip before zip and others.
        links = sorted(links, key=lambda link: not link.filename.endswith(".tar.gz"))
        if not links:
            return None
        path, _ = Downloader(self.session, "off")(links[0], str(folder))
        return Path(path)


def unpack(archive, target):
    """The sources of an archive, without its topmost folder."""
    for name, size, read in members(archive):
        parts = Path(name).parts[1:]
        kept = name.endswith(KEPT) and not LEFT_OUT.intersection(parts[:-1])
        if not kept or not parts or ".." in parts or size > LARGEST:
            continue
        path = target.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(read())
    target.mkdir(parents=True, exist_ok=True)


def members(archive):
    if str(archive).endswith(".zip"):
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                if not member.is_dir():
                    yield member.filename, member.file_size, lambda m=member: opened.read(m)
    else:
        with tarfile.open(archive) as opened:
            for member in opened:
                if member.isfile():
                    yield member.name, member.size, lambda m=member: opened.extractfile(m).read()


if __name__ == "__main__":
    main()
