"""How fast the course is, side by side with the best: `python3 course.py benchmark`."""
