// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/appliedstep.h"
#include "layout/flatlayout.h"
#include "stats/pyramid.h"
#include "support/fixtures.h"

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

namespace ravel {

// A small document for tests of the map. In order: a.first.weight, 60,000 float32 from 0 to 1 (a ramp) with a NaN at 12,345 and a spike of 40 at
// 50,000; a.first.bias, 1,000 of -0.5; a.empty, none; b.weight, 200 x 100 float32 counting, transposed in storage; b.count, one int64.
struct MapFixture {
    static constexpr std::int64_t ramp = 60000, nanAt = 12345, spikeAt = 50000, biasAt = ramp, bias = 1000, matrixAt = ramp + bias,
                                  matrix = 20000, countAt = matrixAt + matrix, numel = countAt + 1;
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const FlatLayout> layout;
    std::shared_ptr<Pyramid> pyramid;
    EditedVector edited { nullptr };

    explicit MapFixture(bool analysed = true)
    {
        std::vector<float> values;
        for (std::int64_t i = 0; i < ramp; ++i)
            values.push_back(static_cast<float>(i) / static_cast<float>(ramp));
        values[nanAt] = std::numeric_limits<float>::quiet_NaN();
        values[spikeAt] = 40;
        const std::vector<float> half(bias, -0.5f);
        const std::vector<std::int64_t> one { 77 };
        checkpoint = fixtureCheckpoint({ storageOf(Dtype::Float32, values), storageOf(Dtype::Float32, half),
                                           storageOf(Dtype::Float32, std::vector<float> {}), countingStorage(Dtype::Float32, matrix),
                                           storageOf(Dtype::Int64, one) },
            { { "a.first.weight", 0, { 300, 200 }, {}, 0, TensorKind::Unknown }, { "a.first.bias", 1, { bias }, {}, 0, TensorKind::Unknown },
                { "a.empty", 2, { 0 }, {}, 0, TensorKind::Unknown }, { "b.weight", 3, { 200, 100 }, { 1, 200 }, 0, TensorKind::Unknown },
                { "b.count", 4, {}, {}, 0, TensorKind::Unknown } });
        LayoutSpec whole;
        whole.scope = "";
        layout = FlatLayout::make(checkpoint, whole).value();
        edited = EditedVector(checkpoint);
        pyramid = std::make_shared<Pyramid>(layout);
        if (analysed && !pyramid->build(edited, Job()))
            throw std::runtime_error("the fixture cannot be analysed");
    }

    // The vector after one step over a selection, as a recipe writes it.
    EditedVector multiplied(const std::string& select, double factor) const
    {
        Step step;
        step.operation = Operation::Multiply;
        step.select = { { select, false } };
        step.value = Number::ofReal(factor);
        return edited.with(bindStep(step, *layout, edited, ".", Job()).value());
    }
};

} // namespace ravel
