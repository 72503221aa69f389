// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/naturalorder.h"

#include <algorithm>

namespace ravel {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

} // namespace

int compareNames(std::string_view a, std::string_view b)
{
    std::size_t i = 0, j = 0;
    while (i < a.size() && j < b.size()) {
        if (!isDigit(a[i]) || !isDigit(b[j])) {
            if (a[i] != b[j])
                return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]) ? -1 : 1;
            ++i, ++j;
            continue;
        }
        const auto skipZeros = [](std::string_view text, std::size_t& at) {
            while (at + 1 < text.size() && text[at] == '0' && isDigit(text[at + 1]))
                ++at;
        };
        skipZeros(a, i), skipZeros(b, j);
        const std::size_t m = std::min(a.find_first_not_of("0123456789", i), a.size()), n = std::min(b.find_first_not_of("0123456789", j), b.size());
        if (m - i != n - j)
            return m - i < n - j ? -1 : 1;
        if (const int order = a.substr(i, m - i).compare(b.substr(j, n - j)); order != 0)
            return order;
        i = m, j = n;
    }
    return a.size() - i == b.size() - j ? 0 : a.size() - i < b.size() - j ? -1 : 1;
}

} // namespace ravel
