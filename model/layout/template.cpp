// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/template.h"

#include "base/text.h"

#include <charconv>
#include <unordered_set>

namespace ravel {

namespace {

using Json = nlohmann::ordered_json;

Path belowScope(const FlatLayout& layout, const Path& path)
{
    return { path.begin() + static_cast<std::ptrdiff_t>(std::min(layout.scopeDepth(), path.size())), path.end() };
}

std::string containerKind(EntryKind kind)
{
    switch (kind) {
    case EntryKind::Dict: return "dict";
    case EntryKind::OrderedDict: return "OrderedDict";
    case EntryKind::List: return "list";
    case EntryKind::Tuple: return "tuple";
    default: return "object";
    }
}

// Every entry between the scope and a tensor of the layout, each before what it holds.
std::vector<TemplateContainer> containersOf(const FlatLayout& layout)
{
    const Checkpoint& checkpoint = layout.checkpoint();
    std::unordered_set<EntryOrdinal> seen;
    std::vector<TemplateContainer> containers;
    std::vector<EntryOrdinal> above;
    const auto add = [&](EntryOrdinal entry) {
        containers.push_back({ belowScope(layout, checkpoint.entryPath(entry)), containerKind(checkpoint.entries[entry].kind) });
    };
    if (checkpoint.entries[layout.scopeEntry()].kind != EntryKind::Tensor) {
        seen.insert(layout.scopeEntry());
        add(layout.scopeEntry());
    }
    for (const Segment& segment : layout.listed()) {
        EntryOrdinal at = layout.tensor(segment).entry;
        at = at == noOrdinal ? at : checkpoint.entries[at].parent;
        above.clear();
        for (; at != noOrdinal && seen.insert(at).second; at = checkpoint.entries[at].parent)
            above.push_back(at);
        for (std::size_t i = above.size(); i-- > 0;)
            add(above[i]);
    }
    return containers;
}

Json keyJson(const PathKey& key)
{
    const std::string text = escapedWhole(key.text);
    switch (key.kind) {
    case PathKey::Kind::String: return { { "key", text } };
    case PathKey::Kind::Repr: return { { "repr", text } };
    case PathKey::Kind::Attribute: return { { "attribute", text } };
    case PathKey::Kind::Integer:
    case PathKey::Kind::Index: break;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(key.text.data(), key.text.data() + key.text.size(), number);
    if (error != std::errc() || end != key.text.data() + key.text.size())
        return { { "repr", text } }; // an integer of more than 64 bits
    return { { key.kind == PathKey::Kind::Index ? "index" : "key", number } };
}

Json pathJson(const Path& path)
{
    Json json = Json::array();
    for (const PathKey& key : path)
        json.push_back(keyJson(key));
    return json;
}

Json segmentJson(const TemplateSegment& s)
{
    return { { "name", escapedWhole(s.name) }, { "path", pathJson(s.path) }, { "dtype", dtypeName(s.dtype) },
        { "shape", s.shape }, { "stride", s.stride }, { "offset", s.offset.value }, { "numel", s.numel.value },
        { "storage", escapedWhole(s.storage) }, { "storage_offset", s.storageOffset.value }, { "file", escapedWhole(s.file) },
        { "byte_offset", s.byteOffset ? Json(s.byteOffset->value) : Json() }, { "kind", tensorKindName(s.kind) },
        { "alias_of", s.aliasOf ? Json(escapedWhole(*s.aliasOf)) : Json() } };
}

} // namespace

Template makeTemplate(const FlatLayout& layout)
{
    const Checkpoint& checkpoint = layout.checkpoint();
    Template made;
    made.source = fileNameOf(checkpoint.path);
    made.container = checkpoint.container;
    made.scope = *layout.spec().scope;
    made.order = layout.spec().order;
    made.aliases = layout.spec().aliases;
    made.only = layout.spec().only;
    made.numel = layout.numel();
    made.containers = containersOf(layout);
    made.segments.reserve(layout.listed().size());
    for (const Segment& segment : layout.listed()) {
        const Tensor& tensor = layout.tensor(segment);
        const Storage& storage = checkpoint.storages[tensor.storage];
        TemplateSegment s;
        s.name = segment.name;
        s.path = belowScope(layout, checkpoint.entryPath(tensor.entry));
        s.dtype = tensor.dtype;
        s.shape = tensor.shape;
        s.stride = tensor.stride;
        s.offset = segment.offset;
        s.numel = segment.numel;
        s.storage = storage.id.text();
        s.storageOffset = tensor.storageOffset;
        s.file = storage.id.file < checkpoint.files.size() ? checkpoint.files[storage.id.file].name : std::string();
        if (storage.offset)
            s.byteOffset = *storage.offset + ByteCount(tensor.storageOffset.value * dtypeSize(storage.dtype));
        s.kind = tensor.kind;
        if (segment.aliasOf != noOrdinal)
            s.aliasOf = layout.listed()[segment.aliasOf].name;
        made.segments.push_back(std::move(s));
    }
    return made;
}

nlohmann::ordered_json toJson(const Template& t)
{
    Json containers = Json::array(), segments = Json::array();
    for (const TemplateContainer& container : t.containers)
        containers.push_back({ { "path", pathJson(container.path) }, { "kind", container.kind } });
    for (const TemplateSegment& segment : t.segments)
        segments.push_back(segmentJson(segment));
    Json json = { { "format", "ravel.layout/1" }, { "source", escapedWhole(t.source) }, { "container", t.container },
        { "scope", escapedWhole(t.scope) }, { "order", orderName(t.order) },
        { "aliases", t.aliases == Aliases::Once ? "once" : "repeat" } };
    if (!t.only.empty()) {
        Json only = Json::array();
        for (const std::string& filter : t.only)
            only.push_back(escapedWhole(filter));
        json["only"] = std::move(only);
    }
    json["numel"] = t.numel.value;
    json["containers"] = std::move(containers);
    json["segments"] = std::move(segments);
    return json;
}

} // namespace ravel
