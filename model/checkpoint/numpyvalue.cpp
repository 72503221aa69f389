// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/numpyvalue.h"

#include "base/number.h"
#include "checkpoint/picklenames.h"
#include "checkpoint/spelling.h"

#include <algorithm>
#include <array>

namespace ravel {

namespace {

using Kind = PickleNode::Kind;

} // namespace

std::string latin1FromUtf8(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto c = takeLatin1(text, at);
        bytes += c ? static_cast<char>(*c) : text[at++];
    }
    return bytes;
}

bool isArrayCall(std::string_view function)
{
    return function == "numpy.core.multiarray._reconstruct" || function == "numpy._core.multiarray._reconstruct";
}

std::string numpyDtypeText(const Pickle& pickle, std::uint32_t index)
{
    if (pickle.nodes[index].kind != Kind::Call || globalName(pickle, pickle.nodes[index].items[0]) != "numpy.dtype")
        return {};
    const auto arguments = argumentsOf(pickle, index);
    if (arguments.empty() || pickle.nodes[arguments[0]].kind != Kind::String)
        return {};
    std::string order;
    const PickleAdditions& added = pickle.additionsOf(index);
    if (!added.state.empty()) {
        const PickleNode state = pickle.nodes[added.state.back()];
        if (state.kind != Kind::Tuple || state.items.size() < 2)
            return {};
        order = pickle.nodes[state.items[1]].text.substr(0, 1);
        for (std::size_t i = 2; i < std::min<std::size_t>(state.items.size(), 5); ++i)
            if (pickle.nodes.kind(state.items[i]) != Kind::None) // arrays of arrays, names, fields
                return {};
    }
    const std::string name(pickle.nodes[arguments[0]].text.substr(0, 16));
    return order == "<" || order == ">" ? order + name : name;
}

std::optional<Dtype> dtypeOfNumpy(std::string_view text)
{
    static constexpr std::array<std::pair<std::string_view, Dtype>, 14> names { {
        { "f8", Dtype::Float64 }, { "f4", Dtype::Float32 }, { "f2", Dtype::Float16 }, { "c8", Dtype::Complex64 },
        { "c16", Dtype::Complex128 }, { "i1", Dtype::Int8 }, { "i2", Dtype::Int16 }, { "i4", Dtype::Int32 },
        { "i8", Dtype::Int64 }, { "u1", Dtype::UInt8 }, { "u2", Dtype::UInt16 }, { "u4", Dtype::UInt32 },
        { "u8", Dtype::UInt64 }, { "b1", Dtype::Bool },
    } };
    if (!text.empty() && (text.front() == '<' || text.front() == '>' || text.front() == '|'))
        text.remove_prefix(1);
    const auto found = std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.first == text; });
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> encodedText(const Pickle& pickle, std::uint32_t index)
{
    const PickleNode call = pickle.nodes[index];
    if (call.kind != Kind::Call || globalName(pickle, call.items[0]) != "_codecs.encode")
        return std::nullopt;
    const auto arguments = argumentsOf(pickle, index);
    if (arguments.size() != 2 || pickle.nodes[arguments[0]].kind != Kind::String)
        return std::nullopt;
    const std::string_view encoding = pickle.nodes[arguments[1]].text;
    if (encoding != "latin1" && encoding != "latin-1" && encoding != "iso-8859-1")
        return std::nullopt;
    return arguments[0];
}

std::optional<ObjectView> numpyScalar(const Pickle& pickle, std::span<const std::uint32_t> arguments)
{
    if (arguments.size() != 2)
        return std::nullopt;
    const std::string name = numpyDtypeText(pickle, arguments[0]);
    const std::optional<Dtype> dtype = dtypeOfNumpy(name);
    const auto encoded = encodedText(pickle, arguments[1]);
    const PickleNode source = pickle.nodes[encoded.value_or(arguments[1])];
    if (source.kind != Kind::Bytes && source.kind != Kind::String)
        return std::nullopt;
    std::string bytes(source.text.substr(0, 64));
    if (encoded)
        bytes = latin1FromUtf8(bytes);
    if (!dtype || bytes.size() != static_cast<std::size_t>(dtypeSize(*dtype)))
        return std::nullopt;
    auto* first = reinterpret_cast<std::byte*>(bytes.data());
    if (name.front() == '>')
        swapBytes(*dtype, first, 1);
    const EntryKind kind = dtypeClass(*dtype) == DtypeClass::Bool ? EntryKind::Bool
        : isFloat(*dtype)                                         ? EntryKind::Float
        : isComplex(*dtype)                                       ? EntryKind::Complex
                                                                  : EntryKind::Integer;
    return ObjectView { kind, elementText(*dtype, first) };
}

} // namespace ravel
