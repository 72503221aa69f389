// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/io.h"
#include "base/job.h"
#include "edit/editedvector.h"
#include "layout/template.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ravel {

// The dtype torch would promote a concatenation of the layout's segments to.
Dtype promotedDtype(const FlatLayout&);

// What did not survive a conversion of dtype: per tensor how many numbers, and the first of them.
struct Loss {
    std::string name;
    std::int64_t numbers = 0;
    std::string example; // "global_step[0] = 9007199254740993 became 9007199254740992"
};

// Writes the flat vector as a .npy array of shape (numel,). `dtype` none: promotedDtype. Order and names from `like`, where given: a
// tensor that is missing, extra or of another shape is a Usage error that names it.
Result<std::vector<Loss>> flatten(Io&, const FlatLayout&, const EditedVector&, std::optional<Dtype> dtype,
    const std::string& target, bool overwrite, const Job&);
Result<std::shared_ptr<const FlatLayout>> layoutLike(std::shared_ptr<const Checkpoint>, const Template&);

// The vector of a .npy file as a source of elements by flat index; C order, any version, both byte orders.
Result<std::shared_ptr<const ElementSource>> openVector(Io&, const std::string& path);

// A step that sets every segment of the layout to the vector's numbers; refuses a wrong length, and two different numbers for one stored
// element, naming both places. The losses are what did not survive the conversion.
struct Unflattened {
    std::shared_ptr<const AppliedStep> step;
    std::vector<Loss> losses;
};
Result<Unflattened> unflatten(const FlatLayout&, const EditedVector&, std::shared_ptr<const ElementSource>, const Job&);

// Writes a fresh safetensors file from a template and a vector: names as the template has them (aliases as tensors of their own), `format: pt`.
Result<std::vector<Loss>> writeSafetensors(Io&, const Template&, const ElementSource&, const std::string& target, bool overwrite, const Job&);

} // namespace ravel
