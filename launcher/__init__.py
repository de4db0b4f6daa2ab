"""What `course.py` is made of. Standard library only, and readable by old Pythons: nothing is installed yet."""
