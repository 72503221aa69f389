// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// An assembler of pickles: each function gives the opcodes that leave one object on the stack. A pickle is such a text and '.'.
namespace pickletext {

using Code = std::string;

inline Code littleEndian(std::uint64_t value, int width)
{
    Code code;
    for (int i = 0; i < width; ++i)
        code += static_cast<char>(value >> (8 * i) & 0xff);
    return code;
}
inline Code text(const std::string& value) { return 'X' + littleEndian(value.size(), 4) + value; }
inline Code bytes(const std::string& value) { return 'B' + littleEndian(value.size(), 4) + value; }
inline Code number(std::int64_t value) { return std::string("\x8a\x08") + littleEndian(static_cast<std::uint64_t>(value), 8); }
inline Code real(const std::string& decimal) { return 'F' + decimal + '\n'; }
inline Code boolean(bool value) { return value ? "\x88" : "\x89"; }
inline Code none() { return "N"; }
inline Code joined(const std::vector<Code>& parts)
{
    Code code;
    for (const Code& part : parts)
        code += part;
    return code;
}
inline Code tuple(const std::vector<Code>& items) { return '(' + joined(items) + 't'; }
inline Code list(const std::vector<Code>& items) { return "](" + joined(items) + 'e'; }
inline Code set(const std::vector<Code>& items) { return "\x8f(" + joined(items) + "\x90"; }
inline Code setItems(const std::vector<Code>& pairs) { return '(' + joined(pairs) + 'u'; } // behind the object
inline Code dict(const std::vector<Code>& pairs) { return '}' + setItems(pairs); }
inline Code global(const std::string& module, const std::string& name) { return 'c' + module + '\n' + name + '\n'; }
inline Code call(const Code& callable, const std::vector<Code>& arguments) { return callable + tuple(arguments) + 'R'; }
inline Code newObject(const Code& callable, const std::vector<Code>& arguments) { return callable + tuple(arguments) + "\x81"; }
inline Code build(const Code& object, const Code& state) { return object + state + 'b'; }
inline Code persistent(const Code& id) { return id + 'Q'; }
inline Code remember(const Code& object, int slot) { return object + 'q' + static_cast<char>(slot); }
inline Code recall(int slot) { return std::string("h") + static_cast<char>(slot); }

inline Code numbers(const std::vector<std::int64_t>& values)
{
    std::vector<Code> codes;
    for (const std::int64_t value : values)
        codes.push_back(number(value));
    return tuple(codes);
}
inline Code orderedDict(const std::vector<Code>& pairs)
{
    return call(global("collections", "OrderedDict"), {}) + setItems(pairs);
}
inline Code storage(const std::string& key, std::int64_t numel, const std::string& name = "FloatStorage",
    const std::string& device = "cpu", const Code& view = {})
{
    std::vector<Code> parts { text("storage"), global("torch", name), text(key), text(device), number(numel) };
    if (!view.empty())
        parts.push_back(view);
    return persistent(tuple(parts));
}
// torch._utils._rebuild_tensor_v2, without hooks.
inline Code tensor(const Code& storage, std::int64_t offset, const std::vector<std::int64_t>& shape,
    const std::vector<std::int64_t>& stride, bool requiresGrad = false)
{
    return call(global("torch._utils", "_rebuild_tensor_v2"),
        { storage, number(offset), numbers(shape), numbers(stride), boolean(requiresGrad), orderedDict({}) });
}
// Six floats of storage `key` as 2 x 3.
inline Code plainTensor(const std::string& key = "0") { return tensor(storage(key, 6), 0, { 2, 3 }, { 3, 1 }); }
inline Code parameter(const Code& tensor, bool requiresGrad = true)
{
    return call(global("torch._utils", "_rebuild_parameter"), { tensor, boolean(requiresGrad), orderedDict({}) });
}

} // namespace pickletext
