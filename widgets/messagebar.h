// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>
#include <QWidget>

#include "widgets/tones.h"

#include <functional>
#include <vector>

class QVBoxLayout;

namespace ravel {

// One message with its answers and, behind a button, its details.
struct Message {
    struct Answer {
        QString text;
        std::function<void()> act; // the message goes away first
    };
    Tone tone = Tone::Information;
    QString text;
    QString details;              // any length; shown as plain text
    std::vector<Answer> answers;
    bool closable = true;
};

// Messages in the window instead of dialogs. Each stands under a key: a later one with the same key takes its place, so a flood of
// them is one bar.
class MessageBar : public QWidget {
    Q_OBJECT
public:
    explicit MessageBar(QWidget* parent = nullptr);
    void tell(const QString& key, const Message&);
    void withdraw(const QString& key);
    void clear();
    bool has(const QString& key) const { return m_bars.contains(key); }
    QString textOf(const QString& key) const; // empty where there is none
    void answer(const QString& key, int answer); // as a click on it; what tests and keys call

private:
    class Bar;
    QVBoxLayout* m_layout;
    QHash<QString, Bar*> m_bars;
};

} // namespace ravel
