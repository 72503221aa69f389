// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/decimal.h"
#include "base/number.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

namespace ravel {

namespace {

// The dtype of one part of an element: float32 of complex64.
Dtype partDtype(Dtype dtype)
{
    if (dtype == Dtype::Complex64)
        return Dtype::Float32;
    return dtype == Dtype::Complex128 ? Dtype::Float64 : dtype;
}

std::uint64_t rawCode(int size, const std::byte* part)
{
    std::uint64_t code = 0;
    for (int i = 0; i < size; ++i) // native order is little endian wherever Ravel runs; the order only names the code
        code |= static_cast<std::uint64_t>(part[i]) << (8 * i);
    return code;
}

std::string nanText(Dtype dtype, const std::byte* part)
{
    const int size = dtypeSize(dtype);
    std::array<std::byte, 8> canonical {};
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Fit fit;
    fromDoubles(dtype, &nan, 1, Overflow::Refuse, canonical.data(), fit);
    if (std::memcmp(canonical.data(), part, static_cast<std::size_t>(size)) == 0)
        return "nan";
    std::array<char, 24> digits {};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), rawCode(size, part), 16);
    const auto count = static_cast<std::size_t>(end.ptr - digits.data());
    return "nan(0x" + std::string(static_cast<std::size_t>(2 * size) - count, '0') + std::string(digits.data(), count) + ')';
}

template <class T> std::string digitsOf(T value, int precision)
{
    std::array<char, 64> buffer {};
    const auto end = precision < 0
        ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific)
        : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific, precision);
    return { buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()) };
}

bool sameCode(Dtype dtype, std::string_view text, const std::byte* part)
{
    std::array<std::byte, 8> code {};
    const double odd = oddDouble(*parseDecimal(text));
    Fit fit;
    fromDoubles(dtype, &odd, 1, Overflow::Refuse, code.data(), fit);
    return fit.refused == 0 && std::memcmp(code.data(), part, static_cast<std::size_t>(dtypeSize(dtype))) == 0;
}

std::string finiteText(Dtype dtype, double value, const std::byte* part)
{
    if (dtype == Dtype::Float64)
        return plainText(digitsOf(value, -1));
    if (dtype == Dtype::Float32)
        return plainText(digitsOf(static_cast<float>(value), -1));
    if (value == std::trunc(value) && std::fabs(value) < 0x1p17) // whole numbers to their last digit: 65504, not 65500
        return plainText(digitsOf(value, -1));
    for (int precision = 0; precision < 8; ++precision) {
        const std::string digits = digitsOf(value, precision);
        if (sameCode(dtype, digits, part))
            return plainText(digits);
    }
    return plainText(digitsOf(value, -1));
}

std::string partText(Dtype dtype, const std::byte* part)
{
    const double value = loadNumber(dtype, part).real;
    if (std::isnan(value))
        return nanText(dtype, part);
    if (std::isinf(value))
        return value < 0 ? "-inf" : "inf";
    return finiteText(dtype, value, part);
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool sameWord(std::string_view text, std::string_view lower)
{
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
        [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

tl::unexpected<Error> notA(Dtype dtype, std::string_view text)
{
    return fail(ErrorCode::Usage, '"' + escaped(text, 60) + "\" is not a number of dtype " + std::string(dtypeName(dtype)));
}

tl::unexpected<Error> doesNotFit(Dtype dtype, std::string_view text, bool fraction)
{
    const std::string why = fraction ? " has a fraction, which " : " is outside what ";
    return fail(ErrorCode::Refused,
        escaped(text, 60) + why + std::string(dtypeName(dtype)) + (fraction ? " does not take" : " can hold"));
}

// "0x7fc00001" to its digits' value; none where it is not hexadecimal or longer than 64 bits.
std::optional<std::uint64_t> hexadecimal(std::string_view text)
{
    if (text.size() < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return std::nullopt;
    std::uint64_t value = 0;
    const auto end = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size())
        return std::nullopt;
    return value;
}

// The code inside "nan(0x...)", stored as it is, where it is a NaN of the dtype.
bool storeNanCode(Dtype dtype, std::string_view text, std::byte* part)
{
    if (text.size() < 6 || !sameWord(text.substr(0, 4), "nan(") || text.back() != ')')
        return false;
    const auto code = hexadecimal(text.substr(4, text.size() - 5));
    const int size = dtypeSize(dtype);
    if (!code || (size < 8 && *code >> (8 * size) != 0))
        return false;
    std::array<std::byte, 8> bytes {};
    for (int i = 0; i < size; ++i)
        bytes[static_cast<std::size_t>(i)] = static_cast<std::byte>(*code >> (8 * i));
    if (!std::isnan(loadNumber(dtype, bytes.data()).real))
        return false;
    std::memcpy(part, bytes.data(), static_cast<std::size_t>(size));
    return true;
}

// "inf", "nan" and the like; none where it is a decimal or nothing at all.
std::optional<double> specialValue(std::string_view text)
{
    const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+');
    const std::string_view word = sign ? text.substr(1) : text;
    double value = 0;
    if (sameWord(word, "inf") || sameWord(word, "infinity"))
        value = std::numeric_limits<double>::infinity();
    else if (sameWord(word, "nan"))
        value = std::numeric_limits<double>::quiet_NaN();
    else
        return std::nullopt;
    return sign && text[0] == '-' ? std::copysign(value, -1.0) : value;
}

Result<> parsePart(Dtype dtype, std::string_view text, Overflow overflow, std::byte* part)
{
    if (storeNanCode(dtype, text, part))
        return {};
    double value = 0;
    bool tooLarge = false; // for float64 itself, where the decimal is finite
    if (const auto special = specialValue(text)) {
        value = *special;
    } else {
        const auto decimal = parseDecimal(text);
        if (!decimal)
            return notA(dtype, text);
        const double nearest = nearestDouble(*decimal);
        tooLarge = dtype == Dtype::Float64 && std::isinf(nearest);
        value = dtype == Dtype::Float64 ? nearest : oddDouble(*decimal);
    }
    if (tooLarge && overflow == Overflow::Refuse)
        return doesNotFit(dtype, text, false);
    if (tooLarge && overflow == Overflow::Saturate)
        value = std::copysign(std::numeric_limits<double>::max(), value);
    Fit fit;
    fromDoubles(dtype, &value, 1, overflow, part, fit);
    return fit.refused == 0 ? Result<>() : Result<>(doesNotFit(dtype, text, false));
}

// Where the imaginary part of "1+2j" begins: the last sign that is neither the first character nor an exponent's.
std::size_t imaginaryStart(std::string_view text)
{
    int depth = 0;
    for (std::size_t i = text.size(); i-- > 1;) {
        depth += text[i] == ')' ? 1 : text[i] == '(' ? -1 : 0;
        const bool sign = text[i] == '+' || text[i] == '-';
        if (sign && depth == 0 && text[i - 1] != 'e' && text[i - 1] != 'E')
            return i;
    }
    return 0;
}

Result<> parseComplex(Dtype dtype, std::string_view text, Overflow overflow, std::byte* element)
{
    if (text.size() > 2 && text.front() == '(' && text.back() == ')')
        text = trimmed(text.substr(1, text.size() - 2));
    const Dtype part = partDtype(dtype);
    const auto size = static_cast<std::size_t>(dtypeSize(part));
    std::array<std::byte, 16> bytes {};
    if (text.empty() || (text.back() != 'j' && text.back() != 'J')) {
        RAVEL_TRY(parsePart(part, text, overflow, bytes.data()));
    } else {
        const std::size_t start = imaginaryStart(text);
        std::string_view imaginary = trimmed(text.substr(start, text.size() - start - 1));
        if (start > 0 && imaginary.size() > 1 && imaginary[0] == '+')
            imaginary = trimmed(imaginary.substr(1));
        if (start > 0)
            RAVEL_TRY(parsePart(part, trimmed(text.substr(0, start)), overflow, bytes.data()));
        RAVEL_TRY(parsePart(part, imaginary, overflow, bytes.data() + size));
    }
    std::memcpy(element, bytes.data(), 2 * size);
    return {};
}

Result<> parseInteger(Dtype dtype, std::string_view text, Rounding rounding, std::byte* element)
{
    Fit fit;
    const bool negative = !text.empty() && text[0] == '-';
    if (const auto code = hexadecimal(negative ? text.substr(1) : text)) {
        const Int128 value = negative ? -static_cast<Int128>(*code) : static_cast<Int128>(*code);
        if (!storeNumber(dtype, Number::ofInteger(value), rounding, element, fit))
            return doesNotFit(dtype, text, false);
        return {};
    }
    if (const auto special = specialValue(text)) {
        if (!storeNumber(dtype, Number::ofReal(*special), rounding, element, fit))
            return doesNotFit(dtype, text, false);
        return {};
    }
    const auto decimal = parseDecimal(text);
    if (!decimal)
        return notA(dtype, text);
    bool fraction = false;
    const Int128 beyond = Int128(1) << 126;
    const Int128 value = wholeNumber(*decimal, fraction).value_or(decimal->negative ? -beyond : beyond);
    if (fraction && rounding.fraction == Fraction::Refuse)
        return doesNotFit(dtype, text, true);
    if (!storeNumber(dtype, Number::ofInteger(value), rounding, element, fit))
        return doesNotFit(dtype, text, false);
    return {};
}

Result<> parseBool(std::string_view text, std::byte* element)
{
    const bool yes = sameWord(text, "true") || text == "1";
    if (!yes && !sameWord(text, "false") && text != "0")
        return fail(ErrorCode::Usage, '"' + escaped(text, 60) + "\" is not a bool: True, False, 1 or 0");
    *element = static_cast<std::byte>(yes ? 1 : 0);
    return {};
}

std::string integerText(Int128 value)
{
    if (value < 0)
        return '-' + integerText(-value);
    const auto low = static_cast<std::uint64_t>(value); // no dtype is wider
    return std::to_string(low);
}

} // namespace

std::string elementText(Dtype dtype, const std::byte* element)
{
    switch (dtypeClass(dtype)) {
    case DtypeClass::Float: return partText(dtype, element);
    case DtypeClass::Complex: {
        const Dtype part = partDtype(dtype);
        const std::string imaginary = partText(part, element + dtypeSize(part));
        return partText(part, element) + (imaginary[0] == '-' ? "" : "+") + imaginary + 'j';
    }
    case DtypeClass::Bool: return *element == std::byte { 0 } ? "False" : "True";
    default: return integerText(loadNumber(dtype, element).integer);
    }
}

Result<> parseElement(Dtype dtype, std::string_view text, Rounding rounding, std::byte* element)
{
    text = trimmed(text);
    switch (dtypeClass(dtype)) {
    case DtypeClass::Float: return parsePart(dtype, text, rounding.overflow, element);
    case DtypeClass::Complex: return parseComplex(dtype, text, rounding.overflow, element);
    case DtypeClass::Bool: return parseBool(text, element);
    case DtypeClass::SignedInt:
    case DtypeClass::UnsignedInt: return parseInteger(dtype, text, rounding, element);
    default: return fail(ErrorCode::Usage, "elements of dtype " + std::string(dtypeName(dtype)) + " cannot be edited");
    }
}

} // namespace ravel
