// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/appliedstep.h"
#include "edit/editedvector.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ravel {

// The parts that bindStep is made of.

// Maps the selection's boxes to pieces: fills pieces, storages, once and places.
void mapPieces(const Checkpoint&, AppliedStep&);

// The tensors of a checkpoint as numbers to copy: the elements of `boxes` in turn, row-major, read when they are asked for.
std::shared_ptr<const ElementSource> checkpointSource(std::shared_ptr<const Checkpoint>, std::vector<Box> boxes);

// Usage where two different numbers are meant for one stored element, naming both places.
Result<> checkConflicts(const AppliedStep&, const FlatLayout&, const Job&);

// Standard deviation (n - 1) of the finite values that the step covers, before it, each stored element once; complex ones count as their
// real and imaginary parts. The same bits however many threads there are. Usage where there are fewer than two.
Result<double> measureStd(const EditedVector& before, const AppliedStep&, const Job&);

// "name[3, 0]": element `ordinal` of the selection.
std::string ordinalText(const Selection&, std::int64_t ordinal, const std::function<std::string(TensorOrdinal)>& nameOf);

} // namespace ravel
