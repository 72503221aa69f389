// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "base/pool.h"
#include "items/maptile.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace ravel {

// Reads the tiles that the map shows where the pyramid is too coarse. Works on the pool with a snapshot, one tile at a time from
// the middle of the view outwards; a new request replaces what still waits, and what is being read if it is no longer
// wanted. Results for an older snapshot are dropped. GUI thread only.
class MapLoader : public QObject {
    Q_OBJECT
public:
    explicit MapLoader(QObject* parent = nullptr, Pool& = computePool());
    ~MapLoader() override;

    void setSource(std::shared_ptr<const FlatLayout>, EditedVector); // drops every tile
    void clear();

    // Wants the tiles that cover a range, which should be a view's: at most `mostTiles` are read.
    void want(FlatRange, int level);
    const MapTile* tile(TileKey) const; // null while it is not here
    bool busy() const { return m_running; }
    std::uint64_t revision() const { return m_revision; } // rises with each tile and each source: a cache key

    static constexpr std::size_t mostTiles = 16;
    static constexpr std::size_t keptTiles = 96; // some 10 MB

Q_SIGNALS:
    void loaded();
    void failed(const QString& sentence); // the tile stays unknown until the source changes

private:
    struct Order; // what the worker looks at
    void start();
    void arrived(std::uint64_t source, TileKey, Result<MapTile>);
    void evict();

    Pool& m_pool;
    std::shared_ptr<const FlatLayout> m_layout;
    std::optional<EditedVector> m_edited;
    std::shared_ptr<Order> m_order;
    std::uint64_t m_source = 0;
    std::uint64_t m_revision = 0;
    std::uint64_t m_clock = 0;
    bool m_running = false;

    struct Kept {
        std::shared_ptr<const MapTile> tile; // null: could not be read
        std::uint64_t wanted = 0;            // when it was last asked for
    };
    std::map<TileKey, Kept> m_tiles;
    std::vector<TileKey> m_waiting; // the next one last
};

} // namespace ravel
