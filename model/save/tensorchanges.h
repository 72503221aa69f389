// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/editedvector.h"
#include "layout/selection.h"
#include "save/elementchanges.h"
#include "save/receipt.h"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace ravel {

// Gathers what changed in storages as what changed in tensors: every tensor that views a changed element counts it, once each,
// aliases and overlapping views included. Thread-safe; the order of the calls does not matter.
class TensorChanges {
public:
    explicit TensorChanges(const Checkpoint&);
    ~TensorChanges();

    // Elements [first, first + n) of a storage before and after, in native byte order.
    void add(StorageOrdinal, StorageIndex first, Count n, const std::byte* before, const std::byte* after);
    // Counts what the steps saturate in [first, first + n), by reading it again for each tensor.
    Result<> addSaturated(const EditedVector&, StorageOrdinal, StorageIndex first, Count n);

    // Tensors of which an element changed, in the checkpoint's order.
    std::vector<TensorChange> result() const;

private:
    struct View;
    struct Views;
    using Window = StorageRange;
    Views& viewsOf(StorageOrdinal);
    // Elements of the window that a view holds, a byte for each; empty where it holds all of `common`.
    static std::vector<std::uint8_t> maskOf(const View&, Window common);
    template <class Visit> void eachView(Views&, Window, Visit&&);

    const Checkpoint& m_checkpoint;
    mutable std::mutex m_mutex;
    std::vector<std::pair<StorageOrdinal, TensorOrdinal>> m_tensors; // sorted
    std::map<StorageOrdinal, std::unique_ptr<Views>> m_views;
};

} // namespace ravel
