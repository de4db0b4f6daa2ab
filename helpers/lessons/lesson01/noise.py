"""How noisy the gradients of SFT and of RL are in a bandit: closed forms, and the same measured on batches."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from helpers.checked import share, whole
from helpers.core import Policy, Recorded, Rollouts, reinforce_loss, sft_loss, table
from helpers.core.probes import noise_to_signal
from helpers.worlds.bandits import Bandit, advantage_of, gradient_moments, shown_actions

NOISE = "noise-to-signal ratio"


def one_good(actions: int, sure: float = 0.9) -> tuple[Tensor, Tensor, Tensor]:
    """A uniform policy, a teacher that shows the one good action in a share `sure` of episodes, else any; rewards."""
    uniform, good = torch.full((actions,), 1 / actions), torch.eye(actions)[-1]
    return uniform, sure * good + (1 - sure) * uniform, good


def noise_in_theory(policy: Tensor, actions: int, batch: int, sure: float = 0.9) -> dict[str, float]:
    """Noise-to-signal ratio of SFT's and of RL's gradient at a policy."""
    _, teacher, good = one_good(actions, sure)
    moments = {
        "SFT": gradient_moments(policy, teacher, torch.ones(actions)),
        "RL": gradient_moments(policy, policy, advantage_of(policy, good)),
    }
    return {
        name: float((variance / batch).sqrt() / mean.norm()) for name, (mean, variance) in moments.items()
    }


def measured_noise(seeds, *, actions: int = 16, batch: int = 16, sure: float = 0.9) -> pd.DataFrame:
    """The same at the uniform policy, measured on batches: a row for each method and seed."""
    uniform, teacher, good = one_good(actions, sure)
    start = Policy(table(actions), seeds=seeds)
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


def expected_noise(*, actions: int = 16, batch: int = 16, sure: float = 0.9) -> pd.DataFrame:
    """The same in theory: a row for each method."""
    actions, batch = whole(actions, "actions", least=2), whole(batch, "batch")
    at_start = noise_in_theory(one_good(actions)[0], actions, batch, share(sure, "sure"))
    return pd.DataFrame({"method": at_start.keys(), "value": at_start.values()}).assign(
        actions=actions, batch=batch
    )


def noise_at_start(
    seeds, *, actions: Sequence[int] = (4, 16, 64), sure: Sequence[float] = (0.9, 0.2)
) -> pd.DataFrame:
    """Measured and in theory, against the number of actions: RL, and SFT with teachers who are more or less sure."""
    frames = []
    for count in actions:
        for one in sure:
            found = measured_noise(seeds, actions=count, sure=one).groupby("method").value.mean()
            theory = expected_noise(actions=count, sure=one).set_index("method").value
            rows = pd.DataFrame({"value": found, "theory": theory}).reset_index().assign(actions=count)
            rows["method"] = rows.method.where(rows.method == "RL", f"SFT, teacher shows it {one:.0%}")
            frames.append(rows)
    return pd.concat(frames, ignore_index=True).drop_duplicates(["method", "actions"])


def noise_by_batch(seeds, *, batches: Sequence[int] = (1, 4, 16, 64)) -> pd.DataFrame:
    """The same against the size of a batch, with 16 actions and a teacher who is right nine times in ten."""
    frames = []
    for batch in batches:
        found = measured_noise(seeds, batch=batch).groupby("method").value.mean()
        theory = expected_noise(batch=batch).set_index("method").value
        frames.append(pd.DataFrame({"value": found, "theory": theory}).reset_index().assign(batch=batch))
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(method=rows.method.replace("SFT", "SFT, teacher shows it 90%"))


def noise_on_the_way(batch: int, actions: int, sure: float = 0.9) -> pd.DataFrame:
    """Both ratios in theory, from the uniform policy to one that takes the good action almost like the teacher."""
    actions, batch = whole(actions, "actions", least=2), whole(batch, "batch")
    good, rows = torch.eye(actions)[-1], []
    teacher = share(sure, "sure") + (1 - sure) / actions
    for step, chance in enumerate(np.linspace(1 / actions, 0.98 * teacher, 24)):
        policy = chance * good + (1 - chance) * (1 - good) / (actions - 1)
        for name, value in noise_in_theory(policy, actions, batch, sure).items():
            rows.append((step, chance, name, value))
    frame = pd.DataFrame(rows, columns=["step", "chance", "method", "value"])
    return frame.assign(seed=0, metric=NOISE)
