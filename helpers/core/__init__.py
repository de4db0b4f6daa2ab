"""The loop and what plugs into it: batches, policies, objectives, advantages, sources, probes. Knows no world.

What a lesson needs stands here by name: `from helpers.core import Policy, Rollouts, mlp, reinforce_loss, train`.
"""

from helpers.core.advantages import (
    GAE,
    batch_relative,
    group_leave_one_out,
    group_relative,
    leashed,
    leave_one_out,
)
from helpers.core.faults import Interrupted, TrainingStopped, unfinished
from helpers.core.losses import (
    dpo_loss,
    grpo_loss,
    per_episode,
    per_length,
    per_step,
    per_step_per_text,
    ppo_loss,
    reinforce_loss,
    sft_loss,
)
from helpers.core.policy import Policy, mlp, table
from helpers.core.runs import Run, load, save
from helpers.core.sources import BestOfGroup, Completions, Demonstrations, Preferences, Recorded, Rollouts
from helpers.core.streams import Rng, Stream
from helpers.core.training import train
from helpers.core.types import Batch, Evaluation

__all__ = [
    "GAE",
    "Batch",
    "BestOfGroup",
    "Completions",
    "Demonstrations",
    "Evaluation",
    "Interrupted",
    "Policy",
    "Preferences",
    "Recorded",
    "Rng",
    "Rollouts",
    "Run",
    "Stream",
    "TrainingStopped",
    "batch_relative",
    "dpo_loss",
    "group_leave_one_out",
    "group_relative",
    "grpo_loss",
    "leashed",
    "leave_one_out",
    "load",
    "mlp",
    "per_episode",
    "per_length",
    "per_step",
    "per_step_per_text",
    "ppo_loss",
    "reinforce_loss",
    "save",
    "sft_loss",
    "table",
    "train",
    "unfinished",
]
