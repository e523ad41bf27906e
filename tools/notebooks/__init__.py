"""Notebooks: running and saving them, their rules, exercises made of solutions.

Who needs it: who writes or runs notebooks.
"""
