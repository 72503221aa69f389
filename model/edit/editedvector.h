// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "edit/appliedstep.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace ravel {

struct StorageRange {
    StorageIndex begin, end;
    bool operator==(const StorageRange&) const = default;
};

// The checkpoint as seen through a list of applied steps: an immutable snapshot, cheap to copy, to extend and to hand to a thread.
class EditedVector {
public:
    explicit EditedVector(std::shared_ptr<const Checkpoint>);

    const Checkpoint& checkpoint() const { return *m_checkpoint; }
    std::shared_ptr<const Checkpoint> checkpointPtr() const { return m_checkpoint; }
    const std::vector<std::shared_ptr<const AppliedStep>>& steps() const; // oldest first; listed on the first call

    EditedVector with(std::shared_ptr<const AppliedStep>) const;
    EditedVector withoutLast() const;

    // Elements [first, first + n) in native byte order, passed through every step that covers them. Thread-safe. `fit` counts what the
    // steps saturated, rounded or refused on the way; a refused element keeps the value it had.
    Result<> read(StorageOrdinal, StorageIndex first, Count n, std::byte* out, Fit* fit = nullptr) const;
    // The same for elements that were read already: `elements` holds [first, first + n) as the checkpoint gives them.
    Result<> apply(StorageOrdinal, StorageIndex first, Count n, std::byte* elements, Fit* fit = nullptr) const;
    // The elements of a box or of any run, row-major (Run: in its order).
    Result<> readBox(const Box&, std::vector<std::byte>& out) const;

    // True where some step covers an element of the range.
    bool touches(StorageOrdinal, StorageIndex begin, StorageIndex end) const;
    // Merged hulls of what the steps cover, ascending; not each element inside need be covered.
    std::vector<StorageRange> hulls(StorageOrdinal) const;
    std::vector<StorageOrdinal> editedStorages() const;

private:
    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::shared_ptr<const class StepChain> m_chain; // none without steps
};

} // namespace ravel
