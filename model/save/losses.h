// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "save/convert.h"
#include "save/flatten.h"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace ravel {

// "fc.weight[3, 0]": the place at a row-major position of a tensor of this shape.
std::string placeText(std::string_view name, const std::vector<std::int64_t>& shape, std::int64_t position);

// "0.1 became 0.09997559", an element of one dtype and what it is in another; where both are written alike ("0.6"), the second in all
// its digits ("0.60009765625").
std::string becameText(Dtype from, const std::byte* in, Dtype to, const std::byte* out);

// Gathers what conversions lost, by tensor. Thread-safe; the order of the calls does not matter.
class Losses {
public:
    // A tensor, as an ordinal of the caller's, and where in it (row-major) the converted run begins.
    struct Where {
        std::size_t tensor = 0;
        std::string_view name;
        const std::vector<std::int64_t>& shape;
        std::int64_t position = 0;
    };
    // Converts a run and notes what it lost; Refused, with the place, where an element has no counterpart.
    Result<> convert(const Where&, Dtype from, const std::byte* in, std::size_t n, Dtype to, std::byte* out);
    std::vector<Loss> result() const; // in the order of the tensors

private:
    struct Found {
        Loss loss;
        std::int64_t position = 0; // of the example
    };
    mutable std::mutex m_mutex;
    std::map<std::size_t, Found> m_found;
};

} // namespace ravel
