// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/torchplugin.h"

#include "base/text.h"
#include "torch/assembly.h"
#include "torch/scalartype.h"
#include "torch/treevalue.h"
#include "torch/viewing.h"

#include <ATen/ops/empty.h>
#include <c10/core/Storage.h>
#include <caffe2/serialize/inline_container.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <torch/csrc/jit/serialization/pickler.h>
#include <torch/version.h>
#include <unistd.h>
#include <unordered_map>

namespace ravel {

namespace {

// An address that no code may touch: the pickle needs tensors, not their numbers.
class Untouchable {
public:
    Untouchable()
        : m_page(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    {
    }
    ~Untouchable()
    {
        if (m_page != MAP_FAILED)
            munmap(m_page, 4096);
    }
    Untouchable(const Untouchable&) = delete;
    Untouchable& operator=(const Untouchable&) = delete;
    bool ok() const { return m_page != MAP_FAILED; }
    void* address() const { return m_page; }

private:
    void* m_page;
};

Result<std::vector<at::Tensor>> emptyTensors(const Template& made, const Assembly& assembly, void* address)
{
    std::vector<c10::Storage> storages;
    for (const Assembly::StorageShape& shape : assembly.storages()) {
        if (!scalarType(shape.dtype))
            return fail(ErrorCode::Unsupported, "this LibTorch has no " + std::string(dtypeName(shape.dtype)) + ", the dtype of "
                    + escaped(made.segments[shape.segments.front()].name) + "; a .safetensors output takes it");
        const auto bytes = static_cast<std::size_t>(shape.numel.value * dtypeSize(shape.dtype));
        storages.emplace_back(c10::Storage::use_byte_size_t(), bytes, c10::DataPtr(address, c10::kCPU), nullptr, false);
    }
    std::vector<at::Tensor> tensors;
    for (std::size_t i = 0; i < made.segments.size(); ++i) {
        const TemplateSegment& segment = made.segments[i];
        at::Tensor tensor = at::empty({ 0 }, at::TensorOptions().dtype(*scalarType(segment.dtype)));
        tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(storages[assembly.storageOf(i)]);
        tensor.unsafeGetTensorImpl()->set_sizes_and_strides(segment.shape, segment.stride);
        tensor.unsafeGetTensorImpl()->set_storage_offset(assembly.offsetOf(i));
        tensors.push_back(std::move(tensor));
    }
    return tensors;
}

// What LibTorch's writer hands over goes to the file that the caller made.
class Output {
public:
    explicit Output(const std::string& path)
        : m_fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW))
    {
    }
    ~Output()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    bool ok() const { return m_fd >= 0; }
    int error() const { return m_error; }
    std::size_t write(const void* data, std::size_t n)
    {
        const char* from = static_cast<const char*>(data);
        for (std::size_t done = 0; done < n;) {
            const ssize_t wrote = ::write(m_fd, from + done, n - done);
            if (wrote < 0 && errno == EINTR)
                continue;
            if (wrote <= 0) {
                m_error = errno;
                return done;
            }
            done += static_cast<std::size_t>(wrote);
        }
        return n;
    }

private:
    int m_fd;
    int m_error = 0;
};

class Plugin final : public TorchPlugin {
public:
    std::string version() const override { return TORCH_VERSION; }

    Result<ViewAnswer> ask(const ViewQuestion& question) const override { return askLibTorch(question); }

    Result<std::vector<Loss>> writePt(
        const Template& made, const ElementSource& vector, const std::string& path, const Job& job) const override
    {
        Output output(path);
        if (!output.ok())
            return fail(ErrorCode::Io, escaped(path) + " could not be opened for writing");
        try {
            return write(made, vector, output, job);
        } catch (const std::exception& error) {
            if (output.error())
                return fail(ErrorCode::Io, "writing " + escaped(path) + ": " + std::string(strerror(output.error())));
            return fail(ErrorCode::Unsupported, "LibTorch could not write " + escaped(path) + ": " + escaped(error.what(), 160));
        }
    }

private:
    static Result<std::vector<Loss>> write(
        const Template& made, const ElementSource& vector, Output& output, const Job& job)
    {
        if (vector.count() != made.numel.value)
            return fail(ErrorCode::Usage, "the vector has " + std::to_string(vector.count()) + " numbers, the template describes "
                    + std::to_string(made.numel.value));
        RAVEL_ASSIGN(const Assembly assembly, Assembly::make(made));
        const Untouchable page;
        if (!page.ok())
            return fail(ErrorCode::Io, "no address space is left");
        RAVEL_ASSIGN(const std::vector<at::Tensor> tensors, emptyTensors(made, assembly, page.address()));
        RAVEL_ASSIGN(const c10::IValue tree, treeValue(made, [&](std::size_t i) { return tensors[i]; }));

        std::string pickle;
        std::vector<std::size_t> order; // storages as the pickle numbers them
        {
            torch::jit::Pickler pickler([&](const char* data, std::size_t n) { pickle.append(data, n); },
                nullptr, nullptr, nullptr, nullptr, false);
            pickler.protocol();
            pickler.pushIValue(tree);
            pickler.stop();
            std::unordered_map<const void*, std::size_t> storageOf;
            for (std::size_t i = 0; i < tensors.size(); ++i)
                storageOf[tensors[i].storage().unsafeGetStorageImpl()] = assembly.storageOf(i);
            for (const at::Tensor& tensor : pickler.tensorData())
                order.push_back(storageOf.at(tensor.storage().unsafeGetStorageImpl()));
        }

        std::vector<Loss> losses;
        caffe2::serialize::PyTorchStreamWriter writer(
            [&](const void* data, std::size_t n) { return output.write(data, n); });
        writer.writeRecord("data.pkl", pickle.data(), pickle.size());
        writer.writeRecord("byteorder", "little", 6);
        for (std::size_t i = 0; i < order.size(); ++i) {
            RAVEL_ASSIGN(const std::vector<std::byte> bytes, assembly.bytes(order[i], vector, losses, job));
            writer.writeRecord("data/" + std::to_string(i), bytes.data(), bytes.size());
            job.progress(static_cast<std::int64_t>(i + 1), static_cast<std::int64_t>(order.size()));
        }
        writer.writeEndOfFile();
        return losses;
    }
};

} // namespace
} // namespace ravel

extern "C" __attribute__((visibility("default"))) ravel::TorchPlugin* ravelTorchPlugin()
{
    static ravel::Plugin plugin;
    return &plugin;
}
