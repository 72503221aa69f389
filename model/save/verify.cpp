// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/crc32.h"
#include "base/pool.h"
#include "base/posixfile.h"
#include "base/text.h"
#include "checkpoint/lazyfile.h"
#include "checkpoint/savejournal.h"
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

bool sameNumber(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::string changeText(const TensorChange& change)
{
    return grouped(change.elementsChanged) + " elements, " + grouped(change.bytesChanged)
        + " bytes, by at most " + shortest(change.maxAbsChange);
}

// A file before and after, under one plan.
struct Pair {
    Pair(const Checkpoint& checkpoint, const FileParts& parts, std::uint32_t file, std::shared_ptr<File> afterwards)
        : plan(checkpoint, parts, file)
        , before(*checkpoint.files[file].file)
        , after(std::move(afterwards))
    {
    }
    FilePlan plan;
    File& before;
    std::shared_ptr<File> after;
    Comparison comparison {};
    std::string text;             // "the file", "the file x.safetensors"
    FileFacts statedBefore {}, statedAfter {};
};

// One verification: a line for each thing that is proved or refuted.
class Proof {
public:
    Proof(const Checkpoint& checkpoint, const Receipt& receipt, const Job& job)
        : m_checkpoint(checkpoint)
        , m_receipt(receipt)
        , m_job(job)
        , m_parts(checkpoint)
        , m_changes(checkpoint)
    {
    }

    void add(std::shared_ptr<File> after)
    {
        const auto file = static_cast<std::uint32_t>(m_pairs.size());
        m_pairs.push_back(std::make_unique<Pair>(m_checkpoint, m_parts, file, std::move(after)));
        Pair& pair = *m_pairs.back();
        pair.text = m_checkpoint.isSet() ? escaped(m_checkpoint.files[file].name, 100) : "the file";
        pair.statedBefore = m_checkpoint.isSet() ? m_receipt.before.files[file] : m_receipt.before;
        pair.statedAfter = m_checkpoint.isSet() ? m_receipt.after.files[file] : m_receipt.after;
    }

    Result<Verdict> run()
    {
        for (const auto& pair : m_pairs)
            RAVEL_TRY(checkSizes(*pair));
        if (m_wrong)
            return verdict();
        std::int64_t total = 0;
        std::atomic<std::int64_t> done = 0;
        for (const auto& pair : m_pairs)
            total += pair->plan.size().value;
        for (const auto& pair : m_pairs) {
            RAVEL_ASSIGN(pair->comparison,
                Comparison::make(m_checkpoint, pair->plan, pair->before, *pair->after, m_changes, {}, m_job,
                    [&](ByteCount n) { m_job.progress(done += n.value, total); }));
        }
        for (const auto& pair : m_pairs) {
            checkFile(*pair);
            RAVEL_TRY(checkHashes(*pair));
        }
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

    Result<> checkSizes(const Pair& pair)
    {
        RAVEL_ASSIGN(const FileStatus after, pair.after->status());
        const auto check = [&](const char* which, std::int64_t size, std::int64_t stated) {
            if (size != stated)
                wrong(pair.text + ' ' + which + " has " + grouped(size) + " bytes, the receipt says " + grouped(stated));
        };
        check("before", pair.plan.size().value, pair.statedBefore.size);
        check("after", after.identity.size, pair.statedAfter.size);
        if (after.identity.size != pair.plan.size().value)
            wrong("the two files are not of one size" + (m_checkpoint.isSet() ? ": " + pair.text : std::string()));
        return {};
    }

    void checkFile(const Pair& pair)
    {
        const RegionSums whole = pair.comparison.whole(pair.plan);
        const auto check = [&](const char* which, std::uint32_t sum, const FileFacts& facts) {
            const std::string text = pair.text + ' ' + which;
            if (!facts.summed)
                return;
            if (sum == facts.crc32)
                right(text + " is the receipt's: " + grouped(facts.size) + " bytes, CRC-32 " + crc32Text(sum));
            else
                wrong(text + " has the CRC-32 " + crc32Text(sum) + ", the receipt says " + crc32Text(facts.crc32));
        };
        check("before", whole.before, pair.statedBefore);
        check("after", whole.after, pair.statedAfter);
        if (pair.statedBefore.summed && pair.statedAfter.summed)
            return;
        if (whole.differs)
            wrong(pair.text + " differs from byte " + std::to_string(whole.differs->value) + " on, the receipt says that it was not written");
        else
            right(pair.text + " is the same");
    }

    Result<> checkHashes(const Pair& pair)
    {
        const auto check = [&](const char* which, File& file, const FileFacts& facts) -> Result<> {
            if (!facts.sha256)
                return {};
            RAVEL_ASSIGN(const std::string sum, sha256Of(file, ByteCount(facts.size), m_job));
            if (sum == *facts.sha256)
                right(pair.text + ' ' + which + " has the receipt's SHA-256");
            else
                wrong(pair.text + ' ' + which + " has the SHA-256 " + sum + ", the receipt says " + escaped(*facts.sha256, 80));
            return {};
        };
        RAVEL_TRY(check("before", pair.before, pair.statedBefore));
        return check("after", *pair.after, pair.statedAfter);
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
            const std::uint32_t file = m_checkpoint.storages[i].id.file;
            const Pair& pair = *m_pairs[file];
            const auto region = pair.plan.regionOf(i);
            if (!region || !pair.statedAfter.summed)
                continue; // of a file that was not written all bytes are compared already
            const std::string id = m_checkpoint.storages[i].id.text();
            const RegionSums& sums = pair.comparison.regions[*region];
            const auto claim = stated.find(id);
            const bool claimed = claim != stated.end();
            if (claimed && sums.differs)
                differ(id, "differs from byte " + std::to_string(sums.differs->value)
                        + " on, the receipt says that it did not change");
            else if (claimed && claim->second != sums.after)
                differ(id, "has the CRC-32 " + crc32Text(sums.after) + ", the receipt says " + crc32Text(claim->second));
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
        std::uint32_t sum = 0;
        bool differ = false;
        for (const auto& pair : m_pairs) {
            const RegionSums others = pair->comparison.others(pair->plan);
            if (others.differs) {
                differ = true;
                wrong("bytes outside tensors and checksums differ, the first at byte " + std::to_string(others.differs->value)
                    + (m_checkpoint.isSet() ? " of " + pair->text : std::string()));
            }
            if (pair->statedAfter.summed)
                sum = crc32Joined(sum, others.after, Comparison::otherSize(pair->plan));
        }
        if (!differ && sum != m_receipt.otherBytes)
            wrong("the bytes outside tensors and checksums have the CRC-32 " + crc32Text(sum) + ", the receipt says " + crc32Text(m_receipt.otherBytes));
        else if (!differ)
            right("all bytes outside tensors and checksums are the same");
    }

    // Right where it was right; where it was wrong, as wrong as before or mended.
    Result<> checkChecksums()
    {
        std::size_t checked = 0, lines = 0;
        const auto differ = [&](ByteOffset place, const std::string& record) {
            m_wrong = true;
            if (++lines <= mostLines)
                wrong("the checksum of record " + escaped(record, 100) + " at byte "
                    + std::to_string(place.value) + " is wrong");
        };
        for (const auto& pair : m_pairs)
            RAVEL_TRY(checkChecksums(*pair, differ, checked));
        if (lines == 0)
            right(grouped(static_cast<std::int64_t>(checked)) + " checksums are as they should be");
        return {};
    }

    Result<> checkChecksums(const Pair& pair, const std::function<void(ByteOffset, const std::string&)>& differ, std::size_t& count)
    {
        std::set<std::uint32_t> checked;
        for (const CrcState& state : checkRecords(m_checkpoint, pair.plan, pair.comparison)) {
            const Record& record = m_checkpoint.records[state.record];
            for (const ByteOffset place : record.crcPlaces) {
                std::array<std::byte, 4> a {}, b {};
                RAVEL_TRY(pair.before.readAt(place, a));
                RAVEL_TRY(pair.after->readAt(place, b));
                const std::uint32_t then = littleEndian(a), now = littleEndian(b);
                const bool asWrong = now == (then ^ state.before ^ state.after);
                const bool fine = then == 0 ? now == 0
                    : then == state.before  ? now == state.after
                                            : asWrong || now == state.after;
                if (!fine)
                    differ(place, record.name);
                checked.insert(pair.plan.regionAt(place));
            }
        }
        for (std::uint32_t i = 0; i < pair.plan.regions().size(); ++i)
            if (pair.plan.regions()[i].kind == FileRegion::Kind::Checksum && !checked.contains(i)
                && pair.comparison.regions[i].differs)
                differ(pair.plan.range(i).begin, "(unknown)");
        count += checked.size();
        return {};
    }

    const Checkpoint& m_checkpoint;
    const Receipt& m_receipt;
    const Job& m_job;
    FileParts m_parts;
    std::vector<std::unique_ptr<Pair>> m_pairs; // by file
    TensorChanges m_changes;
    std::vector<std::string> m_lines;
    bool m_wrong = false;
};

// Where the files of a set stand afterwards: a folder with the same names, or the path of its index.
Result<std::vector<std::string>> pathsAfter(Io& io, const Checkpoint& set, const std::string& after, const Job& job)
{
    const auto status = io.status(after);
    const bool isFolder = status && isDirectory(*status);
    const std::string folder = isFolder ? after : directoryOf(after);
    std::vector<std::string> paths;
    for (const SourceFile& file : set.files)
        paths.push_back(joinedPath(folder, file.name));
    if (!isFolder)
        paths.back() = after;
    RAVEL_ASSIGN(const Recovery recovery, recoverSave(io, paths.back(), Limits(), job));
    if (recovery.state == Recovery::State::Foreign)
        return fail(ErrorCode::Refused, recovery.message);
    return paths;
}

Result<> checkNames(const Checkpoint& set, const Receipt& receipt)
{
    for (const FileFacts* facts : { &receipt.before, &receipt.after }) {
        bool same = facts->files.size() == set.files.size();
        for (std::size_t i = 0; same && i < set.files.size(); ++i)
            same = facts->files[i].path == set.files[i].name;
        if (!same)
            return fail(ErrorCode::Format, "the receipt is not of a set of these " + std::to_string(set.files.size()) + " files");
    }
    return {};
}

} // namespace

Result<Verdict> verify(Io& io, const std::string& before, const std::string& after, const Receipt& receipt, const Job& job)
{
    if (receipt.structureChanged)
        return fail(ErrorCode::Unsupported, "the receipt says that the structure changed; only changes of numbers can be verified");
    RAVEL_ASSIGN(const auto checkpoint, openCheckpoint(before, io, Limits(), job));
    std::vector<std::string> paths { after };
    if (checkpoint->isSet()) {
        RAVEL_TRY(checkNames(*checkpoint, receipt));
        RAVEL_ASSIGN(paths, pathsAfter(io, *checkpoint, after, job));
    } else if (!receipt.before.files.empty()) {
        return fail(ErrorCode::Format, "the receipt is of a set of files, " + shownPath(before) + " is a single one");
    }
    Proof proof(*checkpoint, receipt, job);
    const auto descriptors = std::make_shared<DescriptorPool>(io, 8);
    for (const std::string& path : paths) {
        RAVEL_ASSIGN(std::shared_ptr<File> file, io.openForReading(path));
        RAVEL_ASSIGN(const FileStatus status, file->status());
        if (checkpoint->isSet()) // which may have more files than a process may have open
            file = std::make_shared<LazyFile>(descriptors, path, status);
        proof.add(std::move(file));
    }
    return proof.run();
}

} // namespace ravel
