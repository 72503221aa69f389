// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tabletext.h"

#include <QCoreApplication>
#include <QDockWidget>
#include <QHeaderView>
#include <QMainWindow>
#include <QTableView>
#include <QTreeView>

#include "items/qtext.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr qsizetype mostCells = 1'000'000;

QString cellText(const QModelIndex& index)
{
    QVariant value = index.data(copyRole);
    if (!value.isValid())
        value = index.data(Qt::EditRole);
    if (!value.isValid())
        value = index.data(Qt::DisplayRole);
    QString text = value.toString();
    for (QChar& c : text)
        if (c == u'\t' || c == u'\n' || c == u'\r')
            c = u' ';
    return text;
}

// Columns as they stand on screen.
QList<int> columnsOf(const QAbstractItemView& view)
{
    const auto* table = qobject_cast<const QTableView*>(&view);
    const auto* tree = qobject_cast<const QTreeView*>(&view);
    const QHeaderView* header = table ? table->horizontalHeader() : tree ? tree->header() : nullptr;
    QList<int> columns;
    for (int i = 0; i < view.model()->columnCount(view.rootIndex()); ++i) {
        const int logical = header ? header->logicalIndex(i) : i;
        if (!header || !header->isSectionHidden(logical))
            columns << logical;
    }
    return columns;
}

QModelIndexList rowsOf(const QAbstractItemView& view)
{
    QModelIndexList rows;
    const QAbstractItemModel& model = *view.model();
    if (const auto* tree = qobject_cast<const QTreeView*>(&view)) {
        for (QModelIndex at = model.index(0, 0, view.rootIndex()); at.isValid(); at = tree->indexBelow(at))
            rows << at.siblingAtColumn(0);
        return rows;
    }
    for (int row = 0; row < model.rowCount(view.rootIndex()); ++row)
        rows << model.index(row, 0, view.rootIndex());
    return rows;
}

// Of the rows those that hold a selected cell, where more than one does.
QModelIndexList chosen(const QAbstractItemView& view, const QModelIndexList& rows)
{
    const QItemSelectionModel* selection = view.selectionModel();
    QModelIndexList some;
    if (selection && selection->hasSelection())
        std::copy_if(rows.begin(), rows.end(), std::back_inserter(some),
            [selection](const QModelIndex& row) { return selection->rowIntersectsSelection(row.row(), row.parent()); });
    return some.size() > 1 ? some : rows;
}

bool hasRowLabels(const QAbstractItemView& view)
{
    const auto* table = qobject_cast<const QTableView*>(&view);
    return table && table->verticalHeader()->isVisible() && !table->verticalHeader()->isHidden();
}

} // namespace

QAbstractItemView* tableIn(const QMainWindow& window, const QWidget* focus)
{
    for (const QWidget* at = focus; at && at != &window; at = at->parentWidget())
        if (auto* view = qobject_cast<QAbstractItemView*>(const_cast<QWidget*>(at)))
            return view;
    for (const QDockWidget* dock : window.findChildren<QDockWidget*>())
        if (focus && dock->isAncestorOf(focus))
            return dock->findChild<QAbstractItemView*>();
    return nullptr;
}

Result<QString> tableText(const QAbstractItemView* view)
{
    if (!view || !view->model())
        return fail(ErrorCode::Usage, QCoreApplication::translate("TableText", "the pane that has the focus holds no table").toStdString());
    const QList<int> columns = columnsOf(*view);
    const QModelIndexList rows = chosen(*view, rowsOf(*view));
    if (rows.size() * columns.size() > mostCells)
        return fail(ErrorCode::Limit, QCoreApplication::translate("TableText", "%1 rows are too many for the clipboard: select fewer").arg(countText(static_cast<std::int64_t>(rows.size()))).toStdString());
    const QAbstractItemModel& model = *view->model();
    const bool labels = hasRowLabels(*view);
    QStringList lines, cells;
    if (labels)
        cells << QString();
    for (const int column : columns)
        cells << model.headerData(column, Qt::Horizontal).toString();
    lines << cells.join(u'\t');
    for (const QModelIndex& row : rows) {
        cells.clear();
        if (labels)
            cells << model.headerData(row.row(), Qt::Vertical).toString();
        for (const int column : columns)
            cells << cellText(row.siblingAtColumn(column));
        lines << cells.join(u'\t');
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace ravel
