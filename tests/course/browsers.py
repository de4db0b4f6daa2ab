"""Which browser the tests use."""

import shutil

import pytest


def chromium():
    """The path of a browser, or skip."""
    pytest.importorskip("playwright", reason="playwright is not installed: no browser test")
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"no browser test: none of {', '.join(names)} is installed")
    return found
