// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/appliedstep.h"

#include <span>
#include <vector>

namespace ravel {

using PieceList = std::vector<const AppliedStep::Piece*>; // of one step and one storage

// The runs of a step's pieces that lie in [begin, end), cut so that each stored element is in one run only; ordinals count over the
// whole selection. Where an element is reached twice its first ordinal is taken.
void coveredRuns(const AppliedStep&, const PieceList&, StorageIndex begin, StorageIndex end, std::vector<Run>& out);
PieceList piecesIn(const AppliedStep&, StorageOrdinal, StorageIndex begin, StorageIndex end);

// Passes the elements [begin, end) of a storage, which stand in `window`, through the pieces of one step.
Result<> applyPieces(const AppliedStep&, const PieceList&, const Storage&, StorageOrdinal, StorageIndex begin, StorageIndex end,
    std::byte* window, Fit&);

// What a step covers, cut into windows of at most `windowElements` that never depend on how the work is shared out.
struct StorageWindow {
    StorageOrdinal storage = noOrdinal;
    StorageIndex begin, end;
};
constexpr std::int64_t windowElements = 1 << 18;
std::vector<StorageWindow> windowsOf(const AppliedStep&);

// False where two places of the region are, or may be, one stored element.
bool reachesEachOnce(const Region&);

} // namespace ravel
