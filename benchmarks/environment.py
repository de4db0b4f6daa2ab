"""The environment of the peers, `.venv-peers`: the packages of .venv, and on top of them what is compared."""

import hashlib
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / ".venv-peers"


def python_of_the_peers() -> Path:
    """Its Python. It is made if it is not there, or if what it should hold has changed; .venv is left as it is.

    Raises SystemExit if pip cannot install the libraries.
    """
    python = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = [
        HERE / "requirements.txt",
        *(HERE.parent / name for name in ("tests/requirements.txt", "requirements.txt")),
    ]
    content = b"\n".join(path.read_bytes() for path in wanted) + str(HERE).encode()
    stamp, digest = FOLDER / "stamp", hashlib.sha256(content).hexdigest()
    if stamp.exists() and stamp.read_text("utf-8") == digest:
        return python
    print(f"Making {FOLDER.name} for the libraries that are compared: a minute or two, once ...", flush=True)
    venv.create(FOLDER, clear=True)
    ours = {"base": str(FOLDER), "platbase": str(FOLDER)}
    packages = Path(sysconfig.get_path("purelib", "venv", ours))
    (packages / "course.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--disable-pip-version-check"]
    if subprocess.run([*command, "-r", str(HERE / "requirements.txt")]).returncode:
        sys.exit("pip stopped (see above). If you are offline, go online and start the benchmark again.")
    stamp.write_text(digest, "utf-8")
    return python
