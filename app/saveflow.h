// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "save/receipt.h"
#include "save/save.h"

#include <functional>

class QFileDialog;
class QFileInfo;
class QWidget;

namespace ravel {

class MessageBar;
class Session;

// Save, Save As, and the question before unsaved edits are lost. What goes wrong, and what was written, is said in the message bar.
class SaveFlow : public QObject {
    Q_OBJECT
public:
    SaveFlow(QWidget& window, Session&, MessageBar&);

    void save();   // over the open file; asks for a name where it is a sample
    void saveAs(); // asks for a name
    void saveTo(const QString& path, SaveOptions);
    // Calls `then` at once where nothing would be lost, or after Save or Discard; never after Cancel or where the save fails. What a save has to ask first
    // it may answer later, but not once the user has gone on: with another edit, another file, another save.
    void beforeLosingEdits(std::function<void()> then);
    bool wouldLoseEdits() const; // that are in force, or about to be

private:
    void saveOpenFile();
    void askForName();
    void askForFolder(QFileDialog*, const QFileInfo& folder);
    void failed(const Error&, const QString& target);
    void succeeded(const QString& path, const Receipt&);

    QWidget& m_window;
    Session& m_session;
    MessageBar& m_messages;
    SaveOptions m_options;         // of the save under way
    std::function<void()> m_then;  // after it
};

// "Saved model.pt: 2 tensors, 12 elements and 48 bytes differ from before."
QString summaryOf(const QString& path, const Receipt&);

} // namespace ravel
