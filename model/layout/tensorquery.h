// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"
#include "checkpoint/layerkind.h"
#include "layout/slicesyntax.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// What a query may compare of a tensor's numbers. Min to std are of the finite ones, NaN where there is none (std: fewer than two).
struct QueryStatistics {
    double count = 0, finite = 0, nan = 0, inf = 0, zeros = 0;
    double min = 0, max = 0, mean = 0, std = 0;
};

// One entry of a checkpoint's tree, as a query sees it.
struct QuerySubject {
    std::string_view name;             // a tensor's whole name; of another entry its own key
    const Tensor* tensor = nullptr;    // null: no tensor
    TensorOrdinal ordinal = noOrdinal; // of the tensor
    TensorKind kind = TensorKind::Unknown; // as the file says it, else as it was guessed
    const Layer* layer = nullptr;
    double offset = -1;                // in the flat vector; below 0: not in it
    bool isAlias = false, isEdited = false, isOpaque = false;
};

enum class Truth : std::uint8_t { No, Yes, NotYet }; // NotYet: it hangs on statistics that are not known yet

// The words that make sense for one checkpoint.
struct QueryWords {
    std::vector<std::string> dtypes; // that it holds, by name
    std::vector<std::string> kinds;  // of its layers: "Linear", "Conv2d"
};

// The filter of the parameter tree: which tensors are meant. Grammar, loosest first:
//   a or b      a and b      a b (the same as and)      not a      (a)
//   text                     a part of the name, ASCII letters of either case; "..." where it holds blanks or signs
//   conv*.weight             a glob (* ? [a-z]) over the whole name
//   /l[0-3]\./  /x/i         a regular expression (ECMAScript), found anywhere in the name; i: of either case
//   dtype:bf16               a dtype by PyTorch's name, its short form (f32, bf16, i8, u8, c64), a glob over these, or float, int, complex
//   kind:buffer              parameter, buffer, unknown, or the beginning of a layer's kind (Linear, Conv) or of a role in attention (query)
//   is:alias                 alias, edited, opaque, readonly, unreadable
//   std < 1e-6               min max mean std absmax nan inf zeros finite numel bytes dim offset, with < <= > >= = !=, a number with
//                            k, M, G or T, and % of the count for nan, inf, zeros, finite
// An entry that is no tensor only answers to queries that ask of names alone.
class TensorQuery {
public:
    // What is wrong, and at which byte. `words`, where given, are held against kind: and tell what there is.
    static tl::expected<TensorQuery, SyntaxError> parse(std::string_view text, const QueryWords* words = nullptr);

    enum class Known : std::uint8_t { Yes, NotYet, Never };
    using StatisticsOf = std::function<Known(TensorOrdinal, QueryStatistics&)>; // asked only where the answer hangs on it
    Truth matches(const QuerySubject&, const StatisticsOf&) const; // Never: no comparison of a statistic holds

    bool empty() const { return m_terms.empty(); } // of an empty text: matches everything
    bool asksOfNumbers() const { return m_asksOfNumbers; }

    struct Term; // in the .cpp files
private:
    friend class QueryParser;
    std::vector<std::shared_ptr<const Term>> m_terms; // the last one is the whole
    bool m_asksOfNumbers = false, m_asksOfTensors = false; // of more than names
    Truth at(std::size_t term, const QuerySubject&, const StatisticsOf&) const;
};

// What could stand at the cursor: each text replaces the bytes [begin, end) of the query.
struct QueryCompletions {
    std::size_t begin = 0, end = 0;
    std::vector<std::string> texts;
};
QueryCompletions completeQuery(std::string_view text, std::size_t cursor, const QueryWords&);

} // namespace ravel
