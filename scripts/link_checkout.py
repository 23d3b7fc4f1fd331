"""Make this checkout importable in the virtual environment that runs this script, and write its command ``pedigree``.

A path file is all that an editable install needs to be, and it builds nothing. The checkout comes before site-packages,
since a package there may be named ``tasks`` or ``flows``, too.
"""

import sys
import sysconfig
from pathlib import Path

LAUNCHER = """#!{python}
import signal
# Until the command is loaded, Ctrl+C ends it without a word: Python would print a traceback.
if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
import pathlib, sys
# The code of the workspace comes first, here or in a folder above: its versions are made by it.
here = pathlib.Path.cwd()
homes = [p for p in [here, *here.parents] if (p / "dvc.yaml").is_file() and (p / "cli/main.py").is_file()]
sys.path[:0] = map(str, homes[:1])
from cli.main import main
sys.exit(main())
"""


def write_path_file(checkout: Path, site_packages: Path) -> Path:
    """Write the file that puts ``checkout`` first on sys.path, and return its path."""
    file = site_packages / "pedigree-checkout.pth"
    file.write_text(f"import sys; sys.path.insert(0, {str(checkout)!r})\n", encoding="utf-8")
    return file


def write_launcher(python: Path, folder: Path) -> Path:
    """Write the command ``pedigree`` into ``folder``, to be run by the interpreter ``python``, and return its path."""
    file = folder / "pedigree"
    file.write_text(LAUNCHER.format(python=python), encoding="utf-8")
    file.chmod(0o755)
    return file


if __name__ == "__main__":
    write_path_file(Path(sys.argv[1]), Path(sysconfig.get_path("purelib")))
    write_launcher(Path(sys.executable), Path(sysconfig.get_path("scripts")))
