// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/container.h"
#include "checkpoint/pickle.h"

namespace ravel {

// Reads the pickle that starts at a byte of the file and whose length only its own STOP tells: in windows that grow up to
// Limits::pickleBytes. `what` names it in messages; `partial` as readPickle's.
Result<Pickle> readPickleAt(File&, std::int64_t place, std::int64_t fileSize, const std::string& what, const OpenContext&,
    Pickle* partial = nullptr);

// True where the first bytes can start a pickle: PROTO, or an opcode of the text protocols.
bool mayStartPickle(std::span<const std::byte> head);

} // namespace ravel
