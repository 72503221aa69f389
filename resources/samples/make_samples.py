#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the sample checkpoints beside this file. Needs torch (Debian: python3-torch).

counting.pt    one tensor of 2 x 3 x 4 whose value is its flat index
small-cnn.pt   two convolutions, two batch norms and a linear layer, trained for a moment to tell four
               kinds of made-up 16 x 16 pictures apart; with its optimizer, as training loops save it
"""
import os
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


if __name__ == "__main__":
    torch.set_num_threads(1)
    counting()
    small_cnn()
