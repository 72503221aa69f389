// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/quantity.h"
#include "checkpoint/checkpoint.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

enum class Order : std::uint8_t { Checkpoint, Sorted, File, Parameters };
enum class Aliases : std::uint8_t { Once, Repeat };
std::string_view orderName(Order);
std::optional<Order> orderFromName(std::string_view);

// Which tensors the flat vector holds and in which order; architecture.md sections 6 and 7. `sorted` compares string keys bytewise, and integer keys
// and list places, which come before them, as numbers, as JAX does.
struct LayoutSpec {
    std::optional<std::string> scope; // name of an entry, "" for the whole checkpoint; none: the usual home
    Order order = Order::Checkpoint;
    Aliases aliases = Aliases::Once;
    // GLOB, re:RE (ECMAScript, found anywhere in the name), dtype:D, kind:K; a tensor is in when one of them matches
    std::vector<std::string> only;
    bool operator==(const LayoutSpec&) const = default;
};

// One tensor's place in the flat vector. Its elements stand there in row-major order of its coordinates.
struct Segment {
    TensorOrdinal tensor = noOrdinal;
    std::string_view name; // below the scope, unique in the layout; into that
    FlatIndex offset;     // of its first element; of an alias: of that element in the segment it repeats
    Count numel;
    std::uint32_t aliasOf = noOrdinal; // ordinal of a segment in listed(): same storage elements (aliases once)
};

// A layout: the ordered list of segments. Immutable and shared. Tensors whose elements cannot be read have no segment.
class FlatLayout {
public:
    // Usage where scope or filter do not make sense, Limit where the vector would be longer than 2^63 - 1.
    static Result<std::shared_ptr<const FlatLayout>> make(std::shared_ptr<const Checkpoint>, const LayoutSpec&);

    // A layout whose tensors, order and aliases somebody else chose (a template): `aliasOf` is the place in the list of an earlier,
    // placed tensor. Usage where a tensor is not readable, stands outside the scope, or does not view what it is said to repeat. One that is
    // `absent` has its place though it cannot be read: nobody reads it there, and its statistics are those of no numbers.
    struct Listing {
        TensorOrdinal tensor = noOrdinal;
        std::uint32_t aliasOf = noOrdinal;
        bool absent = false;
    };
    static Result<std::shared_ptr<const FlatLayout>> makeListed(
        std::shared_ptr<const Checkpoint>, const LayoutSpec&, const std::vector<Listing>&);

    const Checkpoint& checkpoint() const { return *m_checkpoint; }
    std::shared_ptr<const Checkpoint> checkpointPtr() const { return m_checkpoint; }
    const LayoutSpec& spec() const { return m_spec; }   // with the scope that was chosen
    EntryOrdinal scopeEntry() const { return m_scopeEntry; }
    Count numel() const { return m_numel; }

    // Every tensor of the layout in order, aliases among them.
    const std::vector<Segment>& listed() const { return m_listed; }
    // Ordinals into listed() of those that have a place of their own, by ascending offset.
    const std::vector<std::uint32_t>& placed() const { return m_placed; }
    const Tensor& tensor(const Segment& s) const { return m_checkpoint->tensors[s.tensor]; }

    // Ordinal into placed() of the segment that holds a flat index; Usage outside [0, numel()). Empty segments hold none.
    Result<std::uint32_t> placedAt(FlatIndex) const;
    // Ordinals into placed() [first, last) of the non-empty segments that touch a range.
    std::pair<std::uint32_t, std::uint32_t> placedIn(FlatRange) const;
    // Ordinal into listed(); by name below the scope.
    std::optional<std::uint32_t> find(std::string_view name) const;
    // Ordinal into listed() of a tensor; none where the layout leaves it out.
    std::optional<std::uint32_t> segmentOf(TensorOrdinal) const;
    // The name below the scope of any tensor of the checkpoint, also of one that the layout leaves out; of one outside
    // the scope its name from the root.
    const std::string& nameOf(TensorOrdinal t) const { return m_names.empty() ? m_checkpoint->tensors[t].name : m_names[t]; }
    bool inScope(TensorOrdinal t) const { return m_inScope[t]; }
    // Any tensor below the scope, in the layout or not, readable or not.
    std::optional<TensorOrdinal> tensorNamed(std::string_view name) const;
    // What stands between the root's path and a tensor's name: the first component of its path that is below the scope.
    std::size_t scopeDepth() const { return m_scopeDepth; }

    FlatLayout(const FlatLayout&) = delete;
    FlatLayout& operator=(const FlatLayout&) = delete;

private:
    FlatLayout() = default;
    static Result<std::shared_ptr<FlatLayout>> named(std::shared_ptr<const Checkpoint>, const LayoutSpec&);
    Result<> append(TensorOrdinal, std::uint32_t aliasOf);
    void nameTensors();
    bool addName(TensorOrdinal);
    std::size_t placeOfName(std::string_view) const;
    Result<std::vector<TensorOrdinal>> chooseTensors() const;
    Result<> place(const std::vector<TensorOrdinal>&);

    std::shared_ptr<const Checkpoint> m_checkpoint;
    LayoutSpec m_spec;
    EntryOrdinal m_scopeEntry = 0;
    Count m_numel;
    std::vector<Segment> m_listed;
    std::vector<std::uint32_t> m_placed;
    std::size_t m_scopeDepth = 0;
    std::vector<std::string> m_names;                               // by tensor; empty: they are those of the checkpoint
    std::vector<bool> m_inScope;                                    // by tensor
    std::vector<TensorOrdinal> m_byName;                            // of those in the scope, where the hash of the name says or after that
    std::vector<std::uint32_t> m_segmentOf;                         // by tensor; noOrdinal
};

// The scope that is taken when none is given; section 6.
std::string usualScope(const Checkpoint&);

// The entry that a name of entries ("state_dict.encoder", "" for the root) means, escaped or not; the first where two are the same.
std::optional<EntryOrdinal> findEntry(const Checkpoint&, std::string_view name);

// The keys of a path from `from` on, joined by dots.
std::string joinedPath(const Path&, std::size_t from = 0);

// True where a glob (* ? [a-z] [!a-z], as Python's fnmatch; * matches dots too, a backslash is itself) matches the whole name. `?` is one
// code point.
bool globMatches(std::string_view pattern, std::string_view name);

// A name as the slice syntax takes it: escaped, and quoted as ["..."] where it holds one of []*?{}, begins with # or @, begins or ends with
// a blank, or is empty.
std::string quotedName(std::string_view name);

} // namespace ravel
