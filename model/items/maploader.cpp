// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/maploader.h"

#include "items/qtext.h"
#include "items/stepselect.h"

#include <algorithm>
#include <cstdlib>

namespace ravel {

MapLoader::MapLoader(QObject* parent)
    : QObject(parent)
    , m_tasks(1)
{
}

void MapLoader::setSource(std::shared_ptr<const FlatLayout> layout, EditedVector edited)
{
    if (m_edited && m_layout == layout && m_edited->checkpointPtr() == edited.checkpointPtr())
        dropEdited(edited);
    else
        clear();
    m_layout = std::move(layout);
    m_edited = std::move(edited);
}

// What is being read is read again: it may be of either.
void MapLoader::dropEdited(const EditedVector& now)
{
    m_tasks.cancelAll();
    m_waiting.clear();
    ++m_revision;
    const auto changed = changedSteps(*m_edited, now);
    std::erase_if(m_tiles, [&](const auto& entry) {
        const auto& [key, kept] = entry;
        const FlatRange range = key.range(m_layout->numel());
        if (kept.tile && std::none_of(changed.begin(), changed.end(), [&](const auto& step) { return covers(*step, *m_layout, range); }))
            return false;
        m_bytes -= kept.tile ? kept.tile->bytes() : 0;
        return true;
    });
}

void MapLoader::setSource(const MapLoader& other)
{
    if (other.m_layout && other.m_edited)
        setSource(other.m_layout, *other.m_edited);
    else
        clear();
}

void MapLoader::clear()
{
    m_tasks.cancelAll(); // cancelled work hands nothing back: what arrives is of the present source
    m_layout.reset();
    m_edited.reset();
    m_tiles.clear();
    m_bytes = 0;
    m_waiting.clear();
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
    const auto same = std::find(m_waiting.begin(), m_waiting.end(), m_reading);
    if (!m_running || m_job.cancelled())
        ; // what runs, if anything does, is of no use any more
    else if (same != m_waiting.end())
        m_waiting.erase(same);
    else
        m_job.cancel();
    start();
}

void MapLoader::start()
{
    if (m_running || m_waiting.empty())
        return;
    const TileKey key = m_waiting.back();
    m_waiting.pop_back();
    m_running = true;
    m_reading = key;
    m_job = m_tasks.run<Result<MapTile>>({},
        [layout = m_layout, edited = *m_edited, key](const Job& job) { return readTile(*layout, edited, key, job); },
        [this, key](Result<MapTile> tile) { arrived(key, std::move(tile)); },
        [this] {
            m_running = false;
            start();
        });
}

void MapLoader::arrived(TileKey key, Result<MapTile> tile)
{
    if (!tile) {
        m_tiles[key] = { nullptr, m_clock };
        Q_EMIT failed(sentenceOf(tile.error()));
        return;
    }
    m_bytes += tile->bytes();
    m_tiles[key] = { std::make_shared<const MapTile>(std::move(*tile)), m_clock };
    ++m_revision;
    evict();
    Q_EMIT loaded();
}

void MapLoader::evict()
{
    // What the view asked for last stays, however large.
    while (m_tiles.size() > keptTiles || (m_bytes > keptBytes && m_tiles.size() > mostTiles)) {
        const auto oldest = std::min_element(m_tiles.begin(), m_tiles.end(),
            [](const auto& a, const auto& b) { return a.second.wanted < b.second.wanted; });
        if (m_tiles.size() <= keptTiles && oldest->second.wanted == m_clock)
            return;
        m_bytes -= oldest->second.tile ? oldest->second.tile->bytes() : 0;
        m_tiles.erase(oldest);
    }
}

} // namespace ravel
