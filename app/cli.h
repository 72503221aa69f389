// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/figurekind.h"

namespace ravel {

// True where the arguments call for a command (`ravel info ...`, --help, --version, an option that neither knows) and not for the window:
// files, Qt's own options, and anything after `--`.
bool isCommand(int argc, char** argv);
// Runs the command; the exit code of architecture.md section 7. Needs no display. Figures are drawn by `renderer`; without one they are refused.
int runCommand(int argc, char** argv, const Renderer& = {});

} // namespace ravel
