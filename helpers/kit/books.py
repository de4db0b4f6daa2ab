"""The bibliography as a page, `data/bibliography.md`: what was published on each claim, and every work once.

python -m helpers.kit.books
"""

from collections.abc import Mapping

from helpers.files import write
from helpers.kit.claims import DIRECTIONS, Claim, Said, claims, results
from helpers.kit.entries import DATA
from helpers.kit.works import OTHERS, Work, works

PAGE = DATA / "bibliography.md"
TOP = """# Bibliography

What this course cites, in sentences of its own; nothing here is a quotation. First: what was published on each claim of
the debate, and under which conditions it speaks for the claim, against it, or only beside it. Lessons set some of these
results beside their own verdicts and say whether the two agree. Then: each work, once.

*Made from [bibliography.json](bibliography.json) and [claims.json](claims.json) by `python -m helpers.kit.books`.*"""


def page(
    known: Mapping[str, Work], debate: Mapping[str, Claim], said: Mapping[str, Mapping[str, Said]]
) -> str:
    """The page as Markdown: works by author, with the claims they speak to, after the claims with their works."""
    parts = [TOP, "## By claim"]
    for claim in debate.values():
        parts.append(f"### {claim.id}\n\n{claim.says} *({claim.who})*")
        about = [(id, one[claim.id]) for id, one in said.items() if claim.id in one]
        lines = [
            f"- **{how}:** [{_short(known[id])}](#{id}), {one.under}"
            for how in DIRECTIONS
            for id, one in about
            if one.says == how
        ]
        parts.append("\n".join(lines) or "Nothing published that tests it is known to us.")
    parts.append("## Works beside the claims")
    parts += [_entry(one, said[one.id]) for one in _sorted(known) if one.id in said]
    parts.append("## Methods")
    parts += [_entry(one, {}) for one in _sorted(known) if one.id not in said]
    return "\n\n".join(parts) + "\n"


def _sorted(known):
    return sorted(known.values(), key=lambda one: (one.authors[0].casefold(), one.year, one.title))


def _short(work):
    return f"{work.called}, {work.who} {work.year}" if work.called else f"{work.who} {work.year}"


def _entry(work, about):
    names = [" ".join(reversed(name.split(", "))) for name in work.authors if name != OTHERS]
    names += ["others"] * (OTHERS in work.authors)
    authors = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    where = work.where.removeprefix("arXiv; ")
    place = work.source if where in ("arXiv", work.source) else f"{where}, {work.source}"
    lines = [
        f'<a id="{work.id}"></a>**{authors} ({work.year}).** *{work.title}.*'.replace("?.*", "?*")
        + f" [{place}]({work.link})."
    ]
    lines.append(" ".join(part for part in (work.found, work.conditions) if part))
    if about:
        lines.append(
            "On "
            + ", ".join(f"[{claim}](#{claim.lower()}) ({one.says})" for claim, one in about.items())
            + "."
        )
    seen = work.seen_on and f"Looked up on {work.seen_on.day} {work.seen_on:%B %Y}: {work.seen_in}."
    lines.append(f"*{seen or work.unseen.strip('()')}*")
    return " ".join(lines)


def main() -> int:
    """Write the page."""
    write(PAGE, page(works(), claims(), results()))
    print(f"wrote {PAGE.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
