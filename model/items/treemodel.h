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
#include "layout/selection.h"
#include "stats/pyramid.h"

#include <memory>
#include <optional>

namespace ravel {

class Session;

// The checkpoint's parameters as a tree: one row a node of the ParameterTree, with no object or string of its own. Ships meaning (text, marks,
// sparklines), never a colour. A filter shows the rows that match and what is above them; it runs on the pool and takes effect with filtered().
class TreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Name, Distribution, Shape, Type, Elements, ColumnCount };
    enum Role { MarksRole = Qt::UserRole + 1, NodeRole, FullNameRole, NoteRole };
    // What a row is besides its name; NoteRole says the same in words ("edited, same elements as wte.weight").
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

    void setFilter(const QString&);             // empty: all rows
    QString filter() const { return m_filter; }
    int shownTensors() const;                   // that the filter lets through

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex&) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    bool hasChildren(const QModelIndex& parent = {}) const override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;
    QVariant data(const QModelIndex&, int role) const override;
    QVariant headerData(int section, Qt::Orientation, int role) const override;

Q_SIGNALS:
    void filtered();

private:
    void reset();
    void markEdits();
    void refresh(int firstColumn, int lastColumn);
    void show(std::optional<std::vector<NodeOrdinal>>);
    std::pair<std::uint32_t, std::uint32_t> childrenOf(NodeOrdinal) const; // [first, last) of m_shown, or of the nodes themselves
    NodeOrdinal at(std::uint32_t place) const { return m_shown ? (*m_shown)[place] : place; }
    int rowOf(NodeOrdinal) const;
    int marks(NodeOrdinal) const;
    QString text(NodeOrdinal, int column) const;
    QString note(NodeOrdinal) const;
    QString toolTip(NodeOrdinal) const;
    Sparkline sparkline(NodeOrdinal) const;
    Sparkline groupSparkline(NodeOrdinal) const;

    Session& m_session;
    std::shared_ptr<const ParameterTree> m_tree;
    std::shared_ptr<const FlatLayout> m_layout;
    std::shared_ptr<Pyramid> m_pyramid;
    std::shared_ptr<const StorageNotes> m_notes;
    QString m_filter;
    std::optional<Job> m_filterJob;
    std::optional<std::vector<NodeOrdinal>> m_shown; // none: no filter
    QSet<NodeOrdinal> m_fetched;                     // whose children have been handed out
    std::vector<bool> m_edited;                      // by node, groups too; empty: none
    mutable QHash<NodeOrdinal, Sparkline> m_sparklines; // known ones
    mutable QSet<NodeOrdinal> m_asked;               // groups whose sparkline is being merged on the pool
};

} // namespace ravel
