// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/recentfiles.h"

#include <QFileInfo>
#include <QSettings>

using namespace Qt::StringLiterals;

namespace ravel {

RecentFiles::RecentFiles(QObject* parent)
    : QObject(parent)
{
}

QStringList RecentFiles::paths() const { return QSettings().value("recentFiles"_L1).toStringList().mid(0, limit); }

void RecentFiles::add(const QString& path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    QStringList all = paths();
    all.removeAll(absolute);
    all.prepend(absolute);
    store(all.mid(0, limit));
}

void RecentFiles::remove(const QString& path)
{
    QStringList all = paths();
    if (all.removeAll(path) > 0)
        store(all);
}

void RecentFiles::clear() { store({}); }

void RecentFiles::store(const QStringList& all)
{
    QSettings().setValue("recentFiles"_L1, all);
    Q_EMIT changed();
}

} // namespace ravel
