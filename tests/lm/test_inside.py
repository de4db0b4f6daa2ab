"""What is read off inside a small transformer, and small transformers made over a vocabulary."""

import pytest
import torch

from helpers.lm.inside import difference_of_means, read_along, residuals, told_apart
from helpers.lm.small import answering, word_nets

WORDS = ["<end>", "one", "two", "three"]


@pytest.fixture(scope="module")
def policy():
    return word_nets((3, 4), WORDS, end="<end>", longest=6, width=8)


@pytest.fixture
def texts():
    return torch.tensor([[[0, 1, 2, 3], [0, 3, 3, 1], [0, 2, 2, 2]]] * 2)


def test_what_is_held_after_the_last_block_gives_the_logits(policy, texts):
    held = residuals(policy, texts)
    assert held.shape == (3, 2, 3, 8)
    logits = policy.logits(texts)[:, :, -1]
    for seed in range(2):
        net = {name: p[seed] for name, p in zip(policy.names, policy.stacked, strict=True)}
        norm = torch.nn.functional.layer_norm(
            held[-1, seed], (8,), net["model.transformer.ln_f.weight"], net["model.transformer.ln_f.bias"]
        )
        assert torch.allclose(norm @ net["model.lm_head.weight"].T, logits[seed], atol=1e-5)


def test_what_the_first_block_reads_is_the_word_and_its_place(policy, texts):
    held = residuals(policy, texts, place=2)
    for seed in range(2):
        net = {name: p[seed] for name, p in zip(policy.names, policy.stacked, strict=True)}
        words = net["model.transformer.wte.weight"][texts[seed, :, 2]]
        assert torch.allclose(held[0, seed], words + net["model.transformer.wpe.weight"][2], atol=1e-6)


def test_looking_inside_leaves_no_hook(policy, texts):
    residuals(policy, texts)
    hooks = [m._forward_hooks | m._forward_pre_hooks for m in policy._hidden[0].modules()]
    assert not any(hooks)


def test_a_probe_tells_apart_what_lies_apart_and_nothing_else():
    noise = torch.randn(2, 200, 4, generator=torch.Generator().manual_seed(1))
    far = noise + torch.tensor([3.0, 0, 0, 0])
    direction = difference_of_means(noise[:, :100], far[:, :100])
    apart = told_apart(read_along(noise[:, 100:], direction), read_along(far[:, 100:], direction))
    assert (apart > 0.95).all()
    other = torch.tensor([[0, 1.0, 0, 0]] * 2)
    assert (told_apart(read_along(noise, other), read_along(far, other)) - 0.5).abs().max() < 1e-6
    assert told_apart(torch.tensor([1.0, 2.0]), torch.tensor([3.0])).item() == 1.0


def test_a_text_without_a_prompt_is_answered_whole():
    batch = answering(torch.zeros(1, 1, 0, dtype=torch.long), torch.tensor([[[1, 2, 0]]]), end=0)
    assert batch.obs.tolist() == [[[0, 1, 2, 0]]]
    assert batch.action.tolist() == [[[1, 2, 0]]]
    after = answering(torch.tensor([[[1, 2]]]), torch.tensor([[[3]]]), end=0)
    assert (after.obs.tolist(), after.action.tolist()) == ([[[0, 1, 2, 3]]], [[[3]]])


def test_nets_read_and_write_with_weights_of_their_own(policy):
    assert {"model.transformer.wte.weight", "model.lm_head.weight"} <= set(policy.names)
    with pytest.raises(ValueError, match="end"):
        word_nets((1,), WORDS, end="stop", longest=4)
