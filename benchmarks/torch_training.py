"""Training steps in PyTorch: what `benchmarks/peers.py` compares with. Needs torch, not this project.

Written anew after junyanz/pytorch-CycleGAN-and-pix2pix at its defaults: contiguous float32, batch 1, generator and
discriminator in its order, each with its own passes (Pix2Pix: batch norm, cross-entropy, the discriminator first;
CycleGAN: instance norm, least squares, identity loss and pools of 50, the generators first).
"""

from __future__ import annotations

import argparse
import itertools
import json
import random

import torch
from common import answer_with_steps
from torch import nn
from torch.nn import functional


class UNetBlock(nn.Module):
    """Down, what is inside, up, and the input beside the result."""

    def __init__(self, outer, inner, inside=None, inputs=None, outermost=False, dropout=False):
        super().__init__()
        self.outermost = outermost
        down = nn.Conv2d(inputs or outer, inner, 4, 2, 1, bias=False)
        up = nn.ConvTranspose2d(inner * (2 if inside else 1), outer, 4, 2, 1, bias=outermost)
        if outermost:
            steps = [down, inside, nn.ReLU(True), up, nn.Tanh()]
        elif inside is None:
            steps = [nn.LeakyReLU(0.2, True), down, nn.ReLU(True), up, nn.BatchNorm2d(outer)]
        else:
            steps = [nn.LeakyReLU(0.2, True), down, nn.BatchNorm2d(inner), inside]
            steps += [nn.ReLU(True), up, nn.BatchNorm2d(outer)] + ([nn.Dropout(0.5)] if dropout else [])
        self.steps = nn.Sequential(*steps)

    def forward(self, x):
        return self.steps(x) if self.outermost else torch.cat([x, self.steps(x)], 1)


def unet(side, width=64):
    depth = side.bit_length() - 1
    block = UNetBlock(8 * width, 8 * width)
    for _ in range(depth - 5):
        block = UNetBlock(8 * width, 8 * width, block, dropout=True)
    for factor in (4, 2, 1):
        block = UNetBlock(factor * width, 2 * factor * width, block)
    return UNetBlock(3, width, block, inputs=3, outermost=True)


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels)]
        again = [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels)]
        self.steps = nn.Sequential(*half, nn.ReLU(True), *again)

    def forward(self, x):
        return x + self.steps(x)


def resnet(blocks, width=64):
    def normed(layer, channels):
        return [layer, nn.InstanceNorm2d(channels), nn.ReLU(True)]

    steps = [nn.ReflectionPad2d(3), *normed(nn.Conv2d(3, width, 7), width)]
    for channels in (width, 2 * width):
        steps += normed(nn.Conv2d(channels, 2 * channels, 3, 2, 1), 2 * channels)
    steps += [ResidualBlock(4 * width) for _ in range(blocks)]
    for channels in (4 * width, 2 * width):
        steps += normed(nn.ConvTranspose2d(channels, channels // 2, 3, 2, 1, 1), channels // 2)
    return nn.Sequential(*steps, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())


def patchgan(channels, norm, width=64):
    bias = norm is nn.InstanceNorm2d
    steps = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for before, after, stride in ((width, 2 * width, 2), (2 * width, 4 * width, 2), (4 * width, 8 * width, 1)):
        steps += [nn.Conv2d(before, after, 4, stride, 1, bias=bias), norm(after), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*steps, nn.Conv2d(8 * width, 1, 4, 1, 1))


def adam(*networks):
    return torch.optim.Adam(itertools.chain(*(n.parameters() for n in networks)), lr=2e-4, betas=(0.5, 0.999))


def learn(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def freeze(frozen, *networks):
    for network in networks:
        network.requires_grad_(not frozen)


def entropy(logits, real):
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))


def squares(logits, real):
    return functional.mse_loss(logits, torch.full_like(logits, float(real)))


class Pool:
    """Of every second fake, an earlier one is given back."""

    def __init__(self, capacity=50):
        self.capacity, self.kept = capacity, []

    def exchange(self, fake):
        if len(self.kept) < self.capacity:
            self.kept.append(fake)
            return fake
        if random.random() < 0.5:
            return fake
        place = random.randrange(self.capacity)
        fake, self.kept[place] = self.kept[place], fake
        return fake


def pix2pix(side):
    generator, discriminator = unet(side), patchgan(6, nn.BatchNorm2d)
    generator_adam, discriminator_adam = adam(generator), adam(discriminator)

    def step(source, target):
        fake = generator(source)
        freeze(False, discriminator)
        judged = entropy(discriminator(torch.cat([source, fake.detach()], 1)), False)
        learn(discriminator_adam, 0.5 * (judged + entropy(discriminator(torch.cat([source, target], 1)), True)))
        freeze(True, discriminator)
        loss = entropy(discriminator(torch.cat([source, fake], 1)), True) + 100 * functional.l1_loss(fake, target)
        learn(generator_adam, loss)
        return loss.item()

    return step, [generator, discriminator]


def cyclegan(side):
    blocks = 6 if side <= 128 else 9
    to_b, to_a = resnet(blocks), resnet(blocks)
    judge_a, judge_b = patchgan(3, nn.InstanceNorm2d), patchgan(3, nn.InstanceNorm2d)
    generators_adam, discriminators_adam = adam(to_b, to_a), adam(judge_a, judge_b)
    pool_a, pool_b = Pool(), Pool()
    l1 = functional.l1_loss

    def step(a, b):
        fake_b, fake_a = to_b(a), to_a(b)
        cycle = l1(to_a(fake_b), a) + l1(to_b(fake_a), b)
        freeze(True, judge_a, judge_b)
        identity = l1(to_b(b), b) + l1(to_a(a), a)
        loss = squares(judge_b(fake_b), True) + squares(judge_a(fake_a), True) + 10 * cycle + 5 * identity
        learn(generators_adam, loss)
        freeze(False, judge_a, judge_b)
        discriminators_adam.zero_grad()
        for judge, real, shown in (
            (judge_b, b, pool_b.exchange(fake_b.detach())),
            (judge_a, a, pool_a.exchange(fake_a.detach())),
        ):
            (0.5 * (squares(judge(real), True) + squares(judge(shown), False))).backward()
        discriminators_adam.step()
        return loss.item()

    return step, [to_b, to_a, judge_a, judge_b]


METHODS = {"pix2pix": pix2pix, "cyclegan": cyclegan}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", required=True, help="JSON: method and side")
    task = json.loads(parser.parse_args().task)
    step, _ = METHODS[task["method"]](task["side"])
    first, second = (torch.rand(1, 3, task["side"], task["side"]) * 2 - 1 for _ in range(2))
    answer_with_steps(lambda number: step(first, second))


if __name__ == "__main__":
    main()
