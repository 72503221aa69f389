// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

class QVBoxLayout;

namespace ravel {

// What the window shows while nothing is open: open, drop, recent files, samples.
class StartPage : public QWidget {
    Q_OBJECT
public:
    struct Sample {
        QString title, words, resource;
    };
    explicit StartPage(const QList<Sample>&, QWidget* parent = nullptr);
    void setRecent(const QStringList& paths);

Q_SIGNALS:
    void openWanted();
    void recentWanted(const QString& path);
    void sampleWanted(const QString& resource, const QString& title);

protected:
    void changeEvent(QEvent*) override;
    void showEvent(QShowEvent*) override;
    void hideEvent(QHideEvent*) override;

private:
    QWidget* m_recent;
    QVBoxLayout* m_recentLayout;
};

} // namespace ravel
