"""A tokenizer of whole words, for worlds that have few of them."""

from collections.abc import Sequence

from helpers.checked import one_of, texts


def word_tokenizer(vocabulary: Sequence[str], *, end: str):
    """A `tokenizers` tokenizer whose tokens are these words, in this order; texts have a space between two words.

    end: the word that ends a text. Reading a word that is not among them raises an Exception of that library, which
    names no word: a world's own reader should look first. Raises ValueError if a word comes twice.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = texts(vocabulary, "vocabulary")
    if len(set(words)) < len(words):
        raise ValueError(
            f"a word of the vocabulary comes twice: {sorted(w for w in set(words) if words.count(w) > 1)}"
        )
    known = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(known))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=one_of(end, words, "end"))
