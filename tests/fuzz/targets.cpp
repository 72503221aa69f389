// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/targets.h"

#include "fuzz/invariants.h"

namespace ravel {

const std::vector<FuzzTarget>& fuzzTargets()
{
    static const std::vector<FuzzTarget> targets {
        { "zip", fuzzFile, mendZip },
        { "pickle", fuzzPickle },
        { "legacy", fuzzFile },
        { "safetensors", fuzzFile, mendSafetensors },
        { "npy", fuzzFile, mendNpy },
        { "gguf", fuzzFile },
        { "index", fuzzIndex },
        { "dcp", fuzzDcp },
        { "recipe", fuzzRecipe },
        { "slice", fuzzSlice },
        { "roundtrip", fuzzRoundTrip, mendRoundTrip },
    };
    return targets;
}

const FuzzTarget* fuzzTarget(const std::string& name)
{
    for (const FuzzTarget& target : fuzzTargets())
        if (target.name == name)
            return &target;
    return nullptr;
}

void runTarget(const FuzzTarget& target, const std::uint8_t* data, std::size_t size)
{
    judgeMessagesAbout({ reinterpret_cast<const char*>(data), size });
    target.run(data, size);
    judgeMessagesAbout({});
}

} // namespace ravel
