"""A reproducible AI-art studio: style transfer, Deep Dream, Pix2Pix and CycleGAN.

Rooms, in the order data flows through them; no room imports one below it:
params and images, datasets and gallery, networks, style_transfer and deep_dream and translation, cli.
"""

__version__ = "0.2.0"
