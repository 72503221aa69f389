// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cliinfofacts.h"

#include "base/text.h"
#include "checkpoint/entrytext.h"

namespace ravel {

namespace {

// The first items of a list, each as `make` writes it.
template <class List, class Make> Json listOf(const List& list, std::size_t most, Make make)
{
    Json json = Json::array();
    for (const auto& item : list) {
        if (json.size() >= most)
            break;
        json.push_back(make(item));
    }
    return json;
}

Json kindsJson(const std::map<TensorKind, std::int64_t>& kinds)
{
    Json json = Json::object();
    for (const auto& [kind, n] : kinds)
        json[std::string(tensorKindName(kind))] = n;
    return json;
}

Json tensorsJson(const Checkpoint& checkpoint, const InfoFacts& facts, std::size_t most)
{
    Json json = Json::array();
    const Layers& layers = facts.contents.layers;
    for (TensorOrdinal t = 0; t < std::min(checkpoint.tensors.size(), most); ++t) {
        const Tensor& tensor = checkpoint.tensors[t];
        const std::uint32_t layer = layers.layerOf[t];
        Json item { { "name", escapedWhole(tensor.name) }, { "dtype", dtypeName(tensor.dtype) }, { "shape", tensor.shape },
            { "kind", tensorKindName(tensor.kind) }, { "kind_reason", tensor.kindReason } };
        item["kind_guess"] = layers.kinds[t].kind == TensorKind::Unknown ? Json(nullptr)
                                                                          : Json { { "kind", tensorKindName(layers.kinds[t].kind) }, { "reason", layers.kinds[t].reason } };
        item["layer"] = layer == noOrdinal ? Json(nullptr) : Json(escapedWhole(layers.list[layer].name));
        item["storage"] = tensor.storage == noOrdinal ? Json(nullptr) : Json(escapedWhole(checkpoint.storages[tensor.storage].id.text()));
        item["alias_of"] = facts.aliasOf[t] == noOrdinal ? Json(nullptr) : Json(escapedWhole(checkpoint.tensors[facts.aliasOf[t]].name));
        item["readable"] = tensor.readable;
        item["editable"] = tensor.editable;
        item["reason"] = tensor.reason;
        json.push_back(std::move(item));
    }
    return json;
}

} // namespace

Json infoJson(const Checkpoint& checkpoint, const InfoFacts& facts, std::size_t most)
{
    const Contents& contents = facts.contents;
    const auto storageName = [&](StorageOrdinal s) { return escapedWhole(checkpoint.storages[s].id.text()); };
    const auto tensorName = [&](TensorOrdinal t) { return escapedWhole(checkpoint.tensors[t].name); };
    const auto text = [](const std::string& bytes) { return Json(escapedWhole(bytes)); };
    Json dtypes = Json::array(), known = Json::object();
    for (const auto& [dtype, counts] : facts.dtypes)
        dtypes.push_back({ { "dtype", dtypeName(dtype) }, { "tensors", counts.tensors }, { "elements", counts.elements }, { "bytes", counts.bytes } });
    for (const auto& [key, value] : checkpoint.facts)
        known[escapedWhole(key)] = escapedWhole(value);
    Json json { { "path", escapedWhole(checkpoint.path) }, { "container", checkpoint.container },
        { "files", listOf(checkpoint.files, most, [](const SourceFile& file) { return Json { { "name", escapedWhole(file.name) }, { "size", file.status.identity.size } }; }) },
        { "size", contents.fileBytes }, { "writable", checkpoint.writable }, { "read_only_reason", escapedWhole(checkpoint.readOnlyReason) },
        { "scope", escapedWhole(facts.scope) }, { "tensors", checkpoint.tensors.size() }, { "kinds", kindsJson(facts.kinds) },
        { "guessed_kinds", kindsJson(facts.guessedKinds) }, { "unreadable", facts.unreadable }, { "not_editable", facts.notEditable },
        { "aliases", facts.aliases }, { "parameters", facts.parameters }, { "elements", facts.elements }, { "bytes", facts.bytes },
        { "no_vector", facts.noVector }, { "dtypes", dtypes }, { "storages", checkpoint.storages.size() }, { "storage_bytes", contents.storageBytes },
        { "hidden_bytes", contents.hiddenBytes }, { "hidden_bytes_exact", contents.hiddenExact },
        { "unviewed_storages", listOf(contents.unviewed, most, storageName) } };
    json["hidden"] = listOf(contents.hidden, most, [&](const HiddenPart& part) {
        return Json { { "storage", storageName(part.storage) }, { "tensor", tensorName(part.tensor) }, { "bytes", part.bytes }, { "exact", part.exact } };
    });
    json["shared_storages"] = listOf(contents.shared, most, [&](const SharedStorage& shared) {
        return Json { { "storage", storageName(shared.storage) }, { "shows", sharingText(shared.how) }, { "tensors", listOf(shared.tensors, most, tensorName) } };
    });
    json["compressed_records"] = listOf(contents.compressed, most, [&](RecordOrdinal r) {
        const Record& record = checkpoint.records[r];
        return Json { { "name", escapedWhole(record.name) }, { "stored", record.storedSize.value }, { "size", record.size.value } };
    });
    json["space"] = { { "storages", contents.numberBytes }, { "other_records", contents.otherRecordBytes }, { "between_records", contents.betweenBytes },
        { "alignment", contents.alignment }, { "misaligned_storages", contents.misaligned } };
    json["layers"] = listOf(contents.layers.list, most, [&](const Layer& layer) {
        return Json { { "name", escapedWhole(layer.name) }, { "kind", layer.kind.empty() ? "unknown" : escapedWhole(layer.kind) }, { "role", layer.role },
            { "guess", layer.isGuess }, { "reason", layer.reason }, { "tensors", layer.count } };
    });
    json["tensor_list"] = tensorsJson(checkpoint, facts, most);
    std::int64_t opaque = 0;
    for (const OpaqueClass& object : contents.objects)
        opaque += object.count;
    json["opaque_objects"] = opaque;
    json["objects"] = listOf(contents.objects, most, [&](const OpaqueClass& object) {
        return Json { { "class", escapedWhole(object.name) }, { "count", object.count }, { "first", escapedWhole(checkpoint.entryName(object.first)) },
            { "text", entryText(checkpoint, object.first, 400) } };
    });
    json["classes"] = listOf(checkpoint.classes, most, text);
    json["calls"] = listOf(checkpoint.calls, most, text);
    json["facts"] = known;
    json["other_entries"] = contents.values.size();
    json["entries"] = listOf(contents.values, most, [&](EntryOrdinal e) {
        return Json { { "name", escapedWhole(checkpoint.entryName(e)) }, { "value", checkpoint.entries[e].kind == EntryKind::None ? "None" : escaped(checkpoint.entries[e].value, 400) } };
    });
    json["messages"] = listOf(checkpoint.messages, most, text);
    return json;
}

} // namespace ravel
