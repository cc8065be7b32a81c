"""What is known of a PatchGAN without building it (Isola et al. 2017, appendix 6.1.2)."""

from __future__ import annotations

from aiart.errors import UserError

# Receptive field → convolutions of stride 2, which is `n_layers` of the authors' code.
HALVINGS = {1: 0, 16: 1, 34: 2, 70: 3, 142: 4, 286: 5}


def patchgan_layers(field: int) -> list[tuple[int, int]]:
    """Kernel side and stride of every layer of the PatchGAN with a receptive field of so many pixels.

    The last two have stride 1, as in the authors' code. Stride 2 in all five, as the papers' text can be read,
    would see 94 px instead of 70. Raises UserError for a field that there is no PatchGAN of.
    """
    if field not in HALVINGS:
        choices = ", ".join(map(str, HALVINGS))
        raise UserError(
            f"receptive_field is {field}, but there are PatchGANs of {choices} px only; choose one of them."
        )
    if field == 1:
        return [(1, 1)] * 3
    return [(4, 2)] * HALVINGS[field] + [(4, 1)] * 2


def logits_side(field: int, side: int) -> int:
    """Logits along a side of so many pixels: 30 for 256 px and a receptive field of 70.

    Raises UserError when none is left.
    """
    logits = side
    for kernel, stride in patchgan_layers(field):
        logits = (logits + 2 * padding(kernel) - kernel) // stride + 1
    if logits < 1:
        raise UserError(
            f"receptive_field is {field}, which leaves a picture of {side} px no logit; choose a smaller one or larger "
            "pictures."
        )
    return logits


def padding(kernel: int) -> int:
    """Pixels of zeros that a convolution puts around its input."""
    return 1 if kernel > 1 else 0


def head_layers(stride: int) -> list[tuple[int, int]]:
    """Kernel side and stride of every layer of the small PatchGAN on a feature layer whose activations are so many
    pixels apart: finer ones than 4 are halved first, so that no head costs much more than another."""
    return [(4, 2) if stride < 4 else (3, 1), (3, 1), (1, 1)]


def head_side(stride: int) -> int:
    """Side in pixels of the smallest picture of which such a head has a logit."""
    activations = 1
    for kernel, step in reversed(head_layers(stride)):
        activations = (activations - 1) * step + kernel
    return activations * stride
