"""Training and scoring the networks that ship, and recording how trainings went.

Who needs it: who trains a network that ships, or records a training.
"""
