// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/fixtures.h"
#include "support/zipwriter.h"

#include <string>
#include <vector>

namespace ravel {

struct TorchZipOptions {
    std::string root = "archive/";      // with the slash; "" for none
    ZipEntryOptions pickle, storages;   // how data.pkl and the storages are written
    std::string byteorder = "little";   // "": no such record; "big" swaps the storages' bytes too
    std::string version = "3\n";        // "": no such record
    bool serializationId = false;       // .data/serialization_id, as torch 2.1 and later
    bool zip64End = true;
    std::string comment;
};

// A file as torch.save writes it: data.pkl with a dict of the tensors, data/0, data/1, ..., version. The storages' bytes
// are in native order. `writer`, where given, tells afterwards where everything stands.
std::vector<std::byte> torchZipBytes(const std::vector<FixtureStorage>&, const std::vector<FixtureTensor>&,
    const TorchZipOptions& = {}, ZipWriter* writer = nullptr);

// "sound" and "torn", 4,000 numbers each (a sine; the first one's number 17 is NaN), compressed, the second so broken that it opens and cannot be read.
std::vector<std::byte> tornZipBytes();

// The same as torch.save wrote before version 1.6: five pickles, then the storages.
std::vector<std::byte> legacyBytes(
    const std::vector<FixtureStorage>&, const std::vector<FixtureTensor>&, bool littleEndian = true);

} // namespace ravel
