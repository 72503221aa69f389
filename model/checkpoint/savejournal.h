// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"
#include "base/job.h"
#include "checkpoint/checkpoint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// What makes a save that replaces several files of one folder happen wholly or not at all. Every new file is written under a temporary
// name (temporary.h), verified and synced; then the journal is written and synced; then come the renames, a sync of the folder, and
// the journal is removed. A process that dies before the journal stands leaves everything as it was; one that dies after it, a journal
// by which the next one that opens the set finishes the renames.
//
// The journal is the file .NAME.ravel-journal beside NAME, the file by which the set is opened (its index):
//
//   ravel.journal/1 renames COUNT CRC32            CRC-32 of all bytes after this line, eight hex digits
//   temporary LENGTH NAME                          for each file; LENGTH is NAME's in bytes
//   target LENGTH NAME
//   written INODE SIZE MTIME CTIME CRC32           of the temporary file; times in nanoseconds
//   replaced INODE SIZE MTIME CTIME                of the target as it was, or: replaced nothing
//
// Anybody can put such a file into a folder that others download. It is obeyed only where both names are plain ones in its own folder,
// the temporary one is what Ravel would call it, the target is the set's index or a shard that the index names, neither is a link, and
// each temporary file is the very one that the journal speaks of: inode, size, and the times of its last writing and status change,
// to the nanosecond. The last two are set by the clock of the machine where the file was written, and no archive, no copy and no
// stranger can reproduce them; so a journal is only good for the files that stood beside it when it was written. The target has to be
// the very file that was to be replaced, too. Where one thing does not fit nothing is touched, and the set opens read-only.
struct JournalEntry {
    std::string temporary, target; // file names
    Identity written;              // its device does not count: it may change from mount to mount
    std::uint32_t crc32 = 0;
    std::optional<Identity> replaced;
};

// Whether a file is the one that was written, perhaps renamed since: inode, size, and the time of its last writing.
bool isTheWritten(const Identity& written, const Identity& now);

std::string journalName(std::string_view name); // of the set that is opened by NAME
std::string nameOfJournal(std::string_view journalName); // NAME again; empty where it is no journal's name
std::string journalText(const std::vector<JournalEntry>&);
// Format where it is torn, or no such journal.
Result<std::vector<JournalEntry>> parseJournal(std::string_view);

struct Recovery {
    enum class State {
        Clean,    // no journal
        Finished, // the save that died is done now
        Undone,   // it had not replaced anything and could not be finished: its temporary files are gone
        Torn,     // the journal is damaged; everything was left as it stands
        Foreign,  // the journal does not fit the files beside it, or cannot be read; everything was left as it stands
    } state = State::Clean;
    std::string message; // for people; empty where it is clean
};

// Finishes or undoes what a save left in the folder of `path`, the file by which a set is opened. Io where the set is between two states
// and that cannot be mended now (a read-only disk, say).
Result<Recovery> recoverSave(Io&, const std::string& path, const Limits&, const Job&);

} // namespace ravel
