// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/setstage.h"

#include "base/posixfile.h"
#include "base/temporary.h"

#include <algorithm>
#include <utility>

namespace ravel {

Result<NewFolder> NewFolder::create(Io& io, const std::string& path, bool exists)
{
    NewFolder made;
    made.m_io = &io;
    made.m_path = path;
    made.m_exists = exists;
    RAVEL_ASSIGN(made.m_temporary, makeTemporary(directoryOf(path), fileNameOf(path), [&](const std::string& p) { return io.createDirectory(p); },
                                       [&](const std::string& p) { return io.exists(p); }));
    return made;
}

NewFolder::NewFolder(NewFolder&& other) noexcept
    : m_io(other.m_io)
    , m_path(std::move(other.m_path))
    , m_temporary(std::exchange(other.m_temporary, {}))
    , m_exists(other.m_exists)
    , m_files(std::move(other.m_files))
{
}

NewFolder::~NewFolder()
{
    if (m_temporary.empty())
        return;
    for (const std::string& file : m_files)
        (void)m_io->remove(file);
    (void)m_io->removeDirectory(m_temporary);
}

Result<std::unique_ptr<File>> NewFolder::add(const std::string& name)
{
    const std::string path = joinedPath(m_temporary, name);
    RAVEL_ASSIGN(std::unique_ptr<File> file, m_io->createNew(path));
    m_files.push_back(path);
    return file;
}

Result<std::int64_t> NewFolder::seal(File& file)
{
    RAVEL_TRY(file.setMode(newFileMode()));
    RAVEL_TRY(file.sync());
    RAVEL_ASSIGN(const FileStatus status, file.status());
    RAVEL_TRY(file.close());
    return status.identity.mtimeNs;
}

Result<> NewFolder::commit()
{
    RAVEL_TRY(m_io->syncDirectory(m_temporary));
    RAVEL_TRY(m_exists ? m_io->rename(m_temporary, m_path) : m_io->renameNew(m_temporary, m_path));
    m_temporary.clear();
    if (auto synced = m_io->syncDirectory(directoryOf(m_path)); !synced)
        return fail(ErrorCode::Io, shownPath(m_path) + " is written whole, but it is not certain to survive a power cut: " + synced.error().message);
    return {};
}

StagedFiles::StagedFiles(Io& io, std::string folder, std::string index)
    : m_io(io)
    , m_folder(std::move(folder))
    , m_index(std::move(index))
{
}

Result<> StagedFiles::prepare()
{
    RAVEL_ASSIGN(const Recovery recovery, recoverSave(m_io, pathOf(m_index), Limits(), Job()));
    if (recovery.state == Recovery::State::Foreign)
        return fail(ErrorCode::Refused, recovery.message);
    const std::string journal = pathOf(journalName(m_index));
    if (!m_io.exists(journal))
        return {};
    const auto canonical = m_io.canonicalPath(journal);
    if (!canonical || *canonical != journal)
        return fail(ErrorCode::Refused, shownPath(journal) + " is a link, where the journal of this save would be written"
                + (canonical ? std::string() : ": " + canonical.error().message));
    return {};
}

Result<AtomicFile*> StagedFiles::add(const std::string& name, bool overwrite, bool breakLinks)
{
    const std::string path = pathOf(name);
    if (m_io.exists(path)) {
        const auto canonical = m_io.canonicalPath(path);
        if (!canonical || *canonical != path)
            return fail(ErrorCode::Refused, shownPath(path) + " is a link"
                    + (canonical ? " to " + shownPath(*canonical) + ", which other folders may share: save into another folder"
                                 : " that leads nowhere: " + canonical.error().message));
    }
    RAVEL_ASSIGN(AtomicFile file, AtomicFile::create(m_io, path, overwrite, breakLinks));
    m_files.push_back(std::make_unique<AtomicFile>(std::move(file)));
    return m_files.back().get();
}

Result<> StagedFiles::sealLast(std::uint32_t crc32)
{
    AtomicFile& file = *m_files.back();
    RAVEL_TRY(file.seal());
    JournalEntry entry;
    entry.temporary = fileNameOf(file.temporaryPath());
    entry.target = fileNameOf(file.targetPath());
    entry.written = file.written().identity;
    entry.crc32 = crc32;
    if (file.replaced())
        entry.replaced = file.replaced()->identity;
    m_entries.push_back(std::move(entry));
    m_warnings.insert(m_warnings.end(), file.warnings().begin(), file.warnings().end());
    return {};
}

Result<> StagedFiles::commit(const std::function<Result<>()>& lastCheck)
{
    if (m_files.empty())
        return {};
    RAVEL_TRY(m_io.syncDirectory(m_folder)); // the staged names are on the disk before the journal that needs them
    for (const auto& file : m_files)
        RAVEL_TRY(file->targetUnchanged());
    RAVEL_TRY(lastCheck());
    if (auto written = writeJournal(); !written)
        return tl::unexpected(undone(written.error()));
    RAVEL_TRY(renameAll());
    if (auto synced = m_io.syncDirectory(m_folder); !synced)
        return fail(ErrorCode::Io, shownPath(m_folder) + " is written whole, but it is not certain to survive a power cut: " + synced.error().message);
    if (const auto removed = removeJournal(); !removed)
        m_warnings.push_back("the journal of this save is left and can be deleted: " + removed.error().message);
    return {};
}

Result<> StagedFiles::writeJournal()
{
    std::vector<JournalEntry> entries = m_entries;
    std::stable_partition(entries.begin(), entries.end(), [this](const JournalEntry& entry) { return entry.target == m_index; });
    const std::string text = journalText(entries);
    RAVEL_ASSIGN(AtomicFile journal, AtomicFile::create(m_io, pathOf(journalName(m_index)), true));
    RAVEL_TRY(journal.file().writeAt(ByteOffset(0), std::as_bytes(std::span(text))));
    RAVEL_TRY(journal.seal());
    RAVEL_TRY(journal.replace());
    return m_io.syncDirectory(m_folder);
}

Result<> StagedFiles::removeJournal()
{
    RAVEL_TRY(m_io.remove(pathOf(journalName(m_index))));
    return m_io.syncDirectory(m_folder);
}

Result<> StagedFiles::renameAll()
{
    std::size_t done = 0;
    const auto rename = [&](AtomicFile& file) -> Result<> {
        const auto replaced = file.replace();
        if (!replaced) {
            const auto now = m_io.status(file.targetPath());
            if (!now || !isTheWritten(file.written().identity, now->identity)) // otherwise another process that opened the set has finished this
                return replaced;
            file.keep();
        }
        ++done;
        return {};
    };
    for (const bool isIndex : { true, false })
        for (const auto& file : m_files)
            if ((fileNameOf(file->targetPath()) == m_index) == isIndex)
                if (const auto renamed = rename(*file); !renamed)
                    return tl::unexpected(done == 0 ? undone(renamed.error()) : unfinished(renamed.error()));
    return {};
}

// Nothing was replaced yet: without the journal the temporary files are only that.
Error StagedFiles::undone(Error why)
{
    const std::string journal = pathOf(journalName(m_index));
    if (!m_io.exists(journal) || m_io.remove(journal)) {
        (void)m_io.syncDirectory(m_folder);
        return why;
    }
    return unfinished(why);
}

Error StagedFiles::unfinished(const Error& why)
{
    for (const auto& file : m_files)
        file->keep();
    return { ErrorCode::Io, "the save is not finished, opening the set again finishes it: " + why.message };
}

} // namespace ravel
