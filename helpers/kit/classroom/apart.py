"""Where a student's code runs: in an empty folder, without the grader's secrets, and if told so by another account."""

import os
import sys
import tempfile
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from traitlets import Dict, List, Unicode

# Of the grader's environment a kernel sees these; a token of JupyterHub, for one, is not among them.
SEEN = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "MPLCONFIGDIR")
SEEN += ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "APPDATA", "USERPROFILE")
SEEN += ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def environment(home: Path) -> dict[str, str]:
    """What a kernel sees: nothing is noted as anybody's progress, and predictions are kept in its own folder."""
    own = {name: os.environ[name] for name in SEEN if name in os.environ}
    own |= {"INNER_ALIGNMENT_NOTES": "off", "INNER_ALIGNMENT_PREDICTIONS": str(home / "predictions.jsonl")}
    own |= {"HOME": str(home), "IPYTHONDIR": str(home / ".ipython"), "PYTHONUTF8": "1", "TQDM_DISABLE": "1"}
    # Without the list of fonts that is there, matplotlib would look for all fonts in each kernel.
    return own | {"MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR") or _fonts()}


def folders() -> tempfile.TemporaryDirectory:
    """A folder for one kernel, with an empty `home` and its sockets in it; gone with all that was written there."""
    folder = tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
    for name in ("home", "sockets"):
        (Path(folder.name) / name).mkdir()
        if os.name != "nt":  # another account may pass through, and write there
            os.chmod(folder.name, 0o711)
            (Path(folder.name) / name).chmod(0o777)
    return folder


class Apart(AsyncKernelManager):
    """Starts a kernel behind a command: `sudo -u grading`, `setpriv`, `unshare`, `prlimit`, or several of them.

    before: that command and its arguments; nothing for a kernel with the grader's own rights.
    seen:   the environment of the kernel, where it has another account.
    """

    before = List(Unicode()).tag(config=True)
    seen = Dict()

    def format_kernel_cmd(self, extra_arguments=None):
        """The command that starts a kernel; its file of connections was written just before."""
        command = super().format_kernel_cmd(extra_arguments)
        if not self.before:
            return command
        os.chmod(self.connection_file, 0o644)  # in a folder whose name nobody can list
        return [
            *self.before,
            "env",
            "-i",
            *(f"{name}={value}" for name, value in self.seen.items()),
            *command,
        ]

    def settle_in(self, folder: str) -> dict:
        """Use this folder; returns what `start_kernel` is to be told. Sockets are files there: no network is needed."""
        home = Path(folder) / "home"
        self.connection_file = str(Path(folder) / "kernel.json")
        if sys.platform != "win32":
            self.transport, self.ip = "ipc", str(Path(folder) / "sockets/k")
        self.seen = environment(home)
        return {"cwd": str(home), "env": self.seen}


def _fonts():
    import matplotlib

    return matplotlib.get_cachedir()
