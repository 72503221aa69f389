// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

namespace ravel {

// What holds of every checkpoint that opens, whatever the bytes were; aborts where it does not.
void checkInvariants(const Checkpoint&);

// The same of what is said where it does not open; `file` is the name that the sentence begins with.
void checkError(const Error&, std::string_view file);

// Of what input messages are judged from now on: its words in them are not ours.
void judgeMessagesAbout(std::string_view input);

// Limits that keep one run of a fuzzer short.
Limits fuzzLimits();

} // namespace ravel
