"""The generators of junyanz/pytorch-CycleGAN-and-pix2pix as their weights name their parts, for the tests of
`aiart import`. Where PyTorch is installed,

    python tests/helpers/torch_networks.py

makes the files in tests/fixtures again: weights of tiny ones in both formats of `torch.save`, and what they make of
`picture`.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
NORMS = {
    "batch": nn.BatchNorm2d,
    "instance": nn.InstanceNorm2d,
    "instance with statistics": partial(nn.InstanceNorm2d, track_running_stats=True),
    "instance with weights": partial(nn.InstanceNorm2d, affine=True),
    "none": lambda channels: nn.Identity(),
}


class Network(nn.Module):
    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)


class Block(nn.Module):
    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv_block(x)


def residual(width: int, blocks: int, norm: str, dropout: bool = False) -> Network:
    bias, normalise = norm.startswith("instance"), NORMS[norm]

    def half(channels: int) -> list[nn.Module]:
        return [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias), normalise(channels)]

    layers = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7, bias=bias), normalise(width), nn.ReLU()]
    for before in (width, 2 * width):
        layers += [nn.Conv2d(before, 2 * before, 3, 2, 1, bias=bias), normalise(2 * before), nn.ReLU()]
    for _ in range(blocks):
        between = [nn.ReLU(), nn.Dropout(0.5)] if dropout else [nn.ReLU()]
        layers.append(Block(*half(4 * width), *between, *half(4 * width)))
    for before in (4 * width, 2 * width):
        up = nn.ConvTranspose2d(before, before // 2, 3, 2, 1, output_padding=1, bias=bias)
        layers += [up, normalise(before // 2), nn.ReLU()]
    layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
    return Network(nn.Sequential(*layers))


class Level(nn.Module):
    """A level of a U-Net, around those below it."""

    def __init__(self, outer: int, inner: int, below: Level | None, norm: str, dropout: bool = False):
        super().__init__()
        self.outermost, bias, normalise = outer == 3, norm.startswith("instance"), NORMS[norm]
        down = nn.Conv2d(outer, inner, 4, 2, 1, bias=bias)
        up_from = 2 * inner if below else inner
        up = nn.ConvTranspose2d(up_from, outer, 4, 2, 1, bias=bias or self.outermost)
        if self.outermost:
            layers = [down, below, nn.ReLU(), up, nn.Tanh()]
        elif below is None:
            layers = [nn.LeakyReLU(0.2), down, nn.ReLU(), up, normalise(outer)]
        else:
            layers = [nn.LeakyReLU(0.2), down, normalise(inner), below, nn.ReLU(), up, normalise(outer)]
        self.model = nn.Sequential(*layers, *([nn.Dropout(0.5)] if dropout else []))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


def unet(width: int, halvings: int, norm: str, dropout: bool = True) -> Network:
    level = Level(8 * width, 8 * width, None, norm)
    for _ in range(halvings - 5):
        level = Level(8 * width, 8 * width, level, norm, dropout)
    for outer in (4, 2, 1):
        level = Level(outer * width, 2 * outer * width, level, norm)
    return Network(Level(3, width, level, norm))


def randomised(network: nn.Module, seed: int) -> nn.Module:
    """With weights, and statistics that were kept, which are no one's default."""
    torch.manual_seed(seed)
    for name, tensor in network.state_dict().items():
        if "num_batches" not in name:
            vector = tensor.ndim == 1
            scale = 0.3 if vector else 1.5 / tensor[0].numel() ** 0.5
            tensor.copy_(torch.randn(tensor.shape) * scale + ("weight" in name and vector))
            if "running_var" in name:
                tensor.abs_().add_(0.5)
    return network


def picture(height: int, width: int) -> np.ndarray:
    """(1, height, width, 3) in −1..1, of integers, so that it is the same everywhere."""
    row, column, channel = np.ogrid[:height, :width, :3]
    return ((row * row * 3 + column * 13 + row * column + channel * 71) % 256 / np.float32(127.5) - 1)[None].astype(
        "f4"
    )


def translated(network: nn.Module, pictures: np.ndarray) -> np.ndarray:
    """What the authors' test makes of pictures, but for dropout: norms take the picture's own statistics."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    with torch.no_grad():
        return network(torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())).numpy().transpose(0, 2, 3, 1)


def main() -> None:
    cyclegan = randomised(residual(2, 1, "instance with statistics"), seed=1)
    torch.save(nn.DataParallel(cyclegan).state_dict(), FIXTURES / "resnet_instance.pth")
    # In 16 bits, to be small.
    pix2pix = randomised(unet(1, 5, "batch"), seed=2).half()
    torch.save(pix2pix.state_dict(), FIXTURES / "unet_batch.pth", _use_new_zipfile_serialization=False)
    made = {
        "resnet_instance": translated(cyclegan, picture(12, 20)),
        "unet_batch": translated(pix2pix.float(), picture(32, 64))[:, ::3, ::3],
    }
    np.savez(FIXTURES / "torch_made.npz", **made)
    for name, array in made.items():
        print(name, array.shape, array.min(), array.max(), array.std())


if __name__ == "__main__":
    main()
