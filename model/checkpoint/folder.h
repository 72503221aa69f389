// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"

#include <string>
#include <vector>

namespace ravel {

// The file by which a folder is opened as one checkpoint.
struct FolderEntry {
    std::string path;
    std::string name;                  // within the folder
    std::vector<std::string> messages; // what else in it could have been opened
};

std::string withoutSlash(std::string path); // at its end

// False also where nothing stands at the path: opening it as a file says so.
bool isFolder(Io&, const std::string& path);

// Asks each container which of the folder's files it would begin with; the first container's first is taken.
// Unsupported where there is none: the sentence names files in it that are checkpoints of their own, by their endings.
Result<FolderEntry> entryOfFolder(Io&, const std::string& path);

} // namespace ravel
