"""What the verdicts of lesson 12 come to, in sentences: each is about the word that was said, whichever it is."""

import numpy as np
import pandas as pd

from helpers.kit import Interval, rule
from helpers.kit.intervals import FEWEST
from helpers.kit.rules import INCONCLUSIVE, NO_DIFFERENCE, NOT_VALID, OPPOSITE, SUPPORTS

SAYS = {
    "12.C9.tell": {
        SUPPORTS: "In proportion, what GRPO disturbs scatters more from seed to seed than what SFT on the teacher's "
        "text disturbs: here SFT repeats better",
        OPPOSITE: "In proportion, what SFT on the teacher's text disturbs scatters more from seed to seed than what "
        "GRPO disturbs: here RL repeats better",
        NO_DIFFERENCE: "In proportion, what either disturbs scatters from seed to seed about as widely: they repeat "
        "about equally well",
        INCONCLUSIVE: "Whose disturbance repeats better these seeds cannot tell",
    },
    "12.C18": {
        SUPPORTS: "With the same loss, words near to the model disturbed it less than a far teacher's: whose words "
        "matters",
        OPPOSITE: "With the same loss, words near to the model disturbed it *more* than a far teacher's",
        NO_DIFFERENCE: "With the same loss, near words and a far teacher's disturbed the model about equally: whose "
        "words they were mattered little here",
        INCONCLUSIVE: "Whether near words disturb less than a far teacher's by as much as matters, these seeds cannot "
        "tell",
    },
    "12.razor": {
        SUPPORTS: "At equal reward, and at one learning rate of each arm, GRPO had moved the model less, by KL "
        "elsewhere, than SFT on a far teacher's text, which is the published direction for how far a model moves",
        OPPOSITE: "At equal reward, and at one learning rate of each arm, GRPO had moved the model *more*, by KL "
        "elsewhere, than SFT on a far teacher's text, against what is published",
        NO_DIFFERENCE: "At equal reward, and at one learning rate of each arm, GRPO and SFT on a far teacher's text "
        "had moved the model about equally by KL elsewhere, where a difference is published",
        INCONCLUSIVE: "Whether GRPO moves the model less than SFT on a far teacher's text by as much as matters, "
        "these seeds cannot tell",
    },
    "12.narrow": {
        SUPPORTS: "At this reward GRPO had narrowed what the model says",
        OPPOSITE: "At this reward GRPO had *widened* what the model says",
        NO_DIFFERENCE: "At this reward GRPO had neither narrowed nor widened what the model says by as much as matters",
        INCONCLUSIVE: "Whether GRPO narrows by as much as matters at this reward, these seeds cannot tell",
    },
}


def in_words(verdict) -> str:
    """A verdict as a sentence, with its effect; for one that is not valid, which gates failed."""
    name = verdict.rule.name
    if verdict.word == NOT_VALID:
        failed = list(dict.fromkeys(reason.partition(":")[0] for reason in verdict.reasons))
        says = {gate.name: gate.says.partition(" (")[0] for gate in verdict.gates if not gate.passed}
        if (
            not verdict.effect and "attrition" in says
        ):  # nothing to judge: the one cause, not what follows from it
            follow = ", ".join(one for one in failed if one in ("noise", "grid", "seeds"))
            more = "; *moved*, too, was not passed" * ("moved" in says)
            for_that = f", and {follow} fail for that alone" * bool(follow)
            return f"**{name}**: no word, since there is no value to judge ({says['attrition']}){for_that}{more}."
        size = f" (the numbers, without a word: {verdict.effect})" if verdict.effect else ""
        return f"**{name}**: no word, for these gates failed: {', '.join(failed)}{size}."
    factor = f", a factor of {np.exp(verdict.effect.mean):.1f}" if name == "12.C9.tell" else ""
    turned = verdict.share.turned if verdict.share else []
    more = f" *Turned round by: {', '.join(turned)}.*" if turned else ""
    return f"**{name}**: {SAYS[name][verdict.word]}: {verdict.effect} {verdict.rule.unit}{factor}.{more}"


def the_loss(loss_only: pd.Series, arm: str = "SFT near", words: str = "near words") -> str:
    """What GRPO less an arm of SFT, both on words near to the model, says of the loss: no rule, so no word either."""
    there, matters = loss_only.dropna(), rule("12.C18").matters
    if len(there) < FEWEST:
        have = "one seed has" if len(there) == 1 else f"{len(there) or 'no'} seeds have"
        return f"{have} it at this reward, too few to tell anything of the loss here."
    gap = Interval.of(there)
    if -matters < gap.low and gap.high < matters:
        return f"{gap}, smaller than what matters: with {words} in both, the loss made no difference that matters."
    if gap.low > matters or gap.high < -matters:
        more, less = ("GRPO", arm) if gap.mean > 0 else (arm, "GRPO")
        return f"{gap}, more than what matters: with {words} in both, {more} disturbed more than {less}."
    return f"{gap}: with {words} in both, whether the loss matters these seeds cannot tell."


def near_or_far(words: str, loss_only: pd.Series) -> str:
    """Where the line runs, if 12.C18 and the loss alone tell it together."""
    there, matters = loss_only.dropna(), rule("12.C18").matters
    if there.empty:
        return "Together: nothing, since SFT near has no value at this reward."
    small = len(there) >= FEWEST and np.abs([Interval.of(there).low, Interval.of(there).high]).max() < matters
    if words == SUPPORTS and small:
        return "Together: the line runs between near and far words, not between SGD and RL."
    if words == SUPPORTS:
        return "Together: near and far words differ; that the loss does not matter, too, is not shown."
    return "Together: these runs do not show that the line runs between near and far words."
