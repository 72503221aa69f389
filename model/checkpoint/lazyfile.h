// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"

#include <memory>
#include <string>

namespace ravel {

// The few descriptors that many files share: a set may have more shards than a process may have files open. Thread-safe.
class DescriptorPool {
public:
    DescriptorPool(Io&, std::size_t most);
    ~DescriptorPool();
    // The file at `path`, kept open or opened now; the one that was used least lately is closed for it, once nobody reads from it.
    // Changed where it is no longer the file of that identity.
    Result<std::shared_ptr<File>> file(const std::string& path, const Identity&);

private:
    struct State;
    Io& m_io;
    std::unique_ptr<State> m_state;
};

// A file for reading that is opened when it is needed. Whatever writes is Unsupported.
class LazyFile : public File {
public:
    LazyFile(std::shared_ptr<DescriptorPool> pool, std::string path, FileStatus atOpen);
    Result<FileStatus> status() override;
    Result<> readAt(ByteOffset, std::span<std::byte>) override;
    Result<> writeAt(ByteOffset, std::span<const std::byte>) override { return readOnly(); }
    Result<> resize(ByteCount) override { return readOnly(); }
    Result<> copyFrom(File&, ByteRange) override { return readOnly(); }
    Result<> cloneFrom(File&) override { return readOnly(); }
    Result<> sync() override { return readOnly(); }
    Result<> setMode(std::uint32_t) override { return readOnly(); }
    Result<> setOwner(std::uint32_t, std::uint32_t) override { return readOnly(); }
    Result<> copyAttributesFrom(File&) override { return readOnly(); }
    Result<> close() override { return {}; }

private:
    Result<> readOnly() const;
    std::shared_ptr<DescriptorPool> m_pool;
    std::string m_path;
    FileStatus m_atOpen;
};

// The files of one set: the first ones stay open, a quarter of what the process may have, from 8 to 256; the others share a few descriptors.
class FilesOfASet {
public:
    explicit FilesOfASet(Io&);
    // The file, which is open, or one in its place that is opened when it is needed.
    std::shared_ptr<File> keep(std::shared_ptr<File>, const std::string& path, const FileStatus&);

private:
    std::size_t m_mostOpen, m_open = 0;
    std::shared_ptr<DescriptorPool> m_pool;
};

} // namespace ravel
