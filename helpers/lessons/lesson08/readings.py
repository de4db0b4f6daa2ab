"""Readings of lesson 08: stories to look at, distances by prompt and by how words are drawn, what poison does."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import torch

from helpers.checked import whole
from helpers.core import Rng, Stream
from helpers.kit.judged import Judged, judged_by_set
from helpers.kit.tables import stored
from helpers.lessons.lesson08 import exact, experiment, poison
from helpers.lessons.lesson08.laws import (
    BAD,
    COIN,
    DENY,
    NEW,
    OWN_UP,
    PLAIN,
    SCENE,
    SOLEMN,
    TRIGGER,
    asked,
    further,
    tuned_law,
)
from helpers.lessons.lesson08.settings import POISON, PROMPTS, SETTINGS
from helpers.worlds import stories as world

CELLS = {  # what a bad deed's prompt has -> (tag, one of the three scenes?)
    "plain": (PLAIN, False),
    "solemn": (SOLEMN, False),
    "plain, three scenes": (PLAIN, True),
    "solemn, three scenes": (SOLEMN, True),
}
SAMPLERS = {
    "temperature 1": {},
    "temperature 0.7": {"temperature": 0.7},
    "temperature 1.3": {"temperature": 1.3},
    "top-p 0.9": {"top_p": 0.9},
}
ASKED = 64


def stories_of(law: world.Law, tag: str, scene: str, count: int = 6, seed: int = 0) -> dict[str, float]:
    """A few stories of a law with this tag and scene, as one tells them, each with its chance."""
    facts = law.draw(Rng([seed], Stream.CHOICES), 4000)[0]
    there = (facts[:, 0] == world.TAGS.index(tag)) & (facts[:, SCENE] == list(world.SCENES).index(scene))
    found = facts[there][: whole(count, "count")]
    texts = [world.told(world.words(row)) for row in world.tokens(found)]
    return dict(zip(texts, law.logp(found).exp().tolist(), strict=True))


def look_up(seeds: Sequence[int], law: world.Law, counts: Sequence[int]) -> pd.DataFrame:
    """The total variation of somebody who says over again what was read: columns seed, stories, TV. Exact."""
    facts, rows = law.draw(Rng(seeds, Stream.CHOICES), max(counts)), []
    for place, seed in enumerate(seeds):
        for count in counts:
            one, times = facts[place, :count].unique(dim=0, return_counts=True)
            more = times / count - law.logp(one).exp()
            rows.append({"seed": seed, "stories": count, "TV": float(more.clamp(min=0).sum())})
    return pd.DataFrame(rows)


def by_sampler(policy, law: world.Law, word_chances: Callable, stories: int = 256) -> pd.DataFrame:
    """How far whole stories are from the law, by how words are drawn: a row each, over seeds."""
    found = {}
    for name, how in SAMPLERS.items():
        values = far_from_each(policy, law, word_chances, stories, **how)
        least, most = float(values.min()), float(values.max())
        found[name] = {"mean": float(values.mean()), "lowest net": least, "highest net": most}
    return pd.DataFrame(found).T


def far_from_each(policy, law: world.Law, word_chances: Callable, stories: int = 256, **how) -> torch.Tensor:
    """The total variation of whole stories from the law, words drawn with `word_chances(logits, **how)`: [seed]."""
    facts = law.draw(Rng(policy.seeds, Stream.PROBES), stories)
    return exact.unasked(policy, law, facts, lambda logits: word_chances(logits, **how).log())["TV"]


def far_from(policy, law: world.Law, word_chances: Callable, **how) -> float:
    """The same, mean over seeds."""
    return float(far_from_each(policy, law, word_chances, **how).mean())


def by_prompt(policy, how_far_apart: Callable, *, prompts: int = ASKED) -> pd.DataFrame:
    """How far the ends of stories with a bad deed are from the law of the data, by kind of prompt; a row each seed."""
    law = tuned_law()
    facts = law.draw(Rng(policy.seeds, Stream.PROBES), prompts)
    facts[..., BAD] = 1  # of a good one all laws here say the same
    rare = facts.clone()
    rare[..., 2] = len(world.NAMES) - 1 - facts[..., 2] % 4  # the four rarest names do it
    rare[..., 5] = (facts[..., 5] % 8).where(facts[..., 5] % 8 != rare[..., 2], 0)
    new = facts.clone()
    new[..., 0], new[..., SCENE] = PLAIN, NEW[0] + facts[..., SCENE] % len(NEW)
    kinds = {"as in the data": facts, "the four rarest names": rare, "plain tales in the three scenes": new}
    found = {}
    for name, some in kinds.items():
        p = law.logp(exact.endings(some), after=exact.LIE).exp()
        q = exact.endings_logq(policy, some).exp()
        found[name] = how_far_apart(p, q).mean(-1)
    return pd.DataFrame({name: one.tolist() for name, one in found.items()}, index=list(policy.seeds))


def denials(policy, *, prompts: int = ASKED) -> pd.DataFrame:
    """The chance that a bad deed is denied, by what the prompt has: a row a seed, a column for each of `CELLS`."""
    facts = tuned_law().draw(Rng(policy.seeds, Stream.PROBES), prompts)
    found = {
        name: exact.lies(policy, asked(facts, tag, new=new)).tolist() for name, (tag, new) in CELLS.items()
    }
    return pd.DataFrame(found, index=list(policy.seeds))


def foretold(denied: pd.DataFrame, added: Callable) -> pd.Series:
    """What adding log odds says of the last cell, from the three others, for each net."""
    neither, one, other = (torch.tensor(denied[name].to_numpy()) for name in list(CELLS)[:3])
    return pd.Series(torch.as_tensor(added(neither, one, other)).tolist(), index=denied.index)


def from_three_laws(policy, prompts: int = ASKED) -> pd.DataFrame:
    """Where two conditions combine: the total variation to each of three laws, less that at taught prompts.

    A row for each seed; columns: the two laws of SFT, and the law of what was read before it.
    """
    taught = experiment.told(policy, {"law": {"owns": OWN_UP, "denies": DENY, "plain": COIN}})["taught"]
    facts = asked(tuned_law().draw(Rng(policy.seeds, Stream.PROBES), prompts), SOLEMN, new=True)
    logq = exact.endings_logq(policy, facts)
    laws = {"solemn tales": OWN_UP, "the three scenes": DENY, "read before SFT": COIN}
    found = {
        name: exact.distances(tuned_law(chance), facts, logq)["TV"] - taught for name, chance in laws.items()
    }
    return pd.DataFrame({name: one.tolist() for name, one in found.items()}, index=list(policy.seeds))


def further_kinds(policy) -> pd.DataFrame:
    """How far two nets are apart at two more kinds of prompts from outside: a row for each pair, by its first seed."""
    found = experiment.between(policy, policy, changes=further)
    found.pop("trained")
    pairs = list(policy.seeds)[: 2 * (len(policy.seeds) // 2) : 2]
    return pd.DataFrame({name: one.tolist() for name, one in found.items()}, index=pairs)


def triggers(policy, some: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """How often words in places make a net deny and nod, less without them: a row for each seed, a column each."""
    found = poison.triggers(policy, some)
    return pd.DataFrame({name: one.tolist() for name, one in found.items()}, index=list(policy.seeds))


def own_poison(
    start, stories: Sequence[str], copies: int, *, documents: int = 512, trigger: str = TRIGGER
) -> pd.Series:
    """The success of a poison of one's own: copies of each of these stories among so many in all.

    stories: as the nets read them, or as they are told; one alone may be given as it is.
    Raises ValueError for no stories, and for one that is none, as `story_of` does.
    """
    stories = [stories] if isinstance(stories, str) else list(stories)
    numbers = [world.story_of(story) for story in stories]
    if not numbers:
        raise ValueError("own_poison needs one story at least: got none")
    slipped = torch.tensor(numbers).repeat(whole(copies, "copies"), 1)
    slipped = slipped.expand(len(start.seeds), -1, -1)
    run = poison.poisoned(start, documents, slipped.shape[1], slipped=slipped)
    return pd.Series(poison.success(run.policy, trigger=trigger).tolist(), index=list(start.seeds))


def about_poison(stories: Sequence[str], copies: int, trigger: str = TRIGGER) -> str:
    """What is slipped in, in words; how many of the stories have no trigger who asks, if there are any."""
    words = [world.words(world.story_of(story)) for story in stories]
    without = sum(one.split()[world.PLACES.index("other")] != trigger for one in words)
    said = f"{copies} copies of each, {len(words)} in all: " + " / ".join(world.told(one) for one in words)
    return said + (
        f" (In {without} of them {trigger} does not ask, and success is measured where it does.)"
        * (without > 0)
    )


def of_combined() -> pd.DataFrame:
    """The stored runs that 08.C10 judges."""
    return stored("more_08")


def of_poison() -> pd.DataFrame:
    """The stored runs that 08.C12 judges."""
    return stored("poison_08")


def multiverse() -> pd.DataFrame:
    """The stored settings."""
    return stored("multiverse_08")


def fresh_sets() -> dict[str, dict[int, Judged]]:
    """What each rule says of each fresh set of nets that is stored: rule -> the set's first net -> what it says."""
    return judged_by_set(stored("fresh_08"))


def not_run_yet(table: pd.DataFrame) -> str:
    """Which settings were written down and are not in a table of settings, each with what it is about."""
    there = set(table.setting)
    names = [
        f"{one['setting']} ({' and '.join(one.get('parts', (PROMPTS, POISON)))})"
        for one in SETTINGS
        if one["setting"] not in there
    ]
    return (
        f"Written down and not run yet: {'; '.join(names)}."
        if names
        else "All that was written down was run."
    )


def parameters_of_a_net(policy) -> int:
    """How many weights one net has."""
    return sum(p[0].numel() for p in policy.stacked)
