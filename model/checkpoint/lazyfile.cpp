// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/lazyfile.h"

#include "base/posixfile.h"

#include <algorithm>
#include <list>
#include <mutex>
#include <sys/resource.h>

namespace ravel {

struct DescriptorPool::State {
    std::mutex mutex;
    std::list<std::pair<std::string, std::shared_ptr<File>>> open; // the one used last comes first
    std::size_t most = 0;
};

DescriptorPool::DescriptorPool(Io& io, std::size_t most)
    : m_io(io)
    , m_state(std::make_unique<State>())
{
    m_state->most = most;
}

DescriptorPool::~DescriptorPool() = default;

Result<std::shared_ptr<File>> DescriptorPool::file(const std::string& path, const Identity& identity)
{
    const std::lock_guard lock(m_state->mutex);
    auto& open = m_state->open;
    const auto known = std::find_if(open.begin(), open.end(), [&](const auto& item) { return item.first == path; });
    if (known != open.end()) {
        open.splice(open.begin(), open, known);
        return open.front().second;
    }
    while (open.size() >= m_state->most)
        open.pop_back();
    RAVEL_ASSIGN(std::shared_ptr<File> file, m_io.openForReading(path));
    RAVEL_ASSIGN(const FileStatus now, file->status());
    if (now.identity.device != identity.device || now.identity.inode != identity.inode)
        return fail(ErrorCode::Changed, shownPath(path) + " was replaced by another file since it was opened");
    open.emplace_front(path, file);
    return file;
}

namespace {

std::size_t mostOpenOfASet()
{
    constexpr rlim_t least = 8, most = 256;
    rlimit limit {};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return most;
    return std::clamp(limit.rlim_cur / 4, least, most);
}

} // namespace

FilesOfASet::FilesOfASet(Io& io)
    : m_mostOpen(mostOpenOfASet())
    , m_pool(std::make_shared<DescriptorPool>(io, std::max<std::size_t>(m_mostOpen / 8, 4)))
{
}

std::shared_ptr<File> FilesOfASet::keep(std::shared_ptr<File> file, const std::string& path, const FileStatus& status)
{
    if (m_open++ < m_mostOpen)
        return file;
    return std::make_shared<LazyFile>(m_pool, path, status);
}

LazyFile::LazyFile(std::shared_ptr<DescriptorPool> pool, std::string path, FileStatus atOpen)
    : m_pool(std::move(pool))
    , m_path(std::move(path))
    , m_atOpen(atOpen)
{
}

Result<FileStatus> LazyFile::status()
{
    RAVEL_ASSIGN(const std::shared_ptr<File> file, m_pool->file(m_path, m_atOpen.identity));
    return file->status();
}

Result<> LazyFile::readAt(ByteOffset at, std::span<std::byte> out)
{
    RAVEL_ASSIGN(const std::shared_ptr<File> file, m_pool->file(m_path, m_atOpen.identity));
    return file->readAt(at, out);
}

Result<> LazyFile::readOnly() const { return fail(ErrorCode::Unsupported, shownPath(m_path) + " is open for reading alone"); }

} // namespace ravel
