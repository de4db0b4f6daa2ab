"""How long a learner waits: importing the helpers, loading SmolLM2, opening a lesson."""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks import clock


def helpers() -> None:
    """A fresh Python that imports all rooms, each by its door, and what a language model needs."""
    rooms = sorted(path.parent.name for path in Path("helpers").glob("[a-z]*/__init__.py"))
    line = "import " + ", ".join(f"helpers.{room}" for room in rooms if room != "lessons")
    line += ", helpers.lm.pretrained, helpers.lm.corpora"
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", line], check=True)
    clock.report(seconds=[time.perf_counter() - began])


def smollm2() -> None:
    """Weights and tokenizer, checked against their hash."""
    import torch  # noqa: F401
    import transformers  # noqa: F401

    from helpers.lm import weights

    began = time.perf_counter()
    weights.load()
    clock.report(seconds=[time.perf_counter() - began])


def lesson() -> None:
    """From starting a kernel to the end of the first code cell of lesson 00."""
    import nbformat
    from nbclient import NotebookClient

    path = sorted(Path("notebooks").glob("00_*.ipynb"))[0]
    notebook = nbformat.read(path, as_version=4)
    first = next(number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    began = time.perf_counter()
    client = NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    with client.setup_kernel():
        client.execute_cell(notebook.cells[first], first)
        taken = time.perf_counter() - began
    clock.report(seconds=[taken])


if __name__ == "__main__":
    globals()[sys.argv[1]]()
