// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// QCustomPlot uses Qt's keywords, which this project turns off: they are defined around the include only.
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define emit Q_EMIT
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef emit
#undef foreach
