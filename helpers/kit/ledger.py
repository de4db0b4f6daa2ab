"""The ledger of all claims: every rule with its verdict, how far it carries, and what is published beside it.

    python -m helpers.kit.ledger

reads the verdicts that the lessons have stored and the settings that were run, and writes `data/runs/ledger.csv` with
its note, the figure `ledger.png`, and the part of README.md between its marks. Run it when lessons were made anew, or
more settings are run. The settings are those of `multiverse_NN`, or those that a lesson without such a table reads
itself: see `read_settings`.
"""

import csv
import json
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from helpers import files
from helpers.kit import read_settings, tables
from helpers.kit.claims import published
from helpers.kit.multiverse import Settings, Share
from helpers.kit.rules import NOT_VALID, Rule, rules, withdrawn
from helpers.kit.stored_words import NOT_YET, count_of, one_each, standing
from helpers.kit.verdicts import LESSONS, stored_verdicts

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- ledger: begin -->", "<!-- ledger: end -->"
COMMAND = "python -m helpers.kit.ledger"
NUMBERS = ["effect", "low", "high", "matters", "p", "p, Holm"]


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Many verdicts at once: p values made larger (Holm 1979), so that one in twenty *families* errs, not verdicts.

    p: name -> p value. Each is multiplied by how many are not smaller, and none is smaller than one before it.
    """
    ordered, least, found = sorted(p, key=p.get), 0.0, {}
    for place, name in enumerate(ordered):
        least = min(1.0, max(least, (len(ordered) - place) * p[name]))
        found[name] = least
    return {name: found[name] for name in p}


def ledger(
    verdicts: pd.DataFrame, settings: Mapping[str, Settings], known: Mapping[str, Rule]
) -> pd.DataFrame:
    """A row for each rule: claim, rule, word, effect, interval, seeds, share of the settings, weakest link, next, ...

    verdicts: what `stored_verdicts` returns. settings: rule -> its settings. known: the rules, by name.
    A verdict of an earlier form of its rule does not count, and what does not follow from its own numbers is NOT VALID:
    see `stored_words`. Raises ValueError for two verdicts of one rule.
    """
    stored = one_each(verdicts)
    rows = [_row(rule, stored.get(name), settings.get(name)) for name, rule in known.items()]
    frame = pd.DataFrame(rows).astype(dict.fromkeys(NUMBERS[:-1], "float64"))
    together = holm({one["rule"]: one["p"] for one in rows if pd.notna(one["p"])})
    frame["p, Holm"] = frame.rule.map(together).astype(float)
    return frame


def _row(rule, facts, settings) -> dict:
    word, reasons, effect = standing(rule, facts)
    shown = {} if word == NOT_YET else facts
    seeds = count_of(shown) if effect is None else effect.seeds
    shown = shown if effect is not None or pd.isna(shown.get("low")) else {}  # what is no interval is not
    carries = _share(word, settings, (facts or {}).get("share"))
    valid = word not in (NOT_YET, NOT_VALID)
    return {
        "claim": rule.about,
        "rule": rule.name,
        "says": rule.says,
        "word": word,
        "effect": shown.get("mean"),
        "low": shown.get("low"),
        "high": shown.get("high"),
        "unit": rule.unit,
        "matters": rule.matters,
        "seeds": seeds or 0,
        "settings": carries.short if carries else "",
        "others": carries.others if carries else "",
        "weakest link": reasons[0] if reasons else _weakest(rule, carries),
        "next experiment": rule.next,
        "published": "" if word == NOT_YET else _published(rule, word, carries),
        "registered": rule.younger,
        "p": rule.p(effect) if valid and effect else None,
    }


def _share(word, settings, kept) -> Share | None:
    """Of the settings that were run; where there are none, of those that the verdict kept."""
    if word == NOT_YET:
        return None
    if settings is None:
        return Share(word, kept) if isinstance(kept, dict) else None
    return settings.share(word)


def _weakest(rule, carries) -> str:
    """What the rule says of it, else what turns the word round. Why there is no word comes before both."""
    if rule.weakest or not (carries and carries.turned):
        return rule.weakest
    return f"turned round by {', '.join(carries.turned)}"


def _published(rule, word, carries=None) -> str:
    """Whether what is published agrees; and where it does, by which of our settings it would not."""
    turned = ", but not with " + " or ".join(carries.turned) if carries and carries.turned else ""
    said = {id: rule.compared(id, word).partition(":")[0] for id in rule.beside or {}}
    said = {id: how + turned * (how == "agrees") for id, how in said.items()}
    return "; ".join(f"{published(id).who} {published(id).year}: {how}" for id, how in said.items())


def together(frame: pd.DataFrame) -> str:
    """Holm's correction over all words, in a sentence."""
    said = frame[frame["p, Holm"].notna() & (frame.p < 0.05)]
    lost = list(said.rule[said["p, Holm"] >= 0.05])
    if said.empty:
        return "No rule has a word yet."
    stand = f"{', '.join(lost)} would be INCONCLUSIVE" if lost else "every word stands"
    return f"If all {frame.p.notna().sum()} verdicts are looked at together (Holm's correction), {stand}."


def in_markdown(frame: pd.DataFrame, alt: str) -> str:
    """README's part: the table, claims in plain words first, with links to the lessons; then the figure."""
    head = ("What was claimed, in plain words", "Here", "How far it carries", "Published beside it", "Lesson")
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for one in frame.to_dict("records"):
        size, carries, beside = in_words(one)
        cells = [one["says"], f"**{one['word']}**{size}", carries, beside, lesson_of(one["rule"])]
        rows.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    more = (
        "Each verdict's weakest link and the next experiment: [data/runs/ledger.csv](data/runs/ledger.csv)."
    )
    told = textwrap.fill(f"Mean and 95 % interval over seeds. {together(frame)} {more}", 120)
    gone = [f"- {name}: {rule.says} *{rule.withdrawn}*" for name, rule in withdrawn().items()]
    gone = ["", "No longer judged, and why:", "", *gone] if gone else []
    return "\n".join([*rows, "", told, *gone, "", f"![{alt}](data/runs/ledger.png)"])


def in_words(one: Mapping) -> tuple[str, str, str]:
    """Of a row of the ledger: its effect, how far its word carries and what would turn it round, what is published.

    How far it carries also says in how many settings a gate fails.
    """
    effect = f": {one['effect']:.2f} [{one['low']:.2f}, {one['high']:.2f}] {one['unit']}"
    size = "" if pd.isna(one["low"]) else effect
    turned = one["others"].partition(";")[0] if one["others"].startswith("turned") else ""
    fails = re.search(rf"{NOT_VALID} with: ([^;]*)", one["others"])
    names = next(csv.reader([fails[1]], quotechar="'", skipinitialspace=True)) if fails else []
    gone = f"{NOT_VALID} in {len(names)}" if names else ""
    carries = "; ".join(part for part in (one["settings"], turned, gone) if part)
    beside = "; ".join(said for said in one["published"].split("; ") if not said.endswith(": not comparable"))
    return size, carries, beside


def lesson_of(name: str) -> str:
    """A link to the lesson of a rule, by its title; the number alone where there is none."""
    path = files.lessons(LESSONS).get(name[:2])
    if path is None:
        return name[:2]
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    title = re.match(r"# (.*)", "".join(cells[0]["source"]))
    said = title[1].replace(" · ", " ") if title else path.stem
    return f"[{said}](notebooks/{path.name})"


def read() -> tuple[pd.DataFrame, dict[str, Settings]]:
    """The ledger of what is stored now, and what each rule says in its settings."""
    settings = {}
    for lesson in lessons():
        settings |= settings_of(lesson)
    return ledger(stored_verdicts(), settings, rules()), settings


def lessons() -> list[str]:
    """The lessons that have rules, by their two digits."""
    return sorted({name[:2] for name in rules()})


def settings_of(lesson: str) -> dict[str, Settings]:
    """The settings of each rule of a lesson that were run: those of its multiverse, or those that it reads itself."""
    if (tables.RUNS / f"multiverse_{lesson}.json").exists():
        table = tables.stored(f"multiverse_{lesson}")
        return {name: Settings.of(table, name) for name in table.rule.unique() if name in rules()}
    return read_settings.kept(lesson) if read_settings.has(lesson) else {}


def written(frame: pd.DataFrame, alt: str) -> dict[Path, bytes]:
    """The files that the command writes, but for the figure: the table, its note, and two READMEs."""
    kept = frame.assign(**{key: frame[key].map(lambda p: float(f"{p:.2g}")) for key in NUMBERS[-2:]})
    data = tables.to_csv(kept.round(dict.fromkeys(NUMBERS[:3], 4)))
    facts = {"sha256": tables.checksum(data), "rows": len(frame), "columns": tables.kinds(kept)}
    note = {"command": COMMAND, "alt": alt, "tables": {"ledger.csv": facts}}
    readme, of_data = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "data/README.md"))
    before, after = readme.split(BEGIN)[0], readme.split(END)[1]
    rows = {"ledger": len(frame)}
    rows |= {
        f"settings_{one}": len(tables.stored(f"settings_{one}"))
        for one in filter(read_settings.has, lessons())
    }
    for name, count in rows.items():
        of_data = re.sub(rf"(?m)^(\| `runs/{name}.csv` \| )\d+", rf"\g<1>{count}", of_data)
    return {
        tables.RUNS / "ledger.csv": data,
        ROOT / "README.md": f"{before}{BEGIN}\n{in_markdown(frame, alt)}\n{END}{after}".encode(),
        ROOT / "data/README.md": of_data.encode(),
        tables.RUNS / "ledger.json": (json.dumps(note, indent=1) + "\n").encode(),
    }


def main() -> None:
    """Write everything, and say it."""
    from helpers.kit.ledger_figure import plot_ledger
    from helpers.kit.pictures import png_of

    for lesson in filter(read_settings.has, lessons()):
        if read_settings.renew(lesson, COMMAND):
            print(f"settings_{lesson}: made anew, since its runs or its code have changed")
    frame, settings = read()
    figure = plot_ledger(frame, rules(), settings)
    made = written(frame, " ".join(figure.alt_text)) | {tables.RUNS / "ledger.png": png_of(figure)}
    for path, data in made.items():
        files.write(path, data)
    print(frame[["rule", "word", "settings"]].to_string(index=False))
    print(together(frame))


if __name__ == "__main__":
    main()
