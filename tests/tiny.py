"""Small things that several tests share: an alphabet, a tiny transformer, a tiny pretrained model with an adapter."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from helpers.language import StackedLM
from helpers.pretrained import PretrainedLM

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
