// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/vectorfile.h"

#include "base/crc32.h"
#include "base/number.h"
#include "base/posixfile.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/geometry.h"
#include "checkpoint/npy.h"
#include "save/flatten.h"

#include <algorithm>

namespace ravel {

namespace {

// bfloat16 has no name in NumPy and is written as two bytes of no meaning; float8 likewise as one, of whichever kind.
Result<Dtype> dtypeOf(const NpyHeader& header, const std::string& what)
{
    if (header.dtype != Dtype::Opaque)
        return header.dtype;
    const bool raw = header.descr.find('V') != std::string::npos;
    if (raw && header.itemSize == 2)
        return Dtype::BFloat16;
    if (raw && header.itemSize == 1)
        return Dtype::Opaque;
    return fail(ErrorCode::Unsupported, what + " holds '" + escaped(header.descr, 40) + "', which are no numbers");
}

std::int64_t dimensionsAboveOne(const std::vector<std::int64_t>& shape)
{
    return std::count_if(shape.begin(), shape.end(), [](std::int64_t size) { return size != 1; });
}

} // namespace

Result<std::shared_ptr<const VectorFile>> VectorFile::open(Io& io, const std::string& path)
{
    std::shared_ptr<VectorFile> vector(new VectorFile);
    vector->m_path = path;
    RAVEL_ASSIGN(vector->m_file, io.openForReading(path));
    RAVEL_ASSIGN(const FileStatus status, vector->m_file->status());
    vector->m_fileSize = status.identity.size;
    const std::string what = shownPath(path);
    const std::int64_t limit = Limits().npyHeader;
    std::vector<std::byte> head(static_cast<std::size_t>(std::min(vector->m_fileSize, limit + 16)));
    RAVEL_TRY(vector->m_file->readAt(ByteOffset(0), head));
    RAVEL_ASSIGN(const NpyHeader header, parseNpyHeader(head, what, limit));
    RAVEL_ASSIGN(vector->m_dtype, dtypeOf(header, what));
    if (header.fortranOrder && dimensionsAboveOne(header.shape) > 1)
        return fail(ErrorCode::Unsupported, what + " is in Fortran order; a vector is read in C order");
    RAVEL_ASSIGN(const Count count, checkedNumel(header.shape, vector->m_dtype));
    vector->m_count = count.value;
    vector->m_bigEndian = header.bigEndian;
    vector->m_data = header.dataOffset;
    const std::int64_t there = vector->m_fileSize - header.dataOffset.value;
    if (count.value * dtypeSize(vector->m_dtype) > there)
        return fail(ErrorCode::Format, what + " is cut short: its header promises " + grouped(count.value)
                + " numbers, there are " + grouped(std::max<std::int64_t>(there, 0) / dtypeSize(vector->m_dtype)));
    return vector;
}

Result<> VectorFile::read(std::int64_t first, std::int64_t n, std::byte* out) const
{
    if (first < 0 || n < 0 || n > m_count - first)
        return fail(ErrorCode::Usage, shownPath(m_path) + " has " + std::to_string(m_count) + " numbers, number "
                + std::to_string(first + n - 1) + " was asked for");
    const std::int64_t size = dtypeSize(m_dtype);
    RAVEL_TRY(m_file->readAt(m_data + ByteCount(first * size), { out, static_cast<std::size_t>(n * size) }));
    if (m_bigEndian)
        swapBytes(m_dtype, out, static_cast<std::size_t>(n));
    return {};
}

Result<std::uint32_t> VectorFile::crc(const Job& job) const { return crc32OfFile(*m_file, job); }

Result<std::shared_ptr<const ElementSource>> openVector(Io& io, const std::string& path)
{
    RAVEL_ASSIGN(std::shared_ptr<const VectorFile> vector, VectorFile::open(io, path));
    return vector;
}

} // namespace ravel
