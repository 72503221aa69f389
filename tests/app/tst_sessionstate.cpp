// SPDX-License-Identifier: GPL-3.0-or-later
// What a window leaves to the next start: where it was, and after a crash the edits that were not saved.
#include "app/sessionstate.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"
#include "windowfixture.h"

#include <QDir>
#include <QFile>
#include <QMessageBox>
#include <QPushButton>

using namespace ravel;
using namespace Qt::StringLiterals;

class TestSessionState : public QObject, WindowFixture {
    Q_OBJECT
    QString m_path;

private Q_SLOTS:
    void initTestCase() { useOwnSettings("ravel-test-sessionstate"); }

    void init()
    {
        QSettings().clear();
        m_path = writeSample(m_folder);
        QVERIFY(openWindow(m_path));
    }

    void cleanup() { m_window.reset(); }

    // Closed in order: the next start goes on with the file, the place and the selection.
    void theNextStartGoesOn()
    {
        const QString folder = m_folder.filePath("states1");
        auto* state = new SessionState(*m_window, folder);
        QVERIFY(open(*m_window, m_path));
        slice("encoder.layers.1.weight[3, :]");
        panes().map->showRange({ FlatIndex(20), FlatIndex(60) });
        state->writeNow();
        QVERIFY(QFile::exists(state->file()));
        m_window->close();
        QVERIFY(!QFile::exists(state->file()));
        QVERIFY(SessionState::last());

        auto next = another();
        auto* after = new SessionState(*next, folder);
        QSignalSpy opened(&next->session(), &Session::layoutChanged);
        after->start({});
        QVERIFY(waitFor(opened));
        QCOMPARE(next->session().path(), m_path);
        QCOMPARE(next->panes().map->visibleRange(), (FlatRange { FlatIndex(20), FlatIndex(60) }));
        QVERIFY(next->panes().slice->lineEdit()->text().startsWith("encoder.layers.1.weight[3"));
        next->close();

        QSettings().setValue("session/continue", false);
        auto third = another();
        (new SessionState(*third, folder))->start({});
        QVERIFY(!third->session().opening());
    }

    void aCrashIsToldOfAndItsEditsAreOffered()
    {
        const QString folder = m_folder.filePath("states2");
        auto* state = new SessionState(*m_window, folder);
        QVERIFY(open(*m_window, m_path));
        slice("counting");
        QVERIFY(edit(Operation::Multiply, "3"));
        state->writeNow();
        QVERIFY(QFile::copy(state->file(), folder + u"/1-1.json"_s)); // as a process that is no more has left it
        m_window->close();
        if (auto* box = m_window->findChild<QMessageBox*>("unsavedEdits"))
            box->button(QMessageBox::Discard)->click();
        QTRY_VERIFY(!m_window->isVisible());

        auto next = another();
        auto* after = new SessionState(*next, folder);
        after->start({});
        QVERIFY(!next->session().opening()); // not blindly
        QVERIFY2(next->panes().messages->textOf("session").contains("1 edit"), qPrintable(next->panes().messages->textOf("session")));
        QSignalSpy applied(&next->session(), &Session::applied);
        next->panes().messages->answer("session", 0);
        QVERIFY(waitFor(applied));
        QCOMPARE(floatsIn(next->session().document()->edited(), "counting")[23], 69.0F);
        QVERIFY(next->isWindowModified());
        QVERIFY(!QFile::exists(folder + u"/1-1.json"_s));
    }

    void discardedEditsAreGone()
    {
        const QString folder = m_folder.filePath("states3");
        new SessionState(*m_window, folder);
        QVERIFY(open(*m_window, m_path));
        slice("counting");
        QVERIFY(edit(Operation::Multiply, "3"));
        m_window->close();
        m_window->findChild<QMessageBox*>("unsavedEdits")->button(QMessageBox::Discard)->click();
        QTRY_VERIFY(!m_window->isVisible());
        m_window.reset();
        QVERIFY(SessionState::last() && SessionState::last()->recipe.steps.empty());
        QVERIFY(QDir(folder).entryList({ "*.json" }).isEmpty());
    }

    void aReloadKeepsThePlace()
    {
        new SessionState(*m_window, m_folder.filePath("states4"));
        QVERIFY(open(*m_window, m_path));
        slice("encoder.layers.0.bias");
        panes().map->showRange({ FlatIndex(10), FlatIndex(40) });
        QSignalSpy again(&session(), &Session::layoutChanged);
        session().reload();
        QVERIFY(waitFor(again));
        QCOMPARE(panes().map->visibleRange(), (FlatRange { FlatIndex(10), FlatIndex(40) }));
        QCOMPARE(panes().slice->lineEdit()->text(), "encoder.layers.0.bias");
    }

    void aStateIsReadBack()
    {
        WindowState state;
        state.path = u"/tmp/ünï \"x\".pt"_s;
        state.size = 12;
        state.modified = 34;
        state.view = { FlatIndex(3), FlatIndex(9) };
        state.select = u"a[1, :]"_s;
        state.opening = true;
        state.recipe.layout.order = Order::Sorted;
        const auto back = windowStateFrom(toJson(state));
        QVERIFY(back.has_value());
        QVERIFY(*back == state);
        for (const QByteArray& bad : { QByteArray(), QByteArray("{"), QByteArray("[]"), QByteArray("{\"format\": \"ravel.window/1\"}"),
                 QByteArray(toJson(state)).replace("\"size\":12", "\"size\":\"12\""), QByteArray(toJson(state)).replace("[3,9]", "[3]") })
            QVERIFY2(!windowStateFrom(bad), bad.constData());
    }
};

QTEST_MAIN(TestSessionState)
#include "tst_sessionstate.moc"
