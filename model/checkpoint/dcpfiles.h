// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/container.h"
#include "checkpoint/dcpmetadata.h"
#include "checkpoint/lazyfile.h"

#include <memory>
#include <string>
#include <unordered_map>

namespace ravel {

// The files beside .metadata, opened when a blob in them is first asked for, and added to Checkpoint::files.
class DcpFiles {
public:
    DcpFiles(const OpenContext&, Checkpoint&);

    // The bytes of a blob as a file of its own. Format where its file is not there or ends before it.
    struct Place {
        std::uint32_t file = 0; // in Checkpoint::files
        std::shared_ptr<File> slice;
    };
    Result<Place> find(const DcpBlob&);

private:
    Result<std::uint32_t> open(const std::string& name);

    const OpenContext& m_context;
    Checkpoint& m_checkpoint;
    std::string m_folder;
    FilesOfASet m_files;
    std::unordered_map<std::string, Result<std::uint32_t>> m_known;
};

} // namespace ravel
