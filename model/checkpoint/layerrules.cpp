// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/layerrules.h"

#include "checkpoint/geometry.h"

#include <algorithm>
#include <array>

namespace ravel {

namespace {

constexpr int mostLevels = 24; // that are looked up from a module

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

template <std::size_t N> bool isOneOf(std::string_view word, const std::array<std::string_view, N>& words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

// "fc", "fc1", "bn12": a short word and perhaps a number.
bool isNumbered(std::string_view word, std::string_view stem)
{
    return word.starts_with(stem) && word.find_first_not_of("0123456789_", stem.size()) == std::string_view::npos;
}

bool isVector(const Tensor* tensor) { return tensor && tensor->shape.size() == 1; }
bool isMatrix(const Tensor* tensor) { return tensor && tensor->shape.size() == 2; }

bool saysTransposed(std::string_view word)
{
    return holds(word, "transpose") || holds(word, "deconv") || holds(word, "upconv") || holds(word, "up_conv") || holds(word, "convt");
}

bool saysEmbedding(std::string_view word)
{
    constexpr std::array<std::string_view, 5> whole { "wte", "wpe", "emb", "relative_attention_bias", "tok_embeddings" };
    const bool other = holds(word, "proj") || holds(word, "out") || holds(word, "unembed") || holds(word, "norm") || holds(word, "linear");
    return isOneOf(word, whole) || (holds(word, "embed") && !other);
}

bool saysLinear(std::string_view word)
{
    constexpr std::array<std::string_view, 18> whole { "lm_head", "head", "classifier", "dense", "query", "key", "value", "qkv",
        "query_key_value", "wqkv", "to_q", "to_k", "to_v", "to_qkv", "to_out", "wq", "wk", "wv" };
    return isOneOf(word, whole) || word.ends_with("proj") || holds(word, "linear") || isNumbered(word, "fc") || word.ends_with("_fc");
}

bool isThrice(std::int64_t size, std::int64_t part) { return size % 3 == 0 && size / 3 == part; }

const char* dimensionsOf(std::size_t ndim) { return ndim == 3 ? "1d" : ndim == 4 ? "2d" : "3d"; }

LayerRules::Guess made(std::string kind, std::string reason) { return { std::move(kind), {}, std::move(reason) }; }

} // namespace

const Tensor* ModuleView::leaf(std::string_view which) const
{
    const auto found = leaves.find(which);
    return found == leaves.end() ? nullptr : found->second;
}

LayerRules::LayerRules(const std::vector<ModuleView>& modules)
    : m_modules(modules)
{
    bool gate = false, up = false, after = false;
    for (std::size_t i = 0; i < modules.size(); ++i) {
        m_byName.emplace(modules[i].name, i);
        gate = gate || modules[i].last == "gate_proj";
        up = up || modules[i].last == "up_proj";
        after = after || modules[i].last == "post_attention_layernorm";
    }
    m_hasGatedFeedForward = gate && up && after;
    for (const ModuleView& module : modules) {
        const Tensor* weight = module.leaf("weight");
        std::string_view above = module.parent;
        for (int level = 0; level < mostLevels; ++level) {
            Family& family = m_families[above];
            family.hasConvolution = family.hasConvolution || (weight && weight->shape.size() > 2);
            for (const auto& [leaf, tensor] : module.leaves)
                if (isMatrix(tensor))
                    for (const std::int64_t size : tensor->shape)
                        ++family.widths[size];
            if (above.empty())
                break;
            const std::size_t dot = above.rfind('.');
            above = dot == std::string_view::npos ? std::string_view() : above.substr(0, dot);
        }
    }
    for (const ModuleView& module : modules) {
        m_alone.push_back(alone(module));
        if (!m_alone.back().kind.empty())
            ++m_families[module.parent].decided[m_alone.back().kind];
    }
}

const ModuleView* LayerRules::sibling(const ModuleView& module, std::string_view last) const
{
    const std::string name = module.parent.empty() ? std::string(last) : std::string(module.parent) + '.' + std::string(last);
    const auto found = m_byName.find(name);
    return found == m_byName.end() ? nullptr : &m_modules[found->second];
}

LayerRules::Guess LayerRules::guess(std::size_t module) const
{
    Guess guess = m_alone[module].kind.empty() ? byNeighbours(module) : m_alone[module];
    if (!guess.kind.empty())
        guess.role = roleOf(m_modules[module], guess.kind);
    return guess;
}

LayerRules::Guess LayerRules::alone(const ModuleView& module) const
{
    if (Guess guess = recurrent(module); !guess.kind.empty())
        return guess;
    if (Guess guess = attention(module); !guess.kind.empty())
        return guess;
    const Tensor *mean = module.leaf("running_mean"), *variance = module.leaf("running_var");
    if (isVector(mean) && isVector(variance) && mean->shape == variance->shape)
        return made("BatchNorm", "running_mean and running_var of size " + std::to_string(mean->shape[0]) + " stand beside it");
    const Tensor* weight = module.leaf("weight");
    bool usesNorm = false; // torch.nn.utils.weight_norm keeps a weight as its size and its direction
    if (!weight && module.leaf("weight_g") && module.leaf("weight_v")) {
        weight = module.leaf("weight_v");
        usesNorm = true;
    }
    const std::size_t known = (usesNorm ? 2 : 1) + (module.leaf("bias") ? 1 : 0);
    if (!weight || module.leaves.size() != known)
        return {};
    switch (weight->shape.size()) {
    case 1: return usesNorm ? Guess() : norm(module, *weight);
    case 2: return matrix(module, *weight);
    case 3:
    case 4:
    case 5: return convolution(module, *weight);
    default: return {};
    }
}

// torch.nn.LSTM, GRU and RNN: the rows of weight_hh are the gates times its columns.
LayerRules::Guess LayerRules::recurrent(const ModuleView& module) const
{
    const bool isCell = module.leaf("weight_ih") != nullptr;
    const Tensor* in = module.leaf(isCell ? "weight_ih" : "weight_ih_l0");
    const Tensor* hidden = module.leaf(isCell ? "weight_hh" : "weight_hh_l0");
    if (!isMatrix(in) || !isMatrix(hidden) || in->shape[0] != hidden->shape[0] || hidden->shape[1] == 0)
        return {};
    const std::string cell = isCell ? "Cell" : "";
    if (const Tensor* projection = module.leaf("weight_hr_l0"); isMatrix(projection))
        return made("LSTM", "weight_hr_l0 projects its hidden state");
    const std::int64_t gates = hidden->shape[0] % hidden->shape[1] == 0 ? hidden->shape[0] / hidden->shape[1] : 0;
    const std::string reason = "its weight_hh " + listText(hidden->shape) + " has " + std::to_string(gates) + " times as many rows as columns";
    if (gates == 4)
        return made("LSTM" + cell, reason);
    if (gates == 3)
        return made("GRU" + cell, reason);
    if (gates == 1)
        return made("RNN" + cell, "its weight_hh is square");
    return {};
}

LayerRules::Guess LayerRules::attention(const ModuleView& module) const
{
    const Tensor* in = module.leaf("in_proj_weight");
    if (isMatrix(in) && in->shape[1] > 0 && isThrice(in->shape[0], in->shape[1]))
        return made("MultiheadAttention", "its in_proj_weight " + listText(in->shape) + " holds query, key and value");
    if (isMatrix(module.leaf("q_proj_weight")) && isMatrix(module.leaf("k_proj_weight")) && isMatrix(module.leaf("v_proj_weight")))
        return made("MultiheadAttention", "q_proj_weight, k_proj_weight and v_proj_weight stand in it");
    return {};
}

std::string LayerRules::normKindOf(const ModuleView& module, bool hasBias, std::int64_t size) const
{
    const std::string_view word = module.word;
    const bool saysLayer = holds(word, "layernorm") || holds(word, "layer_norm") || isNumbered(word, "ln") || word.starts_with("ln_")
        || word.ends_with("_ln");
    if (holds(word, "rmsnorm") || holds(word, "rms_norm"))
        return hasBias ? "" : "RMSNorm";
    if (holds(word, "groupnorm") || holds(word, "group_norm") || isNumbered(word, "gn"))
        return hasBias ? "GroupNorm" : "";
    if (!hasBias)
        return m_hasGatedFeedForward && (saysLayer || word == "norm") ? "RMSNorm" : "";
    if (saysLayer)
        return "LayerNorm";
    if (isNumbered(word, "bn") || holds(word, "batchnorm") || holds(word, "batch_norm"))
        return "BatchNorm";
    // "norm1": among matrices of its width it normalises features; beside convolutions it may be a GroupNorm as well.
    const auto family = m_families.find(module.parent);
    const bool fits = family != m_families.end() && !family->second.hasConvolution && family->second.widths.contains(size);
    return isNumbered(word, "norm") && fits ? "LayerNorm" : "";
}

LayerRules::Guess LayerRules::norm(const ModuleView& module, const Tensor& weight) const
{
    const Tensor* bias = module.leaf("bias");
    if (bias && bias->shape != weight.shape)
        return {};
    const std::string kind = normKindOf(module, bias != nullptr, weight.shape[0]);
    if (kind.empty())
        return {};
    return made(kind, std::string(bias ? "weight and bias" : "a weight without bias") + " of size " + std::to_string(weight.shape[0])
            + ", and its name");
}

LayerRules::Guess LayerRules::matrix(const ModuleView& module, const Tensor& weight) const
{
    const std::int64_t rows = weight.shape[0], columns = weight.shape[1];
    const Tensor* bias = module.leaf("bias");
    const std::string shape = "its weight " + listText(weight.shape);
    if (!bias) {
        if (saysEmbedding(module.word))
            return made("Embedding", shape + " without bias, and its name");
        if (saysLinear(module.word))
            return made("Linear", shape + " without bias, and its name");
        return {};
    }
    if (!isVector(bias) || (bias->shape[0] != rows && bias->shape[0] != columns) || rows == columns)
        return {};
    if (bias->shape[0] == rows)
        return made("Linear", shape + " has a row for each of " + std::to_string(rows) + " biases");
    return made("Conv1D", shape + " has a column for each of " + std::to_string(columns) + " biases, as in GPT-2");
}

// Conv weights are (out, in / groups, kernel...), those of ConvTranspose (in, out / groups, kernel...); the bias has size out.
LayerRules::Guess LayerRules::convolution(const ModuleView& module, const Tensor& weight) const
{
    const std::size_t ndim = weight.shape.size();
    const Tensor* bias = module.leaf("bias");
    const std::int64_t first = weight.shape[0], second = weight.shape[1];
    const bool saysConvolution = holds(module.word, "conv");
    const std::string shape = "its weight " + listText(weight.shape);
    if (ndim == 3 && !saysConvolution)
        return {}; // a bilinear layer, or the weights of experts
    if (bias && (!isVector(bias) || (bias->shape[0] != first && bias->shape[0] != second)))
        return {};
    const std::string plain = std::string("Conv") + dimensionsOf(ndim), transposed = std::string("ConvTranspose") + dimensionsOf(ndim);
    if (bias && first != second) {
        const bool isPlain = bias->shape[0] == first;
        return made(isPlain ? plain : transposed, shape + " and a bias of size " + std::to_string(bias->shape[0]));
    }
    if (saysTransposed(module.word))
        return made(transposed, shape + ", and its name");
    return saysConvolution ? made(plain, shape + ", and its name") : Guess();
}

// What a shape leaves open, decided by the modules around it.
LayerRules::Guess LayerRules::byNeighbours(std::size_t index) const
{
    const ModuleView& module = m_modules[index];
    const Tensor* weight = module.leaf("weight");
    const Tensor* bias = module.leaf("bias");
    if (!weight || module.leaves.size() != (bias ? 2u : 1u))
        return {};
    const auto& decided = m_families.at(module.parent).decided;
    const std::size_t ndim = weight->shape.size();
    const std::string shape = "its weight " + listText(weight->shape);
    if (ndim == 2 && isVector(bias) && weight->shape[0] == weight->shape[1] && bias->shape[0] == weight->shape[0]) {
        if (decided.contains("Conv1D"))
            return made("Conv1D", shape + " with a bias, beside others that are Conv1D");
        return made("Linear", shape + " with a bias of that size");
    }
    if (ndim != 4 && ndim != 5)
        return {};
    const std::string plain = std::string("Conv") + dimensionsOf(ndim), transposed = std::string("ConvTranspose") + dimensionsOf(ndim);
    if (bias && isVector(bias) && bias->shape[0] == weight->shape[0] && decided.contains(plain) && !decided.contains(transposed))
        return made(plain, shape + " with a bias, beside others that are " + plain);
    // The norm that follows has the width of what comes out.
    if (!bias && index + 1 < m_modules.size() && m_modules[index + 1].parent == module.parent && m_alone[index + 1].kind == "BatchNorm") {
        const std::int64_t width = m_modules[index + 1].leaf("running_mean")->shape[0];
        if (width == weight->shape[0])
            return made(plain, shape + ", and the BatchNorm after it has size " + std::to_string(width));
        if (width == weight->shape[1])
            return made(transposed, shape + ", and the BatchNorm after it has size " + std::to_string(width));
    }
    return {};
}

std::string LayerRules::roleOf(const ModuleView& module, const std::string& kind) const
{
    if (kind != "Linear" && kind != "Conv1D" && kind != "NonDynamicallyQuantizableLinear")
        return {};
    struct Style {
        std::string_view query, key, value, output;
    };
    constexpr std::array<Style, 6> styles { { { "q_proj", "k_proj", "v_proj", "o_proj" }, { "q_proj", "k_proj", "v_proj", "out_proj" },
        { "query", "key", "value", "" }, { "to_q", "to_k", "to_v", "" }, { "wq", "wk", "wv", "wo" }, { "q_lin", "k_lin", "v_lin", "out_lin" } } };
    for (const Style& style : styles) {
        if (!sibling(module, style.query) || !sibling(module, style.key) || !sibling(module, style.value))
            continue;
        for (const auto& [last, role] : { std::pair(style.query, "query"), { style.key, "key" }, { style.value, "value" }, { style.output, "output" } })
            if (!last.empty() && module.last == last)
                return role;
    }
    constexpr std::array<std::string_view, 6> fused { "c_attn", "qkv", "query_key_value", "wqkv", "to_qkv", "in_proj" };
    const Tensor* weight = module.leaf("weight");
    if (!isOneOf(module.word, fused) || !isMatrix(weight))
        return {};
    const std::int64_t out = weight->shape[kind == "Conv1D" ? 1 : 0], in = weight->shape[kind == "Conv1D" ? 0 : 1];
    return isThrice(out, in) ? "query, key and value" : "";
}

} // namespace ravel
