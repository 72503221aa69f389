// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ravel {

// Bytes from a file as text that is safe to show and valid UTF-8: what is not printable or not UTF-8 is
// escaped as \xNN (a byte) or \uNNNN (a control, bidirectional override or surrogate code point);
// a backslash stays itself. At most `limit` characters, cut with "...".
std::string escaped(std::string_view bytes, std::size_t limit = 300);
// The same without a limit: what JSON gets.
std::string escapedWhole(std::string_view bytes);

// The undoing of escapedWhole for what a user types or a recipe holds; a stray backslash stays itself.
std::string unescaped(std::string_view text);

// Shortest decimal text that reads back as the same double, in the C locale: "0.1", "-0.0", "1e+30", "nan", "inf".
std::string shortest(double);
std::string shortest(float);

std::string grouped(std::int64_t); // 24,600,000: for sentences to people
std::string sizeText(std::int64_t bytes); // "1.2 MB"

} // namespace ravel
