"""What leaves the repository: the reading site, its vendored scripts, the cover, Colab."""
