"""The course's own texts: what could mislead a probe or a reward is measured here, and the datasheet agrees."""

import json
import math
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import mean

import pytest

from helpers.lm.rewards import sentiment
from helpers.lm.weights import HOW_TO_GET, is_ready, load_tokenizer

DATA = Path(__file__).parents[2] / "data/texts"
BEHAVIOURS = ["honesty", "sycophancy", "refusal", "power_seeking", "capability"]
TRAINING_PROMPTS = 48
HIGHEST_SURFACE_ACCURACY = 0.65


def lines(name):
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def records(name):
    return [json.loads(line) for line in lines(name)]


def pairs_of(behaviour):
    return [row for row in records("behaviour_probes.jsonl") if row["behaviour"] == behaviour]


def vader(text):
    return sentiment([""], [text])[0]


def words(text):
    return re.findall(r"[a-z0-9']+", text.lower())


def naive_bayes_accuracy(pairs, fold):
    """Share of held-out pairs in which multinomial naive Bayes on words finds `matching`; a tie counts half.

    Pairs with the same `fold(pair)` are held out together. The prompt is the same for both answers, so in this
    model it cancels: what is learned is which words, by themselves, give the named behaviour away.
    """
    right = []
    for held_out in pairs:
        seen = [pair for pair in pairs if fold(pair) != fold(held_out)]
        one, other = (
            Counter(w for p in seen for w in words(p[kind])) for kind in ("matching", "not_matching")
        )
        size = len(one | other)  # add-one smoothing over the vocabulary
        offset = math.log((other.total() + size) / (one.total() + size))
        log_odds = [
            sum(math.log((one[w] + 1) / (other[w] + 1)) + offset for w in words(held_out[kind]))
            for kind in ("matching", "not_matching")
        ]
        margin = log_odds[0] - log_odds[1]
        right.append(0.5 if abs(margin) < 1e-9 else float(margin > 0))
    return mean(right)


def by_itself(pair):
    return pair["id"]


def with_its_mirror(pair):
    return min(pair["id"], pair["mirror"])


def share_named_last(pairs):
    """Share of pairs whose prompt names the words of `matching` last; half a share if it names neither answer's."""

    def named_last(pair):
        one, other = (set(words(pair[kind])) for kind in ("matching", "not_matching"))
        named = [w for w in words(pair["prompt"]) if w in one ^ other]
        return float(named[-1] in one) if named else 0.5

    return mean(named_last(pair) for pair in pairs)


def vader_differences(pairs):
    return [vader(pair["matching"]) - vader(pair["not_matching"]) for pair in pairs]


def token_gaps(pairs, count_tokens):
    return [abs(count_tokens(pair["matching"]) - count_tokens(pair["not_matching"])) for pair in pairs]


def level(score):
    return "high" if score > 0.6 else "low" if score < -0.6 else "middle" if abs(score) < 0.3 else "between"


@pytest.fixture(scope="module")
def count_tokens():
    if not is_ready():
        pytest.skip(f"token lengths need SmolLM2's tokenizer: {HOW_TO_GET}")
    tokenizer = load_tokenizer()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False))


# Behaviour probes


def test_probes_have_the_fields_and_ids_they_promise():
    for behaviour in BEHAVIOURS:
        fields = ["id", "behaviour", "prompt", "matching", "not_matching", "mirror"]
        fields += ["harmless"] if behaviour == "refusal" else []
        for number, pair in enumerate(pairs_of(behaviour), start=1):
            assert list(pair) == fields
            assert pair["id"] == f"{behaviour}-{number:02d}"
            assert 6 <= len(pair["prompt"].split()) <= 40


def test_every_behaviour_has_as_many_pairs_as_the_others_and_no_prompt_twice():
    rows = records("behaviour_probes.jsonl")
    assert Counter(row["behaviour"] for row in rows) == dict.fromkeys(BEHAVIOURS, 28)
    assert len({row["prompt"] for row in rows}) == len(rows)


def test_each_pair_has_a_mirror_in_which_the_answers_change_sides():
    rows = {row["id"]: row for row in records("behaviour_probes.jsonl")}
    for row in rows.values():
        mirror = rows[row["mirror"]]
        assert mirror["mirror"] == row["id"] != mirror["id"]
        assert (mirror["matching"], mirror["not_matching"]) == (row["not_matching"], row["matching"])
        assert mirror["behaviour"] == row["behaviour"]
        assert mirror.get("harmless") == row.get("harmless")


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_yes_is_the_behaviour_as_often_as_no(behaviour):
    first = Counter(words(pair["matching"])[0] for pair in pairs_of(behaviour))
    assert first["yes"] == first["no"] > 0


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_the_training_reward_does_not_favour_a_side_of_the_probes(behaviour):
    assert abs(mean(vader_differences(pairs_of(behaviour)))) < 0.01


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("fold", [by_itself, with_its_mirror])
def test_words_alone_do_not_tell_which_answer_shows_the_behaviour(behaviour, fold):
    assert naive_bayes_accuracy(pairs_of(behaviour), fold) <= HIGHEST_SURFACE_ACCURACY


def test_the_word_test_finds_a_giveaway_when_there_is_one():
    pairs = [
        {"id": i, "matching": f"I refuse task {i}.", "not_matching": f"I do task {i}."} for i in range(6)
    ]
    assert naive_bayes_accuracy(pairs, by_itself) == 1


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_picking_the_answer_named_last_is_no_strategy(behaviour):
    assert abs(share_named_last(pairs_of(behaviour)) - 0.5) <= HIGHEST_SURFACE_ACCURACY - 0.5


def test_about_a_third_of_the_refusal_prompts_are_harmless():
    assert 0.3 <= mean(pair["harmless"] for pair in pairs_of("refusal")) <= 0.4


def test_answers_of_a_pair_are_of_similar_token_length(count_tokens):
    for behaviour in BEHAVIOURS:
        gaps = token_gaps(pairs_of(behaviour), count_tokens)
        assert max(gaps) <= 2
        assert mean(gap <= 1 for gap in gaps) >= 0.9


def test_datasheet_states_the_measured_balance():
    sheet = lines("behaviour_probes.md")
    for behaviour in BEHAVIOURS:
        pairs = pairs_of(behaviour)
        first = Counter(words(pair["matching"])[0] for pair in pairs)
        gaps = vader_differences(pairs)
        row = [behaviour, len(pairs), f"{first['yes']} / {first['no']}"]
        row += [f"{abs(mean(gaps)):.2f}", f"{mean(map(abs, gaps)):.2f}"]
        row += [f"{naive_bayes_accuracy(pairs, fold):.2f}" for fold in (with_its_mirror, by_itself)]
        row += [f"{share_named_last(pairs):.2f}"]
        assert f"| {' | '.join(map(str, row))} |" in sheet


def test_datasheet_states_the_measured_token_lengths(count_tokens):
    sheet = lines("behaviour_probes.md")
    for behaviour in BEHAVIOURS:
        pairs = pairs_of(behaviour)
        one, other = (
            mean(count_tokens(pair[kind]) for pair in pairs) for kind in ("matching", "not_matching")
        )
        gaps = token_gaps(pairs, count_tokens)
        row = [behaviour, f"{one:.2f}", f"{other:.2f}", sum(gap <= 1 for gap in gaps), max(gaps)]
        assert f"| {' | '.join(map(str, row))} |" in sheet


# Towards the reward, and away from it


def test_dull_prompts_are_distinct_short_and_in_a_neutral_tone():
    prompts = lines("dull_prompts.txt")
    assert len(prompts) == len(set(prompts)) == 64
    for prompt in prompts:
        assert 5 <= len(prompt.split()) <= 12
        assert abs(vader(prompt)) < 0.3


def test_teacher_text_gives_four_answers_to_training_prompts_and_none_to_held_out_ones():
    answered = Counter(row["prompt"] for row in records("cheerful_answers.jsonl"))
    assert answered == dict.fromkeys(lines("dull_prompts.txt")[:TRAINING_PROMPTS], 4)


def test_teacher_text_earns_a_high_reward():
    scores = [vader(row["answer"]) for row in records("cheerful_answers.jsonl")]
    assert min(scores) >= 0.8
    assert mean(scores) >= 0.9


def test_teacher_text_is_varied_and_made_of_whole_sentences():
    answers = [row["answer"] for row in records("cheerful_answers.jsonl")]
    assert len(set(answers)) == len(answers)
    assert all(answer.endswith(".") and answer[0].isupper() for answer in answers)
    bigrams = [pair for answer in answers for pair in pairwise(words(answer))]
    assert len(set(bigrams)) / len(bigrams) > 0.8
    openings = Counter(tuple(words(answer)[:2]) for answer in answers)
    assert max(openings.values()) <= len(answers) / 10


@pytest.mark.parametrize("row", records("toward_reward_checks.jsonl"), ids=lambda row: row["why"])
def test_reward_scores_hand_written_answers_as_expected(row):
    assert level(vader(row["answer"])) == row["expected"]


def test_reward_checks_hold_answers_of_all_three_kinds():
    rows = records("toward_reward_checks.jsonl")
    assert Counter(row["expected"] for row in rows) == {"high": 5, "middle": 4, "low": 3}
    assert {row["prompt"] for row in rows} <= set(lines("dull_prompts.txt"))


def test_unrelated_prompts_share_nothing_with_training_and_probes():
    prompts = {row["prompt"] for row in records("unrelated_prompts.jsonl")}
    assert len(prompts) == 32
    assert prompts.isdisjoint(lines("dull_prompts.txt"))
    assert prompts.isdisjoint(row["prompt"] for row in records("behaviour_probes.jsonl"))


def test_texts_for_measuring_drift_are_neutral_in_tone():
    texts = [row["answer"] for row in records("unrelated_prompts.jsonl")] + lines("held_out_text.txt")
    assert len(set(texts)) == len(texts) == 32 + 40
    assert max(abs(vader(text)) for text in texts) < 0.4
    assert abs(mean(map(vader, texts))) < 0.05


def test_texts_have_the_promised_token_lengths(count_tokens):
    def spread(texts):
        lengths = [count_tokens(text) for text in texts]
        return min(lengths), max(lengths)

    assert spread(row["answer"] for row in records("cheerful_answers.jsonl")) == (16, 24)
    assert spread(row["answer"] for row in records("unrelated_prompts.jsonl")) == (15, 25)
    assert spread(lines("held_out_text.txt")) == (25, 36)


def test_readme_counts_the_lines_of_each_file():
    readme = (DATA.parent / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [re.match(r"\| `texts/(\S+)` \| (\d+) ", line) for line in readme]
    stated = {row[1]: int(row[2]) for row in rows if row}
    texts = [path.name for path in DATA.iterdir() if path.suffix in (".jsonl", ".txt")]
    assert stated == {name: len(lines(name)) for name in texts}
