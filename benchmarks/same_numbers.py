"""How far two runs with one seed drift apart when only the number of threads differs."""

import json
import subprocess
import sys
from functools import partial

import torch

from benchmarks import clock, models, toys
from benchmarks.settings import ANSWERS, GRID, LLM, NETS, PPO
from helpers.core.advantages import GAE
from helpers.core.losses import per_step, ppo_loss, sft_loss
from helpers.core.policy import Policy, mlp
from helpers.core.sources import Completions, Recorded, Rollouts
from helpers.core.training import train
from helpers.lm import corpora
from helpers.lm.rewards import sentiment


def toy(steps: int = 40):
    """PPO on the grid, 64 seeds: the mean reward of every batch of every seed."""
    env, hidden = toys.empty_grid(**GRID), NETS["lessons"]
    policy = Policy(mlp(env.features, env.actions, hidden=hidden), seeds=64)
    data = Rollouts(env, episodes=PPO["envs"], advantage=GAE(env.features, hidden=hidden, lr=PPO["lr"]))
    return train(
        policy, data, partial(ppo_loss, mean=per_step), steps=steps, lr=PPO["lr"], updates=PPO["epochs"]
    )


def sft(steps: int = 3):
    """SFT of SmolLM2."""
    policy = models.start(LLM["rank"])
    data = Recorded(policy.encode(corpora.cheerful_answers()), episodes=ANSWERS)
    return train(policy, data, partial(sft_loss, mean=per_step), steps=steps, lr=LLM["lr"])


def grpo(steps: int = 3):
    """GRPO of SmolLM2."""
    chosen = {"group": LLM["group"], "per_call": LLM["prompts"], "max_new_tokens": LLM["new_tokens"]}
    data = Completions(corpora.dull_prompts()[0], sentiment, **chosen)
    return train(models.start(LLM["rank"]), data, partial(ppo_loss, mean=per_step), steps=steps, lr=LLM["lr"])


def history(run: str, threads: str) -> None:
    """Train with so many threads; print every reward and loss."""
    torch.set_num_threads(int(threads))
    print("HISTORY " + json.dumps(globals()[run]().history.value.tolist()))


def compare(run: str, one: str, other: str) -> None:
    """The largest difference of a reward or loss between two numbers of threads."""
    found = []
    for threads in (one, other):
        command = [sys.executable, "-m", "benchmarks.same_numbers", "history", run, threads]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found.append(torch.tensor(json.loads(printed.split("HISTORY ")[1]), dtype=torch.float64))
    clock.report(seconds=[0.0], largest=(found[0] - found[1]).abs().max().item(), values=len(found[0]))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
