"""Fetches what the reading site would else load from other hosts, from npm packages, into
docs/vendor.

To renew one, change its version below and run ``python -m tools.publishing.vendor`` (it needs npm),
then ``make test`` and ``make test-browser``.
It writes docs/vendor/README.md with the hashes, which a test compares.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

from tools.notebooks.inputs import ROOT

VENDOR = ROOT / "docs" / "vendor"
# Package, version, licence, what it is for, and the files that the site needs of it. The three
# fonts are those of the icons of a Play widget.
PACKAGES = [
    ("mathjax", "3.2.2", "Apache-2.0", "formulas", ["es5/tex-svg-full.js", "LICENSE"]),
    ("requirejs", "2.3.8", "MIT", "loads the next one", ["require.js"]),
    (
        "@jupyter-widgets/html-manager",
        "1.0.15",
        "BSD-3-Clause",
        "saved widgets",
        [
            "dist/embed-amd.js",
            "dist/embed.js.LICENSE.txt",
            "dist/1551f4f60c37af51121f.woff2",
            "dist/7a3337626410ca2f4071.woff2",
            "dist/d878b0a6a1144760244f.woff2",
        ],
    ),
]
ABOVE = """\
# Scripts of other projects

What the reading site would else load from other hosts, so that a page asks no host but its own. The
files are those of npm packages, unchanged. To renew one, change its version in
`tools/publishing/vendor.py` and run `.venv/bin/python -m tools.publishing.vendor`,
which writes this folder. Never edit it by hand.

| file | package | licence | for | sha256 |
|---|---|---|---|---|
"""


def places(package: str, name: str) -> list[str]:
    """Where a file of a package lies: in a folder of the package's name.

    A font lies beside that folder too. The script of the saved widgets holds two modules that name
    it, each by its own address, and the one that is ready last decides.
    """
    folder = PurePosixPath(package)
    beside = [folder.with_name(PurePosixPath(name).name)] if name.endswith(".woff2") else []
    return [str(path) for path in (folder / name, *beside)]


def fetch(package: str, version: str, files: list[str], vendor: Path) -> None:
    """Unpacks these files of a package, each to its places."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["npm", "pack", "--silent", "--pack-destination", scratch, f"{package}@{version}"]
        subprocess.run(command, check=True, cwd=scratch)
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as packed:
            for name in files:
                content = packed.extractfile(f"package/{name}").read()
                for path in places(package, name):
                    (vendor / path).parent.mkdir(parents=True, exist_ok=True)
                    (vendor / path).write_bytes(content)


def table(vendor: Path = VENDOR) -> str:
    """The README of the folder: each file with its origin and its hash."""
    rows = ""
    for package, version, licence, purpose, files in PACKAGES:
        for path in (path for name in files for path in places(package, name)):
            digest = hashlib.sha256((vendor / path).read_bytes()).hexdigest()
            rows += f"| {path} | {package} {version} | {licence} | {purpose} | {digest} |\n"
    return ABOVE + rows


def main() -> int:
    """Fetches all of it."""
    for package, version, _, _, files in PACKAGES:
        fetch(package, version, files, VENDOR)
    (VENDOR / "README.md").write_text(table(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
