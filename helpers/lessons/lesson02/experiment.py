"""What the rules of lesson 02 judge: what RL can still reach, what it puts together, and how it plays from nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from helpers.checked import number, one_of
from helpers.kit import compare, final
from helpers.kit.gates import Gate, both_ways, complete, moved, null
from helpers.kit.measures import measures
from helpers.kit.rules import Rule
from helpers.lessons.lesson02 import games, links, prompts

REACH = 0.05  # what matters of each rule, in its unit
COMPOSED = 0.1
PLAYED = 0.1
PARTS = ("prompts", "chains", "games")


def results(
    seeds,
    *,
    parts: Sequence[str] = PARTS,
    rate: float = 1.0,
    longer: float = 1,
    turned: Mapping | None = None,
    kept: dict | None = None,
) -> pd.DataFrame:
    """Everything that the rules judge, in one tidy frame with the column `part`.

    rate: a factor on each learning rate. longer: on the steps. turned: what else is turned: see `of_prompts`,
    `of_chains` and `of_games`, and what these call. kept: where the runs of prompts and games are put, by part.
    """
    number(rate, "rate", above=0)
    number(longer, "longer", above=0)
    kept = {} if kept is None else kept
    run = {"prompts": of_prompts, "chains": of_chains, "games": of_games}
    frames = [
        run[one_of(part, PARTS, "part")](seeds, rate=rate, longer=longer, kept=kept, **(turned or {})).assign(
            part=part
        )
        for part in parts
    ]
    return pd.concat(frames, ignore_index=True)


def steps(usual: int, longer: float, *, least: int = 1) -> int:
    """As many times the usual steps, at least `least`. ValueError for a factor that is not above 0."""
    return max(least, round(usual * number(longer, "LONGER", above=0)))


def of_prompts(seeds, *, rate=1.0, longer=1, kept=None, beta=0.0, bonus=0.0, tries=prompts.TRIES, **task):
    """RL and its null arm on the prompts; with `beta` RL is on a leash, with `bonus` it has an entropy bonus."""
    at = prompts.task(seeds, **task)
    name = "RL, leash" if beta else "RL, entropy bonus" if bonus else "RL"
    how = {"steps": steps(prompts.STEPS, longer), "lr": prompts.LR * rate, "tries": tries}
    runs = prompts.trained(at, [name, "null arm"], beta=beta or 0.1, bonus=bonus or 0.1, **how)
    return compare(_keep(kept, "prompts", {"RL": runs[name], "null arm": runs["null arm"]}))


def of_chains(seeds, *, rate=1.0, longer=1, kept=None, rl="RL, curriculum", sft="SFT", **course):
    """RL and SFT on the practised chains, by the names of their arms."""
    at = links.course(seeds, **course)
    return links.trained(at, [rl, sft], steps=steps(links.STEPS, longer, least=4), lr=links.LR * rate)


def of_games(seeds, *, rate=1.0, longer=1, kept=None, made=None, **match):
    """Self-play from nothing, SFT on weak players' games, and a null arm.

    made: runs of some of them, by name, that were trained before on the same seeds, for as many steps.
    """
    at, made, many = games.match(seeds, **match), made or {}, steps(games.STEPS, longer)
    for name, run in made.items():
        there = sorted(run.history.seed.unique()), run.history.step.max()
        if there != (sorted(at.seeds), many):
            raise ValueError(
                f"{name} was trained on other seeds or for another number of steps than {many}: run its cell again"
            )
    runs = games.trained(at, [name for name in games.arms(at) if name not in made], steps=many, rate=rate)
    return compare(_keep(kept, "games", {name: (made | runs)[name] for name in games.arms(at)}))


def _keep(kept, part, runs):
    """The runs, which are put where a page finds them, too."""
    if kept is not None:
        kept[part] = runs
    return runs


@measures("02.C3")
def play_in(
    seeds, *, mine: Rule | None = None, metric: str = games.RIGHT, rate=1.0, longer=1, **match
) -> tuple[pd.Series, list[Gate]]:
    """02.C3 in a setting of one's own, `play_in(seeds, weak=0.8)`: the value of each seed, and every gate of 02.C3.

    mine: the rule that will be judged; the gates ask for what matters to it. None: for what matters to 02.C3.
    """
    one_of(metric, (games.RIGHT, games.GREEDY), "metric")
    frame = results(seeds, parts=["games"], rate=rate, longer=longer, turned=match)
    matters = PLAYED if mine is None else mine.matters
    how = {"rate": rate, "steps": steps(games.STEPS, longer)}
    gates = play_gates(frame, metric=metric, at=games.match(seeds, **match), matters=matters, **how)
    return better_play(frame, metric=metric), gates


def reach_lost(frame: pd.DataFrame, *, tries: int = 16, kind: str = "new") -> pd.Series:
    """02.C2: pass@16 on new prompts, before RL less after it, for each seed."""
    return _lost(frame, "RL", f"pass@{tries}, {kind}")


def composed(frame: pd.DataFrame, *, rl: str = "RL, curriculum", sft: str = "SFT") -> pd.Series:
    """02.composing: the chance that a chain which was never practised is right, RL less SFT, for each seed."""
    last = final(_part(frame, "chains"), "new")
    return last[rl] - last[sft]


def better_play(frame: pd.DataFrame, *, metric: str = games.RIGHT) -> pd.Series:
    """02.C3: the chance of a right move over all positions, self-play less SFT on weak players, for each seed."""
    last = final(_part(frame, "games"), metric)
    return last["self-play RL"] - last["SFT"]


def reach_gates(frame: pd.DataFrame, *, tries: int = 16, kind: str = "new", at=None, **how) -> list[Gate]:
    """What must hold before 02.C2 is judged: runs are whole, RL learned what it was trained for, the measure can come
    out either way, and what pushes as strongly for nothing that was done takes nothing away.

    Built to show it: the base at a quarter of its temperature. Built not to: RL in a table in which prompts share
    nothing, on its trained prompts; how: its rate and its steps.
    """
    mine, metric = _part(frame, "prompts"), f"pass@{tries}, {kind}"
    seeds = sorted(mine.seed.unique())
    at = at or prompts.task(seeds)
    before = final(mine[(mine.method == "RL") & (mine.step == 0)], metric)["RL"]
    shows = before - at.cooled(0.25)[metric].numpy()
    run = compare(prompts.trained(replace(at, shares="nothing"), ["RL"], **how))
    shows_not = _lost(run.assign(part="prompts"), "RL", f"pass@{tries}, trained")
    return [
        complete(mine),
        moved(mine, "pass@1, trained", least=0.1, arms=["RL"], scale="difference"),
        both_ways(shows, shows_not, matters=REACH),
        null(_lost(frame, "null arm", metric), matters=REACH, scale="difference"),
    ]


def composed_gates(
    frame: pd.DataFrame,
    *,
    rl: str = "RL, curriculum",
    sft: str = "SFT",
    beside: pd.DataFrame | None = None,
    kept: dict | None = None,
    steps: int = links.STEPS,
    lr: float = links.LR,
    **course,
) -> list[Gate]:
    """What must hold before 02.composing is judged: runs are whole, SFT learned the chains that it practised, and the
    measure can come out either way. That RL did not learn them would be a result, and no gate.

    Built to show it: RL with a curriculum less SFT on own right answers, which such a base hardly ever gives. Built
    not to: RL less SFT from a base that knows no function. Both with sixteen seeds.
    beside: runs that have both arms of the first pair with these steps, which are then not trained again.
    kept: where the second control is put: "nothing" -> (the course that begins with such a base, its runs).
    steps, lr, course: how the controls are trained, and what their course has turned.
    """
    mine = _part(frame, "chains")
    seeds = sorted(mine.seed.unique())
    pair, few = ("RL, curriculum", "SFT, own right answers"), seeds[:16]
    how = {"steps": steps, "lr": lr, "often": 1}
    if beside is not None:
        shows = _few(beside, pair, few)
    else:
        shows = links.trained(links.course(few, **course), pair, **how)
    ignorant = links.course(few, knows="nothing", **course)
    shows_not = links.trained(ignorant, ("RL, curriculum", "SFT"), **how).assign(part="chains")
    if kept is not None:
        kept["nothing"] = (ignorant, shows_not)
    return [
        complete(mine),
        moved(mine, "practised", least=0.3, arms=[sft], scale="difference"),
        both_ways(composed(shows.assign(part="chains"), sft=pair[1]), composed(shows_not), matters=COMPOSED),
    ]


def play_gates(
    frame: pd.DataFrame, *, metric: str = games.RIGHT, at=None, matters: float = PLAYED, **how
) -> list[Gate]:
    """What must hold before 02.C3 is judged: runs are whole, self-play wins more against weak players than at the
    start, SFT moves more as they do, the measure can come out either way, and the null arm learned nothing.

    Built to show it: SFT on players who make no mistake, less the null arm. Built not to: the null arm, which plays
    itself as self-play does and learns by lot, less SFT.
    """
    mine = _part(frame, "games")
    at = at or games.match(sorted(mine.seed.unique()))
    flawless = replace(at, weak=1.0, blind=False, winners=False, recorded=None)
    taught = final(compare(games.trained(flawless, ["SFT"], **how)), metric)["SFT"]
    last, first = final(mine, metric), final(mine[mine.step == 0], metric)["null arm"]
    return [
        complete(mine),
        moved(mine, games.WINS, least=0.1, arms=["self-play RL"], scale="difference"),
        moved(mine, games.NATS, least=-0.02, arms=["SFT"]),
        both_ways(taught - last["null arm"], last["null arm"] - last["SFT"], matters=matters),
        null(last["null arm"] - first, matters=matters, scale="difference"),
    ]


def _few(frame, names, seeds):
    """The rows of these arms and seeds."""
    return frame[frame.method.isin(names) & frame.seed.isin(seeds)]


def _part(frame, part):
    """The rows of one part."""
    return frame[frame.part == part].drop(columns="part")


def _lost(frame, method, metric):
    """What a method had of a metric before its training less what it has at the end."""
    mine = _part(frame, "prompts")
    mine = mine[mine.method == method]
    return final(mine[mine.step == 0], metric)[method] - final(mine, metric)[method]


MEASURES = {"02.C2": reach_lost, "02.composing": composed, "02.C3": better_play}
