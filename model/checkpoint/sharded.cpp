// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/sharded.h"

#include "checkpoint/bytes.h"
#include "checkpoint/fileerror.h"
#include "checkpoint/lazyfile.h"
#include "checkpoint/shardmerge.h"
#include "checkpoint/treebudget.h"

#include <algorithm>
#include <tuple>

namespace ravel {

namespace {

// Opens the shards of a set one after the other.
class Opening {
public:
    Opening(const OpenContext& context, std::size_t shards)
        : m_context(context)
        , m_folder(directoryOf(context.path))
        , m_files(context.io)
        , m_budget(context.limits)
        , m_checkedBytes(context.checkedBytes / static_cast<std::int64_t>(std::max<std::size_t>(shards, 1)))
    {
    }

    Result<LoadedShard> load(const std::string& name)
    {
        LoadedShard shard { name, nullptr, shardNameProblem(name) };
        if (!shard.problem.empty()) {
            shard.problem = "is not opened, its name " + shard.problem;
            return shard;
        }
        const std::string path = joinedPath(m_folder, name);
        if (!m_context.io.exists(path)) {
            shard.problem = "is missing: no such file beside the index (is the download complete?)";
            return shard;
        }
        auto checkpoint = std::make_unique<Checkpoint>();
        checkpoint->path = path;
        auto read = m_budget.check();
        if (read)
            read = readFile({ m_context.io, m_budget.limits(), m_context.job, path, true, m_checkedBytes }, *checkpoint);
        if (!read && read.error().code == ErrorCode::Cancelled)
            return tl::unexpected(read.error());
        if (!read) {
            m_budget.failed(read.error());
            shard.problem = "can't be opened: " + read.error().message;
            return shard;
        }
        if (checkpoint->files.size() != 1 || checkpoint->isSet()) {
            shard.problem = "is a checkpoint of several files (" + checkpoint->container + "), where a single file is expected";
            return shard;
        }
        m_budget.take(*checkpoint);
        SourceFile& file = checkpoint->files[0];
        file.file = m_files.keep(std::move(file.file), file.path, file.status);
        shard.checkpoint = std::move(checkpoint);
        return shard;
    }

private:
    const OpenContext& m_context;
    std::string m_folder;
    FilesOfASet m_files;
    TreeBudget m_budget;
    std::int64_t m_checkedBytes;
};

Result<std::vector<std::byte>> indexBytes(const OpenContext& context, const Probe& probe, File& file)
{
    if (probe.size.value > context.limits.indexBytes)
        return fail(ErrorCode::Limit, "the index of this sharded set has " + std::to_string(probe.size.value) + " bytes, the limit is "
                + std::to_string(context.limits.indexBytes));
    return readRange(file, ByteOffset(0), probe.size);
}

Result<> readSet(const OpenContext& context, const Probe& probe, Checkpoint& set)
{
    if (context.inSet)
        return fail(ErrorCode::Unsupported, "this is the index of a sharded set, where a shard is expected");
    const SourceFile indexFile = std::move(set.files[0]);
    set.files.clear();
    RAVEL_ASSIGN(const std::vector<std::byte> bytes, indexBytes(context, probe, *indexFile.file));
    RAVEL_ASSIGN(const ShardIndex index, parseShardIndex(bytes, context.limits, context.job));
    Opening opening(context, index.shards.size());
    std::vector<LoadedShard> shards;
    for (const std::string& name : index.shards) {
        RAVEL_TRY(context.job.check());
        context.job.progress(static_cast<std::int64_t>(shards.size()), static_cast<std::int64_t>(index.shards.size()));
        RAVEL_ASSIGN(LoadedShard shard, opening.load(name));
        shards.push_back(std::move(shard));
    }
    RAVEL_TRY(mergeShards(index, std::move(shards), context.limits, context.job, set));
    set.files.push_back(indexFile);
    return {};
}

} // namespace

bool Sharded::matches(const Probe& probe) const
{
    const std::string_view head = textOf(probe.head);
    const std::size_t first = head.find_first_not_of(" \t\r\n", head.starts_with("\xef\xbb\xbf") ? 3 : 0);
    if (first == head.npos || head[first] != '{')
        return false;
    constexpr std::string_view key = "\"weight_map\"";
    return head.find(key) != head.npos || textOf(probe.tail).find(key) != std::string_view::npos;
}

Result<> Sharded::read(const OpenContext& context, const Probe& probe, Checkpoint& checkpoint) const
{
    return withFileName(readSet(context, probe, checkpoint), context.path);
}

std::vector<std::string> Sharded::entryFiles(std::span<const std::string> names) const
{
    std::vector<std::string> indexes;
    std::copy_if(names.begin(), names.end(), std::back_inserter(indexes), [](const std::string& name) { return isIndexName(name); });
    const auto rank = [](const std::string& name) {
        const bool isVariant = !name.ends_with(".index.json");
        const bool isSafetensors = name.find(".safetensors.index.") != name.npos;
        return std::tuple(isVariant, !isSafetensors, !name.starts_with("model."));
    };
    std::stable_sort(indexes.begin(), indexes.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return indexes;
}

} // namespace ravel
