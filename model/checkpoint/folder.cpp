// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/folder.h"

#include "checkpoint/bytes.h"
#include "checkpoint/container.h"

#include <algorithm>

namespace ravel {

namespace {

// By the ending alone: none of them is opened to find out.
bool looksLikeCheckpoint(std::string_view name)
{
    constexpr std::string_view endings[]
        = { ".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".gguf", ".npz", ".npy", ".jit", ".ptl", ".th" };
    return std::any_of(std::begin(endings), std::end(endings), [&](std::string_view ending) { return name.ends_with(ending); });
}

std::string listed(std::span<const std::string> names)
{
    constexpr std::size_t shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), shown); ++i)
        text += (i ? ", " : "") + inQuotes(names[i]);
    return text + (names.size() > shown ? ", ..." : "");
}

Error nothingIn(const std::string& path, const std::vector<std::string>& names)
{
    const std::string start = "this is a directory without a checkpoint in it that consists of several files (no *.index.json, no .metadata)";
    std::vector<std::string> others;
    std::copy_if(names.begin(), names.end(), std::back_inserter(others), looksLikeCheckpoint);
    if (names.empty())
        return { ErrorCode::Unsupported, sentence(path, "this is an empty directory, a checkpoint is expected") };
    if (std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.ends_with(".distcp"); }))
        return { ErrorCode::Format, sentence(path, "this is a distributed checkpoint without its .metadata, which says what stands where in "
            "its .distcp files: the save did not end, or the download is not complete") };
    if (others.empty())
        return { ErrorCode::Unsupported, sentence(path, start) };
    return { ErrorCode::Unsupported, sentence(path, start + ": open " + listed(others)) };
}

} // namespace

std::string withoutSlash(std::string path)
{
    while (path.size() > 1 && path.back() == '/')
        path.pop_back();
    return path;
}

bool isFolder(Io& io, const std::string& path)
{
    const auto status = io.status(path);
    return status && isDirectory(*status);
}

Result<FolderEntry> entryOfFolder(Io& io, const std::string& path)
{
    const std::string folder = withoutSlash(path);
    RAVEL_ASSIGN(const std::vector<std::string> names, io.list(folder));
    std::vector<std::string> candidates;
    for (const auto& container : containers())
        for (const std::string& name : container->entryFiles(names))
            candidates.push_back(name);
    if (candidates.empty())
        return tl::unexpected(nothingIn(folder, names));
    FolderEntry entry;
    entry.name = candidates.front();
    entry.path = joinedPath(folder, entry.name);
    if (candidates.size() > 1)
        entry.messages.push_back(sentence(folder, "the directory was opened by " + inQuotes(entry.name) + "; it also holds "
                + listed(std::span(candidates).subspan(1)) + ", which can be opened by its own path"));
    return entry;
}

} // namespace ravel
