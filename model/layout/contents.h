// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/layerkind.h"
#include "layout/storageuse.h"

#include <map>
#include <string>
#include <vector>

namespace ravel {

// Several tensors on one storage, and how they share it.
struct SharedStorage {
    enum class How : std::uint8_t {
        Alias,   // all show the same elements
        Overlap, // some elements are shown by several tensors
        Apart,   // each element by one tensor (and its aliases) alone
    };
    StorageOrdinal storage = noOrdinal;
    How how = How::Alias;
    std::vector<TensorOrdinal> tensors; // ascending
};
std::string_view sharingText(SharedStorage::How); // "the same elements"

// A storage of which its tensors show only a part: what torch.save(x[:3]) leaves in the file.
struct HiddenPart {
    StorageOrdinal storage = noOrdinal;
    TensorOrdinal tensor = noOrdinal; // the first one that shows some of it
    std::int64_t bytes = 0;           // that no tensor shows
    bool exact = true;                // false: at least so many
};

// Objects of one class that Ravel does not know.
struct OpaqueClass {
    std::string name; // bytes as in the file
    std::int64_t count = 0;
    EntryOrdinal first = noOrdinal;
};

// What a checkpoint holds besides the numbers that its layout shows; from metadata alone.
struct Contents {
    std::int64_t fileBytes = 0, storageBytes = 0, hiddenBytes = 0; // saturated
    bool hiddenExact = true;
    std::vector<SharedStorage> shared;
    std::vector<HiddenPart> hidden;
    std::vector<StorageOrdinal> unviewed;
    std::vector<RecordOrdinal> compressed;
    std::vector<OpaqueClass> objects;    // in the order of their first ones
    std::vector<EntryOrdinal> values;    // numbers, texts and other plain values, in the tree's order
    std::int64_t numberBytes = 0;        // of the file, in storages
    std::int64_t otherRecordBytes = 0;   // in records, but not in a storage: pickles, code, other archives' directories
    std::int64_t betweenBytes = 0;       // of no record: headers, directories, padding
    std::int64_t alignment = 0;          // the largest power of two, 4,096 at most, that every storage starts at a multiple of; 0: no storage
    std::int64_t misaligned = 0;         // storages that do not start at a multiple of their element's size
    Layers layers;
};

Contents contentsOf(const Checkpoint&);
// Only what it says of storages: bytes of storages, hidden bytes, shared, hidden and unviewed ones. The rest is empty.
Contents storageContents(const Checkpoint&);

} // namespace ravel
