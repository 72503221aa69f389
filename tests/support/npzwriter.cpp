// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/npzwriter.h"

#include "checkpoint/npy.h"

namespace ravel {

std::vector<std::byte> npyBytes(const FixtureStorage& storage, const std::vector<std::int64_t>& shape)
{
    std::vector<std::byte> bytes = makeNpyHeader(storage.dtype, shape);
    bytes.insert(bytes.end(), storage.bytes.begin(), storage.bytes.end());
    return bytes;
}

std::vector<std::byte> npyBytesOf(std::string_view header, std::string_view data, int version)
{
    std::string text = "\x93NUMPY";
    text += static_cast<char>(version);
    text += '\0';
    for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
        text += static_cast<char>(header.size() >> (8 * i) & 0xff);
    text += header;
    text += data;
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return { first, first + text.size() };
}

std::vector<std::byte> npzBytes(const std::vector<FixtureStorage>& storages, const std::vector<FixtureTensor>& tensors, bool deflated)
{
    ZipWriter zip;
    ZipEntryOptions options;
    options.descriptor = false;
    options.align = 1;
    options.deflated = deflated;
    for (const FixtureTensor& tensor : tensors)
        zip.add(tensor.name + ".npy", npyBytes(storages[tensor.storage], tensor.shape), options);
    return zip.finish(false);
}

} // namespace ravel
