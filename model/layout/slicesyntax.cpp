// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/slicesyntax.h"

#include "base/text.h"
#include "layout/locate.h"
#include "layout/sliceparser.h"

#include <charconv>

namespace ravel {

namespace {

tl::unexpected<SyntaxError> wrong(std::size_t position, std::string message)
{
    return tl::unexpected(SyntaxError { position, std::move(message) });
}

std::optional<TensorOrdinal> findTensor(const FlatLayout& layout, std::string_view name)
{
    // Names are shown escaped, so an escape means what it stands for before it means itself: a key that holds the four
    // characters \\xff is shown as \\x5cxff, and is not taken for the byte.
    if (const auto found = layout.tensorNamed(unescaped(name)))
        return found;
    return layout.tensorNamed(name);
}

bool nameMatches(std::string_view pattern, std::string_view name)
{
    if (globMatches(pattern, name))
        return true;
    const std::string shown = escapedWhole(name);
    return shown != name && globMatches(pattern, shown);
}

// "0x1f" or "31", below 2^63.
std::optional<std::int64_t> parseAddress(std::string_view text)
{
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || text.starts_with('-'))
        return std::nullopt;
    return value;
}

// One call's text and layout; positions are those of the text as it was typed.
class Parser {
public:
    Parser(const FlatLayout& layout, std::string_view text)
        : m_layout(layout)
        , m_text(text)
    {
    }

    tl::expected<Selection, SyntaxError> parse() const
    {
        // A quoted name means the name inside, also where another tensor's name looks like a quoted one.
        if (m_text.starts_with("[\""))
            if (const auto quoted = parseQuoted(0, m_text.size()))
                return quoted;
        if (const auto exact = findTensor(m_layout, m_text))
            return whole(*exact, 0);
        const std::size_t begin = m_text.find_first_not_of(" \t");
        if (begin == std::string_view::npos)
            return wrong(0, "a name, a slice, #index or @byte is missing");
        const std::size_t end = m_text.find_last_not_of(" \t") + 1;
        const std::string_view trimmed = m_text.substr(begin, end - begin);
        if (const auto exact = findTensor(m_layout, trimmed))
            return whole(*exact, begin);
        if (trimmed[0] == '#')
            return parseFlatRange(m_layout, trimmed.substr(1), begin + 1);
        if (trimmed[0] == '@')
            return parseByte(begin + 1, end);
        if (trimmed.starts_with("[\""))
            return parseQuoted(begin, end);
        if (trimmed.starts_with("name[\""))
            return parseQuoted(begin + 4, end);
        if (trimmed.back() == ']')
            if (const auto sliced = parseNamedSlice(begin, end))
                return *sliced;
        return parseGlob(begin, trimmed);
    }

private:
    using Parsed = tl::expected<Selection, SyntaxError>;

    Parsed whole(TensorOrdinal tensor, std::size_t position) const
    {
        if (const auto readable = checkReadable(tensor, position); !readable)
            return tl::unexpected(readable.error());
        return Selection { { wholeBox(m_layout.checkpoint(), tensor) }, {} };
    }

    tl::expected<void, SyntaxError> checkReadable(TensorOrdinal tensor, std::size_t position) const
    {
        const Tensor& t = m_layout.checkpoint().tensors[tensor];
        if (t.readable && t.storage != noOrdinal)
            return {};
        return wrong(position, "'" + escaped(m_layout.nameOf(tensor), 80) + "' can't be read"
                + (t.reason.empty() ? std::string() : ": " + t.reason));
    }

    // The tensor's box with the slices in m_text[begin, end), which begins with [ and ends with ].
    Parsed sliced(TensorOrdinal tensor, std::size_t namePosition, std::size_t begin, std::size_t end) const
    {
        if (const auto readable = checkReadable(tensor, namePosition); !readable)
            return tl::unexpected(readable.error());
        auto slices = parseSlices(m_layout.checkpoint().tensors[tensor].shape, m_text.substr(begin + 1, end - begin - 2), begin + 1);
        if (!slices)
            return tl::unexpected(slices.error());
        return Selection { { { tensor, std::move(*slices) } }, {} };
    }

    Parsed parseByte(std::size_t begin, std::size_t end) const
    {
        const std::string_view text = m_text.substr(begin, end - begin);
        const std::size_t colon = text.find(':');
        std::optional<std::int64_t> file = 0;
        std::string_view address = text;
        if (colon != std::string_view::npos) {
            file = parseAddress(text.substr(0, colon));
            address = text.substr(colon + 1);
        }
        const auto byte = parseAddress(address);
        if (!file || *file >= noOrdinal)
            return wrong(begin, "the number of the file before the colon is not one");
        if (!byte)
            return wrong(begin + (text.size() - address.size()), "a byte's place is a number such as 0x2c0a or 11274");
        const auto place = placeOfByte(m_layout, static_cast<std::uint32_t>(*file), ByteOffset(*byte));
        if (!place)
            return wrong(begin, place.error().message);
        return Selection { { elementBox(place->tensor, place->coordinates) }, {} };
    }

    // ["name"] (or name["name"]) and, perhaps, [slices]: the first "] after which the rest makes sense and before which there is a name.
    Parsed parseQuoted(std::size_t begin, std::size_t end) const
    {
        const std::size_t start = begin + 2;
        std::string_view first;
        for (std::size_t close = m_text.find("\"]", start); close != std::string_view::npos && close + 2 <= end;
             close = m_text.find("\"]", close + 1)) {
            const std::string_view name = m_text.substr(start, close - start);
            if (first.data() == nullptr)
                first = name;
            const std::size_t after = m_text.find_first_not_of(" \t", close + 2);
            const bool isWhole = after == std::string_view::npos || after >= end;
            if (!isWhole && (m_text[after] != '[' || m_text[end - 1] != ']'))
                continue;
            if (const auto tensor = findTensor(m_layout, name))
                return isWhole ? whole(*tensor, start) : sliced(*tensor, start, after, end);
        }
        if (first.data() == nullptr)
            return wrong(begin, "the quoted name is not closed with \"]");
        return wrong(start, noTensor(first));
    }

    std::string noTensor(std::string_view name) const
    {
        const std::string& scope = *m_layout.spec().scope;
        return "there is no tensor '" + escaped(name, 80) + "'"
            + (scope.empty() ? std::string() : " below '" + escaped(scope, 80) + "'");
    }

    // name[slices]; none where the text may still be a glob.
    std::optional<Parsed> parseNamedSlice(std::size_t begin, std::size_t end) const
    {
        const std::size_t open = m_text.rfind('[', end - 1);
        if (open == std::string_view::npos || open < begin)
            return std::nullopt;
        std::string_view name = m_text.substr(begin, open - begin);
        name = name.substr(0, name.find_last_not_of(" \t") + 1);
        if (const auto tensor = findTensor(m_layout, name))
            return sliced(*tensor, begin, open, end);
        const std::string_view inside = m_text.substr(open + 1, end - open - 2);
        const bool isSlice = inside.find_first_not_of("0123456789+-:., \t") == std::string_view::npos;
        if (!isSlice || parseGlob(begin, m_text.substr(begin, end - begin)))
            return std::nullopt;
        if (name.find_first_of("[]*?") == std::string_view::npos)
            return Parsed(wrong(begin, noTensor(name)));
        return Parsed(wrong(begin, "a slice takes one tensor by its name, '" + escaped(name, 80) + "' is a pattern"));
    }

    Parsed parseGlob(std::size_t begin, std::string_view pattern) const
    {
        Selection selection;
        const bool isPattern = pattern.find_first_of("*?[") != std::string_view::npos;
        if (isPattern) {
            selectListed(pattern, selection);
            if (selection.boxes.empty())
                selectUnlisted(pattern, selection);
        }
        if (!selection.boxes.empty())
            return selection;
        const std::size_t open = pattern.find('[');
        if (open != std::string_view::npos && pattern.find(']', open) == std::string_view::npos && findTensor(m_layout, pattern.substr(0, open)))
            return wrong(begin + open, "the bracket is not closed"); // a slice that is being typed
        if (isPattern)
            return wrong(begin, "no tensor's name matches '" + escaped(pattern, 80) + "'");
        return wrong(begin, noTensor(pattern));
    }

    // Tensors of the layout; an alias only where the one that it repeats does not match.
    void selectListed(std::string_view pattern, Selection& selection) const
    {
        const auto& listed = m_layout.listed();
        std::vector<bool> covered(listed.size(), false);
        for (std::size_t i = 0; i < listed.size(); ++i) {
            if (!nameMatches(pattern, listed[i].name))
                continue;
            const std::size_t owner = listed[i].aliasOf == noOrdinal ? i : listed[i].aliasOf;
            if (!covered[owner])
                selection.boxes.push_back(wholeBox(m_layout.checkpoint(), listed[i].tensor));
            covered[owner] = true;
        }
    }

    // Tensors below the scope that the layout leaves out: for patterns that mean none of the layout's.
    void selectUnlisted(std::string_view pattern, Selection& selection) const
    {
        const auto& tensors = m_layout.checkpoint().tensors;
        for (TensorOrdinal t = 0; t < tensors.size(); ++t)
            if (m_layout.inScope(t) && tensors[t].readable && tensors[t].storage != noOrdinal
                && nameMatches(pattern, m_layout.nameOf(t)))
                selection.boxes.push_back(wholeBox(m_layout.checkpoint(), t));
    }

    const FlatLayout& m_layout;
    std::string_view m_text;
};

} // namespace

tl::expected<Selection, SyntaxError> parseSelection(const FlatLayout& layout, std::string_view text)
{
    return Parser(layout, text).parse();
}

} // namespace ravel
