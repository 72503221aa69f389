// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/diff.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace ravel {

namespace {

bool isScalar(EntryKind kind)
{
    switch (kind) {
    case EntryKind::Dict:
    case EntryKind::OrderedDict:
    case EntryKind::List:
    case EntryKind::Tuple:
    case EntryKind::Set:
    case EntryKind::Tensor:
    case EntryKind::Reference: return false;
    default: return true;
    }
}

// `withMetadata`: also what a safetensors header says of itself, which other containers have no place for.
std::vector<std::pair<std::string, std::string>> scalarsOf(const Checkpoint& checkpoint, bool withMetadata)
{
    std::vector<std::pair<std::string, std::string>> scalars;
    for (EntryOrdinal e = 1; e < checkpoint.entries.size(); ++e) {
        const Entry& entry = checkpoint.entries[e];
        if (!isScalar(entry.kind))
            continue;
        std::string name = checkpoint.entryName(e);
        if (withMetadata || !name.starts_with("__metadata__."))
            scalars.emplace_back(std::move(name), entry.kind == EntryKind::None ? "None" : entry.value);
    }
    return scalars;
}

std::vector<EntryDiff> compareEntries(const Checkpoint& a, const Checkpoint& b)
{
    const bool sameContainer = a.container == b.container;
    std::unordered_map<std::string, std::string> inB;
    for (auto& [name, value] : scalarsOf(b, sameContainer))
        inB.emplace(name, value);
    std::vector<EntryDiff> diffs;
    std::unordered_set<std::string> inA;
    for (auto& [name, value] : scalarsOf(a, sameContainer)) {
        const auto found = inB.find(name);
        if (found == inB.end() || found->second != value)
            diffs.push_back({ name, value, found == inB.end() ? std::string() : found->second });
        inA.insert(name);
    }
    for (auto& [name, value] : scalarsOf(b, sameContainer))
        if (!inA.contains(name))
            diffs.push_back({ name, {}, value });
    return diffs;
}

} // namespace

std::string_view stateName(TensorDiff::State state)
{
    switch (state) {
    case TensorDiff::State::Same: return "same";
    case TensorDiff::State::Values: return "values";
    case TensorDiff::State::OnlyA: return "only in A";
    case TensorDiff::State::OnlyB: return "only in B";
    case TensorDiff::State::Shape: return "shape";
    case TensorDiff::State::Dtype: return "dtype";
    case TensorDiff::State::Unreadable: break;
    }
    return "unreadable";
}

bool CheckpointDiff::same() const
{
    return entries.empty() && std::all_of(tensors.begin(), tensors.end(), [](const TensorDiff& diff) { return diff.state == TensorDiff::State::Same; });
}

Result<CheckpointDiff> compare(const EditedVector& a, const EditedVector& b, const MatchSpec& spec, const DiffOptions& options, const Job& job)
{
    RAVEL_ASSIGN(const Matching matching, Matcher(a.checkpointPtr(), b.checkpointPtr()).match(spec, job));
    CheckpointDiff result;
    result.matched = matching.matched;
    result.belowScopes = matching.belowScopes;
    RAVEL_ASSIGN(result.tensors, compareTensors(a, b, matching.pairs, options, job));
    if (!result.belowScopes)
        result.entries = compareEntries(a.checkpoint(), b.checkpoint());
    return result;
}

} // namespace ravel
