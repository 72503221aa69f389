// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QLineEdit>
#include <QMouseEvent>
#include <QSettings>
#include <QTemporaryDir>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "layout/slicesyntax.h"
#include "support/session.h"
#include "widgets/editpanel.h"
#include "widgets/slicebox.h"
#include "widgets/stepform.h"

#include <memory>

namespace ravel {

// What a test of the real window starts from: a folder and settings of its own, a window that is seen, and what a user does in it. A test class derives
// from this beside QObject; its slots stay its own.
class WindowFixture {
protected:
    QTemporaryDir m_folder;
    std::unique_ptr<MainWindow> m_window;

    // Once for a test program, before the first window.
    void useOwnSettings(const char* application = "ravel-test")
    {
        QCoreApplication::setOrganizationName(QStringLiteral("ravel-test"));
        QCoreApplication::setApplicationName(QString::fromLatin1(application));
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder.path());
    }

    static std::unique_ptr<MainWindow> another(QSize size = { 1280, 720 })
    {
        auto made = std::make_unique<MainWindow>();
        made->resize(size);
        made->show();
        return QTest::qWaitForWindowExposed(made.get()) ? std::move(made) : nullptr;
    }
    static bool open(MainWindow& window, const QString& path)
    {
        QSignalSpy opened(&window.session(), &Session::layoutChanged);
        window.open(path);
        return waitFor(opened);
    }
    // Both at once, as m_window.
    bool openWindow(const QString& path, QSize size = { 1280, 720 })
    {
        m_window = another(size);
        return m_window && open(*m_window, path);
    }

    const Panes& panes() { return m_window->panes(); }
    Session& session() { return m_window->session(); }
    SelectionModel& selection() { return *session().selection(); }
    QString selected() { return QString::fromStdString(selectionText(*session().document()->layout(), selection().selection())); }
    QAction* action(const char* id) { return m_window->actions()[QString::fromLatin1(id)]; }
    void trigger(const char* id) { action(id)->trigger(); }

    static void type(QLineEdit* edit, const char* text)
    {
        edit->setFocus();
        edit->clear();
        QTest::keyClicks(edit, QString::fromLatin1(text));
    }
    void slice(const char* text)
    {
        type(panes().slice->lineEdit(), text);
        QTest::keyClick(panes().slice->lineEdit(), Qt::Key_Return);
    }
    // The step that stands in the form.
    static bool applyIn(MainWindow& window)
    {
        QSignalSpy applied(&window.session(), &Session::applied);
        window.actions()[QStringLiteral("edit.apply")]->trigger();
        return waitFor(applied);
    }
    static bool editIn(MainWindow& window, Operation operation, const char* value)
    {
        StepForm& form = *window.panes().edit->form();
        form.setOperation(operation);
        form.valueEdit()->clear();
        QTest::keyClicks(form.valueEdit(), QString::fromLatin1(value));
        return applyIn(window);
    }
    bool edit(Operation operation, const char* value) { return editIn(*m_window, operation, value); }

    static void moveTo(QWidget& on, QPoint to, Qt::MouseButtons held = Qt::NoButton)
    {
        QMouseEvent event(QEvent::MouseMove, to, on.mapToGlobal(to), Qt::NoButton, held, {});
        QCoreApplication::sendEvent(&on, &event);
    }
    static void drag(QWidget& on, QPoint from, QPoint to)
    {
        QTest::mousePress(&on, Qt::LeftButton, {}, from);
        moveTo(on, to, Qt::LeftButton);
        QTest::mouseRelease(&on, Qt::LeftButton, {}, to);
    }
};

} // namespace ravel
