// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/statisticsmodel.h"

#include "items/qtext.h"
#include "stats/measure.h"

#include <QLocale>

#include <cmath>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

// As people read it: 4 digits; the whole of it in the tool tip and on the clipboard.
QString textOf(const Statistic& s)
{
    const QString about = s.exact ? QString() : u"≈ "_s;
    if (s.counted)
        return about + countText(s.count);
    return std::isfinite(s.value) ? about + QLocale().toString(s.value, 'g', 5) : std::isnan(s.value) ? u"–"_s : numberText(s.value);
}

QString exactText(const Statistic& s)
{
    if (s.counted)
        return QString::number(s.count);
    if (!std::isfinite(s.value))
        return std::isnan(s.value) ? u"nan"_s : s.value > 0 ? u"inf"_s : u"-inf"_s;
    return QString::number(s.value, 'g', QLocale::FloatingPointShortest);
}

} // namespace

StatisticsModel::StatisticsModel(QObject* parent)
    : QAbstractTableModel(parent)
{
}

void StatisticsModel::set(const QStringList& names, const std::vector<Measurement>& series, bool transposed)
{
    beginResetModel();
    m_names = names;
    m_transposed = transposed;
    m_series.clear();
    for (const Measurement& one : series)
        m_series.push_back(statisticsOf(one));
    endResetModel();
}

void StatisticsModel::clear() { set({}, {}); }

int StatisticsModel::rowCount(const QModelIndex& parent) const
{
    if (parent.isValid() || m_series.empty())
        return 0;
    return static_cast<int>(m_transposed ? m_series.size() : m_series.front().size());
}

int StatisticsModel::columnCount(const QModelIndex& parent) const
{
    if (parent.isValid() || m_series.empty())
        return 0;
    return static_cast<int>(m_transposed ? m_series.front().size() : m_series.size());
}

const Statistic* StatisticsModel::at(const QModelIndex& index) const
{
    const auto series = static_cast<std::size_t>(m_transposed ? index.row() : index.column());
    const auto line = static_cast<std::size_t>(m_transposed ? index.column() : index.row());
    return index.isValid() && series < m_series.size() && line < m_series[series].size() ? &m_series[series][line] : nullptr;
}

QVariant StatisticsModel::data(const QModelIndex& index, int role) const
{
    const Statistic* statistic = at(index);
    if (!statistic)
        return {};
    switch (role) {
    case Qt::DisplayRole: return textOf(*statistic);
    case copyRole: return exactText(*statistic);
    case Qt::ToolTipRole: return statistic->exact ? exactText(*statistic) : tr("%1, estimated").arg(exactText(*statistic));
    case Qt::TextAlignmentRole: return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    default: return {};
    }
}

QVariant StatisticsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((orientation == Qt::Vertical ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if ((role != Qt::DisplayRole && role != Qt::ToolTipRole) || m_series.empty())
        return {};
    if ((orientation == Qt::Horizontal) != m_transposed)
        return m_names.value(section);
    const auto line = static_cast<std::size_t>(section);
    return line < m_series.front().size() ? QVariant(title(m_series.front()[line].key)) : QVariant();
}

QString StatisticsModel::title(const std::string& key)
{
    if (key.starts_with('q'))
        return tr("%1 %").arg(QLocale().toString(toQt(key.substr(1)).toDouble() * 100));
    if (key == "nan")
        return tr("NaN");
    if (key == "inf")
        return tr("Inf");
    if (key == "l1" || key == "l2")
        return key == "l1" ? tr("L1 norm") : tr("L2 norm");
    if (key == "max_abs")
        return tr("max |x|");
    return toQt(key);
}

QString StatisticsModel::tsv() const
{
    if (m_series.empty())
        return {};
    QString text = u"statistic\t"_s + m_names.join(u'\t') + u'\n';
    for (std::size_t line = 0; line < m_series.front().size(); ++line) {
        QStringList cells { toQt(m_series.front()[line].key) };
        for (const auto& one : m_series)
            cells << exactText(one[line]);
        text += cells.join(u'\t') + u'\n';
    }
    return text;
}

} // namespace ravel
