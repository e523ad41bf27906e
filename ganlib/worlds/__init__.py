"""Worlds: objects in three dimensions, drawn by code and by a GAN, measured, shown and exported.

- ``solids``: eight classes of objects as voxels, drawn by code, with known factors
- ``networks``: generators and discriminators of three-dimensional convolutions
- ``trained``: networks that ship with the package, each with a card
- ``measures``: pieces, feet, symmetry, standing, and how a set of objects compares with another
- ``editing``: the object of a generator that is nearest to one of your own
- ``meshes``: surfaces made of triangles
- ``views``: pictures of surfaces, and a viewer with a slider
- ``glb``: files that browsers, engines and telephones open

Who needs it: lesson 14, and whoever makes content for virtual and augmented reality.
"""

__all__: list[str] = []
