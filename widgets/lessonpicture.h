// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "items/lessonsubject.h"
#include "widgets/maptheme.h"
#include "widgets/nestedgrid.h"

#include <optional>
#include <vector>

namespace ravel {

class LessonNumbers;
class Session;

// A tensor as nested grids, and below them the strip of the vector (or of the storage) that holds its elements. Rows of the tensor keep one shade in
// both. A click picks an element; arrows move to its neighbours.
class LessonPicture : public QWidget {
    Q_OBJECT
public:
    explicit LessonPicture(Session&, QWidget* parent = nullptr);

    void setScene(const LessonSubject&, const LessonScene&);
    void outdate();                                  // numbers changed
    void clear();
    const LessonScene& scene() const { return m_scene; }

    // In the widget's pixels; none where it is not in view.
    std::optional<QRect> cellRect(const std::vector<std::int64_t>& coordinates) const; // of the grids
    std::optional<QRect> stripRect(std::int64_t place) const;
    QString cellText(const std::vector<std::int64_t>& coordinates) const;
    QString stripText(std::int64_t place) const;
    bool complete() const;                           // every number in view is there
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void picked(const std::vector<std::int64_t>& at); // in the tensor itself, however it is drawn
    void hovered(std::optional<std::int64_t> place);  // in the tensor's run of the flat vector

protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void changeEvent(QEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void leaveEvent(QEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void keyPressEvent(QKeyEvent*) override;

private:
    void layOut();
    void want();
    void describe();
    void nextBlock(std::vector<std::int64_t>& at, std::int64_t by) const;
    std::int64_t stripSize() const;
    std::int64_t stripCount() const;
    void scrollTo(std::int64_t first);
    std::optional<std::int64_t> positionAt(QPointF) const;     // in the tensor's row-major numbering, of the element drawn there
    std::optional<std::int64_t> positionOnStrip(std::int64_t place) const; // none where the tensor shows no element
    std::int64_t positionOf(const std::vector<std::int64_t>& gridCoordinates) const;
    StorageIndex storageOf(std::int64_t position) const;
    QString valueOf(std::int64_t position) const;
    QRectF stripCell(std::int64_t place) const;
    void paintCell(QPainter&, const QRectF&, std::optional<std::int64_t> position, const QString& text, bool lit) const;
    void paintStrip(QPainter&) const;
    void paintPath(QPainter&) const;
    QString caption() const;
    QFont smallFont() const;
    QSizeF cellSize() const;

    Session& m_session;
    LessonNumbers* m_numbers;
    std::optional<LessonSubject> m_subject;
    LessonScene m_scene;
    MapTheme m_theme;
    NestedGrid m_grid;
    QRectF m_strip;                  // of the cells
    int m_turned = 0;                // of the wheel, that is less than a cell
    std::int64_t m_first = 0;        // place of the first that is seen
    std::optional<std::int64_t> m_pointed; // position
};

} // namespace ravel
