// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/bytes.h"
#include "checkpoint/npy.h"
#include "checkpoint/npyliteral.h"

#include <algorithm>
#include <charconv>

namespace ravel {

namespace {

constexpr std::string_view magic = "\x93NUMPY";

using Kind = NpyLiteral::Kind;

tl::unexpected<Error> bad(const std::string& what) { return fail(ErrorCode::Format, "npy header: " + what); }

struct NamedDtype {
    std::string_view descr; // without the byte order
    Dtype dtype;
};

constexpr NamedDtype namedDtypes[] = {
    { "f8", Dtype::Float64 }, { "f4", Dtype::Float32 }, { "f2", Dtype::Float16 }, { "c8", Dtype::Complex64 },
    { "c16", Dtype::Complex128 }, { "i1", Dtype::Int8 }, { "i2", Dtype::Int16 }, { "i4", Dtype::Int32 },
    { "i8", Dtype::Int64 }, { "u1", Dtype::UInt8 }, { "u2", Dtype::UInt16 }, { "u4", Dtype::UInt32 },
    { "u8", Dtype::UInt64 }, { "b1", Dtype::Bool }, { "?", Dtype::Bool },
};

struct Item {
    Dtype dtype = Dtype::Opaque;
    std::int64_t size = 0;
    bool bigEndian = false;
};

// The size of an element of bytes or text: "S10", "U5" (four bytes a character), "V12", "M8[ns]", "f16".
Result<std::int64_t> opaqueSize(std::string_view descr, std::string_view code)
{
    const std::string shown = "dtype " + inQuotes(descr);
    if (code.empty() || std::string_view("SaUVMmfcbiu").find(code[0]) == std::string_view::npos)
        return bad(shown + " is not one that is known");
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(code.data() + 1, code.data() + code.size(), size);
    const bool unit = end != code.data() + code.size() && *end == '[' && (code[0] == 'M' || code[0] == 'm');
    if (error != std::errc() || size < 0 || (end != code.data() + code.size() && !unit))
        return bad(shown + " is not one that is known");
    if (size == 0)
        return bad(shown + " has elements of no bytes");
    if (!checkedMultiply(size, code[0] == 'U' ? 4 : 1, size))
        return bad(shown + " has elements of more than 2^63 bytes");
    return size;
}

Result<Item> parseDescr(std::string_view descr)
{
    std::string_view code = descr;
    const char order = code.empty() ? ' ' : code[0];
    const bool hasOrder = order == '<' || order == '>' || order == '|' || order == '=';
    if (hasOrder)
        code.remove_prefix(1);
    if (code.starts_with('O'))
        return fail(ErrorCode::Refused, "npy header: an object array, whose data is a pickle of Python objects: it is not read");
    for (const NamedDtype& named : namedDtypes)
        if (named.descr == code)
            return Item { named.dtype, dtypeSize(named.dtype), order == '>' && dtypeSwapSize(named.dtype) > 1 };
    RAVEL_ASSIGN(const std::int64_t size, opaqueSize(descr, code));
    return Item { Dtype::Opaque, size, false };
}

// A structured dtype is a list of (name, dtype) or (name, dtype, shape); the literal's own depth bounds this recursion.
Result<Item> parseDtype(const NpyLiteral& literal)
{
    if (literal.kind == Kind::String)
        return parseDescr(literal.text);
    if (literal.kind != Kind::List)
        return bad("descr is neither a string nor a list of fields, a dtype is expected");
    Item whole;
    for (const NpyLiteral& field : literal.items) {
        if (field.kind != Kind::Tuple || field.items.size() < 2 || field.items.size() > 3)
            return bad("a field of the dtype is not a name and a dtype");
        RAVEL_ASSIGN(const Item item, parseDtype(field.items[1]));
        std::int64_t size = item.size;
        if (field.items.size() == 3) {
            const NpyLiteral& shape = field.items[2];
            const std::vector<NpyLiteral> one { shape };
            for (const NpyLiteral& count : shape.kind == Kind::Tuple ? shape.items : one)
                if (count.kind != Kind::Integer || count.integer < 0 || !checkedMultiply(size, count.integer, size))
                    return bad("the shape of a field of the dtype is not made of sizes that fit");
        }
        if (!checkedAdd(whole.size, size, whole.size))
            return bad("its dtype has elements of more than 2^63 bytes");
    }
    if (whole.size == 0)
        return bad("its dtype has elements of no bytes");
    return whole;
}

Result<std::vector<std::int64_t>> parseShape(const NpyLiteral& literal)
{
    constexpr std::size_t mostDimensions = 64;
    if (literal.kind != Kind::Tuple)
        return bad("shape is not a tuple");
    if (literal.items.size() > mostDimensions)
        return bad("shape has " + std::to_string(literal.items.size()) + " sizes, the limit is 64");
    std::vector<std::int64_t> shape;
    for (const NpyLiteral& size : literal.items) {
        if (size.kind != Kind::Integer)
            return bad("shape holds something that is no whole number");
        if (size.integer < 0)
            return bad("shape holds the negative size " + std::to_string(size.integer));
        shape.push_back(size.integer);
    }
    return shape;
}

Result<> fill(const NpyLiteral& literal, NpyHeader& header)
{
    if (literal.kind != Kind::Dict)
        return bad("it is not a dict of descr, fortran_order and shape");
    const NpyLiteral* found[3] = {};
    constexpr std::string_view names[3] = { "descr", "fortran_order", "shape" };
    for (std::size_t i = 0; i + 1 < literal.items.size(); i += 2) {
        const NpyLiteral& key = literal.items[i];
        const auto* name = std::find(std::begin(names), std::end(names), key.text);
        if (key.kind != Kind::String || name == std::end(names))
            return bad("the key " + inQuotes(key.text) + " is not descr, fortran_order or shape");
        const NpyLiteral*& place = found[name - std::begin(names)];
        if (place)
            return bad("the key " + inQuotes(key.text) + " is there twice");
        place = &literal.items[i + 1];
    }
    for (std::size_t i = 0; i < 3; ++i)
        if (!found[i])
            return bad("the key " + std::string(names[i]) + " is missing");
    if (found[0]->kind == Kind::String)
        header.descr = found[0]->text;
    if (found[1]->kind != Kind::Bool)
        return bad("fortran_order is neither True nor False");
    header.fortranOrder = found[1]->truth;
    RAVEL_ASSIGN(header.shape, parseShape(*found[2]));
    RAVEL_ASSIGN(const Item item, parseDtype(*found[0]));
    header.dtype = item.dtype;
    header.itemSize = item.size;
    header.bigEndian = item.bigEndian;
    return {};
}

Result<NpyHeader> parse(std::span<const std::byte> bytes, std::int64_t limit)
{
    if (!textOf(bytes).starts_with(magic))
        return bad("its magic is missing, no numpy file");
    if (bytes.size() < 10)
        return bad("truncated after " + std::to_string(bytes.size()) + " bytes");
    const int major = std::to_integer<int>(bytes[6]);
    const int minor = std::to_integer<int>(bytes[7]);
    if (major < 1 || major > 3 || minor != 0)
        return fail(ErrorCode::Unsupported, "npy header: version " + std::to_string(major) + '.' + std::to_string(minor)
                + " is not known, 1.0 to 3.0 are");
    const int lengthBytes = major == 1 ? 2 : 4;
    const std::size_t start = 8 + static_cast<std::size_t>(lengthBytes);
    if (bytes.size() < start)
        return bad("truncated after " + std::to_string(bytes.size()) + " bytes");
    const std::uint64_t length = littleEndian(&bytes[8], lengthBytes);
    if (length > static_cast<std::uint64_t>(limit))
        return fail(ErrorCode::Limit, "npy header: its length is " + std::to_string(length) + " bytes, the limit is " + std::to_string(limit));
    if (length > bytes.size() - start)
        return bad("truncated: its length is " + std::to_string(length) + " bytes, only " + std::to_string(bytes.size() - start) + " are there");
    const auto literal = parseNpyLiteral(textOf(bytes.subspan(start, length)));
    if (!literal)
        return bad(literal.error().message);
    NpyHeader header;
    RAVEL_TRY(fill(*literal, header));
    header.dataOffset = ByteOffset(static_cast<std::int64_t>(start + length));
    return header;
}

std::string_view descrOf(Dtype dtype)
{
    switch (dtype) {
    case Dtype::Float64: return "<f8";
    case Dtype::Float32: return "<f4";
    case Dtype::Float16: return "<f2";
    case Dtype::Complex64: return "<c8";
    case Dtype::Complex128: return "<c16";
    case Dtype::Int16: return "<i2";
    case Dtype::Int32:
    case Dtype::QInt32: return "<i4";
    case Dtype::Int64: return "<i8";
    case Dtype::UInt16: return "<u2";
    case Dtype::UInt32: return "<u4";
    case Dtype::UInt64: return "<u8";
    case Dtype::Int8:
    case Dtype::QInt8: return "|i1";
    case Dtype::UInt8:
    case Dtype::QUInt8: return "|u1";
    case Dtype::Bool: return "|b1";
    case Dtype::BFloat16: return "<V2";
    default: return "<V1";
    }
}

} // namespace

Result<NpyHeader> parseNpyHeader(std::span<const std::byte> bytes, const std::string& what, std::int64_t limit)
{
    auto header = parse(bytes, limit);
    if (!header)
        header.error().message = what + ": " + header.error().message;
    return header;
}

std::vector<std::byte> makeNpyHeader(Dtype dtype, std::span<const std::int64_t> shape)
{
    std::string text = "{'descr': '" + std::string(descrOf(dtype)) + "', 'fortran_order': False, 'shape': (";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i ? ", " : "") + std::to_string(shape[i]);
    text += shape.size() == 1 ? ",), }" : "), }";
    constexpr std::size_t align = 64;
    constexpr std::size_t mostOfVersion1 = 0xffff;
    int lengthBytes = 2;
    const auto whole = [&] { return (8 + static_cast<std::size_t>(lengthBytes) + text.size() + 1 + align - 1) / align * align; };
    if (whole() > mostOfVersion1)
        lengthBytes = 4;
    text.resize(whole() - 8 - static_cast<std::size_t>(lengthBytes) - 1, ' ');
    text += '\n';
    std::string all(magic);
    all += static_cast<char>(lengthBytes == 2 ? 1 : 2);
    all += '\0';
    for (int i = 0; i < lengthBytes; ++i)
        all += static_cast<char>(text.size() >> (8 * i) & 0xff);
    all += text;
    const auto* first = reinterpret_cast<const std::byte*>(all.data());
    return { first, first + all.size() };
}

} // namespace ravel
