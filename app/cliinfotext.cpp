// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cliinfofacts.h"

#include "base/text.h"
#include "checkpoint/callmeaning.h"
#include "checkpoint/entrytext.h"
#include "checkpoint/geometry.h"

#include <algorithm>

namespace ravel {

namespace {

std::string sizeWithBytes(std::int64_t bytes)
{
    return bytes < 1000 ? counted(bytes, "byte") : sizeText(bytes) + " (" + grouped(bytes) + " bytes)";
}

std::int64_t sizeOf(const auto& list) { return static_cast<std::int64_t>(list.size()); }

// A heading, and below it the first lines of a list.
template <class List, class Line> std::string listText(const std::string& heading, const List& list, std::size_t most, Line line)
{
    if (list.empty())
        return {};
    std::string text = '\n' + heading + '\n';
    for (std::size_t i = 0; i < list.size() && i < most; ++i)
        text += "  " + line(list[i]) + '\n';
    if (list.size() > most)
        text += "  ... and " + grouped(sizeOf(list) - static_cast<std::int64_t>(most)) + " more\n";
    return text;
}

std::string tensorCounts(const Checkpoint& checkpoint, const InfoFacts& facts)
{
    std::string text;
    const auto add = [&text](std::int64_t n, const std::string& what) {
        if (n > 0)
            text += (text.empty() ? " (" : ", ") + what;
    };
    const auto count = [](const auto& kinds, TensorKind kind) { return kinds.contains(kind) ? kinds.at(kind) : 0; };
    for (const TensorKind kind : { TensorKind::Parameter, TensorKind::Buffer })
        add(count(facts.kinds, kind), counted(count(facts.kinds, kind), std::string(tensorKindName(kind))));
    for (const TensorKind kind : { TensorKind::Parameter, TensorKind::Buffer })
        add(count(facts.guessedKinds, kind), counted(count(facts.guessedKinds, kind), "probable " + std::string(tensorKindName(kind))));
    const std::int64_t unknown = count(facts.guessedKinds, TensorKind::Unknown);
    if (unknown < sizeOf(checkpoint.tensors))
        add(unknown, grouped(unknown) + " of unknown kind");
    add(facts.aliases, grouped(facts.aliases) + (facts.aliases == 1 ? " repeats another" : " repeat another"));
    add(facts.notEditable, grouped(facts.notEditable) + " cannot be edited");
    add(facts.unreadable, grouped(facts.unreadable) + " cannot be read");
    return grouped(sizeOf(checkpoint.tensors)) + (text.empty() ? text : text + ')');
}

std::string headText(const Checkpoint& checkpoint, const InfoFacts& facts)
{
    const Contents& contents = facts.contents;
    const std::int64_t unviewed = sizeOf(contents.unviewed);
    return factsText({
        { "file", escaped(checkpoint.path) },
        { "container", checkpoint.container },
        { "size", sizeWithBytes(contents.fileBytes) + (checkpoint.files.size() > 1 ? " in " + counted(sizeOf(checkpoint.files), "file") : "") },
        { "writable", checkpoint.writable ? "yes" : "no: " + escaped(checkpoint.readOnlyReason) },
        { "scope", facts.scope.empty() ? "the whole checkpoint" : escaped(facts.scope) },
        { "tensors", tensorCounts(checkpoint, facts) },
        { "parameters", facts.noVector.empty() ? counted(facts.parameters, "element") + (facts.scope.empty() ? "" : " below the scope") : "" },
        { "no vector", escaped(facts.noVector) },
        { "storages", grouped(sizeOf(checkpoint.storages)) + (unviewed == 0 ? "" : ", " + grouped(unviewed) + " that no tensor shows") },
        { "hidden", contents.hiddenBytes > 0 || !contents.hiddenExact
                ? (contents.hiddenExact ? "" : "at least ") + sizeWithBytes(contents.hiddenBytes) + " of storage that no tensor shows" : "" },
    });
}

std::string dtypesText(const Checkpoint& checkpoint, const InfoFacts& facts)
{
    Table table({ { "dtype", true }, { "tensors" }, { "elements" }, { "bytes" } });
    for (const auto& [dtype, counts] : facts.dtypes)
        table.add({ std::string(dtypeName(dtype)), grouped(counts.tensors), grouped(counts.elements), grouped(counts.bytes) });
    if (facts.dtypes.size() > 1)
        table.add({ "all", grouped(sizeOf(checkpoint.tensors) - facts.unreadable), grouped(facts.elements), grouped(facts.bytes) });
    return table.empty() ? std::string() : '\n' + table.text();
}

// A name of which the beginning and the end are shown where it is long: what tells it from others may be either.
std::string nameText(const std::string& bytes)
{
    constexpr std::size_t longest = 72, part = 34;
    if (bytes.empty())
        return "(root)";
    const std::string name = escapedWhole(bytes);
    if (name.size() <= longest)
        return name;
    const auto isInside = [&](std::size_t i) { return (name[i] & 0xc0) == 0x80; };
    std::size_t head = part, tail = name.size() - part;
    while (isInside(head))
        --head;
    while (isInside(tail))
        ++tail;
    return name.substr(0, head) + "..." + name.substr(tail);
}

std::string nameOf(const Checkpoint& checkpoint, TensorOrdinal tensor) { return nameText(checkpoint.tensors[tensor].name); }

// How many layers of each kind: those that the file names, and those that are guessed.
std::string layersText(const InfoFacts& facts, std::size_t most)
{
    std::string text;
    for (const bool guessed : { false, true }) {
        std::vector<std::pair<std::string, std::int64_t>> kinds;
        std::string example;
        std::int64_t unknown = 0;
        for (const Layer& layer : facts.contents.layers.list) {
            if (layer.isGuess != guessed)
                continue;
            unknown += layer.kind.empty() ? 1 : 0;
            if (layer.kind.empty())
                continue;
            if (example.empty())
                example = escaped(layer.name, 60) + " as " + layer.kind + ": " + layer.reason;
            const auto known = std::find_if(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.first == layer.kind; });
            if (known == kinds.end())
                kinds.emplace_back(layer.kind, 1);
            else
                ++known->second;
        }
        if (kinds.empty())
            continue;
        text += listText(guessed ? "layers, guessed from names and shapes" : "layers, by the classes that the file names", kinds, most,
            [](const auto& kind) { return grouped(kind.second) + ' ' + escaped(kind.first, 100); });
        if (guessed && unknown > 0)
            text += "  " + grouped(unknown) + (unknown == 1 ? " group" : " groups") + " of tensors of no known kind\n";
        if (guessed)
            text += "  for example: " + example + '\n';
    }
    return text;
}

// `guesses` is set where a ? marks one.
std::string tensorNotes(const Checkpoint& checkpoint, const InfoFacts& facts, TensorOrdinal t, bool& guesses)
{
    const Tensor& tensor = checkpoint.tensors[t];
    const Layers& layers = facts.contents.layers;
    std::string notes;
    const auto add = [&notes](const std::string& text) { notes += (notes.empty() ? "" : "; ") + text; };
    const std::uint32_t l = layers.layerOf[t];
    const auto guessed = [&guesses](std::string text) {
        guesses = true;
        return text + '?';
    };
    const std::string layer = l == noOrdinal || layers.list[l].kind.empty() ? ""
        : layers.list[l].isGuess                                            ? guessed(layers.list[l].kind) : layers.list[l].kind.str();
    const TensorKind guess = layers.kinds[t].kind;
    const std::string kind = tensor.kind != TensorKind::Unknown ? std::string(tensorKindName(tensor.kind))
        : guess != TensorKind::Unknown                          ? guessed(std::string(tensorKindName(guess))) : "";
    if (!kind.empty() || !layer.empty())
        add(kind + (kind.empty() || layer.empty() ? "" : " of ") + (layer.empty() ? "" : escaped(layer, 60)));
    if (l != noOrdinal && !layers.list[l].role.empty())
        add(guessed("attention " + layers.list[l].role));
    if (facts.aliasOf[t] != noOrdinal)
        add("the same numbers as " + nameOf(checkpoint, facts.aliasOf[t]));
    if (!tensor.readable)
        add("cannot be read: " + tensor.reason);
    else if (!tensor.editable)
        add("cannot be edited: " + tensor.reason);
    return notes;
}

std::string tensorsText(const Checkpoint& checkpoint, const InfoFacts& facts, std::size_t most)
{
    if (checkpoint.tensors.empty())
        return {};
    Table table({ { "tensor", true }, { "dtype", true }, { "shape", true }, { "what", true } });
    bool guesses = false;
    for (TensorOrdinal t = 0; t < std::min(checkpoint.tensors.size(), most); ++t) {
        const Tensor& tensor = checkpoint.tensors[t];
        table.add({ nameText(tensor.name), std::string(dtypeName(tensor.dtype)), tupleText(tensor.shape), tensorNotes(checkpoint, facts, t, guesses) });
    }
    std::string text = '\n' + table.text();
    if (checkpoint.tensors.size() > most)
        text += "  ... and " + grouped(sizeOf(checkpoint.tensors) - static_cast<std::int64_t>(most)) + " more\n";
    return text + (guesses ? "  ? marks what is guessed from names and shapes\n" : "");
}

std::string storagesText(const Checkpoint& checkpoint, const InfoFacts& facts, std::size_t most)
{
    const Contents& contents = facts.contents;
    const auto tensorName = [&](TensorOrdinal t) { return nameOf(checkpoint, t); };
    std::string text = listText("tensors that share a storage", contents.shared, most, [&](const SharedStorage& shared) {
        std::string line = "storage " + escaped(checkpoint.storages[shared.storage].id.key, 60) + ", " + std::string(sharingText(shared.how)) + ": ";
        for (std::size_t i = 0; i < std::min<std::size_t>(shared.tensors.size(), 4); ++i)
            line += (i ? ", " : "") + tensorName(shared.tensors[i]);
        return line + (shared.tensors.size() > 4 ? " and " + grouped(sizeOf(shared.tensors) - 4) + " more" : "");
    });
    text += listText("bytes that tensors carry in the file without showing them", contents.hidden, most, [&](const HiddenPart& part) {
        const Storage& storage = checkpoint.storages[part.storage];
        return tensorName(part.tensor) + ": " + (part.exact ? "" : "at least ") + sizeWithBytes(part.bytes) + " of the "
            + sizeWithBytes(storage.numel.value * dtypeSize(storage.dtype)) + " of storage " + escaped(storage.id.key, 60);
    });
    text += listText("storages that no tensor shows", contents.unviewed, most, [&](StorageOrdinal s) {
        const Storage& storage = checkpoint.storages[s];
        return escaped(storage.id.key, 80) + ": " + sizeWithBytes(storage.numel.value * dtypeSize(storage.dtype))
            + (storage.reason.empty() ? "" : ", " + storage.reason);
    });
    return text + listText("compressed records, which can be read and not edited", contents.compressed, most, [&](RecordOrdinal r) {
        const Record& record = checkpoint.records[r];
        return escaped(record.name, 100) + ": " + sizeWithBytes(record.size.value) + " in " + grouped(record.storedSize.value);
    });
}

// What every module and optimizer has, and says nothing: private attributes, "training", versions of modules.
bool saysLittle(const Checkpoint& checkpoint, EntryOrdinal e)
{
    for (int level = 0; level < 3 && e != 0 && e != noOrdinal; ++level, e = checkpoint.entries[e].parent) {
        const PathKey& key = checkpoint.entries[e].key;
        if (key.kind == PathKey::Kind::Attribute && key.text != "_modules" && (key.text.starts_with('_') || key.text == "training"))
            return true;
        if (key.kind == PathKey::Kind::String && key.text == "_metadata")
            return true;
    }
    return false;
}

// Plain values; those of one list or tuple in one line.
std::string valuesText(const Checkpoint& checkpoint, const InfoFacts& facts, std::size_t most)
{
    std::vector<EntryOrdinal> values;
    std::int64_t leftOut = 0;
    for (const EntryOrdinal e : facts.contents.values) {
        const EntryOrdinal parent = checkpoint.entries[e].parent;
        const bool isItem = parent != noOrdinal && parent != 0
            && (checkpoint.entries[parent].kind == EntryKind::List || checkpoint.entries[parent].kind == EntryKind::Tuple || checkpoint.entries[parent].kind == EntryKind::Set);
        const EntryOrdinal shown = isItem ? parent : e;
        if (saysLittle(checkpoint, shown) && most < facts.contents.values.size())
            ++leftOut;
        else if (values.empty() || values.back() != shown)
            values.push_back(shown);
    }
    std::string text = listText("other values", values, most, [&](EntryOrdinal e) {
        const std::string name = nameText(checkpoint.entryName(e));
        return name + " = " + entryText(checkpoint, e, 100);
    });
    if (leftOut > 0)
        text += (text.empty() ? "\nother values\n  " : "  ") + grouped(leftOut) + " private ones of modules and the like are left out\n";
    return text;
}

std::string objectsText(const Checkpoint& checkpoint, const InfoFacts& facts, std::size_t most)
{
    std::string text = listText("objects of classes and functions that Ravel does not know; they are shown, never made", facts.contents.objects, most,
        [&](const OpaqueClass& object) {
            const Entry& first = checkpoint.entries[object.first];
            const std::string name = nameText(checkpoint.entryName(object.first));
            const std::string_view note = objectNote(first);
            return grouped(object.count) + " x " + escaped(object.name, 100) + (object.first == 0 ? std::string() : ", the first is " + name) + "\n      "
                + entryText(checkpoint, object.first, 110) + (note.empty() ? "" : "\n      " + std::string(note));
        });
    return text + valuesText(checkpoint, facts, most);
}

std::string spaceText(const Checkpoint& checkpoint, const InfoFacts& facts)
{
    const Contents& contents = facts.contents;
    std::string text = "\nwhere the bytes are\n";
    const auto line = [&text](std::int64_t bytes, const std::string& what) {
        if (bytes > 0)
            text += "  " + sizeWithBytes(bytes) + ' ' + what + '\n';
    };
    line(contents.numberBytes, "in storages of numbers");
    line(contents.otherRecordBytes, "in other records: pickles, code, version");
    line(contents.betweenBytes, checkpoint.container == "safetensors" ? "of header" : "of headers and padding between records");
    if (contents.misaligned > 0)
        text += "  " + counted(contents.misaligned, "storage") + (contents.misaligned == 1 ? " starts" : " start")
            + " at a byte that is no multiple of the element's size\n";
    else if (contents.alignment > 1)
        text += "  every storage starts at a multiple of " + grouped(contents.alignment) + " bytes\n";
    return text;
}

} // namespace

std::string infoText(const Checkpoint& checkpoint, const InfoFacts& facts, std::size_t most)
{
    const auto plain = [](const std::string& bytes) { return escaped(bytes); };
    std::string text = headText(checkpoint, facts);
    text += listText("warnings", checkpoint.messages, most, plain);
    text += listText("calls that torch.load would make, and Ravel does not", checkpoint.calls, most,
        [](const std::string& call) { return escaped(call, 150) + ": " + std::string(callMeaning(call)); });
    text += dtypesText(checkpoint, facts);
    text += layersText(facts, most);
    text += tensorsText(checkpoint, facts, most);
    text += storagesText(checkpoint, facts, most);
    text += objectsText(checkpoint, facts, most);
    text += listText("classes and functions that the file names", checkpoint.classes, most, plain);
    if (checkpoint.isSet())
        text += listText("files", checkpoint.files, most,
            [](const SourceFile& file) { return escaped(file.name, 100) + ": " + sizeWithBytes(file.status.identity.size); });
    text += listText("facts of the container", checkpoint.facts, most,
        [](const auto& fact) { return escaped(fact.first, 100) + " = " + escaped(fact.second, 200); });
    return text + spaceText(checkpoint, facts);
}

} // namespace ravel
