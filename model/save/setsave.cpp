// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/setsave.h"

#include "base/crc32.h"
#include "base/posixfile.h"
#include "base/text.h"
#include "checkpoint/folder.h"
#include "checkpoint/shardindex.h"
#include "save/filesave.h"
#include "save/setstage.h"
#include "save/sourcewatch.h"

#include <algorithm>
#include <map>
#include <set>

namespace ravel {

namespace {

// Where a set is to be saved.
struct Target {
    enum class Kind { NewFolder, OverItself, IntoFolder } kind = Kind::NewFolder;
    std::string folder; // canonical
    bool exists = false;
};

bool isSame(const Identity& a, const Identity& b) { return a.device == b.device && a.inode == b.inode; }

Result<Target> newFolder(Io& io, const std::string& path)
{
    const std::string name = fileNameOf(path);
    if (name.empty() || name == "." || name == "..")
        return fail(ErrorCode::Usage, "'" + shownPath(path) + "' names no folder to write");
    if (isIndexName(name))
        return fail(ErrorCode::Usage, "'" + shownPath(path) + "' is the name of an index: a set of files is saved into a folder");
    RAVEL_ASSIGN(const std::string parent, io.canonicalPath(directoryOf(path)));
    return Target { Target::Kind::NewFolder, joinedPath(parent, name), false };
}

Result<Target> targetOf(Io& io, const Checkpoint& set, const std::string& given, bool overwrite)
{
    const std::string path = withoutSlash(given);
    if (!io.exists(path))
        return newFolder(io, path);
    RAVEL_ASSIGN(const std::string canonical, io.canonicalPath(path));
    RAVEL_ASSIGN(const FileStatus status, io.status(canonical));
    RAVEL_ASSIGN(const std::string own, io.canonicalPath(directoryOf(set.files.back().path)));
    if (!isDirectory(status)) {
        if (isSame(status.identity, set.files.back().status.identity))
            return Target { Target::Kind::OverItself, own, true };
        return fail(ErrorCode::Refused, shownPath(given) + " is a file: a set of files is saved into a folder");
    }
    RAVEL_ASSIGN(const FileStatus folder, io.status(own));
    if (isSame(status.identity, folder.identity))
        return Target { Target::Kind::OverItself, own, true };
    RAVEL_ASSIGN(const std::vector<std::string> names, io.list(canonical));
    if (names.empty())
        return Target { Target::Kind::NewFolder, canonical, true };
    if (!overwrite)
        return fail(ErrorCode::Refused, shownPath(given) + " exists already and is not empty");
    return Target { Target::Kind::IntoFolder, canonical, true };
}

// One save of one set.
class SetSaving {
public:
    SetSaving(Io& io, const EditedVector& vector, const SaveOptions& options, const Job& job, Target target)
        : m_io(io)
        , m_vector(vector)
        , m_checkpoint(vector.checkpoint())
        , m_options(options)
        , m_job(job)
        , m_target(std::move(target))
        , m_parts(m_checkpoint)
        , m_changes(m_checkpoint)
    {
    }

    Result<Receipt> run(const Recipe& recipe, const std::string& target)
    {
        RAVEL_TRY(choose());
        RAVEL_TRY(watchSources());
        m_receipt.recipe = recipe;
        m_receipt.before.files.resize(m_checkpoint.files.size());
        m_receipt.after.files.resize(m_checkpoint.files.size());
        for (std::size_t i = 0; i < m_checkpoint.files.size(); ++i)
            describeUntouched(i);
        RAVEL_TRY(m_target.kind == Target::Kind::NewFolder ? intoNewFolder() : inPlace());
        m_receipt.tensors = m_changes.result();
        sumUp(m_receipt.before, m_checkpoint.path);
        sumUp(m_receipt.after, target);
        if (m_target.kind != Target::Kind::OverItself)
            nameNeighbours();
        if (!m_checkpoint.writable)
            m_receipt.warnings.push_back("the set is not whole or not sound, and neither is its copy: " + m_checkpoint.readOnlyReason);
        return m_receipt;
    }

private:
    // Which files are written: all, or those that a step covers. Whatever cannot be saved is found out before anything is written.
    Result<> choose()
    {
        std::set<std::uint32_t> edited;
        for (const StorageOrdinal storage : m_vector.editedStorages())
            edited.insert(m_checkpoint.storages[storage].id.file);
        for (std::uint32_t i = 0; i < m_checkpoint.files.size(); ++i) {
            const std::string problem = shardNameProblem(m_checkpoint.files[i].name);
            if (!problem.empty())
                return fail(ErrorCode::Unsupported, "the name of " + shownPath(m_checkpoint.files[i].path) + ' ' + problem);
            bool covered = false;
            if (edited.contains(i)) {
                RAVEL_ASSIGN(auto file, prepared(i));
                covered = file->covered();
                if (covered)
                    m_prepared[i] = std::move(file);
            }
            if (m_target.kind != Target::Kind::OverItself || covered) {
                m_chosen.push_back(i);
                m_needed += ByteCount(m_checkpoint.files[i].status.identity.size);
            }
        }
        m_passes = std::make_unique<Passes>(m_job, m_needed);
        return {};
    }

    Result<std::unique_ptr<FileSave>> prepared(std::uint32_t i)
    {
        auto file = std::make_unique<FileSave>(
            m_vector, FilePlan(m_checkpoint, m_parts, i), m_options, m_changes, m_job, [this](ByteCount n) { m_passes->add(n); });
        RAVEL_TRY(file->prepare());
        return file;
    }

    Result<> watchSources()
    {
        for (const SourceFile& source : m_checkpoint.files) {
            RAVEL_ASSIGN(SourceWatch watch,
                SourceWatch::make(m_io, source, m_target.kind == Target::Kind::OverItself, m_options.ignoreChange));
            m_watches.push_back(std::move(watch));
        }
        return checkSources();
    }

    Result<> checkSources() const
    {
        for (const SourceWatch& watch : m_watches)
            RAVEL_TRY(watch.check());
        return {};
    }

    void describeUntouched(std::size_t i)
    {
        const SourceFile& file = m_checkpoint.files[i];
        FileFacts& facts = m_receipt.before.files[i];
        facts.path = file.name;
        facts.size = file.status.identity.size;
        facts.mtimeNs = file.status.identity.mtimeNs;
        facts.summed = false;
        m_receipt.after.files[i] = facts;
    }

    // Writes and verifies one file; whether a byte of it came to differ.
    Result<bool> write(std::uint32_t i, File& output, const std::string& folder)
    {
        if (!m_prepared.contains(i)) {
            RAVEL_ASSIGN(m_prepared[i], prepared(i));
        }
        const std::unique_ptr<FileSave> saving = std::move(m_prepared.extract(i).mapped()); // gone when it is written
        FileSave& file = *saving;
        RAVEL_TRY(file.write(m_io, output, folder, m_needed));
        m_needed -= file.size();
        RAVEL_TRY(m_watches[i].check());
        RAVEL_TRY(file.verify(output));
        const std::size_t warnings = m_receipt.warnings.size();
        RAVEL_TRY(file.describe(output, m_receipt.before.files[i], m_receipt.after.files[i], m_receipt));
        for (std::size_t w = warnings; w < m_receipt.warnings.size(); ++w)
            m_receipt.warnings[w] = escaped(m_checkpoint.files[i].name, 80) + ": " + m_receipt.warnings[w];
        m_receipt.before.files[i].summed = m_receipt.after.files[i].summed = true;
        const auto [crc, size] = file.otherBytes();
        m_receipt.otherBytes = crc32Joined(m_receipt.otherBytes, crc, size);
        RAVEL_TRY(m_job.check());
        return file.differs();
    }

    Result<> intoNewFolder()
    {
        RAVEL_ASSIGN(NewFolder folder, NewFolder::create(m_io, m_target.folder, m_target.exists));
        for (const std::uint32_t i : m_chosen) {
            RAVEL_ASSIGN(const auto output, folder.add(m_checkpoint.files[i].name));
            RAVEL_TRY(write(i, *output, folder.path()));
            RAVEL_ASSIGN(m_receipt.after.files[i].mtimeNs, folder.seal(*output));
        }
        RAVEL_TRY(checkSources());
        return folder.commit();
    }

    Result<> inPlace()
    {
        if (m_checkpoint.container != "sharded")
            return fail(ErrorCode::Unsupported, shownPath(m_checkpoint.path) + " is a set of several files without an index: it can be saved "
                    "into a new folder alone");
        StagedFiles staged(m_io, m_target.folder, m_checkpoint.files.back().name);
        RAVEL_TRY(staged.prepare());
        for (const std::uint32_t i : m_chosen) {
            RAVEL_ASSIGN(AtomicFile* output,
                staged.add(m_checkpoint.files[i].name, m_options.overwrite || m_target.kind == Target::Kind::OverItself, m_options.breakLinks));
            RAVEL_ASSIGN(const bool differs, write(i, output->file(), m_target.folder));
            if (!differs && m_target.kind == Target::Kind::OverItself) {
                staged.dropLast(); // the old one is as good
                continue;
            }
            RAVEL_TRY(staged.sealLast(m_receipt.after.files[i].crc32));
            m_receipt.after.files[i].mtimeNs = output->written().identity.mtimeNs;
        }
        RAVEL_TRY(m_job.check());
        RAVEL_TRY(staged.commit([this] { return checkSources(); }));
        m_receipt.warnings.insert(m_receipt.warnings.end(), staged.warnings().begin(), staged.warnings().end());
        return {};
    }

    // What else the folder holds (a configuration, a tokenizer) is not the set's, and was not copied.
    void nameNeighbours()
    {
        const auto names = m_io.list(directoryOf(m_checkpoint.files.back().path));
        if (!names)
            return; // only a remark
        std::vector<std::string> others;
        for (const std::string& name : *names)
            if (!name.starts_with('.') && std::none_of(m_checkpoint.files.begin(), m_checkpoint.files.end(), [&](const SourceFile& f) { return f.name == name; }))
                others.push_back(name);
        constexpr std::size_t most = 3;
        std::string text;
        for (std::size_t i = 0; i < std::min(others.size(), most); ++i)
            text += (i > 0 ? ", '" : "'") + escaped(others[i], 60) + '\'';
        if (!others.empty())
            m_receipt.warnings.push_back("not copied, as no part of the set: " + text + (others.size() > most ? ", ..." : ""));
    }

    static void sumUp(FileFacts& facts, const std::string& path)
    {
        facts.path = path;
        for (const FileFacts& file : facts.files) {
            facts.size += file.size;
            facts.mtimeNs = std::max(facts.mtimeNs, file.mtimeNs);
            if (file.summed)
                facts.crc32 = crc32Joined(facts.crc32, file.crc32, ByteCount(file.size));
        }
    }

    Io& m_io;
    const EditedVector& m_vector;
    const Checkpoint& m_checkpoint;
    const SaveOptions& m_options;
    const Job& m_job;
    Target m_target;
    FileParts m_parts;
    TensorChanges m_changes;
    std::map<std::uint32_t, std::unique_ptr<FileSave>> m_prepared; // by file, those that steps cover; until they are written
    std::vector<std::uint32_t> m_chosen; // files
    ByteCount m_needed;                  // of them, those that are not written yet
    std::unique_ptr<Passes> m_passes;
    std::vector<SourceWatch> m_watches;  // by file
    Receipt m_receipt;
};

} // namespace

Result<Receipt> saveSet(Io& io, const EditedVector& vector, const Recipe& recipe, const std::string& target, const SaveOptions& options,
    const Job& job)
{
    RAVEL_ASSIGN(Target where, targetOf(io, vector.checkpoint(), target, options.overwrite));
    return SetSaving(io, vector, options, job, std::move(where)).run(recipe, target);
}

} // namespace ravel
