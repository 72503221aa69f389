// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "edit/editedvector.h"
#include "edit/recipe.h"
#include "layout/flatlayout.h"
#include "support/fixtures.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ravel {

// What a checkpoint holds, before it is a file.
struct Model {
    std::vector<FixtureStorage> storages;
    std::vector<FixtureTensor> tensors;

    template <class T> T& element(std::size_t storage, std::size_t i)
    {
        return reinterpret_cast<T*>(storages[storage].bytes.data())[i];
    }
};

// Tensors of several dtypes, one longer than a unit of work, with views that share storages.
Model sampleModel();
// Contiguous tensors with a storage each: what every container can hold.
Model plainModel();

// A way to write a model as a file: "zip", "zip, big-endian", "legacy", "safetensors", ...
struct FileKind {
    std::string name;
    bool views; // can hold tensors that share storages
    std::function<std::vector<std::byte>(const Model&)> write;
};
const std::vector<FileKind>& fileKinds();
const FileKind& fileKind(const std::string& name);

// An opened file with the steps of a recipe ("steps" alone, as JSON) bound to it.
struct EditedFile {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const FlatLayout> layout;
    Recipe recipe;
    EditedVector vector;
};
// What goes wrong is thrown as std::runtime_error: a test's own mistake.
EditedFile openEdited(const std::string& path, const std::string& steps = "[]", Io& = systemIo());

// Where many saves are quick: in memory where there is such a place. For QTemporaryDir.
const char* quickDirectory();

} // namespace ravel
