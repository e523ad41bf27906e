"""Training and scoring the networks that ship, and recording how trainings went."""
