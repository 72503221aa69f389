// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/template.h"
#include "save/templatetrial.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ravel {

// A tensor with its neighbour in the layout, as a layout of their own.
struct TemplatePair {
    std::shared_ptr<const FlatLayout> layout;
    Template made;
    std::size_t subject = 0;          // segment of `made`
    std::optional<std::size_t> other; // the next tensor with numbers; of an alias the tensor that it repeats
    std::int64_t position = 0;        // row-major, of the element in view within the subject

    const TemplateSegment& segment() const { return made.segments[subject]; }
    const Tensor& tensor() const { return layout->tensor(layout->listed()[subject]); }
};

// Usage where the layout does not hold the tensor, or holds it without its numbers.
Result<TemplatePair> pairOf(const FlatLayout&, TensorOrdinal, const std::vector<std::int64_t>& at);

// A template as text with a fault in it. Not possible: `impossible` says why.
struct BrokenTemplate {
    std::string text, change, impossible;
};
BrokenTemplate breakTemplate(const TemplatePair&, TemplateFault);
BrokenTemplate withDtype(const TemplatePair&, Dtype);

// A name in a sentence: that of the tensor of a .npy file is empty.
std::string nameInWords(std::string_view name, std::size_t limit = 80);

// What the numbers show rather than the template.
Result<TemplateTrial> tryTiedNumbers(const FlatLayout&, const EditedVector&, const TemplatePair&, const Job&);
Result<TemplateTrial> tryNarrowDtype(const EditedVector&, const TemplatePair&, const Job&);

inline constexpr const char* trialName = "template"; // what messages call it

} // namespace ravel
