// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/fidelity.h"

#include "save/save.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace ravel {

namespace {

using Bytes = std::vector<std::byte>;

Result<Bytes> wholeFile(const SourceFile& source)
{
    RAVEL_ASSIGN(const FileStatus status, source.file->status());
    Bytes bytes(static_cast<std::size_t>(status.identity.size));
    RAVEL_TRY(source.file->readAt(ByteOffset(0), bytes));
    return bytes;
}

class RoundTrip {
public:
    RoundTrip(Io& io, std::shared_ptr<const Checkpoint> checkpoint, const std::string& target, Random& random, const FidelityOptions& options)
        : m_io(io)
        , m_checkpoint(std::move(checkpoint))
        , m_target(target)
        , m_random(random)
        , m_options(options)
        , m_vector(m_checkpoint)
        , m_model(*m_checkpoint)
    {
    }

    std::string run()
    {
        if (std::string flaw = remember(); !flaw.empty())
            return flaw;
        if (std::string flaw = savedFlaw(m_vector); !flaw.empty())
            return "without a step: " + flaw;
        if (std::string flaw = draw(); !flaw.empty())
            return flaw;
        if (m_vector.steps().empty())
            return {};
        if (!m_checkpoint->writable) {
            const auto saved = saveIt(m_vector);
            return saved || saved.error().code != ErrorCode::Refused ? "an edit of a read-only checkpoint was saved" : std::string();
        }
        if (std::string flaw = savedFlaw(m_vector); !flaw.empty())
            return "with " + std::to_string(m_vector.steps().size()) + " steps (" + m_said + "): " + flaw;
        EditedVector undone = m_vector;
        while (!undone.steps().empty())
            undone = undone.withoutLast();
        m_target += ".undone";
        if (std::string flaw = savedFlaw(undone); !flaw.empty())
            return "after all steps were undone: " + flaw;
        return {};
    }

    std::string runOverItself()
    {
        if (std::string flaw = remember(); !flaw.empty())
            return flaw;
        if (m_checkpoint->container != "sharded")
            return saveIt(m_vector) ? "a set without an index was saved over itself" : touchedFlaw();
        std::string flaw = savedFlaw(m_vector);
        if (flaw.empty())
            flaw = touchedFlaw();
        if (!flaw.empty())
            return "without a step: " + flaw;
        flaw = draw();
        if (flaw.empty())
            flaw = savedFlaw(m_vector);
        if (flaw.empty())
            flaw = touchedFlaw();
        return flaw.empty() ? flaw : "with " + std::to_string(m_vector.steps().size()) + " steps (" + m_said + "): " + flaw;
    }

private:
    std::string remember()
    {
        for (const SourceFile& file : m_checkpoint->files) {
            const auto bytes = wholeFile(file);
            if (!bytes)
                return "the source is not read: " + bytes.error().message;
            m_before.push_back(*bytes);
        }
        return {};
    }

    Result<Receipt> saveIt(const EditedVector& vector)
    {
        SaveOptions how;
        how.overwrite = true;
        Recipe recipe;
        for (const auto& applied : vector.steps())
            recipe.steps.push_back(applied->step);
        return save(m_io, vector, recipe, m_target, how, Job());
    }

    std::string draw()
    {
        LayoutSpec spec;
        spec.scope = "";
        const auto layout = FlatLayout::make(m_checkpoint, spec);
        if (!layout)
            return "no layout: " + layout.error().message;
        for (int i = 0; i < m_options.steps; ++i) {
            const auto drawn = drawStep(**layout, m_random, m_options.mostElements);
            if (!drawn)
                break;
            const auto bound = bindStep(drawn->step, **layout, m_vector, ".", Job());
            if (!bound)
                continue; // two values for one stored element, say
            m_said += (m_said.empty() ? "" : ", ") + sentence(drawn->step);
            m_vector = m_vector.with(*bound);
            m_model.apply(*drawn);
        }
        return {};
    }

    // Saves and compares with what the vector's steps predict.
    std::string savedFlaw(const EditedVector& vector)
    {
        const auto receipt = saveIt(vector);
        if (!receipt)
            return "it is not saved: " + receipt.error().message;
        const auto saved = openCheckpoint(m_target, m_io);
        if (!saved)
            return "what was saved does not open: " + saved.error().message;
        std::string flaw = structureFlaw(**saved);
        if (flaw.empty())
            flaw = folderFlaw(**saved);
        if (flaw.empty())
            flaw = bytesFlaw(vector, **saved);
        if (flaw.empty())
            flaw = valuesFlaw(vector, **saved);
        if (flaw.empty())
            flaw = checksumFlaw(**saved);
        return flaw;
    }

    std::string structureFlaw(const Checkpoint& saved) const
    {
        const Checkpoint& was = *m_checkpoint;
        if (saved.files.size() != was.files.size() || saved.container != was.container || saved.writable != was.writable)
            return "it is another container, or has another number of files";
        if (saved.messages.size() != was.messages.size())
            return "it has " + std::to_string(saved.messages.size()) + " messages in place of " + std::to_string(was.messages.size());
        if (saved.tensors.size() != was.tensors.size() || saved.storages.size() != was.storages.size() || saved.entries.size() != was.entries.size())
            return "it has other tensors, storages or entries";
        for (std::size_t i = 0; i < saved.tensors.size(); ++i) {
            const Tensor &a = was.tensors[i], &b = saved.tensors[i];
            if (a.name != b.name || was.entryPath(a.entry) != saved.entryPath(b.entry) || a.dtype != b.dtype || a.shape != b.shape || a.stride != b.stride || a.storage != b.storage
                || a.storageOffset != b.storageOffset || a.editable != b.editable || a.readable != b.readable)
                return "its tensor " + b.name + " is not as it was";
        }
        for (std::size_t i = 0; i < saved.storages.size(); ++i) {
            const Storage &a = was.storages[i], &b = saved.storages[i];
            if (!(a.id == b.id) || a.offset != b.offset || a.numel != b.numel || a.dtype != b.dtype || a.device != b.device || a.bigEndian != b.bigEndian)
                return "its storage " + b.id.text() + " is not as it was";
        }
        return {};
    }

    std::string folderFlaw(const Checkpoint& saved) const
    {
        if (!m_checkpoint->isSet())
            return {};
        std::vector<std::string> names;
        for (std::size_t i = 0; i < saved.files.size(); ++i) {
            names.push_back(saved.files[i].name);
            if (names.back() != m_checkpoint->files[i].name)
                return "its file " + std::to_string(i) + " is called " + names.back() + " and was " + m_checkpoint->files[i].name;
        }
        std::sort(names.begin(), names.end());
        const auto found = m_io.list(directoryOf(saved.files.back().path));
        return found && *found == names ? std::string() : "its folder holds other files than its own";
    }

    // Of the files that stand where the set was opened: those that no step reached are the very same.
    std::string touchedFlaw() const
    {
        std::vector<bool> reached(m_checkpoint->files.size());
        for (StorageOrdinal s = 0; s < m_checkpoint->storages.size(); ++s)
            if (!m_model.reached(s).empty())
                reached[m_checkpoint->storages[s].id.file] = true;
        for (std::size_t i = 0; i < reached.size(); ++i) {
            const SourceFile& file = m_checkpoint->files[i];
            const auto now = m_io.status(file.path);
            if (!now || (!reached[i] && !(now->identity == file.status.identity)))
                return file.name + " was touched, and no step reached it";
        }
        return {};
    }

    // Which bytes of a file may differ: of elements that a step reached, and checksums of the records that hold them.
    std::vector<bool> mayDiffer(const EditedVector& vector, std::uint32_t file) const
    {
        std::vector<bool> may(m_before[file].size());
        const auto allow = [&](std::int64_t from, std::int64_t n) {
            for (std::int64_t i = std::max<std::int64_t>(from, 0); i < from + n && i < static_cast<std::int64_t>(may.size()); ++i)
                may[static_cast<std::size_t>(i)] = true;
        };
        for (StorageOrdinal s = 0; s < m_checkpoint->storages.size() && !vector.steps().empty(); ++s) {
            const Storage& storage = m_checkpoint->storages[s];
            const std::vector<std::int64_t> reached = m_model.reached(s);
            if (reached.empty() || storage.id.file != file || !storage.offset)
                continue;
            const std::int64_t size = dtypeSize(storage.dtype);
            for (const std::int64_t index : reached)
                allow(storage.offset->value + index * size, size);
            for (const Record& record : m_checkpoint->records) // archives in archives: all that hold the storage
                if (record.file == file && record.offset <= *storage.offset && *storage.offset < record.offset + record.storedSize)
                    for (const ByteOffset place : record.crcPlaces)
                        allow(place.value, 4);
        }
        return may;
    }

    std::string bytesFlaw(const EditedVector& vector, const Checkpoint& saved) const
    {
        for (std::uint32_t f = 0; f < saved.files.size(); ++f) {
            const auto bytes = wholeFile(saved.files[f]);
            if (!bytes)
                return "it is not read: " + bytes.error().message;
            if (bytes->size() != m_before[f].size())
                return "file " + std::to_string(f) + " has " + std::to_string(bytes->size()) + " bytes and had " + std::to_string(m_before[f].size());
            if (*bytes == m_before[f])
                continue;
            const std::vector<bool> may = mayDiffer(vector, f);
            for (std::size_t i = 0; i < bytes->size(); ++i)
                if ((*bytes)[i] != m_before[f][i] && !may[i])
                    return "byte " + std::to_string(i) + " of file " + std::to_string(f) + " differs, and no step reached it";
        }
        return {};
    }

    std::string valuesFlaw(const EditedVector& vector, const Checkpoint& saved) const
    {
        for (StorageOrdinal s = 0; s < saved.storages.size(); ++s) {
            const Storage& storage = saved.storages[s];
            const Bytes* plain = m_model.storage(s);
            if (!plain)
                continue;
            Bytes read(plain->size()), edited(plain->size());
            if (!saved.read(s, StorageIndex(0), storage.numel, read.data()) || !vector.read(s, StorageIndex(0), storage.numel, edited.data()))
                return "storage " + storage.id.text() + " is not read";
            const Bytes& expected = m_options.values && !vector.steps().empty() ? *plain : edited;
            const auto size = static_cast<std::size_t>(dtypeSize(storage.dtype));
            for (std::size_t i = 0; i < read.size(); i += size)
                if (std::memcmp(&read[i], &expected[i], size) != 0 || std::memcmp(&edited[i], &expected[i], size) != 0)
                    return "element " + std::to_string(i / size) + " of storage " + storage.id.text() + " is " + elementText(storage.dtype, &read[i])
                        + ", was shown as " + elementText(storage.dtype, &edited[i]) + " and should be " + elementText(storage.dtype, &expected[i]);
        }
        return {};
    }

    std::string checksumFlaw(const Checkpoint& saved) const
    {
        const auto wrongBefore = damagedRecords(*m_checkpoint), wrong = damagedRecords(saved);
        if (wrongBefore.has_value() != wrong.has_value())
            return "its records are not read as they were";
        if (wrong && wrong->size() != wrongBefore->size())
            return std::to_string(wrong->size()) + " checksums are wrong, and were " + std::to_string(wrongBefore->size());
        return {};
    }

    Io& m_io;
    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::string m_target;
    Random& m_random;
    const FidelityOptions& m_options;
    EditedVector m_vector;
    PlainModel m_model;
    std::vector<Bytes> m_before;
    std::string m_said;
};

} // namespace

std::string roundTripFlaw(Io& io, std::shared_ptr<const Checkpoint> checkpoint, const std::string& target, Random& random, const FidelityOptions& options)
{
    return RoundTrip(io, std::move(checkpoint), target, random, options).run();
}

std::string overItselfFlaw(Io& io, std::shared_ptr<const Checkpoint> checkpoint, Random& random, const FidelityOptions& options)
{
    const std::string path = checkpoint->path;
    return RoundTrip(io, std::move(checkpoint), path, random, options).runOverItself();
}

} // namespace ravel
