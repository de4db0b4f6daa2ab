"""The docstring of `train` says what others call its numbers: their libraries do."""

import dataclasses
import inspect
import re

import pytest

from helpers.core import Completions, ppo_loss, train
from helpers.core.advantages import GAE
from helpers.core.losses import grpo_loss
from helpers.core.sources import Rollouts

ROWS = [
    re.split(r"\s{2,}", line.strip())
    for line in train.__doc__.partition("What others call it:")[2].splitlines()[2:]
    if re.search(r"\S\s{2,}\S", line)
]


def names(column):
    """The names in one column of the table: those that look like an argument."""
    return {name for row in ROWS for name in re.findall(r"[a-z]+(?:_[a-z]+)+|beta|gamma", row[column])}


def test_ours_are_arguments_of_ours():
    parts = (train, Completions, Rollouts, ppo_loss, grpo_loss, GAE)
    known = {name for part in parts for name in inspect.signature(part).parameters}
    ours = {name for row in ROWS for name in re.sub(r"\(.*", "", row[0]).replace(",", "").split()}
    assert len(ROWS) == 11 and ours <= known


def test_trl_calls_them_so():
    trl = pytest.importorskip("trl")
    assert len(names(1)) >= 7
    assert names(1) - {"updates"} <= {one.name for one in dataclasses.fields(trl.GRPOConfig)}


def test_stable_baselines3_calls_them_so():
    baselines = pytest.importorskip("stable_baselines3")
    from stable_baselines3.common.env_util import make_vec_env

    parts = (baselines.PPO, baselines.PPO.learn, make_vec_env)
    known = {name for part in parts for name in inspect.signature(part).parameters}
    assert len(names(2)) >= 7 and names(2) <= known
