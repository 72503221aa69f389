// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace ravel {

// The heap of a program with a window, which lives long and works in bursts on several threads. Where the C library cannot be told, neither does
// anything.

// Few arenas in place of one a thread, and large blocks that go back to the system as soon as they are freed. Call it before the first thread.
void keepHeapSmall();
// Gives free memory back to the system. Milliseconds to tens of them for a large heap, in which other threads may wait to allocate: when work has ended.
void trimHeap();

} // namespace ravel
