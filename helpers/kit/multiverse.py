"""How far a verdict carries: the same rule under about ten settings that were written down before.

A lesson's `long_runs` lists them and says how to run one, and the runner makes the table `multiverse_NN`:

    SETTINGS = [
        {"setting": "as in the lesson"},
        {"setting": "learning rate / 3", "lr": 1e-3},
        {"setting": "entropy bonus 0.03", "entropy": 0.03},
    ]

    def again(seeds, **turned):
        frame = experiment.results(seeds, **turned)
        return values_of(experiment.MEASURES, frame, experiment.gates_of(frame))

    PLANS = {"multiverse": multiverse_plan("00", again, SETTINGS, seeds=range(200, 264))}
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.checked import function, one_of
from helpers.kit.judged import COLUMNS, Judged, judged, rows_of_rule
from helpers.kit.rules import (
    INCONCLUSIVE,
    NEITHER,
    NO_DIFFERENCE,
    NOT_VALID,
    OPPOSITE,
    SUPPORTS,
    WORDS,
    as_rule,
)

BASE = "as in the lesson"
FRESH = [1000 * number + seed for number in range(1, 6) for seed in range(64)]  # five sets of fresh seeds
EITHER = (SUPPORTS, OPPOSITE)
TURNED = {SUPPORTS: (OPPOSITE,), OPPOSITE: (SUPPORTS,), NO_DIFFERENCE: EITHER, NEITHER: EITHER}


def multiverse_plan(
    lesson: str, again: Callable, settings: Sequence[Mapping], *, seeds: Sequence[int], **how
):
    """The plan of a lesson's multiverse, for the one runner: the table `multiverse_NN`, setting by setting.

    again:    `(seeds, **turned) -> DataFrame` with the columns that `values_of` makes; importable by its name.
    settings: a dict each: `setting`, its name in a few words, and what it turns. The first is "as in the lesson".
              One with `seeds` is judged on these, of which there may be more.
    seeds:    those that are judged, 32 to 64 of them in a toy.
    how:      further arguments of `Plan`, such as `trial`, `at_once`, `about`.
    Raises ValueError for settings without a name, two of one name, and another first one than the lesson's.
    """
    from helpers.kit.long_runs import Plan  # the runner is not needed where a multiverse is read

    function(again, "again", "(seeds, **turned) -> DataFrame")
    names = [one.get("setting") for one in settings]
    if not names or names[0] != BASE:
        raise ValueError(f"the first setting is {BASE!r}: got {names[:1]}")
    if not all(isinstance(name, str) and name.strip() for name in names) or len(set(names)) < len(names):
        raise ValueError(f"every setting has a name of its own: got {names}")
    grid = []
    for one in settings:
        turned = {key: value for key, value in one.items() if key not in ("setting", "seeds")}
        own = {"seeds": list(one["seeds"])} if "seeds" in one else {}
        grid.append({"setting": one["setting"], "turned": turned, **own})
    how = {"digits": 4, "about": f"what the rules of lesson {lesson} judge, in {len(grid)} settings", **how}
    run = functools.partial(one_setting, again)
    return Plan(table=f"multiverse_{lesson}", run=run, grid=grid, columns=("setting",), seeds=seeds, **how)


def fresh_plan(lesson: str, again: Callable, *, seeds: Sequence[int] = FRESH, **how):
    """The plan of a lesson's fresh seeds: the table `fresh_NN`. again and how: as `multiverse_plan` takes them."""
    from helpers.kit.long_runs import Plan

    about = f"what the rules of lesson {lesson} judge, on five fresh sets of seeds"
    how = {"at_once": 64, "digits": 4, "about": about, **how}
    return Plan(table=f"fresh_{lesson}", run=again, seeds=seeds, **how)


def one_setting(again: Callable, *, setting: str, turned: Mapping, seeds: Sequence[int], **shared):
    """The rows of one setting, looked at: the columns rule, seed, value, valid, why."""
    frame = again(seeds, **turned, **shared)
    if list(frame.columns) != list(COLUMNS):
        raise ValueError(f"{setting}: a run returns {', '.join(COLUMNS)}: got {', '.join(frame.columns)}")
    return frame


def by_setting(frame, by) -> dict[str, Judged]:
    """What a rule, or the one of that name, says in each setting of a multiverse.

    The lesson's own setting comes first, the others in the order of the table.

    Raises TypeError or ValueError as `judged` does, and for rows without a setting.
    """
    by = as_rule(by)
    mine = rows_of_rule(frame, by)
    if "setting" not in mine or not mine.setting.map(lambda one: isinstance(one, str)).all():
        raise ValueError(f"{by.name}: each row of a multiverse names its setting, in the column `setting`")
    names = sorted(mine.setting.unique(), key=lambda name: name != BASE)
    return {name: judged(mine[mine.setting == name], by) for name in names}


@dataclass(frozen=True)
class Share:
    """In how many settings a word holds, and what becomes of it in the others.

    word:   the word that is looked for, NOT VALID if there is none.
    words:  setting -> its word.
    missing: how many settings were written down, too, and are not run yet.
    """

    word: str
    words: Mapping[str, str]
    missing: int = 0

    @property
    def same(self) -> int:
        """In how many settings the word is the same."""
        return list(self.words.values()).count(self.word)

    @property
    def of(self) -> int:
        """How many settings there are, the lesson's own among them."""
        return len(self.words)

    def where(self, *words: str) -> list[str]:
        """The settings that say one of these words."""
        return [setting for setting, word in self.words.items() if word in words]

    @property
    def turned(self) -> list[str]:
        """The settings that turn the word round: they say the opposite, or a size where there was none."""
        return self.where(*TURNED.get(self.word, ()))

    @property
    def short(self) -> str:
        """ "in 6 of 9 settings"; without a word how often each was said."""
        more = f" ({self.missing} more not run yet)" if self.missing else ""
        if self.word == NOT_VALID:
            counts = pd.Series(list(self.words.values())).value_counts(sort=False)
            return f"in {self.of} settings{more}: " + ", ".join(f"{word} {n}" for word, n in counts.items())
        return f"in {self.same} of {self.of} settings{more}"

    @property
    def others(self) -> str:
        """What becomes of the word in the other settings, by name; "" where it holds in all."""
        if self.word == NOT_VALID:
            return ""
        said = {"turned round by": self.turned}
        for word in (*EITHER, NO_DIFFERENCE, NEITHER, INCONCLUSIVE, NOT_VALID):
            if word not in (self.word, *TURNED.get(self.word, ())):
                said[f"{word} with"] = self.where(word)
        quoted = lambda names: ", ".join(f"'{name}'" if ", " in name else name for name in names)
        return "; ".join(f"{how}: {quoted(settings)}" for how, settings in said.items() if settings)

    def __str__(self) -> str:
        return f"{self.word}, {self.short}" + (f"; {self.others}" if self.others else "")


@dataclass(frozen=True)
class Settings:
    """What a rule says in each setting that was run, the lesson's own first, and how many are not run yet."""

    said: Mapping[str, Judged]
    missing: int = 0

    @classmethod
    def of(cls, frame, by) -> "Settings":
        """Those of a multiverse, which may be one that is not whole yet; errors as `by_setting` has them."""
        return cls(by_setting(frame, by), frame.attrs.get("missing", 0))

    def share(self, word: str) -> Share:
        """In how many of them a word holds."""
        return Share(word, {setting: found.word for setting, found in self.said.items()}, self.missing)


def share(frame, by, word=None) -> Share:
    """In how many settings of a multiverse a word holds; without one, that of the lesson's own setting.

    Raises ValueError for an unknown word, and where none is given and the lesson's own setting is not in the table.
    """
    found = Settings.of(frame, by)
    if word is None and BASE not in found.said:
        raise ValueError(
            f"this multiverse has no setting {BASE!r}, whose word is looked for in the others: got {list(found.said)}. "
            'Keep its rows, or say the word: share(frame, rule, "SUPPORTS")'
        )
    return found.share(found.said[BASE].word if word is None else one_of(word, WORDS, "a word"))


def beside_own(frame, by, word: str, effect) -> tuple[Share, Judged | None]:
    """The share of a verdict's settings, and what the lesson's own numbers say where the verdict differs from it.

    It differs with another word, and with an effect that is further away than what matters (of counts: and whose
    interval does not meet that of the settings' own): somebody has turned a number, or taken other seeds. The settings
    turn the lesson's own numbers and do not say how far such a verdict carries, so that the share is that of the
    lesson's own word then.
    """
    by, settings = as_rule(by), Settings.of(frame, by)
    own = settings.said.get(BASE)
    if own is None or word == NOT_VALID or (own.word == word and _near(by, effect, own.effect)):
        return settings.share(word), None
    return settings.share(own.word), own


def _near(by, one, other) -> bool:
    low, high = sorted((one.mean, other.mean))
    if (
        by.scale == "counted"
        and one.known
        and other.known
        and max(one.low, other.low) <= min(one.high, other.high)
    ):
        return True  # of few seeds a count scatters by more than what matters
    return high <= by.matters * low if by.scale == "ratio" else high - low <= by.matters


def carries(settings: Share, own: Judged | None) -> str:
    """How far a verdict carries, in words, from what `beside_own` returns."""
    said = f"{settings.short}; {settings.others}." if settings.others else f"{settings.short}."
    if own is None:
        return said[0].upper() + said[1:]
    return (
        f"The settings turn the lesson's own numbers, with which it is {own}. That word holds {said} They do not say "
        "how far the word above carries."
    )
