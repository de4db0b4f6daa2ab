"""Members' predictions of one lesson, joined: without names, whatever state the files are in."""

import csv
import io
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers.kit.groups import __main__ as command
from helpers.kit.groups.__main__ import kept_of_before
from helpers.kit.groups.lesson import LESSONS, lesson
from helpers.kit.groups.members import files_in, group, measured, mine, not_read
from helpers.kit.groups.members_figure import plot_group
from helpers.kit.groups.sent import TWO
from helpers.kit.groups.typed import WHEN, columns, template
from helpers.kit.legible import complaints

NUMBERS = sorted(path.name[:2] for path in LESSONS.glob("[0-9][0-9]_*.ipynb"))
every_lesson = pytest.mark.parametrize("number", NUMBERS)


def file_of(folder, name, number, values, *, after=True, extra=b""):
    """A member's file: a value in (0, 1) for all that a lesson asks."""
    one, rows = lesson(number), []
    for at, (asked, (keys, _)) in enumerate(one.asked.items()):
        rows.append(
            {"name": asked, "guesses": {key: values[(at + n) % len(values)] for n, key in enumerate(keys)}}
        )
    for at, believed in enumerate(one.believed):
        for when in ("before", "after") if after else ("before",):
            credence = values[at % len(values)] if when == "before" else 1 - values[at % len(values)]
            rows.append({"name": f"believed {when} {believed}", "guesses": {"believed": credence}})
    path = folder / name
    path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows) + extra)
    return path


@pytest.fixture
def files(tmp_path):
    return [
        file_of(tmp_path, "anna-krause.jsonl", "03", [0.2, 0.9]),
        file_of(tmp_path, "bo.jsonl", "03", [0.6, 0.4]),
        file_of(tmp_path, "cy.jsonl", "03", [0.35, 0.5], after=False),
    ]


def test_who_said_what_cannot_be_read_off(files):
    said = group(lesson("03"), files)
    other = group(lesson("03"), files[::-1])
    assert said.guesses.equals(other.guesses) and said.credences.equals(other.credences)
    for _, rows in said.guesses.groupby(["name", "key"]):
        assert rows.guess.is_monotonic_increasing
    assert said.members == 3 and set(said.guesses) == {"name", "key", "unit", "guess"}


def test_no_name_of_a_member_is_written_anywhere(files, tmp_path):
    printed = "\n".join(command.merge(lesson("03"), files, tmp_path)).encode()
    written = b"".join((tmp_path / name).read_bytes() for name in ("group.png", "group.txt"))
    assert not [
        word for word in (b"anna", b"krause", b"bo.jsonl", b"cy.") if word in (written + printed).lower()
    ]
    assert b"3 members" in printed


def test_of_two_answers_the_later_one_counts_and_a_file_that_comes_twice_counts_once(files, tmp_path):
    key = lesson("03").asked["03.a"][0][0]
    late = json.dumps({"name": "03.a", "guesses": {key: 0.77}}).encode() + b"\n"
    files[0].write_bytes(files[0].read_bytes() + late)
    again = tmp_path / "copy.jsonl"
    again.write_bytes(files[1].read_bytes())
    said = group(lesson("03"), [*files, again])
    row = said.guesses[(said.guesses.name == "03.a") & (said.guesses.key == key)]
    assert sorted(row.guess) == [0.35, 0.6, 0.77] and said.members == 3
    assert said.faults == ("File 4 has the same content as an earlier one: counted once. " + f"{TWO}.",)


@pytest.mark.parametrize("change", [lambda data: data + b"\n", lambda data: data.replace(b"\n", b"\r\n")])
def test_a_copy_that_an_editor_has_touched_is_no_other_member(files, tmp_path, change):
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(b"\xef\xbb\xbf" + change(files[1].read_bytes()))
    said = group(lesson("03"), [*files, copy])
    assert said.members == 3 and said.faults == (
        "File 4 has the same content as an earlier one: counted once. " + f"{TWO}.",
    )


@pytest.mark.parametrize("order", [1, -1])
def test_a_member_who_sends_a_file_before_and_after_the_lesson_is_one(tmp_path, order):
    early = file_of(tmp_path, "early.jsonl", "03", [0.2, 0.9], after=False)
    rows = [{**json.loads(line), "at": "2026-11-26T10:00+00:00"} for line in early.read_bytes().splitlines()]
    late = tmp_path / "late.jsonl"
    rows.append(
        {"name": "believed after 03.C8", "guesses": {"believed": 0.4}, "at": "2026-11-26T11:00+00:00"}
    )
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    early.write_bytes(b"".join(lines[:-1]))
    late.write_bytes(b"".join(lines))
    said = group(lesson("03"), [early, late][::order])
    assert said.members == 1 and "stands whole in the other one" in said.faults[0]


@pytest.mark.parametrize("order", [1, -1])
def test_files_that_share_a_dated_line_are_one_members_each_with_lines_of_its_own(tmp_path, order):
    rows = [{**json.loads(line), "at": f"2026-11-26T10:{at:02}+00:00"} for at, line in enumerate(
        file_of(tmp_path, "whole.jsonl", "03", [0.2, 0.9], after=False).read_bytes().splitlines()
    )]  # fmt: skip
    elsewhere = {"name": "00.a", "guesses": {"RL": 0.4}, "at": "2026-11-26T09:00+00:00"}
    after = {"name": "believed after 03.C8", "guesses": {"believed": 0.4}, "at": "2026-11-26T11:00+00:00"}
    for name, lines in (("whole.jsonl", [elsewhere, *rows]), ("mine_03.jsonl", [*rows, after])):
        (tmp_path / name).write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in lines))
    said = group(lesson("03"), [tmp_path / "whole.jsonl", tmp_path / "mine_03.jsonl"][::order])
    assert said.members == 1 and said.credences.after.notna().sum() == 1
    assert said.faults == (
        f"File 2 and file 1 are one member's: most of their dated lines are the same: counted once. {TWO}.",
    )


@pytest.mark.parametrize(
    ("told", "guess", "left"),
    [
        (0.93, 0.9, [0.2]),
        (0.3, 0.9, [0.9]),
        (None, 0.9, [0.9]),
    ],  # a run of fewer seeds told nearly the result, or not
)
def test_a_guess_made_when_a_run_with_turned_numbers_had_told_nearly_the_result_counts_no_more(
    tmp_path, told, guess, left
):
    came = lambda value, **more: {
        "name": "came out 03.a",
        "guesses": {},
        "entry": {"measured": {"PPO": value}} | more,
    }
    rows = [{"name": "03.a", "guesses": {"PPO": 0.2}}, {"name": "03.a", "guesses": {"PPO": guess}}]
    rows[1:1] = [came(told, turned=True)] * (told is not None)
    for more in ([], [came(0.95)]):  # its own result is known, or the lesson's
        stored = measured(lesson("03"))["03.a", "PPO"]
        made = [{**row, "guesses": row["guesses"]} for row in [*rows, *more]]
        if told == 0.93 and not more:
            made[1] = came(stored, turned=True)
        (tmp_path / "mine.jsonl").write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in made))
        assert group(lesson("03"), [tmp_path / "mine.jsonl"]).guesses.guess.tolist() == left
        first = [row for row in made if row["guesses"].get("PPO") != 0.2]
        (tmp_path / "mine.jsonl").write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in first))
        found = group(lesson("03"), [tmp_path / "mine.jsonl"])
        assert found.guesses.guess.tolist() == [0.9] * (left == [0.9])
        assert ("showed nearly the result, left out" in " ".join(found.faults)) == (left == [0.2])


def marked(folder, name, *lines):
    """A file of lines: (name, guesses, minute, mark), the mark "" for none."""
    rows = [
        {"name": one, "guesses": guesses, "at": f"2026-11-27T18:{minute:02}+00:00"}
        | ({"file": mark} if mark else {})
        for one, guesses, minute, mark in lines
    ]
    (folder / f"{name}.jsonl").write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))


OLD = [(f"passed {one}", {}, at, "") for at, one in enumerate("abcd")]
TAUGHT = [("believed before 03.C8", {"believed": 0.5}, 1, "teacher")]


def test_who_begins_with_a_copy_of_somebodys_file_is_a_member_of_their_own_and_it_is_said(tmp_path):
    for who, guess in (("ann", 0.3), ("ben", 0.6), ("cem", 0.1)):
        marked(tmp_path, who, *TAUGHT, ("03.a", {"PPO": guess}, 5, who))
    said = group(lesson("03"), files_in([tmp_path]))
    assert said.members == 3 and said.guesses.guess.tolist() == [0.1, 0.3, 0.6]
    assert len(said.faults) == 3 and all(
        "If they are one member's, ask for one file" in one for one in said.faults
    )


def test_different_marks_settle_it_whatever_older_lines_are_alike(tmp_path):
    for who, guess in (("ann", 0.3), ("ben", 0.6), ("cem", 0.1)):
        marked(tmp_path, who, *OLD, ("03.a", {"PPO": guess}, 5, who))
    said = group(lesson("03"), files_in([tmp_path]))
    assert (said.members, said.faults) == (3, ())


def test_a_member_whose_copy_was_moved_between_two_files_is_one(tmp_path):
    before = ("believed before 03.C8", {"believed": 0.5}, 1, "here")
    marked(tmp_path, "before", before)
    marked(tmp_path, "after", before, ("believed after 03.C8", {"believed": 0.4}, 9, "there"))
    said = group(lesson("03"), files_in([tmp_path]))
    assert said.members == 1 and len(said.faults) == 1 and TWO in said.faults[0]


def test_two_copies_of_one_member_are_asked_about(tmp_path):
    marked(tmp_path, "old", ("believed before 03.C8", {"believed": 0.5}, 1, "old"))
    marked(tmp_path, "new", ("believed after 03.C8", {"believed": 0.4}, 9, "new"))
    (said,) = group(lesson("03"), files_in([tmp_path])).faults
    assert "1 of the files say nothing after the session, and 1 nothing before it" in said
    several = [(f"believed {when} 03.{one}", {"believed": 0.4}, 9) for one in ("C8", "C9") for when in WHEN]
    for name in ("old", "new"):
        marked(tmp_path, name, *((*line, name) for line in several))
    (said,) = group(lesson("03"), files_in([tmp_path])).faults
    assert "say the same numbers: if two are one member's" in said
    marked(tmp_path, "new", *((*line, "new") for line in [*several, ("03.a", {"PPO": 0.3}, 10)]))
    assert "say the same numbers: if two are one member's" in " ".join(
        group(lesson("03"), files_in([tmp_path])).faults
    )
    marked(tmp_path, "new", *((name, {"believed": 0.6}, at, "new") for name, _, at in several))
    assert not group(lesson("03"), files_in([tmp_path])).faults


AT_ONCE = {  # of people who answer in one room within a minute: C9 before, C8 before, a guess
    "ann": (0.5, 0.2, 0.3),
    "ben": (0.5, 0.2, 0.6),
    "cem": (0.9, 0.2, 0.1),
    "dea": (0.5, 0.7, 0.3),
}


def sent_at_once(tmp_path, *, marked):
    """Their files: with the mark of the file in each line, or as older copies of the course wrote them."""
    for who, (first, second, guess) in AT_ONCE.items():
        said = [
            ("believed before 03.C9", {"believed": first}),
            ("believed before 03.C8", {"believed": second}),
            ("passed goal_index", {}),
            ("03.a", {"PPO": guess}),
        ]
        mark = {"file": f"{len(who)}{who}"} if marked else {}
        rows = [
            {"name": name, "guesses": guesses, "at": "2026-11-27T18:03+00:00"} | mark
            for name, guesses in said
        ]
        (tmp_path / f"{who}.jsonl").write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    return files_in([tmp_path])


def test_members_who_say_the_same_in_one_minute_are_several_members(tmp_path):
    said = group(lesson("03"), sent_at_once(tmp_path, marked=True))
    assert (said.members, said.faults) == (4, ())
    assert said.credences.set_index("claim").before["03.C9"].tolist() == [0.5, 0.5, 0.5, 0.9]


def test_of_files_that_do_not_tell_it_is_said_that_they_may_be_two_peoples(tmp_path):
    said = group(lesson("03"), sent_at_once(tmp_path, marked=False))
    told = [one for one in said.faults if "If they are two people's, type the numbers of one" in one]
    assert len(told) == 4 - said.members and len(said.faults) > len(told)
    assert all("If they are one member's" in one for one in {*said.faults} - {*told})


def test_a_file_that_is_sent_twice_is_one_members_by_its_mark_and_nothing_in_it_moves(tmp_path):
    rows = [
        {"name": "03.a", "guesses": {"PPO": one}, "at": "2026-11-27T18:03+00:00", "file": "ab"}
        for one in (0.5, 0.9, 0.5)
    ]
    after = {
        "name": "believed after 03.C8",
        "guesses": {"believed": 0.4},
        "at": "2026-11-27T19:03+00:00",
        "file": "ab",
    }
    for name, lines in (("before", rows), ("after", [*rows, after]), ("later", [after])):
        (tmp_path / f"{name}.jsonl").write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in lines))
    said = group(lesson("03"), files_in([tmp_path]))
    assert (
        said.members == 1 and said.guesses.guess.tolist() == [0.5] and said.credences.after.tolist() == [0.4]
    )


def test_several_members_lines_in_one_file_are_asked_about_also_when_all_answered_within_a_minute(tmp_path):
    every = b"".join(path.read_bytes() for path in sent_at_once(tmp_path / "", marked=True))
    (path := tmp_path / "pasted.jsonl").write_bytes(every)
    said = group(lesson("03"), [path])
    assert said.members == 1 and "kept in 4 files, and it counts as one member's" in " ".join(said.faults)


@pytest.mark.parametrize("unit, left_out", [("share", [-0.3]), ("share, a change", [-30.0])])
def test_a_share_in_per_cent_is_left_out_of_changes_too(tmp_path, unit, left_out):
    asked = {
        number: [name for name, (_, one) in lesson(number).asked.items() if one == unit] for number in NUMBERS
    }
    number, name = next((number, names[0]) for number, names in asked.items() if names)
    keys = lesson(number).asked[name][0]
    rows = [{"name": name, "guesses": dict.fromkeys(keys, guess)} for guess in (-0.3, -30.0, 0.3)]
    for at, row in enumerate(rows):
        (tmp_path / f"{at}.jsonl").write_bytes(json.dumps(row).encode())
    said = group(lesson(number), files_in([tmp_path]))
    assert not {*said.guesses.guess} & {*left_out} and 0.3 in {*said.guesses.guess}


@pytest.mark.parametrize("guess, unit", [(90, "nats"), (0.9, "nats"), (90, None), (-0.5, "share")])
def test_a_number_in_another_unit_is_left_out_and_it_is_said(files, guess, unit):
    key = lesson("03").asked["03.a"][0][0]
    row = {"name": "03.a", "guesses": {key: guess}} | ({"unit": unit} if unit else {})
    believed = {"name": "believed before 03.C8", "guesses": {"believed": 60.0}}
    more = b"".join(json.dumps(one).encode() + b"\n" for one in (row, believed))
    files[1].write_bytes(files[1].read_bytes() + more)
    said = group(lesson("03"), files)
    mine = said.guesses[(said.guesses.name == "03.a") & (said.guesses.key == key)]
    assert sorted(mine.guess) == [0.2, 0.35] and said.members == 3
    assert said.faults == ("1 number of file 2 (03.a) in another unit than asked for, left out.",)
    assert said.credences.before.max() <= 1


@pytest.mark.parametrize(
    "bad", [b"{broken\n", b"\xff\xfe\x00\n", b'{"name": "03.a", "guesses": {"PPO": NaN}}\n', b"[1]\n"]
)
def test_a_line_that_cannot_be_read_is_said_and_stops_nothing(files, bad):
    files[1].write_bytes(bad + files[1].read_bytes())
    said = group(lesson("03"), files)
    assert said.members == 3 and said.faults == ("1 line of file 2 cannot be read and are left out.",)


def test_answers_to_other_lessons_and_other_names_are_left_out(tmp_path):
    mine = file_of(tmp_path, "a.jsonl", "00", [0.3, 0.6])
    rows = [{"name": "03.a", "guesses": {"nobody asked": 0.5}}, {"name": "00.a", "guesses": {"RL": 0.1}}]
    mine.write_bytes(mine.read_bytes() + b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    said = group(lesson("03"), [mine])
    assert said.members == 0 and said.guesses.empty and said.credences.empty
    with pytest.raises(ValueError, match="none of these files says anything about lesson 03"):
        plot_group(said, lesson("03"), {})


def test_a_folder_without_files_is_refused(tmp_path, capsys):
    with pytest.raises(ValueError, match="there is no file of predictions"):
        files_in([tmp_path])
    with pytest.raises(ValueError, match="there is no file of predictions"):
        files_in([tmp_path / "gone.jsonl"])
    assert command.main(["03", "--members", str(tmp_path / "gone"), "--to", str(tmp_path / "out")]) == 2
    assert "there is no file of predictions" in capsys.readouterr().err


def test_merging_keeps_what_was_edited_and_its_own_words_are_no_member(files, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "handout", lambda *_: b"%PDF-")
    out, members = tmp_path / "out", ["--members", *map(str, files)]
    there = out / lesson("03").path.stem
    command.main(["03", "--to", str(out)])
    edited = {name: f"mine: {name}".encode() for name in ("slides.html", "facilitator.html")}
    for name, text in edited.items():
        (there / name).write_bytes(text)
    for _ in range(2):
        assert command.main(["03", "--to", str(out), *members]) == 0
    assert {name: (there / name).read_bytes() for name in edited} == edited
    assert sorted(path.name for path in there.iterdir() if path.suffix) == sorted(
        [*command.FILES, "group.png", "group.txt"]
    )
    (there / "anna.jsonl").write_bytes(files[0].read_bytes())
    assert files_in([there]) == [there / "anna.jsonl", there / "members.csv"]


def test_what_an_older_version_of_the_course_wrote_is_made_anew_with_the_groups_figure(
    files, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(command, "handout", lambda *_: b"%PDF-")
    out, members = tmp_path / "out", ["--members", *map(str, files)]
    there = out / lesson("03").path.stem
    with monkeypatch.context() as older:
        older.setattr(command, "slides", lambda *_: "of an older version")
        command.main(["03", "--to", str(out)])
    assert (there / "slides.html").read_text("utf-8") == "of an older version"
    command.main(["03", "--to", str(out), *members])
    assert "of an older version" not in (there / "slides.html").read_text("utf-8")
    assert "as it was" not in capsys.readouterr().out
    command.main(["03", "--to", str(out)])
    assert "group.png is as it was" in capsys.readouterr().out


def test_of_two_members_each_knows_the_other_and_that_is_said(files, tmp_path):
    told = command.merge(lesson("03"), files[:2], tmp_path)
    assert "With fewer than 3 members" in told[-1]


# Written on paper, typed into a table


def typed(folder, number, lines, *, ends=",", encoding="utf-8-sig"):
    """The table of a lesson with these lines, a text for each column; the first column is the member's."""
    head = list(columns(lesson(number)))
    text = io.StringIO()
    csv.writer(text, delimiter=ends).writerows(
        [["member", *head], *([n, *line] for n, line in enumerate(lines, 1))]
    )
    path = folder / "members.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@pytest.mark.parametrize("ends, point", [(",", "."), (";", ","), ("\t", ".")])
def test_what_was_typed_off_paper_counts_a_line_a_member(tmp_path, ends, point):
    head = columns(lesson("03"))
    said = ["60" if one.endswith("%") else f"0{point}4" for one in head]
    found = group(lesson("03"), [typed(tmp_path, "03", [said, said, [""] * len(head)], ends=ends)])
    assert found.members == 2 and found.faults == ()
    assert set(found.guesses.guess) == {0.4} and len(found.guesses) == 2 * sum(
        len(keys) for keys, _ in lesson("03").asked.values()
    )
    assert set(found.credences.before) == set(found.credences.after) == {0.6}


@pytest.mark.parametrize("cell", ["sixty", "160", "-1", "nan", "inf"])
def test_a_cell_that_is_no_such_number_is_said_and_costs_nothing_else(tmp_path, cell):
    head = list(columns(lesson("03")))
    line = [cell if one == "C8 before, in %" else "50" if one.endswith("%") else "0.5" for one in head]
    found = group(lesson("03"), [typed(tmp_path, "03", [line])])
    assert found.faults == (f"Line 2 of the table, C8 before, in %: {cell!r} is no such number, left out.",)
    assert found.members == 1 and found.credences.set_index("claim").before["03.C9"] == 0.5


@pytest.mark.parametrize(
    ("number", "column", "cell", "read", "told"),
    [
        ("05", "05.b: SFT", "5%", 5, None),  # of walks in a hundred
        ("05", "05.b: SFT", "5 %", 5, None),
        ("05", "05.b: SFT", "7", 7, None),
        ("05", "05.b: SFT", "0,05", 0.05, "is read as 0,05 walks in a hundred: type 5 for 5 of a hundred."),
        ("05", "05.b: SFT", "0.5%", 0.5, "is read as 0.5% walks in a hundred: type 5 for 5 of a hundred."),
        ("05", "05.b: SFT", "5 in 100", None, "'5 in 100' is no such number, left out."),
        ("05", "05.d: SFT", "5 %", None, "'5 %': this is a number in times, without %. Left out."),
        ("07", "07.b: RL, exact", "5%", None, "'5%': this is a number in sd of gold, without %. Left out."),
        ("07", "07.c: RL, all seen", "-5 %", -0.05, None),  # a share, a change
        ("05", "05.a: SFT, least", "5 %", 0.05, None),
    ],
)
def test_a_sign_of_percent_is_read_by_the_unit_of_its_column_or_refused(
    tmp_path, number, column, cell, read, told
):
    head = columns(lesson(number))
    assert column in head
    line = [cell if one == column else "50" if one.endswith("%") else "" for one in head]
    found = group(lesson(number), [typed(tmp_path, number, [line], ends=";")])
    assert found.guesses.guess.tolist() == ([] if read is None else [read])
    assert [told in one and column in one for one in found.faults] == [True] * (told is not None)


@pytest.mark.parametrize(
    ("cells", "left"),
    [
        (["0.7", "0,6", ".8"], []),
        (["1", "0", "1"], [0]),
        (["1", "0.5", "60"], [0.6]),
        (["0.7", "70 %", "0.5%"], [0.7]),
        (["0.7%", "70%", "50%"], [0.7, 0.5]),
        (["0", "0", "0"], [0, 0, 0]),
        (["1", "2", "30"], [0.01, 0.02, 0.3]),
    ],
)
def test_credences_that_were_typed_as_shares_are_asked_about_and_never_taken_for_hundredths(
    tmp_path, cells, left
):
    head = list(columns(lesson("03")))
    lines = [
        [cell if one == "C8 before, in %" else "0.5" * (one[-1] != "%") for one in head] for cell in cells
    ]
    found = group(lesson("03"), [typed(tmp_path, "03", lines, ends=";")])
    told = [one for one in found.faults if one.startswith("C8 before, in %: ") and "type 70 for 70 %" in one]
    assert found.members == 3 and found.credences.before.dropna().tolist() == sorted(left)
    assert len(told) == (len(left) < 3 or "0.7" in cells)
    assert len(found.faults) == len(told) + 2 * ("30" in cells)  # 1 is read as 1 %, 2 as 2 %, and it is said


@pytest.mark.parametrize(
    ("rows", "left", "said"),
    [
        ([["7", "8"], ["5", "10"], ["3", "2"]], [], "C8 before, in %"),  # all on a scale of ten
        ([["7", "8"], ["50", "60"], ["30", "20"]], [0.5, 0.3], "Line 2 of the table"),  # one of them
        ([["7", ""], ["50", "60"], ["30", "20"]], [0.07, 0.5, 0.3], "a 7 stands there, and is read as 7 %"),
        ([["7%", "8%"], ["5%", "10%"]], [0.07, 0.05], ""),  # meant so
        ([["7", "60"], ["5", "20"], ["30", "20"]], [0.07, 0.05, 0.3], ""),
        ([["7", "60"], ["5", "20"]], [], "C8 before, in %"),
    ],
)
def test_credences_on_a_scale_of_ten_are_asked_about_and_never_taken_for_hundredths(
    tmp_path, rows, left, said
):
    head = list(columns(lesson("03")))
    places = [head.index(f"C8 {when}, in %") for when in ("before", "after")]
    lines = [["" if one[-1] == "%" else "0.5" for one in head] for _ in rows]
    for line, cells in zip(lines, rows, strict=True):
        for at, cell in zip(places, cells, strict=True):
            line[at] = cell
    found = group(lesson("03"), [typed(tmp_path, "03", lines)])
    assert found.members == len(rows) and found.credences.before.dropna().tolist() == sorted(left)
    assert said in " ".join(found.faults) and bool(found.faults) == bool(said)


def test_a_table_that_tells_a_spreadsheet_what_stands_between_its_cells_is_read(tmp_path):
    path = typed(
        tmp_path, "03", [["50" if one.endswith("%") else "0,5" for one in columns(lesson("03"))]], ends=";"
    )
    for first in ("sep=;\n", '"sep=;"\r\n', "SEP=;\n"):
        other = tmp_path / "other.csv"
        other.write_text("\ufeff" + first + path.read_text("utf-8-sig"), "utf-8")
        assert group(lesson("03"), [other]).members == 1


def test_what_stands_above_the_headings_is_named_in_the_refusal(tmp_path):
    path = typed(tmp_path, "03", [["50" if one.endswith("%") else "0.5" for one in columns(lesson("03"))]])
    path.write_text("Reading group of May,,\n\n" + path.read_text("utf-8-sig"), "utf-8")
    with pytest.raises(ValueError, match=r"'Reading group of May.*' stands above them: take out"):
        group(lesson("03"), [path])


@pytest.mark.parametrize("number", ["03", "04"])
def test_a_line_in_which_a_comma_has_split_a_number_is_left_out_with_a_word(tmp_path, number):
    head = columns(lesson(number))
    line = ["50" if one.endswith("%") else "0,5" for one in head]
    path = typed(tmp_path, number, [[one.replace(",", ".") for one in line]])
    path.write_text(path.read_text("utf-8-sig") + "2," + ",".join(line) + "\n", "utf-8")
    found = group(lesson(number), [path])
    assert found.members == 1 and found.faults == (
        "Line 3 of the table has more cells than there are columns (is a comma in a number?): left out.",
    )


def test_a_column_under_another_heading_is_named(tmp_path):
    path = typed(tmp_path, "03", [["50" if one.endswith("%") else "0.5" for one in columns(lesson("03"))]])
    path.write_text(path.read_text("utf-8-sig").replace("C8 before, in %", "C8 befor, in %"), "utf-8")
    found = group(lesson("03"), [path])
    assert found.faults == ("The table's column 'C8 befor, in %' is none that `kit 03` wrote: left out.",)
    assert found.members == 1 and found.credences.set_index("claim").before.isna()["03.C8"]


@every_lesson
@pytest.mark.parametrize("ends", [",", ";", "\t"])
@pytest.mark.parametrize(("encoding", "lines"), [("utf-8", "\n"), ("utf-16", "\r\n"), ("utf-8-sig", "\r")])
def test_a_table_that_any_spreadsheet_saved_counts(tmp_path, number, ends, encoding, lines):
    said = ["60" if one.endswith("%") else "0.4" for one in columns(lesson(number))]
    path = typed(tmp_path, number, [said, said], ends=ends)
    path.write_bytes(path.read_text("utf-8-sig").replace("\n", lines).encode(encoding))
    found = group(lesson(number), [path])
    faults = [
        one for one in found.faults if not one.endswith("type 5 for 5 of a hundred.")
    ]  # 0.4 of them is odd
    assert (found.members, faults) == (2, []) and set(found.guesses.guess) == {0.4}


@pytest.mark.parametrize("more", [0, 1])
def test_a_table_that_comes_twice_counts_once_also_with_further_lines(tmp_path, more):
    line = lambda n: ["50" if one.endswith("%") else f"0.{n}" for one in columns(lesson("00"))]
    first = typed(tmp_path, "00", [line(1), line(2), line(2)])
    first.rename(tmp_path / "members (1).csv")
    typed(tmp_path, "00", [line(1), line(2), line(2), *[line(3)] * more])
    found = group(lesson("00"), files_in([tmp_path]))
    assert found.members == 3 + more
    assert len(found.faults) == 1 and "3 stand in both): counted once" in found.faults[0]


def test_a_table_that_is_none_is_said_in_a_sentence(tmp_path, capsys):
    (tmp_path / "members.csv").write_text('member,"' + "x" * 200_000, "utf-8")
    assert command.main(["03", "--members", str(tmp_path), "--to", str(tmp_path / "out")]) == 2
    assert "a table of members cannot be read" in capsys.readouterr().err


def test_paper_and_files_are_one_group_and_an_empty_table_nobody(files, tmp_path):
    line = ["50" if one.endswith("%") else "0.5" for one in columns(lesson("03"))]
    both = group(lesson("03"), [*files, typed(tmp_path, "03", [line])])
    assert both.members == 4 and "whoever has sent a file" in both.faults[0]  # nobody can tell who is who
    (tmp_path / "members.csv").write_bytes(template(lesson("03")))
    assert group(lesson("03"), [*files, tmp_path / "members.csv"]).members == 3


def test_a_table_of_something_else_is_refused(tmp_path):
    (tmp_path / "list.csv").write_text("name,mail\nanna,a@b.c\n", "utf-8")
    with pytest.raises(
        ValueError, match=r"begins with the line that `kit 03` wrote: 03.a: SFT, coin teacher"
    ):
        group(lesson("03"), [tmp_path / "list.csv"])


# What a member sends


def test_the_file_to_send_has_this_lessons_answers_only(tmp_path, monkeypatch, capsys):
    own = file_of(tmp_path, "all.jsonl", "03", [0.2, 0.9])
    other = [
        {"name": "00.a", "guesses": {"RL": 0.1}},
        {"name": "quiz 03.1", "choice": "b"},
        {"name": "rule 03.mine"},
    ]
    own.write_bytes(
        own.read_bytes() + b"".join(json.dumps(one).encode() + b"\n" for one in other) + b"{broken\n"
    )
    monkeypatch.setattr(command, "mine", lambda one: mine(one, own))
    assert command.main(["03", "--mine", "--to", str(tmp_path / "out")]) == 0
    (sent,) = (tmp_path / "out").rglob("*.jsonl")
    assert sent.name in capsys.readouterr().out
    names = {json.loads(line)["name"] for line in sent.read_bytes().splitlines()}
    asked = {"03.a", "03.b"} | {
        f"believed {when} 03.{claim}" for when in ("before", "after") for claim in ("C8", "C9")
    }
    assert names == asked and group(lesson("03"), [sent]).members == 1


def test_who_has_said_nothing_has_nothing_to_send(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "mine", lambda one: mine(one, tmp_path / "none.jsonl"))
    assert command.main(["03", "--mine", "--to", str(tmp_path)]) == 2
    assert "no prediction and no credence of lesson 03 yet" in capsys.readouterr().err


@every_lesson
def test_what_came_out_is_what_the_lesson_stores(number):
    one = lesson(number)
    found = measured(one)
    asked = {(name, key) for name, (keys, _) in one.asked.items() for key in keys}
    for part in one.verdicts.values():
        for key, value in part.verdict["measured"].items() if part.verdict["predicted"] else ():
            assert found.get((part.verdict["predicted"], key)) == value
    assert all(np.isfinite(value) for value in found.values())
    valid = [part for part in one.verdicts.values() if part.verdict["verdict"] != "NOT VALID"]
    assert not valid or asked & set(found)


def test_a_result_that_only_a_table_has_is_found_there():
    found = measured(lesson("00"))
    assert found["00.c", "RL, batch 400"] > 0.5 > found["00.a", "SFT"] >= 0


@every_lesson
def test_the_figure_of_a_group_can_be_read_and_heard(number, tmp_path):
    rng = np.random.default_rng(0)
    files = [file_of(tmp_path, f"{n}.jsonl", number, rng.random(4).round(2).tolist()) for n in range(9)]
    one = lesson(number)
    figure = plot_group(group(one, files), one, measured(one))
    assert complaints(figure) == []
    told = " ".join(figure.alt_text)
    assert all(f"{name}, {key}: median" in told for name, (keys, _) in one.asked.items() for key in keys)
    assert "of 9 who said both" in told
    plt.close(figure)


def test_a_group_that_said_nothing_afterwards_has_a_figure_too(tmp_path):
    files = [file_of(tmp_path, f"{n}.jsonl", "03", [0.1 * n, 0.5], after=False) for n in (1, 2, 3)]
    said = group(lesson("03"), files)
    figure = plot_group(said, lesson("03"), {})
    assert "who said both" not in " ".join(figure.alt_text) and said.credences.after.isna().all()
    plt.close(figure)


READ = ("anna.jsonl", "BEN.JSONL", "Cy.Json", "dee/eve.TXT", "group_A.txt", "our group.txt", "members.CSV")
UNREAD = ("table.xlsx", "noending", "fay.jsonl.bak", "dee/gus.docx", "groups.png")
OURS = (
    "slides.html",
    "slides_new.html",
    "slides_new_new.html",
    "group.png",
    "group_1.png",
    "group.txt",
    "group_2.txt",
)


def test_every_file_in_a_folder_is_read_or_named_but_the_courses_own(tmp_path):
    for name in (
        *READ,
        *UNREAD,
        *OURS,
        "group_new.txt",
        "group_new_new.txt",
        ".hidden",
        "._anna.jsonl",
        ".made",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    names = lambda paths: sorted(path.relative_to(tmp_path).as_posix() for path in paths)
    files = files_in([tmp_path])
    assert names(files) == sorted(READ)
    assert names(not_read([tmp_path], files, ["slides.html"])) == sorted(UNREAD)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_a_file_that_another_program_wrote_anew_counts(files, encoding):
    before = group(lesson("03"), files)
    files[1].write_bytes(files[1].read_bytes().replace(b"\n", b"\r\n").decode().encode(encoding))
    said = group(lesson("03"), [*files, files[1]])
    assert said.members == 3 and said.guesses.equals(before.guesses) and len(said.faults) == 1


def test_the_case_of_an_ending_changes_nothing(tmp_path):
    for place, ends in enumerate((str.lower, str.upper)):
        folder = tmp_path / str(place)
        folder.mkdir()
        file_of(folder, ends("anna.jsonl"), "03", [0.1, 0.5])
        (folder / ends("members.csv")).write_bytes(template(lesson("03")))
    said = [group(lesson("03"), files_in([tmp_path / place])) for place in "01"]
    assert said[0].members == said[1].members == 1 and not said[1].faults


def test_an_earlier_groups_figure_stays_beside_the_new_one(tmp_path):
    assert kept_of_before(tmp_path, b"new") == []
    for name, content in {"group.png": b"old picture", "group.txt": b"old"}.items():
        (tmp_path / name).write_bytes(content)
    assert kept_of_before(tmp_path, b"old") == []  # the same group once more
    assert "group_1.png" in kept_of_before(tmp_path, b"new")[0]
    assert (tmp_path / "group_1.png").read_bytes() == b"old picture" and not (tmp_path / "group.png").exists()
    (tmp_path / "group.txt").write_bytes(b"third")
    kept_of_before(tmp_path, b"fourth")
    assert [(tmp_path / f"group_{n}.txt").read_bytes() for n in (1, 2)] == [b"old", b"third"]


def test_a_file_that_says_nothing_here_or_is_of_another_version_is_named(files, tmp_path):
    """A leader who was sent six files and reads "3 members" has to learn which are left out, and why."""
    old = tmp_path / "last_year.jsonl"
    old.write_text('{"name": "03.a", "guesses": {"an arm of last year": 0.5}}\n')
    other = file_of(tmp_path, "other_lesson.jsonl", "00", [0.5])
    empty = tmp_path / "nothing.jsonl"
    empty.write_bytes(b"")
    said = group(lesson("03"), [*files, old, other, empty])
    assert said.members == 3 and said.faults == (
        "File 4 has numbers that this version of the lesson does not ask for (03.a): left out.",
        "File 5 says nothing about lesson 03: it is not counted.",
        "File 6 says nothing about lesson 03: it is not counted.",
    )


def test_a_belief_of_before_that_was_said_after_the_lesson_does_not_count(tmp_path):
    path, (name, *_) = tmp_path / "a.jsonl", lesson("03").believed
    said = [("before", 0.9), ("after", 0.2), ("before", 0.2)]
    rows = [{"name": f"believed {when} {name}", "guesses": {"believed": value}} for when, value in said]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert group(lesson("03"), [path]).credences[["before", "after"]].to_numpy().tolist() == [[0.9, 0.2]]


def test_a_late_belief_of_before_is_not_sent_to_the_leader(tmp_path):
    path, (name, *_) = tmp_path / "a.jsonl", lesson("03").believed
    rows = [{"name": f"believed before {name}", "guesses": {"believed": value}} for value in (0.9, 0.2)]
    rows.insert(1, {"name": "came out 03.a", "guesses": {}, "entry": {"measured": {"SFT": 0.5}}})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    sent = [json.loads(line) for line in mine(lesson("03"), path).splitlines()]
    assert [row["guesses"] for row in sent if row["guesses"]] == [{"believed": 0.9}]


def late_and_early(path):
    """A file in which one number was said before its result and after it, one after it only, one before only."""
    early, late, other = lesson("04").asked["04.a"][0][:3]
    rows = [
        {"name": "04.a", "guesses": {early: 0.9}, "confidence": 0.8},
        {"name": "came out 04.a", "guesses": {}, "entry": {"measured": {early: 0.1}, "turned": True}},
        {"name": "04.a", "guesses": {early: 0.8}},
        {"name": "came out 04.a", "guesses": {}, "entry": {"measured": {early: 0.52, late: 0.3}}},
        {"name": "04.a", "guesses": {early: 0.52, late: 0.3, other: 0.6}, "confidence": 0.9},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {early: 0.8, other: 0.6}


def test_what_was_guessed_after_its_own_result_counts_nowhere_as_in_progress(tmp_path):
    path, sent = tmp_path / "whole.jsonl", tmp_path / "sent.jsonl"
    counts = late_and_early(path)
    sent.write_bytes(mine(lesson("04"), path))
    for file in (path, sent):
        said = group(lesson("04"), [file])
        assert dict(zip(said.guesses.key, said.guesses.guess, strict=True)) == counts
        assert said.faults == ("1 number of file 1 (04.a) said after the result was shown, left out.",)


def test_the_file_to_send_and_the_whole_file_are_one_member(tmp_path):
    late_and_early(tmp_path / "whole.jsonl")
    (tmp_path / "whole.jsonl").write_text(
        (tmp_path / "whole.jsonl").read_text().replace('"name"', '"at": "2026-11-26T10:00+00:00", "name"')
    )
    (tmp_path / "sent.jsonl").write_bytes(mine(lesson("04"), tmp_path / "whole.jsonl"))
    (tmp_path / "whole.jsonl").write_bytes(
        (tmp_path / "whole.jsonl").read_bytes()
        + b'{"name": "01.a", "guesses": {"SFT": 0.5}, "at": "2026-11-26T11:00+00:00"}\n'
    )
    assert group(lesson("04"), files_in([tmp_path])).members == 1


@pytest.mark.parametrize("order", [1, -1])
def test_a_file_into_which_two_members_lines_were_put_is_asked_about(tmp_path, order):
    line = lambda minute, guess: json.dumps(
        {"name": "00.a", "guesses": {"SFT": guess}, "at": f"2026-11-26T10:{minute}+00:00"}
    )
    path = tmp_path / "all.jsonl"
    path.write_text("\n".join([line(30, 0.2), line(40, 0.3), line(31, 0.9)][::order]) + "\n")
    (said,) = group(lesson("00"), [path]).faults
    assert "counts as one member's" in said
    path.write_text("\n".join([line(30, 0.2), line(40, 0.3), line(41, 0.9)]) + "\n")
    assert not group(lesson("00"), [path]).faults
