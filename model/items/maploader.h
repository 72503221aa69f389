// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "items/maptile.h"
#include "items/tasks.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace ravel {

// Reads the tiles that the map shows where the pyramid is too coarse. Works on a thread of its own with a snapshot, one tile at a time from
// the middle of the view outwards; a new request replaces what still waits, and what is being read if it is no longer
// wanted. Results for an older snapshot are dropped. GUI thread only.
class MapLoader : public QObject {
    Q_OBJECT
public:
    explicit MapLoader(QObject* parent = nullptr);

    void setSource(std::shared_ptr<const FlatLayout>, EditedVector); // drops every tile; of the same layout those alone that a step now touches, or did
    void setSource(const MapLoader&); // the same numbers as another one
    void clear();

    // Wants the tiles that cover a range, which should be a view's: at most `mostTiles` are read.
    void want(FlatRange, int level);
    const MapTile* tile(TileKey) const; // null while it is not here
    bool busy() const { return m_running; }
    std::uint64_t revision() const { return m_revision; } // rises with each tile and each source: a cache key

    static constexpr std::size_t mostTiles = 16;
    static constexpr std::size_t keptTiles = 96;
    static constexpr std::size_t keptBytes = 16 << 20;

Q_SIGNALS:
    void loaded();
    void failed(const QString& sentence); // the tile stays unknown until the source changes

private:
    void start();
    void arrived(TileKey, Result<MapTile>);
    void evict();
    void dropEdited(const EditedVector& now);

    std::shared_ptr<const FlatLayout> m_layout;
    std::optional<EditedVector> m_edited;
    std::uint64_t m_revision = 0;
    std::uint64_t m_clock = 0;

    struct Kept {
        std::shared_ptr<const MapTile> tile; // null: could not be read
        std::uint64_t wanted = 0;            // when it was last asked for
    };
    std::map<TileKey, Kept> m_tiles;
    std::size_t m_bytes = 0;        // of m_tiles
    std::vector<TileKey> m_waiting; // the next one last
    TileKey m_reading;
    Job m_job;
    bool m_running = false;
    Tasks m_tasks; // last: waits for what runs
};

} // namespace ravel
