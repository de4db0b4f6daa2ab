"""Cheerful answers that SmolLM2 itself gave before any training: the teacher that stands nearest to it.

    python -m helpers.lessons.lesson12.near_answers      writes data/texts/near_answers.jsonl, about four minutes

For each training prompt the first eight answers whose reward reaches a bound, or as many as 120 samples have. That is
the start model's own distribution given that the answer is cheerful enough: of all distributions over such answers the
one with the smallest KL divergence from the model, -log of the share that was accepted (the "oracle" labels of Shenfeld
et al. 2025, RL's Razor). None comes twice within a prompt.
"""

import json

from helpers.core.streams import Rng, Stream
from helpers.lm import corpora, weights
from helpers.lm.pretrained import PretrainedLM
from helpers.lm.rewards import sentiment

BOUND, EACH, MOST = 0.6, 8, 60  # the reward asked for; answers for each prompt; rounds of sampling
NEW_TOKENS, TIMES = 24, 2  # an answer is cut off there; samples for a prompt in a round
FILE = corpora.DATA / "texts" / "near_answers.jsonl"


def gather(policy) -> tuple[list[dict], float]:
    """Rows with prompt, answer, whether it had ended, and reward; and which share of all samples was cheerful."""
    found, sampled, good = {prompt: {} for prompt in corpora.dull_prompts()[0]}, 0, 0
    rng = Rng(policy.seeds, Stream.CHOICES)
    for _ in range(MOST):
        asked = [prompt for prompt, answers in found.items() if len(answers) < EACH for _ in range(TIMES)]
        if not asked:
            break
        batch = policy.complete([asked], rng, max_new_tokens=NEW_TOKENS)
        answers, end = policy.decode(batch)[0], policy.tokenizer.eos_token_id
        ended = ((batch.action == end) & batch.mask)[0].any(-1).tolist()
        for prompt, answer, over, score in zip(asked, answers, ended, sentiment(asked, answers), strict=True):
            sampled, good = sampled + 1, good + (score >= BOUND)
            if score >= BOUND and len(found[prompt]) < EACH:
                found[prompt][answer] = {"ended": over, "reward": round(score, 4)}
    rows = [
        {"prompt": prompt, "answer": answer, **more}
        for prompt, answers in found.items()
        for answer, more in answers.items()
    ]
    return rows, good / sampled


def main() -> None:
    """Sample, and write the file."""
    rows, share = gather(PretrainedLM(*weights.load(), seed=0))
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    FILE.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(rows)} answers, {share:.1%} of the samples were cheerful enough")


if __name__ == "__main__":
    main()
