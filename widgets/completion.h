// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>

#include <functional>

class QLineEdit;
class QListWidget;

namespace ravel {

// What could stand at the cursor of a line: each text replaces the characters [begin, end).
struct Completions {
    int begin = 0, end = 0;
    QStringList texts;
};

// A list below a line edit that offers how a word goes on, while one types. Down and Up walk in it, Tab and Enter take what is marked (Enter only
// once one has walked), Escape closes it and nothing else. `completionsOf` is asked at each change by hand: it has to be quick.
class Completion : public QObject {
    Q_OBJECT
public:
    using Source = std::function<Completions(const QString& text, int cursor)>;
    Completion(QLineEdit*, Source);
    QListWidget* list() const { return m_list; }
    bool isOpen() const;

Q_SIGNALS:
    void taken(); // the line's text has changed

protected:
    bool eventFilter(QObject*, QEvent*) override;

private:
    void offer();
    void take();
    bool key(int key, Qt::KeyboardModifiers);
    void place();

    QLineEdit* m_edit;
    Source m_source;
    QListWidget* m_list;
    Completions m_offered;
    bool m_walked = false;
};

} // namespace ravel
