// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/namepattern.h"
#include "layout/tensorquery.h"

#include <optional>
#include <span>

namespace ravel {

enum class QueryField : std::uint8_t { Min, Max, Mean, Std, AbsMax, Nan, Inf, Zeros, Finite, Numel, Bytes, Dim, Offset };
enum class Comparison : std::uint8_t { Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual };
enum class QueryTrait : std::uint8_t { Alias, Edited, Opaque, ReadOnly, Unreadable };

std::string lowered(std::string_view); // ASCII letters: words mean the same in either case

struct QueryFieldWord {
    std::string_view word;
    QueryField field;
};
std::span<const QueryFieldWord> queryFieldWords(); // the first word of a field is the one that is offered
bool countsPart(QueryField);                       // of a tensor's numbers: % makes sense
bool needsNumbers(QueryField);                     // else the metadata tell it

struct QueryTraitWord {
    std::string_view word;
    QueryTrait trait;
};
std::span<const QueryTraitWord> queryTraitWords();

// dtypes by a word after dtype: (see TensorQuery); empty where it means none.
std::vector<Dtype> dtypesMeant(std::string_view word);

struct TensorQuery::Term {
    enum class Kind : std::uint8_t { And, Or, Not, Name, OfDtype, OfKind, OfLayer, Trait, Compare } kind = Kind::Name;
    std::size_t left = 0, right = 0;      // And, Or; Not: left
    std::optional<NamePattern> names;
    std::vector<Dtype> dtypes;
    TensorKind tensorKind = TensorKind::Unknown;
    std::string layer;                    // the beginning of its kind or role, lower case
    QueryTrait trait = QueryTrait::Alias;
    QueryField field = QueryField::Min;
    Comparison comparison = Comparison::Less;
    double number = 0;
    bool percent = false;
};

} // namespace ravel
