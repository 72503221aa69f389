// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QCheckBox;
class QComboBox;
class QKeySequenceEdit;
class QLabel;
class QLineEdit;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace ravel {

class Actions;
class MainWindow;

// The keys of every command: searched by name or key, changed, taken away, put back. A key that another command has is named before it is taken from there.
class KeysPage : public QWidget {
    Q_OBJECT
public:
    explicit KeysPage(Actions&, QWidget* parent = nullptr);

    QLineEdit* search() const { return m_search; }
    QTreeWidget* list() const { return m_list; }
    QKeySequenceEdit* keyEdit() const { return m_key; }
    QPushButton* assignButton() const { return m_assign; }
    QPushButton* resetButton() const { return m_reset; }
    QPushButton* resetAllButton() const { return m_resetAll; }
    QString conflict() const; // which commands have the key that stands in the field, or with none there the command's default ones; empty: none
    void choose(const QString& id);

private:
    void fill();
    void filter();
    void showItem(QTreeWidgetItem*);
    void check();
    void assign();
    void reset();
    void takeFromOthers(const QString& id, const QKeySequence&);
    QStringList others(const QString& id, const QList<QKeySequence>&) const; // that have one of them, as texts
    QString chosen() const;

    Actions& m_actions;
    QLineEdit* m_search;
    QTreeWidget* m_list;
    QKeySequenceEdit* m_key;
    QLabel* m_conflict;
    QPushButton *m_assign, *m_remove, *m_reset, *m_resetAll;
};

// Theme, what happens at the start, keys. Everything is in force at once.
class Preferences : public QDialog {
    Q_OBJECT
public:
    explicit Preferences(MainWindow&);
    KeysPage* keys() const { return m_keys; }
    QComboBox* theme() const { return m_theme; }
    QCheckBox* continues() const { return m_continues; }

private:
    QComboBox* m_theme;
    QCheckBox* m_continues;
    KeysPage* m_keys;
};

void showPreferences(MainWindow&);
bool continuesWhereLeft(); // what a start without a file does; true at first

} // namespace ravel
