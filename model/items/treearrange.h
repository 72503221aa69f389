// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/treerows.h"
#include "layout/tensorquery.h"
#include "stats/pyramid.h"

#include <memory>
#include <optional>
#include <vector>

namespace ravel {

enum class TreeColumn : int { Name, Distribution, Shape, Type, Elements, Offset, Min, Max, Mean, Std, Zeros, Nan, Inf };
constexpr int treeColumns = 13;
bool showsNumbers(TreeColumn); // what it shows has to be analysed first

// How the rows of the parameter tree are wanted.
struct TreeWish {
    TensorQuery query;
    std::optional<TreeColumn> sortBy; // none: as in the checkpoint
    bool descending = false;
    bool flat = false;
    bool hangsOnNumbers() const { return query.asksOfNumbers() || (sortBy && showsNumbers(*sortBy)); }
};

// What the work on a tree reads: snapshots, for any thread.
struct TreeSource {
    std::shared_ptr<const ParameterTree> tree;
    std::shared_ptr<const FlatLayout> layout;
    std::shared_ptr<const Pyramid> pyramid;
    std::vector<bool> edited; // by node; empty: none
};

struct TreeArrangement {
    std::shared_ptr<const TreeRows> rows; // null where it was cancelled
    int notYet = 0;                       // tensors that may match once they are analysed
    int outsideLayout = 0;                // that were asked for numbers, and have none because the layout leaves them out
};
TreeArrangement arrangeTree(const TreeSource&, const TreeWish&, const Job&);

// Of a tensor, and of a group's tensors together (aliases left out) where all of them are known; by node.
using NodeSummaries = std::vector<std::optional<Summary>>;
NodeSummaries summariesOf(const TreeSource&, const Job&);

// Ordinal into placed() of the segment that holds a tensor's elements; none where the layout leaves it out, or it has none.
std::optional<std::uint32_t> placedOf(const FlatLayout&, TensorOrdinal);
// What a column shows of a summary: the number, NaN where there is none.
double columnNumber(TreeColumn, const Summary&);
QueryWords queryWordsOf(const ParameterTree&);

} // namespace ravel
