"""Names as people type them: of one spelling, whatever the case, the spaces and the accents are."""

import re
import unicodedata


def folded(name: str) -> str:
    """A name without case, accents, marks at its ends and needless spaces: "  ZOË  Krause." is "zoe krause"."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", plain).strip(" .,:;")


def is_name(name: str) -> bool:
    """Whether this is more than a number, as the table that a kit writes has in the place of names."""
    return any(letter.isalpha() for letter in name)
