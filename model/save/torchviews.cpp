// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/torchviews.h"

#include "checkpoint/geometry.h"

#include <span>

namespace ravel {

namespace {

std::string listed(std::span<const std::int64_t> numbers)
{
    std::string text;
    for (const std::int64_t number : numbers)
        text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text;
}

} // namespace

std::string callText(const ViewQuestion& question)
{
    const std::vector<std::int64_t>& arguments = question.arguments;
    switch (question.call) {
    case ViewCall::View: return "view(" + (arguments.empty() ? "()" : listed(arguments)) + ')';
    case ViewCall::Reshape: return "reshape(" + (arguments.empty() ? "()" : listed(arguments)) + ')';
    case ViewCall::Contiguous: return "contiguous()";
    case ViewCall::Flatten: return "flatten(" + listed(arguments) + ')';
    case ViewCall::Transpose: return "transpose(" + listed(arguments) + ')';
    case ViewCall::Squeeze: return "squeeze()";
    case ViewCall::Unflatten: break;
    }
    if (arguments.empty())
        return "unflatten()";
    return "unflatten(" + std::to_string(arguments[0]) + ", " + tupleText(std::span(arguments).subspan(1)) + ')';
}

} // namespace ravel
