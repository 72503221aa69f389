// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/losses.h"

#include "base/text.h"

namespace ravel {

std::string placeText(std::string_view name, const std::vector<std::int64_t>& shape, std::int64_t position)
{
    std::vector<std::int64_t> coordinates(shape.size());
    for (std::size_t d = shape.size(); d-- > 0; position /= shape[d])
        coordinates[d] = position % shape[d];
    std::string text = escaped(name, 100);
    for (std::size_t d = 0; d < coordinates.size(); ++d)
        text += (d == 0 ? "[" : ", ") + std::to_string(coordinates[d]);
    return coordinates.empty() ? text : text + ']';
}

std::string becameText(Dtype from, const std::byte* in, Dtype to, const std::byte* out)
{
    const std::string before = elementText(from, in), after = elementText(to, out);
    return before + " became " + (after == before ? numberText(loadNumber(to, out)) : after);
}

Result<> Losses::convert(
    const Where& where, Dtype from, const std::byte* in, std::size_t n, Dtype to, std::byte* out)
{
    const Conversion conversion = ravel::convert(from, in, n, to, out);
    const auto sizeIn = static_cast<std::size_t>(dtypeSize(from)), sizeOut = static_cast<std::size_t>(dtypeSize(to));
    const auto place = [&](std::size_t i) {
        return placeText(where.name, where.shape, where.position + static_cast<std::int64_t>(i)) + " = ";
    };
    if (const auto refused = conversion.firstRefused)
        return fail(ErrorCode::Refused, place(*refused) + elementText(from, in + *refused * sizeIn) + " is nothing that "
                + std::string(dtypeName(to)) + " can hold");
    if (conversion.lost == 0)
        return {};
    const auto position = where.position + static_cast<std::int64_t>(*conversion.firstLost);
    const std::lock_guard lock(m_mutex);
    const auto [found, isNew] = m_found.try_emplace(where.tensor);
    Found& loss = found->second;
    loss.loss.numbers += conversion.lost;
    if (isNew || position < loss.position) {
        loss.loss.name = where.name;
        const std::size_t lost = *conversion.firstLost;
        loss.loss.example = place(lost) + becameText(from, in + lost * sizeIn, to, out + lost * sizeOut);
        loss.position = position;
    }
    return {};
}

std::vector<Loss> Losses::result() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<Loss> losses;
    for (const auto& [tensor, found] : m_found)
        losses.push_back(found.loss);
    return losses;
}

} // namespace ravel
