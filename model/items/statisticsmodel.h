// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QString>
#include <QStringList>

#include "stats/distribution.h"

#include <vector>

namespace ravel {

// The statistics of one series or several, a column each: in the locale to be read, in the C locale to be copied.
class StatisticsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    explicit StatisticsModel(QObject* parent = nullptr);

    void set(const QStringList& names, const std::vector<Measurement>&, bool transposed = false); // transposed: a line for each series
    void clear();
    QString tsv() const; // with a line of names; whole precision

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex&, int role) const override;
    QVariant headerData(int section, Qt::Orientation, int role) const override;

    static QString title(const std::string& key);

private:
    const Statistic* at(const QModelIndex&) const;
    QStringList m_names;
    std::vector<std::vector<Statistic>> m_series;
    bool m_transposed = false;
};

} // namespace ravel
