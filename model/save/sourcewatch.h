// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

namespace ravel {

// Whether the file that a checkpoint was opened from is still what it was. A replaced file (another one under its path) only
// matters to a save over that path: the open descriptor still reads the old one.
class SourceWatch {
public:
    // `agreed`: the caller knows that it changed, so it only must not change any further. Its size must be what it was in any case.
    static Result<SourceWatch> make(Io&, const SourceFile&, bool watchPath, bool agreed);

    Result<> check() const; // Changed, with what differs

private:
    Io* m_io = nullptr;
    const SourceFile* m_source = nullptr;
    bool m_watchPath = false;
    Identity m_opened, m_atPath;
};

} // namespace ravel
