// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "save/checksums.h"
#include "save/comparison.h"
#include "save/patch.h"
#include "save/save.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ravel {

// One file of a checkpoint, written anew with the steps' values in it and then read again: points 4 to 6 of the save protocol (trust.md).
// Changed elements are told to `changes`, which gathers those of all files of a set. `progress` is told the bytes that are done, in two
// passes over the file.
class FileSave {
public:
    FileSave(const EditedVector&, FilePlan, const SaveOptions&, TensorChanges& changes, const Job&,
        std::function<void(ByteCount)> progress);

    // Refused where a step cannot be saved in this file (see Patch::make). To be called first.
    Result<> prepare();
    // Whether a step covers any element of it; whether a byte came to differ is known after verify().
    bool covered() const { return m_patch->covers(); }
    ByteCount size() const { return m_plan.size(); }

    // Fills an empty output. Io where `directory` has less room than `needed` bytes, unless blocks can be shared.
    Result<> write(Io&, File& output, const std::string& directory, ByteCount needed);
    // Reads source and output again: nothing but what was meant differs, and it reads as it was written.
    Result<> verify(File& output);
    bool differs() const { return !m_patch->written().empty(); }

    // Afterwards: checksums, unchanged storages and warnings for the receipt; SHA-256 where the options ask for it.
    Result<> describe(File& output, FileFacts& before, FileFacts& after, Receipt&);
    // The sum of the bytes outside storages and checksums, and how many they are.
    std::pair<std::uint32_t, ByteCount> otherBytes() const;

private:
    Result<> checkExpected(File& output);
    Error named(Error) const;

    const EditedVector& m_vector;
    const Checkpoint& m_checkpoint;
    const SaveOptions& m_options;
    TensorChanges& m_changes;
    const Job& m_job;
    std::function<void(ByteCount)> m_progress;
    FilePlan m_plan;
    File& m_source;
    std::unique_ptr<Patch> m_patch;
    CrcChanges m_crcChanges;
    ExpectedChecksums m_expected;
    Comparison m_comparison;
    std::vector<CrcState> m_records;
};

// Tells a job how far its two passes over `size` bytes have come, from any thread.
class Passes {
public:
    Passes(const Job& job, ByteCount size)
        : m_job(job)
        , m_total(2 * size.value)
    {
    }
    void add(ByteCount n) { m_job.progress(m_done.fetch_add(n.value) + n.value, m_total); }

private:
    const Job& m_job;
    std::int64_t m_total;
    std::atomic<std::int64_t> m_done = 0;
};

} // namespace ravel
