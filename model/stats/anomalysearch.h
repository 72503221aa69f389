// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stats/anomaly.h"

#include <functional>
#include <vector>

namespace ravel {

// What the searches for the kinds of anomalies share.
struct AnomalySearch {
    const Pyramid& pyramid;
    const EditedVector& vector;
    const AnomalyOptions& options;
    const Job& job;
    Pool& pool;
    std::vector<std::optional<Summary>> summaries = {}; // by ordinal into placed()
    std::vector<Anomaly> found = {};

    const FlatLayout& layout() const { return pyramid.layout(); }
    const Segment& segment(std::uint32_t placed) const { return layout().listed()[layout().placed()[placed]]; }
    const Tensor& tensor(std::uint32_t placed) const { return layout().tensor(segment(placed)); }
    FlatRange rangeOf(std::uint32_t placed) const { return { segment(placed).offset, segment(placed).offset + segment(placed).numel }; }
    Anomaly make(AnomalyKind, AnomalySeverity, std::uint32_t placed) const; // of the whole tensor
};

// Numbers that are looked for.
struct Sought {
    std::function<bool(const Summary&)> some; // a block may hold one
    std::function<bool(const Summary&)> all;  // it holds nothing else
    std::function<bool(double)> is;
};
struct Places {
    std::vector<FlatRange> ranges; // ascending, none touches the next
    bool complete = true;
};
// Runs of such elements in a tensor: down the pyramid, and then through the blocks that are left.
Result<Places> findPlaces(const AnomalySearch&, std::uint32_t placed, const Sought&);

Result<> findDeadSlices(AnomalySearch&);
Result<> findDuplicates(AnomalySearch&);
void findFarFromSiblings(AnomalySearch&);

} // namespace ravel
