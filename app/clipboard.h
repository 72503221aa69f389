// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace ravel {

class Session;

// The numbers of the selection as text: a row of the last dimension is a line, parts stand under their names; C locale. Read on the pool;
// refused, with a sentence, above a million elements.
void copyNumbers(Session&);
// The Python expressions that get the selection, one a line.
void copyPython(Session&);

} // namespace ravel
