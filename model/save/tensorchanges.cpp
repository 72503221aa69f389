// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/tensorchanges.h"

#include <algorithm>
#include <set>

namespace ravel {

// Tensors that view the same elements of a storage.
struct TensorChanges::View {
    Region region;
    std::vector<TensorOrdinal> tensors;
    ElementChanges changes;
    std::int64_t saturated = 0;
    bool dense = false;
};

struct TensorChanges::Views {
    std::vector<View> views;              // by ascending start
    std::vector<StorageIndex> furthest;   // the furthest end of views [0, i]
    std::mutex mutex;                     // over changes and saturated
};

namespace {

// Which elements a region holds, whatever their order.
auto shapeOf(const Region& region)
{
    std::vector<std::int64_t> shape { region.start.value };
    for (const RegionDim& dim : region.dims) {
        shape.push_back(dim.size);
        shape.push_back(dim.stride);
    }
    return shape;
}

bool isDense(const Region& region)
{
    return region.dims.empty() || (region.dims.size() == 1 && region.dims[0].stride == 1);
}

} // namespace

TensorChanges::TensorChanges(const Checkpoint& checkpoint)
    : m_checkpoint(checkpoint)
{
    for (TensorOrdinal i = 0; i < checkpoint.tensors.size(); ++i)
        if (checkpoint.tensors[i].storage != noOrdinal)
            m_tensors.emplace_back(checkpoint.tensors[i].storage, i);
    std::sort(m_tensors.begin(), m_tensors.end());
}

TensorChanges::~TensorChanges() = default;

TensorChanges::Views& TensorChanges::viewsOf(StorageOrdinal storage)
{
    const std::lock_guard lock(m_mutex);
    std::unique_ptr<Views>& views = m_views[storage];
    if (views)
        return *views;
    views = std::make_unique<Views>();
    std::map<std::vector<std::int64_t>, View> found;
    auto at = std::lower_bound(m_tensors.begin(), m_tensors.end(), std::pair(storage, TensorOrdinal(0)));
    for (; at != m_tensors.end() && at->first == storage; ++at) {
        const auto region = toRegion(m_checkpoint, wholeBox(m_checkpoint, at->second));
        if (!region)
            continue;
        View& view = found[shapeOf(*region)];
        view.region = *region;
        view.tensors.push_back(at->second);
        view.dense = isDense(*region);
    }
    StorageIndex furthest;
    for (auto& [shape, view] : found) {
        furthest = std::max(furthest, view.region.end());
        views->furthest.push_back(furthest);
        views->views.push_back(std::move(view));
    }
    return *views;
}

// Calls visit(view, what both have) for the views that touch a window.
template <class Visit> void TensorChanges::eachView(Views& views, Window window, Visit&& visit)
{
    const auto first = std::upper_bound(views.furthest.begin(), views.furthest.end(), window.begin)
        - views.furthest.begin();
    for (auto i = static_cast<std::size_t>(first); i < views.views.size(); ++i) {
        View& view = views.views[i];
        if (view.region.start >= window.end)
            break;
        const Window common { std::max(window.begin, view.region.start),
            std::min(window.end, view.region.end()) };
        if (common.begin < common.end)
            visit(view, common);
    }
}

std::vector<std::uint8_t> TensorChanges::maskOf(const View& view, Window common)
{
    if (view.dense)
        return {};
    std::vector<std::uint8_t> mask(static_cast<std::size_t>((common.end - common.begin).value));
    forEachRun(view.region, common.begin, common.end, [&](const Run& run) {
        for (std::int64_t i = 0, at = (run.start - common.begin).value; i < run.count; ++i, at += run.stride)
            mask[static_cast<std::size_t>(at)] = 1;
        return true;
    });
    return mask;
}

void TensorChanges::add(StorageOrdinal storage, StorageIndex first, Count n,
    const std::byte* before, const std::byte* after)
{
    const Dtype dtype = m_checkpoint.storages[storage].dtype;
    Views& views = viewsOf(storage);
    eachView(views, { first, first + n }, [&](View& view, Window common) {
        const std::vector<std::uint8_t> mask = maskOf(view, common);
        const std::int64_t skip = (common.begin - first).value * dtypeSize(dtype);
        const ElementChanges changes = measureChanges(dtype, before + skip, after + skip,
            static_cast<std::size_t>((common.end - common.begin).value),
            mask.empty() ? nullptr : mask.data());
        const std::lock_guard lock(views.mutex);
        view.changes += changes;
    });
}

Result<> TensorChanges::addSaturated(
    const EditedVector& edited, StorageOrdinal storage, StorageIndex first, Count n)
{
    const auto size = static_cast<std::size_t>(dtypeSize(m_checkpoint.storages[storage].dtype));
    std::vector<std::byte> unused(static_cast<std::size_t>(n.value) * size);
    Views& views = viewsOf(storage);
    Result<> answer;
    eachView(views, { first, first + n }, [&](View& view, Window common) {
        std::vector<std::uint8_t> mask = maskOf(view, common);
        if (mask.empty())
            mask.assign(static_cast<std::size_t>((common.end - common.begin).value), 1);
        Fit fit;
        for (auto run = mask.begin(); answer && run != mask.end();) {
            const auto begin = std::find(run, mask.end(), 1), end = std::find(begin, mask.end(), 0);
            if (begin != end)
                answer = edited.read(storage, common.begin + Count(begin - mask.begin()),
                    Count(end - begin), unused.data(), &fit);
            run = end;
        }
        const std::lock_guard lock(views.mutex);
        view.saturated += fit.saturated;
    });
    return answer;
}

std::vector<TensorChange> TensorChanges::result() const
{
    std::map<TensorOrdinal, TensorChange> byTensor;
    const std::lock_guard lock(m_mutex);
    for (const auto& [storage, views] : m_views)
        for (const View& view : views->views) {
            if (view.changes.elements == 0)
                continue;
            for (const TensorOrdinal tensor : view.tensors)
                byTensor[tensor] = { m_checkpoint.tensors[tensor].name, view.changes.elements,
                    view.changes.bytes, view.changes.maxAbs, view.saturated };
        }
    std::vector<TensorChange> changes;
    for (auto& [tensor, change] : byTensor)
        changes.push_back(std::move(change));
    return changes;
}

} // namespace ravel
