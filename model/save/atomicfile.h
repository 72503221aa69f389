// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"

#include <memory>
#include <string>

namespace ravel {

// An output that is there whole or not at all: written under a temporary name (.NAME.ravel-XXXXXX) in the target's directory, then
// synced and renamed. Destroyed without commit() it leaves nothing behind.
class AtomicFile {
public:
    // Refused where the target exists and `overwrite` is false, or is no regular file. Follows links: the link stays, its target is replaced.
    static Result<AtomicFile> create(Io&, const std::string& target, bool overwrite);
    AtomicFile(AtomicFile&&) noexcept;
    AtomicFile& operator=(AtomicFile&&) noexcept;
    ~AtomicFile();

    File& file() { return *m_file; }
    const std::string& temporaryPath() const { return m_temporary; }
    const std::string& targetPath() const { return m_target; }
    Result<> commit(); // sync, rename, sync of the directory; sets the umask's mode where the target is new
private:
    AtomicFile() = default;
    Io* m_io = nullptr;
    std::unique_ptr<File> m_file;
    std::string m_temporary, m_target;
    std::uint32_t m_mode = 0;
};

Result<> writeText(Io&, const std::string& target, std::string_view text, bool overwrite); // through AtomicFile

} // namespace ravel
