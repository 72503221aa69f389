// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"

#ifdef RAVEL_WINDOW
#include "app/render.h"
#include "app/window.h"
#endif

#include <cstdio>

int main(int argc, char** argv)
{
    if (ravel::isCommand(argc, argv)) {
#ifdef RAVEL_WINDOW
        return ravel::runCommand(argc, argv, ravel::renderFigure);
#else
        return ravel::runCommand(argc, argv);
#endif
    }
#ifdef RAVEL_WINDOW
    return ravel::runWindow(argc, argv);
#else
    std::fprintf(stderr, "ravel: this build has no window; `ravel --help` lists the commands\n");
    return 1;
#endif
}
