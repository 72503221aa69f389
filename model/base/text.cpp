// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"

#include "base/decimal.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace ravel {

namespace {

struct Character {
    std::uint32_t code = 0;
    std::size_t bytes = 0; // 0: the first byte does not begin a character
};

bool continues(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// One character of UTF-8 (RFC 3629) at the start of `text`; surrogates, which Python writes with "surrogatepass", are let through.
Character decode(std::string_view text)
{
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = at(0);
    if (lead < 0x80)
        return { lead, 1 };
    std::size_t bytes = 0;
    std::uint32_t lowest = 0;
    if ((lead & 0xe0) == 0xc0)
        bytes = 2, lowest = 0x80;
    else if ((lead & 0xf0) == 0xe0)
        bytes = 3, lowest = 0x800;
    else if ((lead & 0xf8) == 0xf0)
        bytes = 4, lowest = 0x10000;
    if (bytes == 0 || text.size() < bytes)
        return {};
    std::uint32_t code = lead & (0x7fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if (!continues(at(i)))
            return {};
        code = code << 6 | (at(i) & 0x3fu);
    }
    if (code < lowest || code > 0x10ffff)
        return {};
    return { code, bytes };
}

// What would be invisible, break a line, or change the order of what stands around it.
bool isHidden(std::uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e || c == 0x200b
        || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f)
        || (c >= 0xd800 && c < 0xe000) || (c >= 0xfdd0 && c < 0xfdf0) || c == 0xfeff
        || (c >= 0xfff0 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe || (c >= 0xe0000 && c < 0xe1000);
}

int hexValue(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// The number of the hexadecimal digits text[from, from + count), or -1.
std::int32_t hexAt(std::string_view text, std::size_t from, std::size_t count)
{
    if (text.size() < from + count)
        return -1;
    std::int32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const int digit = hexValue(text[from + i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

struct Escape {
    std::int32_t code = -1; // none: not an escape
    std::size_t length = 0;
    bool isByte = false;
};

Escape escapeAt(std::string_view text)
{
    if (text.size() < 2 || text[0] != '\\')
        return {};
    if (text[1] == 'x')
        return { hexAt(text, 2, 2), 4, true };
    if (text[1] == 'u')
        return { hexAt(text, 2, 4), 6, false };
    return {};
}

std::string byteEscape(char byte)
{
    std::array<char, 8> buffer {};
    std::snprintf(buffer.data(), buffer.size(), "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    return buffer.data();
}

struct Piece {
    std::string text;
    std::size_t consumed = 1;
    std::size_t characters = 1;
};

// The next piece of output: a character as it is, or an escape.
Piece nextPiece(std::string_view rest)
{
    const Character c = decode(rest);
    if (c.bytes == 0)
        return { byteEscape(rest[0]), 1, 4 };
    // A backslash that would read as one of our escapes is one itself, so that nothing is lost.
    if (rest[0] == '\\' && escapeAt(rest).code >= 0)
        return { byteEscape('\\'), 1, 4 };
    if (!isHidden(c.code))
        return { std::string(rest.substr(0, c.bytes)), c.bytes, 1 };
    if (c.code > 0xffff) {
        Piece piece { {}, c.bytes, 4 * c.bytes };
        for (char byte : rest.substr(0, c.bytes))
            piece.text += byteEscape(byte);
        return piece;
    }
    std::array<char, 16> buffer {};
    std::snprintf(buffer.data(), buffer.size(), "\\u%04x", c.code);
    return { buffer.data(), c.bytes, 6 };
}

void appendUtf8(std::string& out, std::uint32_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xe0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

template <class T> std::string shortestOf(T value)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value < 0 ? "-inf" : "inf";
    if (value == 0)
        return std::signbit(value) ? "-0.0" : "0";
    std::array<char, 40> buffer {};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    return plainText({ buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()) });
}

} // namespace

std::string escaped(std::string_view bytes, std::size_t limit)
{
    std::string out;
    std::size_t characters = 0;
    std::size_t cut = 0; // bytes of `out` that still leave room for "..."
    while (!bytes.empty()) {
        const Piece piece = nextPiece(bytes);
        if (characters + piece.characters > limit) {
            out.resize(cut);
            return out + std::string(std::min<std::size_t>(limit, 3), '.');
        }
        out += piece.text;
        characters += piece.characters;
        if (characters + 3 <= limit)
            cut = out.size();
        bytes.remove_prefix(piece.consumed);
    }
    return out;
}

std::string escapedWhole(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const Piece piece = nextPiece(bytes);
        out += piece.text;
        bytes.remove_prefix(piece.consumed);
    }
    return out;
}

std::string unescaped(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Escape escape = escapeAt(text);
        if (escape.code < 0) {
            out += text[0];
            text.remove_prefix(1);
            continue;
        }
        if (escape.isByte)
            out += static_cast<char>(escape.code);
        else
            appendUtf8(out, static_cast<std::uint32_t>(escape.code));
        text.remove_prefix(escape.length);
    }
    return out;
}

std::string shortest(double value) { return shortestOf(value); }
std::string shortest(float value) { return shortestOf(value); }

std::string grouped(std::int64_t value)
{
    std::string digits = std::to_string(value);
    const std::size_t first = value < 0 ? 1 : 0;
    for (std::size_t i = digits.size(); i > first + 3; i -= 3)
        digits.insert(i - 3, 1, ',');
    return digits;
}

std::string sizeText(std::int64_t bytes)
{
    if (bytes < 1000)
        return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
    static constexpr std::array<const char*, 6> units { "kB", "MB", "GB", "TB", "PB", "EB" };
    double value = static_cast<double>(bytes) / 1000;
    std::size_t unit = 0;
    for (; value >= 999.95 && unit + 1 < units.size(); ++unit)
        value /= 1000;
    std::array<char, 32> buffer {};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, 1);
    return std::string(buffer.data(), end.ptr) + ' ' + units[unit];
}

} // namespace ravel
