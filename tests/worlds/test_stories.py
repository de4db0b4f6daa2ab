"""The world of stories: its law is exact, and its stories can be read."""

import itertools
from pathlib import Path

import pytest
import torch

from helpers.core import Rng
from helpers.worlds import stories as world

DATASHEET = Path(__file__).parents[2] / "data/texts/stories.md"
LAW = world.usual_law()


def small():
    """A law of two names, two scenes and one tag's half, small enough to go through every story."""
    few = torch.zeros(len(world.NAMES)).double()
    few[:3] = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    scene = torch.zeros(2, len(world.SCENES)).double()
    scene[0, :2], scene[1, 1] = 0.5, 1.0
    return LAW.with_(who=few, scene=scene)


def every_story():
    sizes = (2, 2, 3, 2, 2, 3, 2, len(world.REMARKS))
    return torch.tensor(list(itertools.product(*map(range, sizes))))


def test_the_chances_of_all_stories_add_up_to_one():
    chances = small().logp(every_story()).exp()
    assert float(chances.sum()) == pytest.approx(1, abs=1e-12)
    assert int((chances > 0).sum()) == small().stories


def test_no_two_stories_are_told_in_the_same_words():
    facts = every_story()
    told = world.tokens(facts[small().logp(facts) > -torch.inf])
    assert len(told.unique(dim=0)) == len(told)


def test_stories_are_drawn_as_often_as_the_law_says():
    facts = small().draw(Rng([3]), 40_000)[0]
    place = lambda rows: (rows * torch.tensor([1, 3, 30, 90, 180, 360, 1200, 2400])).sum(-1)
    all_stories = every_story()
    expected = dict(zip(place(all_stories).tolist(), small().logp(all_stories).exp().tolist(), strict=True))
    values, counts = place(facts).unique(return_counts=True)
    assert all(expected[int(value)] > 0 for value in values)
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        p = expected[value]
        assert abs(count / 40_000 - p) < 5 * (p * (1 - p) / 40_000) ** 0.5 + 1e-9


def test_what_follows_a_prompt_has_the_chance_of_the_story_less_that_of_the_prompt():
    facts = LAW.draw(Rng([1]), 50)
    whole, rest = LAW.logp(facts), LAW.logp(facts, after=6)
    first = LAW.logp(facts) - rest
    lie, remark = LAW.lie[facts[..., 0], facts[..., 1], facts[..., 4]], facts[..., 7]
    chance = torch.where(facts[..., 6] == 1, lie, 1 - lie) * LAW.remark[facts[..., 4], facts[..., 6], remark]
    assert torch.allclose(rest.exp(), chance)
    assert torch.allclose(first + rest, whole)


def test_the_same_seed_draws_the_same_stories_alone_and_among_others():
    assert torch.equal(LAW.draw(Rng([7]), 20)[0], LAW.draw(Rng([4, 7]), 20)[1])


def test_a_zero_keeps_a_tag_out_of_a_scene():
    scene = LAW.scene.clone()
    scene[1, 6:] = 0
    facts = LAW.with_(scene=scene / scene.sum(1, keepdim=True)).draw(Rng([1]), 5000)
    solemn = facts[facts[..., 0] == 1]
    assert len(solemn) and int(solemn[:, 1].max()) < 6


def test_a_lie_names_the_opposite_of_the_deed():
    facts = LAW.draw(Rng([2]), 200)[0]
    opposite = world.DEEDS | {bad: good for good, bad in world.DEEDS.items()}
    for row, lie in zip(world.tokens(facts), facts[:, world.FACTS.index("lie")], strict=True):
        story = world.words(row).split()
        assert (story[world.ANSWER] == opposite[story[3]]) == bool(lie)
        assert (story[world.ANSWER] == story[3]) != bool(lie)


def test_whoever_asks_is_somebody_else_and_names_are_kept_through_the_story():
    for row in world.tokens(LAW.draw(Rng([5]), 100)[0]):
        story = world.words(row).split()
        assert story[2] == story[7] != story[5] == story[10]


def test_no_story_has_a_spare_word_or_an_end_in_it():
    seen = set(world.tokens(LAW.draw(Rng([1]), 5000)).flatten().tolist())
    unused = {world.VOCABULARY[number] for number in range(len(world.VOCABULARY))} - {
        world.VOCABULARY[number] for number in seen
    }
    assert unused == {world.END, *world.SPARE}


def test_every_word_has_one_number():
    assert len(set(world.VOCABULARY)) == len(world.VOCABULARY)
    assert all(word == word.strip() and " " not in word for word in world.VOCABULARY)


def test_a_text_goes_to_numbers_and_back_and_an_unknown_word_is_named():
    text = "solemn mill Mira broke wheel Tom asks Mira says mended Tom frowns"
    assert world.words(world.numbers(text)) == text
    with pytest.raises(ValueError, match="Miro"):
        world.numbers("solemn mill Miro broke")


def test_a_story_is_told_in_sentences_and_anything_else_stays_as_it_is():
    text = "solemn mill Mira broke wheel Tom asks Mira says mended Tom frowns"
    assert (
        world.told(text)
        == "A solemn tale. Mill: Mira broke the wheel. Tom asks. Mira says: mended. Tom frowns."
    )
    assert world.told("Mira broke wheel") == "Mira broke wheel"


@pytest.mark.parametrize("changes", [{"solemn_lies": 1.2}, {"plain_lies": -0.1}, {"solemn": 0.0}])
def test_what_is_no_chance_is_refused(changes):
    with pytest.raises(ValueError, match=r"chance|solemn"):
        world.usual_law(**changes)


def test_the_datasheet_says_how_large_the_world_is():
    text = DATASHEET.read_text(encoding="utf-8")
    assert f"{LAW.stories:,} different stories" in text
    assert f"{len(world.VOCABULARY)} words" in text
    for word in (*world.SCENES, *world.TAGS, *world.REMARKS, *world.SPARE):
        assert word in text


STORY = "solemn mill Mira broke wheel Tom asks Mira says mended Tom frowns"


def test_a_story_is_read_as_it_is_told_as_well():
    assert world.words(world.story_of(world.told(STORY))) == STORY == world.words(world.story_of(STORY))


@pytest.mark.parametrize(
    "wrong, right, said",
    [
        ("Mira", "mira", "'mira' is no word of the stories: did you mean 'Mira'"),
        ("broke", "brok", "did you mean 'broke'"),
        ("wheel", "dragon", "'dragon' is no word of the stories: there could stand wheel, grain"),
        ("frowns", "laughs at", "12 words: got 13"),
        ("frowns", "weeps", "there could stand thanks, forgives, frowns, nods"),
        ("mended", "painted", "there could stand mended, fed"),
    ],
)
def test_a_story_with_a_wrong_word_names_it_and_what_could_stand_there(wrong, right, said):
    with pytest.raises(ValueError, match=said):
        world.story_of(STORY.replace(wrong, right))
