// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/tensorquery.h"

#include "layout/flatlayout.h"
#include "layout/queryterms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

constexpr QueryFieldWord fieldWords[] { { "min", QueryField::Min }, { "max", QueryField::Max }, { "mean", QueryField::Mean },
    { "std", QueryField::Std }, { "absmax", QueryField::AbsMax }, { "nan", QueryField::Nan }, { "inf", QueryField::Inf },
    { "zeros", QueryField::Zeros }, { "finite", QueryField::Finite }, { "numel", QueryField::Numel }, { "bytes", QueryField::Bytes },
    { "dim", QueryField::Dim }, { "offset", QueryField::Offset }, { "zero", QueryField::Zeros }, { "nans", QueryField::Nan },
    { "infs", QueryField::Inf }, { "elements", QueryField::Numel }, { "ndim", QueryField::Dim } };

constexpr QueryTraitWord traitWords[] { { "alias", QueryTrait::Alias }, { "edited", QueryTrait::Edited }, { "opaque", QueryTrait::Opaque },
    { "readonly", QueryTrait::ReadOnly }, { "unreadable", QueryTrait::Unreadable } };

struct ShortDtype {
    std::string_view word;
    Dtype dtype;
};
constexpr ShortDtype shortDtypes[] { { "f64", Dtype::Float64 }, { "double", Dtype::Float64 }, { "f32", Dtype::Float32 },
    { "fp32", Dtype::Float32 }, { "f16", Dtype::Float16 }, { "fp16", Dtype::Float16 }, { "half", Dtype::Float16 },
    { "bf16", Dtype::BFloat16 }, { "c64", Dtype::Complex64 }, { "c128", Dtype::Complex128 }, { "i8", Dtype::Int8 }, { "i16", Dtype::Int16 },
    { "i32", Dtype::Int32 }, { "i64", Dtype::Int64 }, { "long", Dtype::Int64 }, { "u8", Dtype::UInt8 }, { "u16", Dtype::UInt16 },
    { "u32", Dtype::UInt32 }, { "u64", Dtype::UInt64 } };

Truth truth(bool yes) { return yes ? Truth::Yes : Truth::No; }

bool isClass(std::string_view word, Dtype dtype)
{
    return (word == "float" && isFloat(dtype)) || (word == "int" && isInteger(dtype)) || (word == "complex" && isComplex(dtype))
        || (word == "quantised" && dtypeClass(dtype) == DtypeClass::Quantised);
}

bool holds(double value, Comparison comparison, double number)
{
    if (std::isnan(value))
        return false; // there is no such number
    switch (comparison) {
    case Comparison::Less: return value < number;
    case Comparison::LessEqual: return value <= number;
    case Comparison::Greater: return value > number;
    case Comparison::GreaterEqual: return value >= number;
    case Comparison::Equal: return value == number;
    case Comparison::NotEqual: return value != number;
    }
    return false;
}

double measured(QueryField field, const QueryStatistics& s)
{
    switch (field) {
    case QueryField::Min: return s.min;
    case QueryField::Max: return s.max;
    case QueryField::Mean: return s.mean;
    case QueryField::Std: return s.std;
    case QueryField::AbsMax: return std::max(std::abs(s.min), std::abs(s.max));
    case QueryField::Nan: return s.nan;
    case QueryField::Inf: return s.inf;
    case QueryField::Zeros: return s.zeros;
    default: return s.finite;
    }
}

double told(QueryField field, const QuerySubject& subject)
{
    const Tensor& tensor = *subject.tensor;
    switch (field) {
    case QueryField::Numel: return static_cast<double>(tensor.numel.value);
    case QueryField::Bytes: return static_cast<double>(tensor.numel.value) * dtypeSize(tensor.dtype);
    case QueryField::Dim: return static_cast<double>(tensor.shape.size());
    default: return subject.offset < 0 ? std::numeric_limits<double>::quiet_NaN() : subject.offset;
    }
}

Truth compared(const TensorQuery::Term& term, const QuerySubject& subject, const TensorQuery::StatisticsOf& statisticsOf)
{
    if (!needsNumbers(term.field))
        return truth(holds(told(term.field, subject), term.comparison, term.number));
    QueryStatistics statistics;
    switch (statisticsOf(subject.ordinal, statistics)) {
    case TensorQuery::Known::NotYet: return Truth::NotYet;
    case TensorQuery::Known::Never: return Truth::No;
    case TensorQuery::Known::Yes: break;
    }
    double value = measured(term.field, statistics);
    if (term.percent)
        value = statistics.count > 0 ? 100 * value / statistics.count : std::numeric_limits<double>::quiet_NaN();
    return truth(holds(value, term.comparison, term.number));
}

bool hasTrait(QueryTrait trait, const QuerySubject& subject)
{
    switch (trait) {
    case QueryTrait::Alias: return subject.isAlias;
    case QueryTrait::Edited: return subject.isEdited;
    case QueryTrait::Opaque: return subject.isOpaque;
    case QueryTrait::ReadOnly: return subject.tensor && subject.tensor->readable && !subject.tensor->editable;
    case QueryTrait::Unreadable: return subject.tensor && !subject.tensor->readable;
    }
    return false;
}

} // namespace

std::string lowered(std::string_view text)
{
    std::string low(text);
    for (char& c : low)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return low;
}

std::span<const QueryFieldWord> queryFieldWords() { return fieldWords; }
std::span<const QueryTraitWord> queryTraitWords() { return traitWords; }

bool countsPart(QueryField field)
{
    return field == QueryField::Nan || field == QueryField::Inf || field == QueryField::Zeros || field == QueryField::Finite;
}

bool needsNumbers(QueryField field)
{
    return field != QueryField::Numel && field != QueryField::Bytes && field != QueryField::Dim && field != QueryField::Offset;
}

std::vector<Dtype> dtypesMeant(std::string_view given)
{
    const std::string word = lowered(given.starts_with("torch.") ? given.substr(6) : given);
    for (const ShortDtype& known : shortDtypes)
        if (known.word == word)
            return { known.dtype };
    std::vector<Dtype> meant;
    for (int i = 0; i < dtypeCount; ++i) {
        const auto dtype = static_cast<Dtype>(i);
        if (dtypeName(dtype) == word || isClass(word, dtype) || globMatches(word, dtypeName(dtype)))
            meant.push_back(dtype);
    }
    return meant;
}

Truth TensorQuery::matches(const QuerySubject& subject, const StatisticsOf& statisticsOf) const
{
    if (m_terms.empty())
        return Truth::Yes;
    if (!subject.tensor && m_asksOfTensors && !subject.isOpaque)
        return Truth::No;
    return at(m_terms.size() - 1, subject, statisticsOf);
}

Truth TensorQuery::at(std::size_t which, const QuerySubject& subject, const StatisticsOf& statisticsOf) const
{
    const Term& term = *m_terms[which];
    const auto begins = [&](std::string_view text) { return lowered(text).starts_with(term.layer); };
    switch (term.kind) {
    case Term::Kind::And: {
        const Truth left = at(term.left, subject, statisticsOf);
        if (left == Truth::No)
            return Truth::No;
        const Truth right = at(term.right, subject, statisticsOf);
        return right == Truth::No ? Truth::No : left == Truth::Yes ? right : Truth::NotYet;
    }
    case Term::Kind::Or: {
        const Truth left = at(term.left, subject, statisticsOf);
        if (left == Truth::Yes)
            return Truth::Yes;
        const Truth right = at(term.right, subject, statisticsOf);
        return right == Truth::Yes ? Truth::Yes : left == Truth::No ? right : Truth::NotYet;
    }
    case Term::Kind::Not: {
        const Truth inner = at(term.left, subject, statisticsOf);
        return inner == Truth::NotYet ? Truth::NotYet : truth(inner == Truth::No);
    }
    case Term::Kind::Name: return truth(term.names->matches(subject.name));
    case Term::Kind::Trait: return truth(hasTrait(term.trait, subject));
    default: break;
    }
    if (!subject.tensor)
        return Truth::No;
    switch (term.kind) {
    case Term::Kind::OfDtype: return truth(std::find(term.dtypes.begin(), term.dtypes.end(), subject.tensor->dtype) != term.dtypes.end());
    case Term::Kind::OfKind: return truth(subject.kind == term.tensorKind);
    case Term::Kind::OfLayer: return truth(subject.layer && (begins(subject.layer->kind) || begins(subject.layer->role)));
    default: return compared(term, subject, statisticsOf);
    }
}

} // namespace ravel
