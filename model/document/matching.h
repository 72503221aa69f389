// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "checkpoint/checkpoint.h"
#include "document/matchrule.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ravel {

// Which tensor of B a tensor of A is compared with. By name: the first rule that matches A's name and gives the name of a tensor in B that is not taken
// yet decides; where none does, the tensor of the same name. Names are whole ones or those below each file's usual scope, whichever matches more. By
// order: the n-th tensor in A's usual scope and the n-th in B's; rules do not matter then.
struct MatchSpec {
    enum class By : std::uint8_t { Name, Order } by = By::Name;
    std::vector<MatchRule> rules;
    static Result<MatchSpec> make(By, const std::vector<std::string>& rules); // FROM=TO each
    std::vector<std::string> ruleTexts() const;
};

struct Matching {
    struct Pair {
        TensorOrdinal a = noOrdinal, b = noOrdinal; // noOrdinal: only in the other
        std::string name;      // in A; in B where it is only there
        std::string nameInB;   // where it is another than in A
    };
    std::vector<Pair> pairs;   // in A's order, then those only in B, in its order; each tensor once
    std::int64_t matched = 0;  // in both
    std::int64_t sameShape = 0; // of these
    std::int64_t inA = 0, inB = 0;
    bool belowScopes = false;  // names below each one's usual scope; what stands outside it is left out
};

// Names of two checkpoints, read once: matching by several specs is quick. Immutable.
class Matcher {
public:
    Matcher(std::shared_ptr<const Checkpoint> a, std::shared_ptr<const Checkpoint> b);
    Result<Matching> match(const MatchSpec&, const Job&) const;
    // A spec that matches more tensors of one shape than `current` does, if one of the usual ones does: a prefix taken away or put there ("module.",
    // "model.", "_orig_mod." and those that all names of a file share), or by order where as many tensors stand there with the same shapes.
    struct Suggestion {
        MatchSpec spec;
        std::int64_t matched = 0; // of one shape
    };
    Result<std::optional<Suggestion>> suggest(const MatchSpec& current, const Job&) const;

private:
    using Names = std::vector<std::pair<std::string, TensorOrdinal>>;
    struct Sides {
        Names a, b;
    };
    Result<Matching> byName(const Sides&, const std::vector<MatchRule>&, const Job&) const;
    Matching byOrder() const;
    void finish(Matching&, const Sides&, const std::vector<bool>& taken) const;
    std::vector<std::string> usualRules() const;

    std::shared_ptr<const Checkpoint> m_a, m_b;
    Sides m_whole, m_below;
    bool m_scoped = false; // the two kinds of names differ
};

} // namespace ravel
