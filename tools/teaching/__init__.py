"""Teaching: a class's numbers, collecting, grading, feedback, tables of grades.

Who needs it: who hands out exercises and grades what comes back.
"""
