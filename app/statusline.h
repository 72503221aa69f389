// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QAction;
class QLabel;
class QProgressBar;
class QStatusBar;
class QToolButton;

namespace ravel {

class ElementReader;
class Session;

// The status bar: the element under the pointer by all its names, how much is selected and edited, and what runs, with Cancel, or what
// was cancelled, with Go On.
class StatusLine : public QObject {
    Q_OBJECT
public:
    StatusLine(QStatusBar&, Session&, ElementReader&, QAction& goOn);

private:
    void showHovered();
    void showCounts();
    void showProgress(const QString& what, int percent);
    void hideProgress();

    Session& m_session;
    ElementReader& m_reader;
    QLabel *m_element, *m_flat, *m_storage, *m_byte, *m_value, *m_bits, *m_selected, *m_edits, *m_what;
    QProgressBar* m_progress;
    QToolButton* m_cancel;
};

} // namespace ravel
