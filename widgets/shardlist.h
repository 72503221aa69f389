// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QDialog>

#include "layout/shards.h"

#include <memory>
#include <vector>

class QLabel;
class QPushButton;
class QTableView;

namespace ravel {

class OffsetMap;

// The tensors that lie on more than one rank: name, shape, elements, ranks, first boundary inside.
class ShardModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Shape, Elements, Ranks, CutAt, columns };
    using QAbstractTableModel::QAbstractTableModel;
    void setShards(std::shared_ptr<const FlatLayout>, std::shared_ptr<const Shards>); // null: nothing
    FlatRange rangeOf(int row) const;

    int rowCount(const QModelIndex& = {}) const override;
    int columnCount(const QModelIndex& = {}) const override { return columns; }
    QVariant data(const QModelIndex&, int role) const override;
    QVariant headerData(int section, Qt::Orientation, int role) const override;

private:
    std::shared_ptr<const FlatLayout> m_layout;
    std::shared_ptr<const Shards> m_shards;
    std::vector<std::uint32_t> m_rows; // ordinals into placed()
};

// Them in a window of their own, which follows the map; a row chosen there is shown on the map.
class ShardList : public QDialog {
    Q_OBJECT
public:
    ShardList(OffsetMap&, QWidget* parent);

private:
    void refresh();
    OffsetMap& m_map;
    ShardModel* m_model;
    QTableView* m_table;
    QLabel* m_words;
    QPushButton* m_copy;
};

} // namespace ravel
