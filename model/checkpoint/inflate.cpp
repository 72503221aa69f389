// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/inflate.h"

#include "base/crc32.h"
#include "base/text.h"
#include "checkpoint/bytes.h"

#include <algorithm>
#include <functional>
#include <zlib.h>

namespace ravel {

namespace {

constexpr std::int64_t chunkSize = 256 << 10;

class Inflater {
public:
    Inflater() { m_ready = inflateInit2(&m_stream, -MAX_WBITS) == Z_OK; }
    ~Inflater() { inflateEnd(&m_stream); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    bool ready() const { return m_ready; }
    void feed(std::span<std::byte> in)
    {
        m_stream.next_in = reinterpret_cast<Bytef*>(in.data());
        m_stream.avail_in = static_cast<uInt>(in.size());
    }
    bool hungry() const { return m_stream.avail_in == 0; }
    // Bytes written to `out`; less than its size only when the input is used up or the stream has ended.
    Result<std::size_t> take(std::span<std::byte> out)
    {
        m_stream.next_out = reinterpret_cast<Bytef*>(out.data());
        m_stream.avail_out = static_cast<uInt>(out.size());
        const int status = ::inflate(&m_stream, Z_NO_FLUSH);
        m_ended = status == Z_STREAM_END;
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return fail(ErrorCode::Format, m_stream.msg ? m_stream.msg : "unknown error");
        return out.size() - m_stream.avail_out;
    }
    bool ended() const { return m_ended; }

private:
    z_stream m_stream {};
    bool m_ready = false;
    bool m_ended = false;
};

// Gets the bytes chunk by chunk; says whether it wants more.
using Sink = std::function<Result<bool>(std::span<const std::byte>)>;

std::string ofRecord(const Record& record, const std::string& what)
{
    return "record " + inQuotes(record.name) + ": " + what;
}

Result<> plainInChunks(File& file, const Record& record, const Sink& sink)
{
    std::vector<std::byte> chunk;
    for (std::int64_t at = 0; at < record.size.value; at += chunkSize) {
        chunk.resize(static_cast<std::size_t>(std::min(chunkSize, record.size.value - at)));
        RAVEL_TRY(file.readAt(record.offset + ByteCount(at), chunk));
        RAVEL_ASSIGN(const bool more, sink(chunk));
        if (!more)
            break;
    }
    return {};
}

Result<> inflateInChunks(File& file, const Record& record, const Sink& sink)
{
    Inflater inflater;
    if (!inflater.ready())
        return fail(ErrorCode::Io, "zlib has no memory");
    std::vector<std::byte> in;
    std::vector<std::byte> out(chunkSize);
    std::int64_t read = 0;
    std::int64_t written = 0;
    while (!inflater.ended()) {
        if (inflater.hungry() && read < record.storedSize.value) {
            in.resize(static_cast<std::size_t>(std::min(chunkSize, record.storedSize.value - read)));
            RAVEL_TRY(file.readAt(record.offset + ByteCount(read), in));
            read += static_cast<std::int64_t>(in.size());
            inflater.feed(in);
        }
        auto got = inflater.take(out);
        if (!got)
            return fail(ErrorCode::Format, ofRecord(record, "the compressed data is broken (" + got.error().message + ')'));
        written += static_cast<std::int64_t>(*got);
        if (written > record.size.value)
            return fail(ErrorCode::Format, ofRecord(record, "its compressed data gives more than the size of "
                    + std::to_string(record.size.value) + " bytes that the directory states"));
        RAVEL_ASSIGN(const bool more, sink(std::span(out).first(*got)));
        if (!more)
            return {};
        if (*got == 0 && !inflater.ended() && read == record.storedSize.value)
            break;
    }
    if (!inflater.ended() || written != record.size.value)
        return fail(ErrorCode::Format, ofRecord(record, "its compressed data gives " + std::to_string(written)
                + " bytes, the size that the directory states is " + std::to_string(record.size.value)));
    return {};
}

Result<> inChunks(File& file, const Record& record, const Sink& sink)
{
    return record.method == Record::Method::Stored ? plainInChunks(file, record, sink)
                                                   : inflateInChunks(file, record, sink);
}

} // namespace

Result<std::vector<std::byte>> recordBytes(File& file, const Record& record, std::int64_t limit)
{
    if (record.size.value > limit)
        return fail(ErrorCode::Limit, ofRecord(record, "it is too large: " + sizeText(record.size.value)
                + " uncompressed, the limit is " + sizeText(limit)));
    std::vector<std::byte> bytes;
    if (record.method == Record::Method::Stored)
        bytes.reserve(static_cast<std::size_t>(record.size.value)); // lies in the file: checked by the directory
    RAVEL_TRY(inChunks(file, record, [&](std::span<const std::byte> part) -> Result<bool> {
        bytes.insert(bytes.end(), part.begin(), part.end());
        return true;
    }));
    return bytes;
}

Result<std::vector<std::byte>> recordHead(File& file, const Record& record, std::int64_t count)
{
    std::vector<std::byte> bytes;
    RAVEL_TRY(inChunks(file, record, [&](std::span<const std::byte> part) -> Result<bool> {
        const std::size_t wanted = static_cast<std::size_t>(count) - bytes.size();
        bytes.insert(bytes.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, part.size())));
        return bytes.size() < static_cast<std::size_t>(count);
    }));
    return bytes;
}

Result<std::uint32_t> recordCrc(File& file, const Record& record, const Job& job)
{
    std::uint32_t crc = 0;
    const Sink add = [&](std::span<const std::byte> part) -> Result<bool> {
        crc = crc32Of(part, crc);
        RAVEL_TRY(job.check());
        return true;
    };
    RAVEL_TRY(inChunks(file, record, add));
    return crc;
}

} // namespace ravel
