#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""bounds.py RAVEL [FOLDER]: opens every hostile file of FOLDER in a process of its own and measures it: 2 s and 300 MB each, 90 s all together,
verdict and words as manifest.json says. Then what is too large to be kept as a file (`recipes`), made here as sparse files.

Without FOLDER it makes the large files alone, gives each process 300 MB of memory of its own, and measures no time: what ctest does.
Prints the slowest and the largest; exit code 1 where a bound or a verdict is not met."""
import json
import os
import pathlib
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zlib

SECONDS, MEGABYTES, TOGETHER = 2.0, 300, 90.0
WORDS = {"ok": "opens-safely", "warning": "opens-with-warning", "error": "error"}


def measured(command, memory=None, limit=60):
    """Exit code, output, seconds, megabytes."""
    def bound():
        if memory:
            resource.setrlimit(resource.RLIMIT_DATA, (memory << 20, memory << 20))
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, preexec_fn=bound,
                                   env=dict(os.environ, QT_QPA_PLATFORM="offscreen"))
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - started > limit:
                process.kill()
                _, status, usage = os.wait4(process.pid, 0)
                break
            time.sleep(0.001)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, errors):
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
        return process.returncode, texts[0] or texts[1], seconds, usage.ru_maxrss / 1024


def verdict_flaws(facts, code, output):
    if code not in (0, 1):
        return ["it ended with code %d" % code]
    try:
        said = json.loads(output)
    except ValueError:
        return ["check --json printed no JSON: %.200s" % output]
    flaws, result = [], WORDS[said["result"]]
    if result != facts["expected"] and result not in facts["also_ok"]:
        flaws.append("it %s, it should be: %s" % (result, facts["expected"]))
    text = " ".join(said["messages"]).lower()
    if result != "opens-safely" and facts["says"] and not any(word.lower() in text for word in facts["says"]):
        flaws.append("none of %s is said in: %s" % (facts["says"], text[:200]))
    editable = {tensor["name"] for tensor in said["tensors"] if tensor["editable"]}
    if result != "error":
        flaws += ["tensor %s is not editable" % name for name in facts["ok_tensors"] if name not in editable]
        flaws += ["tensor %s is editable" % name for name in facts["bad_tensors"] if name in editable]
        if facts["readonly"] and said["writable"]:
            flaws.append("it is not read-only")
    flaws += ["a message of %d characters" % len(m) for m in said["messages"] if len(m) > 300]
    if facts["canary"] and os.path.exists(facts["canary"]):
        flaws.append("ITS PAYLOAD RAN")
    return flaws


def sparse_5t(path):
    header = b'{"w":{"dtype":"F32","shape":[1250000000000],"data_offsets":[0,5000000000000]}}'
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + 5 * 10 ** 12)


def header_99mb(path):
    with open(path, "wb") as file:
        parts, size, i = [], 0, 0
        while size < 98_900_000:
            part = '"t%07d":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}' % (i, 4 * i, 4 * i + 4)
            parts.append(part)
            size += len(part) + 1
            i += 1
        header = ("{" + ",".join(parts) + "}").encode()
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + 4 * i)


def header_100mb(path):
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", 100_000_001) + b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}')
        file.truncate(8 + 100_000_001 + 4)


def zip_record(name, crc, stored, size, offset, method):
    """Local header and directory record with zip64 fields."""
    wide = struct.pack("<HHQQ", 1, 16, size, stored)
    local = b"PK\3\4" + struct.pack("<HHHIIIIHH", 45, 0, method, 0, crc, 0xffffffff, 0xffffffff, len(name), len(wide)) + name + wide
    central = (b"PK\1\2" + struct.pack("<HHHHIIIIHHHHHII", 45, 45, 0, method, 0, crc, 0xffffffff, 0xffffffff, len(name), len(wide), 0, 0, 0, 0, offset)
               + name + wide)
    return local, central


def zip_end(entries, size, offset, place):
    end64 = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, entries, entries, size, offset)
    return end64 + b"PK\6\7" + struct.pack("<IQI", 0, place, 1) + b"PK\5\6" + struct.pack(
        "<HHHHIIH", 0, 0, min(entries, 0xffff), min(entries, 0xffff), min(size, 0xffffffff), min(offset, 0xffffffff), 0)


def npz_bomb(path, gigabytes=40):
    header = b"\x93NUMPY\1\0" + struct.pack("<H", 118) + (b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }" % (gigabytes << 28)).ljust(117) + b"\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(header) + packer.flush(zlib.Z_FULL_FLUSH)
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = block.compress(bytes(64 << 20)) + block.flush(zlib.Z_FULL_FLUSH)  # each such block stands for itself
    last = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    blocks = gigabytes * 16
    size = len(header) + (gigabytes << 30)
    stored = len(start) + blocks * len(zeros) + len(last)
    local, central = zip_record(b"w.npy", 0, stored, size, 0, 8)
    with open(path, "wb") as file:
        file.write(local + start)
        for _ in range(blocks):
            file.write(zeros)
        file.write(last)
        offset = file.tell()
        file.write(central + zip_end(1, len(central), offset, offset + len(central)))


def zip_16m(path, entries=16_000_000):
    """Its directory is there in length; what is between its ends is a hole."""
    local, central = zip_record(b"archive/00000000", 0, 0, 0, 0, 0)
    with open(path, "wb") as file:
        offset = len(local) * entries
        file.write(local)
        file.seek(offset)
        file.write(central)
        end = offset + len(central) * entries
        file.seek(end)
        file.write(zip_end(entries, end - offset, offset, end))


def deep_pickle(path):
    data = b"\x80\2" + b"]" * 50_000_000 + b"."
    entries, offset, directory = [(b"archive/data.pkl", data), (b"archive/version", b"3\n")], 0, b""
    with open(path, "wb") as file:
        for name, content in entries:
            local, central = zip_record(name, zlib.crc32(content), len(content), len(content), file.tell(), 0)
            file.write(local + content)
            directory += central
        place = file.tell()
        file.write(directory + zip_end(2, len(directory), place, place + len(directory)))


def gguf_texts(path, texts=8_000, size=64 << 10):
    """Half a gigabyte of texts in metadata, holes all of them."""
    with open(path, "wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, 0, texts))
        for i in range(texts):
            file.write(struct.pack("<Q", 4) + b"%04d" % i + struct.pack("<IQ", 8, size))
            file.seek(size, os.SEEK_CUR)
        file.truncate(file.tell())


def gguf_holes(tensors, pairs):
    def make(path):
        with open(path, "wb") as file:
            file.write(b"GGUF" + struct.pack("<IQQ", 3, tensors, pairs))
            file.truncate(1000 + 24 * tensors + 13 * pairs)
    return make


def nest_of_names(path, names=99_000):
    """Two checkpoints in an archive, each naming very many classes: they are compared with each other."""
    data = b"\x80\2" + b"".join(b"cm\nC%d\n0" % i for i in range(names)) + b"}."
    def archive(entries):
        content, directory = b"", b""
        for name, member in entries:
            local, central = zip_record(name, zlib.crc32(member), len(member), len(member), len(content), 0)
            content += local + member
            directory += central
        return content + directory + zip_end(len(entries), len(directory), len(content), len(content) + len(directory))
    inner = archive([(b"archive/data.pkl", data), (b"archive/version", b"3\n")])
    other = archive([(b"archive/data.pkl", data.replace(b"cm\n", b"cn\n")), (b"archive/version", b"3\n")])
    with open(path, "wb") as file:
        file.write(archive([(b"a.pth", inner), (b"b.pth", other)]))


def archive_of(entries):
    """Entries (name, bytes); one with None for bytes stands where the one before it does."""
    content, directory, count = b"", b"", 0
    local = central = None
    for name, member in entries:
        place = len(content)
        if member is not None:
            local, _ = zip_record(name, zlib.crc32(member), len(member), len(member), place, 0)
            content += local + member
            last, at = member, place
        _, central = zip_record(name, zlib.crc32(last), len(last), len(last), at, 0)
        directory, count = directory + central, count + 1
    return content + directory + zip_end(count, len(directory), len(content), len(content) + len(directory))


def wide_pickle(numbers):
    return b"\x80\2](" + b"K\1" * numbers + b"e."


def nest_of_trees(numbers, members=40):
    """One checkpoint of very many numbers in a list, under many names of one archive."""
    def make(path):
        inner = archive_of([(b"archive/data.pkl", wide_pickle(numbers)), (b"archive/version", b"3\n")])
        with open(path, "wb") as file:
            file.write(archive_of([(b"%02d.pth" % i, None if i else inner) for i in range(members)]))
    return make


def script_of_trees(path, numbers=450_000):
    """The archive of a script: a tree of objects, another one of constants, and code beside them."""
    with open(path, "wb") as file:
        file.write(archive_of([(b"m/data.pkl", wide_pickle(numbers)), (b"m/constants.pkl", wide_pickle(numbers)), (b"m/code/net.py", b"pass\n"),
                               (b"m/version", b"3\n")]))


# name, what makes it, results that are right, seconds, megabytes
RECIPES = [
    ("sparse_5t.safetensors", sparse_5t, ("ok",), 1, 256),
    ("header_99mb.safetensors", header_99mb, ("ok", "warning", "error"), 10, None),
    ("header_100mb.safetensors", header_100mb, ("error",), SECONDS, MEGABYTES),
    ("npz_40g_bomb.npz", npz_bomb, ("warning", "error", "ok"), SECONDS, MEGABYTES),
    ("zip_16m_entries.pt", zip_16m, ("error",), SECONDS, MEGABYTES),
    ("gguf_texts_500mb.gguf", gguf_texts, ("ok",), SECONDS, MEGABYTES),
    ("gguf_2m_pairs.gguf", gguf_holes(0, 2_000_000), ("error",), SECONDS, MEGABYTES),
    ("gguf_2m_tensors.gguf", gguf_holes(2_000_000, 0), ("error",), SECONDS, MEGABYTES),
    ("gguf_250k_tensors.gguf", gguf_holes(250_000, 0), ("ok",), 5, 600),
    ("nest_200k_names.zip", nest_of_names, ("ok",), SECONDS, MEGABYTES),
    ("nest_of_small_trees.zip", nest_of_trees(80_000), ("ok",), SECONDS, MEGABYTES),
    ("nest_of_large_trees.zip", nest_of_trees(700_000), ("ok",), SECONDS, MEGABYTES),
    ("script_of_trees.pt", script_of_trees, ("ok",), SECONDS, MEGABYTES),
    ("deep_pickle_50m.pt", deep_pickle, ("error",), SECONDS, MEGABYTES),
]


def check_folder(ravel, folder, flaws):
    rows = []
    manifest = json.loads((folder / "manifest.json").read_text()) if folder.is_dir() else {"files": [], "canary_dir": "."}
    os.makedirs(manifest["canary_dir"], exist_ok=True)  # or a payload that ran could not write there
    for facts in manifest["files"]:
        code, output, seconds, megabytes = measured([ravel, "check", str(folder / facts["name"]), "--json"])
        rows.append((facts["name"], seconds, megabytes))
        flaws += ["%s: %s" % (facts["name"], flaw) for flaw in verdict_flaws(facts, code, output)]
        if seconds > SECONDS or megabytes > MEGABYTES:
            flaws.append("%s: %.2f s, %.0f MB" % rows[-1])
    if not rows:
        print("no hostile files in %s: skipped" % folder)
        return
    together = sum(row[1] for row in rows)
    if together > TOGETHER:
        flaws.append("all together: %.1f s" % together)
    slowest, largest = max(rows, key=lambda row: row[1]), max(rows, key=lambda row: row[2])
    print("%d files in %.1f s; the slowest is %s, %.2f s; the largest is %s, %.0f MB"
          % (len(rows), together, slowest[0], slowest[1], largest[0], largest[2]))


def check_recipes(ravel, timed, flaws):
    with tempfile.TemporaryDirectory() as made:
        for name, make, right, most_seconds, most_megabytes in RECIPES:
            if not timed and not most_megabytes:
                continue
            path = os.path.join(made, name)
            make(path)
            code, output, seconds, megabytes = measured([ravel, "info", path], None if timed else MEGABYTES)
            result = "error" if code == 1 else "ok"
            said = output.strip().split("\n")[0][:300]
            print("%-26s %-6s %6.2f s %6.0f MB  %s" % (name, result, seconds, megabytes, said[:110] if code else ""))
            if code not in (0, 1) or result not in right or "memory" in said and "limit" not in said:
                flaws.append("%s: %s (code %d): %s" % (name, result, code, said))
            if timed and (seconds > most_seconds or megabytes > (most_megabytes or 1e9)):
                flaws.append("%s: %.2f s, %.0f MB" % (name, seconds, megabytes))
            os.remove(path)


def main():
    ravel, flaws = sys.argv[1], []
    if len(sys.argv) > 2:
        check_folder(ravel, pathlib.Path(sys.argv[2]), flaws)
    check_recipes(ravel, len(sys.argv) > 2, flaws)
    for flaw in flaws:
        print(flaw)
    sys.exit(1 if flaws else 0)


if __name__ == "__main__":
    main()
