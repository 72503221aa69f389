// SPDX-License-Identifier: GPL-3.0-or-later
#include "torch/treevalue.h"

#include "base/text.h"

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <charconv>
#include <map>
#include <vector>

namespace ravel {

namespace {

// The paths as a tree in one flat array; children stand after their parents, so values are made from the back.
struct Node {
    PathKey key;
    std::size_t parent = 0;
    std::size_t segment = SIZE_MAX; // a leaf's
    std::string kind = "dict";
    std::vector<std::size_t> children;
};

using Index = std::map<std::pair<std::size_t, std::string>, std::size_t>;

std::string indexKey(const PathKey& key) { return std::to_string(static_cast<int>(key.kind)) + key.text; }

std::size_t nodeAt(std::vector<Node>& nodes, Index& index, const Path& path)
{
    std::size_t at = 0;
    for (const PathKey& key : path) {
        const auto [found, isNew] = index.try_emplace({ at, indexKey(key) }, nodes.size());
        if (isNew) {
            nodes.push_back({ key, at, SIZE_MAX, key.kind == PathKey::Kind::Index ? "list" : "dict", {} });
            nodes[at].children.push_back(found->second);
        }
        at = found->second;
    }
    return at;
}

Result<std::int64_t> integerOf(const std::string& text, const std::string& name)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return fail(ErrorCode::Unsupported, "LibTorch cannot write the key " + escaped(text) + " of " + name);
    return value;
}

Result<c10::IValue> keyValue(const PathKey& key, const std::string& name)
{
    if (key.kind == PathKey::Kind::String)
        return c10::IValue(key.text);
    if (key.kind == PathKey::Kind::Integer) {
        RAVEL_ASSIGN(const std::int64_t value, integerOf(key.text, name));
        return c10::IValue(value);
    }
    return fail(ErrorCode::Unsupported, "LibTorch writes only string and integer keys, not " + escaped(key.text)
            + " of " + name + "; a .safetensors output takes any name");
}

Result<c10::IValue> sequenceValue(const Node& node, std::vector<c10::IValue>& made,
    const std::vector<Node>& nodes, const std::string& name)
{
    std::vector<c10::IValue> items(node.children.size());
    for (const std::size_t child : node.children) {
        RAVEL_ASSIGN(const std::int64_t at, integerOf(nodes[child].key.text, name));
        if (at < 0 || at >= static_cast<std::int64_t>(items.size()) || !items[static_cast<std::size_t>(at)].isNone())
            return fail(ErrorCode::Unsupported, "the list " + name + " has entries that are no tensors, which a template does not hold");
        items[static_cast<std::size_t>(at)] = made[child];
    }
    if (node.kind == "tuple")
        return c10::IValue(c10::ivalue::Tuple::create(std::move(items)));
    c10::impl::GenericList list(c10::AnyType::get());
    for (c10::IValue& item : items)
        list.push_back(std::move(item));
    return c10::IValue(std::move(list));
}

std::string nameOf(const std::vector<Node>& nodes, std::size_t at)
{
    std::string name;
    for (; at != 0; at = nodes[at].parent)
        name = nodes[at].key.text + (name.empty() ? "" : ".") + name;
    return name.empty() ? "the root" : escaped(name);
}

} // namespace

Result<c10::IValue> treeValue(const Template& made, const std::function<at::Tensor(std::size_t)>& tensor)
{
    std::vector<Node> nodes(1);
    Index index;
    for (std::size_t i = 0; i < made.segments.size(); ++i) {
        const std::size_t at = nodeAt(nodes, index, made.segments[i].path);
        if (nodes[at].segment != SIZE_MAX || !nodes[at].children.empty())
            return fail(ErrorCode::Format, "the template has two places for " + escaped(made.segments[i].name));
        nodes[at].segment = i;
    }
    for (const TemplateContainer& container : made.containers)
        nodes[nodeAt(nodes, index, container.path)].kind = container.kind;

    std::vector<c10::IValue> values(nodes.size());
    for (std::size_t i = nodes.size(); i-- > 0;) {
        const Node& node = nodes[i];
        if (node.segment != SIZE_MAX) {
            if (!node.children.empty())
                return fail(ErrorCode::Format, nameOf(nodes, i) + " is a tensor and a container in the template");
            values[i] = tensor(node.segment);
        } else if (node.kind == "list" || node.kind == "tuple") {
            RAVEL_ASSIGN(values[i], sequenceValue(node, values, nodes, nameOf(nodes, i)));
        } else {
            c10::impl::GenericDict dict(c10::AnyType::get(), c10::AnyType::get());
            for (const std::size_t child : node.children) {
                RAVEL_ASSIGN(c10::IValue key, keyValue(nodes[child].key, nameOf(nodes, i)));
                dict.insert(std::move(key), values[child]);
            }
            values[i] = c10::IValue(std::move(dict));
        }
    }
    return values[0];
}

} // namespace ravel
