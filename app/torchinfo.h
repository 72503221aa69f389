// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

namespace ravel {

class Tasks;

// Loads the LibTorch plugin in the background, once asked to, and says what was found.
class TorchInfo : public QObject {
    Q_OBJECT
public:
    explicit TorchInfo(Tasks&, QObject* parent = nullptr);
    void load();
    QString text() const { return m_text; }

Q_SIGNALS:
    void loaded();

private:
    Tasks& m_tasks;
    QString m_text;
    bool m_asked = false;
};

} // namespace ravel
