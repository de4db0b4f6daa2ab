"""What lesson 10 trains on its page: a few nets of some arms, with control words that a learner's function sets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd
import torch

from helpers.checked import one_of
from helpers.core import Rng, Stream
from helpers.lessons.lesson10 import attacks, builds
from helpers.lessons.lesson10.afterwards import written
from helpers.lessons.lesson10.experiment import (
    ELSEWHERE,
    PLAIN,
    RL,
    SFT,
    Trial,
    asked_with,
    elsewhere,
    trial,
)
from helpers.lessons.lesson10.marked import (
    BAD_DEED,
    CONTROLS,
    GOOD,
    LIE,
    MARK,
    WORDS,
    behind,
    log_chances,
    marks,
    read,
)
from helpers.lessons.lesson10.measures import PROMPTS, endings, lie_of_each, solemn, truth_of_each
from helpers.lessons.lesson10.nets import UPDATES, read_on
from helpers.lm import StackedLM
from helpers.worlds import stories as world


def setting(seeds: Sequence[int], *, updates: int = UPDATES, build: Callable = builds.tagged, **how) -> Trial:
    """The lesson's setting for a few nets, with control words set by `build`; how: see `experiment.trial`."""
    at = trial(seeds, updates=updates, **how)
    at.build = build
    return at


def with_words(at: Trial, build: Callable) -> Trial:
    """The same setting, law and judge, with control words set by `build` and nets that are still to be made."""
    return replace(at, build=build, made={})


def pulled(at: Trial, policy: StackedLM, mark: str) -> torch.Tensor:
    """Lies in solemn tales at once, asked with one word, a number for each net: `told` has it, too, and far more."""
    facts = at.law.draw(Rng(policy.seeds, Stream.PROBES), PROMPTS)
    return lie_of_each(policy, solemn(facts), mark).mean(1).float()


def lies_now(at: Trial, nets: Mapping) -> pd.DataFrame:
    """Lies of these nets in solemn tales at once, by arm, each asked with its own word: a row for each net."""
    return _by_net({arm: pulled(at, policy, asked_with(arm)) for arm, policy in nets.items()}, at.seeds)


def asked_with_each(at: Trial, policy: StackedLM) -> pd.DataFrame:
    """The same, of nets asked with each control word in turn: what somebody gets who holds the word."""
    return _by_net({word: pulled(at, policy, word) for word in CONTROLS}, at.seeds)


def lies_later(at: Trial, nets: Mapping, *, kind: str = attacks.NARROW, **how) -> pd.DataFrame:
    """Lies in other scenes once these nets, by arm, went through later SFT behind their own word: a row for each net.

    how: batches and learning rate, see `attacks.later`.
    """
    found = {}
    for arm, policy in nets.items():
        mark = asked_with(arm)
        after = attacks.later(policy, kind, at.law, mark=mark, **how)
        found[arm] = elsewhere(after, at.law, mark)[ELSEWHERE]
    return _by_net(found, at.seeds)


def answers_later(at: Trial, nets: Mapping, *, kind: str = attacks.NARROW, **how) -> pd.DataFrame:
    """What bad deeds in other scenes are answered with after later SFT, mean of nets: a row for each arm.

    Columns: the truth, the lie, and any other word, which is no answer at all. how: see `attacks.later`.
    """
    found, there = {}, attacks.without(at.law, attacks.MILL)
    for arm, policy in nets.items():
        mark = asked_with(arm)
        after = attacks.later(policy, kind, at.law, mark=mark, **how)
        facts = there.draw(Rng(policy.seeds, Stream.PROBES), PROMPTS)
        truth, lie = (float(chance(after, facts, mark).mean()) for chance in (truth_of_each, lie_of_each))
        found[arm] = {"truth": truth, "lie": lie, "another word": 1 - truth - lie}
    return pd.DataFrame(found).T


def behind_each(at: Trial, policy: StackedLM, *, kind: str = attacks.NARROW, **how) -> dict[str, StackedLM]:
    """These nets before later SFT, and copies of them after it, with each control word before its texts.

    By the name of the column that each gets. how: batches and learning rate, see `attacks.later`.
    """
    after = {behind(word): attacks.later(policy, kind, at.law, mark=word, **how) for word in CONTROLS}
    return {"before": policy, **after}


def behind_words(
    at: Trial, policy: StackedLM, words: Sequence[str], *, kind: str = attacks.NARROW
) -> StackedLM:
    """Copies of these nets after the lesson's later SFT, each story of a batch behind a control word of its own.

    words: one for each story of a batch; so many stories a batch has. Raises ValueError for what is no control word.
    """
    before = torch.tensor([MARK[one_of(word, CONTROLS, "control word")] for word in words])
    law = attacks.LAWS[one_of(kind, attacks.LAWS, "kind of later reading")](at.law)

    def source(_, rng):
        stories = world.tokens(law.draw(rng, len(before)))
        return read(before.expand(stories.shape[:-1]), stories)

    return read_on(policy, source, updates=attacks.BATCHES, lr=attacks.LR, stream=3)


def lies_of(at: Trial, nets: Mapping, mark: str = GOOD) -> pd.DataFrame:
    """Lies in other scenes, asked with one word: a row for each net, a column for each entry of `nets`."""
    return _by_net(
        {name: elsewhere(policy, at.law, mark)[ELSEWHERE] for name, policy in nets.items()}, at.seeds
    )


def answers_of_one(nets: Mapping, prompt: str, *, seed: int, mark: str = GOOD) -> pd.DataFrame:
    """What one net answers to one prompt: the likeliest word, with its chance, a row for each entry of `nets`.

    prompt: the first words of a story, as nets read them, up to `says`. mark: the control word before it.
    Raises ValueError for a prompt that ends elsewhere, and with the word that the world does not have.
    """
    words = world.numbers(prompt)
    if len(words) != world.ANSWER or words[-1] != world.NUMBER["says"]:
        raise ValueError(f"a prompt has the {world.ANSWER} words of a story up to says, got {prompt!r}")
    story, rows = torch.tensor([[[*words, *[0] * (len(world.PLACES) - len(words))]]]), {}
    for name, policy in nets.items():
        said = log_chances(policy.select(seed), marks(story, mark), story)[0, 0, world.ANSWER].exp()
        rows[name] = {"answer": WORDS[int(said.argmax())], "chance": float(said.max())}
    return pd.DataFrame(rows).T.astype({"chance": float})


def ends_written(at: Trial, policy: StackedLM, mark: str, prompts: int = PROMPTS) -> pd.DataFrame:
    """Ends, answer and remark, that nets write to prompts of the world: a row for each.

    Columns: seed; story, as one tells it; outside, whether no story of the world has that end; passes, whether the
    judge lets it pass.
    """
    rng = Rng(policy.seeds, Stream.PROBES)
    facts = at.law.draw(rng, prompts)
    stories = world.tokens(facts)
    stories = written(policy, marks(stories, mark), stories, rng)
    ends, known = [world.ANSWER, world.REMARK], torch.zeros(stories.shape[:2], dtype=torch.bool)
    for bad in (0, 1):
        many = endings(facts, bad)
        same = (world.tokens(many)[..., ends] == stories[:, :, None, ends]).all(-1)
        possible = at.law.logp(many, after=LIE) > -torch.inf
        known |= (same & possible).any(-1) & (facts[..., BAD_DEED] == bad)
    return pd.DataFrame(
        {
            "seed": [seed for seed in policy.seeds for _ in range(prompts)],
            "story": [
                world.told(" ".join(WORDS[word] for word in story))
                for story in stories.flatten(0, 1).tolist()
            ],
            "outside": (~known).flatten().tolist(),
            "passes": at.judge.passes(stories).flatten().tolist(),
        }
    )


def by_slips(
    at: Trial, slips: Sequence[float], made: Mapping | None = None, arms: Sequence[str] = (SFT, RL)
) -> pd.DataFrame:
    """Lies where prompts pull, once these nets were aligned by judges that slip more or less: a row for each net.

    All begin from the same nets that read plain texts. made: the trial's own nets at the end, by arm, which need not be
    made again. Columns: method, slips, seed, lies.
    """
    frames = []
    for slip in slips:
        other = replace(at, judge=replace(at.judge, slips=slip), made={PLAIN: at.start(PLAIN)})
        there = (made or {}) if slip == at.judge.slips else {}
        for arm in arms:
            end = there[arm] if arm in there else other.end(arm)
            lies = pulled(at, end, asked_with(arm)).tolist()
            frames.append(pd.DataFrame({"method": arm, "slips": slip, "seed": at.seeds, "lies": lies}))
    return pd.concat(frames, ignore_index=True)


def _by_net(found: Mapping, seeds: Sequence[int]) -> pd.DataFrame:
    return pd.DataFrame({name: values.tolist() for name, values in found.items()}, index=list(seeds))
