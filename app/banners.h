// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace ravel {

class FileWatch;
class MessageBar;
class Session;

// What the message bar says of the open file: that it is read-only, what is odd about it, that it has changed on disk, what failed.
class Banners : public QObject {
    Q_OBJECT
public:
    Banners(Session&, MessageBar&, QObject* parent);
    FileWatch* watch() const { return m_watch; }

Q_SIGNALS:
    void compareWanted(); // what is open with what now stands at its place

private:
    void opened();
    void changedOnDisk(bool gone);

    Session& m_session;
    MessageBar& m_messages;
    FileWatch* m_watch;
};

} // namespace ravel
