"""Small things that several tests share: an alphabet, tiny models with and without an adapter, quicker lessons."""

import nbformat
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from helpers.lm.language import StackedLM
from helpers.lm.pretrained import PretrainedLM

ALPHABET = "abcdefgh "


class Letters:
    """A tokenizer of nine letters; token 0 ends a text."""

    eos_token_id = 0
    vocab_size = len(ALPHABET) + 1

    def encode(self, text, add_special_tokens=False):
        return [1 + ALPHABET.index(letter) for letter in text]

    def decode(self, tokens):
        return "".join(ALPHABET[token - 1] for token in tokens)

    def apply_chat_template(self, messages, tokenize, add_generation_prompt):
        return "".join(message["content"] for message in messages) + " "


def config(**changes):
    """A transformer of two small layers."""
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    return LlamaConfig(
        vocab_size=Letters.vocab_size, max_position_embeddings=32, pad_token_id=0, **sizes, **changes
    )


def stacked(seeds=3):
    """Several tiny transformers in one policy."""
    return StackedLM(
        lambda: LlamaForCausalLM(config(attn_implementation="eager")), seeds=seeds, tokenizer=Letters()
    )


def pretrained(seed=0, *, moved=True, make=lambda: LlamaForCausalLM(config(initializer_range=0.3))):
    """A tiny causal LM with an adapter, which is moved away from zero so that it matters."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        policy = PretrainedLM(make().eval(), Letters(), lora_rank=4, seed=seed)
        if moved:
            with torch.no_grad():
                for weight in policy.parameters():
                    weight += 0.2 * torch.randn_like(weight)
    return policy


SMALLER = {  # lesson -> (what its code says, what the copy says instead): quicker, and still judged
    "00": [
        ("range(100, 164)", "range(100, 104)"),
        ("STEPS, LEARNING_RATE = 100,", "STEPS, LEARNING_RATE = 20,"),
    ],
    "01": [("range(100, 164)", "range(100, 104)"), ("LEARNING_RATE = 400,", "LEARNING_RATE = 40,")],
    "03": [
        ("range(100, 164)", "range(100, 104)"),
        ("LIVE_STEPS, TOGETHER = 100,", "LIVE_STEPS, TOGETHER = 10,"),
    ],
    "12": [
        ("LIVE_STEPS, LIVE_RATE = 3, 6,", "LIVE_STEPS, LIVE_RATE = 3, 1,"),
        ("for name in drift.ARMS:", 'for name in ["GRPO"]:'),
        ('print(f"{(time.perf_counter() - began) / 60:.0f} minutes")', "pass"),
    ],
}


def lesson_in_small(path):
    """A copy of a lesson without outputs and with the smaller numbers."""
    lesson = nbformat.read(path, as_version=4)
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    for cell in code:
        cell.update(outputs=[], execution_count=None)
    for old, new in SMALLER.get(path.name[:2], []):
        places = [cell for cell in code if old in cell.source]
        assert len(places) == 1, f"{path.stem} says {old!r} in {len(places)} cells: bring SMALLER up to date"
        places[0].source = places[0].source.replace(old, new)
    return lesson
