// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <memory>
#include <string>
#include <string_view>

namespace ravel {

// A pattern over names, read once: a part of the name, a glob over all of it, or a regular expression (nameexpression.h). A name that holds
// what is not printable matches as its bytes and as it is shown. Copies share what they hold.
class NamePattern {
public:
    static NamePattern part(std::string_view text);  // ASCII letters of either case
    static NamePattern glob(std::string_view glob);  // globMatches()
    static Result<NamePattern> expression(std::string_view text, bool anyCase = false);

    bool matches(std::string_view name) const;

private:
    struct State;
    explicit NamePattern(std::shared_ptr<const State> state)
        : m_state(std::move(state))
    {
    }
    std::shared_ptr<const State> m_state;
};

} // namespace ravel
