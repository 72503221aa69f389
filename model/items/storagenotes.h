// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QString>
#include <QStringList>

#include "layout/contents.h"

#include <memory>
#include <unordered_map>

namespace ravel {

// What a file carries besides the tensors that its tree names: who shares a storage, what is stored and never shown. Made on the pool, from
// metadata alone.
class StorageNotes {
    Q_DECLARE_TR_FUNCTIONS(StorageNotes)
public:
    static std::shared_ptr<const StorageNotes> make(std::shared_ptr<const Checkpoint>);

    // Lines about the storage of a tensor: where it stands, who else views it, the bytes that no tensor shows.
    QStringList of(TensorOrdinal) const;
    // "2 storages that no tensor shows, 12 kB hidden"; empty where everything is in sight.
    QString summary() const;

private:
    explicit StorageNotes(std::shared_ptr<const Checkpoint>);
    QString place(const Storage&) const;
    QString sharing(const SharedStorage&, TensorOrdinal) const;

    std::shared_ptr<const Checkpoint> m_checkpoint;
    Contents m_contents;
    std::unordered_map<StorageOrdinal, std::size_t> m_shared, m_hidden; // into m_contents'
    std::int64_t m_unviewedBytes = 0;                                   // saturated
};

} // namespace ravel
