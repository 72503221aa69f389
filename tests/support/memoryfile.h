// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"

#include <vector>

namespace ravel {

// A file that lives in memory.
class MemoryFile : public File {
public:
    explicit MemoryFile(std::vector<std::byte> bytes)
        : m_bytes(std::move(bytes))
    {
    }
    std::vector<std::byte>& bytes() { return m_bytes; }

    Result<FileStatus> status() override;
    Result<> readAt(ByteOffset, std::span<std::byte>) override;
    Result<> writeAt(ByteOffset, std::span<const std::byte>) override;
    Result<> resize(ByteCount) override;
    Result<> copyFrom(File&, ByteRange) override;
    Result<> cloneFrom(File&) override;
    Result<> sync() override { return {}; }
    Result<> setMode(std::uint32_t) override { return {}; }
    Result<> setOwner(std::uint32_t, std::uint32_t) override { return {}; }
    Result<> copyAttributesFrom(File&) override { return {}; }
    Result<> close() override { return {}; }

private:
    std::vector<std::byte> m_bytes;
};

} // namespace ravel
