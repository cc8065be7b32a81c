"""Style transfer in PyTorch: what `benchmarks/peers.py` compares with. Needs torch and Pillow, not this project.

Written anew after the structure of two programs, with their arithmetic, settings and optimisers:

neural_style_pt  ProGamerGov/neural-style-pt: losses as modules inside a contiguous nn.Sequential with ReLU in place,
                 zero padding, maximum pooling, torch.optim.LBFGS with a history of 100, no line search. It multiplies
                 the picture by 256, not by 255 as here.
crowsonkb        crowsonkb/style-transfer-pytorch: features by layer, the first convolution replicates the edge, losses
                 whose gradient has an L1 norm of about 1, squared TV, Adam at rate 0.02, a running average of pictures.
                 It has no L-BFGS; of its scales only the last one is painted.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

BLOCKS = (2, 2, 4, 4, 1)
LAYERS = [f"{block}_{index}" for block, count in enumerate(BLOCKS, 1) for index in range(1, count + 1)]
STYLE, CONTENT = ("1_1", "2_1", "3_1", "4_1", "5_1"), "4_2"


def read_picture(path: str) -> torch.Tensor:
    """(1, 3, height, width), RGB 0..255."""
    picture = np.array(Image.open(path).convert("RGB"), np.float32)
    return torch.from_numpy(picture).permute(2, 0, 1)[None].contiguous()


def read_weights(path: str) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Kernel (out, in, 3, 3) and bias (out,) of each layer from `blockB_convI/kernel` (3, 3, in, out) and so on."""
    found = {}
    with np.load(path) as file:
        for layer in LAYERS:
            block, index = layer.split("_")
            kernel, bias = (file[f"block{block}_conv{index}/{part}"].astype(np.float32) for part in ("kernel", "bias"))
            found[layer] = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy()), torch.from_numpy(bias)
    return found


def convolution(kernel: torch.Tensor, bias: torch.Tensor, padding_mode: str = "zeros") -> nn.Conv2d:
    layer = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1, padding_mode=padding_mode)
    layer.weight, layer.bias = nn.Parameter(kernel, requires_grad=False), nn.Parameter(bias, requires_grad=False)
    return layer


def gram(activation: torch.Tensor) -> torch.Tensor:
    flat = activation.view(activation.shape[1], -1)
    return torch.mm(flat, flat.t())


class ContentLoss(nn.Module):
    def forward(self, x):
        if self.mode == "content":
            self.target = x.detach()
        elif self.mode == "loss":
            self.loss = 5.0 * functional.mse_loss(x, self.target)
        return x


class StyleLoss(nn.Module):
    def forward(self, x):
        if self.mode == "style":
            self.target = gram(x).div(x.nelement()).detach()
        elif self.mode == "loss":
            self.loss = 100.0 * functional.mse_loss(gram(x).div(x.nelement()), self.target)
        return x


class TVLoss(nn.Module):
    def forward(self, x):
        down, right = x[:, :, 1:, :] - x[:, :, :-1, :], x[:, :, :, 1:] - x[:, :, :, :-1]
        self.loss = 1e-3 * (down.abs().sum() + right.abs().sum())
        return x


def neural_style_pt(content, style, weights, evaluations, observe):
    """The painted picture, RGB 0..255. observe: called with each evaluation's loss."""
    mean = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
    content, style = (picture.flip(1) - mean for picture in (content, style))
    losses = [TVLoss()]
    network = nn.Sequential(losses[0])
    for layer in LAYERS:
        if layer.endswith("_1") and layer != "1_1":
            network.append(nn.MaxPool2d(2, 2))
        network.append(convolution(*weights[layer])).append(nn.ReLU(inplace=True))
        if layer in STYLE or layer == CONTENT:
            losses.append(ContentLoss() if layer == CONTENT else StyleLoss())
            network.append(losses[-1])

    def turn(mode: str) -> None:
        for module in losses:
            module.mode = mode

    for mode, picture in (("content", content), ("style", style)):
        turn(mode)
        network(picture)
    turn("loss")
    picture = nn.Parameter(content.clone())
    options = {"max_iter": evaluations, "tolerance_change": -1, "tolerance_grad": -1, "history_size": 100}
    optimizer = torch.optim.LBFGS([picture], **options)

    def evaluate():
        optimizer.zero_grad()
        network(picture)
        loss = sum(module.loss for module in losses)
        loss.backward()
        observe(loss.item())
        return loss

    optimizer.step(evaluate)
    return (picture.detach() + mean).flip(1)


def scaled_mse(x, target):
    difference = x - target
    return difference.pow(2).sum() / difference.abs().sum().add(1e-8)


def mean_gram(activation):
    flat = activation.flatten(-2)
    return flat @ flat.transpose(-2, -1) / flat.shape[-1]


def squared_tv(picture):
    padded = functional.pad(picture, (0, 1, 0, 1), "replicate")
    right, down = padded[..., :-1, 1:] - padded[..., :-1, :-1], padded[..., 1:, :-1] - padded[..., :-1, :-1]
    return (right**2 + down**2).mean()


def crowsonkb(content, style, weights, evaluations, observe):
    """As `neural_style_pt`."""
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    # The kernels take BGR.
    weights = weights | {"1_1": (weights["1_1"][0].flip(1).contiguous(), weights["1_1"][1])}
    layers = {n: convolution(*weights[n], padding_mode="replicate" if n == "1_1" else "zeros") for n in LAYERS}

    def features(picture):
        x, found = (picture - mean) / deviation, {}
        for name, layer in layers.items():
            if name.endswith("_1") and name != "1_1":
                x = functional.max_pool2d(x, 2, 2)
            x = found[name] = functional.relu(layer(x), inplace=True)
        return found

    with torch.no_grad():
        kept = features(content / 255)[CONTENT]
        painted = features(style / 255)
    targets = {layer: mean_gram(painted[layer]) for layer in STYLE}
    style_weights = {layer: 4.0**power / 341 for layer, power in zip(STYLE, (4, 3, 2, 1, 0), strict=True)}
    picture = nn.Parameter(content / 255)
    average, left = torch.zeros_like(picture), 1.0
    optimizer = torch.optim.Adam([picture], lr=0.02)
    for _ in range(evaluations):
        found = features(picture)
        loss = 0.015 * scaled_mse(found[CONTENT], kept) + 2.0 * squared_tv(picture)
        for layer, weight in style_weights.items():
            loss = loss + weight * scaled_mse(mean_gram(found[layer]), targets[layer])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
            average.mul_(0.99).add_(picture, alpha=0.01)
            left *= 0.99
        observe(loss.item())
    return average / (1 - left) * 255


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", choices=["neural_style_pt", "crowsonkb"])
    parser.add_argument("content")
    parser.add_argument("style")
    parser.add_argument("-o", "--output", required=True, help="picture to write")
    parser.add_argument("--weights", required=True, help=".npz of VGG-19")
    parser.add_argument("--evaluations", type=int, default=40)
    parser.add_argument("--timings", required=True, help="JSON to write: seconds and losses of the evaluations")
    options = parser.parse_args()
    weights = read_weights(options.weights)
    content, style = read_picture(options.content), read_picture(options.style)
    seconds, losses, began = [], [], time.perf_counter()

    def observe(loss: float) -> None:
        seconds.append(time.perf_counter() - began)
        losses.append(loss)

    paint = {"neural_style_pt": neural_style_pt, "crowsonkb": crowsonkb}[options.program]
    painted = paint(content, style, weights, options.evaluations, observe)
    pixels = painted[0].permute(1, 2, 0).clamp(0, 255).round().byte().numpy()
    Image.fromarray(pixels).save(options.output)
    with open(options.timings, "w") as file:
        json.dump({"seconds": seconds, "losses": losses}, file)


if __name__ == "__main__":
    main()
