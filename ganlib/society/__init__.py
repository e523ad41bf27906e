"""What generated images do where people share them, and what can be done: simulations, measures.

Who needs it: lessons on social media. A reader of the training code may skip it.
"""

__all__: list[str] = []
