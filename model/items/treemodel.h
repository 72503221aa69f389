// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>
#include <QHash>
#include <QPointer>
#include <QSet>

#include "edit/editedvector.h"
#include "items/parametertree.h"
#include "items/sparkline.h"
#include "items/storagenotes.h"
#include "items/tasks.h"
#include "items/treearrange.h"
#include "layout/selection.h"
#include "stats/pyramid.h"

#include <memory>
#include <optional>

class QTimer;

namespace ravel {

class Session;

// The checkpoint's parameters as a tree: one row a node of the ParameterTree, with no object or string of its own. Ships meaning (text, marks,
// sparklines), never a colour. A filter (TensorQuery) shows the rows that match and what is above them, sort() orders the rows of one parent, or, in
// a flat list of tensors, all of them. Both run on the pool and take effect with filtered(); those that hang on statistics are done again as these come in.
class TreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Name, Distribution, Shape, Type, Elements, Offset, Min, Max, Mean, Std, Zeros, Nan, Inf, ColumnCount };
    enum Role { MarksRole = Qt::UserRole + 1, NodeRole, FullNameRole, NoteRole, MarkTextRole };
    // What a row is besides its name; MarkTextRole has a sign for each ("● ↪"), NoteRole says the same in words ("edited, = wte.weight").
    enum Mark { Edited = 1, Alias = 2, ReadOnly = 4, Unreadable = 8, Opaque = 16, Group = 32 };

    explicit TreeModel(Session& session, QObject* parent = nullptr);
    ~TreeModel() override;

    const ParameterTree* tree() const { return m_tree.get(); }
    QModelIndex indexOf(NodeOrdinal);           // fetches what is above it; invalid where a filter hides it
    NodeOrdinal nodeAt(const QModelIndex&) const;
    // The tensors at and below a row, each stored element once: an alias of another one that is in is left out.
    Selection selectionOf(const QModelIndexList&) const;

    // More to say in the tool tips, of the checkpoint that is open; null: nothing.
    void setStorageNotes(std::shared_ptr<const StorageNotes> notes) { m_notes = std::move(notes); }

    void setFilter(const QString&);             // a TensorQuery; empty: all rows. One with an error in it changes no rows.
    QString filter() const { return m_filter; } // the last one in force
    QString filterError() const { return m_filterError; } // of what was last set: "... (at 7)"; empty where it is sound
    int shownTensors() const;                   // that the filter lets through
    int waitingTensors() const { return m_notYet; } // that it may yet let through: they are not analysed
    int outsideLayout() const { return m_outside; } // tensors that it hides because they are never analysed: the layout leaves them out
    QueryWords words() const { return m_words; }

    void setFlat(bool);                         // the tensors as one list, by their whole names
    bool isFlat() const { return m_wish.flat; }
    std::optional<TreeColumn> sortedBy() const { return m_wish.sortBy; }
    void sort(int column, Qt::SortOrder = Qt::AscendingOrder) override; // -1: as in the checkpoint
    // Groups need their tensors' numbers merged: done while a view shows a column of them.
    void setNumbersWanted(bool);

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex&) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    bool hasChildren(const QModelIndex& parent = {}) const override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;
    QVariant data(const QModelIndex&, int role) const override;
    static QString columnTitle(int column);
    QVariant headerData(int section, Qt::Orientation, int role) const override;

Q_SIGNALS:
    void filtered(); // rows were set anew: a filter was set or taken away, the list made flat or not
    void rearranged(); // rows that were shown stand elsewhere, some came or went

private:
    void reset();
    void markEdits();
    void refresh(int firstColumn, int lastColumn);
    void arrange(bool anew);
    void take(TreeArrangement, bool anew);
    void numbersCameIn();
    void gatherNumbers();
    TreeSource source() const;
    NodeOrdinal above(NodeOrdinal) const;
    int rowOf(NodeOrdinal) const;
    int marks(NodeOrdinal) const;
    QString text(NodeOrdinal, int column) const;
    QString note(NodeOrdinal) const;
    QString toolTip(NodeOrdinal) const;
    Sparkline sparkline(NodeOrdinal) const;
    Sparkline groupSparkline(NodeOrdinal) const;
    QString numberCell(NodeOrdinal, TreeColumn) const;
    QString copyText(NodeOrdinal, int column) const;
    QString pathOf(NodeOrdinal) const;
    std::optional<Summary> summaryOf(NodeOrdinal) const;

    Session& m_session;
    std::shared_ptr<const ParameterTree> m_tree;
    std::shared_ptr<const FlatLayout> m_layout;
    std::shared_ptr<Pyramid> m_pyramid;
    std::shared_ptr<const StorageNotes> m_notes;
    QString m_filter, m_filterError;
    QueryWords m_words;
    TreeWish m_wish;
    int m_notYet = 0, m_outside = 0;
    bool m_anew = false, m_numbersWanted = false;    // the job under way sets the rows anew
    std::optional<Job> m_arranging, m_gathering;
    QTimer* m_again;
    std::shared_ptr<const TreeRows> m_rows;          // null: nothing is open
    std::shared_ptr<const NodeSummaries> m_summaries; // of groups; null: not known
    QSet<NodeOrdinal> m_fetched;                     // whose children have been handed out
    std::vector<bool> m_edited;                      // by node, groups too; empty: none
    mutable QHash<NodeOrdinal, Sparkline> m_sparklines; // known ones
    mutable QSet<NodeOrdinal> m_asked;               // groups whose sparkline is being merged on the pool
};

} // namespace ravel
