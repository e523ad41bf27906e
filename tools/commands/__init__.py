"""The commands by name, and the Python environment that they run in.

Who needs it: anyone who adds a command, or repairs the set-up.
"""
