// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QCoreApplication;
class QString;

namespace ravel {

// Why no window can be opened here, before Qt aborts over it; null where one can.
const char* noDisplayReason();

// SIGTERM, SIGINT and SIGHUP end the event loop.
void quitOnSignals(QCoreApplication&);

// With RAVEL_TRACE=1 in the environment: writes "trace: WHAT at N ms" to standard error, counted from the start of the process.
void trace(const char* what);
bool tracing();

} // namespace ravel
