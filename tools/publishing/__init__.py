"""What leaves the repository: the reading site, its vendored scripts, the cover, Colab.

Who needs it: who changes the reading site, or what runs on Colab.
"""
