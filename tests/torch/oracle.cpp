// SPDX-License-Identifier: GPL-3.0-or-later
#include "oracle.h"

#include <ATen/ATen.h>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <torch/csrc/api/include/torch/nn/utils/convert_parameters.h>
#include <torch/csrc/jit/serialization/pickle.h>

namespace ravel::oracle {

namespace {

c10::ScalarType typeOf(Dtype dtype)
{
    switch (dtype) {
    case Dtype::Float64: return c10::kDouble;
    case Dtype::Float32: return c10::kFloat;
    case Dtype::Float16: return c10::kHalf;
    case Dtype::BFloat16: return c10::kBFloat16;
    case Dtype::Complex64: return c10::kComplexFloat;
    case Dtype::Complex128: return c10::kComplexDouble;
    case Dtype::Int8: return c10::kChar;
    case Dtype::Int16: return c10::kShort;
    case Dtype::Int32: return c10::kInt;
    case Dtype::Int64: return c10::kLong;
    case Dtype::UInt8: return c10::kByte;
    case Dtype::Bool: return c10::kBool;
    default: throw std::invalid_argument("LibTorch does not know this dtype");
    }
}

Dtype dtypeOf(c10::ScalarType type)
{
    for (int i = 0; i < dtypeCount; ++i)
        if (const auto dtype = static_cast<Dtype>(i); knows(dtype) && typeOf(dtype) == type)
            return dtype;
    throw std::invalid_argument("a dtype of LibTorch's that Ravel has no name for");
}

at::Tensor storageTensor(const View& view)
{
    const auto n = static_cast<std::int64_t>(view.storage.size()) / dtypeSize(view.dtype);
    at::Tensor flat = at::empty({ n }, typeOf(view.dtype));
    std::memcpy(flat.data_ptr(), view.storage.data(), view.storage.size());
    return flat;
}

at::Tensor tensorOf(const View& view)
{
    return storageTensor(view).as_strided(view.shape, view.stride, view.offset);
}

Array arrayOf(const at::Tensor& any)
{
    const at::Tensor tensor = any.contiguous();
    Array array { dtypeOf(tensor.scalar_type()), tensor.sizes().vec(), std::vector<std::byte>(tensor.nbytes()) };
    if (!array.bytes.empty())
        std::memcpy(array.bytes.data(), tensor.data_ptr(), array.bytes.size());
    return array;
}

template <class T> at::Tensor tensorOf(const std::vector<T>& values, c10::ScalarType type)
{
    at::Tensor tensor = at::empty({ static_cast<std::int64_t>(values.size()) }, type);
    std::memcpy(tensor.data_ptr(), values.data(), values.size() * sizeof(T));
    return tensor;
}

std::vector<std::int64_t> counts(const at::Tensor& histogram)
{
    const at::Tensor whole = histogram.to(c10::kLong);
    return { whole.data_ptr<std::int64_t>(), whole.data_ptr<std::int64_t>() + whole.numel() };
}

void collect(const c10::IValue& value, const std::string& name, std::vector<Loaded>& loaded)
{
    const auto below = [&](const std::string& key) { return name.empty() ? key : name + '.' + key; };
    if (value.isTensor()) {
        const at::Tensor& tensor = value.toTensor();
        loaded.push_back({ name, arrayOf(tensor), tensor.strides().vec(), tensor.storage_offset(),
            reinterpret_cast<std::uintptr_t>(tensor.storage().unsafeGetStorageImpl()) });
    } else if (value.isGenericDict()) {
        for (const auto& item : value.toGenericDict())
            collect(item.value(), below(item.key().isString() ? item.key().toStringRef() : std::to_string(item.key().toInt())), loaded);
    } else if (value.isList()) {
        const auto list = value.toList();
        for (std::size_t i = 0; i < list.size(); ++i)
            collect(list.get(i), below(std::to_string(i)), loaded);
    } else if (value.isTuple()) {
        const auto& elements = value.toTuple()->elements();
        for (std::size_t i = 0; i < elements.size(); ++i)
            collect(elements[i], below(std::to_string(i)), loaded);
    }
}

} // namespace

bool knows(Dtype dtype)
{
    try {
        typeOf(dtype);
        return true;
    } catch (const std::invalid_argument&) {
        return false;
    }
}

Array contiguous(const View& view) { return arrayOf(tensorOf(view)); }

Array parametersToVector(const std::vector<View>& views)
{
    std::vector<at::Tensor> parameters;
    for (const View& view : views)
        parameters.push_back(tensorOf(view));
    // parameters_to_vector of LibTorch 1.13 calls view(-1), which a transposed parameter refuses; Python's too.
    for (at::Tensor& parameter : parameters)
        parameter = parameter.contiguous();
    return arrayOf(torch::nn::utils::parameters_to_vector(parameters));
}

std::vector<Array> vectorToParameters(const Array& vector, const std::vector<std::vector<std::int64_t>>& shapes)
{
    at::Tensor flat = at::empty(vector.shape, typeOf(vector.dtype));
    std::memcpy(flat.data_ptr(), vector.bytes.data(), vector.bytes.size());
    std::vector<at::Tensor> parameters;
    for (const auto& shape : shapes)
        parameters.push_back(at::zeros(shape, typeOf(vector.dtype)));
    torch::nn::utils::vector_to_parameters(flat, parameters);
    std::vector<Array> arrays;
    for (const at::Tensor& parameter : parameters)
        arrays.push_back(arrayOf(parameter));
    return arrays;
}

Array cast(const std::vector<float>& values, Dtype dtype) { return arrayOf(tensorOf(values, c10::kFloat).to(typeOf(dtype))); }

Array castDouble(const std::vector<double>& values, Dtype dtype)
{
    return arrayOf(tensorOf(values, c10::kDouble).to(typeOf(dtype)));
}

Dtype promoted(const std::vector<Dtype>& dtypes)
{
    c10::ScalarType type = typeOf(dtypes.front());
    for (const Dtype dtype : dtypes)
        type = c10::promoteTypes(type, typeOf(dtype));
    return dtypeOf(type);
}

std::vector<std::int64_t> histc(const std::vector<float>& values, int bins, double low, double high)
{
    return counts(at::histc(tensorOf(values, c10::kFloat), bins, low, high));
}

std::vector<std::int64_t> histcDouble(const std::vector<double>& values, int bins, double low, double high)
{
    return counts(at::histc(tensorOf(values, c10::kDouble), bins, low, high));
}

Moments moments(const std::vector<double>& values, const std::vector<double>& q)
{
    const at::Tensor tensor = tensorOf(values, c10::kDouble);
    Moments result { tensor.mean().item<double>(), tensor.std().item<double>(), tensor.min().item<double>(),
        tensor.max().item<double>(), {} };
    for (const double share : q)
        result.quantiles.push_back(at::quantile(tensor, share).item<double>());
    return result;
}

std::vector<std::int64_t> strideOf(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& permutation)
{
    return at::empty(shape).permute(permutation).strides().vec();
}

std::vector<std::byte> pickleSave(const std::vector<Named>& named)
{
    std::vector<at::Tensor> flats;
    c10::Dict<std::string, at::Tensor> dict;
    for (const Named& one : named) {
        flats.push_back(one.same >= 0 ? flats[static_cast<std::size_t>(one.same)] : storageTensor(one.view));
        dict.insert(one.name, flats.back().as_strided(one.view.shape, one.view.stride, one.view.offset));
    }
    const std::vector<char> bytes = torch::jit::pickle_save(c10::IValue(dict));
    const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
    return { first, first + bytes.size() };
}

std::vector<Loaded> pickleLoad(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), {});
    std::vector<Loaded> loaded;
    collect(torch::jit::pickle_load(bytes), "", loaded);
    return loaded;
}

} // namespace ravel::oracle
