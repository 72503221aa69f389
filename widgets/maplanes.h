// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QObject>
#include <QString>
#include <QVariantMap>

#include "widgets/maplane.h"

#include <functional>
#include <vector>

namespace ravel {

// One line of the registry of lanes: see mapLaneKinds().
struct MapLaneKind {
    const char* id;     // "values": in settings, and in commands as "lane.values"
    bool shownAtFirst;
    std::function<MapLane*(QCPAxisRect*, const MapScene&)> make;
};

// Every lane there is, from above down. To add one: derive from MapLane, append a line.
const std::vector<MapLaneKind>& mapLaneKinds();

// The lanes of one map: which are shown, how high the user made them, which one the keys mean. Their commands are checkable actions that show and hide.
class MapLanes : public QObject {
    Q_OBJECT
public:
    struct Entry {
        QString id;
        MapLane* lane = nullptr; // owned by the plot
        QAction* action = nullptr;
        bool shownAtFirst = true;
        int height = 0;          // the user's; 0: its own
        bool shown() const { return action->isChecked(); }
    };
    MapLanes(QCustomPlot*, const MapScene&, QObject* parent);

    const std::vector<Entry>& all() const { return m_entries; }
    const Entry* find(const QString& id) const; // null: no such lane
    std::vector<const Entry*> shown() const;
    bool isShown(const QString& id) const;
    void setShown(const QString& id, bool);
    void setHeight(const QString& id, int pixels); // 0: its own
    void reset();                                  // shown and as high as at first

    // The lane that the keys mean: its name stands out. Empty: none.
    QString current() const { return m_current; }
    void setCurrent(const QString& id);
    void step(int by);                             // makes the next shown one current, +1 or -1
    void growCurrent(int pixels);
    void hideCurrent();

    // By id a map of "shown" and "height"; what a state does not name stays as it is.
    QVariantMap state() const;
    void setState(const QVariantMap&);

Q_SIGNALS:
    void changed();        // what is shown, or how high
    void currentChanged();

private:
    Entry* entry(const QString& id);
    std::vector<Entry> m_entries;
    QString m_current;
    bool m_quiet = false;
};

} // namespace ravel
