// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/posixfile.h"

#include "base/text.h"
#include "base/transfer.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace ravel {

namespace {

constexpr std::int64_t bufferSize = 1 << 20;
// The kernel copies a range in one uninterruptible go: this keeps cancelling quick.
constexpr std::int64_t kernelCopySize = 64 << 20;

std::int64_t nanoseconds(const timespec& t) { return t.tv_sec * 1'000'000'000 + t.tv_nsec; }

Result<std::vector<char>> attributeNames(int descriptor, const std::string& path)
{
    for (;;) {
        const ssize_t size = flistxattr(descriptor, nullptr, 0);
        if (size < 0 && errno == ENOTSUP)
            return std::vector<char>();
        std::vector<char> names(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        const ssize_t got = size < 0 ? -1 : flistxattr(descriptor, names.data(), names.size());
        if (got < 0 && errno == ERANGE)
            continue; // it grew in between
        if (got < 0)
            return tl::unexpected(systemError(path, "does not show its extended attributes", errno));
        names.resize(static_cast<std::size_t>(got));
        return names;
    }
}

// Nothing where there is no such attribute (any more), or it may not be read.
std::vector<char> attribute(int descriptor, const char* name, bool& found)
{
    std::vector<char> value(64 << 10); // XATTR_SIZE_MAX
    const ssize_t got = fgetxattr(descriptor, name, value.data(), value.size());
    found = got >= 0;
    value.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return value;
}

} // namespace

std::string shownPath(const std::string& path)
{
    constexpr std::size_t longest = 150;
    return path.size() <= longest ? escaped(path, 200) : "..." + escaped(path.substr(path.size() - longest), 200);
}

Error systemError(const std::string& path, const char* doing, int errorNumber)
{
    return { ErrorCode::Io,
        shownPath(path) + ' ' + doing + ": " + std::generic_category().message(errorNumber) };
}

PosixFile::PosixFile(int descriptor, std::string path)
    : m_descriptor(descriptor)
    , m_path(std::move(path))
{
}

PosixFile::~PosixFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Error PosixFile::error(const char* doing) const { return systemError(m_path, doing, errno); }

Result<FileStatus> PosixFile::status()
{
    struct stat s { };
    if (fstat(m_descriptor, &s) != 0)
        return tl::unexpected(error("cannot be examined"));
    FileStatus status;
    status.identity = { s.st_dev, s.st_ino, s.st_size, nanoseconds(s.st_mtim),
        nanoseconds(s.st_ctim) };
    status.mode = s.st_mode;
    status.owner = s.st_uid;
    status.group = s.st_gid;
    status.links = s.st_nlink;
    return status;
}

Result<> PosixFile::readAt(ByteOffset at, std::span<std::byte> out)
{
    const Transferred moved = transferAll(out.size(), [&](std::size_t done) {
        return pread(m_descriptor, out.data() + done, out.size() - done,
            at.value + static_cast<std::int64_t>(done));
    });
    if (moved.error != 0)
        return tl::unexpected(systemError(m_path, "cannot be read", moved.error));
    if (moved.bytes < out.size()) {
        const std::int64_t end = at.value + static_cast<std::int64_t>(moved.bytes);
        return fail(ErrorCode::Io,
            shownPath(m_path) + " ends at byte " + std::to_string(end) + ", where "
                + std::to_string(out.size() - moved.bytes) + " more were expected");
    }
    return {};
}

Result<> PosixFile::writeAt(ByteOffset at, std::span<const std::byte> in)
{
    const Transferred moved = transferAll(in.size(), [&](std::size_t done) {
        return pwrite(m_descriptor, in.data() + done, in.size() - done,
            at.value + static_cast<std::int64_t>(done));
    });
    if (moved.bytes < in.size())
        return tl::unexpected(systemError(
            m_path, "cannot be written", moved.error != 0 ? moved.error : ENOSPC));
    return {};
}

Result<> PosixFile::resize(ByteCount size)
{
    if (uninterrupted([&] { return ftruncate(m_descriptor, size.value); }) != 0)
        return tl::unexpected(error("cannot be given its size"));
    return {};
}

// Answers how far it came: where the kernel cannot, or not between these two, the rest is left.
Result<ByteOffset> PosixFile::copyInKernel(PosixFile& source, ByteRange range)
{
    ByteOffset at = range.begin;
    while (at < range.end) {
        off_t from = at.value, to = at.value;
        const auto n = copy_file_range(source.m_descriptor, &from, m_descriptor, &to,
            static_cast<std::size_t>(std::min(range.end.value - at.value, kernelCopySize)), 0);
        if (n > 0)
            at += ByteCount(n);
        else if (n == 0)
            return at; // the end of the source, or a file system that answers nothing: reading tells
        else if (errno == EIO || errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
            return tl::unexpected(error("cannot be written"));
        else if (errno != EINTR)
            return at;
    }
    return at;
}

Result<> PosixFile::copyThroughBuffer(File& source, ByteRange range)
{
    std::vector<std::byte> buffer(
        static_cast<std::size_t>(std::clamp<std::int64_t>(range.count().value, 0, bufferSize)));
    for (ByteOffset at = range.begin; at < range.end;) {
        const std::span<std::byte> part(buffer.data(),
            static_cast<std::size_t>(std::min(range.end.value - at.value, bufferSize)));
        RAVEL_TRY(source.readAt(at, part));
        RAVEL_TRY(writeAt(at, part));
        at += ByteCount(static_cast<std::int64_t>(part.size()));
    }
    return {};
}

Result<> PosixFile::copyFrom(File& source, ByteRange range)
{
    if (auto* other = dynamic_cast<PosixFile*>(&source)) {
        RAVEL_ASSIGN(const ByteOffset reached, copyInKernel(*other, range));
        range.begin = reached;
    }
    return copyThroughBuffer(source, range);
}

Result<> PosixFile::cloneFrom(File& source)
{
    auto* other = dynamic_cast<PosixFile*>(&source);
    if (other == nullptr || ioctl(m_descriptor, FICLONE, other->m_descriptor) != 0)
        return fail(ErrorCode::Unsupported, shownPath(m_path) + " cannot share blocks with its source");
    return {};
}

void PosixFile::startWriting(ByteRange range)
{
    sync_file_range(m_descriptor, range.begin.value, range.count().value, SYNC_FILE_RANGE_WRITE);
}

Result<> PosixFile::sync()
{
    // Not repeated, not even on EINTR: after a failure the kernel may call pages clean that never reached the disk.
    if (fsync(m_descriptor) != 0)
        return tl::unexpected(error("could not be brought to the disk"));
    return {};
}

Result<> PosixFile::setMode(std::uint32_t mode)
{
    if (uninterrupted([&] { return fchmod(m_descriptor, mode & 07777); }) != 0)
        return tl::unexpected(error("cannot be given its mode"));
    return {};
}

Result<> PosixFile::setOwner(std::uint32_t owner, std::uint32_t group)
{
    if (uninterrupted([&] { return fchown(m_descriptor, owner, group); }) != 0)
        return tl::unexpected(error("cannot be given its owner"));
    return {};
}

Result<> PosixFile::copyAttributesFrom(File& source)
{
    auto* other = dynamic_cast<PosixFile*>(&source);
    if (other == nullptr)
        return {};
    RAVEL_ASSIGN(const std::vector<char> names, attributeNames(other->m_descriptor, other->m_path));
    Result<> answer;
    for (std::size_t i = 0; i < names.size(); i += std::string_view(&names[i]).size() + 1) {
        const char* name = &names[i];
        bool wanted = false, there = false;
        const std::vector<char> value = attribute(other->m_descriptor, name, wanted);
        if (!wanted || (attribute(m_descriptor, name, there) == value && there))
            continue; // security labels are often set already, and may not be set by us
        if (fsetxattr(m_descriptor, name, value.data(), value.size(), 0) != 0 && answer)
            answer = tl::unexpected(error(
                (std::string("cannot be given the extended attribute ") + name).c_str()));
    }
    return answer;
}

Result<> PosixFile::close()
{
    const int descriptor = std::exchange(m_descriptor, -1);
    if (descriptor < 0)
        return {};
    // On Linux the descriptor is gone even where close() is interrupted.
    if (::close(descriptor) != 0 && errno != EINTR)
        return tl::unexpected(error("could not be closed"));
    return {};
}

} // namespace ravel
