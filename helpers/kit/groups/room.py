"""What a lesson says to whoever sits at a keyboard, left out where a room looks on or paper is read."""

import re

from helpers.kit.groups.markup import paragraphs

TYPED = re.compile(
    r"run this cell|run all above|the slider|turn the knob|press the letter|open the hints|folded below|"
    r"python3? -?|COURSE\.py|choose an arm and the batch|this command makes|your numbers stay in a file|"
    r"still being written|cell below|cells below|skip it|your function is used at once",
    re.IGNORECASE,
)
QUIZ = "Did it come across?"  # the heading of what is pressed, not said
CLAUSE = re.compile(r";\s(?:`[^`]*`|[^;.`])*(?=[.;]|$)")
ASIDE = re.compile(r"\s*\((?:[^()]|\([^()]*\))*\)")
SENTENCE = re.compile(r"(?<=[.!?:])(?<!\bi\.e\.)(?<!\be\.g\.)[ \n]+(?=[A-Z(*`\[])")


def spoken(markdown: str) -> str:
    """A paragraph without what is about a keyboard: sentences, clauses, asides in brackets; "" if nothing is left."""
    if not TYPED.search(markdown) or markdown.lstrip().startswith(("|", "```")):
        return markdown
    text = markdown
    for piece in (ASIDE, CLAUSE):
        text = piece.sub(lambda found: "" if TYPED.search(found[0]) else found[0], text)
    kept = [one for one in SENTENCE.split(text) if not TYPED.search(one)]
    return " ".join(kept).strip()


def all_spoken(markdown: str) -> str:
    """Several paragraphs, each of them as it is said in a room."""
    return "\n\n".join(filter(None, map(spoken, paragraphs(markdown))))
