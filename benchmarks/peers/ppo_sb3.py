"""PPO in Stable-Baselines3: one seed, all environments in one process."""

import sys
import time

from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv

from benchmarks import clock, settings
from benchmarks.peers.grid import Grid


def main(net: str, seeds: str, iterations: str) -> None:
    """Train and report."""
    chosen, hidden = settings.PPO, list(settings.NETS[net])
    batch = chosen["envs"] * chosen["steps"]
    model = PPO(
        "MlpPolicy",
        DummyVecEnv([lambda: Grid(**settings.GRID)] * chosen["envs"]),
        n_steps=chosen["steps"],
        batch_size=batch,
        n_epochs=chosen["epochs"],
        learning_rate=chosen["lr"],
        gamma=chosen["gamma"],
        gae_lambda=chosen["lam"],
        clip_range=chosen["clip"],
        ent_coef=0.0,
        policy_kwargs={"net_arch": hidden},
        device="cpu",
        seed=0,
    )
    model.learn(2 * batch)
    taken = 0.0
    for seed in range(int(seeds)):
        model.set_random_seed(seed)
        began = time.perf_counter()
        model.learn(int(iterations) * batch)
        taken += time.perf_counter() - began
    clock.report(rate=int(seeds) * int(iterations) * batch / taken, seconds=taken)


if __name__ == "__main__":
    main(*sys.argv[1:])
