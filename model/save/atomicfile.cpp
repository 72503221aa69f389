// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/atomicfile.h"

#include "base/posixfile.h"
#include "base/temporary.h"

#include <sys/stat.h>
#include <utility>

namespace ravel {

Result<AtomicFile> AtomicFile::create(
    Io& io, const std::string& target, bool overwrite, bool breakLinks)
{
    AtomicFile made;
    made.m_io = &io;
    made.m_target = target;
    if (io.exists(target)) {
        RAVEL_TRY(made.checkTarget(overwrite, breakLinks));
    } else {
        const std::string name = fileNameOf(target);
        if (name.empty() || name == "." || name == "..")
            return fail(ErrorCode::Usage, "'" + shownPath(target) + "' names no file to write");
        RAVEL_ASSIGN(made.m_target, io.canonicalPath(directoryOf(target)));
        made.m_target = joinedPath(made.m_target, name);
    }
    RAVEL_TRY(made.openTemporary());
    return made;
}

Result<> AtomicFile::checkTarget(bool overwrite, bool breakLinks)
{
    const std::string given = std::exchange(m_target, {});
    auto canonical = m_io->canonicalPath(given);
    if (!canonical)
        return fail(ErrorCode::Refused, shownPath(given) + " is a link that leads nowhere: "
                + canonical.error().message);
    m_target = *canonical;
    RAVEL_ASSIGN(const FileStatus status, m_io->status(m_target));
    if (!S_ISREG(status.mode))
        return fail(ErrorCode::Refused, shownPath(given) + " is "
                + (S_ISDIR(status.mode) ? "a directory" : "no regular file")
                + " and cannot be written as one");
    if (!overwrite)
        return fail(ErrorCode::Refused, shownPath(given) + " exists already");
    if (status.links > 1 && !breakLinks)
        return fail(ErrorCode::Refused, shownPath(given) + " has " + std::to_string(status.links)
                + " hard links; replacing it would leave the old bytes under the other names");
    RAVEL_TRY(m_io->checkWritable(m_target));
    m_replaced = status;
    return {};
}

Result<> AtomicFile::openTemporary()
{
    const auto create = [this](const std::string& path) -> Result<> {
        RAVEL_ASSIGN(m_file, m_io->createNew(path));
        return {};
    };
    RAVEL_ASSIGN(m_temporary, makeTemporary(directoryOf(m_target), fileNameOf(m_target), create,
                                  [this](const std::string& path) { return m_io->exists(path); }));
    return {};
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept { *this = std::move(other); }

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept
{
    discard();
    m_io = other.m_io;
    m_file = std::move(other.m_file);
    m_temporary = std::exchange(other.m_temporary, {});
    m_target = std::move(other.m_target);
    m_replaced = other.m_replaced;
    m_written = other.m_written;
    m_warnings = std::move(other.m_warnings);
    return *this;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard()
{
    m_file.reset();
    if (!m_temporary.empty())
        (void)m_io->remove(std::exchange(m_temporary, {}));
}

// The owner first: changing it takes away setuid bits, which the mode then brings back. Then the attributes, ACLs among them.
Result<> AtomicFile::carryOver()
{
    if (!m_replaced)
        return m_file->setMode(newFileMode());
    std::uint32_t mode = m_replaced->mode & 07777;
    RAVEL_ASSIGN(const FileStatus own, m_file->status());
    if (own.owner != m_replaced->owner || own.group != m_replaced->group) {
        if (auto set = m_file->setOwner(m_replaced->owner, m_replaced->group); !set) {
            m_warnings.push_back(set.error().message);
            mode &= 01777; // bits that lend another owner's rights
        }
    }
    RAVEL_TRY(m_file->setMode(mode));
    auto old = m_io->openForReading(m_target);
    auto copied = old ? m_file->copyAttributesFrom(**old) : tl::unexpected(old.error());
    if (!copied)
        m_warnings.push_back(copied.error().message);
    return {};
}

Result<> AtomicFile::targetUnchanged()
{
    if (!m_replaced)
        return {}; // renameNew() looks
    RAVEL_ASSIGN(const FileStatus now, m_io->status(m_target));
    if (now.identity == m_replaced->identity)
        return {};
    return fail(ErrorCode::Changed,
        shownPath(m_target) + " was changed by another program while it was being saved");
}

Result<> AtomicFile::seal()
{
    RAVEL_TRY(carryOver());
    RAVEL_TRY(m_file->sync());
    RAVEL_ASSIGN(m_written, m_file->status());
    return m_file->close();
}

Result<> AtomicFile::replace()
{
    RAVEL_TRY(m_replaced ? m_io->rename(m_temporary, m_target) : m_io->renameNew(m_temporary, m_target));
    m_temporary.clear();
    return {};
}

Result<> AtomicFile::commit(const std::function<Result<>()>& lastCheck)
{
    RAVEL_TRY(seal());
    RAVEL_TRY(targetUnchanged());
    if (lastCheck)
        RAVEL_TRY(lastCheck());
    RAVEL_TRY(replace());
    if (auto synced = m_io->syncDirectory(directoryOf(m_target)); !synced)
        return fail(ErrorCode::Io, shownPath(m_target)
                + " is written whole, but it is not certain to survive a power cut: "
                + synced.error().message);
    return {};
}

Result<> writeText(Io& io, const std::string& target, std::string_view text, bool overwrite)
{
    RAVEL_ASSIGN(AtomicFile out, AtomicFile::create(io, target, overwrite));
    RAVEL_TRY(out.file().writeAt(ByteOffset(0), std::as_bytes(std::span(text))));
    return out.commit();
}

Result<std::vector<std::string>> leftovers(Io& io, const std::string& target)
{
    const std::string directory = directoryOf(target);
    RAVEL_ASSIGN(const std::vector<std::string> names, io.list(directory));
    std::vector<std::string> found;
    for (const std::string& name : names)
        if (isTemporaryOf(name, fileNameOf(target)))
            found.push_back(joinedPath(directory, name));
    return found;
}

} // namespace ravel
