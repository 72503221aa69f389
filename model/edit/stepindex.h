// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/cover.h"
#include "edit/editedvector.h"

#include <array>
#include <memory>
#include <mutex>
#include <vector>

namespace ravel {

// Some consecutive steps, ready to be looked up by place. Immutable. Of two kinds: patches, where every step sets few elements to known
// bytes (cell edits), so that all of them together are one sorted list; and spans, the pieces of any steps in an interval index.
class StepLevel {
public:
    static std::shared_ptr<const StepLevel> ofStep(const Checkpoint&, const AppliedStep&);
    // `older` first. Patches when both are.
    static std::shared_ptr<const StepLevel> merged(const StepLevel& older, const StepLevel& newer);

    bool isPatch() const { return m_isPatch; }
    std::size_t size() const { return m_steps.size(); }

    Result<> apply(const Checkpoint&, StorageOrdinal, StorageIndex begin, StorageIndex end, std::byte* window, Fit&) const;
    bool touches(StorageOrdinal, StorageIndex begin, StorageIndex end) const;
    void addHulls(StorageOrdinal, std::vector<StorageRange>& out) const;
    const std::vector<StorageOrdinal>& storages() const { return m_storages; }

private:
    struct Patch {
        StorageOrdinal storage = noOrdinal;
        bool saturated = false, rounded = false, refused = false;
        bool stored = true; // false: all that was tried here was refused
        StorageIndex index;
        std::array<std::byte, 16> bytes {};
    };
    struct Span {
        StorageOrdinal storage = noOrdinal;
        std::uint32_t step = 0; // into m_steps
        StorageIndex begin, end;
        const AppliedStep::Piece* piece = nullptr;
    };
    struct Found {
        std::uint32_t step = 0;
        const AppliedStep::Piece* piece = nullptr;
    };

    void indexPatches(const Checkpoint&, const AppliedStep&);
    void indexSpans();
    void mergePatches(const StepLevel& older, const StepLevel& newer);
    // Calls visit(span) for those that reach into [begin, end), until it returns false.
    template <class Visit> void find(StorageOrdinal, StorageIndex begin, StorageIndex end, const Visit&) const;
    template <class Visit>
    bool descend(std::size_t node, std::size_t low, std::size_t high, std::pair<std::size_t, std::size_t> range,
        StorageIndex begin, const Visit&) const;
    template <std::size_t Size>
    void putPatches(std::pair<std::size_t, std::size_t> range, StorageIndex begin, std::byte* window, Fit&) const;
    void applyPatches(std::pair<std::size_t, std::size_t> range, StorageIndex begin, std::size_t size, std::byte* window, Fit&) const;
    std::pair<std::size_t, std::size_t> patchesIn(StorageOrdinal, StorageIndex begin, StorageIndex end) const;

    bool m_isPatch = false;
    std::vector<const AppliedStep*> m_steps; // owned by the chain
    std::vector<Patch> m_patches;            // by storage, index
    std::vector<Span> m_spans;               // by storage, begin
    std::vector<StorageIndex> m_reach;       // binary tree over m_spans, root at 1: the furthest end below each node
    std::vector<StorageOrdinal> m_storages;
};

// The steps of an EditedVector as a persistent list: a new one shares all that came before. Levels grow by powers of two, so that adding a
// step costs the logarithm of their number.
class StepChain {
public:
    using Pointer = std::shared_ptr<const StepChain>;
    static Pointer extended(Pointer before, std::shared_ptr<const AppliedStep>, const Checkpoint&);
    ~StepChain();

    const Pointer& before() const { return m_before; }
    const std::vector<std::shared_ptr<const StepLevel>>& levels() const { return m_levels; } // oldest first
    const std::vector<std::shared_ptr<const AppliedStep>>& steps() const;

private:
    mutable Pointer m_before;
    std::shared_ptr<const AppliedStep> m_step;
    std::vector<std::shared_ptr<const StepLevel>> m_levels;
    mutable std::once_flag m_listed;
    mutable std::vector<std::shared_ptr<const AppliedStep>> m_list;
};

} // namespace ravel
