"""A reproducible AI-art studio: style transfer, Deep Dream, Pix2Pix and CycleGAN.

Rooms, in the order data flows through them; no room imports one below it:
images, datasets, networks, style_transfer, deep_dream, gallery, cli. `params` and `errors` serve all.
"""

__version__ = "0.1.0"
