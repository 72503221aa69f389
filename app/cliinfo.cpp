// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clicommands.h"

#include "base/text.h"
#include "layout/flatlayout.h"
#include "layout/storageuse.h"

#include <CLI/CLI.hpp>
#include <map>

namespace ravel {

namespace {

constexpr std::size_t shownEntries = 20; // scalars of the tree, and of every other list, in the table form
constexpr std::size_t jsonEntries = 1000;

struct DtypeCounts {
    std::int64_t tensors = 0, elements = 0, bytes = 0;
};

// What `ravel info` tells, from metadata alone.
struct Facts {
    std::map<Dtype, DtypeCounts> dtypes;
    std::int64_t tensors = 0, aliases = 0, unreadable = 0, readOnly = 0;
    std::map<TensorKind, std::int64_t> kinds;
    std::int64_t elements = 0, bytes = 0, parameters = 0;
    std::int64_t fileBytes = 0, storageBytes = 0, hiddenBytes = 0;
    bool hiddenExact = true;
    std::vector<std::string> unviewed;                            // storages
    std::vector<std::pair<std::string, std::string>> entries;     // scalars: name and value
    std::int64_t otherEntries = 0, opaque = 0;
    std::string scope;
};

bool isScalar(EntryKind kind)
{
    switch (kind) {
    case EntryKind::None:
    case EntryKind::Bool:
    case EntryKind::Integer:
    case EntryKind::Float:
    case EntryKind::Complex:
    case EntryKind::String:
    case EntryKind::Bytes:
    case EntryKind::Class:
    case EntryKind::Other: return true;
    default: return false;
    }
}

void countTensors(const Checkpoint& checkpoint, const FlatLayout& all, Facts& facts)
{
    facts.tensors = static_cast<std::int64_t>(checkpoint.tensors.size());
    for (const Tensor& tensor : checkpoint.tensors) {
        ++facts.kinds[tensor.kind];
        facts.unreadable += tensor.readable ? 0 : 1;
        facts.readOnly += tensor.readable && !tensor.editable ? 1 : 0;
    }
    for (const Segment& segment : all.listed()) {
        const Tensor& tensor = all.tensor(segment);
        DtypeCounts& counts = facts.dtypes[tensor.dtype];
        ++counts.tensors;
        if (segment.aliasOf != noOrdinal) {
            ++facts.aliases;
            continue;
        }
        std::int64_t bytes = 0;
        if (!checkedMultiply(segment.numel.value, dtypeSize(tensor.dtype), bytes)
            || !checkedAdd(counts.bytes, bytes, counts.bytes) || !checkedAdd(facts.bytes, bytes, facts.bytes))
            counts.bytes = facts.bytes = std::numeric_limits<std::int64_t>::max();
        counts.elements += segment.numel.value;
    }
    facts.elements = all.numel().value;
}

void countStorages(const Checkpoint& checkpoint, Facts& facts)
{
    const std::vector<StorageUse> uses = storageUse(checkpoint);
    for (StorageOrdinal s = 0; s < uses.size(); ++s) {
        const Storage& storage = checkpoint.storages[s];
        if (storage.record == noOrdinal)
            continue;
        const std::int64_t size = dtypeSize(storage.dtype);
        facts.storageBytes += storage.numel.value * size;
        facts.hiddenBytes += (storage.numel - uses[s].viewed).value * size;
        facts.hiddenExact = facts.hiddenExact && uses[s].exact;
        if (uses[s].tensors == 0)
            facts.unviewed.push_back(escapedWhole(storage.id.text()));
    }
    for (const SourceFile& file : checkpoint.files)
        facts.fileBytes += file.status.identity.size;
}

void listEntries(const Checkpoint& checkpoint, Facts& facts)
{
    for (EntryOrdinal e = 0; e < checkpoint.entries.size(); ++e) {
        const Entry& entry = checkpoint.entries[e];
        facts.opaque += entry.kind == EntryKind::Object ? 1 : 0;
        if (!isScalar(entry.kind))
            continue;
        ++facts.otherEntries;
        if (facts.entries.size() < jsonEntries)
            facts.entries.emplace_back(escaped(checkpoint.entryName(e)), entry.kind == EntryKind::None ? "None" : escaped(entry.value, 120));
    }
}

Result<Facts> gather(const std::shared_ptr<const Checkpoint>& checkpoint)
{
    Facts facts;
    LayoutSpec spec;
    spec.scope = "";
    RAVEL_ASSIGN(const auto all, FlatLayout::make(checkpoint, spec));
    spec.scope.reset();
    spec.order = Order::Parameters;
    RAVEL_ASSIGN(const auto parameters, FlatLayout::make(checkpoint, spec));
    facts.parameters = parameters->numel().value;
    facts.scope = escapedWhole(*parameters->spec().scope);
    countTensors(*checkpoint, *all, facts);
    countStorages(*checkpoint, facts);
    listEntries(*checkpoint, facts);
    return facts;
}

Json infoJson(const Checkpoint& checkpoint, const Facts& facts)
{
    Json files = Json::array(), dtypes = Json::array(), shown = Json::object(), kinds = Json::object(), entries = Json::array();
    for (const SourceFile& file : checkpoint.files)
        files.push_back({ { "name", escapedWhole(file.name) }, { "size", file.status.identity.size } });
    for (const auto& [dtype, counts] : facts.dtypes)
        dtypes.push_back({ { "dtype", dtypeName(dtype) }, { "tensors", counts.tensors },
            { "elements", counts.elements }, { "bytes", counts.bytes } });
    for (const auto& [key, value] : checkpoint.facts)
        shown[escapedWhole(key)] = escapedWhole(value);
    for (const auto& [kind, n] : facts.kinds)
        kinds[std::string(tensorKindName(kind))] = n;
    for (const auto& [name, value] : facts.entries)
        entries.push_back({ { "name", name }, { "value", value } });
    const auto list = [](const std::vector<std::string>& texts) {
        Json json = Json::array();
        for (const std::string& text : texts)
            json.push_back(escapedWhole(text));
        return json;
    };
    return { { "path", escapedWhole(checkpoint.path) }, { "container", checkpoint.container }, { "files", files },
        { "size", facts.fileBytes }, { "writable", checkpoint.writable }, { "read_only_reason", checkpoint.readOnlyReason },
        { "scope", facts.scope }, { "tensors", facts.tensors }, { "kinds", kinds }, { "unreadable", facts.unreadable },
        { "not_editable", facts.readOnly }, { "aliases", facts.aliases }, { "parameters", facts.parameters },
        { "elements", facts.elements }, { "bytes", facts.bytes }, { "dtypes", dtypes },
        { "storages", checkpoint.storages.size() }, { "storage_bytes", facts.storageBytes },
        { "hidden_bytes", facts.hiddenBytes }, { "hidden_bytes_exact", facts.hiddenExact },
        { "unviewed_storages", facts.unviewed }, { "opaque_objects", facts.opaque }, { "classes", list(checkpoint.classes) },
        { "calls", list(checkpoint.calls) }, { "facts", shown }, { "other_entries", facts.otherEntries },
        { "entries", entries }, { "messages", list(checkpoint.messages) } };
}

std::string sizeWithBytes(std::int64_t bytes)
{
    return bytes < 1000 ? counted(bytes, "byte") : sizeText(bytes) + " (" + grouped(bytes) + " bytes)";
}

std::string kindsText(const Facts& facts)
{
    std::string text;
    for (const auto& [kind, n] : facts.kinds)
        text += (text.empty() ? "" : ", ") + (kind == TensorKind::Unknown ? grouped(n) + " of unknown kind"
                                                                             : counted(n, std::string(tensorKindName(kind))));
    if (facts.aliases > 0)
        text += ", " + counted(facts.aliases, "alias", "aliases");
    if (facts.unreadable > 0)
        text += ", " + grouped(facts.unreadable) + " unreadable";
    return text;
}

// A heading, and below it the first lines of a list.
std::string listText(const std::string& heading, const std::vector<std::string>& lines, std::int64_t all)
{
    if (lines.empty())
        return {};
    std::string text = '\n' + heading + '\n';
    for (std::size_t i = 0; i < lines.size() && i < shownEntries; ++i)
        text += "  " + lines[i] + '\n';
    const std::int64_t left = all - static_cast<std::int64_t>(std::min(lines.size(), shownEntries));
    return left > 0 ? text + "  ... and " + grouped(left) + " more\n" : text;
}

std::string infoText(const Checkpoint& checkpoint, const Facts& facts)
{
    const std::int64_t storages = static_cast<std::int64_t>(checkpoint.storages.size());
    const std::int64_t unviewed = static_cast<std::int64_t>(facts.unviewed.size());
    std::string text = factsText({
        { "file", escaped(checkpoint.path) },
        { "container", checkpoint.container },
        { "size", sizeWithBytes(facts.fileBytes)
                + (checkpoint.files.size() > 1 ? " in " + counted(static_cast<std::int64_t>(checkpoint.files.size()), "file") : "") },
        { "scope", facts.scope.empty() ? "the whole checkpoint" : escaped(facts.scope) },
        { "tensors", grouped(facts.tensors) + (facts.tensors > 0 ? " (" + kindsText(facts) + ")" : "") },
        { "parameters", counted(facts.parameters, "element") + (facts.scope.empty() ? "" : " below the scope") },
        { "storages", grouped(storages)
                + (unviewed == 0 ? "" : ", " + grouped(unviewed) + " that no tensor shows") },
        { "hidden", facts.hiddenBytes > 0 || !facts.hiddenExact
                ? (facts.hiddenExact ? "" : "at least ") + sizeWithBytes(facts.hiddenBytes) + " of storage that no tensor shows" : "" },
        { "writable", checkpoint.writable ? "yes" : "no: " + escaped(checkpoint.readOnlyReason) },
    });
    Table table({ { "dtype", true }, { "tensors" }, { "elements" }, { "bytes" } });
    for (const auto& [dtype, counts] : facts.dtypes)
        table.add({ std::string(dtypeName(dtype)), grouped(counts.tensors), grouped(counts.elements), grouped(counts.bytes) });
    if (facts.dtypes.size() > 1)
        table.add({ "all", grouped(facts.tensors - facts.unreadable), grouped(facts.elements), grouped(facts.bytes) });
    if (!table.empty())
        text += '\n' + table.text();
    const auto lines = [](const std::vector<std::string>& bytes) {
        std::vector<std::string> shown;
        for (const std::string& b : bytes)
            shown.push_back(escaped(b));
        return shown;
    };
    std::vector<std::string> shownFacts, entries;
    for (const auto& [key, value] : checkpoint.facts)
        shownFacts.push_back(escaped(key, 100) + " = " + escaped(value, 200));
    for (const auto& [name, value] : facts.entries)
        if (name.find("<state>._metadata.") == std::string::npos) // a version number for each module
            entries.push_back(name + " = " + value);
    const auto size = [](const auto& list) { return static_cast<std::int64_t>(list.size()); };
    text += listText("facts", shownFacts, size(shownFacts));
    text += listText("other entries", entries, facts.otherEntries);
    text += listText("classes that are named, and stay names", lines(checkpoint.classes), size(checkpoint.classes));
    text += listText("calls that torch.load would make, and Ravel does not", lines(checkpoint.calls), size(checkpoint.calls));
    text += listText("warnings", lines(checkpoint.messages), size(checkpoint.messages));
    return text;
}

struct InfoOptions {
    std::string file;
    bool json = false;
};

} // namespace

void addInfoCommand(CLI::App& app, Action& action)
{
    auto options = std::make_shared<InfoOptions>();
    CLI::App* command = app.add_subcommand("info", "What is in a checkpoint: container, counts, dtypes, aliases, classes");
    command->add_option("FILE", options->file, "A checkpoint")->required();
    command->add_flag("--json", options->json, "As JSON");
    command->footer("Example:\n  ravel info net.pt");
    command->callback([options, &action] {
        action = [options]() -> Result<Outcome> {
            RAVEL_ASSIGN(const auto checkpoint, openCheckpoint(options->file, systemIo(), {}, commandJob("opening")));
            RAVEL_ASSIGN(const Facts facts, gather(checkpoint));
            return Outcome { options->json ? jsonText(infoJson(*checkpoint, facts)) : infoText(*checkpoint, facts) };
        };
    });
}

} // namespace ravel
