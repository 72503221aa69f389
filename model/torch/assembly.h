// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "edit/appliedstep.h"
#include "layout/template.h"
#include "save/flatten.h"

#include <cstddef>
#include <vector>

namespace ravel {

// The storages that a template describes, made anew from the numbers of a flat vector. Aliases and overlapping views share
// theirs, as the template says; what no tensor views is left out at both ends and zero in between.
class Assembly {
public:
    struct StorageShape {
        Dtype dtype = Dtype::Float32;
        Count numel;
        std::vector<std::size_t> segments; // into Template::segments, that view it
        StorageIndex first;                // of the template's storage: what is element 0 here
    };

    // Format where a segment's geometry is impossible, or two segments see one storage in different dtypes.
    static Result<Assembly> make(const Template&);

    const std::vector<StorageShape>& storages() const { return m_storages; }
    std::size_t storageOf(std::size_t segment) const { return m_storageOf[segment]; }
    std::int64_t offsetOf(std::size_t segment) const; // in its storage here, in elements

    // The bytes of one storage, native order. Refused where the vector holds different values for one stored element; the error
    // names both places. `losses` grows by what the tensors' dtypes could not hold of the vector's numbers.
    Result<std::vector<std::byte>> bytes(
        std::size_t storage, const ElementSource&, std::vector<Loss>& losses, const Job&) const;

private:
    const Template* m_template = nullptr; // outlives this
    std::vector<StorageShape> m_storages;
    std::vector<std::size_t> m_storageOf;
};

} // namespace ravel
