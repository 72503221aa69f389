// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "base/error.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace ravel {

// Texts of the core as Qt has them, and back. Bytes from files are escaped first (base/text.h).
inline QString toQt(std::string_view utf8) { return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size())); }
QString shown(std::string_view bytesFromFile, std::size_t limit = 300);

// Role of item models: a cell as the clipboard gets it where that is not what is shown. Numbers whole, in the C locale; empty where there is none.
constexpr int copyRole = 0x0100 + 64; // Qt::UserRole + 64

QString sentenceOf(const Error&);              // with a capital and a full stop
QString numberText(double, int digits = 6);    // for people: so many digits, the locale's decimal point, "NaN", "∞"
QString countText(std::int64_t);               // grouped as the locale has it
QString shortCountText(std::int64_t);          // "3.15 M"
QString bytesText(std::int64_t);               // "1.2 MB"
QString shapeText(std::span<const std::int64_t>); // "(5, 10)", "(7,)", "()", as Python prints a tuple

} // namespace ravel
