// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/inner.h"

#include "checkpoint/bytes.h"
#include "checkpoint/fileslice.h"

#include <algorithm>

namespace ravel {

namespace {

std::string joined(const Path& path)
{
    std::string name;
    for (std::size_t i = 0; i < path.size(); ++i)
        name += (i ? "." : "") + path[i].text;
    return name;
}

// Moves one inner checkpoint into the outer one.
class Adding {
public:
    Adding(Checkpoint& outer, Checkpoint& inner, const InnerPlace& place)
        : m_outer(outer)
        , m_inner(inner)
        , m_place(place)
        , m_firstRecord(static_cast<std::uint32_t>(outer.records.size()))
        , m_firstStorage(static_cast<std::uint32_t>(outer.storages.size()))
        , m_firstTensor(static_cast<std::uint32_t>(outer.tensors.size()))
    {
    }

    TensorOrdinal firstTensor() const { return m_firstTensor; }

    void addRecords()
    {
        if (m_place.compressed)
            return; // they have no place in the file
        for (Record& record : m_inner.records) {
            record.file = m_place.file;
            record.name = m_place.name + '/' + record.name;
            record.offset = moved(record.offset);
            record.outer = record.outer == noOrdinal ? m_place.record : m_firstRecord + record.outer;
            for (ByteOffset& place : record.crcPlaces)
                place = moved(place);
            m_outer.records.push_back(std::move(record));
        }
    }

    void addStorages()
    {
        for (Storage& storage : m_inner.storages) {
            storage.id = { m_place.file, m_place.name + '/' + storage.id.key };
            if (m_place.compressed)
                throughRecord(storage);
            else {
                storage.record = storage.record == noOrdinal ? noOrdinal : m_firstRecord + storage.record;
                if (storage.offset)
                    storage.offset = moved(*storage.offset);
            }
            m_outer.storages.push_back(std::move(storage));
        }
    }

    void addTensors(const Path& path, TensorNames& names)
    {
        const std::string prefix = joined(path);
        for (Tensor& tensor : m_inner.tensors) {
            const Path below = m_inner.entryPath(tensor.entry);
            tensor.name = names.take(below.empty() ? prefix : prefix + '.' + joined(below));
            if (tensor.storage != noOrdinal) {
                tensor.storage += m_firstStorage;
                follow(m_outer.storages[tensor.storage], tensor);
            }
            m_outer.tensors.push_back(std::move(tensor));
        }
    }

    void addWords(InnerNames& names)
    {
        const std::string start = escapedStart();
        for (auto& [key, value] : m_inner.facts)
            m_outer.facts.emplace_back(m_place.name + ": " + key, std::move(value));
        for (const std::string& message : m_inner.messages)
            m_outer.messages.push_back(start + message);
        names.classes.addTo(m_outer.classes, m_inner.classes);
        names.calls.addTo(m_outer.calls, m_inner.calls);
        if (m_inner.writable)
            return;
        if (m_outer.writable)
            m_outer.readOnlyReason = start + m_inner.readOnlyReason;
        m_outer.writable = false;
    }

private:
    ByteOffset moved(ByteOffset place) const { return m_place.begin + ByteCount(place.value); }
    std::string escapedStart() const { return inQuotes(m_place.name) + ": "; }

    void throughRecord(Storage& storage) const
    {
        storage.editable = false;
        if (storage.offset) {
            storage.record = m_place.record;
            storage.offsetInRecord = *storage.offset;
            storage.offset.reset();
            storage.reason = "its bytes are compressed in the archive";
        } else if (storage.record != noOrdinal) {
            storage.record = noOrdinal;
            storage.reason = "its bytes are compressed in an archive that is compressed itself, which is unsupported";
        }
    }

    void follow(const Storage& storage, Tensor& tensor) const
    {
        if (!m_place.compressed || !tensor.readable)
            return;
        tensor.editable = false;
        tensor.reason = storage.reason;
        if (storage.record == noOrdinal) {
            tensor.readable = false;
            tensor.storage = noOrdinal;
        }
    }

    Checkpoint& m_outer;
    Checkpoint& m_inner;
    const InnerPlace& m_place;
    std::uint32_t m_firstRecord, m_firstStorage, m_firstTensor;
};

} // namespace

bool mayBeInner(const Probe& probe)
{
    return std::any_of(containers().begin(), containers().end(),
        [&](const auto& container) { return container->canBeInner() && container->matches(probe); });
}

Result<std::unique_ptr<Checkpoint>> readInner(const OpenContext& context, std::shared_ptr<File> file, const std::string& name)
{
    auto inner = std::make_unique<Checkpoint>();
    RAVEL_ASSIGN(const FileStatus status, file->status());
    inner->files.push_back({ name, name, status, file });
    RAVEL_ASSIGN(const Probe probe, probeOf(*file));
    OpenContext deeper { context.io, context.limits, context.job, name, true, context.checkedBytes, context.depth + 1 };
    for (const auto& container : containers()) {
        if (!container->canBeInner() || !container->matches(probe))
            continue;
        inner->container = container->name();
        RAVEL_TRY(container->read(deeper, probe, *inner));
        return inner;
    }
    return fail(ErrorCode::Unsupported, inQuotes(name) + " is no checkpoint");
}

Result<std::uint32_t> addInner(Checkpoint& outer, Checkpoint&& inner, const InnerPlace& place, std::uint32_t parent, PathKey key,
    const Path& parentPath, EntryDraft& draft, InnerNames& names, const Limits& limits)
{
    if (draft.size() + inner.entries.size() > static_cast<std::uint64_t>(limits.entries))
        return fail(ErrorCode::Limit, "all its members together have more entries than the limit of " + std::to_string(limits.entries));
    if (outer.tensors.size() + inner.tensors.size() > static_cast<std::uint64_t>(limits.tensors))
        return fail(ErrorCode::Limit, "all its members together have more tensors than the limit of " + std::to_string(limits.tensors));
    Adding adding(outer, inner, place);
    Path path = parentPath;
    path.push_back(key);
    adding.addRecords();
    adding.addStorages();
    adding.addTensors(path, names.tensors);
    adding.addWords(names);
    return draft.graft(parent, std::move(key), std::move(inner.entries), adding.firstTensor());
}

} // namespace ravel
