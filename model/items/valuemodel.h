// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include "items/tasks.h"
#include "items/valuepage.h"

#include <memory>
#include <optional>
#include <vector>

namespace ravel {

class Session;

// The elements of one box, a page at a time, as exact text in the C locale. Pages are read on the pool; until one is there its cells say so. An
// editable cell becomes a `set` step of the session.
class ValueModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Role { EditedRole = Qt::UserRole + 1, LoadedRole, TakenRole }; // TakenRole: the predicate of the selection takes it; false where there is none

    explicit ValueModel(Session&, QObject* parent = nullptr);
    ~ValueModel() override;

    const std::optional<ValuePage>& page() const { return m_page; } // none: nothing to show
    void setBox(std::optional<Box>);
    void setPage(const ValuePage&); // another place of the same box
    QString readOnlyReason() const; // why no cell can be edited; empty where they can
    bool loaded() const { return m_bytes != nullptr; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex&, int role) const override;
    QVariant headerData(int section, Qt::Orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex&) const override;
    bool setData(const QModelIndex&, const QVariant&, int role) override;

Q_SIGNALS:
    void pageChanged();
    void pageLoaded();
    void refused(const QString& sentence); // a text that is no such number, and why; or a page that cannot be read

private:
    using Bytes = std::shared_ptr<const std::vector<std::byte>>;
    struct Contents {
        std::vector<std::byte> now, before; // before: as in the file; empty where no step touches the page
    };
    void load();
    const std::byte* element(const QModelIndex&, const std::vector<std::byte>&) const;
    bool isEdited(const QModelIndex&) const;
    bool isTaken(const QModelIndex&) const;

    Session& m_session;
    std::optional<ValuePage> m_page;
    Dtype m_dtype = Dtype::Opaque;
    std::shared_ptr<const Contents> m_bytes;
    std::optional<Job> m_job;
};

} // namespace ravel
