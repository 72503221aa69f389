// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/messageform.h"

#include "base/text.h"

#include <algorithm>
#include <cctype>

namespace ravel {

namespace {

// What only a library's exception would say.
constexpr std::string_view foreign[] = { "std::", "basic_string", "vector::", "json.exception", "terminate called", "bad_alloc",
    "what():", "stoi", "stoll", "map::at", "unordered_map", "_M_", "invalid argument to", "bad optional", "bad variant", "nullptr",
    "Traceback", "(null)", "length_error" };

std::size_t characters(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// The sentence without what it quotes, which may hold anything printable, quotes among it: from the first to the last, or to the end where
// the message was cut and the last quote may have lost its other half.
std::string unquoted(std::string_view text)
{
    const std::size_t first = text.find('\''), last = text.rfind('\'');
    if (first == text.npos)
        return std::string(text);
    const bool open = last == first || text.ends_with("...");
    return std::string(text.substr(0, first)) + std::string(open ? "" : text.substr(last + 1));
}

// ". A": a sentence ends and the next one begins.
bool isSeveralSentences(std::string_view text)
{
    for (std::size_t i = 0; i + 2 < text.size(); ++i)
        if (text[i] == '.' && text[i + 1] == ' ' && std::isupper(static_cast<unsigned char>(text[i + 2])))
            return true;
    return false;
}

} // namespace

bool isPrintable(std::string_view text)
{
    std::string plain(text); // a backslash in it may be that of an escape
    std::replace(plain.begin(), plain.end(), '\\', '/');
    return escapedWhole(plain) == plain;
}

std::string messageFlaw(std::string_view message, std::string_view file, std::string_view input)
{
    if (message.empty())
        return "it says nothing";
    if (const std::size_t n = characters(message); n > 300)
        return "it has " + std::to_string(n) + " characters";
    if (!isPrintable(message))
        return "it holds what is not printable or not UTF-8: " + escaped(message);
    if (!file.empty() && !message.starts_with(escaped(file, 80) + ": "))
        return "it does not begin with the name of the file";
    const std::string own = unquoted(message);
    for (const std::string_view words : foreign)
        if (own.find(words) != own.npos && input.find(words) == input.npos)
            return "it repeats what a library said (" + std::string(words) + ")";
    if (isSeveralSentences(own))
        return "it is more than one sentence";
    if (message.ends_with('.') && !message.ends_with("..."))
        return "it ends with a full stop";
    std::string_view said = message;
    if (const std::size_t colon = said.rfind(": "); colon != said.npos)
        said.remove_prefix(colon + 2);
    if (said.empty() || said == "error" || said == "Error" || said == "failed" || said == "unknown error")
        return "it does not say what is wrong";
    if (std::count(message.begin(), message.end(), ' ') < 2)
        return "it is no sentence";
    return {};
}

} // namespace ravel
