// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "checkpoint/checkpoint.h"
#include "layout/nameexpression.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ravel {

// What each wildcard (* ? [...]) of a glob stands for in a name that it matches; see globMatches(). Each * but the last takes as little as it can.
std::optional<std::vector<std::string_view>> globCaptures(std::string_view pattern, std::string_view name);
// A glob cut into wildcards and what stands between them.
struct GlobPart {
    bool wild = false;
    std::string text;
};
std::vector<GlobPart> globParts(std::string_view pattern);

// The filters of LayoutSpec::only, read once: GLOB, re:RE, dtype:D, kind:K. None lets everything in.
class TensorFilter {
public:
    // Usage where a regular expression, a dtype or a kind is not one.
    static Result<TensorFilter> make(const std::vector<std::string>& only);
    TensorFilter(TensorFilter&&) noexcept;
    ~TensorFilter();
    // `name` is the tensor's name below the scope.
    bool matches(const Tensor&, const std::string& name) const;

private:
    struct Item;
    TensorFilter();
    std::vector<Item> m_items;
};

} // namespace ravel
