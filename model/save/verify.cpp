// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/pool.h"
#include "base/posixfile.h"
#include "base/text.h"
#include "save/checksums.h"
#include "save/comparison.h"
#include "save/save.h"
#include "save/sha256.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>

namespace ravel {

namespace {

constexpr std::size_t mostLines = 20; // of one kind

std::string hex(std::uint32_t value)
{
    std::string text(8, '0');
    for (std::size_t i = 8; i-- > 0; value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    return text;
}

bool sameNumber(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::string changeText(const TensorChange& change)
{
    return grouped(change.elementsChanged) + " elements, " + grouped(change.bytesChanged)
        + " bytes, by at most " + shortest(change.maxAbsChange);
}

// One verification: a line for each thing that is proved or refuted.
class Proof {
public:
    Proof(const Checkpoint& checkpoint, const Receipt& receipt, File& before, File& after, const Job& job)
        : m_checkpoint(checkpoint)
        , m_receipt(receipt)
        , m_before(before)
        , m_after(after)
        , m_job(job)
        , m_plan(checkpoint, 0)
        , m_changes(checkpoint)
    {
    }

    Result<Verdict> run()
    {
        RAVEL_ASSIGN(const FileStatus after, m_after.status());
        checkSize("before", m_plan.size().value, m_receipt.before.size);
        checkSize("after", after.identity.size, m_receipt.after.size);
        if (after.identity.size != m_plan.size().value)
            wrong("the two files are not of one size");
        if (m_wrong)
            return verdict();
        std::atomic<std::int64_t> done = 0;
        RAVEL_ASSIGN(m_comparison,
            Comparison::make(m_checkpoint, m_plan, m_before, m_after, m_changes, {}, m_job,
                [&](ByteCount n) { m_job.progress(done += n.value, m_plan.size().value); }));
        checkFiles();
        RAVEL_TRY(checkHashes());
        checkTensors();
        checkStorages();
        checkOthers();
        RAVEL_TRY(checkChecksums());
        return verdict();
    }

private:
    void right(std::string line) { m_lines.push_back("ok: " + std::move(line)); }
    void wrong(std::string line)
    {
        m_lines.push_back("WRONG: " + std::move(line));
        m_wrong = true;
    }
    Verdict verdict() { return { !m_wrong, std::move(m_lines) }; }

    void checkSize(const char* which, std::int64_t size, std::int64_t stated)
    {
        if (size != stated)
            wrong(std::string("the file ") + which + " has " + grouped(size)
                + " bytes, the receipt says " + grouped(stated));
    }

    void checkFiles()
    {
        const RegionSums whole = m_comparison.whole(m_plan);
        const auto check = [&](const char* which, std::uint32_t sum, const FileFacts& facts) {
            const std::string text = std::string("the file ") + which;
            if (sum == facts.crc32)
                right(text + " is the receipt's: " + grouped(facts.size) + " bytes, CRC-32 " + hex(sum));
            else
                wrong(text + " has the CRC-32 " + hex(sum) + ", the receipt says " + hex(facts.crc32));
        };
        check("before", whole.before, m_receipt.before);
        check("after", whole.after, m_receipt.after);
    }

    Result<> checkHashes()
    {
        const auto check = [&](const char* which, File& file, const FileFacts& facts) -> Result<> {
            if (!facts.sha256)
                return {};
            RAVEL_ASSIGN(const std::string sum, sha256Of(file, ByteCount(facts.size), m_job));
            if (sum == *facts.sha256)
                right(std::string("the file ") + which + " has the receipt's SHA-256");
            else
                wrong(std::string("the file ") + which + " has the SHA-256 " + sum + ", the receipt says "
                    + escaped(*facts.sha256, 80));
            return {};
        };
        RAVEL_TRY(check("before", m_before, m_receipt.before));
        return check("after", m_after, m_receipt.after);
    }

    void checkTensors()
    {
        std::map<std::string, TensorChange> stated, found;
        for (const TensorChange& change : m_receipt.tensors)
            if (!stated.emplace(change.name, change).second)
                wrong("the receipt names " + escaped(change.name, 100) + " twice");
        std::int64_t elements = 0;
        for (const TensorChange& change : m_changes.result()) {
            found.emplace(change.name, change);
            elements += change.elementsChanged;
        }
        std::size_t lines = 0;
        const auto differ = [&](const std::string& name, const std::string& what) {
            m_wrong = true;
            if (++lines <= mostLines)
                wrong(escaped(name, 100) + ' ' + what);
        };
        for (const auto& [name, change] : found) {
            const auto claim = stated.find(name);
            if (claim == stated.end())
                differ(name, "changed (" + changeText(change) + "), the receipt does not name it");
            else if (claim->second.elementsChanged != change.elementsChanged
                || claim->second.bytesChanged != change.bytesChanged
                || !sameNumber(claim->second.maxAbsChange, change.maxAbsChange))
                differ(name, "changed by " + changeText(change) + "; the receipt says "
                        + changeText(claim->second));
        }
        for (const auto& [name, change] : stated)
            if (!found.contains(name))
                differ(name, "did not change, the receipt says that it did");
        if (lines == 0)
            right(grouped(static_cast<std::int64_t>(found.size())) + " tensors changed as the receipt says, "
                + grouped(elements) + " elements in all");
        else if (lines > mostLines)
            wrong(std::to_string(lines - mostLines) + " more tensors are not as the receipt says");
    }

    void checkStorages()
    {
        std::map<std::string, std::uint32_t> stated = m_receipt.unchangedStorages;
        std::size_t unchanged = 0, lines = 0;
        const auto differ = [&](const std::string& id, const std::string& what) {
            m_wrong = true;
            if (++lines <= mostLines)
                wrong("storage " + escaped(id, 100) + ' ' + what);
        };
        for (StorageOrdinal i = 0; i < m_checkpoint.storages.size(); ++i) {
            const auto region = m_plan.regionOf(i);
            if (!region)
                continue;
            const std::string id = m_checkpoint.storages[i].id.text();
            const RegionSums& sums = m_comparison.regions[*region];
            const auto claim = stated.find(id);
            const bool claimed = claim != stated.end();
            if (claimed && sums.differs)
                differ(id, "differs from byte " + std::to_string(sums.differs->value)
                        + " on, the receipt says that it did not change");
            else if (claimed && claim->second != sums.after)
                differ(id, "has the CRC-32 " + hex(sums.after) + ", the receipt says " + hex(claim->second));
            else if (!claimed && !sums.differs)
                differ(id, "did not change, the receipt does not say so");
            unchanged += claimed;
            if (claimed)
                stated.erase(claim);
        }
        for (const auto& [id, sum] : stated)
            differ(id, "is in the receipt, but not in the file");
        if (lines == 0)
            right(grouped(static_cast<std::int64_t>(unchanged)) + " storages did not change");
    }

    void checkOthers()
    {
        const RegionSums others = m_comparison.others(m_plan);
        if (others.differs)
            wrong("bytes outside tensors and checksums differ, the first at byte "
                + std::to_string(others.differs->value));
        else if (others.after != m_receipt.otherBytes)
            wrong("the bytes outside tensors and checksums have the CRC-32 " + hex(others.after)
                + ", the receipt says " + hex(m_receipt.otherBytes));
        else
            right("all bytes outside tensors and checksums are the same");
    }

    // Right where it was right; where it was wrong, as wrong as before or mended.
    Result<> checkChecksums()
    {
        std::set<std::uint32_t> checked;
        std::size_t lines = 0;
        const auto differ = [&](ByteOffset place, const std::string& record) {
            m_wrong = true;
            if (++lines <= mostLines)
                wrong("the checksum of record " + escaped(record, 100) + " at byte "
                    + std::to_string(place.value) + " is wrong");
        };
        for (const CrcState& state : checkRecords(m_checkpoint, m_plan, m_comparison)) {
            const Record& record = m_checkpoint.records[state.record];
            for (const ByteOffset place : record.crcPlaces) {
                std::array<std::byte, 4> a {}, b {};
                RAVEL_TRY(m_before.readAt(place, a));
                RAVEL_TRY(m_after.readAt(place, b));
                const std::uint32_t then = littleEndian(a), now = littleEndian(b);
                const bool asWrong = now == (then ^ state.before ^ state.after);
                const bool fine = then == 0 ? now == 0
                    : then == state.before  ? now == state.after
                                            : asWrong || now == state.after;
                if (!fine)
                    differ(place, record.name);
                checked.insert(m_plan.regionAt(place));
            }
        }
        for (std::uint32_t i = 0; i < m_plan.regions().size(); ++i)
            if (m_plan.regions()[i].kind == FileRegion::Kind::Checksum && !checked.contains(i)
                && m_comparison.regions[i].differs)
                differ(m_plan.range(i).begin, "(unknown)");
        if (lines == 0)
            right(grouped(static_cast<std::int64_t>(checked.size())) + " checksums are as they should be");
        return {};
    }

    const Checkpoint& m_checkpoint;
    const Receipt& m_receipt;
    File& m_before;
    File& m_after;
    const Job& m_job;
    FilePlan m_plan;
    TensorChanges m_changes;
    Comparison m_comparison;
    std::vector<std::string> m_lines;
    bool m_wrong = false;
};

} // namespace

Result<Verdict> verify(Io& io, const std::string& before, const std::string& after, const Receipt& receipt, const Job& job)
{
    if (receipt.structureChanged)
        return fail(ErrorCode::Unsupported, "the receipt says that the structure changed; only changes of numbers can be verified");
    RAVEL_ASSIGN(const auto checkpoint, openCheckpoint(before, io, Limits(), job));
    if (checkpoint->files.size() != 1)
        return fail(ErrorCode::Unsupported, shownPath(before) + " is a set of several files");
    RAVEL_ASSIGN(const auto changed, io.openForReading(after));
    return Proof(*checkpoint, receipt, *checkpoint->files[0].file, *changed, job).run();
}

} // namespace ravel
