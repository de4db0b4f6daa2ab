"""How arms look: by name alone, whatever was drawn before; never two alike in one figure; seen on white."""

import colorsys
import itertools
import random

import pytest
from matplotlib.colors import to_rgb
from matplotlib.markers import MarkerStyle

from helpers.kit import styles as module
from helpers.kit.legible import contrast, lightness
from helpers.kit.styles import GOALS, KINDS, WHITE, kind_of, register_arms, style, styles

NAMES = [
    *(
        "SFT",
        "RL",
        "PPO",
        "GRPO",
        "null arm",
        "SFT, own best",
        "SFT, teacher",
        "SFT, coin teacher",
        "RL, leash",
    ),
    *(
        "SFT, flag teacher",
        "weighted imitation",
        "SFT, wise teacher",
        "RL from an SFT start",
        "best of n",
        "GAE",
    ),
]


@pytest.fixture(autouse=True)
def unregistered(monkeypatch):
    monkeypatch.setattr(module, "_registered", dict(module._FIRST))


@pytest.mark.parametrize(
    "name, kind",
    [
        *(("SFT", "supervised"), ("cloning", "supervised"), ("weighted imitation", "supervised")),
        *(
            ("RL", "reinforced"),
            ("PPO", "reinforced"),
            ("GRPO, leash", "reinforced"),
            ("GRPO (live)", "reinforced"),
        ),
        *(("RL from an SFT start", "reinforced"), ("SFT, then RL", "supervised")),
        *(("your PPO", "yours"), ("RL by hand", "yours"), ("RL, leash, built", "yours")),
        *(("null arm", "null"), ("RL null", "null"), ("before training", "null")),
        *(("best of n", "other"), ("1", "other"), ("", "other"), ("GAE", "other"), ("early", "other")),
    ],
)
def test_the_kind_is_told_by_the_name(name, kind):
    assert kind_of(name) == kind


def test_a_look_depends_on_the_name_and_not_on_what_was_drawn_before():
    alone = {name: style(name) for name in NAMES}
    for seed in range(20):
        order = random.Random(seed).sample(NAMES, len(NAMES))
        assert {name: style(name) for name in order} == alone
        assert styles(order) == styles(NAMES)


def test_no_two_arms_of_a_figure_look_alike_even_without_colour():
    for seed in range(50):
        rng = random.Random(seed)
        names = [f"{rng.choice(['SFT', 'RL', 'method', 'null'])} {rng.random()}" for _ in range(10)]
        names = [name for name in names if kind_of(name) != "null" or name == names[0]]
        looks = [look[1:] for look in styles(names).values()]
        assert len(set(looks)) == len(names)
    live = ["SFT, teacher", "SFT, teacher (live)", "GRPO", "GRPO (live)", "SFT, own best (live)", "null arm"]
    assert len({look[1:] for look in styles(live).values()}) == len(live)


def test_a_dozen_unknown_names_of_one_kind_are_all_told_apart():
    for kind in ("SFT {}", "RL {}", "arm {}"):
        names = [kind.format(number) for number in range(12)]
        assert len({look[1:] for look in styles(names).values()}) == 12


def test_more_names_than_looks_are_drawn_all_the_same():
    assert len(styles(f"null {number}" for number in range(40))) == 40


@pytest.mark.parametrize(
    "colour", sorted({colour for _, colours, *_ in KINDS.values() for colour in colours})
)
def test_every_colour_can_be_seen_on_white(colour):
    assert contrast(colour) >= 3


def test_kinds_do_not_share_markers_and_all_are_filled():
    markers = [marker for _, _, _, several in KINDS.values() for marker in several]
    assert len(set(markers)) == len(markers) and all(MarkerStyle(marker).is_filled() for marker in markers)


def test_a_lesson_gives_its_arms_variants_of_their_own():
    register_arms({"SFT, coin teacher": 0, "SFT, flag teacher": 1})
    coin, flag = styles(["SFT, coin teacher", "SFT, flag teacher"]).values()
    assert coin == style("SFT") and all(a != b for a, b in zip(coin, flag, strict=True))
    register_arms({"SFT, coin teacher": 0})
    assert style("SFT, coin teacher") == coin


def test_what_the_reader_built_is_black_in_every_lesson_and_two_of_it_differ_in_dash():
    names = ["RL by hand", "SFT by hand", "your PPO", "RL, leash, built"]
    assert {style(name)[0] for name in names} == {module.BLACK}
    (_, one, _), (_, other, _) = styles(names[:2]).values()
    assert one != other and style("RL by hand") == style("your PPO")


@pytest.mark.parametrize("variant", [-1, 0.5, True, "first"])
def test_a_variant_is_a_whole_number(variant):
    with pytest.raises((TypeError, ValueError), match="the variant of 'SFT, x'"):
        register_arms({"SFT, x": variant})


def test_supervised_is_blue_and_reinforced_warm():
    for name, cool in itertools.product(("SFT a", "SFT b", "SFT c", "imitation"), [True]):
        red, _, blue = to_rgb(style(name)[0])
        assert (blue > red) is cool
    for name in ("RL a", "RL b", "PPO c", "GRPO d"):
        red, _, blue = to_rgb(style(name)[0])
        assert red > blue


# In grey, and beside goals


TOGETHER = ["RL", "PPO", "null arm", "RL, leash"]


@pytest.mark.parametrize("one, other", list(itertools.combinations(TOGETHER, 2)))
def test_rl_ppo_the_null_arm_and_a_leash_differ_in_dash_marker_and_lightness(one, other):
    (colour, dash, marker), (second, another, sign) = (styles(TOGETHER)[name] for name in (one, other))
    assert dash != another and marker != sign and abs(lightness(colour) - lightness(second)) >= 9


@pytest.mark.parametrize("name", ["GRPO, leash", "RL, leash", "RLHF on a leash"])
def test_a_leash_looks_the_same_whatever_its_method(name):
    assert style(name) == style("PPO, leash") != style(name.split(",")[0].split(" ")[0])


def hue(colour):
    turn, _, colourful = colorsys.rgb_to_hls(*to_rgb(colour))
    return 360 * turn if colourful > 0 else None


@pytest.mark.parametrize("goal", GOALS)
def test_no_arm_has_the_hue_of_a_goal(goal):
    own = {hue(colour) for colour in (GOALS[goal].face, GOALS[goal].edge)} - {None}
    arms = {hue(colour) for _, colours, *_ in KINDS.values() for colour in colours} - {None}
    apart = [abs((one - other + 180) % 360 - 180) for one in own for other in arms]
    assert min(apart, default=360) > 30


def test_goals_are_told_apart_without_colour_and_seen_on_white():
    assert (
        len({look.hatch for look in GOALS.values()})
        == len({look.marker for look in GOALS.values()})
        == len(GOALS)
    )
    for look in GOALS.values():
        assert max(contrast(look.face), contrast(look.edge)) >= 3 and (look.face, look.edge) != (WHITE, WHITE)
