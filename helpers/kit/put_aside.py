"""What is put aside while a frame is made, nets and runs, for gates to look at: it belongs to that frame alone."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.kit.frames import TIDY

ROWS, OF = "rows of its frame", "seeds of its frame"


def goes_with(kept: dict, frame: pd.DataFrame) -> None:
    """Keep, beside what was put aside, the rows of the tidy frame that was made with it, as marks."""
    kept |= {ROWS: _marks(frame), OF: sorted(map(int, frame.seed.unique()))}


def refuse_another(kept: Mapping, frame: pd.DataFrame) -> None:
    """Refuse a frame of which a row is not of that with which this was put aside: it may have fewer rows.

    Where nothing says with which frame it was put aside nothing is refused.
    Raises ValueError, which names both seeds where these differ, and tells what to do.
    """
    if ROWS not in kept or np.isin(_marks(frame), kept[ROWS]).all():
        return
    seeds = sorted(map(int, frame.seed.unique()))
    same = "which has the same seeds"
    differ = f"of seeds {kept[OF][0]} to {kept[OF][-1]}, and these results are of {seeds[0]} to {seeds[-1]}"
    raise ValueError(
        "what the gates look at was put aside with another frame, "
        f"{same if seeds == kept[OF] else differ}: a verdict needs both of one call. Make the frame and what is kept "
        "anew, in one call, then judge"
    )


def _marks(frame):
    """A mark of each row."""
    rows = frame[["method", *TIDY]].astype({"step": float, "seed": int, "value": float})
    return pd.util.hash_pandas_object(rows, index=False).to_numpy()
