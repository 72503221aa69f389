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

Result<> Losses::convert(
    const Where& where, Dtype from, const std::byte* in, std::size_t n, Dtype to, std::byte* out)
{
    const Conversion conversion = ravel::convert(from, in, n, to, out);
    const auto place = [&](std::size_t i) {
        return placeText(where.name, where.shape, where.position + static_cast<std::int64_t>(i)) + " = "
            + elementText(from, in + i * static_cast<std::size_t>(dtypeSize(from)));
    };
    if (conversion.firstRefused)
        return fail(ErrorCode::Refused, place(*conversion.firstRefused) + " is nothing that "
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
        loss.loss.example = place(*conversion.firstLost) + " became "
            + elementText(to, out + *conversion.firstLost * static_cast<std::size_t>(dtypeSize(to)));
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
