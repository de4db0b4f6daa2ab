"""Texts at the ports: every text has a beginning, and what is no text, no list or too long is refused at once."""

import pytest
import torch
from tiny import Letters, config, pretrained, stacked
from transformers import LlamaForCausalLM

from helpers.core.faults import NotANumber
from helpers.core.streams import Rng
from helpers.core.types import PADDING
from helpers.lm.language import sample_tokens
from helpers.lm.pretrained import PretrainedLM
from helpers.lm.rewards import sentiment


class Plain(Letters):
    """A tokenizer of a model without a chat template, whose texts begin with a token of their own or with token 0."""

    chat_template = None

    def __init__(self, bos=None):
        self.bos_token_id = bos


def base_model(bos=None):
    torch.manual_seed(7)
    return PretrainedLM(LlamaForCausalLM(config(initializer_range=0.3)), Plain(bos), lora_rank=4)


def one_model(policy):
    """The policy's plain model: tokens [text, place] -> logits."""
    if isinstance(policy, PretrainedLM):
        return lambda tokens: policy.active()(input_ids=tokens).logits
    return lambda tokens: policy.logits(tokens[None])[0]


KINDS = [lambda: stacked(1), base_model, lambda: base_model(3)]


@pytest.mark.parametrize("make", KINDS, ids=["stacked", "pretrained", "pretrained, own beginning"])
def test_the_log_probability_of_a_text_without_a_prompt_is_the_sum_over_its_next_tokens(make):
    policy = make()
    texts = ["cab", "h", "", "abcdefgh"]
    batch = policy.encode([("", text) for text in texts])
    ours = (policy.evaluate(batch.obs, batch.action).logp * batch.mask).sum(-1)[0]
    begin = policy.prompt_tokens("")
    assert len(begin) == 1
    for text, logp in zip(texts, ours, strict=True):
        tokens = torch.tensor([*begin, *Letters().encode(text), 0])
        logits = one_model(policy)(tokens[None])[0, :-1].log_softmax(-1)
        assert torch.allclose(logits.gather(-1, tokens[1:, None]).sum(), logp, atol=1e-4)


@pytest.mark.parametrize("make", KINDS, ids=["stacked", "pretrained", "pretrained, own beginning"])
def test_a_text_may_be_cut_into_prompt_and_answer_anywhere(make):
    policy = make()
    batch = policy.encode([("", "abcd"), ("ab", "cd"), ("abcd", "")])
    logp = (policy.evaluate(batch.obs, batch.action).logp * batch.mask).sum(-1)[0]
    prompt_alone = policy.evaluate(batch.obs, batch.action).logp[0, 0]
    assert torch.allclose(logp[0] - prompt_alone[:2].sum(), logp[1], atol=1e-4)
    assert torch.allclose(logp[0] - prompt_alone[:4].sum(), logp[2], atol=1e-4)


@pytest.mark.parametrize("make", [lambda: stacked(2), base_model])
def test_what_is_completed_without_a_prompt_is_evaluated_alike(make):
    policy = make()
    seeds = len(policy.seeds)
    batch = policy.complete([["", "ab", ""]] * seeds, Rng(policy.seeds), max_new_tokens=6)
    now = policy.evaluate(batch.obs, batch.action).logp
    assert torch.allclose(now * batch.mask, batch.logp * batch.mask, atol=1e-4)


def test_all_probabilities_of_one_letter_texts_add_up_to_one():
    policy = stacked(1)
    batch = policy.encode([("", letter) for letter in "abcdefgh "])
    first = policy.evaluate(batch.obs, batch.action).logp[0, :, 0].exp()
    ends = policy.encode([("", "")])
    nothing = policy.evaluate(ends.obs, ends.action).logp.exp().sum()
    assert (first.sum() + nothing).detach().item() == pytest.approx(1, abs=1e-5)


def test_the_end_of_text_token_is_trained_alike_for_every_seed():
    policy = stacked(3)
    batch = policy.encode([("", "ab")])
    wide = batch.obs.expand(3, -1, -1), batch.action.expand(3, -1, -1)
    policy.evaluate(*wide).logp.sum().backward()
    embedding = policy.stacked[policy.names.index("model.model.embed_tokens.weight")].grad
    assert (embedding[:, 0].abs().sum(-1) > 0).all()


@pytest.mark.parametrize("make", [lambda: stacked(1), pretrained])
@pytest.mark.parametrize(
    "obs, action",
    [
        (lambda b: b.obs[..., -b.action.shape[-1] :], lambda b: b.action),  # nothing before the answer
        (lambda b: torch.where(b.obs == b.obs[0, 0, -4], PADDING, b.obs), lambda b: b.action),
        (lambda b: b.obs[0], lambda b: b.action),
        (lambda b: b.obs, lambda b: b.action[:, :1]),
        (lambda b: b.obs, lambda b: b.action[..., :0]),
        (lambda b: b.obs.expand(2, -1, -1), lambda b: b.action.expand(2, -1, -1)),
        (lambda b: torch.cat([b.obs[..., :1].expand(-1, -1, 40), b.obs], -1), lambda b: b.action),
    ],
)
def test_what_is_no_whole_text_is_not_evaluated(make, obs, action):
    policy = make()
    batch = policy.encode([("a", "bc"), ("h", "gf")])
    with pytest.raises((ValueError, TypeError)):
        policy.evaluate(obs(batch), action(batch))


POLICIES = pytest.mark.parametrize("make", [lambda: stacked(2), pretrained], ids=["stacked", "pretrained"])


@POLICIES
@pytest.mark.parametrize(
    "prompts",
    [
        "ab",
        ["ab", "cd"],
        [],
        [[]],
        [["ab"], ["cd"], ["a"]],
        [["ab", 3]],
        [["ab"], []],
        3,
        None,
        [b"ab"],
        [[None]],
    ],
    ids=repr,
)
def test_prompts_that_are_no_lists_of_strings_for_each_seed_are_refused(make, prompts):
    policy = make()
    with pytest.raises((TypeError, ValueError)):
        policy.complete(prompts, Rng(policy.seeds), max_new_tokens=2)


@POLICIES
@pytest.mark.parametrize("count", [0, -1, 1.5, "3", True, None])
def test_a_number_of_tokens_is_a_whole_number_of_at_least_one(make, count):
    policy = make()
    with pytest.raises((TypeError, ValueError)):
        policy.complete([["ab"]] * len(policy.seeds), Rng(policy.seeds), max_new_tokens=count)


@POLICIES
@pytest.mark.parametrize(
    "pairs",
    [
        [],
        "ab",
        ["ab", "cd"],
        [("a",)],
        [("a", "b", "c")],
        [("a", 3)],
        [(None, "a")],
        {"a": "b"},
        [["a", b"b"]],
    ],
    ids=repr,
)
def test_what_is_no_pair_of_strings_is_not_encoded(make, pairs):
    with pytest.raises((TypeError, ValueError)):
        make().encode(pairs)


@POLICIES
def test_generators_do_as_well_as_lists(make):
    policy = make()
    pairs = [("ab", "c"), ("h", "g")]
    assert torch.equal(policy.encode(pair for pair in pairs).obs, policy.encode(pairs).obs)
    rows = [["ab", "h"]] * len(policy.seeds)
    lazy = ((prompt for prompt in row) for row in rows)
    once, again = (policy.complete(p, Rng(policy.seeds), max_new_tokens=3).obs for p in (lazy, rows))
    assert torch.equal(once, again)


@POLICIES
def test_random_numbers_are_needed_for_each_seed(make):
    policy = make()
    with pytest.raises(ValueError, match="random streams"):
        policy.complete([["ab"]] * len(policy.seeds), Rng(range(5)), max_new_tokens=2)


@POLICIES
def test_ten_thousand_letters_are_too_long_and_it_says_which(make):
    policy, long = make(), "a" * 10_000
    for fails in (
        lambda: policy.encode([("a", "b"), (long, "b")]),
        lambda: policy.complete([["a", long]] * len(policy.seeds), Rng(policy.seeds), max_new_tokens=2),
    ):
        with pytest.raises(ValueError, match=r"prompt 1 has 10,00\d tokens .* reads 32 at most"):
            fails()
    with pytest.raises(ValueError, match=r"answer up to 10,001: .* Shorten"):
        policy.encode([("a", long)])


def test_a_pair_is_too_long_by_itself_and_not_with_its_neighbours():
    policy = stacked(1)
    policy.encode([("a" * 20, "b"), ("a", "b" * 20)])


class Endless(Letters):
    eos_token_id = None


def test_a_tokenizer_without_an_end_of_text_token_is_refused():
    with pytest.raises(ValueError, match="no end-of-text token"):
        PretrainedLM(LlamaForCausalLM(config()), Endless())
    policy = stacked(1)
    policy.tokenizer = None
    with pytest.raises(ValueError, match="without a tokenizer"):
        policy.encode([("a", "b")])


@pytest.mark.parametrize(
    "change", [{"lora_rank": 0}, {"lora_rank": -1}, {"lora_rank": True}, {"seed": -1}, {"seed": True}]
)
def test_ranks_and_seeds_are_whole_numbers(change):
    with pytest.raises((TypeError, ValueError)):
        PretrainedLM(LlamaForCausalLM(config()), Letters(), **change)


def test_model_and_tokenizer_are_not_mixed_up():
    with pytest.raises(TypeError, match="model"):
        PretrainedLM(Letters(), LlamaForCausalLM(config()))


def test_the_reward_reads_lists_of_strings_only():
    for prompts, answers in (("ab", "cd"), (["a"], "b"), (["a"], [3]), (["a"], [None])):
        with pytest.raises(TypeError):
            sentiment(prompts, answers)
    with pytest.raises(ValueError, match="equally many"):
        sentiment(["a", "b"], ["c"])
    assert sentiment((p for p in ["a"]), (a for a in ["I love it"]))[0] > 0.5


# One uniform number picks a token

LAST = torch.tensor([[[1 - 2**-24]]])  # the largest number that torch.rand gives
DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("tail", [0.0, -30.0, -float("inf")])
def test_the_largest_and_the_smallest_number_pick_a_token_that_is_likely_at_all(dtype, tail):
    torch.manual_seed(0)
    for words in (9, 1_000, 49_152):
        logits = (5 * torch.randn(words)).to(dtype)
        logits[-5:] += tail
        logits[:3] = -float("inf")
        for number in (torch.zeros(1, 1, 1), LAST):
            always = lambda obs, logits=logits: logits[None, None]
            batch = sample_tokens(torch.zeros(1, 1, 1).long(), always, number, -5)
            token = int(batch.action)
            assert 0 <= token < words and logits[token].isfinite()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_large_vocabulary_is_sampled_in_proportion_in_every_precision(dtype):
    words, n = 49_152, 4_096
    logits = torch.zeros(words, dtype=dtype)
    number = (torch.arange(n) + 0.5).view(1, 1, n) / n
    batch = sample_tokens(torch.zeros(1, n, 1).long(), lambda obs: logits.expand(1, n, -1), number, -5)
    assert (batch.action.flatten() - torch.arange(n) * words // n - words // n // 2).abs().max() <= 2


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_model_that_gives_no_probabilities_says_so(bad):
    logits = torch.zeros(1, 1, 9)
    logits[..., 4] = bad
    with pytest.raises(NotANumber, match="NaN or infinite"):
        sample_tokens(torch.zeros(1, 1, 1).long(), lambda obs: logits, torch.rand(1, 3, 1), 0)
