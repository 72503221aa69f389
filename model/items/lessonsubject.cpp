// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QStringList>

#include "items/lessonsubject.h"

#include "checkpoint/geometry.h"
#include "items/qtext.h"
#include "layout/walk.h"

#include <utility>

namespace ravel {

namespace {

// Sizes and strides in order, of the dimensions that move: tensors with the same have their elements in the same order.
std::vector<std::pair<std::int64_t, std::int64_t>> walkOf(const Tensor& tensor)
{
    std::vector<std::pair<std::int64_t, std::int64_t>> walk;
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        if (tensor.shape[d] != 1)
            walk.emplace_back(tensor.shape[d], tensor.stride[d]);
    return walk;
}

} // namespace

std::optional<LessonSubject> LessonSubject::of(std::shared_ptr<const FlatLayout> layout, TensorOrdinal tensor, QString& trouble)
{
    LessonSubject made;
    made.layout = std::move(layout);
    made.tensor = tensor;
    const Tensor& facts = made.facts();
    made.name = shown(made.layout->nameOf(tensor));
    if (!facts.readable) {
        trouble = QCoreApplication::translate("Lesson", "%1 cannot be read: %2").arg(made.name, shown(facts.reason));
        return std::nullopt;
    }
    if (facts.numel.value == 0) {
        trouble = QCoreApplication::translate("Lesson", "%1 has shape %2 and no elements: there is nothing to walk through.").arg(made.name, shapeText(facts.shape));
        return std::nullopt;
    }
    made.shape.assign(facts.shape.begin(), facts.shape.end());
    made.stride.assign(facts.stride.begin(), facts.stride.end());
    made.order = contiguousStride(made.shape);
    made.numel = facts.numel.value;
    made.at.assign(made.shape.size(), 0);
    if (const auto ordinal = made.layout->segmentOf(tensor)) {
        const Segment& segment = made.layout->listed()[*ordinal];
        // An alias whose dimensions stand in another order stands in the other's run, but not row by row.
        made.repeats = segment.aliasOf != noOrdinal;
        if (!made.repeats || walkOf(facts) == walkOf(made.layout->tensor(made.layout->listed()[segment.aliasOf])))
            made.offset = segment.offset;
    }
    return made;
}

std::int64_t LessonSubject::place() const { return stridedPlace(at, order); }
std::int64_t LessonSubject::memory() const { return stridedPlace(at, stride); }
bool LessonSubject::contiguous() const { return isContiguous(facts()); }

std::optional<FlatIndex> LessonSubject::flat() const
{
    return offset ? std::optional(*offset + Count(place())) : std::nullopt;
}

QString indexText(const std::vector<std::int64_t>& coordinates)
{
    QStringList parts;
    for (const std::int64_t coordinate : coordinates)
        parts << QString::number(coordinate);
    return u'[' + parts.join(QStringLiteral(", ")) + u']';
}

} // namespace ravel
