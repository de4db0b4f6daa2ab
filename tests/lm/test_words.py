"""A tokenizer of whole words."""

import pytest

from helpers.lm.words import word_tokenizer

WORDS = ["<end>", "mill", "Mira", "broke"]


def test_each_word_is_a_token_with_its_place_as_its_number():
    tokenizer = word_tokenizer(WORDS, end="<end>")
    tokens = tokenizer.encode("Mira broke mill", add_special_tokens=False)
    assert tokens == [2, 3, 1]
    assert tokenizer.decode(tokens) == "Mira broke mill"
    assert tokenizer.eos_token_id == 0


def test_a_word_that_is_not_there_is_refused_and_read_as_no_other():
    with pytest.raises(Exception, match="WordLevel"):
        word_tokenizer(WORDS, end="<end>").encode("Mira mended mill", add_special_tokens=False)


@pytest.mark.parametrize(("words", "end"), [([*WORDS, "mill"], "<end>"), (WORDS, "done")])
def test_words_that_come_twice_and_an_end_that_is_no_word_are_refused(words, end):
    with pytest.raises(ValueError, match=r"comes twice|end"):
        word_tokenizer(words, end=end)
