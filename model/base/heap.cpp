// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/heap.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace ravel {

void keepHeapSmall()
{
#ifdef __GLIBC__
    // Left alone, it makes eight arenas a processor, each of which keeps what one burst of work has freed, and takes ever larger blocks from them.
    constexpr int arenas = 2;       // the window's, and one for all that works
    constexpr int large = 4 << 20;  // bytes: above the pictures that are made in each frame
    mallopt(M_ARENA_MAX, arenas);
    mallopt(M_MMAP_THRESHOLD, large);
    mallopt(M_TRIM_THRESHOLD, large);
#endif
}

void trimHeap()
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

} // namespace ravel
