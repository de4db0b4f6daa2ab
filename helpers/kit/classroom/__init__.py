"""For classrooms: an nbgrader course made from the lessons' own source, and how it is graded.

A lesson's exercises (a gap, a check below it, minutes in the heading) become answers, tests and points; its own rule to
state becomes an answer that a person grades. nbgrader is an instructor's package: only `grading` and `apart` import it.
"""
