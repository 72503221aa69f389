// SPDX-License-Identifier: GPL-3.0-or-later
#include "torch/viewing.h"

#include "base/text.h"
#include "checkpoint/geometry.h"
#include "torch/scalartype.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_strided.h>
#include <algorithm>

namespace ravel {

namespace {

using Sizes = std::vector<std::int64_t>;

// What LibTorch says, without where in its code it says so.
std::string wordsOf(const std::exception& error)
{
    const auto* own = dynamic_cast<const c10::Error*>(&error);
    std::string words = own ? own->what_without_backtrace() : error.what();
    words = words.substr(0, words.find("Exception raised from"));
    std::replace(words.begin(), words.end(), '\n', ' ');
    const auto first = words.find_first_not_of(' ');
    if (first == std::string::npos)
        return "LibTorch refused without a word";
    return words.substr(first, words.find_last_not_of(' ') + 1 - first);
}

Result<> checkQuestion(const ViewQuestion& question)
{
    if (question.stride.size() != question.shape.size())
        return fail(ErrorCode::Usage, "the shape has " + std::to_string(question.shape.size()) + " dimensions, the stride "
                + std::to_string(question.stride.size()));
    const auto negative = [](std::int64_t n) { return n < 0; };
    if (std::any_of(question.shape.begin(), question.shape.end(), negative))
        return fail(ErrorCode::Usage, "a size of the shape " + listText(question.shape) + " is negative");
    if (std::any_of(question.stride.begin(), question.stride.end(), negative))
        return fail(ErrorCode::Usage, "torch has no tensors with the stride " + listText(question.stride));
    const auto numel = checkedNumel(question.shape, question.dtype);
    if (!numel)
        return fail(ErrorCode::Limit, numel.error().message);
    const std::size_t arguments = question.arguments.size();
    if ((question.call == ViewCall::Flatten || question.call == ViewCall::Transpose) && arguments != 2)
        return fail(ErrorCode::Usage, callText(question) + " needs two dimensions");
    if (question.call == ViewCall::Unflatten && arguments == 0)
        return fail(ErrorCode::Usage, callText(question) + " needs a dimension and sizes");
    return {};
}

at::Tensor call(const at::Tensor& tensor, ViewCall call, const Sizes& arguments)
{
    switch (call) {
    case ViewCall::View: return tensor.view(arguments);
    case ViewCall::Reshape: return tensor.reshape(arguments);
    case ViewCall::Contiguous: return tensor.contiguous();
    case ViewCall::Flatten: return tensor.flatten(arguments[0], arguments[1]);
    case ViewCall::Unflatten: return tensor.unflatten(arguments[0], at::IntArrayRef(arguments).slice(1));
    case ViewCall::Transpose: return tensor.transpose(arguments[0], arguments[1]);
    case ViewCall::Squeeze: break;
    }
    return tensor.squeeze();
}

} // namespace

Result<ViewAnswer> askLibTorch(const ViewQuestion& question)
{
    RAVEL_TRY(checkQuestion(question));
    at::Tensor tensor;
    try {
        const auto options = at::TensorOptions().dtype(scalarType(question.dtype).value_or(c10::kFloat)).device(c10::kMeta);
        tensor = at::empty_strided(question.shape, question.stride, options);
    } catch (const std::exception& error) {
        return fail(ErrorCode::Limit, "LibTorch makes no tensor of shape " + escaped(listText(question.shape), 120)
                + " and its stride: " + escaped(wordsOf(error), 120));
    }
    ViewAnswer answer;
    try {
        const at::Tensor result = call(tensor, question.call, question.arguments);
        answer.shape = result.sizes().vec();
        answer.stride = result.strides().vec();
        answer.shared = result.is_alias_of(tensor);
        answer.contiguous = result.is_contiguous();
    } catch (const std::exception& error) {
        answer = {};
        answer.error = wordsOf(error);
    }
    return answer;
}

} // namespace ravel
