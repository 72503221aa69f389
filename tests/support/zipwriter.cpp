// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/zipwriter.h"

#include <cassert>
#include <zlib.h>

namespace ravel {

namespace {

std::vector<std::byte> deflatedBytes(const std::vector<std::byte>& data)
{
    z_stream stream {};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::vector<std::byte> out(deflateBound(&stream, data.size()) + 16);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace

void ZipWriter::put(std::uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i)
        m_bytes.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}

void ZipWriter::put(std::string_view text)
{
    for (char c : text)
        m_bytes.push_back(static_cast<std::byte>(c));
}

void ZipWriter::add(std::string name, std::vector<std::byte> data, ZipEntryOptions options)
{
    Entry entry;
    entry.name = std::move(name);
    entry.options = options;
    entry.size = data.size();
    if (options.checksum)
        entry.crc = static_cast<std::uint32_t>(
            crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
    if (options.deflated)
        data = deflatedBytes(data);
    entry.stored = data.size();
    entry.places.local = m_bytes.size();

    const bool later = options.descriptor;
    const std::size_t zip64Field = options.zip64 ? 20 : 0;
    std::size_t extra = zip64Field;
    const std::size_t start = m_bytes.size() + 30 + entry.name.size() + extra;
    if (options.align > 1 && start % options.align != 0) {
        std::size_t padding = options.align - start % options.align;
        while (padding < 4)
            padding += options.align;
        extra += padding;
    }
    put("PK\3\4");
    put(20, 2);
    put(options.flags | (later ? 8u : 0u), 2);
    put(options.deflated ? 8 : 0, 2);
    put(0, 4); // time and date
    put(later ? 0 : entry.crc, 4);
    put(options.zip64 ? 0xffffffff : later ? 0 : entry.stored, 4);
    put(options.zip64 ? 0xffffffff : later ? 0 : entry.size, 4);
    put(entry.name.size(), 2);
    put(extra, 2);
    put(entry.name);
    if (options.zip64) {
        put(1, 2);
        put(16, 2);
        put(later ? 0 : entry.size, 8);
        put(later ? 0 : entry.stored, 8);
    }
    if (extra > zip64Field) {
        put("FB");
        put(extra - zip64Field - 4, 2);
        put(std::string(extra - zip64Field - 4, 'Z'));
    }
    entry.places.data = m_bytes.size();
    m_bytes.insert(m_bytes.end(), data.begin(), data.end());
    if (later) {
        entry.places.descriptor = m_bytes.size();
        put("PK\7\10");
        put(entry.crc, 4);
        put(entry.stored, options.zip64 ? 8 : 4);
        put(entry.size, options.zip64 ? 8 : 4);
    }
    m_entries.push_back(std::move(entry));
}

void ZipWriter::addText(std::string name, std::string_view text, ZipEntryOptions options)
{
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    add(std::move(name), { first, first + text.size() }, options);
}

void ZipWriter::putCentral(Entry& entry)
{
    const ZipEntryOptions& options = entry.options;
    entry.places.central = m_bytes.size();
    put("PK\1\2");
    put(20, 2);
    put(20, 2);
    put(options.flags | (options.descriptor ? 8u : 0u), 2);
    put(options.deflated ? 8 : 0, 2);
    put(0, 4);
    put(entry.crc, 4);
    put(options.zip64 ? 0xffffffff : entry.stored, 4);
    put(options.zip64 ? 0xffffffff : entry.size, 4);
    put(entry.name.size(), 2);
    put(options.zip64 ? 20 : 0, 2);
    put(0, 2); // comment
    put(0, 2); // disk
    put(0, 6); // attributes
    put(entry.places.local, 4);
    put(entry.name);
    if (options.zip64) {
        put(1, 2);
        put(16, 2);
        put(entry.size, 8);
        put(entry.stored, 8);
    }
}

std::vector<std::byte> ZipWriter::finish(bool zip64End, std::string_view comment)
{
    m_directory = m_bytes.size();
    for (Entry& entry : m_entries)
        putCentral(entry);
    const std::size_t size = m_bytes.size() - m_directory;
    if (zip64End) {
        const std::size_t end64 = m_bytes.size();
        put("PK\6\6");
        put(44, 8);
        put(45, 2);
        put(45, 2);
        put(0, 8); // disks
        put(m_entries.size(), 8);
        put(m_entries.size(), 8);
        put(size, 8);
        put(m_directory, 8);
        put("PK\6\7");
        put(0, 4);
        put(end64, 8);
        put(1, 4);
    }
    m_end = m_bytes.size();
    put("PK\5\6");
    put(0, 4);
    put(m_entries.size(), 2);
    put(m_entries.size(), 2);
    put(size, 4);
    put(m_directory, 4);
    put(comment.size(), 2);
    put(comment);
    return m_bytes;
}

const ZipPlaces& ZipWriter::places(std::string_view name) const
{
    for (const Entry& entry : m_entries)
        if (entry.name == name)
            return entry.places;
    assert(!"no such entry");
    return m_entries.front().places;
}

void patch(std::vector<std::byte>& bytes, std::size_t at, std::uint64_t value, int count)
{
    for (int i = 0; i < count; ++i)
        bytes[at + static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> (8 * i) & 0xff);
}

} // namespace ravel
