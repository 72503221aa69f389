// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/sharedfiles.h"

#include <cstdlib>

namespace ravel {

std::filesystem::path sharedFolder(const std::string& name)
{
    const char* shared = std::getenv("RAVEL_SHARED");
    const char* source = std::getenv("RAVEL_SOURCE");
    std::filesystem::path folder;
    if (shared)
        folder = std::filesystem::path(shared) / name;
    else if (source)
        folder = std::filesystem::path(source) / ".." / "shared" / name;
    else
        return {};
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error))
        return {};
    return folder;
}

} // namespace ravel
