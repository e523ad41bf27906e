"""What a reader of the library may skip: it keeps things working and says nothing about GANs.

Files that are whole or as they were, what libraries write to the screen, what the machine is,
CIFAR-10 found or fetched, several devices, faster layers for a processor, networks and records that
ship with the package, tables that print, checks of arguments. Nothing here imports the rest of
``ganlib``.

Who needs it: the other modules, and anyone who fixes what their errors name.
"""
