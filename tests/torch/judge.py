#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the real torch says of files: the judge of the tests labelled `python`.

judge.py make DIR             writes checkpoints of many kinds with torch.save
judge.py facts FILE           prints JSON: every tensor that torch.load finds, by name, with the SHA-256 of its numbers
judge.py facts --trusted FILE the same without weights_only, for files that `make` wrote
judge.py zip FILE             prints what zipfile.testzip says: null where every checksum is right
judge.py serve                answers the calls above, one a line of standard input (words apart by tabs), one line each
"""
import collections
import hashlib
import json
import os
import sys
import zipfile

import torch
from torch import nn


def walk(value, name, found):
    below = (lambda key: "%s.%s" % (name, key) if name else str(key))
    if isinstance(value, torch.Tensor):
        found.append((name, value))
    elif isinstance(value, dict):
        for key, item in value.items():
            walk(item, below(key), found)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            walk(item, below(index), found)


def digest(tensor):
    data = tensor.detach().contiguous()
    if data.dtype == torch.bfloat16:
        data = data.view(torch.int16)
    return hashlib.sha256(data.numpy().tobytes()).hexdigest()


def facts(path, trusted):
    found = []
    walk(torch.load(path, weights_only=not trusted, map_location="cpu"), "", found)
    return [{"name": name, "dtype": str(tensor.dtype).replace("torch.", ""), "shape": list(tensor.shape),
             "stride": list(tensor.stride()), "offset": tensor.storage_offset(), "sha256": digest(tensor),
             "storage": tensor.storage()._cdata} for name, tensor in found]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 6)
        self.norm = nn.LayerNorm(6)
        self.head = nn.Linear(6, 11, bias=False)
        self.head.weight = self.embedding.weight


def net():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 4, 5))


def views():
    base = torch.arange(60, dtype=torch.float32)
    square = base[:36].view(6, 6)
    return {"whole": base, "rows": square[1:3], "transposed": square.t(), "step": base[::7], "expanded": base[5:6].expand(4, 3),
            "unfolded": base[:10].unfold(0, 4, 2), "scalar": base[3], "empty": base[:0], "last": torch.randn(2, 3, 4).permute(2, 0, 1)}


def dtypes():
    numbers = torch.tensor([0, 1, 2, 100, 17])
    made = {str(d).replace("torch.", ""): numbers.to(d) for d in
            (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int8, torch.int16, torch.int32, torch.int64,
             torch.uint8, torch.bool, torch.complex64, torch.complex128)}
    made["special"] = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-42])
    return made


def training():
    model = net()
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(2, 3, 4, 4)).sum().backward()
    optimizer.step()
    return {"state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "loss": 0.25,
            "names": ["a", "b"], "shape": torch.Size([2, 3]), 7: "seven", (2, "x"): torch.ones(2)}


def make(folder):
    torch.manual_seed(1)
    objects = {"net": net().state_dict(), "tied": Tied().state_dict(), "views": views(), "dtypes": dtypes(), "training": training(),
               "tensor": torch.randn(3, 4), "list": [torch.ones(2), {"a": torch.zeros(3)}, (torch.arange(4),)],
               "empty": collections.OrderedDict()}
    for name, value in objects.items():
        torch.save(value, os.path.join(folder, name + ".pt"))
        torch.save(value, os.path.join(folder, name + ".legacy.pt"), _use_new_zipfile_serialization=False)
        for protocol in (3, 4, 5):
            torch.save(value, os.path.join(folder, "%s.p%d.pt" % (name, protocol)), pickle_protocol=protocol)


def main(arguments):
    command, path = arguments[0], arguments[-1]
    if command == "make":
        make(path)
        print("{}")
    elif command == "facts":
        print(json.dumps(facts(path, "--trusted" in arguments)))
    elif command == "zip":
        with zipfile.ZipFile(path) as archive:
            print(json.dumps(archive.testzip()))
    elif command == "serve":
        for line in sys.stdin:
            try:
                main(line.rstrip("\n").split("\t"))
            except Exception as error:
                print(json.dumps({"error": repr(error)}))
            sys.stdout.flush()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
