// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/memoryfile.h"

#include <algorithm>
#include <cstring>

namespace ravel {

Result<FileStatus> MemoryFile::status()
{
    FileStatus status;
    status.identity.size = static_cast<std::int64_t>(m_bytes.size());
    status.mode = 0100644;
    return status;
}

Result<> MemoryFile::readAt(ByteOffset at, std::span<std::byte> out)
{
    const auto size = static_cast<std::int64_t>(m_bytes.size());
    if (at.value < 0 || at.value > size || static_cast<std::int64_t>(out.size()) > size - at.value)
        return fail(ErrorCode::Format, "the file ends at byte " + std::to_string(size));
    if (!out.empty())
        std::memcpy(out.data(), m_bytes.data() + at.value, out.size());
    return {};
}

Result<> MemoryFile::writeAt(ByteOffset at, std::span<const std::byte> in)
{
    const std::size_t end = static_cast<std::size_t>(at.value) + in.size();
    if (m_bytes.size() < end)
        m_bytes.resize(end);
    std::copy(in.begin(), in.end(), m_bytes.begin() + at.value);
    return {};
}

Result<> MemoryFile::resize(ByteCount n)
{
    m_bytes.resize(static_cast<std::size_t>(n.value));
    return {};
}

Result<> MemoryFile::copyFrom(File& source, ByteRange range)
{
    std::vector<std::byte> part(static_cast<std::size_t>(range.count().value));
    RAVEL_TRY(source.readAt(range.begin, part));
    return writeAt(range.begin, part);
}

Result<> MemoryFile::cloneFrom(File&) { return fail(ErrorCode::Unsupported, "memory has no clones"); }

} // namespace ravel
