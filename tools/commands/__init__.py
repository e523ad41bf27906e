"""The commands by name, and the Python environment that they run in."""
