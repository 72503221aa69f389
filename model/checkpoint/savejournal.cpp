// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/savejournal.h"

#include "base/crc32.h"
#include "base/temporary.h"
#include "checkpoint/bytes.h"
#include "checkpoint/shardindex.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <sys/stat.h>

namespace ravel {

namespace {

constexpr std::string_view firstWords = "ravel.journal/1 renames ";
constexpr std::size_t longestName = 255; // NAME_MAX

std::string identityText(const Identity& id)
{
    return std::to_string(id.inode) + ' ' + std::to_string(id.size) + ' ' + std::to_string(id.mtimeNs) + ' ' + std::to_string(id.ctimeNs);
}

// Takes a journal apart from its beginning; every member is false where it finds something else.
class Reader {
public:
    explicit Reader(std::string_view text)
        : m_text(text)
    {
    }
    bool word(std::string_view expected)
    {
        if (!m_text.starts_with(expected))
            return false;
        m_text.remove_prefix(expected.size());
        return true;
    }
    template <class T> bool number(T& value, int base = 10)
    {
        const auto [end, error] = std::from_chars(m_text.data(), m_text.data() + m_text.size(), value, base);
        if (error != std::errc())
            return false;
        m_text.remove_prefix(static_cast<std::size_t>(end - m_text.data()));
        return true;
    }
    bool name(std::string_view what, std::string& name)
    {
        std::size_t length = 0;
        if (!word(what) || !word(" ") || !number(length) || !word(" ") || length > longestName || length > m_text.size())
            return false;
        name = m_text.substr(0, length);
        m_text.remove_prefix(length);
        return word("\n");
    }
    bool identity(Identity& id)
    {
        return number(id.inode) && word(" ") && number(id.size) && word(" ") && number(id.mtimeNs) && word(" ") && number(id.ctimeNs);
    }
    bool entry(JournalEntry& entry)
    {
        if (!name("temporary", entry.temporary) || !name("target", entry.target) || !word("written ") || !identity(entry.written)
            || !word(" ") || !number(entry.crc32, 16) || !word("\n"))
            return false;
        if (word("replaced nothing\n"))
            return true;
        return word("replaced ") && identity(entry.replaced.emplace()) && word("\n");
    }
    std::string_view rest() const { return m_text; }

private:
    std::string_view m_text;
};

bool isSame(const Identity& a, const Identity& b) { return isTheWritten(a, b) && a.ctimeNs == b.ctimeNs; }

// One journal and the files beside it.
class Recovering {
public:
    Recovering(Io& io, const std::string& path, const Limits& limits, const Job& job)
        : m_io(io)
        , m_folder(directoryOf(path))
        , m_name(fileNameOf(path))
        , m_journal(joinedPath(m_folder, journalName(m_name)))
        , m_limits(limits)
        , m_job(job)
    {
    }

    Result<Recovery> run()
    {
        if (!m_io.exists(m_journal))
            return Recovery();
        RAVEL_ASSIGN(m_folder, m_io.canonicalPath(m_folder));
        const auto bytes = readWhole(m_io, m_journal, ByteCount(m_limits.indexBytes));
        if (!bytes) // one that nobody can read, or that no save can have written, is no reason to hide the set
            return told(Recovery::State::Foreign, "the journal of a save, " + quoted() + ", cannot be read: nothing was touched, and the set may "
                    "be a mix of two states. " + bytes.error().message);
        auto entries = parseJournal(textOf(*bytes));
        if (!entries || static_cast<std::int64_t>(entries->size()) > m_limits.shards + 1)
            return told(Recovery::State::Torn, "the journal of a save, " + quoted() + ", is damaged: everything was left as it stands, "
                    "and it can be deleted");
        m_entries = std::move(*entries);
        RAVEL_ASSIGN(const bool isOurs, examine());
        if (!isOurs)
            return told(Recovery::State::Foreign, "the journal of a save, " + quoted() + ", does not fit the files beside it (a copy of a "
                    "folder in which a save died?): nothing was touched, and the set may be a mix of two states");
        RAVEL_TRY(checkStaged());
        if (count(State::Lost) == 0)
            return finish();
        if (count(State::Done) == 0)
            return undo();
        return told(Recovery::State::Foreign, "a save died after " + std::to_string(count(State::Done)) + " of "
                + std::to_string(m_entries.size()) + " files, and the new " + inQuotes(firstLost()) + " is gone: the set is a mix of two states");
    }

private:
    enum class State { Pending, Done, Lost };

    std::string quoted() const { return inQuotes(journalName(m_name)); }
    Recovery told(Recovery::State state, std::string message) const { return { state, sentence(joinedPath(m_folder, m_name), message) }; }
    std::size_t count(State state) const { return static_cast<std::size_t>(std::count(m_states.begin(), m_states.end(), state)); }
    const std::string& firstLost() const
    {
        return m_entries[static_cast<std::size_t>(std::find(m_states.begin(), m_states.end(), State::Lost) - m_states.begin())].target;
    }

    // What stands under a name in the folder; none where nothing does. A link, a folder, a device fit no journal.
    Result<std::optional<Identity>> identityOf(const std::string& name, bool alone, bool& fits)
    {
        const std::string path = joinedPath(m_folder, name);
        if (!m_io.exists(path))
            return std::nullopt;
        const auto canonical = m_io.canonicalPath(path);
        if (!canonical || *canonical != path) {
            fits = false;
            return std::nullopt;
        }
        RAVEL_ASSIGN(const FileStatus status, m_io.status(path));
        fits = fits && S_ISREG(status.mode) && (!alone || status.links == 1);
        return status.identity;
    }

    // False where anything is not as a save could have left it.
    Result<bool> examine()
    {
        std::set<std::string> temporaries, targets;
        for (const JournalEntry& entry : m_entries) {
            if (!shardNameProblem(entry.target).empty() || !shardNameProblem(entry.temporary).empty()
                || !isTemporaryOf(entry.temporary, entry.target) || !temporaries.insert(entry.temporary).second
                || !targets.insert(entry.target).second)
                return false;
            bool fits = true;
            RAVEL_ASSIGN(const auto temporary, identityOf(entry.temporary, true, fits));
            RAVEL_ASSIGN(const auto target, identityOf(entry.target, false, fits));
            const bool asBefore = entry.replaced ? target && isSame(*target, *entry.replaced) : !target;
            if (fits && temporary && isSame(*temporary, entry.written) && asBefore)
                m_states.push_back(State::Pending);
            else if (fits && !temporary && target && isTheWritten(entry.written, *target))
                m_states.push_back(State::Done);
            else if (fits && !temporary && asBefore)
                m_states.push_back(State::Lost);
            else
                return false;
            m_proved = m_proved || temporary || target; // one file at least is the one that it speaks of
        }
        if (!m_proved)
            return false;
        return targetsBelong();
    }

    // The index and the shards that it names; it may be among the files that are still to be renamed.
    Result<bool> targetsBelong()
    {
        std::string path = joinedPath(m_folder, m_name);
        for (std::size_t i = 0; i < m_entries.size(); ++i)
            if (m_entries[i].target == m_name && m_states[i] == State::Pending)
                path = joinedPath(m_folder, m_entries[i].temporary);
        const auto bytes = readWhole(m_io, path, ByteCount(m_limits.indexBytes));
        const auto index = bytes ? parseShardIndex(*bytes, m_limits, m_job) : tl::unexpected(bytes.error());
        if (!index && index.error().code == ErrorCode::Cancelled)
            return tl::unexpected(index.error());
        return index && std::all_of(m_entries.begin(), m_entries.end(), [&](const JournalEntry& entry) {
            return entry.target == m_name || std::binary_search(index->shards.begin(), index->shards.end(), entry.target);
        });
    }

    // What was staged was synced before the journal; a disk that lost it all the same is found out before anything is replaced.
    Result<> checkStaged()
    {
        for (std::size_t i = 0; i < m_entries.size(); ++i) {
            if (m_states[i] != State::Pending)
                continue;
            RAVEL_ASSIGN(const auto file, m_io.openForReading(joinedPath(m_folder, m_entries[i].temporary)));
            RAVEL_ASSIGN(const std::uint32_t crc, crc32OfFile(*file, m_job));
            if (crc != m_entries[i].crc32)
                m_states[i] = State::Lost;
        }
        return {};
    }

    Result<Recovery> finish()
    {
        for (std::size_t i = 0; i < m_entries.size(); ++i) {
            if (m_states[i] != State::Pending)
                continue;
            const std::string target = joinedPath(m_folder, m_entries[i].target);
            const auto done = m_io.rename(joinedPath(m_folder, m_entries[i].temporary), target);
            if (done)
                continue;
            const auto now = m_io.status(target);
            if (now && isTheWritten(m_entries[i].written, now->identity))
                continue; // another process was quicker
            return fail(ErrorCode::Io, sentence(joinedPath(m_folder, m_name), "a save of this set died half way and cannot be finished: "
                    + done.error().message));
        }
        RAVEL_TRY(m_io.syncDirectory(m_folder));
        removeJournal();
        return told(Recovery::State::Finished, "the last save of this set died half way, and was finished now: "
                + std::to_string(m_entries.size()) + (m_entries.size() == 1 ? " file is" : " files are") + " as it meant them");
    }

    Result<Recovery> undo()
    {
        const std::string lost = firstLost();
        for (std::size_t i = 0; i < m_entries.size(); ++i)
            if (const std::string path = joinedPath(m_folder, m_entries[i].temporary); m_io.exists(path))
                RAVEL_TRY(m_io.remove(path));
        removeJournal();
        return told(Recovery::State::Undone, "the last save of this set died, and the new " + inQuotes(lost)
                + " is not whole: it was undone, everything is as before it");
    }

    // Where it stays, the next one finds that all is done.
    void removeJournal()
    {
        if (m_io.remove(m_journal))
            (void)m_io.syncDirectory(m_folder);
    }

    Io& m_io;
    std::string m_folder, m_name, m_journal;
    const Limits& m_limits;
    const Job& m_job;
    std::vector<JournalEntry> m_entries;
    std::vector<State> m_states; // of the entries
    bool m_proved = false;
};

} // namespace

bool isTheWritten(const Identity& written, const Identity& now)
{
    return now.inode == written.inode && now.size == written.size && now.mtimeNs == written.mtimeNs;
}

std::string journalName(std::string_view name) { return '.' + std::string(name) + ".ravel-journal"; }

std::string nameOfJournal(std::string_view name)
{
    constexpr std::string_view end = ".ravel-journal";
    return name.starts_with('.') && name.ends_with(end) && name.size() > 1 + end.size() ? std::string(name.substr(1, name.size() - 1 - end.size()))
                                                                                        : std::string();
}

std::string journalText(const std::vector<JournalEntry>& entries)
{
    std::string body;
    for (const JournalEntry& entry : entries) {
        body += "temporary " + std::to_string(entry.temporary.size()) + ' ' + entry.temporary + '\n';
        body += "target " + std::to_string(entry.target.size()) + ' ' + entry.target + '\n';
        body += "written " + identityText(entry.written) + ' ' + crc32Text(entry.crc32) + '\n';
        body += "replaced " + (entry.replaced ? identityText(*entry.replaced) : "nothing") + '\n';
    }
    return std::string(firstWords) + std::to_string(entries.size()) + ' ' + crc32Text(crc32Of(std::as_bytes(std::span(body)))) + '\n' + body;
}

Result<std::vector<JournalEntry>> parseJournal(std::string_view text)
{
    const auto torn = [] { return fail(ErrorCode::Format, "the journal is torn, or none"); };
    Reader reader(text);
    std::size_t count = 0;
    std::uint32_t crc = 0;
    if (!reader.word(firstWords) || !reader.number(count) || !reader.word(" ") || !reader.number(crc, 16) || !reader.word("\n")
        || crc != crc32Of(std::as_bytes(std::span(reader.rest()))))
        return torn();
    std::vector<JournalEntry> entries;
    while (!reader.rest().empty()) {
        if (entries.size() == count || !reader.entry(entries.emplace_back()))
            return torn();
    }
    if (entries.size() != count)
        return torn();
    return entries;
}

Result<Recovery> recoverSave(Io& io, const std::string& path, const Limits& limits, const Job& job)
{
    return Recovering(io, path, limits, job).run();
}

} // namespace ravel
