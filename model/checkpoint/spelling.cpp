// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/spelling.h"

#include "checkpoint/picklemachine.h"

namespace ravel {

namespace {

Result<std::vector<std::byte>> bytesOfLatin1(std::string_view utf8)
{
    std::vector<std::byte> bytes;
    bytes.reserve(utf8.size());
    for (std::size_t at = 0; at < utf8.size();) {
        const auto c = takeLatin1(utf8, at);
        if (!c)
            return fail(ErrorCode::Format, "bytes that are spelled as text hold a character beyond U+00FF");
        bytes.push_back(static_cast<std::byte>(*c));
    }
    return bytes;
}

} // namespace

Result<std::vector<std::byte>> bytesOfSpelling(Spelling spelling, std::string_view text)
{
    switch (spelling) {
    case Spelling::Utf8: return bytesOfLatin1(text);
    case Spelling::RawUnicodeEscape: return bytesOfLatin1(decodeRawUnicodeEscape(text));
    case Spelling::StringEscape: {
        const std::string decoded = decodeStringEscapes(text);
        const auto* first = reinterpret_cast<const std::byte*>(decoded.data());
        return std::vector<std::byte>(first, first + decoded.size());
    }
    case Spelling::Plain: break;
    }
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return std::vector<std::byte>(first, first + text.size());
}

} // namespace ravel
