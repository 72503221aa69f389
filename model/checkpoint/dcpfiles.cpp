// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/dcpfiles.h"

#include "checkpoint/bytes.h"
#include "checkpoint/fileslice.h"
#include "checkpoint/shardindex.h"

#include <algorithm>

namespace ravel {

DcpFiles::DcpFiles(const OpenContext& context, Checkpoint& checkpoint)
    : m_context(context)
    , m_checkpoint(checkpoint)
    , m_folder(directoryOf(context.path))
    , m_files(context.io)
{
}

Result<std::uint32_t> DcpFiles::open(const std::string& name)
{
    if (!shardNameProblem(name).empty())
        return fail(ErrorCode::Format, "its file " + inQuotes(name) + " is not opened: a name of a file beside .metadata is expected");
    if (m_known.size() >= static_cast<std::size_t>(m_context.limits.shards))
        return fail(ErrorCode::Limit, "its file " + inQuotes(name) + " is not opened: there are more files than the limit of "
                + std::to_string(m_context.limits.shards));
    const std::string path = joinedPath(m_folder, name);
    if (!m_context.io.exists(path))
        return fail(ErrorCode::Format, "its file " + inQuotes(name) + " is missing (is the download complete?)");
    RAVEL_ASSIGN(std::shared_ptr<File> file, m_context.io.openForReading(path));
    RAVEL_ASSIGN(const FileStatus status, file->status());
    m_checkpoint.files.push_back({ path, name, status, m_files.keep(std::move(file), path, status) });
    return static_cast<std::uint32_t>(m_checkpoint.files.size() - 1);
}

Result<DcpFiles::Place> DcpFiles::find(const DcpBlob& blob)
{
    if (!blob.problem.empty())
        return fail(ErrorCode::Format, blob.problem);
    auto known = m_known.find(blob.file);
    if (known == m_known.end())
        known = m_known.emplace(blob.file, open(blob.file)).first;
    if (!known->second)
        return tl::unexpected(known->second.error());
    const SourceFile& file = m_checkpoint.files[*known->second];
    const std::int64_t size = file.status.identity.size;
    if (blob.offset > size || blob.length > size - blob.offset)
        return fail(ErrorCode::Format, "its " + std::to_string(blob.length) + " bytes at byte " + std::to_string(blob.offset) + " of "
                + inQuotes(blob.file) + " end past the file, which has " + std::to_string(size) + " (is the download complete?)");
    if (blob.length == 0)
        return fail(ErrorCode::Format, "no bytes are stated for it in " + inQuotes(blob.file));
    return Place { *known->second, sliceOf(file.file, ByteOffset(blob.offset), ByteCount(blob.length)) };
}

} // namespace ravel
