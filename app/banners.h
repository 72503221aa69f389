// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace ravel {

class Comparison;
class FileWatch;
class MessageBar;
class Session;
struct Replayed;

// What the message bar says of the open file: that it is read-only, what is odd about it, that it has changed on disk, what failed; and of the second
// file of a comparison that it has changed on disk.
class Banners : public QObject {
    Q_OBJECT
public:
    Banners(Session&, Comparison&, MessageBar&, QObject* parent);
    FileWatch* watch() const { return m_watch; }
    FileWatch* watchOfB() const { return m_watchOfB; }
    void check(); // both, now

Q_SIGNALS:
    void compareWanted(); // what is open with what now stands at its place

private:
    void opened();
    void saved();
    void changedOnDisk(bool gone);
    void replayed(const Replayed&);
    void comparisonOpened();
    void otherChanged(bool gone);

    Session& m_session;
    Comparison& m_comparison;
    MessageBar& m_messages;
    FileWatch *m_watch, *m_watchOfB;
    bool m_gone = false; // what the bar says of the file
};

} // namespace ravel
