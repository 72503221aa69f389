// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace ravel {

// A folder of test files that are kept beside the source tree and not in it: $RAVEL_SHARED/name, or shared/name next to
// the source tree. Empty where it is not there: the test then prints RAVEL-SKIPPED and ends well.
std::filesystem::path sharedFolder(const std::string& name);

} // namespace ravel
