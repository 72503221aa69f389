#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the sample checkpoints beside this file. Needs torch (Debian: python3-torch).

counting.pt    one tensor of 2 x 3 x 4 whose value is its flat index
small-cnn.pt   two convolutions, two batch norms and a linear layer, trained for a moment to tell four
               kinds of made-up 16 x 16 pictures apart; with its optimizer, as training loops save it
small-transformer.pt
               two blocks that were trained for a moment to continue sums ("12+7=19"); its output layer is its
               token embedding: two names on one storage
trouble.pt     what goes wrong in training, planted: NaNs and an infinity, a dead row, an outlier, two equal
               tensors in storages of their own

With names as arguments ("trouble") only those.
"""
import math
import os
import sys
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


def counting():
    torch.save({"counting": torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)}, os.path.join(HERE, "counting.pt"))


class SmallCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(12)
        self.conv2 = nn.Conv2d(12, 24, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(24)
        self.fc = nn.Linear(24 * 4 * 4, 4)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 2)
        x = nn.functional.max_pool2d(torch.relu(self.bn2(self.conv2(x))), 2)
        return self.fc(x.flatten(1))


def pictures(n, generator):
    """Rows, columns, a blob or a checkerboard, with noise."""
    kind = torch.randint(4, (n,), generator=generator)
    at = torch.arange(16, dtype=torch.float32)
    phase = torch.rand(n, 1, 1, generator=generator) * 6.28
    rows = torch.sin(at[None, :, None] + phase).expand(n, 16, 16)
    columns = torch.sin(at[None, None, :] + phase).expand(n, 16, 16)
    centre = 4 + 8 * torch.rand(n, 2, generator=generator)
    distance = (at[None, :, None] - centre[:, 0, None, None]) ** 2 + (at[None, None, :] - centre[:, 1, None, None]) ** 2
    options = torch.stack([rows, columns, 2 * torch.exp(-distance / 8) - 0.5, rows * columns])
    picture = options[kind, torch.arange(n)] + 0.4 * torch.randn(n, 16, 16, generator=generator)
    return picture[:, None], kind


def small_cnn():
    torch.manual_seed(2)
    generator = torch.Generator().manual_seed(3)
    model = SmallCnn()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(200):
        x, y = pictures(64, generator)
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    x, y = pictures(512, generator)
    accuracy = (model(x).argmax(1) == y).float().mean().item()
    print("small-cnn: loss %.3f, accuracy %.3f" % (loss.item(), accuracy))
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": 200, "accuracy": accuracy},
               os.path.join(HERE, "small-cnn.pt"))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.o_proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x, mask):
        n, length, width = x.shape
        y = self.norm1(x)
        q, k, v = (p(y).reshape(n, length, self.heads, -1).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        scores = (q @ k.transpose(2, 3) / math.sqrt(width // self.heads)).masked_fill(~mask[:length, :length], -1e9)
        x = x + self.o_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, length, width))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))


class SmallTransformer(nn.Module):
    ALPHABET = "0123456789+=. "

    def __init__(self, width=64, blocks=2, heads=4, length=24):
        super().__init__()
        self.embedding = nn.Embedding(len(self.ALPHABET), width)
        self.position = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, len(self.ALPHABET), bias=False)
        self.head.weight = self.embedding.weight  # tied
        self.register_buffer("mask", torch.ones(length, length, dtype=torch.bool).tril())
        nn.init.normal_(self.embedding.weight, std=0.1)
        nn.init.normal_(self.position.weight, std=0.1)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.position.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, self.mask)
        return self.head(self.norm(x))


def sums(n, generator, length=24):
    lines = []
    for _ in range(n):
        line = ""
        while len(line) <= length:
            a, b = torch.randint(50, (2,), generator=generator).tolist()
            line += "%d+%d=%d. " % (a, b, a + b)
        lines.append([SmallTransformer.ALPHABET.index(c) for c in line[: length + 1]])
    return torch.tensor(lines)


def small_transformer():
    torch.manual_seed(4)
    generator = torch.Generator().manual_seed(5)
    model = SmallTransformer()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(400):
        lines = sums(64, generator)
        loss = nn.functional.cross_entropy(model(lines[:, :-1]).flatten(0, 1), lines[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("small-transformer: loss %.3f, %d numbers" % (loss.item(), sum(p.numel() for p in model.parameters())))
    state = model.state_dict()
    assert state["head.weight"].data_ptr() == state["embedding.weight"].data_ptr()
    torch.save({"state_dict": state, "alphabet": SmallTransformer.ALPHABET, "step": 400}, os.path.join(HERE, "small-transformer.pt"))


def trouble():
    torch.manual_seed(6)
    model = nn.Sequential()
    model.add_module("stem", nn.Linear(32, 48))
    model.add_module("layers", nn.ModuleList(nn.Linear(48, 48) for _ in range(4)))
    model.add_module("head", nn.Linear(48, 10))
    state = model.state_dict()
    with torch.no_grad():
        state["layers.1.weight"].view(-1)[[101, 1000, 1001]] = float("nan")
        state["layers.1.bias"][7] = float("inf")
        state["layers.2.weight"][17] = 0  # a unit that listens to nothing
        state["layers.3.weight"][5, 7] = 1000.0
    state["head_ema.weight"] = state["head.weight"].clone()  # meant to be a moving average; nobody moved it
    torch.save({"state_dict": state, "step": 12000}, os.path.join(HERE, "trouble.pt"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    makers = {"counting": counting, "small-cnn": small_cnn, "small-transformer": small_transformer, "trouble": trouble}
    for name in sys.argv[1:] or makers:
        makers[name]()
