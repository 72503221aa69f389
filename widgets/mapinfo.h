// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "layout/selection.h"
#include "widgets/mapscene.h"

namespace ravel {

// The line below the lanes: what is selected, what is under the pointer, how much has been read.
class MapInfo : public QWidget {
    Q_OBJECT
public:
    MapInfo(const MapScene&, QWidget* parent);

    void setSelection(const Selection&, const QString& taken = {}); // how many of it a predicate takes
    void setTrouble(const QString& sentence); // why something cannot be read; empty: nothing
    QString selectionText() const { return m_selection; }
    QString pointerText() const;
    QString stateText() const;
    QString visibleText() const; // for those who cannot see the lanes

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent*) override;

private:
    const MapScene& m_scene;
    QString m_selection, m_trouble;
};

} // namespace ravel
