"""Typed tables: what is counted is people, in whatever lines, tables and copies they stand."""

import os
import statistics

import pytest

from helpers.kit.groups.lesson import lesson
from helpers.kit.groups.members import files_in, group, measured
from helpers.kit.groups.typed import columns

HEAD = list(columns(lesson("05")))
GUESSES = {
    "Ann": [0.1, 0.9, 0.3, 0.45, 12, 70, 0.2, 0.85, 0.35, 0.6, 2.5, 8, 30, 55, 11, 64],
    "Bo": [0.5, 0.3, 0.15, 0.8, 55, 20, 0.65, 0.1, 0.75, 0.05, 1.2, 3, 72, 18, 40, 9],
    "Cy": [0.75, 0.2, 0.6, 0.1, 33, 48, 0.9, 0.4, 0.55, 0.25, 6, 1.5, 5, 81, 27, 93],
}
CREDENCES = {"Ann": [70, 60, 20, 35], "Bo": [15, 80, 55, 90], "Cy": [40, 25, 95, 5]}
NUMBERS = {name: GUESSES[name] + CREDENCES[name] for name in GUESSES}
BEFORE = [at for at, one in enumerate(HEAD) if not one.endswith("after, in %")]
PLACES = range(len(HEAD))


def line(who, numbers, only=PLACES):
    return [who, *(f"{numbers[at]:g}" if at in only else "" for at in PLACES)]


def lines(names="Ann Bo Cy", only=PLACES):
    return [line(name, NUMBERS[name], only) for name in names.split()]


def table(folder, rows, name="members.csv", *, head=("member", *HEAD), saved=0):
    path = folder / name
    path.write_text("\n".join(";".join(row) for row in [head, *rows]) + "\n", "utf-8")
    os.utime(path, (1_000_000 + 600 * saved,) * 2)
    return path


def counted(folder):
    return group(lesson("05"), files_in([folder]))


def corrected(numbers):
    """The same with one number put right, the first."""
    return [0.99, *numbers[1:]]


def guesses(found, at=0):
    name, key = columns(lesson("05"))[HEAD[at]]
    return sorted(found.guesses[(found.guesses.name == name) & (found.guesses.key == key)].guess)


@pytest.fixture
def three(tmp_path_factory):
    """What Ann, Bo and Cy said, each in a line of one table."""
    return group(lesson("05"), [table(tmp_path_factory.mktemp("three"), lines())])


# One person in several lines


@pytest.mark.parametrize("spelled", ["Ann", "ann", " ANN ", "Ánn", "Ann.", "A\u0301nn"])
@pytest.mark.parametrize("tables", [1, 2])
def test_a_person_in_two_lines_or_two_tables_is_one_however_the_name_is_spelled(
    tmp_path, three, spelled, tables
):
    later = [line(spelled, NUMBERS["Ann"], {*PLACES} - {*BEFORE})]
    first = [lines("Ann", BEFORE)[0], *lines("Bo Cy")]
    if tables == 1:
        table(tmp_path, [*first, *later])
    else:
        table(tmp_path, first)
        table(tmp_path, later, "after.csv", saved=1)
    found = counted(tmp_path)
    assert (found.members, found.faults) == (3, ())
    assert found.guesses.equals(three.guesses) and found.credences.equals(three.credences)


@pytest.mark.parametrize("tables", [1, 2])
def test_of_lines_of_one_name_that_differ_the_last_counts_and_it_is_said(tmp_path, tables):
    again = line("ann", corrected(NUMBERS["Ann"]))
    table(tmp_path, [*lines(), again] if tables == 1 else lines())
    if tables == 2:
        table(tmp_path, [again], "a.csv", saved=1)
    found = counted(tmp_path)
    assert found.members == 3 and guesses(found) == [0.5, 0.75, 0.99]
    (said,) = found.faults
    assert "1 number" in said and "what was typed or saved last counts" in said and "two people" in said


@pytest.mark.parametrize("names", ["named", "numbered", "none", "headless"])
@pytest.mark.parametrize("copy", ["members (1).csv", "a.csv", "z.csv"])
@pytest.mark.parametrize("moved", [False, True])
def test_a_corrected_copy_beside_the_old_table_counts_nobody_twice(tmp_path, names, copy, moved):
    who = {"named": "Ann Bo Cy".split(), "numbered": "1 2 3".split()}.get(names, [""] * 3)
    old = [line(one, NUMBERS[name]) for one, name in zip(who, NUMBERS, strict=True)]
    new = [line(who[0], corrected(NUMBERS["Ann"])), *old[1:]]
    if moved and names in ("named", "none", "headless"):
        new = new[::-1]
    head = ("member", *HEAD)
    if names == "headless":
        old, new, head = [one[1:] for one in old], [one[1:] for one in new], HEAD
    table(tmp_path, old, head=head)
    table(
        tmp_path, new, copy, head=head, saved=copy != "members (1).csv"
    )  # which is by its number the later one
    found = counted(tmp_path)
    assert found.members == 3 and guesses(found) == [0.5, 0.75, 0.99]
    assert len(found.faults) == 1 and "1 number" in found.faults[0]


def test_a_name_that_was_put_right_in_a_copy_is_no_other_person(tmp_path):
    table(tmp_path, [line("Anm", NUMBERS["Ann"]), *lines("Bo Cy")])
    table(tmp_path, lines(), "later.csv", saved=1)
    found = counted(tmp_path)
    assert found.members == 3 and "alike but for the name: taken for one person" in found.faults[0]


def test_two_groups_whose_tables_have_the_same_numbers_for_names_are_two(tmp_path, three):
    other = {name: [100 - one if one > 1 else 1 - one for one in said] for name, said in NUMBERS.items()}
    for name, said in {"room 1.csv": NUMBERS, "room 2.csv": other}.items():
        table(tmp_path, [line(str(n), said[who]) for n, who in enumerate(said, 1)], name)
    found = counted(tmp_path)
    assert found.members == 6 and len(found.guesses) == 2 * len(three.guesses) and not found.faults


def test_two_groups_under_each_other_with_the_same_numbers_are_two_and_it_is_said(tmp_path):
    table(tmp_path, [line(n, NUMBERS[who]) for n, who in zip("121", NUMBERS, strict=True)])
    found = counted(tmp_path)
    assert found.members == 3
    assert found.faults == (
        "Line 2 of the table and line 4 of the table have one number and differ: counted as two members.",
    )


def test_tables_of_before_and_after_with_numbers_for_names_are_joined_and_it_is_said(tmp_path, three):
    for place, only in enumerate((BEFORE, {*PLACES} - {*BEFORE})):
        rows = [line(str(n), NUMBERS[who], only) for n, who in enumerate(NUMBERS, 1)]
        table(tmp_path, rows, f"{place}.csv", saved=place)
    found = counted(tmp_path)
    assert found.members == 3 and found.credences.equals(three.credences)
    assert len(found.faults) == 1 and "no column is filled in both" in found.faults[0]


def test_people_who_say_the_same_under_names_of_their_own_are_as_many(tmp_path):
    for name in "Ann Bo Cy".split():
        table(tmp_path, [line(name, NUMBERS["Ann"])], f"{name}.csv")
    assert counted(tmp_path).members == 3
    table(tmp_path, [line(name, NUMBERS["Ann"]) for name in ("Dee", "Eve", "Fay")])
    assert counted(tmp_path).members == 6 and not counted(tmp_path).faults


# Lines that are no person


def of_columns(measure, names="Ann Bo Cy", digits=2):
    return [round(measure([NUMBERS[name][at] for name in names.split()]), digits) for at in PLACES]


SUMMARIES = {
    "mean": of_columns(statistics.fmean),
    "median": of_columns(statistics.median),
    "sum": of_columns(sum),
    "sd": of_columns(statistics.stdev),
    "count": [3] * len(HEAD),
    "sd of all": of_columns(statistics.pstdev, digits=1),
}


@pytest.mark.parametrize("who", ["", "Gjennomsnitt", "平均", "Ø", "Среднее", "M", "4", "Mean of the group"])
@pytest.mark.parametrize("kind", SUMMARIES)
def test_a_line_of_statistics_is_no_member_in_whatever_language_and_it_is_said(tmp_path, three, who, kind):
    table(tmp_path, [*lines(), line(who, SUMMARIES[kind])])
    found = counted(tmp_path)
    assert found.guesses.equals(three.guesses) and found.credences.equals(three.credences)
    (said,) = found.faults
    assert said.startswith("Line 5 of the table") and "is no member: left out" in said


@pytest.mark.parametrize("order", [["mean", "sd", "sum"], ["sd of all", "median", "mean"]])
@pytest.mark.parametrize("above", [False, True])
def test_several_lines_of_statistics_below_or_above_the_members_are_no_members(tmp_path, three, order, above):
    extra = [line(f"x{kind}", SUMMARIES[kind]) for kind in order]
    table(tmp_path, [*extra[::-1], *lines()] if above else [*lines(), *extra])
    found = counted(tmp_path)
    assert found.members == 3 and found.guesses.equals(three.guesses) and len(found.faults) == 3


@pytest.mark.parametrize(
    "who",
    [
        "mean",
        "Total:",
        "MEDIAN",
        "Mittelwert",
        "Std. dev.",
        "MW",
        "Average of all",
        "Écart type",
        "Anzahl",
        "measured",
        "Result",
        "actual",
        "example",
    ],
)
def test_a_line_with_the_word_of_a_summary_is_no_member_whatever_stands_there(tmp_path, three, who):
    table(tmp_path, [*lines(), line(who, NUMBERS["Ann"])])
    found = counted(tmp_path)
    assert found.guesses.equals(three.guesses)
    assert found.faults == (f"Line 5 of the table, {who!r}, is no member: left out.",)


@pytest.mark.parametrize("who", ["min", "Min.", "n", "N =", "75 %", "75%", "Q1", "class", "all", "Diff"])
def test_a_line_whose_name_may_be_that_of_a_summary_is_counted_and_asked_about(tmp_path, who):
    table(tmp_path, [*lines("Ann Bo"), line(who, NUMBERS["Cy"])])
    found = counted(tmp_path)
    asked = f"Line 4 of the table, {who!r}, is counted as a member: is it one? If not, take its line out."
    assert found.members == 3 and found.faults == (asked,)


@pytest.mark.parametrize("names", ["A K N", "Group 1,Group 2,Group 3", "Nina Minh Alla"])
def test_nobody_asks_about_initials_or_groups_that_are_counted(tmp_path, names):
    split = names.split("," if "," in names else " ")
    table(tmp_path, [line(who, NUMBERS[name]) for who, name in zip(split, NUMBERS, strict=True)])
    found = counted(tmp_path)
    assert found.members == 3 and not found.faults


def test_a_line_of_what_came_out_is_no_guess_of_anybody_and_it_is_said(tmp_path, three):
    results = measured(lesson("05"))
    came_out = [
        f"{results[asked]:.2f}" if asked in results else "" for asked in columns(lesson("05")).values()
    ]
    table(tmp_path, [*lines(), ["Ergebnis", *came_out]])
    found = counted(tmp_path)
    assert found.guesses.equals(three.guesses)
    assert found.faults == ("Line 5 of the table, 'Ergebnis', is no member: left out.",)


def test_headings_that_stand_there_once_more_are_nobody(tmp_path, three):
    table(tmp_path, [*lines("Ann"), ["member", *HEAD], *lines("Bo Cy")])
    found = counted(tmp_path)
    assert found.guesses.equals(three.guesses) and found.members == 3 and not found.faults


def test_of_lines_of_one_name_that_fill_different_columns_it_is_said_that_they_count_as_one_person(tmp_path):
    table(tmp_path, [line("Ann", NUMBERS["Ann"], BEFORE[:1]), line("Ann", NUMBERS["Bo"], BEFORE[1:])])
    found = counted(tmp_path)
    assert found.members == 1 and "If they are two people, give them two names" in found.faults[0]


@pytest.mark.parametrize("names", ["none", "others"])
def test_halves_of_people_that_nothing_joins_are_asked_about(tmp_path, names):
    for place, only in enumerate((BEFORE, {*PLACES} - {*BEFORE})):
        rows = [line(f"{who}{'a' * place}" * (names == "others"), NUMBERS[who], only) for who in NUMBERS]
        table(tmp_path, rows, f"{place}.csv", saved=place)
    (said,) = counted(tmp_path).faults
    assert said.startswith("3 of the tables' members said nothing after the session, and 3 nothing before it")


def test_somebody_called_max_is_a_member_and_a_line_of_maxima_is_none(tmp_path):
    table(tmp_path, [*lines("Ann Bo"), line("Max", NUMBERS["Cy"])])
    assert counted(tmp_path).members == 3 and not counted(tmp_path).faults
    table(tmp_path, [*lines(), line("Max", of_columns(max))])
    assert counted(tmp_path).members == 3 and len(counted(tmp_path).faults) == 1


def test_a_line_without_a_name_where_others_have_one_is_left_out_and_said(tmp_path, three):
    table(tmp_path, [*lines(), line("", [one / 2 for one in NUMBERS["Ann"]])])
    found = counted(tmp_path)
    assert found.guesses.equals(three.guesses)
    assert found.faults == ("Line 5 of the table has no name, and others have one: left out.",)


@pytest.mark.parametrize("who", ["", "13"])
def test_a_line_more_than_the_table_has_numbers_for_is_a_member(tmp_path, who):
    table(
        tmp_path,
        [*(line(n, NUMBERS[name]) for n, name in zip("12", NUMBERS, strict=False)), line(who, NUMBERS["Cy"])],
    )
    assert counted(tmp_path).members == 3 and not counted(tmp_path).faults


def test_somebody_in_the_middle_of_two_in_a_few_numbers_is_a_member(tmp_path):
    middle = [(one + other) / 2 for one, other in zip(NUMBERS["Ann"], NUMBERS["Bo"], strict=True)]
    table(tmp_path, [*lines("Ann Bo"), line("Dee", middle, only=[0, 1, 2])])
    assert counted(tmp_path).members == 3


def test_somebody_who_stands_in_another_line_with_numbers_of_their_own_is_no_mean(tmp_path):
    mean = of_columns(statistics.fmean, "Ann Bo")
    before = line("Dee", mean, only=BEFORE[:8])
    table(tmp_path, [*lines("Ann Bo"), before, line("Dee", NUMBERS["Cy"], only=BEFORE[8:])])
    found = counted(tmp_path)
    assert found.members == 3 and ["fill different columns" in one for one in found.faults] == [True]


def test_a_single_word_among_numbers_is_counted_and_asked_about(tmp_path):
    table(
        tmp_path,
        [
            *(line(n, NUMBERS[name]) for n, name in zip("12", NUMBERS, strict=False)),
            line("Cy", NUMBERS["Cy"]),
        ],
    )
    found = counted(tmp_path)
    assert found.members == 3
    assert found.faults == ("Line 4 of the table, 'Cy', is counted as a member, among numbers: is it one?",)


# Headings and cells


@pytest.mark.parametrize(
    "heading",
    ["Member", "Name", "your name", "Email Address", "Nickname", "Teilnehmer/Name", "MEMBERS", "Nom"],
)
def test_a_column_of_names_is_known_under_other_headings(tmp_path, heading):
    table(tmp_path, [*lines(), line("ann", NUMBERS["Ann"])], head=(heading, *HEAD))
    found = counted(tmp_path)
    assert (found.members, found.faults) == (3, ())


def test_first_names_that_are_alike_are_told_apart_by_a_second_column(tmp_path):
    rows = [[*one[:1], last, *one[1:]] for one, last in zip(lines(), "Ek Ek Ek".split(), strict=True)]
    rows[1][0] = "Ann"
    rows[1][1] = "Oe"
    table(tmp_path, rows, head=("First name", "Last name", *HEAD))
    assert (counted(tmp_path).members, counted(tmp_path).faults) == (3, ())


def test_a_first_column_of_words_is_taken_for_names_and_one_of_times_is_not(tmp_path):
    table(tmp_path, [*lines(), line("ann", NUMBERS["Ann"])], head=("Wer", *HEAD))
    found = counted(tmp_path)
    assert found.members == 3 and "'Wer', is taken for the members' names" in found.faults[0]
    table(tmp_path, [line("26 Nov 10:00", NUMBERS[name]) for name in NUMBERS], head=("Timestamp", *HEAD))
    found = counted(tmp_path)
    assert found.members == 3 and found.faults == (
        "The table's column 'Timestamp' is none that `kit 05` wrote: left out.",
    )


def test_a_heading_that_stands_twice_is_said(tmp_path):
    table(tmp_path, [[*one, "0.99"] for one in lines()], head=("member", *HEAD, HEAD[0]))
    found = counted(tmp_path)
    assert guesses(found) == [0.99] * 3 and found.faults == (
        f"The table has the column {HEAD[0]!r} twice: where both are filled, the right one counts.",
    )


@pytest.mark.parametrize(
    ("cell", "beside", "read"),
    [
        ("1,200", "5", None),
        ("1.200", "5", None),
        ("1,200", "5,5", 1.2),
        ("1.200", "5.5", 1.2),
        ("1,200", "5.5", None),
        ("1.200", "5,5", None),
        ("1200", "5", 1200),
        ("0,125", "5", 0.125),
        ("1,25", "5", 1.25),
    ],
)
def test_a_sign_that_may_part_thousands_is_asked_about_unless_the_table_tells(tmp_path, cell, beside, read):
    at = HEAD.index("05.d: SFT")
    rows = [[name, *[""] * len(HEAD)] for name in ("Ann", "Bo")]
    rows[0][1 + at], rows[1][1 + at] = cell, beside
    table(tmp_path, rows)
    found = counted(tmp_path)
    assert guesses(found, at) == sorted([float(beside.replace(",", ".")), *([] if read is None else [read])])
    assert len(found.faults) == (read is None) and all(repr(cell) in one for one in found.faults)
