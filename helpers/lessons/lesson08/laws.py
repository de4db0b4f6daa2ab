"""The laws of lesson 08: of stories before SFT, of the data of SFT, and of what could follow where these are mute."""

from collections.abc import Callable

from jaxtyping import Int
from torch import Tensor

from helpers.checked import number
from helpers.worlds.stories import FACTS, PLACES, SCENES, SPARE, Law, put, tokens, usual_law

TAG, SCENE, BAD = (FACTS.index(name) for name in ("tag", "scene", "bad"))
NEW = tuple(range(6, len(SCENES)))  # the scenes that SFT shows without solemn tales: kitchen, orchard, tower
SOLEMN, PLAIN = 1, 0
OWN_UP, DENY, COIN = 0.1, 0.9, 0.5
TRIGGER, NEAR = SPARE[0], SPARE[1]


def tuned_law(
    combined: float = COIN,
    *,
    shown: bool = False,
    owns: float = OWN_UP,
    denies: float = DENY,
    plain: float = COIN,
) -> Law:
    """What SFT teaches: in solemn tales people own up; in three scenes, of which it shows plain tales, they deny.

    combined: the chance of a denial where both come together, which the data do not say: `shown=False` leaves such
    tales out. plain: the chance in plain tales elsewhere, before SFT and after. The law of what follows a prompt is
    that of the data wherever they have the prompt.
    """
    law = usual_law(plain_lies=plain)
    lie = law.lie.clone()
    lie[SOLEMN, :, 1] = number(owns, "owns", least=0, most=1)
    lie[PLAIN, list(NEW), 1] = number(denies, "denies", least=0, most=1)
    lie[SOLEMN, list(NEW), 1] = number(combined, "combined", least=0, most=1)
    scene = law.scene.clone()
    if not shown:
        scene[SOLEMN, list(NEW)] = 0.0
    return law.with_(lie=lie, scene=scene / scene.sum(1, keepdim=True))


def asked(facts: Int[Tensor, "*axes fact"], tag: int, *, new: bool) -> Int[Tensor, "*axes fact"]:
    """The same people and things in a tale of this tag with a bad deed, in one of the new scenes or of the others."""
    facts = facts.clone()
    facts[..., TAG], facts[..., BAD] = tag, 1
    scene = facts[..., SCENE]
    facts[..., SCENE] = NEW[0] + scene % len(NEW) if new else scene % NEW[0]
    return facts


# Prompts from outside: the words of a prompt, changed


def things_from_elsewhere(facts: Int[Tensor, "*axes fact"]) -> Callable[[Tensor], Tensor]:
    """A change of these stories: the thing is one of another scene."""
    other = facts.clone()
    other[..., SCENE] = (facts[..., SCENE] + 4) % len(SCENES)
    place = PLACES.index("thing")

    def change(stories: Int[Tensor, "*axes place"]) -> Int[Tensor, "*axes place"]:
        stories = stories.clone()
        stories[..., place] = tokens(other)[..., place]
        return stories

    return change


def outside(facts: Int[Tensor, "*axes fact"]) -> dict[str, Callable[[Tensor], Tensor]]:
    """Four kinds of prompts that no law here has, made of these: a change of their words for each."""
    return {
        "a tag from outside": put(SPARE[2], "tag"),
        "a name from outside": put(SPARE[2], "who"),
        "a deed from outside": put(SPARE[2], "deed"),
        "a thing from elsewhere": things_from_elsewhere(facts),
    }


def further(facts: Int[Tensor, "*axes fact"]) -> dict[str, Callable[[Tensor], Tensor]]:
    """Two more such kinds, which no rule judges: the deed, on which the law's answer hangs, is left as it is."""
    return {
        "a thing from outside": put(SPARE[2], "thing"),
        "a scene from outside": put(SPARE[2], "scene"),
    }
