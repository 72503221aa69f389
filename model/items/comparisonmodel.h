// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include "document/diff.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ravel {

class Comparison;

// The table of a comparison: a row for each pair, and each tensor that is only in one. Rows are indices; sorting and filtering move those alone. Ships
// meaning, never a colour.
class ComparisonModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, State, Different, MaxAbs, L2, Relative, Cosine, Elements, Detail, ColumnCount };
    enum Role { StateRole = Qt::UserRole + 1, PairRole };
    // What is shown: everything, all that differs in any way, or one state.
    struct Filter {
        enum class Kind : std::uint8_t { All, Differing, One } kind = Kind::All;
        TensorDiff::State state = TensorDiff::State::Same;
        QString name; // part of either name, without regard to case
        bool operator==(const Filter&) const = default;
    };
    explicit ComparisonModel(Comparison&, QObject* parent = nullptr);

    void setFilter(const Filter&);
    const Filter& filter() const { return m_filter; }
    std::size_t pairAt(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    std::optional<int> rowOf(std::size_t pair) const;
    // Header and rows (all that are shown, where none are given), as tab-separated values in the C locale.
    QString tsv(const QModelIndexList& rows = {}) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex&, int role) const override;
    QVariant headerData(int section, Qt::Orientation, int role) const override;
    void sort(int column, Qt::SortOrder) override; // column -1: A's order, then what is only in B

private:
    void reset();
    void found();
    void arrange(); // rows anew, by filter and order; keeps what is selected
    std::vector<std::uint32_t> rowsNow() const;
    bool shows(std::size_t pair) const;
    QString text(std::size_t pair, int column) const;
    QString toolTip(std::size_t pair) const;
    QString copyText(std::size_t pair, int column) const;
    QString plainText(std::size_t pair, int column) const;
    double number(std::size_t pair, int column) const;

    Comparison& m_comparison;
    Filter m_filter;
    int m_sortColumn = -1;
    Qt::SortOrder m_order = Qt::AscendingOrder;
    std::vector<std::uint32_t> m_rows; // pairs
};

QString stateText(TensorDiff::State); // for people: "different", "only in A"

} // namespace ravel
