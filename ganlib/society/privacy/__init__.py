"""What a trained GAN gives away about its training data: attacks, and training with a guarantee.

Who needs it: the lesson on privacy, and whoever trains on data of people.
"""

__all__: list[str] = []
