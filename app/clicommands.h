// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/clioutput.h"
#include "app/figurekind.h"

#include <functional>

namespace CLI {
class App;
}

namespace ravel {

// What the arguments ask for; run once they are parsed.
using Action = std::function<Result<Outcome>()>;

// Each adds its commands; the one that is called sets the action. An Error of code Usage means that the call was wrong (exit code 2),
// any other that it failed (1).
void addInfoCommand(CLI::App&, Action&);
void addCheckCommand(CLI::App&, Action&);
void addAnomaliesCommand(CLI::App&, Action&);
void addLayoutCommands(CLI::App&, Action&);  // layout, locate
void addStatsCommands(CLI::App&, Action&);   // stats, hist
void addValuesCommand(CLI::App&, Action&);
void addFlattenCommands(CLI::App&, Action&); // flatten, unflatten
void addApplyCommands(CLI::App&, Action&);   // apply, verify
void addDiffCommand(CLI::App&, Action&);
void addRenderCommand(CLI::App&, Action&, const Renderer&);
void addLaterCommands(CLI::App&, Action&);   // convert

// The failure of something that stands in a file, not in the call.
inline tl::unexpected<Error> failureOf(Error error)
{
    if (error.code == ErrorCode::Usage)
        error.code = ErrorCode::Format;
    return tl::unexpected(std::move(error));
}

} // namespace ravel
