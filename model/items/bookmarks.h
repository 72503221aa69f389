// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QString>

#include "base/job.h"
#include "layout/selection.h"

#include <memory>
#include <optional>
#include <vector>

namespace ravel {

class Session;

// Places of the open document with notes, kept in the settings by the file's absolute path (a sample's by its title). A place is a tensor's name from
// the root and a NumPy slice, so that it survives another scope and order, and a file that was written anew; where the name is gone, or the slice no
// longer fits, the row says so and leads nowhere. Names are looked up on the pool: until then a row leads nowhere, too.
class Bookmarks : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Place, Note, ColumnCount };
    enum Role { TroubleRole = Qt::UserRole + 1 }; // what is wrong with a place; empty where it can be gone to
    explicit Bookmarks(Session&, QObject* parent = nullptr);
    ~Bookmarks() override;

    // What it then is (row, and whether it is a new one), or a sentence: nothing is open, too many pieces.
    struct Added {
        int row = -1;
        bool isNew = false;
        QString sentence;
    };
    Added add(const Selection&, const QString& note = {});
    void remove(int row);
    std::optional<Selection> selection(int row) const; // none where it leads nowhere
    QString placeText(int row) const;
    bool fileChanged() const { return m_fileChanged; } // since these were kept
    QString tsv() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex&, int role) const override;
    bool setData(const QModelIndex&, const QVariant&, int role) override; // notes
    QVariant headerData(int section, Qt::Orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex&) const override;

Q_SIGNALS:
    void changed(); // rows, notes, or where they lead

private:
    struct Part {
        QString tensor; // whole name, escaped
        QString slice;  // "[3, :]"; empty: all of it
        bool operator==(const Part&) const = default;
    };
    struct Lead {
        std::optional<Selection> to;
        QString trouble;
    };
    struct Bookmark {
        std::vector<Part> parts;
        QString note;
        Lead lead = {};
    };
    void load();
    void keep() const;
    void resolve();
    static std::vector<Lead> leadsOf(const std::vector<std::vector<Part>>&, const FlatLayout&, const Job&);
    void take(const std::vector<std::vector<Part>>&, const std::vector<Lead>&);
    QString key() const;

    Session& m_session;
    std::vector<Bookmark> m_all;
    bool m_fileChanged = false;
    std::optional<Job> m_resolving;
};

} // namespace ravel
