"""Seen in a real browser: each lesson is opened in JupyterLab, run, and used as a reader uses it, 1280 pixels wide.

The copies that are run have fewer seeds and steps. COURSE_SCREENSHOTS=folder keeps pictures of what was seen.
"""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

LESSONS = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
WIDTH, HEIGHT = 1280, 1000
RUN_LIMIT = 300_000  # ms for one lesson
SMALLER = {  # lesson -> (what stands in its numbers, what stands there in the copy): quicker, and still judged
    "00": [
        ("range(100, 164)", "range(100, 104)"),
        ("STEPS, LEARNING_RATE = 100,", "STEPS, LEARNING_RATE = 20,"),
    ],
    "01": [("range(100, 164)", "range(100, 104)"), ("LEARNING_RATE = 400,", "LEARNING_RATE = 40,")],
    "12": [("= 3, 10, 1e-3", "= 3, 1, 1e-3")],
}
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},  # all cells are in the page
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


# The server, the browser, and one lesson in them


def chromium():
    """The path of a browser, or skip."""
    pytest.importorskip("playwright", reason="playwright is not installed: no browser test")
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no browser test: none of {', '.join(names)} is installed")
    return found


def wait_for_server(address, process):
    """Return when the server answers; raise RuntimeError if it ended or takes more than a minute."""
    for _ in range(240):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None:
                break
            time.sleep(0.25)
    raise RuntimeError("JupyterLab did not start")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab of its own, none of whose files are the reader's: (address, token, folder)."""
    chromium()
    home = tmp_path_factory.mktemp("jupyter")
    (folder := home / "notebooks").mkdir()
    (settings := home / "config/labconfig/default_setting_overrides.json").parent.mkdir(parents=True)
    settings.write_text(json.dumps(SETTINGS))
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    places |= {f"JUPYTERLAB_{name}_DIR": str(home / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    places |= {"IPYTHONDIR": str(home), "INNER_ALIGNMENT_PREDICTIONS": str(folder / "predictions.jsonl")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token, address = secrets.token_hex(), f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}"]
    command += ["--ServerApp.ip=127.0.0.1", "--LabApp.expose_app_in_browser=True"]
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, env={**os.environ, **places}, stdout=log, stderr=log)
        try:
            wait_for_server(f"{address}/api?token={token}", process)
            yield address, token, folder
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture(scope="module")
def open_notebook(server):
    """A function that stores a notebook in the server's folder, opens it and returns the page."""
    from playwright.sync_api import sync_playwright

    address, token, folder = server
    options = {
        "executable_path": chromium(),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    }
    with sync_playwright() as playwright, playwright.chromium.launch(**options) as browser:

        def opened(notebook, name):
            nbformat.write(notebook, folder / name)
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.set_default_timeout(60_000)
            page.goto(f"{address}/lab/tree/{name}?reset&token={token}")
            page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
            page.evaluate("jupyterapp.shell.collapseLeft()")
            return page

        yield opened
