// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"
#include "base/job.h"
#include "edit/appliedstep.h"

#include <cstdint>
#include <memory>
#include <string>

namespace ravel {

// The numbers of a .npy file, row-major. Elements of one unknown byte (how NumPy writes every float8) have the dtype Opaque.
class VectorFile : public ElementSource {
public:
    static Result<std::shared_ptr<const VectorFile>> open(Io&, const std::string& path);

    Dtype dtype() const override { return m_dtype; }
    std::int64_t count() const override { return m_count; }
    Result<> read(std::int64_t first, std::int64_t n, std::byte* out) const override;

    const std::string& path() const { return m_path; }
    Result<std::uint32_t> crc(const Job&) const; // CRC-32 of the whole file

private:
    VectorFile() = default;
    std::string m_path;
    std::unique_ptr<File> m_file;
    std::int64_t m_fileSize = 0;
    Dtype m_dtype = Dtype::Float32;
    bool m_bigEndian = false;
    ByteOffset m_data;
    std::int64_t m_count = 0;
};

} // namespace ravel
