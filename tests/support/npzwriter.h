// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/fixtures.h"
#include "support/zipwriter.h"

namespace ravel {

// One array as numpy.save writes it.
std::vector<std::byte> npyBytes(const FixtureStorage&, const std::vector<std::int64_t>& shape);
// A header with these words in it, and the data: what tests of the header's grammar start from.
std::vector<std::byte> npyBytesOf(std::string_view header, std::string_view data, int version = 1);

// Each tensor as a member, the whole of its storage being its data.
std::vector<std::byte> npzBytes(const std::vector<FixtureStorage>&, const std::vector<FixtureTensor>&, bool deflated = false);

} // namespace ravel
