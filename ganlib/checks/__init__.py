"""Checks of the exercises' answers: one module a lesson, one function a task.

>>> import numpy as np
>>> from ganlib.checks import lesson02 as checks
>>> checks.value(lambda d_real, d_fake: np.log(d_real).mean() + np.log(1 - d_fake).mean())
✓ a discriminator that always says one half has −log 4
✓ V of any other discriminator
  value: 2 of 2 points
2.0

A check prints what is right and what is wrong, never the answer, and returns the points as a Python
float, which nbgrader takes as the score of the cell. ``checks.value(hint=1)`` shows a hint.

The checks compute what they compare with by themselves: nothing that a student may have changed in
other modules of ``ganlib`` takes part.

Who needs it: those who write or grade exercises. A reader of the library may skip it.
"""
