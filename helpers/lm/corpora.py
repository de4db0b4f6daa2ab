"""The texts of the course, read from `data/texts`: prompts, teacher's answers, behaviour probes, held-out text."""

import json
from pathlib import Path

import pandas as pd

DATA = Path(__file__).resolve().parents[2] / "data"
TRAINING_PROMPTS = 48  # the first of the dull prompts are for training, the rest are held out


def dull_prompts() -> tuple[list[str], list[str]]:
    """Requests to describe dull things: those to train on, and those held out."""
    lines = _lines("dull_prompts.txt")
    return lines[:TRAINING_PROMPTS], lines[TRAINING_PROMPTS:]


def cheerful_answers() -> list[tuple[str, str]]:
    """The teacher's text: (prompt, very positive answer) for the training prompts, written for this course."""
    return [(row["prompt"], row["answer"]) for row in _rows("cheerful_answers.jsonl")]


def unrelated_texts() -> list[tuple[str, str]]:
    """(prompt, plain answer) on subjects that have nothing to do with the training."""
    return [(row["prompt"], row["answer"]) for row in _rows("unrelated_prompts.jsonl")]


def held_out_text() -> list[str]:
    """Plain English sentences, to see whether a model still models language."""
    return _lines("held_out_text.txt")


def behaviour_pairs() -> dict[str, list[tuple[str, str, str]]]:
    """behaviour -> (prompt, answer that shows it, answer that does not); see `data/texts/behaviour_probes.md`.

    Refusing harmless requests is kept apart as "over-refusal".
    """
    pairs: dict[str, list[tuple[str, str, str]]] = {}
    for row in _rows("behaviour_probes.jsonl"):
        behaviour = "over-refusal" if row.get("harmless") else row["behaviour"].replace("_", "-")
        pairs.setdefault(behaviour, []).append((row["prompt"], row["matching"], row["not_matching"]))
    return pairs


def reward_checks() -> pd.DataFrame:
    """Hand-written answers and the reward one would expect: a reward function is tested before it is used."""
    return pd.DataFrame(_rows("toward_reward_checks.jsonl"))


def _lines(name):
    return [line for line in (DATA / "texts" / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def _rows(name):
    return [json.loads(line) for line in _lines(name)]
