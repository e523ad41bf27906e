"""What the course's commands do, in five rooms.

- ``commands``: the commands by name, and the environment that they run in;
- ``notebooks``: run them, hold them to their rules, make exercises of solutions;
- ``teaching``: hand out, collect, grade;
- ``publishing``: the reading site, the cover, Colab;
- ``training``: the recipes, and the scripts that train, score and store networks.

``course.py`` is the door: ``python tools/course.py lab``. A single script runs as a module, from
the course's root: ``python -m tools.notebooks.rules notebooks/06-first-image-gan.ipynb``.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
