"""Notebooks: running and saving them, their rules, exercises made of solutions, grading."""
