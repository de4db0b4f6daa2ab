"""Progress bars for what takes longer than two seconds; they vanish when done and leave nothing in stored outputs."""

import os

from tqdm.auto import tqdm


def progress(total: int, desc: str, unit: str, *, shown: bool = True) -> tqdm:
    """A bar, moved with `update()` and ended with `close()`; none is drawn if TQDM_DISABLE is set, as in tests."""
    hidden = bool(os.environ.get("TQDM_DISABLE")) or not shown
    return tqdm(total=total, desc=desc, unit=unit, delay=2, leave=False, disable=hidden)
