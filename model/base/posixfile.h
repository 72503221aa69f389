// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"

#include <string>

namespace ravel {

std::string shownPath(const std::string& path); // for sentences: escaped; of a very long one its end

// "PATH cannot be opened: No such file or directory"; `doing` is the middle.
Error systemError(const std::string& path, const char* doing, int errorNumber);

// A regular file on a descriptor of the operating system. Bulk bytes go through pread and pwrite, never through a map.
class PosixFile : public File {
public:
    PosixFile(int descriptor, std::string path);
    ~PosixFile() override;
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;

    Result<FileStatus> status() override;
    Result<> readAt(ByteOffset, std::span<std::byte>) override;
    Result<> writeAt(ByteOffset, std::span<const std::byte>) override;
    Result<> resize(ByteCount) override;
    Result<> copyFrom(File&, ByteRange) override;
    Result<> cloneFrom(File&) override;
    void startWriting(ByteRange) override;
    Result<> sync() override;
    Result<> setMode(std::uint32_t) override;
    Result<> setOwner(std::uint32_t, std::uint32_t) override;
    Result<> copyAttributesFrom(File&) override;
    Result<> close() override;

private:
    Result<ByteOffset> copyInKernel(PosixFile& source, ByteRange);
    Result<> copyThroughBuffer(File& source, ByteRange);
    Error error(const char* doing) const; // of errno
    int m_descriptor;
    std::string m_path; // as opened: for sentences
};

} // namespace ravel
