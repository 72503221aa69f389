// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/container.h"

namespace ravel {

// A pickle without a container around it. It can't hold tensors, so that reading it ends in a sentence: what is
// wrong with it, or that there is no tensor in it and what loading it would call.
class PlainPickle : public Container {
public:
    std::string_view name() const override { return "pickle"; }
    bool matches(const Probe&) const override;
    Result<> read(const OpenContext&, const Probe&, Checkpoint&) const override;
};

} // namespace ravel
