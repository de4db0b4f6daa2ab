"""Ask for predictions and for how much is believed: a small form, and beside it the line of code that does the same.

Whoever skips a form skips nothing else. What is handed in goes through `predict`, into the same local file.
"""

import contextlib
import html
import io
import re
from collections.abc import Mapping, Sequence

import ipywidgets
from IPython.display import display

from helpers.checked import number, one_of, share, texts
from helpers.kit.claims import claim
from helpers.kit.controls import aloud, boxed, line, say_in, slider
from helpers.kit.predictions import confidence_of, credences, guesses_of, keep_credence, predict
from helpers.kit.rows import WITHIN, called
from helpers.kit.rules import rules
from helpers.kit.units import of_percent

OPEN = ""  # the value of a slider that nobody has moved: a slider cannot have None
SHARES = [("no answer", OPEN), *((f"{percent} %", percent / 100) for percent in range(0, 101, 5))]
NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]+)?")
THOUSANDS = re.compile(
    r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}"
)  # 1,000 is a thousand to one reader and 1 to another
CLAIM = re.compile(r"\d\d\.(C\d+)(\.\w+)?")


def ask(name: str, guesses, *, confidence=None, within: float = WITHIN, unit: str = "share") -> None:
    """A form for predictions under a name such as "00.a": a field for each number, and how sure you are of them.

    guesses:    what is asked for, `["SFT", "RL"]`. With numbers, `{"SFT": 0.9, "RL": 0.2}`, they are kept at once and
                the form shows them.
    confidence: the chance, from 0 to 1, that you give each of your numbers to lie `within` the measured one.
    unit:       what the numbers are; for shares, 90 is taken for 90 % and asked about.
    Raises ValueError where two of them would have one name.
    """
    made = _named(guesses)
    if not isinstance(name, str) or not made:
        raise TypeError(
            f'ask("00.a", ["SFT", "RL"]) takes a name and what is asked for: got {name!r}, {guesses!r:.60}'
        )
    number(within, "within", above=0)
    if confidence is not None or any(guess is not None for guess in made.values()):
        predict(name, made, confidence=confidence, within=within, unit=unit)
    display(Prediction(name, list(made), within=within, unit=unit).box)
    example = {key: 0.5 if unit == "share" else 0.1 for key in made}  # any number anchors; a small one less
    code = f"ask({name!r}, {example}, confidence=0.7"
    code += f", within={within:g}" * (within != WITHIN) + f", unit={unit!r}" * (unit != "share") + ")"
    _in_code("Your prediction", code)


def believe(*names, when: str = "before") -> None:
    """A form for how much you believe the claims that a lesson tests, `believe("00.C8", "00.C18")`: 0 to 100 %.

    when: "before" the lesson or "after" it; afterwards the form shows what you said before.
    With numbers, `believe({"00.C8": 0.6})`, they are kept at once. Kept in the same file as predictions, for the last
    lesson. Raises ValueError for a name that is no lesson and claim.
    """
    one_of(when, ("before", "after"), "when")
    given = {}
    for one in names:
        if isinstance(one, list | tuple | set):
            raise TypeError(f'believe takes claims one by one, believe("00.C8", "00.C18"): got {one!r:.60}')
        given |= {str(key): value for key, value in one.items()} if isinstance(one, Mapping) else {one: None}
    if not given:
        raise ValueError('believe takes the claims that the lesson tests: believe("00.C8")')
    claims = {name: _claim(name) for name in given}
    said = {
        name: share(value, f"how much you believe {name}")
        for name, value in given.items()
        if value is not None
    }
    for name, value in said.items():  # all of them are looked at before one is kept
        keep_credence(name, when, value)
    display(Credence(claims, when).box)
    last = ', when="after")' if when == "after" else ")"
    _in_code(
        "How much you believe each claim",
        f"believe({ {name: 0.5 for name in given} }{last}".replace("'", '"'),
    )


class Prediction:
    """The form of a prediction: `fields`, `sure` and `button` are widgets, `said` is the line below them."""

    def __init__(self, name: str, keys: Sequence[str], *, within: float, unit: str):
        self.name, self.within, self.unit = name, within, unit
        before, self._asked = guesses_of(name), set()
        hint = "e.g. 0.5 or 50 %" if unit == "share" else f"a number, in {unit}"
        wide = f"{max(map(len, keys), default=0) + 1}ch"
        self.fields = {key: _field(key, before.get(key), hint, wide) for key in keys}
        self.sure = _slider("How sure are you?", confidence_of(name))
        width = f"{within:g}" if unit == "share" else f"{within:g} {unit}"
        means = (
            f"the chance that each of your numbers lies within {width} of what comes out. At 70 %, about seven in "
            "ten such numbers should. You may leave anything open."
        )
        self.button = _button("Keep my prediction")
        self.said = line("Kept from before; change it if you like." if before else "")
        self.button.on_click(lambda _: say_in(self.said, self.keep()))
        self.box = boxed(
            *self.fields.values(),
            self.sure,
            aloud(self.sure),
            line(f"“How sure”: {means}"),
            self.button,
            self.said,
            kind="form",
        )

    def keep(self) -> str:
        """Keep what stands in the fields, unless something has to be asked; what to say about it."""
        guesses, asks = {}, []
        for key, field in self.fields.items():
            try:
                guesses[key], question = read(field.value, self.unit)
            except ValueError as error:
                asks.append(f"{key}: {error}")
                continue
            if question and (key, field.value) not in self._asked:
                self._asked.add((key, field.value))
                asks.append(f"{key}: {question}")
        if asks:
            return "Nothing is kept yet.\n" + "\n".join(asks)
        if all(guess is None for guess in guesses.values()):
            sure = "" if self.sure.value == OPEN else " How sure you are is kept together with a number."
            return f"There is no number in the form: nothing is kept, and nothing is missing.{sure}"
        confidence = None if self.sure.value == OPEN else self.sure.value
        how = {"confidence": confidence, "within": self.within, "unit": self.unit}
        try:
            said = _said(predict, self.name, guesses, **how)
        except (TypeError, ValueError) as error:
            return f"Nothing is kept yet: {error}"
        for key, guess in guesses.items():
            self.fields[key].value = _number(guess)
        kept = ", ".join(f"{key} {_number(guess)}" for key, guess in guesses.items() if guess is not None)
        sure = "" if confidence is None else f", {self.sure.label} sure"
        return f"{kept}{sure}. {said}"


class Credence:
    """The form of how much is believed: a slider for each claim in `sliders`."""

    def __init__(self, claims: Mapping[str, str], when: str):
        self.when = when
        known = {column: values.dropna().to_dict() for column, values in credences().items()}
        earlier, mine = known["before"], known[when]
        self.sliders, parts = {}, []
        for name, says in claims.items():
            self.sliders[name] = _slider(f"{_short(name)}: I believe it to", mine.get(name))
            said = (
                f" Before the lesson you said {earlier[name]:.0%}."
                if name in earlier and when == "after"
                else ""
            )
            parts += [line(f"{says}{said}".replace("%.", " %.")), self.sliders[name]]
        self.button, self.said = _button("Keep what I believe"), line()
        self.button.on_click(lambda _: say_in(self.said, self.keep()))
        means = (
            "0 %: certainly false. 50 %: I cannot say. 100 %: certainly true. You may leave any of them open."
        )
        heard = aloud(*self.sliders.values())
        self.box = boxed(line(means), *parts, heard, self.button, self.said, kind="form")

    def keep(self) -> str:
        """Keep what the sliders say; what to say about it."""
        given = {name: one.value for name, one in self.sliders.items() if one.value != OPEN}
        said = [_said(keep_credence, name, self.when, value) for name, value in given.items()]
        if not given:
            return "Every answer is left open: nothing is kept, and nothing is missing."
        kept = ", ".join(f"{_short(name)} {self.sliders[name].label}" for name in given)
        return f"{kept}. {' '.join(dict.fromkeys(said))}"


def read(text: str, unit: str = "share") -> tuple[float | None, str]:
    """A number as people write it, and what has to be asked about it: "0,9", "90 %", ".9", " 1e-3 "; "" is None.

    Raises ValueError with a sentence for what is no number.
    """
    bare = re.sub(r"\s", "", text).replace("−", "-")
    percent = bare.endswith("%")
    bare = bare.removesuffix("%")
    if not bare and not percent:
        return None, ""
    if not NUMBER.fullmatch(bare):
        example = "0.9, 0,9 or 90 %" if unit == "share" else "4.2 or 4,2"
        raise ValueError(f"“{text.strip()[:30]}” cannot be read as a number. Write {example}, for instance.")
    value = float(bare.replace(",", "."))
    if unit != "share" and THOUSANDS.fullmatch(bare):
        many = re.sub("[.,]", "", bare)
        raise ValueError(
            f"“{text.strip()[:30]}” may be {many} or {value:g}. Write {many}, or {bare}0 for {value:g}."
        )
    if unit != "share":
        return of_percent(value, unit) if percent else value, ""
    if percent:
        value /= 100
    elif 1 < value <= 100:
        asked = f"{value:g} is more than 1. Is it {value:g} %, that is {value / 100:g}? Then press the button again."
        return value / 100, asked
    if not 0 <= value <= 1:
        raise ValueError(f"a share lies between 0 and 1, or 0 % and 100 %; “{text.strip()[:30]}” does not.")
    return value, ""


def _named(guesses) -> dict[str, float | None]:
    """What is asked for, each with what is guessed already; no two of one name, or one would be lost."""
    keys = [called(key) for key in (guesses if isinstance(guesses, Mapping) else texts(guesses, "guesses"))]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise ValueError(f"two fields would have one name, {twice[0]!r}: got {guesses!r:.60}")
    return (
        dict(zip(keys, guesses.values(), strict=True))
        if isinstance(guesses, Mapping)
        else dict.fromkeys(keys)
    )


def _claim(name):
    found = CLAIM.fullmatch(name) if isinstance(name, str) else None
    if not found:
        raise ValueError(f'believe takes a lesson and a claim, such as "00.C8": got {name!r:.60}')
    here = (
        f" Here: {rules()[name].says}" if found[2] and name in rules() else ""
    )  # one of several parts of a claim
    return f"{claim(found[1])}{here}"


def _short(name):
    """The claim without its lesson: "C8", or "C9.end" for a part of one."""
    return name.partition(".")[2]


def _said(keep, *what, **how) -> str:
    """What a function prints: below a form it is shown, where it would get lost."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        keep(*what, **how)
    return " ".join(said.getvalue().split())


def _slider(name, kept):
    """A slider over shares in steps of 5 %, at the one that is kept, which has a place of its own; else left open."""
    if kept is None or not 0 <= kept <= 1:
        return slider(name, SHARES, OPEN)
    label = f"{100 * kept:.6g} %"
    if label in dict(SHARES):
        return slider(name, SHARES, dict(SHARES)[label])
    between = sorted([*SHARES[1:], (label, kept)], key=lambda place: place[1])
    return slider(name, [SHARES[0], *between], kept)


def _field(key, value, hint, wide):
    return ipywidgets.Text(
        value="" if value is None else _number(value),
        description=key,
        placeholder=hint,
        style={"description_width": wide},
        layout={"width": f"min({wide} + 16rem, 100%)"},
    )


def _button(text):
    return ipywidgets.Button(description=text, layout={"width": "max-content"}, button_style="primary")


def _number(value):
    """A number as `read` reads it again, in all its digits."""
    if value is None:
        return ""
    text = f"{value:g}" if float(f"{value:g}") == value else repr(float(value))
    return f"{text}0" if THOUSANDS.fullmatch(text) else text


def _in_code(what: str, code: str) -> None:
    """The same as a line of code: below the form, and where no form can be shown."""
    page = (
        f"<details><summary>{html.escape(what)}, as code (or where no form is seen)</summary>"
        f"Run this cell in JupyterLab for a form. Or put your numbers into it: <code>{html.escape(code)}</code>"
        "</details>"
    )
    display({"text/html": page, "text/plain": f"{what}, as code: {code}"}, raw=True)
