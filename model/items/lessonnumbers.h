// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>

#include "edit/editedvector.h"
#include "items/tasks.h"

#include <optional>
#include <vector>

namespace ravel {

// The numbers of the few elements that a picture shows, read on the pool; the newest wish counts.
class LessonNumbers : public QObject {
    Q_OBJECT
public:
    explicit LessonNumbers(Tasks&, QObject* parent = nullptr);
    ~LessonNumbers() override;
    void setSource(EditedVector, TensorOrdinal); // forgets what was read
    void clear();
    void want(std::vector<StorageIndex>);        // those that are not known yet are read
    QString text(StorageIndex) const;            // short, for people; empty until it is read
    bool complete() const { return !m_reading; } // nothing that is wanted is still to come

Q_SIGNALS:
    void arrived();

private:
    Tasks& m_tasks;
    std::optional<EditedVector> m_source;
    TensorOrdinal m_tensor = noOrdinal;
    QHash<qint64, QString> m_texts;
    std::optional<Job> m_reading;
};

} // namespace ravel
