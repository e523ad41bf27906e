"""Notebooks: running and saving them, their rules, exercises made of solutions, grading.

Who needs it: who writes, runs or grades notebooks.
"""
