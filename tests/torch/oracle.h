// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/dtype.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// What LibTorch says, in plain C++: no header of LibTorch stands on this side, so that tests build in a moment.
namespace ravel::oracle {

struct Array {
    Dtype dtype = Dtype::Float32;
    std::vector<std::int64_t> shape;
    std::vector<std::byte> bytes; // contiguous, native byte order
};

struct View {
    Dtype dtype = Dtype::Float32;
    std::vector<std::byte> storage;
    std::vector<std::int64_t> shape, stride;
    std::int64_t offset = 0;
};

bool knows(Dtype);

// at::as_strided(...).contiguous()
Array contiguous(const View&);
// torch::nn::utils::parameters_to_vector of the views
Array parametersToVector(const std::vector<View>&);
// torch::nn::utils::vector_to_parameters into parameters of these shapes: their values afterwards
std::vector<Array> vectorToParameters(const Array& vector, const std::vector<std::vector<std::int64_t>>& shapes);
// The values cast by at::Tensor::to(dtype), starting from float32 (LibTorch's own double to half rounds twice).
Array cast(const std::vector<float>& values, Dtype);
// ... and from float64.
Array castDouble(const std::vector<double>& values, Dtype);
Dtype promoted(const std::vector<Dtype>&); // at::result_type, pair by pair, of one-dimensional tensors
std::vector<std::int64_t> histc(const std::vector<float>& values, int bins, double low, double high);
std::vector<std::int64_t> histcDouble(const std::vector<double>& values, int bins, double low, double high);
struct Moments {
    double mean = 0, std = 0, min = 0, max = 0;
    std::vector<double> quantiles;
};
Moments moments(const std::vector<double>& values, const std::vector<double>& q);
std::vector<std::int64_t> strideOf(const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& permutation);

// torch::pickle_save of a dict from name to tensor; two names with the same `same` index share one tensor's storage.
struct Named {
    std::string name;
    View view;
    int same = -1; // index of an earlier one whose storage this views
};
std::vector<std::byte> pickleSave(const std::vector<Named>&);
// torch::pickle_load of such a file: names with dots for nested dicts, lists by index; whether two share their storage.
struct Loaded {
    std::string name;
    Array array;
    std::vector<std::int64_t> stride;
    std::int64_t offset = 0;
    std::uintptr_t storage = 0;
};
std::vector<Loaded> pickleLoad(const std::string& path);

} // namespace ravel::oracle
