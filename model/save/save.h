// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"
#include "base/job.h"
#include "edit/editedvector.h"
#include "edit/recipe.h"
#include "save/receipt.h"

#include <string>

namespace ravel {

struct SaveOptions {
    bool overwrite = false;    // an existing target that is not the source: replaced only when this is set
    bool breakLinks = false;   // a target with several hard links: its other names keep the old bytes
    bool hash = false;         // SHA-256 in the receipt
    bool mendWrongCrc = false; // a stored CRC that was wrong before the edit is made right
    bool ignoreChange = false; // the source has another identity than at open, and the caller was told
};

// Saves the edited values into a file of the same container: the protocol of trust.md, "Save protocol". All or nothing: on any
// failure (which comes back as the sentence) the target is as it was and no temporary file is left. `target` may be the source itself.
// Refused where a step's value does not fit its dtype, where the checkpoint is read-only and there is something to change, where the
// source changed on disk. Without steps the output is identical to the input.
Result<Receipt> save(Io&, const EditedVector&, const Recipe&, const std::string& target, const SaveOptions&, const Job&);

// Proves that `after` differs from `before` only as the receipt says: per tensor the elements and bytes, unchanged storages and all other bytes
// by their sums, checksums right. Lines for people; `ok` is the verdict.
struct Verdict {
    bool ok = false;
    std::vector<std::string> lines;
};
Result<Verdict> verify(Io&, const std::string& before, const std::string& after, const Receipt&, const Job&);

} // namespace ravel
