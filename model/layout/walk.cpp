// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/walk.h"

#include "checkpoint/geometry.h"

#include <charconv>

namespace ravel {

std::vector<WalkTerm> walkTerms(std::span<const std::int64_t> coordinates, std::span<const std::int64_t> stride)
{
    std::vector<WalkTerm> terms;
    for (std::size_t d = 0; d < coordinates.size(); ++d)
        terms.push_back({ coordinates[d], stride[d], coordinates[d] * stride[d] });
    return terms;
}

std::int64_t stridedPlace(std::span<const std::int64_t> coordinates, std::span<const std::int64_t> stride)
{
    std::int64_t place = 0;
    for (const WalkTerm& term : walkTerms(coordinates, stride))
        place += term.product;
    return place;
}

std::vector<WalkDivision> walkBack(std::int64_t place, std::span<const std::int64_t> shape)
{
    std::vector<WalkDivision> steps;
    for (const std::int64_t stride : contiguousStride(shape)) {
        steps.push_back({ place, stride, place / stride, place % stride });
        place %= stride;
    }
    return steps;
}

std::vector<std::int64_t> coordinatesAt(std::int64_t place, std::span<const std::int64_t> shape)
{
    std::vector<std::int64_t> coordinates;
    for (const WalkDivision& step : walkBack(place, shape))
        coordinates.push_back(step.coordinate);
    return coordinates;
}

std::vector<std::int64_t> flattenedShape(std::span<const std::int64_t> shape, std::size_t first, std::size_t last)
{
    if (shape.empty())
        return { 1 };
    std::vector<std::int64_t> made(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(first));
    std::int64_t merged = 1;
    for (std::size_t d = first; d <= last; ++d)
        merged *= shape[d];
    made.push_back(merged);
    made.insert(made.end(), shape.begin() + static_cast<std::ptrdiff_t>(last) + 1, shape.end());
    return made;
}

std::vector<std::int64_t> flattenedCoordinates(
    std::span<const std::int64_t> coordinates, std::span<const std::int64_t> shape, std::size_t first, std::size_t last)
{
    return coordinatesAt(stridedPlace(coordinates, contiguousStride(shape)), flattenedShape(shape, first, last));
}

std::optional<std::vector<std::int64_t>> parseNumbers(std::string_view text)
{
    constexpr std::string_view blanks = " \t";
    const auto trim = [&text, blanks] {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        text.remove_suffix(text.size() - std::min(text.find_last_not_of(blanks) + 1, text.size()));
    };
    trim();
    if (text.empty())
        return std::nullopt;
    if (text.size() >= 2 && ((text.front() == '(' && text.back() == ')') || (text.front() == '[' && text.back() == ']')))
        text = text.substr(1, text.size() - 2);
    trim();
    std::vector<std::int64_t> numbers;
    while (!text.empty()) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc())
            return std::nullopt;
        numbers.push_back(number);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const bool blank = !text.empty() && blanks.find(text.front()) != std::string_view::npos;
        trim();
        if (text.empty())
            break;
        if (text.front() == ',')
            text.remove_prefix(1);
        else if (!blank)
            return std::nullopt;
        trim();
    }
    return numbers;
}

} // namespace ravel
