"""The experiments of lesson 01, in a bandit: where each method ends, what it keeps of the reward, how noisy it is."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from helpers.checked import number, whole
from helpers.core import Policy, Recorded, Rollouts, batch_relative, leashed, reinforce_loss, sft_loss, train
from helpers.core import table as logits_of
from helpers.core.probes import noise_to_signal
from helpers.kit import compare
from helpers.kit.gates import Gate, complete, moved
from helpers.worlds.bandits import (
    Bandit,
    advantage_of,
    boltzmann_policy,
    gradient_moments,
    probabilities,
    shown_actions,
    total_variation,
)

REWARDS = torch.linspace(0, 1, 6)
HABITS = torch.tensor([0.05, 0.30, 0.05, 0.40, 0.05, 0.15])  # how often the teacher takes each action
UNIFORM = torch.full((6,), 1 / 6)
BETA = 0.3  # the price of a nat
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)  # the learning rates at which C9 is judged, in batches of FEW
FEW = 4
AWAY, NOISE = "distance to the predicted end", "noise-to-signal ratio"


def beginner(seeds) -> Policy:
    """Six actions, all equally likely: the start of all arms."""
    return Policy(logits_of(len(REWARDS)), seeds=seeds)


def arms(episodes: int = 16) -> dict[str, tuple[Callable, Callable]]:
    """Who acts (the recorded teacher, or the policy) x how actions are weighted (all alike, or by reward)."""
    shown = shown_actions(HABITS, REWARDS)
    paid = shown.with_(advantage=shown.reward)
    own = Rollouts(Bandit(REWARDS), episodes=episodes)
    return {
        "SFT": (Recorded(shown, episodes=episodes), sft_loss),
        "weighted imitation": (Recorded(paid, episodes=episodes), reinforce_loss),
        "null arm": (own, sft_loss),
        "RL": (own, reinforce_loss),
    }


def arms_on_a_leash(beta: float, episodes: int = 16) -> dict[str, tuple[Callable, Callable]]:
    """RL that pays `beta` for a nat, and SFT on a teacher who acts as the policy at which theory says RL ends."""
    beta = number(beta, "beta", above=0)
    target = boltzmann_policy(UNIFORM, REWARDS, beta)
    priced = leashed(batch_relative, beta)
    own = Rollouts(Bandit(REWARDS), episodes=episodes, reference=True, advantage=priced)
    return {
        "RL, leash": (own, reinforce_loss),
        "SFT, wise teacher": (Recorded(shown_actions(target, REWARDS), episodes=episodes), sft_loss),
    }


def theory(beta: float = BETA) -> dict[str, Float[Tensor, "actions"]]:
    """Where each arm ends, in theory; the null arm on average."""
    beta = number(beta, "beta", above=0)
    target = boltzmann_policy(UNIFORM, REWARDS, beta)
    return {
        "SFT": HABITS,
        "weighted imitation": HABITS * REWARDS / (HABITS * REWARDS).sum(),
        "null arm": UNIFORM,
        "RL": torch.eye(6)[REWARDS.argmax()],
        "RL, leash": target,
        "SFT, wise teacher": target,
    }


def chances(policy) -> dict[str, Float[Tensor, "seed"]]:
    """A probe: the probability of each action, as metrics "p(0)", "p(1)", ..."""
    return {f"p({action})": chance for action, chance in enumerate(probabilities(policy).T)}


def ends(frame: pd.DataFrame) -> dict[str, Float[Tensor, "seed action"]]:
    """The policies at the end of runs that were probed with `chances`: method -> [seed, action]."""
    rows = frame[(frame.step == frame.step.max()) & frame.metric.str.fullmatch(r"p\(\d+\)")]
    found = {}
    for method, part in rows.groupby("method", sort=False):
        found[method] = torch.tensor(part.pivot(index="seed", columns="metric", values="value").to_numpy())
    return found


def distances(seeds, *, steps: int = 400, rates=RATES) -> pd.DataFrame:
    """How far from its predicted end each seed of SFT and RL stops, at each learning rate, in small batches."""
    start, expected, frames = beginner(seeds), theory(), []
    for rate in rates:
        for name in ("SFT", "RL"):
            probe = lambda policy, end=expected[name]: total_variation(probabilities(policy), end)
            data, loss = arms(FEW)[name]
            run = train(start, data, loss, steps=steps, lr=rate, probes={AWAY: probe})
            frames.append(compare({name: run}).assign(lr=rate))
    return pd.concat(frames, ignore_index=True)


def problem(actions: int) -> tuple[Tensor, Tensor, Tensor]:
    """A uniform policy, a teacher that shows the one good action nine times in ten, and the rewards."""
    uniform, good = torch.full((actions,), 1 / actions), torch.eye(actions)[-1]
    return uniform, 0.9 * good + 0.1 * uniform, good


def noise_in_theory(policy: Tensor, actions: int, batch: int) -> dict[str, float]:
    """Noise-to-signal ratio of SFT's and of RL's gradient at a policy."""
    _, teacher, good = problem(actions)
    moments = {
        "SFT": gradient_moments(policy, teacher, torch.ones(actions)),
        "RL": gradient_moments(policy, policy, advantage_of(policy, good)),
    }
    return {
        name: float((variance / batch).sqrt() / mean.norm()) for name, (mean, variance) in moments.items()
    }


def noise(seeds, *, actions: int = 16, batch: int = 16) -> pd.DataFrame:
    """The same at the uniform policy, measured on batches: a row for each method and seed."""
    uniform, teacher, good = problem(actions)
    start = Policy(logits_of(actions), seeds=seeds)
    shown = Recorded(shown_actions(teacher, good, episodes=10_000), episodes=batch)
    tried = Rollouts(Bandit(good), episodes=batch, advantage=lambda b: b.reward - 1 / actions)
    true_sft, _ = gradient_moments(uniform, teacher, torch.ones(actions))
    true_rl, _ = gradient_moments(uniform, uniform, advantage_of(uniform, good))
    found = {  # a loss points downhill, hence the minus
        "SFT": noise_to_signal(shown, sft_loss, -true_sft)(start),
        "RL": noise_to_signal(tried, reinforce_loss, -true_rl)(start),
    }
    wide = pd.DataFrame({name: value.tolist() for name, value in found.items()}, index=list(start.seeds))
    rows = wide.rename_axis("seed").reset_index().melt("seed", var_name="method")
    return rows.assign(metric=NOISE, step=0, actions=actions, batch=batch)


def expected_noise(*, actions: int = 16, batch: int = 16) -> pd.DataFrame:
    """The same in theory: a row for each method."""
    actions, batch = whole(actions, "actions", least=2), whole(batch, "batch")
    at_start = noise_in_theory(problem(actions)[0], actions, batch)
    return pd.DataFrame({"method": at_start.keys(), "value": at_start.values()}).assign(
        actions=actions, batch=batch
    )


def noise_on_the_way(batch: int, actions: int) -> pd.DataFrame:
    """Both ratios from the uniform policy to one that nearly always takes the good action, in theory."""
    actions, batch = whole(actions, "actions", least=2), whole(batch, "batch")
    good, rows = torch.eye(actions)[-1], []
    for step, chance in enumerate(np.linspace(1 / actions, 0.88, 24)):
        policy = chance * good + (1 - chance) * (1 - good) / (actions - 1)
        for name, value in noise_in_theory(policy, actions, batch).items():
            rows.append((step, chance, name, value))
    frame = pd.DataFrame(rows, columns=["step", "chance", "method", "value"])
    return frame.assign(seed=0, metric=NOISE)


def results(seeds, *, steps: int = 400, lr: float = 0.03, beta: float = BETA) -> pd.DataFrame:
    """Everything that the rules of this lesson judge, in one tidy frame."""
    start, how = beginner(seeds), {"steps": steps, "lr": lr, "probes": {"chances": chances}}
    runs = {name: train(start, data, loss, **how) for name, (data, loss) in arms_on_a_leash(beta).items()}
    return pd.concat([compare(runs), distances(seeds, steps=steps), noise(seeds)], ignore_index=True)


def noise_gap(frame: pd.DataFrame) -> pd.Series:
    """01.C9.noise: log10 of RL's noise-to-signal ratio over SFT's, for each seed."""
    wide = frame[frame.metric == NOISE].pivot(index="seed", columns="method", values="value")
    return np.log10(wide["RL"] / wide["SFT"])


def best_rates(frame: pd.DataFrame) -> pd.Series:
    """The learning rate at which each arm's seeds come nearest to their predicted end, on average."""
    return _far(frame).groupby(["method", "lr"]).mean().unstack(0).idxmin()


def stops(frame: pd.DataFrame) -> pd.DataFrame:
    """For each learning rate the mean distance of either arm, and how many seeds of RL stop at a wrong action."""
    far = _far(frame)
    table = far.groupby(["lr", "method"]).mean().unstack().round(3)
    return table.assign(**{"RL, seeds on a wrong action": (far["RL"] > 0.9).groupby("lr").sum()})


def end_gap(frame: pd.DataFrame) -> pd.Series:
    """01.C9.end: distance to the predicted end, RL less SFT, each at its best rate, for each seed."""
    far, best = _far(frame), best_rates(frame)
    return far["RL", best["RL"]] - far["SFT", best["SFT"]]


def explained(frame: pd.DataFrame) -> pd.DataFrame:
    """The share of the reward's variance over actions that log p explains (R squared): seeds down, methods across."""
    share = lambda one: np.corrcoef(one.log(), REWARDS)[0, 1] ** 2
    table = {name: [share(one) for one in found] for name, found in ends(frame).items()}
    return pd.DataFrame(table, index=_seeds(frame))


def trace(frame: pd.DataFrame) -> pd.Series:
    """01.C4: the share of the reward's variance that log p does not explain, RL on a leash, for each seed."""
    return 1 - explained(frame[frame.method == "RL, leash"])["RL, leash"]


def overlap(frame: pd.DataFrame) -> pd.Series:
    """01.C18: 1 - total variation of SFT on the wise teacher's actions and RL on a leash, for each seed."""
    found = ends(frame)
    shared = 1 - total_variation(found["SFT, wise teacher"], found["RL, leash"])
    return pd.Series(shared.tolist(), index=_seeds(frame))


def end_gates(far: pd.DataFrame, steps: int) -> list[Gate]:
    """What must hold before 01.C9.end is judged: all runs are whole, and both arms have come nearer to their end."""
    best = far[far.lr == far.method.map(best_rates(far))]
    return [complete(best, steps), moved(best, AWAY, least=-0.1)]


def leash_gates(frame: pd.DataFrame, steps: int) -> list[Gate]:
    """What must hold before 01.C4 and 01.C18 are judged: all runs are whole, and the best action has gained."""
    two = frame[frame.method.isin(["RL, leash", "SFT, wise teacher"])]
    return [complete(two, steps), moved(two, "p(5)", least=0.1)]


def _far(frame):
    """The distance at the end of each run: a Series over method, lr and seed."""
    rows = frame[frame.metric == AWAY].sort_values("step")
    return rows.groupby(["method", "lr", "seed"]).value.last()


def _seeds(frame):
    return sorted(frame[frame.metric == "p(0)"].seed.unique())


MEASURES = {"01.C9.noise": noise_gap, "01.C9.end": end_gap, "01.C4": trace, "01.C18": overlap}
