// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

inline std::vector<std::byte> textBytes(std::string_view text)
{
    const auto bytes = std::as_bytes(std::span(text));
    return { bytes.begin(), bytes.end() };
}

// Whether one of the messages holds these words.
inline bool says(const std::vector<std::string>& messages, std::string_view words)
{
    return std::any_of(messages.begin(), messages.end(), [&](const std::string& message) { return message.find(words) != message.npos; });
}

inline std::string lines(const std::vector<std::string>& messages)
{
    std::string text;
    for (const std::string& message : messages)
        text += message + '\n';
    return text;
}

// Whether a save has left something unfinished in a folder of the disk.
inline bool hasTemporary(const std::string& folder)
{
    const auto names = systemIo().list(folder).value();
    return std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.find(".ravel-") != std::string::npos; });
}

} // namespace ravel
