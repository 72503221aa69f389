// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/maploader.h"

#include "items/courier.h"

#include <algorithm>
#include <cstdlib>

namespace ravel {

// The tile being read, and the way back.
struct MapLoader::Order {
    explicit Order(QObject* receiver)
        : courier(receiver)
    {
    }
    Courier courier;
    TileKey reading;
    Job job;
};

MapLoader::MapLoader(QObject* parent, Pool& pool)
    : QObject(parent)
    , m_pool(pool)
    , m_order(std::make_shared<Order>(this))
{
}

MapLoader::~MapLoader()
{
    m_order->courier.close();
    m_order->job.cancel();
}

void MapLoader::setSource(std::shared_ptr<const FlatLayout> layout, EditedVector edited)
{
    clear();
    m_layout = std::move(layout);
    m_edited = std::move(edited);
}

void MapLoader::clear()
{
    m_order->job.cancel();
    m_layout.reset();
    m_edited.reset();
    m_tiles.clear();
    m_waiting.clear();
    m_running = false;
    ++m_source;
    ++m_revision;
}

const MapTile* MapLoader::tile(TileKey key) const
{
    const auto found = m_tiles.find(key);
    return found == m_tiles.end() ? nullptr : found->second.tile.get();
}

void MapLoader::want(FlatRange range, int level)
{
    m_waiting.clear();
    if (!m_layout || range.count().value <= 0)
        return;
    ++m_clock;
    const std::int64_t first = TileKey::at(level, range.begin).index;
    const std::int64_t last = TileKey::at(level, range.end - Count(1)).index;
    if (last - first >= static_cast<std::int64_t>(mostTiles))
        return;
    const FlatIndex middle = range.begin + Count(range.count().value / 2);
    const std::int64_t centre = TileKey::at(level, middle).index;
    for (std::int64_t i = first; i <= last; ++i) {
        const TileKey key { level, i };
        if (const auto found = m_tiles.find(key); found != m_tiles.end())
            found->second.wanted = m_clock;
        else
            m_waiting.push_back(key);
    }
    std::stable_sort(m_waiting.begin(), m_waiting.end(),
        [centre](TileKey a, TileKey b) { return std::abs(a.index - centre) > std::abs(b.index - centre); });
    if (m_running) {
        const auto same = std::find(m_waiting.begin(), m_waiting.end(), m_order->reading);
        if (same != m_waiting.end())
            m_waiting.erase(same);
        else
            m_order->job.cancel();
    }
    start();
}

void MapLoader::start()
{
    if (m_running || m_waiting.empty())
        return;
    const TileKey key = m_waiting.back();
    m_waiting.pop_back();
    m_running = true;
    m_order->reading = key;
    m_order->job = Job();
    m_pool.post([this, order = m_order, job = m_order->job, layout = m_layout, edited = *m_edited, key, source = m_source] {
        auto tile = std::make_shared<Result<MapTile>>(readTile(*layout, edited, key, job));
        // `this` is only touched on its own thread, where it is alive: the courier drops the rest.
        order->courier.deliver([this, key, source, tile] { arrived(source, key, std::move(*tile)); });
    });
}

void MapLoader::arrived(std::uint64_t source, TileKey key, Result<MapTile> tile)
{
    if (source != m_source)
        return;
    m_running = false;
    if (tile) {
        m_tiles[key] = { std::make_shared<const MapTile>(std::move(*tile)), m_clock };
        ++m_revision;
        evict();
    } else if (tile.error().code != ErrorCode::Cancelled) {
        m_tiles[key] = { nullptr, m_clock };
    }
    start();
    if (tile)
        Q_EMIT loaded();
    else if (tile.error().code != ErrorCode::Cancelled)
        Q_EMIT failed(QString::fromStdString(tile.error().message));
}

void MapLoader::evict()
{
    while (m_tiles.size() > keptTiles) {
        const auto oldest = std::min_element(m_tiles.begin(), m_tiles.end(),
            [](const auto& a, const auto& b) { return a.second.wanted < b.second.wanted; });
        m_tiles.erase(oldest);
    }
}

} // namespace ravel
