"""Small things that several tests share: an alphabet, tiny models with and without an adapter, quicker lessons."""

import contextlib

import nbformat
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from helpers.kit.parameters import parameters_of, setting, with_parameters
from helpers.lm.language import StackedLM
from helpers.lm.pretrained import PretrainedLM

ALPHABET = "abcdefgh "


class Letters:
    """A tokenizer of nine letters; token 0 ends a text."""

    eos_token_id = 0
    chat_template = "the prompt, then a space"
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


def in_small(path):
    """A copy of a lesson without outputs, with few seeds and steps: quicker, and still judged.

    Four seeds and a tenth of the steps, found by their names. A lesson that needs other numbers says so in the metadata
    of its notebook: `{"course": {"small": {"NAME": value}}}`.
    """
    lesson = nbformat.read(path, as_version=4)
    settings = small_settings(parameters_of(lesson)) | lesson.metadata.get("course", {}).get("small", {})
    lesson = with_parameters(lesson, settings)
    for cell in lesson.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    return lesson


def small_settings(written):
    """name -> a smaller value, for the names of seeds and steps; written: name -> its value as it is written."""
    small = {}
    for name, text in written.items():
        with contextlib.suppress(ValueError):  # a value that is computed is left alone
            value = setting(f"{name}={text}")[1]
            if "SEEDS" in name.split("_"):
                small[name] = min(value, 4) if isinstance(value, int) else value[:4]
            elif "STEPS" in name.split("_") and isinstance(value, int):
                small[name] = max(1, value // 10)
    return small
