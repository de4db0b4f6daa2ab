"""Make `cartpole_sb3.csv`: how PPO of Stable-Baselines3 learns CartPole, 16 seeds, to set ours beside (a few minutes).

    python tests/peers/cartpole_sb3.py

`tests/test_cartpole.py` trains ours with the same settings. Networks start as torch makes them, Adam is torch's, and
gradients are not clipped, in both.
"""

from collections import defaultdict
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parents[2] / "data/runs"
SEEDS = range(16)
ITERATIONS, WINDOW = 100, 10  # batches; a point of the curve is a mean over the episodes that end within ten
ENVS, STEPS, EPOCHS, CLIP = 8, 32, 10, 0.2
LR, GAMMA, LAM, HIDDEN = 1e-3, 0.98, 0.9, (64,)


def one_seed(seed: int) -> list[tuple[int, int, float]]:
    """The curve of one seed: (seed, batches so far, mean length of the episodes that ended in the last ten)."""
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env

    ended = defaultdict(list)

    class Watch(BaseCallback):
        def _on_step(self):
            window = (self.num_timesteps - 1) // (ENVS * STEPS * WINDOW)
            ended[window] += [info["episode"]["l"] for info in self.locals["infos"] if "episode" in info]
            return True

    plain = {"net_arch": list(HIDDEN), "ortho_init": False, "optimizer_kwargs": {"eps": 1e-8}}
    model = PPO(
        "MlpPolicy",
        make_vec_env("CartPole-v1", n_envs=ENVS, seed=1000 * seed),
        n_steps=STEPS,
        batch_size=ENVS * STEPS,
        n_epochs=EPOCHS,
        learning_rate=LR,
        gamma=GAMMA,
        gae_lambda=LAM,
        clip_range=CLIP,
        ent_coef=0.0,
        vf_coef=1.0,
        max_grad_norm=1e9,
        policy_kwargs=plain,
        seed=seed,
        device="cpu",
    )
    model.learn(ITERATIONS * ENVS * STEPS, callback=Watch())
    return [(seed, (window + 1) * WINDOW, sum(some) / len(some)) for window, some in sorted(ended.items())]


if __name__ == "__main__":
    rows = [row for seed in SEEDS for row in one_seed(seed)]
    table = pd.DataFrame(rows, columns=["seed", "batches", "length"])
    table.round(2).to_csv(HERE / "cartpole_sb3.csv", index=False, lineterminator="\n")
    print(table.groupby("batches").length.describe().round(1))
