// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace ravel {

// The character of a text in UTF-8 at byte `at`, which moves behind it; none where one beyond U+00FF, or none at all, stands there.
inline std::optional<unsigned char> takeLatin1(std::string_view utf8, std::size_t& at)
{
    const auto lead = static_cast<unsigned char>(utf8[at]);
    if (lead < 0x80) {
        ++at;
        return lead;
    }
    if ((lead != 0xc2 && lead != 0xc3) || at + 1 == utf8.size() || (utf8[at + 1] & 0xc0) != 0x80)
        return std::nullopt;
    at += 2;
    return static_cast<unsigned char>((lead << 6) | (utf8[at - 1] & 0x3f));
}

// The bytes that a pickle spells as text. Format where a character is beyond U+00FF.
Result<std::vector<std::byte>> bytesOfSpelling(Spelling, std::string_view text);

} // namespace ravel
