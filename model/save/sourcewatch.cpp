// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/sourcewatch.h"

#include "base/posixfile.h"

namespace ravel {

namespace {

tl::unexpected<Error> changed(const SourceFile& source, const std::string& what)
{
    return fail(ErrorCode::Changed, shownPath(source.path) + ' ' + what + " since it was opened");
}

Result<> compare(const SourceFile& source, const Identity& now, const Identity& then)
{
    if (now == then)
        return {};
    if (now.device != then.device || now.inode != then.inode)
        return changed(source, "was replaced by another file");
    if (now.size != then.size)
        return changed(source, "grew or shrank, from " + std::to_string(then.size) + " to "
                + std::to_string(now.size) + " bytes,");
    return changed(source, now.mtimeNs != then.mtimeNs ? "was written to"
                                                       : "was moved, linked or given other rights");
}

} // namespace

Result<SourceWatch> SourceWatch::make(Io& io, const SourceFile& source, bool watchPath, bool agreed)
{
    SourceWatch watch;
    watch.m_io = &io;
    watch.m_source = &source;
    watch.m_watchPath = watchPath;
    watch.m_opened = watch.m_atPath = source.status.identity;
    if (agreed) {
        RAVEL_ASSIGN(const FileStatus now, source.file->status());
        if (now.identity.size != source.status.identity.size)
            return tl::unexpected(compare(source, now.identity, source.status.identity).error());
        watch.m_opened = watch.m_atPath = now.identity;
        if (const auto there = io.status(source.path); watchPath && there)
            watch.m_atPath = there->identity;
        else
            watch.m_watchPath = false; // it is gone, and known to be
    }
    return watch;
}

Result<> SourceWatch::check() const
{
    RAVEL_ASSIGN(const FileStatus now, m_source->file->status());
    RAVEL_TRY(compare(*m_source, now.identity, m_opened));
    if (!m_watchPath)
        return {};
    const auto there = m_io->status(m_source->path);
    if (!there && !m_io->exists(m_source->path))
        return changed(*m_source, "was deleted or moved");
    if (!there)
        return tl::unexpected(there.error());
    return compare(*m_source, there->identity, m_atPath);
}

} // namespace ravel
