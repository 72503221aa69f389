// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/decimal.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// Appends the digits at the front of `text` and takes them away.
std::size_t takeDigits(std::string_view& text, std::string& digits)
{
    std::size_t n = 0;
    while (n < text.size() && isDigit(text[n]))
        ++n;
    digits.append(text.substr(0, n));
    text.remove_prefix(n);
    return n;
}

// The exponent after an "e"; huge ones are clamped, which changes no comparison with a double.
bool takeExponent(std::string_view text, std::int64_t& exponent)
{
    const bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+'))
        text.remove_prefix(1);
    if (text.empty())
        return false;
    constexpr std::int64_t limit = 1'000'000'000'000;
    for (char c : text) {
        if (!isDigit(c))
            return false;
        exponent = std::min(limit, exponent * 10 + (c - '0'));
    }
    if (negative)
        exponent = -exponent;
    return true;
}

std::string scientificText(const Decimal& d)
{
    if (d.digits.empty())
        return d.negative ? "-0" : "0";
    return (d.negative ? "-0." : "0.") + d.digits + 'e' + std::to_string(d.exponent);
}

} // namespace

std::optional<Decimal> parseDecimal(std::string_view text)
{
    Decimal d;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        d.negative = text[0] == '-';
        text.remove_prefix(1);
    }
    const std::size_t whole = takeDigits(text, d.digits);
    std::size_t part = 0;
    if (!text.empty() && text[0] == '.') {
        text.remove_prefix(1);
        part = takeDigits(text, d.digits);
    }
    if (whole + part == 0)
        return std::nullopt;
    std::int64_t exponent = 0;
    if (!text.empty()) {
        if ((text[0] != 'e' && text[0] != 'E') || !takeExponent(text.substr(1), exponent))
            return std::nullopt;
    }
    d.exponent = static_cast<std::int64_t>(whole) + exponent;
    const std::size_t zeros = std::min(d.digits.find_first_not_of('0'), d.digits.size());
    d.digits.erase(0, zeros);
    d.exponent -= static_cast<std::int64_t>(zeros);
    d.digits.erase(d.digits.find_last_not_of('0') + 1);
    if (d.digits.empty())
        d.exponent = 0;
    return d;
}

Decimal exactDecimal(double value)
{
    // The longest double, the largest subnormal, has 767 significant digits.
    std::array<char, 800> buffer {};
    const auto end = std::to_chars(
        buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific, 766);
    return *parseDecimal({ buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()) });
}

int compareMagnitude(const Decimal& a, const Decimal& b)
{
    if (a.digits.empty() || b.digits.empty())
        return static_cast<int>(!a.digits.empty()) - static_cast<int>(!b.digits.empty());
    if (a.exponent != b.exponent)
        return a.exponent < b.exponent ? -1 : 1;
    const int order = a.digits.compare(b.digits);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

double nearestDouble(const Decimal& d)
{
    const double sign = d.negative ? -1.0 : 1.0;
    if (d.digits.empty() || d.exponent < -400)
        return sign * 0.0;
    if (d.exponent > 400)
        return sign * std::numeric_limits<double>::infinity();
    const std::string text = scientificText(d);
    double value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec == std::errc::result_out_of_range)
        return d.exponent > 0 ? sign * std::numeric_limits<double>::infinity() : sign * 0.0;
    return value;
}

double oddDouble(const Decimal& d)
{
    const double nearest = std::abs(nearestDouble(d));
    double below = nearest;
    if (std::isinf(nearest)) {
        below = std::numeric_limits<double>::max();
    } else {
        const int order = compareMagnitude(exactDecimal(nearest), d);
        if (order == 0)
            return d.negative ? -nearest : nearest;
        if (order > 0)
            below = std::nextafter(nearest, 0.0);
    }
    const double odd = std::bit_cast<double>(std::bit_cast<std::uint64_t>(below) | 1);
    return d.negative ? -odd : odd;
}

std::optional<Int128> wholeNumber(const Decimal& d, bool& fraction)
{
    fraction = false;
    if (d.exponent > 38)
        return std::nullopt;
    const auto places = static_cast<std::size_t>(std::max<std::int64_t>(d.exponent, 0));
    Int128 whole = 0;
    for (std::size_t i = 0; i < places; ++i)
        whole = whole * 10 + (i < d.digits.size() ? d.digits[i] - '0' : 0);
    fraction = d.digits.size() > places;
    if (fraction && d.exponent >= 0) {
        const bool half = d.digits[places] == '5' && d.digits.size() == places + 1;
        if (half ? (whole & 1) != 0 : d.digits[places] >= '5')
            ++whole;
    }
    return d.negative ? -whole : whole;
}

std::string plainText(std::string_view scientific)
{
    const auto parsed = parseDecimal(scientific);
    if (!parsed)
        return std::string(scientific);
    const std::string sign = parsed->negative ? "-" : "";
    const std::string& digits = parsed->digits;
    if (digits.empty())
        return sign + '0';
    const std::int64_t exponent = parsed->exponent - 1; // of d.ddd
    if (exponent < -4 || exponent >= 16) {
        const std::string power = std::to_string(std::abs(exponent));
        return sign + digits.substr(0, 1) + (digits.size() > 1 ? '.' + digits.substr(1) : "")
            + (exponent < 0 ? "e-" : "e+") + (power.size() < 2 ? "0" : "") + power;
    }
    if (exponent < 0)
        return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole)
        return sign + digits + std::string(whole - digits.size(), '0');
    return sign + digits.substr(0, whole) + '.' + digits.substr(whole);
}

} // namespace ravel
