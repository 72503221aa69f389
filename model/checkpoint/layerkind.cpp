// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/layerkind.h"

#include "base/text.h"
#include "checkpoint/layerrules.h"

#include <algorithm>
#include <array>
#include <deque>
#include <unordered_map>
#include <utility>

namespace ravel {

namespace {

// Where a tensor stands: its module, and its name in that.
struct Place {
    std::string module;
    std::string leaf;
    EntryOrdinal object = noOrdinal; // the module itself, where the file holds it and names its class
};

bool isAttribute(const Entry& entry, std::string_view name) { return entry.key.kind == PathKey::Kind::Attribute && entry.key.text == name; }

// Whole modules keep their tensors in _parameters and _buffers, scripted ones as attributes; a state_dict names them by dots.
std::optional<Place> placeOf(const Checkpoint& checkpoint, const Tensor& tensor)
{
    if (tensor.entry == noOrdinal || tensor.entry == 0)
        return std::nullopt;
    const Entry& entry = checkpoint.entries[tensor.entry];
    const Entry& home = checkpoint.entries[entry.parent];
    const bool isKept = isAttribute(home, "_parameters") || isAttribute(home, "_buffers");
    if (isKept && home.parent != noOrdinal && checkpoint.entries[home.parent].kind == EntryKind::Object)
        return Place { checkpoint.entryName(home.parent), entry.key.text, home.parent };
    const bool isScripted = home.kind == EntryKind::Object && home.value.starts_with("__torch__.");
    if (isScripted)
        return Place { checkpoint.entryName(entry.parent), entry.key.text, entry.parent };
    if (entry.key.kind != PathKey::Kind::String || (home.kind != EntryKind::Dict && home.kind != EntryKind::OrderedDict))
        return std::nullopt;
    const std::size_t dot = entry.key.text.rfind('.');
    if (dot == std::string::npos)
        return Place { checkpoint.entryName(entry.parent), entry.key.text, noOrdinal };
    const std::string above = checkpoint.entryName(entry.parent);
    return Place { (above.empty() ? "" : above + '.') + entry.key.text.substr(0, dot), entry.key.text.substr(dot + 1), noOrdinal };
}

// "__torch__.torch.nn.modules.conv.___torch_mangle_3.Conv2d" to "Conv2d".
std::string kindOfClass(const std::string& name)
{
    const std::string last = name.substr(name.rfind('.') + 1);
    if (last == "NonDynamicallyQuantizableLinear")
        return "Linear";
    return last;
}

bool isNumber(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

std::string lowered(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

void setNames(ModuleView& view, std::string_view name)
{
    view.name = name;
    const std::size_t dot = name.rfind('.');
    view.last = dot == std::string_view::npos ? name : name.substr(dot + 1);
    view.parent = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
    std::string_view rest = name;
    std::string_view word = view.last;
    while (isNumber(word) && rest.rfind('.') != std::string_view::npos) {
        rest = rest.substr(0, rest.rfind('.'));
        word = rest.substr(rest.rfind('.') == std::string_view::npos ? 0 : rest.rfind('.') + 1);
    }
    view.word = lowered(word);
}

class Teller {
public:
    explicit Teller(const Checkpoint& checkpoint)
        : m_checkpoint(checkpoint)
    {
    }

    Layers run()
    {
        const std::size_t count = m_checkpoint.tensors.size();
        m_layers.layerOf.assign(count, noOrdinal);
        m_layers.kinds.resize(count);
        gather();
        nameKinds();
        guessKinds();
        guessByOptimizer();
        m_layers.list.shrink_to_fit(); // it is kept
        return std::move(m_layers);
    }

private:
    void gather()
    {
        std::unordered_map<std::string, std::uint32_t> byName;
        for (TensorOrdinal t = 0; t < m_checkpoint.tensors.size(); ++t) {
            const std::string_view name = m_checkpoint.tensors[t].name;
            const auto place = placeOf(m_checkpoint, m_checkpoint.tensors[t]);
            if (!place || !name.starts_with(place->module))
                continue;
            const auto [at, isNew] = byName.emplace(place->module, static_cast<std::uint32_t>(m_layers.list.size()));
            if (isNew) {
                m_layers.list.emplace_back().name = name.substr(0, place->module.size());
                m_objects.push_back(place->object);
                m_leaves.emplace_back();
            }
            ++m_layers.list[at->second].count;
            m_leaves[at->second].push_back(place->leaf);
            m_layers.layerOf[t] = at->second;
        }
        std::uint32_t first = 0;
        for (Layer& layer : m_layers.list)
            layer.first = std::exchange(first, first + layer.count);
        m_layers.members.resize(first);
        std::vector<std::uint32_t> filled(m_layers.list.size());
        for (TensorOrdinal t = 0; t < m_layers.layerOf.size(); ++t)
            if (const std::uint32_t of = m_layers.layerOf[t]; of != noOrdinal)
                m_layers.members[m_layers.list[of].first + filled[of]++] = t;
    }

    void nameKinds()
    {
        std::vector<ModuleView> views(m_layers.list.size());
        for (std::size_t i = 0; i < views.size(); ++i) {
            setNames(views[i], m_layers.list[i].name);
            for (std::size_t k = 0; k < m_leaves[i].size(); ++k)
                views[i].leaves.emplace(m_leaves[i][k], &m_checkpoint.tensors[m_layers.tensorsOf(m_layers.list[i])[k]]);
        }
        const LayerRules rules(views);
        for (std::size_t i = 0; i < views.size(); ++i) {
            Layer& layer = m_layers.list[i];
            LayerRules::Guess guess = rules.guess(i);
            layer.role = m_texts.of(guess.role);
            if (m_objects[i] != noOrdinal) {
                layer.kind = m_texts.of(kindOfClass(m_checkpoint.entries[m_objects[i]].value));
                layer.isGuess = false;
                layer.reason = m_texts.of("its class is " + escaped(m_checkpoint.entries[m_objects[i]].value, 120));
                continue;
            }
            layer.kind = m_texts.of(guess.kind);
            layer.reason = m_texts.of(guess.reason);
        }
    }

    void guessKinds()
    {
        static constexpr std::array<std::string_view, 5> buffers { "inv_freq", "position_ids", "masked_bias", "relative_position_index", "attn_mask" };
        std::vector<bool> isState(m_checkpoint.entries.size(), false); // dicts in which a layer was recognised
        for (const Layer& layer : m_layers.list)
            if (!layer.kind.empty())
                isState[m_checkpoint.entries[m_checkpoint.tensors[m_layers.tensorsOf(layer)[0]].entry].parent] = true;
        for (std::size_t i = 0; i < m_layers.list.size(); ++i) {
            const Layer& layer = m_layers.list[i];
            const auto tensors = m_layers.tensorsOf(layer);
            for (std::size_t k = 0; k < tensors.size(); ++k) {
                const Tensor& tensor = m_checkpoint.tensors[tensors[k]];
                KindGuess& guess = m_layers.kinds[tensors[k]];
                if (tensor.kind != TensorKind::Unknown)
                    continue;
                const bool isModel = isState[m_checkpoint.entries[tensor.entry].parent];
                if (isModel && std::find(buffers.begin(), buffers.end(), m_leaves[i][k]) != buffers.end())
                    guess = { TensorKind::Buffer, m_texts.of("by its name") };
                else if (isModel && !isTrainable(tensor.dtype) && dtypeClass(tensor.dtype) != DtypeClass::Quantised)
                    guess = { TensorKind::Buffer, m_texts.of("numbers of dtype " + std::string(dtypeName(tensor.dtype)) + " take no gradient") };
                else if (!layer.kind.empty() && isTrainable(tensor.dtype))
                    guess = { TensorKind::Parameter, m_texts.of("the " + escaped(m_leaves[i][k], 60) + " of a " + layer.kind) };
            }
        }
    }

    // How many parameters the only optimizer of the checkpoint lists; 0 where that cannot be told.
    std::size_t optimizerCount() const
    {
        std::size_t count = 0, optimizers = 0;
        for (const Entry& groups : m_checkpoint.entries) {
            if (groups.key.text != "param_groups" || groups.kind != EntryKind::List)
                continue;
            ++optimizers;
            for (std::uint32_t g = 0; g < groups.childCount; ++g) {
                const Entry& group = m_checkpoint.entries[groups.firstChild + g];
                for (std::uint32_t i = 0; i < group.childCount; ++i)
                    if (const Entry& params = m_checkpoint.entries[group.firstChild + i]; params.key.text == "params")
                        count += params.childCount;
            }
        }
        return optimizers == 1 ? count : 0;
    }

    // The optimizer knows how many parameters there are: if one dict of layers has just as many that may be one, they are.
    void guessByOptimizer()
    {
        const std::size_t wanted = optimizerCount();
        if (wanted == 0)
            return;
        std::unordered_map<EntryOrdinal, std::vector<TensorOrdinal>> candidates; // by dict
        for (TensorOrdinal t = 0; t < m_checkpoint.tensors.size(); ++t) {
            const Tensor& tensor = m_checkpoint.tensors[t];
            const bool mayBe = tensor.kind != TensorKind::Buffer && m_layers.kinds[t].kind != TensorKind::Buffer && isTrainable(tensor.dtype);
            if (m_layers.layerOf[t] != noOrdinal && m_objects[m_layers.layerOf[t]] == noOrdinal && mayBe)
                candidates[m_checkpoint.entries[tensor.entry].parent].push_back(t);
        }
        for (const auto& [home, tensors] : candidates) {
            const bool hasLayer = std::any_of(tensors.begin(), tensors.end(), [&](TensorOrdinal t) { return !m_layers.list[m_layers.layerOf[t]].kind.empty(); });
            if (tensors.size() != wanted || !hasLayer)
                continue;
            for (const TensorOrdinal t : tensors)
                if (m_checkpoint.tensors[t].kind == TensorKind::Unknown)
                    m_layers.kinds[t] = { TensorKind::Parameter, m_texts.of("the optimizer lists " + grouped(static_cast<std::int64_t>(wanted))
                            + " parameters, and there are as many such tensors") };
        }
    }

    const Checkpoint& m_checkpoint;
    Layers m_layers;
    SharedTexts m_texts;                            // that many layers and tensors have in common
    std::vector<EntryOrdinal> m_objects;            // by layer
    std::deque<std::vector<std::string>> m_leaves;  // by layer; as its tensors
};

} // namespace

Layers tellLayers(const Checkpoint& checkpoint) { return Teller(checkpoint).run(); }

} // namespace ravel
