// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "edit/appliedstep.h"
#include "layout/template.h"
#include "save/flatten.h"
#include "save/torchviews.h"

#include <memory>
#include <string>
#include <vector>

namespace ravel {

// What needs LibTorch: the interface of the plugin `ravel_torch`, which exports
// extern "C" ravel::TorchPlugin* ravelTorchPlugin(). Only this header stands on both sides.
class TorchPlugin {
public:
    virtual ~TorchPlugin() = default;
    virtual std::string version() const = 0; // "1.13.1"
    // Writes a fresh torch.save zip from a template and a vector with LibTorch's own stream writer and pickler; one storage in memory
    // at a time; aliases share their storage. Keys and dtypes that LibTorch cannot write are Unsupported, by name.
    // `path` is a new file that the caller commits.
    virtual Result<std::vector<Loss>> writePt(const Template&, const ElementSource&, const std::string& path, const Job&) const = 0;
    // What LibTorch makes of a call that changes a shape; at once for any size. A refusal of LibTorch's is an answer; an error says why
    // the question could not be put: Usage where it describes no tensor or lacks an argument, Limit where no tensor can be that large.
    virtual Result<ViewAnswer> ask(const ViewQuestion&) const = 0;
};

// Loads the plugin once for the process (about 0.8 s), from beside the program or the library folder of its installation
// (RAVEL_PLUGIN_PATH comes first). Thread-safe.
Result<const TorchPlugin*> loadTorchPlugin();
// What loadTorchPlugin() found, if it was called and has ended.
const TorchPlugin* loadedTorchPlugin();

} // namespace ravel
