"""The generators of chance that a whole kernel shares, those of torch, numpy and random: who drew, who set a seed.

A statement has drawn where such a generator stands elsewhere after it than before. What it made rests on the seed that
was set last, by the cell that set it: that seed turned, it is out of date. Another cell that sets a seed of its own
takes nothing from what was drawn before.
"""

import hashlib
import io
import pickle
import re
import sys
import tokenize

SEED = "the seed of "  # how the name of a seed begins, which is no name of Python


def states() -> dict[str, str]:
    """Where each generator stands that has been imported."""
    numpy, torch, random = (sys.modules.get(name) for name in ("numpy", "torch", "random"))
    found = {}
    if numpy:
        found["numpy"] = _told(numpy.random.get_state())
    if torch:
        found["torch"] = _told(torch.get_rng_state().numpy())
    if random:
        found["random"] = str(hash(random.getstate()))
    return found


def _told(state):
    parts = state if isinstance(state, tuple) else [state]
    parts = [one.tobytes() if hasattr(one, "tobytes") else pickle.dumps(one) for one in parts]
    return hashlib.blake2b(b" ".join(parts), digest_size=8).hexdigest()


def place(cell_id: str | None, source: str) -> str:
    """What stays of a cell when a number in it is turned: its own name, or else its text without numbers.

    Digits in a name or in a text, as in `rule("06.C5")`, are no number: they tell two cells apart.
    """
    return cell_id or _without_numbers(source)


def _without_numbers(source):
    try:
        parts = [*tokenize.generate_tokens(io.StringIO(source).readline)]
    except (tokenize.TokenError, SyntaxError):  # a magic, or no Python
        return re.sub(r"\b\d+", "#", source)
    return " ".join("#" if part.type == tokenize.NUMBER else part.string for part in parts)


class Seeds:
    """Which cell has set which seed last, and what rests on it."""

    def __init__(self):
        self._marks, self._last, self._cell, self._here = {}, {}, "", set()  # here: set by this cell
        self.moved, self.anew = [], False  # what the last statement has moved; whether by setting a seed

    def a_cell_begins(self, cell: str) -> None:
        """Another cell: what it draws before it sets a seed rests on the seeds of others."""
        self._cell, self._here = cell, set()

    def rests(self, before: dict[str, str], *, sets_one: bool) -> dict[str, str]:
        """The seeds on which the result of a statement rests that has just ended, each with its mark.

        before:   where the generators stood before it.
        sets_one: it sets a seed itself, so that its result rests on no other.
        """
        now = states()
        moved = self.moved = [name for name in before if now.get(name) != before[name]]
        self.anew = sets_one
        if sets_one:
            for name in moved:
                self._last[name] = key = f"{SEED}{name}\n{self._cell}"
                self._marks[key] = now[name]
                self._here.add(name)
            return {}
        keys = set()
        for name in {*moved} & {*self._last}:
            key = self._last[name]
            if name in self._here:  # the cell has set it: whoever runs it again sets it again
                key = f"{key}\n{self._marks[key]}"
            keys.add(key)
        return {key: self.mark(key) for key in sorted(keys)}

    def mark(self, name: str) -> str:
        """What tells whether a seed is still the same."""
        return self._marks.get(name, name)
