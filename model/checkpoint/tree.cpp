// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "checkpoint/bytes.h"
#include "checkpoint/kind.h"
#include "checkpoint/names.h"
#include "checkpoint/numpyarray.h"
#include "checkpoint/pickleobjects.h"
#include "checkpoint/treebudget.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr std::size_t valueBudget = 32 << 20;   // bytes of all values shown; beyond it they are cut short
constexpr std::size_t longValue = 64 << 10, shortValue = 15;
constexpr std::size_t scalarBudget = 1'000'000; // entries shown without a tensor below them; beyond it a hundred for each container
constexpr std::size_t fewScalars = 100;
constexpr std::uint64_t entryBytes = sizeof(Entry) + 32;    // with what the walk keeps of it
constexpr std::uint64_t usualKey = 32;                      // bytes
constexpr std::uint64_t tensorBytes = sizeof(Tensor) + 256; // with shape, stride, and its name among all names
constexpr std::size_t problemsNamed = 20;

struct Tree {
    std::vector<Entry> entries;
    std::vector<Tensor> tensors;
    std::vector<std::string> problems; // of tensors and storages, the first ones
    std::size_t problemCount = 0;
    bool tooDeep = false;
    bool valuesCut = false;
    bool hasReferences = false;
};

// Walks the object graph depth first, without recursion, and writes entries and tensors.
class TreeWalk {
public:
    // Once: a container that stands in several places is expanded in the first, and referred to in the others. Always: it
    // is expanded in each of them, save inside itself.
    enum class Expand { Once, Always };

    // `memory`: bytes that the tree may take.
    TreeWalk(const Pickle& pickle, ObjectReader& objects, TensorReader& tensorReader, const Limits& limits, Expand expand,
        std::uint64_t largest, std::int64_t memory)
        : m_pickle(pickle)
        , m_objects(objects)
        , m_tensorReader(tensorReader)
        , m_limits(limits)
        , m_expand(expand)
        , m_largest(std::min(largest, static_cast<std::uint64_t>(limits.entries)))
        , m_memory(memory)
        , m_expandedAt(pickle.nodes.size(), noOrdinal)
        , m_scalars(std::min<std::size_t>(scalarBudget, static_cast<std::size_t>(std::max<std::int64_t>(memory, 0)) / (entryBytes + usualKey)))
    {
    }

    Result<> run(const Job&);
    Tree& tree() { return m_tree; }
    std::int64_t spent() const { return m_spent; }

private:
    struct Pending {
        EntryOrdinal entry;
        std::uint32_t node;
        std::uint32_t depth;
    };

    Result<> visit(const Pending&);
    Result<> place(const Pending&, DescribedTensor);
    Result<> expand(const Pending&);
    Result<> addChildren(const Pending&, std::vector<ObjectPart>, std::vector<std::string> texts = {});
    bool refersBack(const Pending&);
    bool isInside(EntryOrdinal, std::uint32_t node) const;
    void note(std::string_view what, const std::string& name, const std::string& problem);
    void decideKind(const DescribedTensor&, Tensor&) const;
    void setValue(Entry&, std::string);
    std::size_t longestValue() const { return m_valueBytes < valueBudget ? longValue : shortValue; }
    std::string nameOf(EntryOrdinal, std::size_t longest) const;
    Result<> spend(std::uint64_t bytes);
    Result<> tooLarge() const;

    const Pickle& m_pickle;
    ObjectReader& m_objects;
    TensorReader& m_tensorReader;
    const Limits& m_limits;
    Expand m_expand;
    std::uint64_t m_largest;
    std::int64_t m_memory;
    std::int64_t m_spent = 0;
    std::vector<EntryOrdinal> m_expandedAt; // by node
    std::vector<std::uint32_t> m_nodeOf;    // by entry
    std::vector<Pending> m_pending;
    TensorNames m_names;
    std::size_t m_valueBytes = 0;
    std::size_t m_scalars; // that may still be shown
    Tree m_tree;
};

Result<> TreeWalk::run(const Job& job)
{
    m_tree.entries.emplace_back();
    m_nodeOf.push_back(m_pickle.root);
    m_pending.push_back({ 0, m_pickle.root, 0 });
    for (std::uint64_t steps = 0; !m_pending.empty(); ++steps) {
        if (steps % 4096 == 0)
            RAVEL_TRY(job.check());
        const Pending next = m_pending.back();
        m_pending.pop_back();
        RAVEL_TRY(visit(next));
    }
    return {};
}

Result<> TreeWalk::visit(const Pending& at)
{
    if (auto described = m_tensorReader.read(at.node))
        return place(at, std::move(*described));
    ObjectView view = m_objects.view(at.node, longestValue());
    Entry& entry = m_tree.entries[at.entry];
    entry.kind = view.kind;
    entry.size = view.size;
    setValue(entry, std::move(view.value));
    if (!view.problem.empty())
        note("storage", nameOf(at.entry, 300), view.problem);
    if (!view.hasParts)
        return {};
    if (refersBack(at)) {
        m_tree.hasReferences = true;
        entry.kind = EntryKind::Reference;
        entry.target = m_expandedAt[at.node];
        setValue(entry, nameOf(entry.target, std::min<std::size_t>(longestValue(), 300)));
        return {};
    }
    if (at.depth >= static_cast<std::uint64_t>(m_limits.shownDepth)) {
        m_tree.tooDeep = true;
        entry.kind = EntryKind::Other;
        setValue(entry, "nested deeper than " + std::to_string(m_limits.shownDepth) + " levels: not shown");
        return {};
    }
    return expand(at);
}

// Whether the node was expanded before, in a place that makes this one a reference to it.
bool TreeWalk::refersBack(const Pending& at)
{
    if (m_expandedAt[at.node] == noOrdinal)
        return false;
    if (m_expand == Expand::Once)
        return true;
    for (EntryOrdinal e = m_tree.entries[at.entry].parent; e != noOrdinal; e = m_tree.entries[e].parent) {
        if (m_nodeOf[e] != at.node)
            continue;
        m_expandedAt[at.node] = e;
        return true;
    }
    return false;
}

Result<> TreeWalk::expand(const Pending& at)
{
    const auto left = static_cast<std::uint64_t>(std::max<std::int64_t>(m_memory - m_spent, 0));
    ObjectParts parts = m_objects.partsOf(at.node, std::max(m_scalars, fewScalars), left / entryBytes + fewScalars);
    if (parts.isTooLarge)
        return tooLarge();
    m_scalars -= std::min(m_scalars, parts.scalars);
    m_expandedAt[at.node] = at.entry;
    for (const std::uint32_t node : parts.flattened)
        m_expandedAt[node] = at.entry;
    return addChildren(at, std::move(parts.list), std::move(parts.texts));
}

Result<> TreeWalk::addChildren(const Pending& at, std::vector<ObjectPart> parts, std::vector<std::string> texts)
{
    if (parts.size() > m_largest - m_tree.entries.size())
        return fail(ErrorCode::Limit, "the tree of its objects has more than " + grouped(static_cast<std::int64_t>(m_largest))
                + " entries");
    const auto first = static_cast<EntryOrdinal>(m_tree.entries.size());
    m_tree.entries[at.entry].firstChild = parts.empty() ? noOrdinal : first;
    m_tree.entries[at.entry].childCount = static_cast<std::uint32_t>(parts.size());
    if (parts.size() > m_tree.entries.size())
        m_tree.entries.reserve(m_tree.entries.size() + parts.size());
    std::size_t text = 0;
    for (ObjectPart& part : parts) {
        RAVEL_TRY(spend(entryBytes + part.key.text.size()));
        Entry& entry = m_tree.entries.emplace_back();
        entry.key = std::move(part.key);
        entry.parent = at.entry;
        m_nodeOf.push_back(part.node);
        if (part.node == noOrdinal) {
            entry.kind = EntryKind::String;
            entry.value = std::move(texts[text++]);
            entry.size = entry.value.size();
        }
    }
    for (std::size_t i = parts.size(); i-- > 0;) {
        const Pending next { first + static_cast<EntryOrdinal>(i), parts[i].node, at.depth + 1 };
        if (next.node == noOrdinal)
            continue;
        if (m_pickle.nodes.kind(next.node) <= PickleNode::Kind::Bytes) // nothing stands below it, so that its turn does not matter
            RAVEL_TRY(visit(next));
        else
            m_pending.push_back(next);
    }
    return {};
}

Result<> TreeWalk::place(const Pending& at, DescribedTensor described)
{
    if (m_tree.tensors.size() >= static_cast<std::uint64_t>(m_limits.tensors))
        return fail(ErrorCode::Limit, "it has more tensors than the limit of " + grouped(m_limits.tensors));
    Tensor tensor = std::move(described.tensor);
    std::size_t length = 0;
    for (EntryOrdinal e = at.entry; e != 0; e = m_tree.entries[e].parent)
        length += m_tree.entries[e].key.text.size() + sizeof(PathKey);
    RAVEL_TRY(spend(tensorBytes + 3 * length));
    tensor.name = m_names.take(nameOf(at.entry, std::string::npos));
    tensor.entry = at.entry;
    decideKind(described, tensor);
    if (!tensor.readable && !described.isMeta)
        note("tensor", tensor.name, tensor.reason);
    m_tree.entries[at.entry].kind = EntryKind::Tensor;
    m_tree.entries[at.entry].tensor = static_cast<TensorOrdinal>(m_tree.tensors.size());
    m_tree.tensors.push_back(std::move(tensor));
    if (described.parts.empty())
        return {};
    std::vector<ObjectPart> parts;
    for (DescribedTensor::Part& part : described.parts)
        parts.push_back({ { PathKey::Kind::Attribute, std::move(part.name) }, part.node });
    return addChildren(at, std::move(parts));
}

void TreeWalk::note(std::string_view what, const std::string& name, const std::string& problem)
{
    if (++m_tree.problemCount <= problemsNamed)
        m_tree.problems.push_back(std::string(what) + ' ' + inQuotes(name) + ": " + problem);
}

void TreeWalk::decideKind(const DescribedTensor& described, Tensor& tensor) const
{
    static const SharedText ofParameters = "one of the module's _parameters", ofBuffers = "one of the module's _buffers",
                            isParameter = "a torch.nn.Parameter", requiresGrad = "requires_grad is set";
    const auto say = [&](TensorKind kind, const SharedText& reason) {
        tensor.kind = kind;
        tensor.kindReason = reason;
    };
    if (tensor.entry != 0)
        if (const PathKey& home = m_tree.entries[m_tree.entries[tensor.entry].parent].key; home.kind == PathKey::Kind::Attribute) {
            if (home.text == "_parameters")
                return say(TensorKind::Parameter, ofParameters);
            if (home.text == "_buffers")
                return say(TensorKind::Buffer, ofBuffers);
        }
    if (described.isParameter)
        return say(TensorKind::Parameter, isParameter);
    if (tensor.requiresGrad)
        return say(TensorKind::Parameter, requiresGrad);
    guessKind(tensor);
}

void TreeWalk::setValue(Entry& entry, std::string value)
{
    m_tree.valuesCut = m_tree.valuesCut || longestValue() == shortValue;
    m_valueBytes += value.size();
    entry.value = std::move(value);
}

std::string TreeWalk::nameOf(EntryOrdinal entry, std::size_t longest) const
{
    std::vector<EntryOrdinal> way;
    for (EntryOrdinal e = entry; e != 0; e = m_tree.entries[e].parent)
        way.push_back(e);
    std::string name;
    for (std::size_t i = way.size(); i-- > 0 && name.size() < longest;) {
        name += m_tree.entries[way[i]].key.text.substr(0, longest);
        if (i)
            name += '.';
    }
    return name;
}

Result<> TreeWalk::spend(std::uint64_t bytes)
{
    m_spent += static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, 1ULL << 40));
    return m_spent > m_memory ? tooLarge() : Result<>();
}

Result<> TreeWalk::tooLarge() const
{
    return fail(ErrorCode::Limit, "the tree of its objects, and the names of its objects, take more memory than the limit of "
            + sizeText(m_limits.pickleMemory));
}

// How many entries each container once would make, at most.
std::uint64_t partCount(const Pickle& pickle)
{
    std::uint64_t count = 1;
    for (const PickleNode& node : pickle.nodes)
        count += node.items.size();
    for (const auto& [node, added] : pickle.additions)
        count += added.state.size() + added.elements.size() + added.pairs.size();
    return count;
}

// How many entries the tree would have if every reference showed its target's subtree once more; at most `most` + 1.
// Depth first and children before parents, so that a target is counted before what refers to it, save in a cycle.
std::uint64_t expandedSize(const std::vector<Entry>& entries, std::uint64_t most)
{
    std::vector<std::uint64_t> sizes(entries.size(), 0);
    std::vector<std::pair<EntryOrdinal, std::uint32_t>> path { { 0, 0 } };
    while (!path.empty()) {
        const EntryOrdinal at = path.back().first;
        const Entry& entry = entries[at];
        if (path.back().second < entry.childCount) {
            path.emplace_back(entry.firstChild + path.back().second++, 0);
            continue;
        }
        std::uint64_t size = 1;
        if (entry.kind == EntryKind::Reference)
            size = std::max<std::uint64_t>(size, sizes[entry.target]);
        for (std::uint32_t i = 0; i < entry.childCount; ++i)
            size = std::min(size + sizes[entry.firstChild + i], most + 1);
        sizes[at] = size;
        path.pop_back();
    }
    return sizes[0];
}

void report(const Tree& tree, const std::string& what, const Limits& limits, Checkpoint& checkpoint)
{
    for (const std::string& problem : tree.problems)
        checkpoint.messages.push_back(what + ": " + problem);
    if (tree.problemCount > tree.problems.size())
        checkpoint.messages.push_back(what + ": " + std::to_string(tree.problemCount - tree.problems.size())
            + " more tensors or storages cannot be read");
    if (tree.tooDeep)
        checkpoint.messages.push_back(what + ": objects are nested deeper than " + std::to_string(limits.shownDepth)
            + " levels; what lies deeper is not shown");
    if (tree.valuesCut)
        checkpoint.messages.push_back(what + ": the texts in it are too long to show them all in full");
}

} // namespace

Result<> buildTree(const Pickle& pickle, StorageCatalog& catalog, Checkpoint& checkpoint, const std::string& what,
    const Limits& limits, const Job& job)
{
    checkpoint.messages.insert(checkpoint.messages.end(), pickle.messages.begin(), pickle.messages.end());
    noteCalls(pickle, what, checkpoint);
    StorageFinder storages(pickle, catalog, checkpoint);
    ObjectReader objects(pickle, storages);
    NumpyArrayReader arrays(pickle, checkpoint, limits);
    TensorReader tensors(pickle, storages, arrays, checkpoint, limits);
    constexpr std::uint64_t slack = 100'000;
    const std::int64_t memory = limits.pickleMemory - static_cast<std::int64_t>(pickle.memory + pickle.bytes->size())
        + static_cast<std::int64_t>(checkpoint.records.size()) * TreeBudget::bytesOfRecord;
    TreeWalk walk(pickle, objects, tensors, limits, TreeWalk::Expand::Once, 4 * partCount(pickle) + slack, memory);
    if (auto done = walk.run(job); !done)
        return fail(done.error().code, what + ": " + done.error().message);
    const std::uint64_t most = 2 * walk.tree().entries.size() + slack;
    const bool hasRoom = 3 * walk.spent() < memory; // for a second tree, twice as large
    if (walk.tree().hasReferences && hasRoom && expandedSize(walk.tree().entries, most) <= most) {
        TreeWalk whole(pickle, objects, tensors, limits, TreeWalk::Expand::Always, most, memory - walk.spent());
        auto done = whole.run(job);
        if (!done && done.error().code == ErrorCode::Cancelled)
            return done;
        if (done)
            walk.tree() = std::move(whole.tree());
    }
    report(walk.tree(), what, limits, checkpoint);
    checkpoint.entries = std::move(walk.tree().entries);
    checkpoint.tensors = std::move(walk.tree().tensors);
    return {};
}

} // namespace ravel
