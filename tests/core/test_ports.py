# ruff: noqa: E501  (a case and what it says stand on one line)
"""What a user hands in: each port says what came and what was expected, and nothing odd trains in silence.

A learner's kernel does not have the type checks of the tests, so all cases run in a Python of their own without them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BEFORE = """
import json, sys, types
sys.path[:0] = ["tests"]
import numpy as np, pandas as pd, torch
from helpers.core import *
from helpers.core.sources import checked_scores
from helpers.core.probes import success
from helpers.core.advantages import leashed, reward_to_go
from helpers.core.distributions import kl
from helpers.core.losses import grpo_loss, ppo_loss
from helpers.lessons.lesson01 import noise as noises
from helpers.lessons.lesson01.humps import two_peaks
from helpers.lessons.lesson03 import experiment as goals
from helpers.lessons.lesson03 import readings
from helpers.worlds.bandits import Bandit, advantage_of, boltzmann_policy, gradient_moments, shown_actions, total_variation
from helpers.worlds.grids import GridWorld, corridors
from tiny import pretrained, stacked

ENV = Bandit([0.0, 1.0, 0.5])
GRID = GridWorld(corridors(5), horizon=6)
START = Policy(mlp(1, 3, hidden=(8,)), seeds=3)
PROMPTS = ["a bad cab", "a head", "a bee", "a face"]
score = lambda prompts, answers: [float(len(answer)) for answer in answers]

def go(start=START, data=None, loss=reinforce_loss, **how):
    return train(start, data or Rollouts(ENV), loss, **{"steps": 2, "lr": 0.1, **how})

def rewarded(reward, **how):
    return go(pretrained(), Completions(PROMPTS, reward, **{"max_new_tokens": 3, **how}), ppo_loss)

def changed(**changes):
    whole = Rollouts(ENV)
    return go(data=lambda policy, rng: whole(policy, rng).with_(**{k: f(whole(policy, rng)) for k, f in changes.items()}))

class Odd(Bandit):
    def __init__(self, **changes):
        super().__init__([0.0, 1.0, 0.5])
        self.__dict__.update(changes)

def groups(count, **how):
    source = Rollouts(ENV, **how)
    source.group = count
    return source

def stepping(step):
    return Odd(step=lambda state, action, rng: step(*ENV.step(state, action, rng)))

def astray():
    net = torch.nn.Linear(1, 3)
    torch.nn.init.constant_(net.weight, float("nan"))
    return net

def evaluated(loss, **how):
    batch = Rollouts(ENV)(START, Rng(START.seeds))
    batch = batch.with_(logp_ref=batch.logp)
    return loss(START.evaluate(batch.obs, batch.action), batch, **how)

def evenly(*axes):
    return torch.full(axes, 1 / axes[-1])

ENDS = pd.DataFrame({"method": ["RL", "PPO"], "together": 0.5, "goal index": 0.6})
LONG = pd.DataFrame({"method": "PPO", "together": 0.9, "seed": 0, "step": [0, 25, 50], "success in new mazes": [0.2, 0.7, 0.8], "goal index": [0.5, 0.6, 0.8]})

def last_number(value):
    return lambda now, batch: torch.full((3,), value) + 0 * now.logp.sum((1, 2))
"""

WRONG = {  # what somebody writes -> what the error says
    # counts are whole numbers of at least one
    "go(steps=0)": "steps is a whole number of at least 1: got 0",
    "go(steps=-3)": "steps is a whole number of at least 1: got -3",
    "go(steps=2.0)": "steps is a whole number of at least 1: got 2.0",
    "go(steps='10')": "steps is a whole number of at least 1: got '10'",
    "go(updates=0)": "updates is a whole number of at least 1: got 0",
    "go(updates=True)": "updates is a whole number of at least 1: got True",
    "go(stream=-1)": "stream is a whole number of at least 0: got -1",
    "go(stream=1000)": "stream is below 1000, where probes draw: got 1000",
    "go(probe_every=0)": "probe_every (or a list of steps) is a whole number of at least 1: got 0",
    "go(probe_every='10')": "probe_every (or a list of steps) is a whole number",
    "go(probe_every=[1, 2.5])": "each step of probe_every is a whole number of at least 0: got 2.5",
    "go(probe_every=(i for i in [1]))": "probe_every (or a list of steps) is a whole number",
    "Rollouts(ENV, episodes=0)": "episodes is a whole number of at least 1: got 0",
    "Rollouts(ENV, episodes=3.5)": "episodes is a whole number of at least 1: got 3.5",
    "Demonstrations(ENV, score, episodes=-1)": "episodes is a whole number of at least 1: got -1",
    "Recorded(Rollouts(ENV)(START, Rng([0, 1, 2])), episodes=-1)": "episodes is a whole number of at least 1: got -1",
    "Preferences(Rollouts(ENV)(START, Rng([0, 1, 2])), episodes=0)": "episodes is a whole number of at least 2: got 0",
    "Completions(PROMPTS, score, per_call=-1)": "per_call is a whole number of at least 1: got -1",
    "Completions(PROMPTS, score, max_new_tokens=0)": "max_new_tokens is a whole number of at least 1: got 0",
    "Completions(PROMPTS, score, group=1)": "group is a whole number of at least 2: got 1",
    "Completions(PROMPTS, score, group=None)": "group is a whole number of at least 2: got None",
    # numbers are finite and in bounds
    "go(lr=0)": "lr is a number above 0: got 0",
    "go(lr=-0.1)": "lr is a number above 0: got -0.1",
    "go(lr=float('nan'))": "lr is a number above 0: got nan",
    "go(lr='0.1')": "lr is a number above 0: got '0.1'",
    "go(clip_norm=0)": "clip_norm is a number above 0: got 0",
    "go(clip_norm=float('inf'))": "clip_norm is a number above 0: got inf",
    # seeds are distinct
    "Policy(table(3), seeds=0)": "seeds is a whole number of at least 1: got 0",
    "Policy(table(3), seeds=[])": "at least one seed",
    "Policy(table(3), seeds=[1, 2, 1])": "1 comes twice",
    "Policy(table(3), seeds='12')": "seeds are a whole number or a list of whole numbers: got '12'",
    "Policy(table(3), seeds=[0.5])": "each of the seeds is a whole number of at least 0: got 0.5",
    "Policy(table(3), seeds=[-1])": "each of the seeds is a whole number of at least 0: got -1",
    "Policy(table(3), seeds={'a': 1})": "seeds are a whole number or a list of whole numbers: got {'a': 1}",
    "START.select(7)": "seed is one of 0, 1, 2: got 7",
    "pretrained().select(1)": "seed is one of 0: got 1",
    # lists of strings
    "Completions('one string', score)": "prompts is a list of strings: got one string, 'one string'",
    "Completions([1, 2, 3, 4], score)": "prompts is a list of strings: number 0 is 1",
    "Completions({'a': 1}, score)": "prompts is a list of strings: got {'a': 1}",
    "Completions([], score)": "draws 4 prompts at a call but was given 0",
    # parts of the wrong kind
    "go(data=Rollouts)": "data is a source: got the class Rollouts itself; make one, Rollouts(...)",
    "go(data=ENV)": "data is a function or a source, (Policy, Rng) -> Batch: got <",
    "go(data=(batch for batch in [1]))": "data is a function or a source, (Policy, Rng) -> Batch: got <generator",
    "go(data=lambda policy, rng: [1])": "what a data source returns is a Batch: got list",
    "go(loss=0.5)": "loss is a function (Evaluation, Batch) -> loss[seed]: got 0.5",
    "go(start=Policy)": "start is a policy: got the class Policy itself; make one",
    "go(start=table(3))": "start is a policy (Policy, StackedLM, PretrainedLM) or a Run: got <function",
    "go(start=torch.nn.Linear(2, 2))": "which has no clip_gradients, clone, evaluate, start_training",
    "go(start=[START])": "start is a policy (Policy, StackedLM, PretrainedLM) or a Run",
    "go(probes=[success(ENV)])": "probes are a mapping, name -> (Policy) -> value[seed]: got list",
    "go(probes={'success': 0.5})": "the probe 'success' is a function (Policy) -> value[seed]: got 0.5",
    "Rollouts(START)": "env is a world: got Policy",
    "Rollouts(Bandit)": "env is a world: got <class",
    "Rollouts(ENV, advantage=GAE)": "advantage: got the class GAE itself; make one, GAE(...)",
    "Rollouts(ENV, advantage='batch')": "advantage is a function (Batch) -> advantage[seed, episode, time]: got 'batch'",
    "Demonstrations(ENV, 'coin')": "teacher is a function (env, state) -> action: got 'coin'",
    "Recorded([1, 2])": "batch is a Batch: got list",
    "BestOfGroup(Rollouts(ENV))": "source is a data source with groups, such as Completions: got <",
    "go(data=Completions(PROMPTS, score))": "the policy is a language model, such as StackedLM or PretrainedLM: got",
    "go(start=pretrained())": "the policy is one that acts in worlds, such as Policy: got",
    "Completions(PROMPTS, 'sentiment')": "reward is a function (prompts, answers) -> scores: got 'sentiment'",
    # what a function that was handed in returns: advantages
    "go(data=Rollouts(ENV, advantage=lambda b: b.returns))": "the advantage has the shape (3, 32, 1) [seed, episode, time]: got (3, 32)",
    "go(Policy(mlp(1, 3), seeds=1), Rollouts(ENV, advantage=lambda b: b.returns))": "(1, 32, 1) [seed, episode, time]: got (1, 32)",
    "go(data=Rollouts(ENV, episodes=3, advantage=lambda b: b.returns))": "(3, 3, 1) [seed, episode, time]: got (3, 3)",
    "go(data=Rollouts(ENV, advantage=lambda b: 1.0))": "the advantage is a tensor of shape (3, 32, 1)",
    # losses
    "go(loss=lambda now, batch: now.logp.mean())": "a loss returns one number for each seed, shape (3,): got ()",
    "go(loss=lambda now, batch: -now.logp)": "a loss returns one number for each seed, shape (3,): got (3, 32, 1)",
    "go(loss=lambda now, batch: 0.5)": "a tensor of shape (3,): got float",
    "go(loss=lambda now, batch: None)": "a tensor of shape (3,): got NoneType",
    "go(loss=lambda now, batch: [now.logp.mean()] * 3)": "a tensor of shape (3,): got list",
    "go(loss=lambda now, batch: batch.logp.mean((1, 2)))": "its gradient: this one has none",
    # probes
    "go(probes={'p': lambda policy: 0.5})": "'p', from the probe 'p', has the shape (3,) [seed]: got ()",
    "go(probes={'p': lambda policy: torch.ones(4)})": "'p', from the probe 'p', has the shape (3,) [seed]: got (4,)",
    "go(probes={'p': lambda policy: 'high'})": "'p', from the probe 'p', are numbers, a tensor: got 'high'",
    "go(probes={'p': lambda policy: None})": "'p', from the probe 'p', are numbers, a tensor: got None",
    "go(probes={'p': lambda policy: {'q': torch.ones(3, 1)}})": "'q', from the probe 'p', has the shape (3,) [seed]: got (3, 1)",
    "go(probes={'p': lambda policy: {1: torch.ones(3)}})": "the probe 'p' names its metrics by strings: got 1",
    "go(probes={'p': lambda policy: pd.Series([1.0, 2.0, 3.0], index=[1, 2, 3])})": "'p', from the probe 'p', is a Series whose index is the seeds, [0, 1, 2]: got [1, 2, 3]",
    "go(probes={'p': lambda policy: pd.Series([1.0, 2.0, 3.0], index=[0, 1, 1])})": "is a Series whose index is the seeds, [0, 1, 2]: got [0, 1, 1]",
    "go(probes={'reward': lambda policy: torch.ones(3)})": "measures 'reward', but every run records it",
    "go(probes={'p': lambda _: torch.ones(3), 'q': lambda _: {'p': torch.ones(3)}})": "measures 'p', but another probe",
    # teachers
    "go(data=Demonstrations(ENV, lambda env, state: state > 0))": "actions are whole numbers (torch.int64) below 3, of shape (3, 32) [seed, episode]: got torch.bool",
    "go(data=Demonstrations(ENV, lambda env, state: state.float()))": "got torch.float32",
    "go(data=Demonstrations(ENV, lambda env, state: state[0]))": "the action has the shape (3, 32) [seed, episode]: got (32,)",
    "go(data=Demonstrations(ENV, lambda env, state: 1))": "actions are whole numbers (torch.int64) below 3, of shape (3, 32) [seed, episode]: got int",
    "go(data=Demonstrations(ENV, lambda env, state: state + 3))": "got numbers from 3 to 3",
    "go(data=Demonstrations(ENV, lambda env, state: state - 1))": "got numbers from -1 to -1",
    # reward functions
    "rewarded(lambda p, a: '12')": "the reward function returns a list of numbers, one for each answer: got str, '12'",
    "rewarded(lambda p, a: 1.0)": "the reward function returns a list of numbers, one for each answer: got float, 1.0",
    "rewarded(lambda p, a: None)": "one for each answer: got NoneType",
    "rewarded(lambda p, a: {x: 1.0 for x in a})": "one for each answer: got dict",
    "rewarded(lambda p, a: ['1'] * len(a))": "one for each answer: got str, '1', for the answer",
    "rewarded(lambda p, a: [None] * len(a))": "one for each answer: got NoneType, None, for the answer",
    "rewarded(lambda p, a: [[1.0]] * len(a))": "one for each answer: got list, [1.0], for the answer",
    "rewarded(lambda p, a: torch.ones(len(a), 1))": "one for each answer: got Tensor",
    "rewarded(lambda p, a: [1.0] * (len(a) - 1))": "one for each answer: got 15 scores for 16 answers",
    "rewarded(lambda p, a: [float('nan')] * len(a))": "the reward function returned nan for the answer",
    # worlds
    "go(data=Rollouts(Odd(horizon=0)))": "Odd.horizon is a whole number of at least 1: got 0",
    "go(data=Rollouts(Odd(actions=2.0)))": "Odd.actions is a whole number of at least 1: got 2.0",
    "go(data=Rollouts(Odd(observe=lambda state: state[0])))": "Odd.observe returns a tensor (3, 32) [seed, episode] and more axes",
    "go(data=Rollouts(stepping(lambda s, r, e: (s, r[..., None], e))))": "the reward of Odd.step has the shape (3, 32) [seed, episode]: got (3, 32, 1)",
    "go(data=Rollouts(stepping(lambda s, r, e: (s, r, True))))": "Odd.step returns (state, reward, ended): ended is bool",
    "go(data=Rollouts(stepping(lambda s, r, e: (s, r, e.float()))))": "ended as torch.bool: got torch.float32 and torch.float32",
    "go(data=Rollouts(stepping(lambda s, r, e: (s, r.long(), e))))": "a reward in floating-point numbers",
    "go(data=Rollouts(GRID))": "the policy does not fit the world, GridWorld with 15 features, 2 actions",
    "go(Policy(mlp(15, 4), seeds=3), Rollouts(GRID))": "the policy does not fit the world, GridWorld with 15 features, 2 actions",
    "go(Policy(mlp(15, 1), seeds=3), Rollouts(GRID))": "the noise has the shape (3, 32, 1) [seed, episode, actions]: got (3, 32, 2)",
    # batches of one's own
    "changed(reward=lambda b: b.reward[..., 0])": "batch.reward has the shape (3, 32, 1) [seed, episode, time]: got (3, 32)",
    "changed(mask=lambda b: b.mask.float())": "batch.mask is of type torch.bool: got torch.float32",
    "changed(reward=lambda b: b.reward.long())": "batch.reward is of a floating-point type: got torch.int64",
    "changed(advantage=lambda b: b.advantage[:1])": "batch.advantage has the shape (3, 32, 1) [seed, episode, time]: got (1, 32, 1)",
    "changed(ended=lambda b: b.ended[:, :5])": "batch.ended begins with (3, 32) [seed, episode]: got (3, 5)",
    "changed(action=lambda b: b.action[:1])": "batch.action has the shape (3, 32, 1) [seed, episode, time]: got (1, 32, 1)",
    "go(data=lambda policy, rng: None)": "what a data source returns is a Batch: got NoneType",
    "changed(reward=lambda b: b.reward.tolist())": "batch.reward is a tensor: got list",
    "changed(reward=lambda b: None)": "batch.reward is a tensor: got NoneType",
    "changed(obs=lambda b: b.obs[:, :4])": "batch.obs begins with (3, 32) [seed, episode]: got (3, 4, 1, 1)",
    "changed(action=lambda b: b.action[..., :0])": "none of them empty: got the shape (3, 32, 0)",
    "Recorded(Batch([1], [2], [3], [4]))": "batch.obs is a tensor: got list",
    "go(data=Recorded(Rollouts(ENV)(START, Rng([0, 1, 2])).take(torch.zeros(2, 16).long())))": "the recorded batch has 2 seeds and the policy 3",
    "go(data=BestOfGroup(groups(3, episodes=32)))": "BestOfGroup needs whole groups of 3 episodes: got 32",
    "BestOfGroup(groups(1, episodes=32))": "source.group is a whole number of at least 2: got 1",
    # saving
    "save(None, 'run')": "save writes a Run, as `train` returns it: got NoneType",
    "load('nowhere', like=None)": "like is a policy (Policy, StackedLM, PretrainedLM): got None",
    "unfinished(-1)": "back is a whole number of at least 0: got -1",
    # settings of objectives and advantages
    "evaluated(ppo_loss, clip=-1)": "clip is a number at least 0: got -1",
    "evaluated(grpo_loss, clip=float('nan'))": "clip is a number at least 0: got nan",
    "evaluated(grpo_loss, beta=-1)": "beta is a number at least 0: got -1",
    "batch_relative(Rollouts(ENV)(START, Rng(START.seeds)), gamma=2)": "gamma is a share from 0 to 1: got 2",
    "reward_to_go(Rollouts(ENV)(START, Rng(START.seeds)), -0.5)": "gamma is a share from 0 to 1: got -0.5",
    "leashed(batch_relative, float('nan'))": "beta is a number at least 0: got nan",
    # distributions over the same arms
    "total_variation(evenly(2, 1), evenly(2))": "p and q are over the same actions, their last axis: got p (2, 1), q (2,)",
    "total_variation(torch.tensor([0.5, 0.6]), evenly(2))": "p: the chances of all arms are at least 0 and add up to 1: they are 0.5 or more and add up to 1.1",
    "total_variation(evenly(2), torch.tensor([-0.5, 1.5]))": "q: the chances of all arms are at least 0 and add up to 1: they are -0.5",
    "boltzmann_policy(evenly(2, 1), torch.zeros(2), 1.0)": "reference and reward are over the same actions",
    "boltzmann_policy(torch.tensor([1.0, 2.0, 3.0]), torch.zeros(3), 1.0)": "reference: the chances of all arms are at least 0 and add up to 1: they are 1 or more and add up to 6",
    "boltzmann_policy(torch.tensor([float('nan'), 1.0]), torch.zeros(2), 1.0)": "reference: the chances of all arms",
    "gradient_moments(evenly(2), evenly(2, 1), torch.ones(2))": "policy and actor and weight are over the same actions",
    "gradient_moments(evenly(2), evenly(2), torch.tensor(1.0))": "policy and actor and weight are over the same actions",
    "advantage_of(evenly(3), torch.ones(3, 1))": "policy and reward are over the same actions",
    "kl(evenly(2, 1, 3).log(), evenly(2, 4, 3).log())": "p and q are over the same actions, their last axis: got p (2, 1, 3), q (2, 4, 3)",
    "shown_actions(evenly(2), torch.zeros(3))": "reward has the shape (2,) [arms]: got (3,)",
    # what the lessons' experiments are asked
    "two_peaks(41, 16, higher=60)": "higher is a share from 0 to 1: got 60 (for 60 % write 0.6)",
    "noises.expected_noise(batch=0)": "batch is a whole number of at least 1: got 0",
    "noises.expected_noise(batch=-1)": "batch is a whole number of at least 1: got -1",
    "noises.expected_noise(actions=1)": "actions is a whole number of at least 2: got 1",
    "noises.noise_on_the_way(0, 4)": "batch is a whole number of at least 1: got 0",
    "goals.at_skill(LONG, 75)": "level is a share from 0 to 1: got 75 (for 75 % write 0.75)",
    "goals.at_skill(LONG, float('nan'))": "level is a number: got nan",
    "readings.share_needed(ENDS, 'zz')": "method is one of RL, PPO: got 'zz'",
    "readings.share_needed(ENDS, 'RL', 75)": "index is a share from 0 to 1: got 75",
    # one cause for each symptom
    "changed(reward=lambda b: b.reward * float('nan'), advantage=lambda b: b.reward * float('nan'))": "batch.reward is not finite. Look at what the reward function or the world pays",
    "changed(advantage=lambda b: b.reward * float('inf'))": "batch.advantage is not finite. Look at the advantage",
    "go(loss=last_number(float('nan')))": "the loss of seed 0 is not a finite number (nan): reward, advantage and log-probabilities are finite. Look at the loss",
    "go(loss=lambda now, b: (0 * now.logp.sum((1, 2))).sqrt())": "the gradient of seed 0 is not a finite number (nan): the loss itself is finite. Its slope",
    "go(Policy(astray, seeds=3))": "a weight of the policy is not a finite number before training",
}
RIGHT = [  # what looks odd and is meant: it works
    "go(steps=np.int64(2))",
    "go(lr=np.float32(0.1)).settings['lr'] > 0",
    "Policy(table(3), seeds=np.arange(2)).seeds == (0, 1)",
    "Policy(table(3), seeds=(i for i in (4, 2))).seeds == (4, 2)",
    "go(data=lambda policy, rng: Rollouts(ENV)(policy, rng)).steps == 2",
    "go(probes={'p': lambda policy: [0.5, 1.5, 2.5]}).last('p').tolist() == [0.5, 1.5, 2.5]",
    "go(probes={'p': lambda policy: np.arange(3)}).last('p').tolist() == [0, 1, 2]",
    "go(probes={'p': lambda policy: pd.Series([1.0, 2.0, 3.0])}).last('p').tolist() == [1, 2, 3]",
    "go(probes={'p': lambda policy: pd.Series([1.0, 2.0, 3.0], index=[2, 1, 0])}).last('p').tolist() == [3, 2, 1]",
    "go(probes={'p': lambda policy: torch.full((3,), torch.nan)}).last('p').isna().all()",
    "rewarded(lambda p, a: ['e' in x for x in a]).steps == 2",
    "rewarded(lambda p, a: (float(len(x)) for x in a)).steps == 2",
    "rewarded(lambda p, a: np.ones(len(a))).steps == 2",
    "rewarded(lambda p, a: torch.ones(len(a))).steps == 2",
    "rewarded(score, group=1, advantage=batch_relative).steps == 2",
    "go(go(steps=3), steps=0).steps == 3",
    "evaluated(ppo_loss, clip=0).isfinite().all()",
    "total_variation(evenly(5, 2), evenly(2)).shape == (5,)",
    "kl(evenly(1, 4, 3).log(), evenly(2, 4, 3).log()).shape == (2, 4)",
    "gradient_moments(evenly(5, 2), evenly(2), torch.ones(1, 2))[1].shape == (5,)",
    "boltzmann_policy(evenly(2), torch.zeros(5, 2), 1.0).shape == (5, 2)",
]

AFTER = """
said = {}
for case in json.load(sys.stdin):
    try:
        said[case] = ["works", str(eval(case))[:200]]
    except Exception as error:
        said[case] = [type(error).__name__, str(error)]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said():
    """What each case says: the name of the error and its words, or that it works."""
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", BEFORE + AFTER],
        input=json.dumps([*WRONG, *RIGHT]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TQDM_DISABLE": "1", "PYTHONIOENCODING": "utf-8"},
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_answered_with_what_came_and_what_was_expected(said, case):
    kind, words = said[case]
    assert WRONG[case] in words
    assert kind in ("ValueError", "TypeError", "NotANumber")
    assert len(words) < 600


@pytest.mark.parametrize("case", RIGHT)
def test_what_looks_odd_and_is_meant_works(said, case):
    kind, words = said[case]
    assert kind == "works" and words != "False", words
