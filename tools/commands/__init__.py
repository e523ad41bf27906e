"""The commands by name, and the Python environment that they run in.

Who needs it: who adds a command, or mends the set-up.
"""
