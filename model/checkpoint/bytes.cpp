// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/bytes.h"

#include "base/text.h"
#include "checkpoint/fileerror.h"

namespace ravel {

Result<std::vector<std::byte>> readRange(File& file, ByteOffset at, ByteCount size)
{
    std::vector<std::byte> bytes(static_cast<std::size_t>(size.value));
    RAVEL_TRY(file.readAt(at, bytes));
    return bytes;
}

bool isText(std::string_view text)
{
    std::size_t high = 0;
    for (char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (u == 0x7f || (u < 0x20 && u != '\n' && u != '\r' && u != '\t' && u != '\f'))
            return false;
        high += u >= 0x80;
    }
    return high <= text.size() / 2;
}

std::string sentence(const std::string& path, std::string_view rest)
{
    return escaped(fileNameOf(path), 80) + ": " + std::string(rest);
}

Result<> withFileName(Result<> done, const std::string& path, std::string_view what)
{
    if (!done && done.error().code != ErrorCode::Cancelled)
        done.error().message = sentence(path, std::string(what) + done.error().message);
    return done;
}

std::string inQuotes(std::string_view name) { return '\'' + escaped(name, 60) + '\''; }

std::string bounded(std::string message)
{
    constexpr std::size_t most = 300;
    std::size_t characters = 0;
    std::size_t keep = 0; // bytes of the first `most - 3` characters
    for (std::size_t i = 0; i < message.size(); ++i) {
        if ((static_cast<unsigned char>(message[i]) & 0xc0) == 0x80)
            continue;
        if (characters == most - 3)
            keep = i;
        ++characters;
    }
    if (characters > most)
        message.replace(keep, std::string::npos, "...");
    return message;
}

} // namespace ravel
