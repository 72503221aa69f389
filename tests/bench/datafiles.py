# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks' checkpoints."""

import json
import struct
import subprocess

from measuring import PYTHON

# 16 tensors of 4096 x 4096 float32, 1 GiB, normal with a standard deviation of 0.02; as safetensors and by torch.save.
_MODEL = """
import json, struct, sys, torch
path, kind = sys.argv[1:]
torch.manual_seed(1)
names = ['layer%02d.weight' % i for i in range(16)]
numel = 4096 * 4096
if kind == 'pt':
    torch.save({name: torch.randn(4096, 4096) * 0.02 for name in names}, path)
else:
    header = {name: {'dtype': 'F32', 'shape': [4096, 4096], 'data_offsets': [4 * i * numel, 4 * (i + 1) * numel]}
              for i, name in enumerate(names)}
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as out:
        out.write(struct.pack('<Q', len(text)) + text)
        for name in names:
            out.write((torch.randn(numel) * 0.02).numpy().tobytes())
"""

# 1,131 tensors as a vision transformer of 86 blocks has them: large and small ones in turn, 90 MB.
_MANY = """
import sys, torch
torch.manual_seed(2)
state = {}
for i in range(87):
    for name, shape in (('norm1.weight', (128,)), ('norm1.bias', (128,)), ('attn.qkv.weight', (384, 128)), ('attn.qkv.bias', (384,)),
                        ('attn.proj.weight', (128, 128)), ('attn.proj.bias', (128,)), ('norm2.weight', (128,)), ('norm2.bias', (128,)),
                        ('mlp.fc1.weight', (512, 128)), ('mlp.fc1.bias', (512,)), ('mlp.fc2.weight', (128, 512)), ('mlp.fc2.bias', (128,)),
                        ('scale', (128,))):
        state['blocks.%d.%s' % (i, name)] = torch.randn(shape) * 0.02
torch.save(state, sys.argv[1])
assert len(state) == 1131
"""


def _torch(script, *args):
    subprocess.run([PYTHON, "-c", script, *map(str, args)], check=True)


def model_safetensors(bench):
    return bench.file("model-1g.safetensors", lambda path: _torch(_MODEL, path, "safetensors"))


def model_pt(bench):
    return bench.file("model-1g.pt", lambda path: _torch(_MODEL, path, "pt"))


def many_tensors(bench):
    return bench.file("tensors-1131.pt", lambda path: _torch(_MANY, path))


def sparse(bench):
    """10,000 float32 tensors of 2,500,000 elements: 100 GB, all holes."""

    def make(path):
        header, at = {}, 0
        for i in range(10_000):
            header[f"block{i // 10:04d}.part{i % 10}.weight"] = {
                "dtype": "F32", "shape": [2500, 1000], "data_offsets": [at, at + 10_000_000]}
            at += 10_000_000
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(path, "wb") as out:
            out.write(struct.pack("<Q", len(text)) + text)
            out.truncate(8 + len(text) + at)

    return bench.file("sparse-100g.safetensors", make)
