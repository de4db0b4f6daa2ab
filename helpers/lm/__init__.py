"""Language models as policies, their weights, texts and rewards. They know the core, and nothing else of ours.

What a lesson needs stands here by name: `from helpers.lm import PretrainedLM, corpora, sentiment, weights`.
A name is imported when it is asked for, so that `python -m helpers.lm.weights --check` needs no torch; neither
transformers nor peft is imported before a model is loaded.
"""

from importlib import import_module

_ROOM = {
    "PretrainedLM": "pretrained",
    "StackedLM": "language",
    "answering": "small",
    "sentiment": "rewards",
    "word_nets": "small",
    "word_tokenizer": "words",
}
__all__ = [
    "PretrainedLM",
    "StackedLM",
    "answering",
    "corpora",
    "sentiment",
    "weights",
    "word_nets",
    "word_tokenizer",
]


def __getattr__(name):
    if name in ("corpora", "weights"):
        return import_module(f"helpers.lm.{name}")
    if name in _ROOM:
        return getattr(import_module(f"helpers.lm.{_ROOM[name]}"), name)
    raise AttributeError(f"helpers.lm offers {', '.join(__all__)}: got {name!r}")
