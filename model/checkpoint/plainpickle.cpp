// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/plainpickle.h"

#include "checkpoint/bytes.h"
#include "checkpoint/picklewindow.h"

namespace ravel {

namespace {

// "; loading it would call posix.system, unsafe": the calls that are not known harmless.
std::string callsOf(const Pickle& pickle)
{
    Checkpoint noted;
    noteCalls(pickle, "pickle", noted);
    if (noted.calls.empty())
        return {};
    std::string text = "; unsafe: loading it would call the global";
    for (std::size_t i = 0; i < noted.calls.size() && i < 3; ++i)
        text += (i ? ", " : " ") + inQuotes(noted.calls[i]);
    return text + (noted.calls.size() > 3 ? ", ..." : "");
}

} // namespace

bool PlainPickle::matches(const Probe& probe) const
{
    if (!mayStartPickle(probe.head))
        return false;
    if (probe.head[0] == std::byte { 0x80 })
        return true;
    // The text protocols have no magic: a text may start like one, so it has to be one, or to call something.
    Pickle partial;
    return readPickle(probe.head, "pickle", Limits {}, Job {}, &partial) || !partial.called.empty();
}

Result<> PlainPickle::read(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint) const
{
    Pickle partial;
    const auto pickle = readPickleAt(*checkpoint.files[0].file, 0, probe.size.value, "pickle", context, &partial);
    if (!pickle && pickle.error().code == ErrorCode::Cancelled)
        return tl::unexpected(pickle.error());
    if (!pickle)
        return fail(pickle.error().code, sentence(context.path, pickle.error().message + callsOf(partial)));
    return fail(ErrorCode::Unsupported, sentence(context.path, "a pickle on its own, without storages: no tensor in it" + callsOf(*pickle)));
}

} // namespace ravel
