// SPDX-License-Identifier: GPL-3.0-or-later
#include "layout/sharing.h"

#include "checkpoint/geometry.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr int mostEach = 4;     // earlier views that one is told with
constexpr int mostSearched = 64;

struct View {
    std::uint32_t listed = 0;
    StorageIndex begin, end; // hull
    bool contiguous = true;
};

View viewOf(const FlatLayout& layout, std::uint32_t listed)
{
    const Tensor& tensor = layout.tensor(layout.listed()[listed]);
    View view { listed, tensor.storageOffset, tensor.storageOffset + Count(1), isContiguous(tensor) };
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        view.end += Count((tensor.shape[d] - 1) * tensor.stride[d]);
    return view;
}

SharedPlaces sharedBy(const FlatLayout& layout, const View& a, const View& b)
{
    const Segment &first = layout.listed()[a.listed], &second = layout.listed()[b.listed];
    SharedPlaces places;
    places.exact = a.contiguous && b.contiguous;
    if (places.exact) {
        const StorageIndex from = std::max(a.begin, b.begin), to = std::min(a.end, b.end);
        places.first = { first.offset + (from - a.begin), first.offset + (to - a.begin) };
        places.second = { second.offset + (from - b.begin), second.offset + (to - b.begin) };
    } else {
        places.first = { first.offset, first.offset + first.numel };
        places.second = { second.offset, second.offset + second.numel };
        // The same elements in another order of their dimensions are shared one and all.
        places.exact = a.begin == b.begin && a.end == b.end && first.numel == second.numel && first.numel == a.end - a.begin;
    }
    if (places.second.begin < places.first.begin)
        std::swap(places.first, places.second);
    return places;
}

} // namespace

std::vector<SharedPlaces> sharedPlaces(const FlatLayout& layout)
{
    std::vector<std::pair<StorageOrdinal, std::uint32_t>> byStorage;
    for (const std::uint32_t listed : layout.placed())
        if (layout.listed()[listed].numel.value > 0)
            byStorage.emplace_back(layout.tensor(layout.listed()[listed]).storage, listed);
    std::sort(byStorage.begin(), byStorage.end());
    std::vector<SharedPlaces> result;
    std::vector<View> views;
    for (std::size_t i = 0; i < byStorage.size();) {
        std::size_t end = i;
        while (end < byStorage.size() && byStorage[end].first == byStorage[i].first)
            ++end;
        if (end - i > 1) {
            views.clear();
            for (std::size_t k = i; k < end; ++k)
                views.push_back(viewOf(layout, byStorage[k].second));
            std::stable_sort(views.begin(), views.end(), [](const View& a, const View& b) { return a.begin < b.begin; });
            for (std::size_t k = 1; k < views.size(); ++k) {
                int told = 0;
                for (std::size_t back = 1; back <= k && back <= mostSearched && told < mostEach; ++back)
                    if (views[k - back].end > views[k].begin) {
                        result.push_back(sharedBy(layout, views[k - back], views[k]));
                        ++told;
                    }
            }
        }
        i = end;
    }
    std::sort(result.begin(), result.end(), [](const SharedPlaces& a, const SharedPlaces& b) { return a.first.begin < b.first.begin; });
    return result;
}

std::vector<std::uint32_t> aliasesWithoutPlace(const FlatLayout& layout)
{
    std::vector<std::uint32_t> result;
    for (std::uint32_t i = 0; i < layout.listed().size(); ++i)
        if (layout.listed()[i].aliasOf != noOrdinal && layout.listed()[i].numel.value > 0)
            result.push_back(i);
    std::stable_sort(result.begin(), result.end(),
        [&](std::uint32_t a, std::uint32_t b) { return layout.listed()[a].offset < layout.listed()[b].offset; });
    return result;
}

} // namespace ravel
