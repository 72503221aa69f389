// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/comparisonmodel.h"

#include "base/text.h"
#include "items/comparison.h"
#include "items/qtext.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

bool isNumber(int column) { return column >= ComparisonModel::Different && column <= ComparisonModel::Elements; }

QString plainNumber(double x) { return QString::fromStdString(shortest(x)); }

} // namespace

QString stateText(TensorDiff::State state)
{
    switch (state) {
    case TensorDiff::State::Same: return ComparisonModel::tr("equal");
    case TensorDiff::State::Values: return ComparisonModel::tr("different");
    case TensorDiff::State::OnlyA: return ComparisonModel::tr("only in A");
    case TensorDiff::State::OnlyB: return ComparisonModel::tr("only in B");
    case TensorDiff::State::Shape: return ComparisonModel::tr("other shape");
    case TensorDiff::State::Dtype: return ComparisonModel::tr("other dtype");
    case TensorDiff::State::Unreadable: break;
    }
    return ComparisonModel::tr("not readable");
}

ComparisonModel::ComparisonModel(Comparison& comparison, QObject* parent)
    : QAbstractTableModel(parent)
    , m_comparison(comparison)
{
    connect(&comparison, &Comparison::matched, this, &ComparisonModel::reset);
    connect(&comparison, &Comparison::found, this, &ComparisonModel::found);
    connect(&comparison, &Comparison::compared, this, &ComparisonModel::arrange);
    reset();
}

void ComparisonModel::reset()
{
    beginResetModel();
    m_rows = rowsNow();
    endResetModel();
}

// While it goes on, rows stay where they are; only a filter that waits for a state lets new ones in.
void ComparisonModel::found()
{
    if (m_filter.kind != Filter::Kind::All)
        arrange();
    else if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void ComparisonModel::setFilter(const Filter& filter)
{
    if (filter == m_filter)
        return;
    m_filter = filter;
    arrange();
}

void ComparisonModel::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_order = order;
    arrange();
}

void ComparisonModel::arrange()
{
    std::vector<std::uint32_t> rows = rowsNow();
    Q_EMIT layoutAboutToBeChanged();
    const QModelIndexList before = persistentIndexList();
    std::vector<std::uint32_t> old = std::move(m_rows);
    m_rows = std::move(rows);
    QModelIndexList after;
    for (const QModelIndex& index : before) {
        const auto row = rowOf(old[static_cast<std::size_t>(index.row())]);
        after << (row ? createIndex(*row, index.column()) : QModelIndex());
    }
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged();
}

bool ComparisonModel::shows(std::size_t pair) const
{
    const TensorDiff& diff = m_comparison.tensors()[pair];
    if (m_filter.kind != Filter::Kind::All) {
        if (!m_comparison.isKnown(pair))
            return false;
        if (m_filter.kind == Filter::Kind::One ? diff.state != m_filter.state : diff.state == TensorDiff::State::Same)
            return false;
    }
    return m_filter.name.isEmpty() || shown(diff.name).contains(m_filter.name, Qt::CaseInsensitive)
        || (!diff.nameInB.empty() && shown(diff.nameInB).contains(m_filter.name, Qt::CaseInsensitive));
}

double ComparisonModel::number(std::size_t pair, int column) const
{
    const TensorDiff& diff = m_comparison.tensors()[pair];
    if (!m_comparison.isKnown(pair) || !diff.compared)
        return std::nan("");
    switch (column) {
    case Different: return static_cast<double>(diff.different);
    case MaxAbs: return diff.maxAbs;
    case L2: return diff.l2;
    case Relative: return diff.relative;
    case Cosine: return diff.cosine;
    default: return static_cast<double>(diff.elements);
    }
}

// What was not compared comes last whichever way it is sorted; a NaN that was measured counts as more than infinity.
std::vector<std::uint32_t> ComparisonModel::rowsNow() const
{
    std::vector<std::uint32_t> rows;
    const auto& tensors = m_comparison.tensors();
    for (std::size_t pair = 0; pair < tensors.size(); ++pair)
        if (shows(pair))
            rows.push_back(static_cast<std::uint32_t>(pair));
    if (m_sortColumn < 0)
        return rows;
    const bool ascending = m_order == Qt::AscendingOrder;
    if (isNumber(m_sortColumn)) {
        struct Key {
            bool missing, nan;
            double x;
        };
        std::vector<Key> keys(tensors.size());
        for (const std::uint32_t pair : rows) {
            const double x = number(pair, m_sortColumn);
            keys[pair] = { !m_comparison.isKnown(pair) || !tensors[pair].compared, std::isnan(x), std::isnan(x) ? 0 : x };
        }
        std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t l, std::uint32_t r) {
            const Key &a = keys[l], &b = keys[r];
            if (a.missing != b.missing)
                return b.missing;
            if (a.nan != b.nan)
                return ascending ? b.nan : a.nan;
            return ascending ? a.x < b.x : a.x > b.x;
        });
        return rows;
    }
    const auto less = [&](std::uint32_t l, std::uint32_t r) {
        if (m_sortColumn == Name)
            return tensors[l].name < tensors[r].name;
        if (m_sortColumn == State)
            return std::pair(!m_comparison.isKnown(l), tensors[l].state) < std::pair(!m_comparison.isKnown(r), tensors[r].state);
        return tensors[l].detail < tensors[r].detail;
    };
    std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t l, std::uint32_t r) { return ascending ? less(l, r) : less(r, l); });
    return rows;
}

std::optional<int> ComparisonModel::rowOf(std::size_t pair) const
{
    const auto found = std::find(m_rows.begin(), m_rows.end(), static_cast<std::uint32_t>(pair));
    return found == m_rows.end() ? std::nullopt : std::optional(static_cast<int>(found - m_rows.begin()));
}

int ComparisonModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_rows.size()); }
int ComparisonModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ComparisonModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    static const QString titles[] { tr("Tensor"), tr("State"), tr("Differing"), tr("Max |A−B|"), tr("L2"), tr("Relative"), tr("Cosine"), tr("Elements"),
        tr("Note") };
    static const QString notes[] { tr("Name in A; after an arrow that in B, where it is another"), tr("How the two relate"),
        tr("Elements that are not the same. NaN is the same as NaN"), tr("Largest |A − B|; NaN where one alone is NaN"),
        tr("‖A − B‖, over the places where both are finite"), tr("‖A − B‖ / ‖B‖"), tr("⟨A, B⟩ / (‖A‖ ‖B‖)"), tr("Elements compared, in double"),
        tr("Shapes or dtypes, or why it was not compared") };
    if (role == Qt::DisplayRole)
        return titles[section];
    if (role == Qt::ToolTipRole)
        return notes[section];
    if (role == Qt::TextAlignmentRole)
        return QVariant(Qt::AlignVCenter | (isNumber(section) ? Qt::AlignRight : Qt::AlignLeft));
    return {};
}

QVariant ComparisonModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const std::size_t pair = pairAt(index.row());
    if (role == Qt::DisplayRole)
        return text(pair, index.column());
    if (role == Qt::TextAlignmentRole)
        return QVariant(Qt::AlignVCenter | (isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft));
    if (role == Qt::ToolTipRole)
        return toolTip(pair);
    if (role == copyRole)
        return copyText(pair, index.column());
    if (role == StateRole)
        return m_comparison.isKnown(pair) ? QVariant(static_cast<int>(m_comparison.tensors()[pair].state)) : QVariant();
    if (role == PairRole)
        return static_cast<qulonglong>(pair);
    return {};
}

QString ComparisonModel::text(std::size_t pair, int column) const
{
    const TensorDiff& diff = m_comparison.tensors()[pair];
    const bool known = m_comparison.isKnown(pair);
    if (column == Name)
        return diff.nameInB.empty() ? shown(diff.name) : tr("%1 → %2").arg(shown(diff.name), shown(diff.nameInB));
    if (column == State)
        return known ? stateText(diff.state) : u"…"_s;
    if (column == Detail)
        return known ? shown(diff.detail) : QString();
    if (!known || !diff.compared)
        return {};
    if (column == Different)
        return countText(diff.different);
    if (column == Elements)
        return countText(diff.elements);
    return column == Cosine && std::isnan(diff.cosine) ? u"–"_s : numberText(number(pair, column));
}

QString ComparisonModel::toolTip(std::size_t pair) const
{
    const TensorDiff& diff = m_comparison.tensors()[pair];
    QString tip = text(pair, Name) + u": "_s + text(pair, State);
    if (!diff.detail.empty() && m_comparison.isKnown(pair))
        tip += u"\n"_s + shown(diff.detail);
    if (m_comparison.isKnown(pair) && diff.compared && diff.notFinite > 0)
        tip += u'\n' + tr("NaN or infinite in one, something else in the other: %1 number(s)", nullptr, diff.notFinite == 1 ? 1 : 2).arg(countText(diff.notFinite));
    return tip;
}

QString ComparisonModel::plainText(std::size_t pair, int column) const
{
    const TensorDiff& diff = m_comparison.tensors()[pair];
    const bool known = m_comparison.isKnown(pair);
    switch (column) {
    case Name: return toQt(escapedWhole(diff.name));
    case State: return known ? toQt(stateName(diff.state)) : QString();
    case Detail: return known ? toQt(escapedWhole(diff.detail)) : QString();
    case Different: return known && diff.compared ? QString::number(diff.different) : QString();
    case Elements: return known && diff.compared ? QString::number(diff.elements) : QString();
    default: return known && diff.compared ? plainNumber(number(pair, column)) : QString();
    }
}

// As plainText(), in the words of the table.
QString ComparisonModel::copyText(std::size_t pair, int column) const
{
    const TensorDiff& diff = m_comparison.tensors()[pair];
    if (column == Name && !diff.nameInB.empty())
        return tr("%1 → %2").arg(toQt(escapedWhole(diff.name)), toQt(escapedWhole(diff.nameInB)));
    if (column == State)
        return m_comparison.isKnown(pair) ? stateText(diff.state) : QString();
    return plainText(pair, column);
}

QString ComparisonModel::tsv(const QModelIndexList& rows) const
{
    QStringList lines { u"tensor\tin_b\tstate\tdifferent\tmax_abs\tl2\trelative\tcosine\telements\tnote"_s };
    const auto add = [&](std::size_t pair) {
        const TensorDiff& diff = m_comparison.tensors()[pair];
        const std::string& inB = diff.b == noOrdinal ? std::string() : diff.nameInB.empty() ? diff.name : diff.nameInB;
        QStringList cells { diff.a == noOrdinal ? QString() : plainText(pair, Name), toQt(escapedWhole(inB)) };
        for (int column = State; column < ColumnCount; ++column)
            cells << plainText(pair, column);
        lines << cells.join(u'\t');
    };
    if (rows.isEmpty())
        for (const std::uint32_t pair : m_rows)
            add(pair);
    for (const QModelIndex& index : rows)
        if (index.column() == 0)
            add(pairAt(index.row()));
    return lines.join(u'\n') + u'\n';
}

} // namespace ravel
